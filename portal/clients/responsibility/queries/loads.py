"""How many clients each person looks after, and who can be chosen."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session

from portal.access.models import Responsibility
from portal.access.queries import client_known_to, client_readable_by, looks_after
from portal.accounts.models import Department, Person
from portal.clients.models import Client, ClientRank
from portal.clients.responsibility.ordering import name_order
from portal.clients.responsibility.rules import led_by
from portal.core.permissions import Actor, Level, Permission


@dataclass(frozen=True)
class Load:
    """How many clients somebody looks after, as far as the reader knows of them."""

    person_id: int
    name: str
    department: str
    first: int
    second: int
    key: int
    """Key clients among those that the reader may read of."""
    leaving: bool

    @property
    def total(self) -> int:
        """First and second contact together."""
        return self.first + self.second


def loads(
    session: Session,
    actor: Actor,
    dossier: Any,
    today: date,
    *,
    department_ids: Collection[int] | None = None,
    person_id: int | None = None,
) -> list[Load]:
    """Everyone who can be chosen, or looks after clients, with how many; by name. Some departments, or one person."""
    counted = _counts(actor, dossier, today).subquery()
    query = (
        select(
            Person.id,
            Person.name,
            Department.name,
            func.coalesce(counted.c.first, 0),
            func.coalesce(counted.c.second, 0),
            func.coalesce(counted.c.key, 0),
            Person.leaving_on.is_not(None),
        )
        .join(Department, Department.id == Person.department_id)
        .outerjoin(counted, counted.c.person_id == Person.id)
        .where(Person.departed_at.is_(None))
    )
    if department_ids is not None:
        query = query.where(Person.department_id.in_(department_ids))
    if person_id is not None:
        query = query.where(Person.id == person_id)
    return sorted((Load(*row) for row in session.execute(query)), key=lambda row: name_order(row.name))


def _counts(actor: Actor, dossier: Any, today: date) -> Select[Any]:
    def number(what: ColumnElement[bool]) -> Any:
        return func.sum(case((what, 1), else_=0))

    readable = client_readable_by(actor, Client, dossier, today)
    return (
        select(
            Responsibility.person_id,
            number(Responsibility.rank == 1).label("first"),
            number(Responsibility.rank == 2).label("second"),
            number(and_(Client.rank == ClientRank.KEY, readable)).label("key"),
        )
        .join(Client, Client.id == Responsibility.client_id)
        .where(looks_after(today), client_known_to(actor, Client, dossier))
        .group_by(Responsibility.person_id)
    )


def choosable(
    session: Session, actor: Actor, dossier: Any, today: date, *, pool: bool, cleared: bool = False
) -> list[Load]:
    """Those whom `actor` may name, with what they have already.

    Nobody who has left or is leaving. `pool`: for a client that nobody looks after. `cleared`: with core clearance.
    """
    departments: Collection[int] | None = None
    if pool and not actor.may(Permission.CLIENT_ASSIGN_ALL):
        departments = led_by(actor)
    rows = [row for row in loads(session, actor, dossier, today, department_ids=departments) if not row.leaving]
    if pool and not actor.may(Permission.CLIENT_ASSIGN_ALL) and not actor.headed_departments:
        rows = [row for row in rows if row.person_id != actor.id]
    if cleared:
        kept = set(session.scalars(select(Person.id).where(Person.clearance == Level.CORE)))
        rows = [row for row in rows if row.person_id in kept]
    return rows
