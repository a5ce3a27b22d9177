"""A year of the office calendar as a page shows it: months of weeks of days, and the days that are set apart. Pure."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from portal.policy.national_days import national_days
from portal.policy.rules import DayKind, OfficeCalendar

_WEEKS = Calendar(firstweekday=0)


@dataclass(frozen=True)
class Day:
    """A day, whether the office is open on it, and why. `why` is the name of a holiday or the office's own reason."""

    day: date
    kind: DayKind
    why: str = ""


@dataclass(frozen=True)
class Month:
    """The weeks of a month, Monday first; None where a week belongs to another month."""

    first: date
    weeks: Sequence[Sequence[Day | None]]


@dataclass(frozen=True)
class Stretch:
    """Days one after the other that are set apart for the same reason."""

    first: date
    last: date
    kind: DayKind
    why: str


def days_of_year(calendar: OfficeCalendar, year: int, reasons: Mapping[date, str], language: str) -> Sequence[Day]:
    """Every day of `year`. `reasons` are those of the exceptions, by day; holidays are named in `language`."""
    national = (national_days(calendar.holiday_country, year, language) if calendar.holiday_country else None) or {}
    day, found = date(year, 1, 1), []
    while day.year == year:
        kind, why = calendar.kind(day), ""
        if kind in (DayKind.OPENED, DayKind.CLOSED):
            why = reasons.get(day, "")
        elif kind in (DayKind.HOLIDAY, DayKind.MAKE_UP):
            why = national[day].name
        found.append(Day(day, kind, why))
        day += timedelta(days=1)
    return found


def months_of(days: Sequence[Day]) -> Sequence[Month]:
    """The months of a whole year of days."""
    by_date = {day.day: day for day in days}
    year = days[0].day.year
    return [
        Month(
            date(year, month, 1),
            [
                [by_date[day] if day.month == month else None for day in week]
                for week in _WEEKS.monthdatescalendar(year, month)
            ],
        )
        for month in range(1, 13)
    ]


def set_apart(days: Sequence[Day]) -> Sequence[Stretch]:
    """The days that do not simply follow the week, put together where they follow one another."""
    found: list[Stretch] = []
    for day in days:
        if day.kind in (DayKind.WORKING, DayKind.WEEKEND):
            continue
        before = found[-1] if found else None
        if before and (before.kind, before.why) == (day.kind, day.why) and day.day - before.last == timedelta(days=1):
            found[-1] = replace(before, last=day.day)
        else:
            found.append(Stretch(day.day, day.day, day.kind, day.why))
    return found
