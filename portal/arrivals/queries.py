"""Reads of arrivals. Whoever may not know of a dossier learns nothing of what belongs to it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, String, and_, exists, func, literal, or_, select, true
from sqlalchemy.orm import Session, selectinload

from portal.access.queries import known_to, readable_by
from portal.accounts.queries import holders_of
from portal.arrivals.models import Arrival
from portal.arrivals.rules import NumberPatterns
from portal.arrivals.states import ArrivalState
from portal.core.errors import NotFound
from portal.core.permissions import Actor, Level, Permission, Role
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Dossier
from portal.policy.queries import current_policy

PAGE_SIZE = 50
KEPT_DAYS = 30
"""How long the content of a discarded arrival stays in the store, and can be put back into the tray."""
NEWS_DAYS = 7
"""How long the tray tells what the folder filed without having to assume anything."""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Arrivals `actor` may know of: those that point to no dossier, or to dossiers in the person's register.

    A row points to two dossiers; of a third in its name one that became core since is looked for in the name itself.
    """
    # On its own: beside dossiers of an outer query it would otherwise speak of those.
    known = select(Dossier.id).where(known_to(actor, Dossier)).correlate(None)
    return and_(
        true() if actor.cleared_for_core else and_(Arrival.core.is_(False), ~_names_a_core_dossier()),
        or_(Arrival.dossier_id.is_(None), Arrival.dossier_id.in_(known)),
        or_(Arrival.other_dossier_id.is_(None), Arrival.other_dossier_id.in_(known)),
    )


def _names_a_core_dossier() -> ColumnElement[bool]:
    """Whether a name that speaks of several dossiers holds the number of a core one; any sign may stand for its dashes
    and slashes, as in names of files."""
    number = func.upper(Dossier.number)
    for sign in "-/":
        number = func.replace(number, sign, "_", type_=String)
    several = Arrival.other_dossier_id.is_not(None)
    named = func.upper(Arrival.file_name).like(literal("%").concat(number).concat("%"))
    return and_(several, exists(select(Dossier.id).where(Dossier.level == Level.CORE, named).correlate(Arrival)))


@dataclass(frozen=True)
class TrayPage:
    """One page of what waits, oldest first."""

    rows: Sequence[Arrival]
    number: int
    pages: int
    total: int


def waiting_count(session: Session, actor: Actor) -> int:
    """How much waits in the tray for `actor` to place; 0 for those who do not handle arrivals."""
    if not actor.may(Permission.ARRIVAL_HANDLE):
        return 0
    return session.scalar(select(func.count()).select_from(Arrival).where(*_waiting(actor))) or 0


def tray_page(session: Session, actor: Actor, number: int = 1) -> TrayPage:
    """Page `number` (from 1; beyond the last: the last) of what waits for `actor`."""
    total = waiting_count(session, actor)
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, number), pages)
    rows = session.scalars(
        select(Arrival)
        .where(*_waiting(actor))
        .order_by(Arrival.arrived_at, Arrival.id)
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    ).all()
    return TrayPage(rows, number, pages, total)


