"""Issuing a report: numbered without gaps, its PDF kept; and withdrawing one that is no longer good (R16)."""

from __future__ import annotations

import io

from sqlalchemy import select

from archive_store.base import ArchiveStore
from portal.accounts.models import Person
from portal.core.errors import Conflict, Invalid, NotPermitted
from portal.core.messages import N_, Message
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.numbers import next_number
from portal.notices.kinds import NoticeKind
from portal.reports.models.issued import Report, ReportRecipient
from portal.reports.queries.issued import possible_successors
from portal.reports.services.loading import (
    NobodyLeavingSigns,
    advance,
    check_strange,
    checked_remark,
    held_report,
    subject,
)
from portal.reports.services.moving import take_off_who_moved
from portal.reports.services.rendering import kept_file, set_pdf
from portal.reports.services.telling import tell
from portal.reports.states import ReportAction, ReportState

SERIES, CORE_SERIES = "report", "core_report"
"""Of reports for core readers: a series of its own, so that gaps tell nothing."""


def issue_report(work: UnitOfWork, store: ArchiveStore, report_id: int, version: int) -> Report:
    """Issue the report: it gets its number, its PDF is set from the frozen data and kept, and those on the list are
    told. Prepared, reviewed and issued by three different people.

    The PDF bears the number, which is taken in the same transaction: so the pages are set, in a second or two, while
    others wait to write. The file is put into the store first: a crash leaves a file nobody refers to, and no number is
    lost. Raises NotFound, NotPermitted, StaleVersion, Conflict (it does not wait to be issued), DamagedReport.
    """
    work.require(Permission.REPORT_ISSUE)
    report = held_report(work, report_id, version)
    if report.state != ReportState.REVIEWED:
        raise Conflict()
    check_strange(work, report)
    if report.reviewed_by_id == work.person.id:
        raise NotPermitted(N_("You have reviewed this report yourself: somebody else issues it or sends it back."))
    data = kept_file(store, report.data_key)
    issuer = work.session.get_one(Person, work.person.id)
    year = work.today.year
    series, letters = (CORE_SERIES, "RC") if report.is_core else (SERIES, "R")
    number = f"{letters}{year}-{next_number(work.session, series, year):04d}"
    with work.session.no_autoflush:
        report.number = number
        report.issued_by, report.issued_at, report.issued_on = issuer, work.now, work.today
        kept = store.put(io.BytesIO(set_pdf(report, data, report.language, at=work.now)))
        report.pdf_key, report.pdf_size = kept.key, kept.size
        advance(work, report, ReportAction.ISSUE)
    work.record("report:issue", subject(report), details={"number": number, "content": kept.key})
    take_off_who_moved(work, report)
    tell_recipients(work, report, _recipients(work, report), NoticeKind.REPORT_ISSUED)
    return report


def withdraw_report(
    work: UnitOfWork, report_id: int, version: int, remark: str, successor_id: int | None = None
) -> Report:
    """Withdraw an issued report, and say why. It stays, marked; its successor may be named now or later.

    Raises NotFound, NotPermitted, StaleVersion, Conflict, Invalid (no reason, no such successor).
    """
    report = _issued(work, report_id, version)
    if report.state != ReportState.ISSUED:
        raise Conflict()
    remark = checked_remark(remark, N_("Please say why the report is withdrawn."))
    successor = _successor(work, report, successor_id) if successor_id else None
    report.withdrawn_by_id, report.withdrawn_at = work.person.id, work.now
    with work.session.no_autoflush:
        report.successor = successor
        advance(work, report, ReportAction.WITHDRAW, remark=remark)
    details = {"number": report.number, "successor": successor.number if successor else None}
    work.record("report:withdraw", subject(report), details=details)
    told = {*_recipients(work, report), report.prepared_by_id, report.reviewed_by_id or report.prepared_by_id}
    if successor is None:
        tell_recipients(work, report, told, NoticeKind.REPORT_WITHDRAWN)
    else:
        tell_recipients(work, report, told, NoticeKind.REPORT_REPLACED, successor=successor.number or "")
    return report


def name_successor(work: UnitOfWork, report_id: int, version: int, successor_id: int) -> Report:
    """Say, once, which issued report takes the place of a withdrawn one. Raises as `withdraw_report`."""
    report = _issued(work, report_id, version)
    if report.state != ReportState.WITHDRAWN or report.successor_id is not None:
        raise Conflict()
    report.successor = _successor(work, report, successor_id)
    advance(work, report, ReportAction.NAME_SUCCESSOR)
    number = report.successor.number or ""
    work.record("report:name_successor", subject(report), details={"number": report.number, "successor": number})
    tell_recipients(work, report, _recipients(work, report), NoticeKind.REPORT_REPLACED, successor=number)
    return report


def tell_recipients(work: UnitOfWork, report: Report, people: set[int], kind: NoticeKind, **params: str) -> None:
    """Tell people about a report by its number: once for each kind of news."""
    tell(work, report, people, kind, "kept", number=report.number or "", first=report.first, last=report.last, **params)


def _issued(work: UnitOfWork, report_id: int, version: int) -> Report:
    work.require(Permission.REPORT_ISSUE)
    report = held_report(work, report_id, version)
    if work.person.leaving:
        raise NobodyLeavingSigns()
    return report


def _successor(work: UnitOfWork, report: Report, successor_id: int) -> Report:
    found = work.session.scalar(possible_successors(work.person, report).where(Report.id == successor_id))
    if found is None or found.id == report.id:
        raise Invalid(fields={"successor_id": Message(N_("Choose a later report that is issued."))})
    return found


def _recipients(work: UnitOfWork, report: Report) -> set[int]:
    query = select(ReportRecipient.person_id).where(
        ReportRecipient.report_id == report.id, ReportRecipient.removed_at.is_(None)
    )
    return set(work.session.scalars(query))
