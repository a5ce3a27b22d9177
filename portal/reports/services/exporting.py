"""The statistics as files that somebody takes along: each is recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from portal.core.errors import DownloadsStopped
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.reports.files import statistics_csv, statistics_xlsx
from portal.reports.papers import statistics_pdf
from portal.reports.periods import Period
from portal.reports.services.counting import count
from portal.reports.services.printing import unissued
from portal.reports.statistics.counted import Audience, Statistics
from portal.reports.statistics.storing import checksum, stored


class FileFormat(StrEnum):
    """What the statistics are given out as: also the ending of the file's name."""

    PDF = "pdf"
    XLSX = "xlsx"
    CSV = "csv"
    JSON = "json"


FILE_FORMAT_NAMES: dict[FileFormat, str] = {
    FileFormat.PDF: "PDF",
    FileFormat.XLSX: "XLSX",
    FileFormat.CSV: "CSV",
    FileFormat.JSON: "JSON",
}


@dataclass(frozen=True)
class StatisticsFile:
    """A file and what it is called."""

    content: bytes
    name: str
    format: FileFormat
    audience: Audience
    period: Period
    language: str


def export_statistics(
    work: UnitOfWork,
    audience: Audience,
    period: Period,
    wanted: FileFormat,
    *,
    language: str,
    translate: Callable[[str], str],
) -> StatisticsFile:
    """Count the statistics and write them down as a file in `language`. Reads only: see `record_export`.

    Errors as of `count`, and DownloadsStopped.
    """
    if work.require(Permission.REPORT_MAKE).downloads_stopped:
        raise DownloadsStopped()
    statistics = count(work, audience, period)
    name = f"statistics-{period.first:%Y%m%d}-{period.last:%Y%m%d}-{audience.value}-{language}.{wanted.value}"
    content = _written(work, statistics, wanted, language, translate)
    return StatisticsFile(content, name, wanted, audience, period, language)


def record_export(work: UnitOfWork, file: StatisticsFile) -> None:
    """The acting person is given the file: it is recorded. Raises DownloadsStopped."""
    if work.require(Permission.REPORT_MAKE).downloads_stopped:
        raise DownloadsStopped()
    details = {
        "from": file.period.first.isoformat(),
        "to": file.period.last.isoformat(),
        "language": file.language,
        "format": file.format.value,
        "audience": file.audience.value,
    }
    work.record("report:print", "reports:statistics", details=details)


def _written(
    work: UnitOfWork, statistics: Statistics, wanted: FileFormat, language: str, translate: Callable[[str], str]
) -> bytes:
    data = stored(statistics)
    if wanted is FileFormat.JSON:
        return data
    standing = unissued(checksum(data), work.now)
    if wanted is FileFormat.PDF:
        return statistics_pdf(statistics, standing, language=language, translate=translate)
    write = statistics_xlsx if wanted is FileFormat.XLSX else statistics_csv
    return write(statistics, standing, language=language, translate=translate)
