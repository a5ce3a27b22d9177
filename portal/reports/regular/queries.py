"""Reading regular reports: whose they are, who signs, what a person finds of them, what is due."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, true
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.accounts.models import Person, PersonRole
from portal.accounts.queries import stays
from portal.core.permissions import Actor, Level, Permission, Role
from portal.policy.rules import OfficeCalendar
from portal.reports.models.issued import Report
from portal.reports.models.regular import RegularDecision, RegularDraft, RegularRecipient, RegularReport
from portal.reports.periods import Period
from portal.reports.queries.issued import visible_to as report_visible_to
from portal.reports.regular.rules import PREPARERS, Candidate, departments_asked_for, periods_due, signers
from portal.reports.regular.states import OPEN_STATES, STAGES, RegularStage, RegularState
from portal.reports.statistics.counted import Audience

MOST_LISTED = 200
"""Regular reports on one page: a company has dozens."""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """WHERE clause over RegularReport: those the person may open: whoever asked, answers for it, prepares or receives
    it, leads the department, or signs. Those for core readers are for people cleared for core."""
    cleared = true() if actor.cleared_for_core else RegularReport.audience != Audience.CORE
    if actor.may(Permission.REGULAR_DECIDE):
        return cleared
    named = exists().where(RegularRecipient.regular_id == RegularReport.id, RegularRecipient.person_id == actor.id)
    receives = and_(named, or_(RegularReport.is_own, RegularReport.department_id == actor.department_id))
    mine = or_(
        RegularReport.asked_by_id == actor.id,
        RegularReport.owner_id == actor.id,
        RegularReport.preparer_id == actor.id,
        RegularReport.department_id.in_(departments_asked_for(actor)),
        and_(RegularReport.state.in_([RegularState.ACTIVE, RegularState.ENDED]), receives),
    )
    return and_(cleared, mine)


def regular_for(session: Session, actor: Actor, regular_id: int, *, lock: bool = False) -> RegularReport | None:
    """The regular report, if the person may open it; `lock`: nobody else changes it until the commit."""
    query = select(RegularReport).where(RegularReport.id == regular_id, visible_to(actor))
    if lock:
        query = query.with_for_update(of=RegularReport).execution_options(populate_existing=True)
    return session.scalar(query)


def with_everything(session: Session, actor: Actor, regular_id: int) -> RegularReport | None:
    """The same with people, decisions and drafts, for its page."""
    query = _listed(visible_to(actor)).where(RegularReport.id == regular_id)
    query = query.options(
        joinedload(RegularReport.preparer),
        joinedload(RegularReport.closed_by),
        selectinload(RegularReport.recipients).joinedload(RegularRecipient.person),
        selectinload(RegularReport.decisions).options(
            joinedload(RegularDecision.decided_by), joinedload(RegularDecision.comment)
        ),
        selectinload(RegularReport.drafts).joinedload(RegularDraft.report),
    )
    return session.scalar(query)


def _listed(*where: ColumnElement[bool]) -> Select[RegularReport]:
    return (
        select(RegularReport)
        .where(*where)
        .options(
            joinedload(RegularReport.department, innerjoin=True),
            joinedload(RegularReport.asked_by, innerjoin=True),
            joinedload(RegularReport.owner),
        )
        .order_by(RegularReport.title, RegularReport.id)
        .limit(MOST_LISTED)
    )


@dataclass(frozen=True)
class RegularLists:
    """What a person finds of regular reports."""

    to_sign: Sequence[RegularReport]
    waiting: Sequence[RegularReport]
    """Those that wait for somebody else."""
    active: Sequence[RegularReport]
    over: Sequence[RegularReport]
    """Refused, withdrawn or ended, the latest first."""


def regular_lists(session: Session, actor: Actor) -> RegularLists:
    """The regular reports the person may open."""
    open_ones = session.scalars(_listed(visible_to(actor), RegularReport.state.in_(OPEN_STATES))).all()
    waiting = [one for one in open_ones if one.state in STAGES]
    mine = waiting_for(session, actor, waiting)
    over = session.scalars(
        _listed(visible_to(actor), RegularReport.state.not_in(OPEN_STATES))
        .order_by(None)
        .order_by(RegularReport.closed_at.desc())
        .limit(20)
    ).all()
    return RegularLists(
        to_sign=mine,
        waiting=[one for one in waiting if one not in mine],
        active=[one for one in open_ones if one.state == RegularState.ACTIVE],
        over=over,
    )


def to_sign(session: Session, actor: Actor) -> list[RegularReport]:
    """The regular reports that wait for the person's signature."""
    if not actor.may(Permission.REGULAR_DECIDE):
        return []
    waiting = session.scalars(_listed(visible_to(actor), RegularReport.state.in_(list(STAGES)))).all()
    return waiting_for(session, actor, waiting)


def waiting_for(session: Session, actor: Actor, waiting: Sequence[RegularReport]) -> list[RegularReport]:
    """Of these, the ones that wait for the person's signature."""
    if not waiting or actor.leaving or not actor.may(Permission.REGULAR_DECIDE):
        return []
    people = _deciders(session)
    return [one for one in waiting if actor.id in {person.id for person in _signers(session, one, people)}]


