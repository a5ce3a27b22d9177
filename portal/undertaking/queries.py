"""Reads of the undertaking: what is in force, who has accepted it, and the breaches a person may know of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, text, true
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.accounts.models import Department, Person
from portal.accounts.queries import people_signed_for
from portal.core.clock import office_date
from portal.core.permissions import Actor, Permission
from portal.undertaking.models import Breach, BreachNote, UndertakingAcceptance, UndertakingAuthor, UndertakingVersion
from portal.undertaking.rules import Force, force_on, good_until, last_lapsed
from portal.undertaking.states import VersionState

_VERSIONS_LOCK = 7_301_009
"""Key of the PostgreSQL advisory lock under which a version is put in force."""
PAGE = 50
"""Rows of a page of a list."""


def hold_versions(session: Session, *, to_change: bool = False) -> None:
    """Keep what is in force as it is until the commit; `to_change`: keep everyone else from relying on it meanwhile.

    A log-in that opens while a version is put in force would open by the version before. SQLite has one writer at a
    time; on PostgreSQL a lock says the same.
    """
    if session.get_bind().dialect.name == "postgresql":
        shared = "" if to_change else "_shared"
        session.execute(text(f"SELECT pg_advisory_xact_lock{shared}(:key)"), {"key": _VERSIONS_LOCK})


def force_today(session: Session, today: date) -> Force:
    """What is in force today, and from when something else is."""
    rows = session.execute(
        select(UndertakingVersion.id, UndertakingVersion.from_on)
        .where(UndertakingVersion.state == VersionState.APPROVED)
        .order_by(UndertakingVersion.number)
    )
    return force_on(today, [(row.id, row.from_on) for row in rows if row.from_on is not None])


def version_with_texts(session: Session, version_id: int | None) -> UndertakingVersion | None:
    """A version with all its texts; None where there is none."""
    if version_id is None:
        return None
    return session.get(UndertakingVersion, version_id, options=[selectinload(UndertakingVersion.texts)])


def approved_versions(session: Session) -> Sequence[UndertakingVersion]:
    """The versions that are, were or will be in force, newest first, with who approved them."""
    return session.scalars(
        select(UndertakingVersion)
        .where(UndertakingVersion.state == VersionState.APPROVED)
        .options(joinedload(UndertakingVersion.approved_by))
        .order_by(UndertakingVersion.number.desc())
    ).all()


def open_draft(session: Session) -> UndertakingVersion | None:
    """The version that is being written or waits for approval; there is one at most."""
    return session.scalars(
        select(UndertakingVersion)
        .where(UndertakingVersion.state != VersionState.APPROVED)
        .options(
            selectinload(UndertakingVersion.texts),
            selectinload(UndertakingVersion.authors).joinedload(UndertakingAuthor.person),
            joinedload(UndertakingVersion.submitted_by),
        )
        .limit(1)
    ).first()


def newest_approved(session: Session) -> UndertakingVersion | None:
    """The approved version with the highest number."""
    return session.scalars(
        select(UndertakingVersion)
        .where(UndertakingVersion.state == VersionState.APPROVED)
        .order_by(UndertakingVersion.number.desc())
        .limit(1)
    ).first()


def last_accepted_on(session: Session, person_id: int, version_id: int | None) -> date | None:
    """The day a person last accepted the version; None: never."""
    return session.scalar(
        select(func.max(UndertakingAcceptance.accepted_on)).where(
            UndertakingAcceptance.person_id == person_id, UndertakingAcceptance.version_id == version_id
        )
    )


def acceptances_of(session: Session, person_id: int) -> Sequence[UndertakingAcceptance]:
    """What a person has accepted, newest first."""
    return session.scalars(
        select(UndertakingAcceptance)
        .where(UndertakingAcceptance.person_id == person_id)
        .options(joinedload(UndertakingAcceptance.version))
        .order_by(UndertakingAcceptance.id.desc())
        .limit(PAGE)
    ).all()


def acceptance_of(session: Session, actor: Actor, acceptance_id: int) -> UndertakingAcceptance | None:
    """An acceptance the person may be shown: their own, or one of those whose acceptances they see."""
    return session.scalars(
        select(UndertakingAcceptance)
        .join(Person, Person.id == UndertakingAcceptance.person_id)
        .where(
            UndertakingAcceptance.id == acceptance_id,
            or_(Person.id == actor.id, Person.department_id.in_(departments_seen(actor) or {0}), sees_everyone(actor)),
        )
        .options(
            joinedload(UndertakingAcceptance.person).joinedload(Person.department),
            joinedload(UndertakingAcceptance.version),
        )
    ).first()


def sees_everyone(actor: Actor) -> ColumnElement[bool]:
    """WHERE clause: whether the person sees who of the whole company has accepted."""
    return true() if actor.may(Permission.UNDERTAKING_VIEW_ALL) else ~true()


def departments_seen(actor: Actor) -> frozenset[int]:
    """The departments whose people the person sees as head or deputy."""
    return actor.headed_departments | actor.deputised_departments


@dataclass(frozen=True)
class Day:
    """The day that is looked at, in the office's zone, and for how many months an acceptance is good."""

    today: date
    zone: ZoneInfo
    months: int


