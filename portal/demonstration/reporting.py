"""Reports of the demonstration: two months that are issued, and one that waits for its review."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from archive_store.base import ArchiveStore
from portal.core.unit_of_work import UnitOfWork
from portal.reports.models.issued import Report
from portal.reports.periods import Period, PeriodKind
from portal.reports.services.distributing import add_recipients
from portal.reports.services.issuing import issue_report
from portal.reports.services.preparing import NewReport, prepare_report, submit_report
from portal.reports.services.reviewing import approve_report
from portal.reports.states import ReportKind
from portal.reports.statistics.counted import Audience

PREPARER, REVIEWER, ISSUER, READERS = "tom", "mei", "carmen", ("emma", "jorge")
LANGUAGE = "es"
"""Of the general manager, who signs."""
MONTHS = 3
"""How many months before the archive's own are reported; the last of them waits for its review."""
SUBMITTED, REVIEWED, ISSUED = timedelta(days=1), timedelta(days=2), timedelta(days=3)
"""After the first day of the month that follows."""


def months_before(today: date) -> list[Period]:
    """The months that are reported, the oldest first."""
    months = [Period.containing(PeriodKind.MONTH, today).before()]
    while len(months) < MONTHS:
        months.insert(0, months[0].before())
    return months


class Reporting:
    """What people do about reports; `work_as` makes a unit of work for a person by their key."""

    def __init__(self, work_as: Callable[[str], UnitOfWork], store: ArchiveStore) -> None:
        self._as, self._store = work_as, store
        self._reports: dict[str, int] = {}

    def submit(self, month: str) -> None:
        """The clerk prepares the report of the month that begins on this day, and sends it."""
        period = Period.containing(PeriodKind.MONTH, date.fromisoformat(month))
        new = NewReport(ReportKind.STATISTICS, period, Audience.EVERYONE, LANGUAGE)
        report = prepare_report(self._as(PREPARER), new)
        self._reports[month] = report.id
        submit_report(self._as(PREPARER), self._store, report.id, report.row_version)

    def review(self, month: str) -> None:
        """The records manager says who receives it, and reviews it."""
        report_id = self._reports[month]
        report = add_recipients(self._as(REVIEWER), report_id, [self._as(key).person.id for key in READERS])
        approve_report(self._as(REVIEWER), report_id, report.row_version)

    def issue(self, month: str) -> None:
        """The general manager issues it."""
        work = self._as(ISSUER)
        report = work.session.get_one(Report, self._reports[month])
        issue_report(work, self._store, report.id, report.row_version)
