"""The statistics as files: PDF, XLSX, CSV, JSON."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from portal.config import LANGUAGES
from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.http.edge import translator
from portal.http.language import choose_language
from portal.http.transactions import now_reading, now_writing
from portal.reports.forms import PeriodForm
from portal.reports.routes.answers import file_answer
from portal.reports.routes.room import reports
from portal.reports.services.exporting import FileFormat, export_statistics, record_export


@reports.page("/reports/statistics.pdf", may=Permission.REPORT_MAKE)
def statistics_pdf() -> ResponseReturnValue:
    """The figures as a report to print."""
    return _file(FileFormat.PDF)


@reports.page("/reports/statistics.xlsx", may=Permission.REPORT_MAKE)
def statistics_xlsx() -> ResponseReturnValue:
    """The figures as a spreadsheet."""
    return _file(FileFormat.XLSX)


@reports.page("/reports/statistics.csv", may=Permission.REPORT_MAKE)
def statistics_csv() -> ResponseReturnValue:
    """The figures as one long table of text."""
    return _file(FileFormat.CSV)


@reports.page("/reports/statistics.json", may=Permission.REPORT_MAKE)
def statistics_json() -> ResponseReturnValue:
    """The figures as they are kept."""
    return _file(FileFormat.JSON)


def _file(wanted: FileFormat) -> ResponseReturnValue:
    work = now_reading()
    form = PeriodForm.of_address(request.args, work.today)
    language = request.args.get("language", choose_language())
    if not form.validate() or language not in LANGUAGES:
        raise Invalid()
    file = export_statistics(
        work, form.for_audience, form.period, wanted, language=language, translate=translator(language)
    )
    record_export(now_writing(), file)
    return file_answer(file.content, file.name, wanted)
