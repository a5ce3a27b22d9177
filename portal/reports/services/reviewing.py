"""Reviewing a report: approved by the records manager, or sent back with remarks (R16)."""

from __future__ import annotations

from portal.core.errors import Conflict, NotPermitted
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.notices.kinds import NoticeKind
from portal.reports.models.issued import Report
from portal.reports.queries.issued import signers
from portal.reports.services.loading import advance, check_strange, checked_remark, held_report, subject, thaw
from portal.reports.services.telling import tell
from portal.reports.states import ReportAction, ReportState


def approve_report(work: UnitOfWork, report_id: int, version: int) -> Report:
    """Sign that the report was reviewed. Nobody reviews what they have prepared.

    Raises NotFound, NotPermitted, StaleVersion, Conflict (it does not wait for review).
    """
    work.require(Permission.REPORT_REVIEW)
    report = held_report(work, report_id, version)
    if report.state != ReportState.IN_REVIEW:
        raise Conflict()
    check_strange(work, report)
    report.reviewed_by_id, report.reviewed_at = work.person.id, work.now
    advance(work, report, ReportAction.APPROVE)
    work.record("report:approve", subject(report))
    tell(
        work,
        report,
        [person.id for person in signers(work.session, report)],
        NoticeKind.REPORT_TO_ISSUE,
        str(report.row_version),
        first=report.first,
        last=report.last,
    )
    return report


def send_report_back(work: UnitOfWork, report_id: int, version: int, remark: str) -> Report:
    """Do not sign, and say what is to be changed: the report is a draft again, with live figures.

    What was frozen stays in its history. Raises NotFound, NotPermitted, StaleVersion, Conflict, Invalid.
    """
    work.require(Permission.REPORT_MAKE)
    report = held_report(work, report_id, version)
    if report.state not in (ReportState.IN_REVIEW, ReportState.REVIEWED):
        raise Conflict()
    check_strange(work, report)
    if report.reviewed_by_id == work.person.id:
        raise NotPermitted(N_("You have reviewed this report yourself: somebody else issues it or sends it back."))
    remark = checked_remark(remark, N_("Please say what is to be changed."))
    thaw(report)
    advance(work, report, ReportAction.SEND_BACK, remark=remark)
    work.record("report:send_back", subject(report))
    tell(
        work,
        report,
        [report.prepared_by_id],
        NoticeKind.REPORT_RETURNED,
        str(report.row_version),
        first=report.first,
        last=report.last,
    )
    return report