@dataclass(frozen=True)
class DepartmentCount:
    """How many of a department are to accept, and how many have not."""

    id: int
    name: str
    people: int
    missing: int


@dataclass(frozen=True)
class MissingPerson:
    """Somebody who has not accepted what is in force, and since when."""

    person: Person
    since: date
    accepted_on: date | None
    """The day they last accepted this version, if they have."""


@dataclass(frozen=True)
class PeoplePage:
    """A page of a list of people."""

    rows: Sequence[MissingPerson]
    total: int
    number: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PAGE))


def _latest(version_id: int) -> Select[int, date]:
    return (
        select(
            UndertakingAcceptance.person_id.label("person_id"),
            func.max(UndertakingAcceptance.accepted_on).label("accepted_on"),
        )
        .where(UndertakingAcceptance.version_id == version_id)
        .group_by(UndertakingAcceptance.person_id)
    )


def missing_by_department(session: Session, actor: Actor, version_id: int, day: Day) -> Sequence[DepartmentCount]:
    """Each department the person sees, with how many people are there and how many have not accepted."""
    latest = _latest(version_id).subquery()
    missing = or_(latest.c.accepted_on.is_(None), latest.c.accepted_on <= last_lapsed(day.today, day.months))
    rows = session.execute(
        select(Department.id, Department.name, func.count(Person.id), func.sum(case((missing, 1), else_=0)))
        .join(Person, and_(Person.department_id == Department.id, Person.departed_at.is_(None)))
        .outerjoin(latest, latest.c.person_id == Person.id)
        .where(or_(Department.id.in_(departments_seen(actor) or {0}), sees_everyone(actor)))
        .group_by(Department.id, Department.name)
        .order_by(Department.name)
    )
    return [DepartmentCount(id_, name, people, int(count)) for id_, name, people, count in rows]


