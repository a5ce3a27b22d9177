"""Reads about clients. What a person may see of one follows its dossiers, whose mapped class is an argument."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, selectinload

from portal.access.models import Responsibility
from portal.access.queries import client_known_to, client_readable_by, looks_after
from portal.accounts.models import Person
from portal.clients.countries import comparable_number
from portal.clients.models import Client
from portal.clients.names import name_key, near
from portal.core.errors import NotFound
from portal.core.permissions import Actor


@dataclass(frozen=True)
class SimilarClient:
    """A client that may be the one about to be saved."""

    id: int
    name: str
    same_number: bool
    """The same registration number; otherwise a (nearly) identical name."""


def readable_client(session: Session, actor: Actor, client_id: int, today: date, dossier: Any) -> Client:
    """The client with its fields and contact persons; NotFound unless `actor` may read one of its dossiers."""
    return _client(session, client_id, client_readable_by(actor, Client, dossier, today), lock=False)


def editable_client(
    session: Session, actor: Actor, client_id: int, today: date, dossier: Any, *, lock: bool = False
) -> Client:
    """The client as it is now, for those who work on it; a reading grant is not enough. Otherwise NotFound."""
    right = client_readable_by(actor, Client, dossier, today, grants=False)
    return _client(session, client_id, right, lock=lock)


def is_editable(session: Session, actor: Actor, client_id: int, today: date, dossier: Any) -> bool:
    """Whether `actor` works on the client, and not only reads of it."""
    right = client_readable_by(actor, Client, dossier, today, grants=False)
    return session.scalar(select(Client.id).where(Client.id == client_id, right)) is not None


def _client(session: Session, client_id: int, right: ColumnElement[bool], *, lock: bool) -> Client:
    query = (
        select(Client)
        .where(Client.id == client_id, right)
        .options(selectinload(Client.contacts))
        .execution_options(populate_existing=True)
    )
    client = session.scalar(query.with_for_update(of=Client) if lock else query)
    if client is None:
        raise NotFound()
    return client


def similar_clients(
    session: Session, actor: Actor, dossier: Any, name: str, registration_number: str, *, but: int | None = None
) -> list[SimilarClient]:
    """Clients known to `actor` with the same number or a near-identical name; the same number first (A2)."""
    return sorted(
        _similar(session, actor, dossier, name, registration_number, but),
        key=lambda client: (not client.same_number, client.name),
    )


def _similar(
    session: Session, actor: Actor, dossier: Any, name: str, registration_number: str, but: int | None
) -> Iterator[SimilarClient]:
    key, number = name_key(name), comparable_number(registration_number)
    rows = session.execute(
        select(Client.id, Client.name, Client.name_key, Client.registration_number)
        .where(client_known_to(actor, Client, dossier), Client.id != (but or 0))
        .execution_options(yield_per=1000)
    )
    for row in rows:
        same_number = bool(number) and comparable_number(row.registration_number) == number
        if same_number or near(key, row.name_key):
            yield SimilarClient(row.id, row.name, same_number)


def responsible_people(session: Session, client_id: int, today: date) -> list[tuple[Person, int]]:
    """Who looks after the client today, with their rank: first contact, then second."""
    rows = session.execute(
        select(Person, Responsibility.rank)
        .join(Responsibility, Responsibility.person_id == Person.id)
        .where(Responsibility.client_id == client_id, looks_after(today))
        .order_by(Responsibility.rank)
    )
    return [(row[0], row[1]) for row in rows]
