"""A period's statistics as plain data, and the tables they are shown in.

`StatisticsReport` is filled by queries and read by every rendering: the page, the PDF, a spreadsheet.
`figure_tables` says once which columns and rows those show, so that no two renderings differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal

from portal.core.messages import N_

Translate = Callable[[str], str]
"""From an English message id to the sentence in the reader's language; unknown text comes back as it is."""

LOCALES = {"en": "en", "es": "es", "zh": "zh_Hans_CN"}


@dataclass(frozen=True)
class Holdings:
    """What is kept of one kind of client or of one level, on the day the figures were counted."""

    label: str
    """A message id, or the name of a configured kind, which needs no translation."""
    dossiers: int
    volumes: int
    documents: int
    pages: int


@dataclass(frozen=True)
class RequestFigures:
    """Request lines submitted in the period, and what became of those decided or withdrawn in it."""

    submitted: int = 0
    approved: int = 0
    rejected: int = 0
    cancelled: int = 0
    waiting: int = 0
    """Undecided at the end of the period, whenever they were submitted."""


@dataclass(frozen=True)
class LoanFigures:
    """Loans of volumes in the period."""

    issued: int = 0
    returned: int = 0
    returned_late: int = 0
    """How many of `returned` came back after their due date."""
    still_out: int = 0
    """On loan at the end of the period, whenever they were issued."""
    in_reading_room: int = 0
    """How many of `issued` were read in the reading room, to be back on the same day."""


@dataclass(frozen=True)
class OverdueLoan:
    """A volume that had not come back by the end of the period, although it was due before."""

    dossier_number: str
    client: str
    volume: str
    borrower: str
    department: str
    issued_on: date
    due_on: date
    days_late: int


@dataclass(frozen=True)
class LoansOfDay:
    """Loans issued and returned on one day. Days without any may be left out of a report."""

    day: date
    issued: int
    returned: int


@dataclass(frozen=True)
class StatisticsReport:
    """The statistics of a period, both days included, as one audience may see them."""

    period_from: date
    period_to: date
    audience: str
    """For whom the figures were counted: a message id, or a department's or person's name."""
    made_on: date
    """The day on which the figures were counted, in the office's time zone."""
    holdings_by_kind: tuple[Holdings, ...] = ()
    holdings_by_level: tuple[Holdings, ...] = ()
    read_requests: RequestFigures = RequestFigures()
    borrow_requests: RequestFigures = RequestFigures()
    room_requests: RequestFigures = RequestFigures()
    """To read the paper in the reading room, for oneself or for an outside reader."""
    loans: LoanFigures = LoanFigures()
    overdue: tuple[OverdueLoan, ...] = ()
    loans_by_day: tuple[LoansOfDay, ...] = ()


Interval = Literal["day", "week", "month", "year"]


@dataclass(frozen=True)
class LoansOfInterval:
    """Loans issued and returned in the part of the period that lies in one day, week, month or year."""

    starts_on: date
    """The interval's own first day, even where the period begins later."""
    issued: int
    returned: int


def loans_by_interval(report: StatisticsReport) -> tuple[Interval, tuple[LoansOfInterval, ...]]:
    """The loans of the period in steps that give a readable chart; steps without loans are there, with 0."""
    interval = _interval_for((report.period_to - report.period_from).days + 1)
    issued: Counter[date] = Counter()
    returned: Counter[date] = Counter()
    for loans in report.loans_by_day:
        if report.period_from <= loans.day <= report.period_to:
            start = _start_of(interval, loans.day)
            issued[start] += loans.issued
            returned[start] += loans.returned
    days = (report.period_from + timedelta(n) for n in range((report.period_to - report.period_from).days + 1))
    starts = dict.fromkeys(_start_of(interval, day) for day in days)
    return interval, tuple(LoansOfInterval(start, issued[start], returned[start]) for start in starts)


def _interval_for(days: int) -> Interval:
    if days <= 14:
        return "day"
    if days <= 26 * 7:
        return "week"
    return "month" if days <= 3 * 366 else "year"


def _start_of(interval: Interval, day: date) -> date:
    if interval == "day":
        return day
    if interval == "week":
        return day - timedelta(day.weekday())
    return day.replace(day=1) if interval == "month" else day.replace(month=1, day=1)


Cell = str | int | date
Shape = Literal["label", "text", "count", "date", "deadline"]
"""What a column holds: a message id, text as it is, a number, a date, a date on which something was due."""


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading (message id) and what it holds."""

    heading: str
    shape: Shape

    @property
    def is_number(self) -> bool:
        """Whether its cells are aligned to the right."""
        return self.shape == "count"


@dataclass(frozen=True)
class FigureTable:
    """A table of the report. `name` is stable (anchors, sheet names); `title` and `empty` are message ids."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None
    empty: str
    """What stands in place of the table when it has no rows."""


