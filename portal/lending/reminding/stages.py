"""The stages of a loan, from its due date alone: the days before, the due day, each day late. Pure: no database.

Only the present stage counts. What was not told while the server was off is not told later: the present stage says it
all. Another due date (renewal, recall, calendar) begins its stages anew, because the date is part of the occasion.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from portal.notices.kinds import NoticeKind
from portal.policy.rules import is_overdue

_LONGEST = 3000
"""Days looked ahead at most, in a calendar without open days."""


@dataclass(frozen=True)
class Stage:
    """Where a loan stands: what the borrower is told, and how many days late it is (0: not late)."""

    name: str
    kind: NoticeKind
    days_late: int = 0


def last_day_spoken_of(today: date, open_days: int, is_open: Callable[[date], bool]) -> date:
    """The latest end of which people are reminded by `today`: so many open days before it, or fewer, are left.

    With 1, on a Friday: the Monday, because nobody is there to be reminded on Sunday.
    """
    day, left = today, open_days
    for _ in range(_LONGEST):
        if left <= 0:
            break
        day += timedelta(days=1)
        left -= is_open(day)
    return day


def present_stage(issued_on: date, due_on: date, today: date, spoken_of: date) -> Stage | None:
    """The stage of a loan on `today`; None while there is nothing to say. `spoken_of`: `last_day_spoken_of`.

    On the day of the issue there is not: the borrower has just been told at the counter.
    """
    if today <= issued_on or due_on > spoken_of:
        return None
    if is_overdue(due_on, today):
        days = (today - due_on).days
        return Stage(f"late-{days}", NoticeKind.LOAN_LATE, days)
    if today == due_on:
        return Stage("due", NoticeKind.LOAN_DUE_TODAY)
    return Stage("before", NoticeKind.LOAN_DUE_SOON)
