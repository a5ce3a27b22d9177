"""On which days the loans of the demonstration archive go out and come back: by the house's own calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from portal.demonstration.model import Loan

_LONGEST_WAY_BACK = 60


def issue_day(loan: Loan, today: date, due_date: Callable[[date], date], is_open: Callable[[date], bool]) -> date:
    """The open day of issue on which the house's calendar gives `loan` the due date it wants.

    `due_date` is the house's rule (day of issue → due date), `is_open` its calendar. Where the calendar does
    not allow the wanted due date, an open loan falls due on the nearest day that keeps its state: not yet
    overdue stays so, overdue by at least so many days stays so. ValueError when no day of the last two months
    will do.
    """
    days_back = [today - timedelta(days=n) for n in range(_LONGEST_WAY_BACK)]
    if loan.due is None:
        assert loan.issued is not None, "a closed loan says when it was issued"
        start = today + timedelta(days=loan.issued)
        return next(day for n in range(_LONGEST_WAY_BACK) if is_open(day := start - timedelta(days=n)))
    wanted = today + timedelta(days=loan.due)
    open_days = [day for day in days_back if is_open(day)]
    if loan.due < 0:
        fitting = [day for day in open_days if due_date(day) <= wanted][:1]
    else:
        fitting = [day for day in open_days if due_date(day) >= wanted][-1:] or open_days[:1]
    if not fitting:
        raise ValueError(f"the calendar has no day of issue for the loan {loan.key}")
    return fitting[0]


def return_day(loan: Loan, due: date, issued: date, is_open: Callable[[date], bool]) -> date:
    """The open day on which a closed loan came back: in time not after the due date, late not too early."""
    assert loan.returned_after_due is not None, "an open loan has not come back"
    wanted = due + timedelta(days=loan.returned_after_due)
    step = timedelta(days=1 if loan.returned_after_due > 0 else -1)
    day = max(wanted, issued)
    while not is_open(day) and day > issued:
        day += step
    return day