def key_figures(report: StatisticsReport) -> tuple[tuple[str, int], ...]:
    """The numbers at the top of the report, each with its message id."""
    held = report.holdings_by_kind
    requests = (report.read_requests, report.borrow_requests, report.room_requests)
    return (
        (N_("Dossiers"), sum(row.dossiers for row in held)),
        (N_("Volumes"), sum(row.volumes for row in held)),
        (N_("Scanned documents"), sum(row.documents for row in held)),
        (N_("Scanned pages"), sum(row.pages for row in held)),
        (N_("Requests submitted"), sum(of.submitted for of in requests)),
        (N_("Volumes issued"), report.loans.issued),
        (N_("Volumes returned"), report.loans.returned),
        (N_("Volumes overdue"), len(report.overdue)),
    )


def figure_tables(report: StatisticsReport) -> tuple[FigureTable, ...]:
    """Every table of the report, in the order in which it is shown."""
    return (
        _holdings(
            "holdings-by-kind",
            N_("Holdings by kind of client, on the day of the report"),
            N_("Kind"),
            report.holdings_by_kind,
        ),
        _holdings(
            "holdings-by-level",
            N_("Holdings by level, on the day of the report"),
            N_("Level"),
            report.holdings_by_level,
        ),
        _requests(report),
        _loans(report.loans),
        _overdue(report.overdue),
    )


def _holdings(name: str, title: str, heading: str, holdings: tuple[Holdings, ...]) -> FigureTable:
    rows = tuple((row.label, row.dossiers, row.volumes, row.documents, row.pages) for row in holdings)
    return FigureTable(
        name,
        title,
        (
            Column(heading, "label"),
            Column(N_("Dossiers"), "count"),
            Column(N_("Volumes"), "count"),
            Column(N_("Documents"), "count"),
            Column(N_("Pages"), "count"),
        ),
        rows,
        _total(rows),
        N_("Nothing is held yet."),
    )


def _requests(report: StatisticsReport) -> FigureTable:
    rows = tuple(
        (label, of.submitted, of.approved, of.rejected, of.cancelled, of.waiting)
        for label, of in (
            (N_("To read"), report.read_requests),
            (N_("To borrow"), report.borrow_requests),
            (N_("To read in the reading room"), report.room_requests),
        )
    )
    return FigureTable(
        "requests",
        N_("Requests"),
        (
            Column(N_("Kind of request"), "label"),
            Column(N_("Submitted"), "count"),
            Column(N_("Approved"), "count"),
            Column(N_("Rejected"), "count"),
            Column(N_("Cancelled"), "count"),
            Column(N_("Still waiting"), "count"),
        ),
        rows,
        _total(rows),
        N_("There were no requests."),
    )


def _loans(loans: LoanFigures) -> FigureTable:
    return FigureTable(
        "loans",
        N_("Loans"),
        (Column(N_("In the period"), "label"), Column(N_("Volumes"), "count")),
        (
            (N_("Issued"), loans.issued),
            (N_("of these, for the reading room and the same day"), loans.in_reading_room),
            (N_("Returned"), loans.returned),
            (N_("Returned late"), loans.returned_late),
            (N_("Still on loan at the end"), loans.still_out),
        ),
        None,
        N_("There were no loans."),
    )


def _overdue(overdue: tuple[OverdueLoan, ...]) -> FigureTable:
    return FigureTable(
        "overdue",
        N_("Overdue loans"),
        (
            Column(N_("Dossier"), "text"),
            Column(N_("Client"), "text"),
            Column(N_("Volume"), "text"),
            Column(N_("Borrower"), "text"),
            Column(N_("Department"), "text"),
            Column(N_("Issued on"), "date"),
            Column(N_("Due on"), "deadline"),
            Column(N_("Days late"), "count"),
        ),
        tuple(
            (
                loan.dossier_number,
                loan.client,
                loan.volume,
                loan.borrower,
                loan.department,
                loan.issued_on,
                loan.due_on,
                loan.days_late,
            )
            for loan in overdue
        ),
        None,
        N_("No loan was overdue at the end of the period."),
    )


def _total(rows: tuple[tuple[str | int, ...], ...]) -> tuple[Cell, ...] | None:
    if len(rows) < 2:
        return None
    columns = list(zip(*rows, strict=True))[1:]
    return (N_("Total"), *(sum(int(number) for number in column) for column in columns))


def cell_text(cell: Cell, shape: Shape, *, language: str, translate: Translate) -> str:
    """A cell as the reader sees it. `language` is one of `LOCALES`."""
    if isinstance(cell, date):
        return deadline_text(cell, language) if shape == "deadline" else date_text(cell, language)
    if isinstance(cell, int):
        return number_text(cell, language)
    return translate(cell) if shape == "label" else cell


def number_text(number: int, language: str) -> str:
    """A whole number with the language's separators."""
    return format_decimal(number, locale=LOCALES[language])


def date_text(day: date, language: str) -> str:
    """A date, as in "Nov 21, 2026"."""
    return format_date(day, "medium", locale=LOCALES[language])


def deadline_text(day: date, language: str) -> str:
    """A date with its weekday, as in "Sat, Nov 21, 2026"."""
    return format_skeleton("yMMMEd", day, locale=LOCALES[language])


def period_text(report: StatisticsReport, *, language: str, translate: Translate) -> str:
    """The period in words, as in "Jul 1, 2026 to Sep 30, 2026"."""
    return translate(N_("%(first)s to %(last)s")) % {
        "first": date_text(report.period_from, language),
        "last": date_text(report.period_to, language),
    }