def _waiting(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return visible_to(actor), Arrival.state == ArrivalState.WAITING


def filed_by_the_folder(session: Session, actor: Actor, today: date, now: datetime) -> Sequence[Arrival]:
    """What the folder filed by itself: all that is still to be checked, then the news of some days."""
    lately = Arrival.closed_at >= now - timedelta(days=NEWS_DAYS)
    return session.scalars(
        select(Arrival)
        .join(Arrival.dossier)
        .where(
            visible_to(actor),
            readable_by(actor, Dossier, today),
            Arrival.state == ArrivalState.FILED,
            Arrival.closed_by_id.is_(None),
            or_(Arrival.to_check, lately),
        )
        .options(selectinload(Arrival.document), selectinload(Arrival.dossier).selectinload(Dossier.client))
        .order_by(Arrival.to_check.desc(), Arrival.closed_at.desc(), Arrival.id.desc())
        .limit(PAGE_SIZE)
    ).all()


def discarded(session: Session, actor: Actor, now: datetime) -> Sequence[Arrival]:
    """What was discarded and can still be put back, newest first."""
    return session.scalars(
        select(Arrival)
        .where(visible_to(actor), Arrival.state == ArrivalState.DISCARDED, Arrival.closed_at > _kept_since(now))
        .order_by(Arrival.closed_at.desc(), Arrival.id.desc())
        .limit(PAGE_SIZE)
    ).all()


def visible_arrival(work: UnitOfWork, arrival_id: int, *, lock: bool = False) -> Arrival:
    """An arrival the acting person handles. Raises NotPermitted, or NotFound."""
    actor = work.require(Permission.ARRIVAL_HANDLE)
    query = select(Arrival).where(Arrival.id == arrival_id, visible_to(actor))
    query = query.execution_options(populate_existing=True)
    arrival = work.session.scalar(query.with_for_update(of=Arrival) if lock else query)
    if arrival is None:
        raise NotFound()
    return arrival


def is_taken(session: Session, source: str) -> bool:
    """Whether this file of the folder has its rows already."""
    return session.scalar(select(Arrival.id).where(Arrival.source == source).limit(1)) is not None


def source_of(session: Session, source: str) -> str:
    """What a file that comes with this `source` is recorded under.

    One that was discarded and is put into the folder again is a new arrival: nobody leaves it to be removed as
    taken, when its content may be gone from the store.
    """
    while True:
        closed = session.scalar(
            select(Arrival.closed_at)
            .where(Arrival.source == source, Arrival.state == ArrivalState.DISCARDED)
            .order_by(Arrival.part)
            .limit(1)
        )
        if closed is None:
            return source
        source = hashlib.sha256(f"{source}\n{closed.isoformat()}".encode()).hexdigest()


def kept_contents(session: Session, now: datetime) -> set[str]:
    """Contents that no document refers to and that must stay: what waits, and what was discarded lately."""
    lately = and_(Arrival.state == ArrivalState.DISCARDED, Arrival.closed_at > _kept_since(now))
    rows = session.scalars(
        select(Arrival.content_key).where(
            Arrival.content_key.is_not(None), or_(Arrival.state == ArrivalState.WAITING, lately)
        )
    )
    return {key for key in rows if key}


def can_be_put_back(arrival: Arrival, now: datetime) -> bool:
    """Whether a discarded arrival still has its content."""
    closed = arrival.closed_at
    return arrival.state == ArrivalState.DISCARDED and closed is not None and closed > _kept_since(now)


def _kept_since(now: datetime) -> datetime:
    return now - timedelta(days=KEPT_DAYS)


def was_filed_by_the_folder(session: Session, document_id: int) -> bool:
    """Whether nobody filed this document by hand: whom it names as having filed it need not have seen it."""
    by_itself = and_(Arrival.document_id == document_id, Arrival.closed_by_id.is_(None))
    return session.scalar(select(Arrival.id).where(by_itself).limit(1)) is not None


def dossier_numbered(session: Session, number: str) -> Dossier | None:
    """The dossier with this number, whoever may know of it: for the portal's own work."""
    return session.scalar(select(Dossier).where(func.upper(Dossier.number) == number.strip().upper()))


def number_patterns(session: Session) -> NumberPatterns:
    """The patterns dossiers are numbered by now."""
    policy = current_policy(session)
    return NumberPatterns(policy.number_pattern, policy.core_number_pattern)


def keeper_id(session: Session) -> int | None:
    """Whom documents name as having filed them when the folder does: the first records manager, else the first
    administrator, else nobody."""
    for role in (Role.RECORDS_MANAGER, Role.ADMINISTRATOR):
        if people := holders_of(session, role):
            return people[0].id
    return None
