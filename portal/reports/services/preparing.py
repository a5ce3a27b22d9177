"""Preparing a report: a draft with live figures, frozen when it is sent for review (R16)."""

from __future__ import annotations

import io
from dataclasses import dataclass

from sqlalchemy import select

from archive_store.base import ArchiveStore
from portal.accounts.queries import hold_people, successor
from portal.config import LANGUAGES
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted
from portal.core.messages import N_, Message
from portal.core.permissions import ROLE_PERMISSIONS, Level, Permission
from portal.core.unit_of_work import UnitOfWork
from portal.notices.kinds import NoticeKind
from portal.reports.models.issued import Report
from portal.reports.periods import Period
from portal.reports.queries.issued import signers, visible_to
from portal.reports.services.contents import CONTENTS
from portal.reports.services.counting import check_period
from portal.reports.services.loading import NobodyLeavingSigns, add_step, advance, held_report, subject, thaw
from portal.reports.services.telling import tell
from portal.reports.states import ReportAction, ReportKind, ReportState
from portal.reports.statistics.counted import Audience

LONGEST_TITLE = 200


@dataclass(frozen=True)
class NewReport:
    """What a draft is to be about. An empty title: kind and period say it, in the reader's language."""

    kind: ReportKind
    period: Period
    audience: Audience
    language: str
    title: str = ""


def prepare_report(work: UnitOfWork, new: NewReport, *, prepared_by_id: int | None = None) -> Report:
    """Begin a report. It belongs to the acting person, or, where the portal acts by a schedule, to `prepared_by_id`.

    Raises NotPermitted (no permission, handover open, or core readers without clearance), Invalid (period, title,
    language), Conflict (whoever prepares it has left).
    """
    if work.actor is not None and work.require(Permission.REPORT_MAKE).leaving:
        raise NotPermitted(N_("Your handover is open: you begin no new report."))
    owner_id = work.actor.id if work.actor is not None else prepared_by_id
    person = hold_people(work.session, [owner_id or 0]).get(owner_id or 0)
    if person is None or person.departed_at is not None:
        raise Conflict()
    if new.audience == Audience.CORE and person.clearance != Level.CORE:
        raise NotPermitted()
    check_period(new.period, work.today)
    report = Report(
        kind=new.kind,
        title=_checked_title(new.title),
        period_kind=new.period.kind,
        first=new.period.first,
        last=new.period.last,
        audience=new.audience,
        language=_checked_language(new.language),
        state=ReportState.DRAFT,
        prepared_by_id=person.id,
        prepared_at=work.now,
    )
    work.session.add(report)
    add_step(work, report, ReportAction.PREPARE)
    work.session.flush()
    details = {"kind": report.kind.value, "from": report.first.isoformat(), "until": report.last.isoformat()}
    work.record("report:prepare", subject(report), details={**details, "audience": report.audience.value})
    return report


def change_draft(work: UnitOfWork, report_id: int, version: int, *, title: str, language: str) -> Report:
    """Give one's draft another title or language. Raises NotFound, NotPermitted, StaleVersion, Conflict, Invalid."""
    report = _own(work, report_id, version)
    title, language = _checked_title(title), _checked_language(language)
    report.title, report.language = title, language
    advance(work, report, ReportAction.CHANGE)
    work.record("report:change", subject(report), details={"language": language, "title": title})
    return report


def counted_draft(work: UnitOfWork, report_id: int, version: int) -> bytes:
    """The data of one's draft, to be frozen by `submit_report`: counted apart from it, since that may take seconds for
    which the database is not held. Reads only. Raises as `submit_report`.
    """
    work.require(Permission.REPORT_MAKE)
    report = work.session.scalar(select(Report).where(Report.id == report_id, visible_to(work.person)))
    if report is None:
        raise NotFound()
    report.check_version(version)
    if report.prepared_by_id != work.person.id:
        raise NotPermitted()
    _check_may_submit(work, report)
    return CONTENTS[report.kind].frozen(work, report)


