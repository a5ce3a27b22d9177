"""Due dates a second time, written another way: sorted lists of open days, and places in them.

Shares nothing with `portal.policy` but the question: holidays are those of the library `holidays`, also for China.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from datetime import date

import holidays

REACH = 800
"""Days before and after the issue among which the open ones are listed."""


def open_ordinals(
    around: date, week: Iterable[int], country: str, known_years: range, exceptions: Mapping[date, bool]
) -> list[int]:
    """The open days around a date, as ordinals in order: the week, holidays, make-up days, exceptions in turn."""
    first, last = around.toordinal() - REACH, around.toordinal() + REACH
    week = set(week)
    # Ordinal 1 is a Monday.
    days = {ordinal for ordinal in range(first, last + 1) if (ordinal - 1) % 7 in week}
    if country:
        for year in range(date.fromordinal(first).year, date.fromordinal(last).year + 1):
            if year in known_years:
                national = holidays.country_holidays(country, years=year)
                days -= {day.toordinal() for day in national if day.year == year}
                days |= {day.toordinal() for day in national.weekend_workdays if day.year == year}
    days -= {day.toordinal() for day, is_open in exceptions.items() if not is_open}
    days |= {day.toordinal() for day, is_open in exceptions.items() if is_open}
    return sorted(days)


def second_due_date(issued: date, days: int, counted: str, moves: str, opened: list[int]) -> date:
    """The due date of a file issued on a day, given the ordinals of all open days."""
    start = issued.toordinal()
    if days == 0:
        found = start
    elif counted == "working":
        found = opened[bisect_right(opened, start) + days - 1]
    else:
        found = start + days
        here = bisect_right(opened, found)
        if moves == "next" or (moves == "previous" and (here == 0 or opened[here - 1] < start)):
            found = opened[bisect_left(opened, found)]
        elif moves == "previous":
            found = opened[here - 1]
    return date.fromordinal(found)
