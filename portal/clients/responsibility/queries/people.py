"""Who looks after one client, and which clients one person looks after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from portal.access.models import Responsibility, ResponsibilityReason
from portal.access.queries import client_known_to, client_readable_by, known_to, looks_after
from portal.accounts.models import Department, Person
from portal.clients.models import Client, ClientRank
from portal.clients.responsibility.ordering import name_order
from portal.core.errors import NotFound
from portal.core.permissions import Actor, Level


@dataclass(frozen=True)
class Present:
    """Somebody who looks after a client today."""

    person_id: int
    name: str
    department_id: int
    department: str
    rank: int
    since: date
    cleared: bool
    """Core clearance: without it they do not read the client's core dossiers."""


@dataclass(frozen=True)
class Named:
    """A line of a client's history of responsible employees."""

    rank: int
    person: str
    from_date: date
    until_date: date | None
    named_at: datetime | None
    named_by: str | None
    reason: ResponsibilityReason
    ended_at: datetime | None
    ended_by: str | None
    ended_reason: ResponsibilityReason | None


@dataclass(frozen=True)
class ClientOfPerson:
    """A client somebody looks after. `key`: a key client; None where the reader may not know.

    `responsibility_id`: what is to be handed over. `dossier_id`: one of the client's that the reader knows.
    """

    responsibility_id: int
    client_id: int
    name: str
    rank: int
    since: date
    key: bool | None
    dossier_id: int | None = None


def open_responsibilities(person_id: int) -> ColumnElement[bool]:
    """WHERE clause over Responsibility: what the person looks after and would have to hand over."""
    return and_(Responsibility.person_id == person_id, Responsibility.until_date.is_(None))


def clients_of(session: Session, person_id: int) -> list[ClientOfPerson]:
    """All clients a person looks after, by name: for the checklist, which asks what its reader may know of."""
    rows = session.execute(
        select(Responsibility.id, Client.id, Client.name, Responsibility.rank, Responsibility.from_date, Client.rank)
        .join(Client, Client.id == Responsibility.client_id)
        .where(open_responsibilities(person_id))
    )
    found = [ClientOfPerson(*row[:5], key=row[5] == ClientRank.KEY) for row in rows]
    return sorted(found, key=lambda row: name_order(row.name))


def known_clients_of(session: Session, actor: Actor, dossier: Any, person_id: int, today: date) -> list[ClientOfPerson]:
    """The clients a person looks after today, those that `actor` may know of, by name."""
    readable = client_readable_by(actor, Client, dossier, today)
    rows = session.execute(
        select(
            Responsibility.id,
            Client.id,
            Client.name,
            Responsibility.rank,
            Responsibility.from_date,
            case((readable, Client.rank == ClientRank.KEY), else_=None),
            first_known_dossier(actor, dossier),
        )
        .join(Client, Client.id == Responsibility.client_id)
        .where(Responsibility.person_id == person_id, looks_after(today), client_known_to(actor, Client, dossier))
    )
    return sorted((ClientOfPerson(*row) for row in rows), key=lambda row: name_order(row.name))


def first_known_dossier(actor: Actor, dossier: Any) -> Any:
    """A column beside Client: the id of one of its dossiers that `actor` may know of; None without any."""
    return (
        select(func.min(dossier.id))
        .where(dossier.client_id == Client.id, known_to(actor, dossier))
        .correlate(Client)
        .scalar_subquery()
    )


def known_client(session: Session, actor: Actor, dossier: Any, client_id: int) -> Client:
    """A client whose name `actor` may know; otherwise NotFound."""
    client = session.scalar(select(Client).where(Client.id == client_id, client_known_to(actor, Client, dossier)))
    if client is None:
        raise NotFound()
    return client


def may_read_client(session: Session, actor: Actor, dossier: Any, client_id: int, today: date) -> bool:
    """Whether `actor` may see the client's fields beyond the name."""
    readable = client_readable_by(actor, Client, dossier, today)
    return session.scalar(select(Client.id).where(Client.id == client_id, readable)) is not None


def present_people(session: Session, client_id: int, today: date) -> list[Present]:
    """Who looks after the client today: first contact, then second."""
    rows = session.execute(
        select(
            Person.id,
            Person.name,
            Person.department_id,
            Department.name,
            Responsibility.rank,
            Responsibility.from_date,
            Person.clearance,
        )
        .join(Person, Person.id == Responsibility.person_id)
        .join(Department, Department.id == Person.department_id)
        .where(Responsibility.client_id == client_id, looks_after(today))
        .order_by(Responsibility.rank)
    )
    return [Present(*row[:6], cleared=row[6] == Level.CORE) for row in rows]


def history_of_client(session: Session, client_id: int, most: int = 100) -> list[Named]:
    """Who looked after the client when, who named them and why; newest first, at most `most` lines."""
    who, named_by, ended_by = aliased(Person), aliased(Person), aliased(Person)
    rows = session.execute(
        select(
            Responsibility.rank,
            who.name,
            Responsibility.from_date,
            Responsibility.until_date,
            Responsibility.named_at,
            named_by.name,
            Responsibility.reason,
            Responsibility.ended_at,
            ended_by.name,
            Responsibility.ended_reason,
        )
        .join(who, who.id == Responsibility.person_id)
        .outerjoin(named_by, named_by.id == Responsibility.named_by_id)
        .outerjoin(ended_by, ended_by.id == Responsibility.ended_by_id)
        .where(Responsibility.client_id == client_id)
        .order_by(Responsibility.from_date.desc(), Responsibility.id.desc())
        .limit(most)
    )
    return [Named(*tuple(row)) for row in rows]


def has_known_core(session: Session, actor: Actor, dossier: Any, client_id: int) -> bool:
    """Whether the client has a core dossier that `actor` may know of."""
    core = select(dossier.id).where(
        dossier.client_id == client_id, dossier.level == Level.CORE, known_to(actor, dossier)
    )
    return session.scalar(core.limit(1)) is not None
