"""Policy values with their defaults, the office calendar, and due dates. Pure: no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from portal.core.messages import N_
from portal.policy.national_days import national_days

COUNTED_NAMES = {"calendar": N_("Every day of the calendar"), "working": N_("Only days on which the office is open")}
"""The values of `Policy.loan_days_counted`."""
CLOSED_DAY_NAMES = {
    "next": N_("It moves to the next open day"),
    "previous": N_("It moves back to the open day before"),
    "stay": N_("It stays"),
}
"""The values of `Policy.closed_day_moves`: what becomes of a due date on a closed day."""
WEEKDAY_NAMES = {
    "0": N_("Monday"),
    "1": N_("Tuesday"),
    "2": N_("Wednesday"),
    "3": N_("Thursday"),
    "4": N_("Friday"),
    "5": N_("Saturday"),
    "6": N_("Sunday"),
}
"""The days of a week as forms and the trail write them (Monday = "0"), with their names."""
RULE_NAMES = {
    "open_weekdays": N_("Days of the week on which the office is open"),
    "holiday_country": N_("Public holidays of"),
    "loan_days_counted": N_("Days of a loan that are counted"),
    "closed_day_moves": N_("A due date on a closed day"),
}
"""The values of the policy that the calendar page changes."""
FARTHEST = 800
"""Days within which an open day is looked for: more than can be closed at one time (`portal.policy.services`)."""


@dataclass(frozen=True)
class Policy:
    """Every number of the house rules this version enforces (mission: the house rules)."""

    loan_days: int = 3
    """Days a paper file is lent at most; the day of issue is not counted (R11)."""
    loan_days_counted: str = "calendar"
    """Which days those are: every "calendar" day, or "working" days, on which the office is open (R11)."""
    closed_day_moves: str = "next"
    """Where a due date on a closed day moves: to the "next" open day, the "previous" one, or "stay" (R11)."""
    most_renewals: int = 1
    """How often a loan is renewed at most; 0 for never (R12)."""
    renewal_days: int = 3
    """Days a renewal adds, counted like the days of a loan."""
    hold_days: int = 2
    """Open days a returned file is kept at the desk for the next in line."""
    remind_days_before: int = 1
    """Open days before the due day on which the borrower is reminded; 0 for no early reminder (R12)."""
    escalate_to_head_after: int = 1
    """Days late after which the borrower's head is told too (R12)."""
    escalate_to_records_after: int = 3
    """Days late after which the records manager is told too (R12)."""
    approver_reminder_days: int = 2
    """Days a request waits for a signature before the approver is reminded, and again as often."""
    open_weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    """Weekdays the office is open, Monday = 0."""
    holiday_country: str = ""
    """ISO code of the country whose public holidays and make-up days count; empty for none."""
    grant_days: int = 7
    """Days a reading grant opens a dossier's pages (C3)."""
    request_days: int = 14
    """Days after which a request nobody decided, or nobody fetched, expires (C2)."""
    number_pattern: str = "{year}-{number:04d}"
    """Dossier number of general and important dossiers; counted per year (R3)."""
    core_number_pattern: str = "K{year}-{number:04d}"
    """Dossier number of core dossiers, a series of its own so that gaps tell nothing (R8)."""
    password_length: int = 10
    """Fewest characters of a password."""
    undertaking_months: int = 12
    """Months for which the confidentiality undertaking is good; then it is accepted anew (R17)."""
    undertaking_remind_days: int = 14
    """Days before that end on which a person is reminded, and from which they may accept it anew; 0 for none (R17)."""


class DayKind(StrEnum):
    """Why the office is open or closed on a day."""

    WORKING = "working"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKE_UP = "make_up"
    OPENED = "opened"
    CLOSED = "closed"


OPEN_KINDS = frozenset({DayKind.WORKING, DayKind.MAKE_UP, DayKind.OPENED})

DAY_KIND_NAMES: dict[DayKind, str] = {
    DayKind.WORKING: N_("Open"),
    DayKind.WEEKEND: N_("Closed on this day of the week"),
    DayKind.HOLIDAY: N_("Public holiday"),
    DayKind.MAKE_UP: N_("Make-up working day"),
    DayKind.OPENED: N_("Opened by the office"),
    DayKind.CLOSED: N_("Closed by the office"),
}


