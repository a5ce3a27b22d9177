"""A report as a file, and its frozen figures on the screen."""

from __future__ import annotations

from flask import Response, request
from flask.typing import ResponseReturnValue

from portal.config import LANGUAGES
from portal.core.errors import DownloadsStopped, NotFound
from portal.core.permissions import Permission
from portal.http.edge import current_work, get_parts
from portal.http.language import choose_language
from portal.http.transactions import now_reading, now_writing
from portal.reports.models.issued import Report
from portal.reports.routes.answers import file_answer
from portal.reports.routes.report_page import FrozenShowing, frozen_statistics, render, shown_report
from portal.reports.routes.room import reports
from portal.reports.services.distributing import may_distribute, record_fetch, record_look
from portal.reports.services.exporting import FileFormat
from portal.reports.services.rendering import kept_file, report_file
from portal.reports.states import ReportState

_NAMED_BY_STATE = {
    ReportState.DRAFT: "-draft",
    ReportState.IN_REVIEW: "-in-review",
    ReportState.REVIEWED: "-reviewed",
    ReportState.WITHDRAWN: "-withdrawn",
}
"""What stands in the file's name, so that nobody takes it for an issued one."""


@reports.page("/reports/<int:report_id>/figures", may=Permission.REGISTER_VIEW, writes=True)
def figures(report_id: int) -> ResponseReturnValue:
    """All figures of a report as they were frozen; it is noted who was shown an issued one."""
    report, work = shown_report(report_id), current_work()
    statistics = frozen_statistics(report)
    if statistics is None:
        raise NotFound()
    record_look(work, report, choose_language())
    show = FrozenShowing(statistics, work.today, choose_language())
    return render("figures.html", report=report, statistics=statistics, show=show)


@reports.page("/reports/<int:report_id>/files/<file_format>", may=Permission.REGISTER_VIEW)
def file(report_id: int, file_format: str) -> ResponseReturnValue:
    """The report as PDF, XLSX, CSV or JSON; it is noted who was given an issued one."""
    language = request.args.get("language", choose_language())
    if file_format not in {one.value for one in FileFormat} or language not in LANGUAGES:
        raise NotFound()
    work, wanted = now_reading(), FileFormat(file_format)
    report = _fetchable(report_id)
    name = f"{report.number or f'report-{report.id}'}{_NAMED_BY_STATE.get(report.state, '')}-{language}.{wanted.value}"
    content = report_file(work, get_parts().store, report, wanted, language)
    return _given(report_id, content, name, wanted, language)


@reports.page("/reports/<int:report_id>/issued.pdf", may=Permission.REPORT_MAKE)
def original(report_id: int) -> ResponseReturnValue:
    """The PDF as it was issued, also of a report that is withdrawn: for those who review and issue."""
    report = _fetchable(report_id)
    if not may_distribute(current_work().person) or not report.is_kept:
        raise NotFound()
    name = f"{report.number}{_NAMED_BY_STATE.get(report.state, '')}-as-issued-{report.language}.pdf"
    content = kept_file(get_parts().store, report.pdf_key)
    return _given(report_id, content, name, FileFormat.PDF, report.language)


def _fetchable(report_id: int) -> Report:
    if current_work().person.downloads_stopped:
        raise DownloadsStopped()
    return shown_report(report_id)


def _given(report_id: int, content: bytes, name: str, wanted: FileFormat, language: str) -> Response:
    """Record the fetch, and answer with the file: whoever may not see the report any more is not given it."""
    record_fetch(now_writing(), _fetchable(report_id), wanted.value, language)
    return file_answer(content, name, wanted)