def signers_of(session: Session, regular: RegularReport) -> list[Person]:
    """Who may sign it next, by name; nobody when it waits for no signature, or until somebody is named."""
    return _signers(session, regular, _deciders(session)) if regular.state in STAGES else []


def _deciders(session: Session) -> list[Person]:
    rows = session.scalars(
        select(Person)
        .join(PersonRole, PersonRole.person_id == Person.id)
        .where(PersonRole.role.in_([Role.RECORDS_MANAGER, Role.GENERAL_MANAGER]), stays())
        .options(selectinload(Person.roles))
        .order_by(Person.name, Person.id)
        .distinct()
    )
    return list(rows)


def _signers(session: Session, regular: RegularReport, people: Sequence[Person]) -> list[Person]:
    if regular.audience == Audience.CORE:
        people = [person for person in people if person.clearance == Level.CORE]
    first = next((row.decided_by_id for row in regular.decisions if row.stage == RegularStage.RECORDS), None)
    ids = signers(
        STAGES[regular.state],
        [Candidate(person.id, person.role_set) for person in people if person.id != regular.owner_id],
        asker_id=regular.asked_by_id,
        asker_roles=roles_of(session, regular.asked_by_id),
        signed=first,
    )
    return [person for person in people if person.id in ids]


def roles_of(session: Session, person_id: int) -> frozenset[Role]:
    """What roles somebody has today."""
    return frozenset(session.scalars(select(PersonRole.role).where(PersonRole.person_id == person_id)))


def possible_preparers(session: Session, audience: Audience) -> Sequence[Person]:
    """Who can be named to prepare the drafts: clerks and managers who stay, for core readers those cleared for core."""
    query = (
        select(Person)
        .where(
            stays(),
            exists().where(PersonRole.person_id == Person.id, PersonRole.role.in_(PREPARERS)),
        )
        .order_by(Person.name, Person.id)
    )
    if audience == Audience.CORE:
        query = query.where(Person.clearance == Level.CORE)
    return session.scalars(query).all()


def possible_recipients(session: Session, department_id: int | None) -> Sequence[Person]:
    """Who can be named to receive it: the people of the department who stay; without one, everybody."""
    query = select(Person).where(stays()).order_by(Person.name, Person.id)
    if department_id is not None:
        query = query.where(Person.department_id == department_id)
    return session.scalars(query).all()


def possible_owners(session: Session, regular: RegularReport) -> Sequence[Person]:
    """To whom it can be handed: the people of the department and who leads it, but not who has it now."""
    department = regular.department
    leaders = [one for one in (department.head_id, department.deputy_id) if one is not None]
    query = (
        select(Person)
        .where(
            stays(),
            or_(Person.department_id == department.id, Person.id.in_(leaders)),
            Person.id != (regular.owner_id or 0),
        )
        .order_by(Person.name, Person.id)
    )
    if regular.audience == Audience.CORE:
        query = query.where(Person.clearance == Level.CORE)
    return session.scalars(query).all()


def recipients_now(session: Session, regular: RegularReport) -> list[int]:
    """Those named who still may receive it: not gone, in the department still (for the records department's own:
    anywhere), and cleared where it is for core readers."""
    query = (
        select(Person.id)
        .join(RegularRecipient, RegularRecipient.person_id == Person.id)
        .where(RegularRecipient.regular_id == regular.id, Person.departed_at.is_(None))
        .order_by(Person.name, Person.id)
    )
    if not regular.is_own:
        query = query.where(Person.department_id == regular.department_id)
    if regular.audience == Audience.CORE:
        query = query.where(Person.clearance == Level.CORE)
    return list(session.scalars(query))


@dataclass(frozen=True)
class Due:
    """A period whose draft is to be made."""

    regular_id: int
    period: Period


def due_drafts(session: Session, calendar: OfficeCalendar, today: date) -> list[Due]:
    """What is due by `today` and not made yet, oldest first."""
    rows = session.execute(
        select(RegularReport.id, RegularReport.every, RegularReport.active_on)
        .where(RegularReport.state == RegularState.ACTIVE, RegularReport.active_on <= today)
        .order_by(RegularReport.id)
    ).all()
    if not rows:
        return []
    due = [
        Due(row.id, period)
        for row in rows
        if row.active_on is not None
        for period in periods_due(row.every, row.active_on, today, calendar)
    ]
    if not due:
        return []
    # Of the drafts of all years only those of the periods in question: this is asked every ten minutes.
    made = session.execute(
        select(RegularDraft.regular_id, RegularDraft.first).where(
            RegularDraft.regular_id.in_({one.regular_id for one in due}),
            RegularDraft.first >= min(one.period.first for one in due),
        )
    )
    known = {(row.regular_id, row.first) for row in made}
    missing = [one for one in due if (one.regular_id, one.period.first) not in known]
    return sorted(missing, key=lambda one: (one.period.last, one.regular_id))


def regular_of(session: Session, report_id: int) -> RegularReport | None:
    """The regular report a report was made for; None for one made by hand."""
    return session.scalar(select(RegularReport).join(RegularDraft).where(RegularDraft.report_id == report_id))


def reports_shown(session: Session, actor: Actor, report_ids: Collection[int]) -> set[int]:
    """Those of the reports that the person may open."""
    if not report_ids:
        return set()
    return set(session.scalars(select(Report.id).where(Report.id.in_(report_ids), report_visible_to(actor))))