def submit_report(
    work: UnitOfWork, store: ArchiveStore, report_id: int, version: int, data: bytes | None = None
) -> Report:
    """Send one's draft for review. What was counted by `counted_draft` for the same version is frozen, or else what is
    counted now: the file first, the row second.

    Raises NotFound, NotPermitted (not one's own, or one's handover is open), StaleVersion, Conflict, and Invalid for
    a period that is not over.
    """
    report = _own(work, report_id, version)
    _check_may_submit(work, report)
    kept = store.put(io.BytesIO(CONTENTS[report.kind].frozen(work, report) if data is None else data))
    report.data_key, report.data_size = kept.key, kept.size
    report.submitted_by_id, report.submitted_at = work.person.id, work.now
    advance(work, report, ReportAction.SUBMIT)
    work.record("report:submit", subject(report), details={"content": kept.key})
    reviewers = [person.id for person in signers(work.session, report)]
    tell(
        work,
        report,
        reviewers,
        NoticeKind.REPORT_TO_REVIEW,
        str(report.row_version),
        first=report.first,
        last=report.last,
    )
    return report


def take_report_back(work: UnitOfWork, report_id: int, version: int) -> Report:
    """Make one's report a draft again before it is issued. Raises NotFound, NotPermitted, StaleVersion, Conflict."""
    report = _own(work, report_id, version)
    if report.state not in (ReportState.IN_REVIEW, ReportState.REVIEWED):
        raise Conflict()
    thaw(report)
    advance(work, report, ReportAction.TAKE_BACK)
    work.record("report:take_back", subject(report))
    return report


def discard_report(work: UnitOfWork, report_id: int, version: int) -> Report:
    """Give a draft up; it is kept as discarded. Raises NotFound, NotPermitted, StaleVersion, Conflict."""
    report = _own(work, report_id, version)
    advance(work, report, ReportAction.DISCARD)
    work.record("report:discard", subject(report))
    return report


def hand_report_on(work: UnitOfWork, report_id: int, version: int, to_person_id: int) -> Report:
    """Give an unfinished report to a colleague, who sees it through; who signed for it so far stays.

    By whose it is, or by the records manager for somebody else. Raises NotFound, NotPermitted, StaleVersion, Conflict,
    Invalid (somebody who leaves, may not make reports, may not know of it, or has reviewed it).
    """
    report = held_report(work, report_id, version)
    if report.prepared_by_id != work.person.id and not work.person.may(Permission.REPORT_REVIEW):
        raise NotPermitted()
    person = successor(work.session, to_person_id)
    if person is None or person.id in (report.prepared_by_id, report.reviewed_by_id):
        raise Invalid(fields={"person_id": Message(N_("Choose a colleague who stays."))})
    if not any(Permission.REPORT_MAKE in ROLE_PERMISSIONS[role] for role in person.role_set):
        raise Invalid(fields={"person_id": Message(N_("Choose somebody who may make reports."))})
    if report.is_core and person.clearance != Level.CORE:
        raise NotFound()  # Nobody without clearance is offered; the answer says nothing of the report.
    from_id, report.prepared_by_id = report.prepared_by_id, person.id
    advance(work, report, ReportAction.HAND_ON, to_id=person.id)
    work.record("report:hand_on", subject(report), details={"person": person.id, "from_person": from_id})
    stage = f"given:{report.row_version}"
    tell(work, report, [person.id], NoticeKind.REPORT_GIVEN, stage, first=report.first, last=report.last)
    return report


def _own(work: UnitOfWork, report_id: int, version: int) -> Report:
    work.require(Permission.REPORT_MAKE)
    report = held_report(work, report_id, version)
    if report.prepared_by_id != work.person.id:
        raise NotPermitted()
    return report


def _check_may_submit(work: UnitOfWork, report: Report) -> None:
    if work.person.leaving:
        raise NobodyLeavingSigns()
    if report.state != ReportState.DRAFT:
        raise Conflict()
    if report.last >= work.today:
        sentence = N_("The period ends on %(last)s: its report can be sent for review from the day after.")
        raise Invalid(sentence, last=report.last)


def _checked_title(title: str) -> str:
    title = " ".join(title.split())
    if len(title) > LONGEST_TITLE:
        raise Invalid(fields={"title": Message(N_("At most %(most)s characters, please."), {"most": LONGEST_TITLE})})
    return title


def _checked_language(language: str) -> str:
    if language not in LANGUAGES:
        raise Invalid()
    return language
