"""The loans of the demonstration archive: possible on whatever day it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.demonstration.archive import demonstration_archive
from portal.demonstration.lending_days import issue_day, return_day
from portal.demonstration.model import Loan

ARCHIVE = demonstration_archive(date(2026, 11, 21))


def by_key(things: Iterable[Any]) -> dict[str, Any]:
    return {thing.key: thing for thing in things}


class TestLoansOnAnyDay:
    """The loans keep their states whatever day of the week or of the holidays the archive is made for."""

    @settings(deadline=None)
    @given(
        today=st.dates(date(2026, 1, 1), date(2030, 12, 31)),
        holiday=st.integers(-15, 3),
        length=st.integers(0, 5),
    )
    def test_states_hold(self, today: date, holiday: int, length: int) -> None:
        closed = {today + timedelta(days=holiday + n) for n in range(length)}

        def is_open(day: date) -> bool:
            return day.weekday() < 5 and day not in closed

        def due_date(issued: date) -> date:
            due = issued + timedelta(days=3)
            while not is_open(due):
                due += timedelta(days=1)
            return due

        spans: dict[tuple[str, int], list[tuple[date, date]]] = {}
        held: dict[str, list[tuple[date, date, date]]] = {}
        requests = by_key(ARCHIVE.requests)
        for loan in ARCHIVE.loans:
            issued = issue_day(loan, today, due_date, is_open)
            if loan.ends == "voided":  # Undone on the day of issue: it held nothing.
                continue
            due = due_date(issued)
            assert is_open(issued)
            assert issued <= today
            ended = _check_state(loan, today, issued, due, is_open)
            request = requests[loan.request]
            spans.setdefault((request.dossier, loan.volume), []).append((issued, ended))
            held.setdefault(request.reader, []).append((issued, due, ended))
        for volume, times in spans.items():
            _assert_one_after_the_other(volume, times)
        for reader_key, times_held in held.items():
            for issued, _, _ in times_held:
                late_then = [due for start, due, ended in times_held if start < issued <= ended and due < issued]
                assert not late_then, f"{reader_key} is overdue and gets another file"


def _check_state(loan: Loan, today: date, issued: date, due: date, is_open: Callable[[date], bool]) -> date:
    """Assert what the loan promises; the day it ended (today for an open one)."""
    if loan.due is not None:
        assert (due <= today + timedelta(days=loan.due)) if loan.due < 0 else (due >= today)
        return today
    returned = return_day(loan, due, issued, is_open)
    assert is_open(returned)
    assert issued <= returned <= today
    assert (returned > due) == (loan.returned_after_due > 0)
    return returned


def _assert_one_after_the_other(volume: tuple[str, int], times: list[tuple[date, date]]) -> None:
    ordered = sorted(times)
    for (_, ended), (issued, _) in zip(ordered, ordered[1:], strict=False):
        assert ended < issued, f"{volume} would be lent twice at once"
