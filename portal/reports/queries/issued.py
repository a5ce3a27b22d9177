"""Reports as one person may see them: what waits for them, the list, one report, who may sign it, who fetched it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, union
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from portal.accounts.models import Department, Person, PersonRole
from portal.accounts.queries import stays
from portal.core.permissions import ROLE_PERMISSIONS, Actor, Level, Permission
from portal.reports.models.issued import Report, ReportFetch, ReportRecipient, ReportStep
from portal.reports.periods import Period
from portal.reports.states import KEPT, UNISSUED, ReportAction, ReportKind, ReportState
from portal.reports.statistics.counted import Audience

_PREPARING = (ReportAction.PREPARE, ReportAction.CHANGE, ReportAction.SUBMIT)
"""Whoever has done one of these has prepared the report, and neither reviews nor issues it."""
MOST_OFFERED = 200
"""Reports that are offered as a successor."""
MOST_SHOWN = 10
"""Reports of a period that are shown to whoever begins another one."""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """WHERE clause over Report: those the person may see.

    Everything for who reviews and issues; one's own; what is issued, to those it was sent to, and statistics to
    everybody who may count them themselves. For core readers only to whoever is cleared for core.
    """
    ways = [Report.prepared_by_id == actor.id, and_(Report.state.in_(KEPT), _sent_to(actor.id))]
    if actor.may(Permission.REPORT_REVIEW) or actor.may(Permission.REPORT_ISSUE):
        ways.append(or_(Report.state != ReportState.DISCARDED, _prepared(actor.id)))
    if actor.may(Permission.REPORT_MAKE):
        ways.append(and_(Report.state.in_(KEPT), Report.kind == ReportKind.STATISTICS))
        ways.append(_prepared(actor.id))
    return and_(or_(*ways), of_known_audience(actor))


def of_known_audience(actor: Actor) -> ColumnElement[bool]:
    """WHERE clause over Report: not the ones for core readers, unless the person is one."""
    return Report.id.is_not(None) if actor.cleared_for_core else Report.audience != Audience.CORE


def _sent_to(person_id: int) -> ColumnElement[bool]:
    return exists().where(
        ReportRecipient.report_id == Report.id,
        ReportRecipient.person_id == person_id,
        ReportRecipient.removed_at.is_(None),
    )


def _prepared(person_id: int) -> ColumnElement[bool]:
    step = aliased(ReportStep)
    return exists().where(step.report_id == Report.id, step.by_id == person_id, step.action.in_(_PREPARING))


def preparers(session: Session, report: Report) -> set[int]:
    """Ids of everybody who has prepared the report, or has it now: none of them reviews or issues it."""
    did = select(ReportStep.by_id).where(ReportStep.report_id == report.id, ReportStep.action.in_(_PREPARING))
    return {id_ for id_ in session.scalars(did) if id_ is not None} | {report.prepared_by_id}


def waiting_for(actor: Actor) -> ColumnElement[bool]:
    """WHERE clause over Report: those whose next step is this person's."""
    if not actor.may(Permission.REPORT_MAKE):
        return false()
    own = and_(Report.state == ReportState.DRAFT, Report.prepared_by_id == actor.id)
    ways = [own]
    strange = and_(Report.prepared_by_id != actor.id, ~_prepared(actor.id))
    if actor.may(Permission.REPORT_REVIEW) and not actor.leaving:
        ways.append(and_(Report.state == ReportState.IN_REVIEW, strange))
    if actor.may(Permission.REPORT_ISSUE) and not actor.leaving:
        ways.append(and_(Report.state == ReportState.REVIEWED, strange, Report.reviewed_by_id != actor.id))
    return and_(or_(*ways), of_known_audience(actor))


def waiting_reports(session: Session, actor: Actor, most: int) -> Sequence[Report]:
    """What waits for the person, oldest first."""
    return session.scalars(
        select(Report)
        .where(waiting_for(actor))
        .options(joinedload(Report.prepared_by))
        .order_by(Report.prepared_at, Report.id)
        .limit(most)
    ).all()


@dataclass(frozen=True)
class ReportFilter:
    """What one looks for; None for anything but what was discarded."""

    state: ReportState | None = None
    year: int | None = None