def missing_people(
    session: Session, departments: Collection[int], version: UndertakingVersion, day: Day, number: int
) -> PeoplePage:
    """Who of these departments has not accepted the version in force, by department and name; one page of them."""
    latest = _latest(version.id).subquery()
    query = (
        select(Person, latest.c.accepted_on)
        .join(Department, Department.id == Person.department_id)
        .outerjoin(latest, latest.c.person_id == Person.id)
        .where(
            Person.departed_at.is_(None),
            Department.id.in_(departments or {0}),
            or_(latest.c.accepted_on.is_(None), latest.c.accepted_on <= last_lapsed(day.today, day.months)),
        )
    )
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    number = min(max(1, number), max(1, -(-total // PAGE)))
    rows = session.execute(
        query.options(joinedload(Person.department))
        .order_by(Department.name, Department.id, Person.name, Person.id)
        .limit(PAGE)
        .offset((number - 1) * PAGE)
    )
    return PeoplePage([_missing(person, accepted, version, day) for person, accepted in rows], total, number)


def _missing(person: Person, accepted_on: date | None, version: UndertakingVersion, day: Day) -> MissingPerson:
    if accepted_on is not None:
        return MissingPerson(person, good_until(accepted_on, day.months) + timedelta(days=1), accepted_on)
    came_on = office_date(person.created_at, day.zone)
    return MissingPerson(person, max(came_on, version.from_on or came_on), None)


def handled_breaches(actor: Actor) -> ColumnElement[bool]:
    """WHERE clause over Person and Department: those whose breaches the person may record and close.

    The records manager's are everybody's, a head's the ones they sign for. Nobody handles their own.
    """
    if actor.may(Permission.BREACH_RECORD):
        return Person.id != actor.id
    return and_(Person.id != actor.id, people_signed_for(actor))


def seen_breaches(actor: Actor) -> ColumnElement[bool]:
    """WHERE clause over Person and Department: those whose breaches the person may know of."""
    if actor.may(Permission.BREACH_VIEW_ALL):
        return Person.id != actor.id
    return handled_breaches(actor)


def people_handled(session: Session, actor: Actor) -> Sequence[Person]:
    """Of whom the person may record a breach, by name; also who has left: confidentiality lasts."""
    return session.scalars(
        select(Person)
        .join(Department, Department.id == Person.department_id)
        .where(handled_breaches(actor))
        .order_by(Person.name, Person.id)
    ).all()


def handles_breaches(session: Session, actor: Actor) -> bool:
    """Whether there is anybody whose breaches the person may know of: whether the list is theirs at all."""
    if actor.may(Permission.BREACH_VIEW_ALL):
        return True
    if not departments_seen(actor):
        return False
    found = select(Person.id).join(Department, Department.id == Person.department_id).where(handled_breaches(actor))
    return session.scalar(found.limit(1)) is not None


@dataclass(frozen=True)
class BreachPage:
    """A page of the register of breaches."""

    rows: Sequence[Breach]
    total: int
    number: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PAGE))


def breaches(session: Session, actor: Actor, *, only_open: bool, number: int) -> BreachPage:
    """The breaches the person may know of, newest first; one page of them."""
    query = (
        select(Breach)
        .join(Person, Person.id == Breach.person_id)
        .join(Department, Department.id == Person.department_id)
        .where(seen_breaches(actor))
    )
    if only_open:
        query = query.where(Breach.closed_at.is_(None))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    number = min(max(1, number), max(1, -(-total // PAGE)))
    rows = session.scalars(
        query.options(joinedload(Breach.person).joinedload(Person.department), joinedload(Breach.recorded_by))
        .order_by(Breach.id.desc())
        .limit(PAGE)
        .offset((number - 1) * PAGE)
    ).all()
    return BreachPage(rows, total, number)


def breach_for(session: Session, actor: Actor, breach_id: int) -> Breach | None:
    """A breach with its notes, if the person may know of it."""
    return session.scalars(
        select(Breach)
        .join(Person, Person.id == Breach.person_id)
        .join(Department, Department.id == Person.department_id)
        .where(Breach.id == breach_id, seen_breaches(actor))
        .options(
            joinedload(Breach.person).joinedload(Person.department),
            joinedload(Breach.recorded_by),
            joinedload(Breach.closed_by),
            joinedload(Breach.erased_by),
            selectinload(Breach.notes).joinedload(BreachNote.written_by),
        )
    ).first()


def may_handle(session: Session, actor: Actor, person_id: int) -> bool:
    """Whether the person may record or close breaches of that one."""
    return (
        session.scalar(
            select(Person.id)
            .join(Department, Department.id == Person.department_id)
            .where(Person.id == person_id, handled_breaches(actor))
        )
        is not None
    )
