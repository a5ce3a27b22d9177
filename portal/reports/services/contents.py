"""What a report says, by its kind: how its data are frozen, and how they are set as a PDF."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from portal.core.unit_of_work import UnitOfWork
from portal.reports.files import statistics_csv, statistics_xlsx
from portal.reports.models.issued import Report
from portal.reports.papers.document import statistics_pdf
from portal.reports.papers.standing import Standing
from portal.reports.regular.contents import freeze_list, list_file, list_pdf
from portal.reports.services.counting import count
from portal.reports.services.exporting import FileFormat
from portal.reports.states import ReportKind
from portal.reports.statistics.storing import read, stored
from portal.reports.statistics.wording import Translate


@dataclass(frozen=True)
class Contents:
    """One kind of report. Both are functions of what they are given alone: the same data give the same pages."""

    frozen: Callable[[UnitOfWork, Report], bytes]
    """The figures of this moment as canonical data, for the acting person."""
    pdf: Callable[[bytes, Standing, str, Translate, str | None], bytes]
    """The frozen data as PDF: standing, language, the words of the language, title of its own."""
    file: Callable[[bytes, Standing, FileFormat, str, Translate, str | None], bytes]
    """The frozen data as a spreadsheet or a table of text, which says the same of itself."""


def _count(work: UnitOfWork, report: Report) -> bytes:
    return stored(count(work, report.audience, report.period))


def _set(data: bytes, standing: Standing, language: str, translate: Translate, title: str | None) -> bytes:
    return statistics_pdf(read(data), standing, language=language, translate=translate, title=title)


def _write(
    data: bytes, standing: Standing, wanted: FileFormat, language: str, translate: Translate, title: str | None
) -> bytes:
    write = statistics_xlsx if wanted is FileFormat.XLSX else statistics_csv
    return write(read(data), standing, language=language, translate=translate, title=title)


CONTENTS: dict[ReportKind, Contents] = {
    ReportKind.STATISTICS: Contents(frozen=_count, pdf=_set, file=_write),
    ReportKind.LIST: Contents(frozen=freeze_list, pdf=list_pdf, file=list_file),
}