def reports(actor: Actor, wanted: ReportFilter) -> Select[Report]:
    """The reports the person may see: those on their way first, then the issued ones, newest first."""
    query = (
        select(Report).where(visible_to(actor)).options(joinedload(Report.prepared_by), joinedload(Report.successor))
    )
    if wanted.state is None:
        query = query.where(Report.state != ReportState.DISCARDED)
    else:
        query = query.where(Report.state == wanted.state)
    if wanted.year is not None:
        query = query.where(Report.issued_on.between(date(wanted.year, 1, 1), date(wanted.year, 12, 31)))
    return query.order_by(Report.issued_at.is_not(None), Report.issued_at.desc(), Report.id.desc())


@dataclass(frozen=True)
class SamePeriod:
    """A report of a period of which somebody is about to begin another one."""

    report: Report
    is_visible: bool
    """Whether the person may open it; that it is being prepared they may know, so that it is not done twice."""


def of_same_period(session: Session, actor: Actor, period: Period, audience: Audience) -> list[SamePeriod]:
    """Statistics of a period for an audience that are on their way or issued, the newest first."""
    query = (
        select(Report, visible_to(actor).label("is_visible"))
        .where(
            of_known_audience(actor),
            Report.kind == ReportKind.STATISTICS,
            Report.audience == audience,
            Report.first == period.first,
            Report.last == period.last,
            Report.state.in_((*UNISSUED, ReportState.ISSUED)),
        )
        .options(joinedload(Report.prepared_by))
        .order_by(Report.id.desc())
        .limit(MOST_SHOWN)
    )
    return [SamePeriod(report, bool(is_visible)) for report, is_visible in session.execute(query)]


def years_of_issue(session: Session, actor: Actor) -> list[int]:
    """The years in which reports were issued that the person may see, newest first."""
    days = session.scalars(select(Report.issued_on).where(visible_to(actor), Report.issued_on.is_not(None)).distinct())
    return sorted({day.year for day in days if day is not None}, reverse=True)


def report_for(session: Session, actor: Actor, report_id: int) -> Report | None:
    """The report, with its history and distribution list, if the person may see it."""
    return session.scalar(
        select(Report)
        .where(Report.id == report_id, visible_to(actor))
        .options(
            joinedload(Report.prepared_by),
            joinedload(Report.submitted_by),
            joinedload(Report.reviewed_by),
            joinedload(Report.issued_by),
            joinedload(Report.withdrawn_by),
            joinedload(Report.successor),
            selectinload(Report.steps).options(
                joinedload(ReportStep.by), joinedload(ReportStep.to), joinedload(ReportStep.remark)
            ),
            selectinload(Report.recipients).joinedload(ReportRecipient.person),
        )
    )


def replaced_by(session: Session, actor: Actor, report: Report) -> Sequence[Report]:
    """Withdrawn reports whose place this one takes, as far as the person may see them."""
    query = select(Report).where(Report.successor_id == report.id, visible_to(actor)).order_by(Report.id)
    return session.scalars(query).all()


def may_see_work(actor: Actor, report: Report) -> bool:
    """Whether the history with its remarks, the distribution list and who fetched it are theirs to see, and not the
    report alone: for who prepared it, who reviews and who issues."""
    signs = actor.may(Permission.REPORT_REVIEW) or actor.may(Permission.REPORT_ISSUE)
    prepared = {step.by_id for step in report.steps if step.action in _PREPARING} | {report.prepared_by_id}
    return signs or actor.id in prepared


def possible_successors(actor: Actor, report: Report) -> Select[Report]:
    """Issued reports that may take the place of `report`: later ones of the same kind for the same audience."""
    return (
        select(Report)
        .where(
            Report.state == ReportState.ISSUED,
            Report.kind == report.kind,
            Report.audience == report.audience,
            Report.issued_at > report.issued_at,
            visible_to(actor),
        )
        .order_by(Report.issued_at.desc(), Report.id.desc())
        .limit(MOST_OFFERED)
    )


