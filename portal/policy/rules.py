"""Policy values with their defaults, and the office calendar. Pure: no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

import holidays


@dataclass(frozen=True)
class Policy:
    """Every number of the house rules this version enforces (mission: the house rules)."""

    loan_days: int = 3
    """Calendar days a paper file is lent at most; the day of issue is not counted (R11)."""
    closed_day_moves: str = "next"
    """Where a due date on a closed day moves: "next" open day, or "stay" (R11)."""
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


@dataclass(frozen=True)
class OfficeCalendar:
    """Says on which days the office is open: exceptions win over make-up days, holidays, and the week."""

    open_weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    holiday_country: str = ""
    exceptions: Mapping[date, bool] = field(default_factory=dict)

    def is_open(self, day: date) -> bool:
        """Whether the office is open on `day`."""
        if day in self.exceptions:
            return self.exceptions[day]
        if self.holiday_country:
            national = _national_days(self.holiday_country, day.year)
            if day in national.weekend_workdays:
                return True
            if day in national:
                return False
        return day.weekday() in self.open_weekdays

    def next_open_day(self, day: date) -> date:
        """`day` itself if the office is open then, else the first open day after it (within a year)."""
        for _ in range(366):
            if self.is_open(day):
                return day
            day += timedelta(days=1)
        return day


@lru_cache(maxsize=32)
def _national_days(country: str, year: int) -> holidays.HolidayBase:
    return holidays.country_holidays(country, years=year)


def due_date(issued_on: date, policy: Policy, calendar: OfficeCalendar) -> date:
    """The date a file issued on `issued_on` is due back (R11)."""
    due = issued_on + timedelta(days=policy.loan_days)
    return calendar.next_open_day(due) if policy.closed_day_moves == "next" else due


def is_overdue(due_on: date, today: date) -> bool:
    """Overdue means that today, in the office's zone, is later than the due date. Everywhere."""
    return today > due_on
