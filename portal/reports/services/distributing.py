"""To whom a report goes, and who fetched it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from portal.accounts.queries import hold_people
from portal.core.errors import Invalid, NotFound, NotPermitted
from portal.core.messages import N_, Message
from portal.core.permissions import Actor, Level, Permission
from portal.core.unit_of_work import UnitOfWork
from portal.notices.kinds import NoticeKind
from portal.reports.models.issued import ON_SCREEN, Report, ReportFetch, ReportRecipient
from portal.reports.queries.issued import visible_to
from portal.reports.services.issuing import tell_recipients
from portal.reports.services.loading import subject
from portal.reports.states import ReportState

MOST_AT_ONCE = 50


def may_distribute(actor: Actor) -> bool:
    """Whether they say to whom reports go: the records manager and the general manager."""
    return actor.may(Permission.REPORT_REVIEW) or actor.may(Permission.REPORT_ISSUE)


def add_recipients(work: UnitOfWork, report_id: int, person_ids: Collection[int]) -> Report:
    """Put people on the distribution list; where the report is issued, they are told at once.

    Raises NotFound, NotPermitted, Invalid (nobody chosen, somebody who has left, or may not know of the report).
    """
    report = _listed(work, report_id)
    if not person_ids or len(set(person_ids)) > MOST_AT_ONCE:
        raise Invalid(fields={"people": Message(N_("Choose who is to receive the report."))})
    people = hold_people(work.session, person_ids)
    for person_id in set(person_ids):
        person = people.get(person_id)
        if person is None or person.departed_at is not None:
            raise Invalid(fields={"people": Message(N_("Somebody you have chosen is no longer there."))})
        if report.is_core and person.clearance != Level.CORE:
            cleared = N_("Only somebody cleared for core dossiers may receive this report.")
            raise Invalid(fields={"people": Message(cleared)})
    added = sorted(set(person_ids) - {row.person_id for row in _listed_rows(work, report)})
    for person_id in added:
        # Also of whoever was on it before: the row that was closed says who had put them there.
        row = ReportRecipient(report_id=report.id, person_id=person_id, added_at=work.now, added_by_id=work.person.id)
        work.session.add(row)
        work.record("report:add_recipient", subject(report), details={"person": person_id})
    work.session.flush()
    if report.state == ReportState.ISSUED:
        tell_recipients(work, report, set(added), NoticeKind.REPORT_ISSUED)
    return report


def remove_recipient(work: UnitOfWork, report_id: int, person_id: int) -> Report:
    """Take somebody off the list: the report is no longer theirs to see. Raises NotFound, NotPermitted."""
    report = _listed(work, report_id)
    row = next((row for row in _listed_rows(work, report) if row.person_id == person_id), None)
    if row is None:
        raise NotFound()
    row.removed_at = work.now
    work.record("report:remove_recipient", subject(report), details={"person": person_id})
    return report


def record_fetch(work: UnitOfWork, report: Report, file_format: str, language: str) -> None:
    """The acting person is given the report as a file: of an issued one it is noted who has it."""
    _note(work, report, file_format, language)
    work.record("report:fetch", subject(report), details={"format": file_format, "language": language})


def record_look(work: UnitOfWork, report: Report, language: str) -> None:
    """The acting person is shown all figures of the report on the screen: noted like a file."""
    _note(work, report, ON_SCREEN, language)
    work.record("report:look", subject(report), details={"language": language})


def _note(work: UnitOfWork, report: Report, file_format: str, language: str) -> None:
    if report.is_kept:
        work.session.add(
            ReportFetch(
                report_id=report.id,
                person_id=work.person.id,
                at=work.now,
                file_format=file_format,
                language=language,
            )
        )


def _listed(work: UnitOfWork, report_id: int) -> Report:
    if not may_distribute(work.person):
        raise NotPermitted()
    report = work.session.scalar(
        select(Report)
        .where(Report.id == report_id, Report.state != ReportState.DISCARDED, visible_to(work.person))
        .with_for_update(of=Report, key_share=True)
        .execution_options(populate_existing=True)
    )
    if report is None:
        raise NotFound()
    return report


def _listed_rows(work: UnitOfWork, report: Report) -> list[ReportRecipient]:
    query = select(ReportRecipient).where(ReportRecipient.report_id == report.id, ReportRecipient.removed_at.is_(None))
    return list(work.session.scalars(query))
