"""Periods and what they are compared with: against a second way of counting, for any day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.reports.periods import Period, PeriodKind, compared

DAYS = st.dates(date(1996, 1, 1), date(2044, 12, 31))
WHOLE = st.sampled_from([kind for kind in PeriodKind if kind is not PeriodKind.DAYS])
MONTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.HALF_YEAR: 6, PeriodKind.YEAR: 12}


@given(WHOLE, DAYS)
def test_a_period_holds_the_days_of_its_months_and_no_others(kind: PeriodKind, day: date) -> None:
    period = Period.containing(kind, day)
    part = (day.month - 1) // MONTHS[kind]
    year = [date(day.year, 1, 1) + timedelta(days=n) for n in range(366)]
    mine = [one for one in year if one.year == day.year and (one.month - 1) // MONTHS[kind] == part]
    assert (period.first, period.last, period.days) == (mine[0], mine[-1], len(mine))


@given(WHOLE, DAYS)
def test_the_period_before_ends_the_day_before_and_is_of_the_same_kind(kind: PeriodKind, day: date) -> None:
    period = Period.containing(kind, day)
    before = period.before()
    assert before.last + timedelta(days=1) == period.first
    assert before == Period.containing(kind, before.first)


@given(WHOLE, DAYS)
def test_last_years_period_has_the_same_months(kind: PeriodKind, day: date) -> None:
    period = Period.containing(kind, day)
    same = period.year_before()
    assert (same.first.year, same.first.month, same.last.month) == (
        period.first.year - 1,
        period.first.month,
        period.last.month,
    )
    assert (same.last + timedelta(days=1)).day == 1, "a whole month stays whole, also in February"


@pytest.mark.parametrize(
    ("first", "last", "before", "year_before"),
    [
        ("2024-02-29", "2024-02-29", ("2024-02-28", "2024-02-28"), ("2023-02-28", "2023-02-28")),
        ("2024-03-01", "2024-03-10", ("2024-02-20", "2024-02-29"), ("2023-03-01", "2023-03-10")),
        ("2025-12-30", "2026-01-02", ("2025-12-26", "2025-12-29"), ("2024-12-30", "2025-01-02")),
    ],
)
def test_any_days(first: str, last: str, before: tuple[str, str], year_before: tuple[str, str]) -> None:
    period = Period(PeriodKind.DAYS, date.fromisoformat(first), date.fromisoformat(last))
    for found, expected in ((period.before(), before), (period.year_before(), year_before)):
        assert (found.first.isoformat(), found.last.isoformat()) == expected


def test_a_period_that_is_not_over_is_compared_with_as_many_days() -> None:
    this = Period.containing(PeriodKind.MONTH, date(2026, 3, 30))
    beside = compared(this, date(2026, 3, 30))
    assert (beside.this.last, beside.previous.last, beside.last_year.last) == (
        date(2026, 3, 31),
        date(2026, 2, 28),
        date(2025, 3, 30),
    ), "February has no thirty days: all of it"
    assert compared(this, date(2026, 3, 31)).last_year.last == date(2025, 3, 31)


@pytest.mark.parametrize(
    ("kind", "today", "until", "beside"),
    [
        (PeriodKind.MONTH, date(2026, 3, 30), date(2026, 3, 30), 2),
        (PeriodKind.MONTH, date(2026, 3, 1), date(2026, 3, 1), 2),
        (PeriodKind.MONTH, date(2026, 3, 31), None, 2),
        (PeriodKind.MONTH, date(2026, 4, 1), None, 2),
        (PeriodKind.QUARTER, date(2026, 3, 30), date(2026, 3, 30), 2),
        (PeriodKind.YEAR, date(2026, 11, 22), date(2026, 11, 22), 1),
        (PeriodKind.YEAR, date(2027, 2, 1), None, 1),
    ],
)
def test_up_to_when_it_is_counted_and_beside_how_many(
    kind: PeriodKind, today: date, until: date | None, beside: int
) -> None:
    """It is known of stored data too, which do not say on which day they were counted."""
    found = compared(Period.containing(kind, date(2026, 3, 1)), today)
    assert (found.until, found.beside) == (until, beside)