@dataclass(frozen=True)
class OfficeCalendar:
    """Says on which days the office is open: exceptions win over make-up days, holidays, and the week.

    For a year of which nothing is known of the country's holidays (`lacks_data`) the week alone counts.
    """

    open_weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    holiday_country: str = ""
    exceptions: Mapping[date, bool] = field(default_factory=dict)

    def kind(self, day: date) -> DayKind:
        """Why the office is open or closed on `day`."""
        if day in self.exceptions:
            return DayKind.OPENED if self.exceptions[day] else DayKind.CLOSED
        national = national_days(self.holiday_country, day.year) if self.holiday_country else None
        if national and day in national:
            return DayKind.MAKE_UP if national[day].worked else DayKind.HOLIDAY
        return DayKind.WORKING if day.weekday() in self.open_weekdays else DayKind.WEEKEND

    def is_open(self, day: date) -> bool:
        """Whether the office is open on `day`."""
        return self.kind(day) in OPEN_KINDS

    def lacks_data(self, year: int) -> bool:
        """Whether the country's holidays of `year` count but are not known, so that the week alone decides."""
        return bool(self.holiday_country) and national_days(self.holiday_country, year) is None

    def next_open_day(self, day: date) -> date:
        """`day` itself if the office is open then, else the first open day after it; `day` if there is none in sight.

        An office that never opens must not keep anyone waiting for ever: a date that cannot move stays.
        """
        return self._first_open(day + timedelta(days=n) for n in range(FARTHEST)) or day

    def previous_open_day(self, day: date, earliest: date) -> date | None:
        """`day` itself if the office is open then, else the last open day before it, not before `earliest`; or None."""
        return self._first_open(day - timedelta(days=n) for n in range((day - earliest).days + 1))

    def after_open_days(self, day: date, count: int) -> date:
        """The `count`-th open day after `day`, which is not counted itself; `day` for a count of 0."""
        for _ in range(count):
            day = self.next_open_day(day + timedelta(days=1))
        return day

    def _first_open(self, days: Iterable[date]) -> date | None:
        return next((day for day in days if self.is_open(day)), None)


def years_without_data(calendar: OfficeCalendar, today: date) -> list[int]:
    """This year, and the one that loans of the next weeks reach into, as far as the holidays are not known."""
    years = sorted({today.year, (today + timedelta(days=60)).year})
    return [year for year in years if calendar.lacks_data(year)]


def due_date(issued_on: date, policy: Policy, calendar: OfficeCalendar, *, days: int | None = None) -> date:
    """The date a file issued on `issued_on` is due back (R11); the day of issue is not counted.

    `days` are those of the policy unless given (a renewal); 0 is the same day, whatever the calendar says: a file
    read in the reading room does not stay out overnight. A due date that moves back stops at the day of issue: if
    the office is not open between then and the due date, the first open day after it is the earliest possible.
    """
    days = policy.loan_days if days is None else days
    if days == 0:
        return issued_on
    if policy.loan_days_counted == "working":
        return calendar.after_open_days(issued_on, days)
    due = issued_on + timedelta(days=days)
    if policy.closed_day_moves == "stay":
        return due
    back = calendar.previous_open_day(due, issued_on) if policy.closed_day_moves == "previous" else None
    return back or calendar.next_open_day(due)


def due_date_after_change(due_on: date, by_rule: date, today: date, calendar: OfficeCalendar) -> date:
    """The due date of an open loan after the calendar has changed; `by_rule` is what `due_date` says now.

    Never earlier than today because of the change: nobody can bring a file back yesterday, and a change on paper
    must not make a borrower overdue and so block them (R12). A date already past never moves further back; one that
    would move before today moves to the next day on which the counter takes files in.
    """
    if due_on < today:
        return max(by_rule, due_on)
    return by_rule if by_rule >= today else calendar.next_open_day(today)


def is_overdue(due_on: date, today: date) -> bool:
    """Overdue means that today, in the office's zone, is later than the due date. Everywhere."""
    return today > due_on
