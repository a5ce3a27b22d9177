"""Clients without enough people: the common pool, and key or promising clients with one contact only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from portal.access.models import Responsibility
from portal.access.queries import client_known_to, client_readable_by, looks_after
from portal.accounts.models import Person
from portal.clients.models import Client, ClientRank
from portal.clients.responsibility.ordering import name_order
from portal.clients.responsibility.queries.paging import PAGE_SIZE, Part, part
from portal.clients.responsibility.queries.people import first_known_dossier
from portal.clients.responsibility.rules import ENOUGH
from portal.core.permissions import Actor

_NEED_TWO = (ClientRank.KEY, ClientRank.POTENTIAL)


@dataclass(frozen=True)
class Unattended:
    """A client with fewer responsible employees than it should have."""

    client_id: int
    name: str
    dossier_id: int
    since: date | None = None
    """Since when nobody looks after it; None for never so far."""
    last: str | None = None
    """Who did last; of a client that has one contact, who that is."""
    free_rank: int = 1


@dataclass(frozen=True)
class Shortage:
    """How many clients nobody looks after, and how many key or promising ones only one person does."""

    pool: int
    short: int

    def __bool__(self) -> bool:
        """Whether there is any such client."""
        return bool(self.pool or self.short)


def wants_two(client: Client) -> bool:
    """Whether the client has at least two responsible employees by the rules: key and promising ones (R2, R6)."""
    return client.rank in _NEED_TWO


def common_pool(
    session: Session, actor: Actor, dossier: Any, today: date, number: int, size: int = PAGE_SIZE
) -> Part[Unattended]:
    """One page of the clients known to `actor` that nobody looks after, by name."""
    rows = session.execute(
        select(Client.id, Client.name, first_known_dossier(actor, dossier)).where(_in_pool(actor, dossier, today))
    ).all()
    page = part(sorted(rows, key=lambda row: name_order(row[1])), number, size)
    last = _last_people(session, [row[0] for row in page.rows])
    found = []
    for client_id, name, dossier_id in page.rows:
        person, since = last.get(client_id, (None, None))
        found.append(Unattended(client_id, name, dossier_id, since, person))
    return Part(found, page.number, page.pages, page.total)


def short_handed(
    session: Session, actor: Actor, dossier: Any, today: date, number: int, size: int = PAGE_SIZE
) -> Part[Unattended]:
    """One page of the key and promising clients that `actor` may read of and only one person looks after, by name."""
    rows = session.execute(
        select(
            Client.id,
            Client.name,
            first_known_dossier(actor, dossier),
            Responsibility.from_date,
            Person.name,
            3 - Responsibility.rank,
        )
        .join(Responsibility, Responsibility.client_id == Client.id)
        .join(Person, Person.id == Responsibility.person_id)
        .where(looks_after(today), _too_few(actor, dossier, today))
    ).all()
    found = [Unattended(*row) for row in sorted(rows, key=lambda row: name_order(row[1]))]
    return part(found, number, size)


def shortage(session: Session, actor: Actor, dossier: Any, today: date) -> Shortage:
    """How many clients are without enough people, as far as `actor` may know: one statement."""
    pool = select(func.count(Client.id)).where(_in_pool(actor, dossier, today))
    short = select(func.count(Client.id)).where(_too_few(actor, dossier, today))
    return Shortage(*session.execute(select(pool.scalar_subquery(), short.scalar_subquery())).one())


def _in_pool(actor: Actor, dossier: Any, today: date) -> ColumnElement[bool]:
    anybody = exists().where(Responsibility.client_id == Client.id, looks_after(today))
    return and_(~anybody, client_known_to(actor, Client, dossier))


def _too_few(actor: Actor, dossier: Any, today: date) -> ColumnElement[bool]:
    row = aliased(Responsibility)
    people = (
        select(func.count(row.id))
        .where(row.client_id == Client.id, looks_after(today, row))
        .correlate(Client)
        .scalar_subquery()
    )
    return and_(
        Client.rank.in_(_NEED_TWO), people.between(1, ENOUGH - 1), client_readable_by(actor, Client, dossier, today)
    )


def _last_people(session: Session, client_ids: Collection[int]) -> dict[int, tuple[str, date | None]]:
    """By client: who looked after it last, and the first day on which nobody did."""
    rows = session.execute(
        select(Responsibility.client_id, Person.name, Responsibility.until_date)
        .join(Person, Person.id == Responsibility.person_id)
        .where(Responsibility.client_id.in_(client_ids))
        # Of two who ended on one day, the one who ended later, else the first contact: the last of the list counts.
        .order_by(Responsibility.until_date, Responsibility.ended_at, Responsibility.rank.desc(), Responsibility.id)
    )
    return {client_id: (name, until) for client_id, name, until in rows}