def signers(session: Session, report: Report) -> Sequence[Person]:
    """Who may take the next signature, by name: who reviews, or who issues. Nobody: somebody must be given the role."""
    permission = {
        ReportState.IN_REVIEW: Permission.REPORT_REVIEW,
        ReportState.REVIEWED: Permission.REPORT_ISSUE,
    }.get(report.state)
    if permission is None:
        return ()
    roles = [role for role, granted in ROLE_PERMISSIONS.items() if permission in granted]
    without = preparers(session, report) | {report.reviewed_by_id or 0}
    query = select(Person).where(
        stays(),
        Person.id.not_in(without),
        Person.id.in_(select(PersonRole.person_id).where(PersonRole.role.in_(roles))),
    )
    if report.is_core:
        query = query.where(Person.clearance == Level.CORE)
    return session.scalars(query.order_by(Person.name, Person.id)).all()


def colleagues(session: Session, report: Report) -> list[tuple[int, str]]:
    """Who can take an unfinished report over: id and name; they may make reports, stay, and have not reviewed it."""
    roles = [role for role, granted in ROLE_PERMISSIONS.items() if Permission.REPORT_MAKE in granted]
    query = select(Person.id, Person.name).where(
        stays(),
        Person.id.not_in({report.prepared_by_id, report.reviewed_by_id or 0}),
        Person.id.in_(select(PersonRole.person_id).where(PersonRole.role.in_(roles))),
    )
    if report.is_core:
        query = query.where(Person.clearance == Level.CORE)
    return [(row.id, row.name) for row in session.execute(query.order_by(Person.name, Person.id))]


def possible_recipients(session: Session, report: Report) -> list[tuple[int, str]]:
    """Who can be put on the distribution list: id, name and department; of a core report only who is cleared."""
    there = select(ReportRecipient.person_id).where(
        ReportRecipient.report_id == report.id, ReportRecipient.removed_at.is_(None)
    )
    query = (
        select(Person.id, Person.name, Department.name)
        .join(Department, Department.id == Person.department_id)
        .where(Person.departed_at.is_(None), Person.id.not_in(there))
    )
    if report.is_core:
        query = query.where(Person.clearance == Level.CORE)
    return [(id_, f"{name}, {department}") for id_, name, department in session.execute(query.order_by(Person.name))]


@dataclass(frozen=True)
class Fetched:
    """Somebody on the list, or who fetched the report, and when they did so first (None: not yet) and how often."""

    person_id: int
    name: str
    listed: bool
    first_at: datetime | None
    times: int
    last_format: str = ""
    last_language: str = ""


def fetched_by(session: Session, report: Report) -> list[Fetched]:
    """The distribution list with who has fetched the report; then the others who fetched it."""
    listed = {row.person_id: row.person.name for row in report.recipients if row.removed_at is None}
    rows = session.scalars(
        select(ReportFetch)
        .where(ReportFetch.report_id == report.id)
        .options(joinedload(ReportFetch.person))
        .order_by(ReportFetch.id)
    ).all()
    of_person: dict[int, list[ReportFetch]] = {}
    for row in rows:
        of_person.setdefault(row.person_id, []).append(row)
    names = {**{row.person_id: row.person.name for row in rows}, **listed}
    found = [
        Fetched(
            person_id,
            name,
            person_id in listed,
            fetches[0].at if fetches else None,
            len(fetches),
            fetches[-1].file_format if fetches else "",
            fetches[-1].language if fetches else "",
        )
        for person_id, name in names.items()
        for fetches in [of_person.get(person_id, [])]
    ]
    return sorted(found, key=lambda row: (not row.listed, row.name, row.person_id))


def kept_contents(session: Session) -> set[str]:
    """Keys of what the archive store keeps for reports: frozen data, also of what was sent back, and issued PDFs."""
    keys = union(
        select(Report.data_key).where(Report.data_key.is_not(None)),
        select(Report.pdf_key).where(Report.pdf_key.is_not(None)),
        select(ReportStep.data_key).where(ReportStep.data_key.is_not(None)),
    )
    return set(session.scalars(keys))


def unissued_of(person_id: int) -> Select[Report]:
    """What a person has begun and not brought to its end, oldest first."""
    return select(Report).where(Report.prepared_by_id == person_id, Report.state.in_(UNISSUED)).order_by(Report.id)
