"""Days a second time: sorted lists of open days, as in `tests.unit.second_due_dates`."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache

from tests.unit.lending_property.facts import Facts
from tests.unit.second_due_dates import open_ordinals, second_due_date

_AROUND = date(2026, 3, 2)
"""Every example plays within weeks of this day."""
_WEEK = (0, 1, 2, 3, 4)


class Office:
    """The calendar and the rules of counting, as the facts say."""

    def __init__(self, facts: Facts) -> None:
        self.policy = facts.policy
        self.today = facts.today
        days = {}
        for _, row in sorted(facts.calendar_exceptions.items()):
            if row.undone_at is None:
                for n in range((row.until_day - row.from_day).days + 1):
                    days[row.from_day + timedelta(days=n)] = row.is_open
        self.opened = _opened(tuple(sorted(days.items())))

    def due(self, issued: date, days: int) -> date:
        """When a file issued on this day is due."""
        return second_due_date(
            issued, days, self.policy["loan_days_counted"], self.policy["closed_day_moves"], list(self.opened)
        )

    def next_open(self, day: date) -> date:
        """The day itself if it is open, else the first open one after it."""
        return date.fromordinal(self.opened[bisect_left(self.opened, day.toordinal())])

    def nth_open_after(self, day: date, count: int) -> date:
        """The so-manieth open day after this one."""
        return date.fromordinal(self.opened[bisect_right(self.opened, day.toordinal()) + count - 1])


@lru_cache(maxsize=256)
def _opened(exceptions: tuple[tuple[date, bool], ...]) -> Sequence[int]:
    return open_ordinals(_AROUND, _WEEK, "", range(0), dict(exceptions))
