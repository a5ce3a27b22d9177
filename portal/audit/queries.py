"""The trail as one person may read it.

An entry about a dossier is shown to those who may know the dossier; what it says of the inside (personal values,
a client's fields) only to those who may read it: auditors do not read contents by virtue of their role.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.access.queries import known_to, readable_by
from portal.accounts.models import Department, Person
from portal.core.clock import office_midnight
from portal.core.permissions import Actor
from portal.core.trail import TrailEntry, TrailPersonal
from portal.dossiers.models import Dossier

PAGE_SIZE = 50

OF_DOSSIERS = (
    "clients",
    "dossiers",
    "volumes",
    "documents",
    "document_versions",
    "arrivals",
    "pages",
    "requests",
    "request_lines",
    "reading_grants",
    "responsibilities",
    "loans",
)
"""Tables whose rows belong to a dossier. An entry about one of them that names no dossier could be about a core
one: it is shown only with core clearance."""


@dataclass(frozen=True)
class TrailFilter:
    """What one looks for; None for anything. Dates are office dates, both included."""

    person_id: int | None = None
    area: str | None = None
    number: str | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class TrailRow:
    """One entry, ready to be shown. `details` and `personal` are empty where they are not for this reader."""

    id: int
    at: datetime
    person: str | None
    action: str
    table: str
    key: str
    dossier_id: int | None
    number: str | None
    address: str | None
    details: Mapping[str, Any]
    personal: Mapping[str, Any]
    withheld: bool


@dataclass(frozen=True)
class TrailPage:
    """One page of the trail, newest entry first."""

    rows: list[TrailRow]
    number: int
    pages: int
    total: int


def trail_page(
    session: Session, actor: Actor, today: date, zone: ZoneInfo, wanted: TrailFilter, number: int = 1
) -> TrailPage:
    """Page `number` (from 1; beyond the last: the last) of what `actor` may read of the trail."""
    clauses = [visible_to(actor), *_clauses(actor, zone, wanted)]
    total = session.scalar(select(func.count()).select_from(TrailEntry).where(*clauses)) or 0
    pages = -(-total // PAGE_SIZE)
    number = max(1, min(number, pages))
    # Under other names: the rights' own subqueries speak of people and dossiers too and must not mix with these.
    who, about = aliased(Person), aliased(Dossier)
    rows = session.execute(
        select(TrailEntry, TrailPersonal.content, who.name, about.number)
        .outerjoin(TrailPersonal, TrailPersonal.entry_id == TrailEntry.id)
        .outerjoin(who, who.id == TrailEntry.actor_id)
        .outerjoin(about, about.id == TrailEntry.dossier_id)
        .where(*clauses)
        .order_by(TrailEntry.at.desc(), TrailEntry.id.desc())
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    ).all()
    dossiers = {row[0].dossier_id for row in rows}
    readable = set(
        session.scalars(select(Dossier.id).where(Dossier.id.in_(dossiers - {None}), readable_by(actor, Dossier, today)))
    )
    shown = [_row(entry, personal, person, named, readable) for entry, personal, person, named in rows]
    return TrailPage(shown, number, pages, total)


def _row(
    entry: TrailEntry,
    personal: Mapping[str, Any] | None,
    person: str | None,
    number: str | None,
    readable: set[int],
) -> TrailRow:
    table, _, key = entry.subject.partition(":")
    inside = table in OF_DOSSIERS and entry.dossier_id not in readable
    client_fields = inside and table == "clients"
    outside = _outside(entry.details)
    return TrailRow(
        id=entry.id,
        at=entry.at,
        person=person,
        action=entry.action,
        table=table,
        key=key,
        dossier_id=entry.dossier_id,
        number=number,
        address=entry.address,
        details={} if client_fields else outside if inside else entry.details,
        personal={} if inside else personal or {},
        withheld=bool(
            (inside and (entry.personal_digest or outside != entry.details)) or (client_fields and entry.details)
        ),
    )


_INSIDE = frozenset({"title", "place", "sheets"})
"""Details of a dossier and its volumes that the register does not show."""


def _outside(details: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry says that whoever knows the dossier may read."""
    return {
        name: _outside(value) if name == "changed" else value for name, value in details.items() if name not in _INSIDE
    }


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Entries `actor` may know of: about no dossier at all, or about one whose register entry they may see."""
    known = TrailEntry.dossier_id.in_(select(Dossier.id).where(known_to(actor, Dossier)))
    about_none: ColumnElement[bool] = TrailEntry.dossier_id.is_(None)
    if not actor.cleared_for_core:
        for table in OF_DOSSIERS:
            about_none = and_(about_none, TrailEntry.subject.not_like(f"{table}:%"))
        for table in ("core_reports", "core_regular_reports"):
            about_none = and_(about_none, TrailEntry.subject.not_like(f"{table}:%"))
        # A refusal says which address was tried, and an address may name what only cleared people may know of.
        about_none = and_(about_none, or_(TrailEntry.action != "access:refused", TrailEntry.actor_id == actor.id))
    return or_(about_none, known)


def _clauses(actor: Actor, zone: ZoneInfo, wanted: TrailFilter) -> list[ColumnElement[bool]]:
    clauses: list[ColumnElement[bool]] = []
    if wanted.person_id is not None:
        clauses.append(TrailEntry.actor_id == wanted.person_id)
    if wanted.area is not None:
        clauses.append(TrailEntry.action.startswith(f"{wanted.area}:", autoescape=True))
    if wanted.number is not None:
        clauses.append(TrailEntry.dossier_id == _numbered(actor, wanted.number).scalar_subquery())
    if wanted.first is not None:
        clauses.append(TrailEntry.at >= office_midnight(wanted.first, zone))
    if wanted.last is not None:
        clauses.append(TrailEntry.at < office_midnight(wanted.last + timedelta(days=1), zone))
    return clauses


def dossier_numbered(session: Session, actor: Actor, number: str) -> int | None:
    """The dossier of this number, if `actor` may know of it."""
    return session.scalar(_numbered(actor, number))


def _numbered(actor: Actor, number: str) -> Any:
    return select(Dossier.id).where(func.upper(Dossier.number) == number.strip().upper(), known_to(actor, Dossier))


def names_of_people(session: Session) -> dict[int, str]:
    """Everyone who may stand in the trail, also those who have left, by name."""
    return {row.id: row.name for row in session.execute(select(Person.id, Person.name).order_by(Person.name))}


def names_of_departments(session: Session) -> dict[int, str]:
    """Every department, by name."""
    return {row.id: row.name for row in session.execute(select(Department.id, Department.name))}
