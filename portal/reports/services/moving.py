"""Whoever changes department receives no more of what was asked for by the old one."""

from __future__ import annotations

from sqlalchemy import select

from portal.accounts.models import Person
from portal.core.unit_of_work import UnitOfWork
from portal.reports.models.issued import Report, ReportRecipient
from portal.reports.models.regular import RegularDraft, RegularReport
from portal.reports.regular.queries import recipients_now, regular_of
from portal.reports.services.loading import subject
from portal.reports.states import ReportKind


def take_off_who_moved(work: UnitOfWork, report: Report) -> None:
    """Of a report that was made for a regular one: who is named there, but has left, moved or lost their clearance
    since the draft was made, does not receive it. Whoever was put on the list by hand stays."""
    regular = regular_of(work.session, report.id)
    if regular is None:
        return
    gone = {row.person_id for row in regular.recipients} - set(recipients_now(work.session, regular))
    rows = work.session.scalars(
        select(ReportRecipient)
        .where(
            ReportRecipient.report_id == report.id,
            ReportRecipient.person_id.in_(gone),
            ReportRecipient.removed_at.is_(None),
        )
        .order_by(ReportRecipient.id)
    ).all()
    for row in rows:
        _take_off(work, report, row)


def take_mover_off_lists(work: UnitOfWork, person_id: int) -> list[int]:
    """Somebody has changed department: lists that were made for another one are theirs to see no longer. Returns the
    ids of those reports."""
    found = work.session.execute(
        select(Report, ReportRecipient)
        .join(ReportRecipient, ReportRecipient.report_id == Report.id)
        .join(RegularDraft, RegularDraft.report_id == Report.id)
        .join(RegularReport, RegularReport.id == RegularDraft.regular_id)
        .join(Person, Person.id == ReportRecipient.person_id)
        .where(
            ReportRecipient.person_id == person_id,
            ReportRecipient.removed_at.is_(None),
            Report.kind == ReportKind.LIST,
            RegularReport.department_id != Person.department_id,
        )
        .order_by(ReportRecipient.id)
        .with_for_update(of=ReportRecipient)
    ).all()
    for report, row in found:
        _take_off(work, report, row)
    return [report.id for report, _ in found]


def _take_off(work: UnitOfWork, report: Report, row: ReportRecipient) -> None:
    row.removed_at = work.now
    work.record("report:remove_recipient", subject(report), details={"person": row.person_id})
