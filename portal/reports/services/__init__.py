"""Making a report: the figures, and the trail of who made which."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from portal.core.errors import Invalid
from portal.core.messages import N_, Message
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.reports.figures import StatisticsReport
from portal.reports.pdf import statistics_pdf
from portal.reports.queries.former import Period, statistics

LONGEST_DAYS = 3660
"""Ten years: the longest period one report covers."""


def make_statistics(work: UnitOfWork, first: date, last: date) -> StatisticsReport:
    """Count the statistics of a period for the acting person; Invalid when the period makes no sense."""
    actor = work.require(Permission.REPORT_MAKE)
    if last < first:
        raise Invalid(fields={"last": Message(N_("The period ends before it begins."))})
    if (last - first).days >= LONGEST_DAYS:
        raise Invalid(fields={"last": Message(N_("A report covers ten years at most."))})
    return statistics(work.session, actor, Period(first, last, work.zone), work.today)


def print_statistics(
    work: UnitOfWork, first: date, last: date, *, language: str, translate: Callable[[str], str]
) -> bytes:
    """The statistics as PDF in `language`; who printed them is recorded."""
    report = make_statistics(work, first, last)
    pdf = statistics_pdf(report, language=language, translate=translate, generated_at=work.now.astimezone(work.zone))
    work.record(
        "report:print",
        "reports:statistics",
        details={"from": first.isoformat(), "to": last.isoformat(), "language": language},
    )
    return pdf
