"""Due dates and the office calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.clock import office_date, office_midnight
from portal.policy.models import CalendarException, PolicyValue
from portal.policy.queries import current_policy, office_calendar
from portal.policy.rules import OfficeCalendar, Policy, due_date, is_overdue

WEEK = OfficeCalendar()
CHINA = OfficeCalendar(holiday_country="CN")


def due(issued: str, calendar: OfficeCalendar = WEEK, **policy: Any) -> str:
    return due_date(date.fromisoformat(issued), Policy(**policy), calendar).isoformat()


@pytest.mark.parametrize(
    ("issued", "expected"),
    [
        ("2026-11-16", "2026-11-19"),  # Monday to Thursday: the day of issue is not counted.
        ("2026-11-17", "2026-11-20"),
        ("2026-11-18", "2026-11-23"),  # Saturday moves to Monday.
        ("2026-11-19", "2026-11-23"),  # Sunday as well.
        ("2026-11-20", "2026-11-23"),
        ("2026-12-29", "2027-01-01"),  # Without a country there are no holidays.
        ("2026-12-30", "2027-01-04"),  # Over the end of the year.
        ("2028-02-26", "2028-02-29"),  # A leap day.
    ],
)
def test_three_calendar_days_and_no_closed_day(issued: str, expected: str) -> None:
    assert due(issued) == expected


def test_a_due_date_may_stay_on_a_closed_day_by_policy() -> None:
    assert due("2026-11-18", closed_day_moves="stay") == "2026-11-21"


def test_the_days_of_a_loan_are_policy() -> None:
    assert due("2026-11-16", loan_days=1) == "2026-11-17"
    assert due("2026-11-16", loan_days=14) == "2026-11-30"


def test_an_office_may_be_open_on_other_days() -> None:
    week = OfficeCalendar(open_weekdays=(0, 1, 2, 3, 5))
    assert due("2026-11-18", week) == "2026-11-21"
    assert due("2026-11-17", week) == "2026-11-21"


def test_an_exception_closes_an_open_day() -> None:
    closed = OfficeCalendar(exceptions={date(2026, 11, 19): False, date(2026, 11, 20): False})
    assert due("2026-11-16", closed) == "2026-11-23"


def test_an_exception_opens_a_closed_day() -> None:
    assert due("2026-11-18", OfficeCalendar(exceptions={date(2026, 11, 21): True})) == "2026-11-21"


def test_an_exception_wins_over_holiday_and_make_up_day() -> None:
    holiday, make_up = date(2026, 10, 1), date(2026, 10, 10)
    assert not CHINA.is_open(holiday)
    assert CHINA.is_open(make_up)
    ours = OfficeCalendar(holiday_country="CN", exceptions={holiday: True, make_up: False})
    assert ours.is_open(holiday)
    assert not ours.is_open(make_up)


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        ("2026-02-14", True),  # A Saturday worked for the Spring Festival.
        ("2026-02-16", False),  # A Monday of the Spring Festival.
        ("2026-02-28", True),
        ("2026-10-01", False),
        ("2026-10-07", False),
        ("2026-10-08", True),
        ("2026-10-10", True),  # A Saturday worked for the National Day.
        ("2026-10-17", False),  # An ordinary Saturday.
    ],
)
def test_chinas_holidays_and_make_up_days_of_2026(day: str, open_: bool) -> None:
    assert CHINA.is_open(date.fromisoformat(day)) is open_


def test_a_due_date_moves_past_a_long_holiday_to_a_make_up_saturday_only_if_that_is_first() -> None:
    assert due("2026-09-29", CHINA) == "2026-10-08"
    assert due("2026-10-07", CHINA) == "2026-10-10"


def test_a_year_without_published_make_up_days_falls_back_to_week_and_holidays() -> None:
    assert not CHINA.is_open(date(2033, 10, 1))
    assert CHINA.is_open(date(2033, 10, 17))
    assert not CHINA.is_open(date(2033, 10, 15))


def test_an_office_that_never_opens_does_not_search_for_ever() -> None:
    never = OfficeCalendar(open_weekdays=())
    assert never.next_open_day(date(2026, 1, 1)) == date(2027, 1, 2)


DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@given(
    issued=DAYS,
    loan_days=st.integers(1, 30),
    week=st.sets(st.integers(0, 6), min_size=1),
    opened=st.sets(st.integers(0, 60)),
    closed=st.sets(st.integers(0, 60)),
    moves=st.sampled_from(["next", "stay"]),
)
def test_due_dates_agree_with_a_computation_of_another_kind(
    issued: date, loan_days: int, week: set[int], opened: set[int], closed: set[int], moves: str
) -> None:
    """All open days of the time after the loan, listed; the due date is the first that is not too early."""
    exceptions = {issued + timedelta(days=n): True for n in opened}
    exceptions |= {issued + timedelta(days=n): False for n in closed}
    calendar = OfficeCalendar(tuple(sorted(week)), exceptions=exceptions)
    first = date.fromordinal(issued.toordinal() + loan_days)
    horizon = [date.fromordinal(first.toordinal() + n) for n in range(120)]
    open_days = sorted(
        {day for day in horizon if day.weekday() in week and day not in exceptions}
        | {day for day, open_ in exceptions.items() if open_ and day >= first}
    )
    expected = first if moves == "stay" else open_days[0]
    assert due_date(issued, Policy(loan_days=loan_days, closed_day_moves=moves), calendar) == expected


@given(day=DAYS)
def test_the_next_open_day_is_open_and_the_days_before_it_are_not(day: date) -> None:
    found = CHINA.next_open_day(day)
    assert CHINA.is_open(found)
    assert not any(CHINA.is_open(day + timedelta(days=n)) for n in range((found - day).days))


def test_overdue_begins_the_day_after() -> None:
    due_on = date(2026, 11, 19)
    assert not is_overdue(due_on, date(2026, 11, 18))
    assert not is_overdue(due_on, due_on)
    assert is_overdue(due_on, date(2026, 11, 20))


def local(zone: str) -> Callable[[int, int, int, int], date]:
    """The office's date at a moment given in UTC as month, day, hour, minute of 2026."""
    return lambda *moment: office_date(datetime(2026, *moment, tzinfo=UTC), ZoneInfo(zone))


def test_overdue_goes_by_the_date_in_the_office_not_by_utc() -> None:
    due_on = date(2026, 11, 19)
    shanghai, lima = local("Asia/Shanghai"), local("America/Lima")
    assert not is_overdue(due_on, shanghai(11, 19, 15, 59))
    assert is_overdue(due_on, shanghai(11, 19, 16, 0))  # Midnight in Shanghai; still the 19th in UTC.
    assert not is_overdue(due_on, lima(11, 20, 4, 59))  # The 20th in UTC; still the 19th in Lima.
    assert is_overdue(due_on, lima(11, 20, 5, 0))


def test_a_night_with_a_changed_clock_moves_no_date() -> None:
    """Madrid goes to winter time on 25 October 2026 at three: that day has 25 hours."""
    madrid = local("Europe/Madrid")
    assert madrid(10, 24, 22, 0) == date(2026, 10, 25)
    assert madrid(10, 25, 22, 59) == date(2026, 10, 25)
    assert madrid(10, 25, 23, 0) == date(2026, 10, 26)
    zone = ZoneInfo("Europe/Madrid")
    length = office_midnight(date(2026, 10, 26), zone) - office_midnight(date(2026, 10, 25), zone)
    assert length == timedelta(hours=25)


@given(day=DAYS, zone=st.sampled_from(["Asia/Shanghai", "Europe/Madrid", "America/Santiago", "UTC"]))
def test_a_day_begins_at_its_own_midnight(day: date, zone: str) -> None:
    begin = office_midnight(day, ZoneInfo(zone))
    assert office_date(begin, ZoneInfo(zone)) == day
    assert office_date(begin - timedelta(seconds=1), ZoneInfo(zone)) == day - timedelta(days=1)


def test_the_policy_in_force_is_the_defaults_with_what_the_database_changes(session: Any) -> None:
    assert current_policy(session) == Policy()
    session.add(PolicyValue(name="loan_days", value=5))
    session.add(PolicyValue(name="open_weekdays", value=[0, 1, 2]))
    session.add(PolicyValue(name="of_a_version_to_come", value=1))
    session.flush()
    assert current_policy(session) == Policy(loan_days=5, open_weekdays=(0, 1, 2))


def test_the_calendar_in_force_knows_policy_and_exceptions(session: Any) -> None:
    session.add(CalendarException(day=date(2026, 11, 16), is_open=False, reason="Stocktaking"))
    session.flush()
    calendar = office_calendar(session, Policy(open_weekdays=(0, 1), holiday_country="CN"))
    assert not calendar.is_open(date(2026, 11, 16))
    assert calendar.is_open(date(2026, 11, 17))
    assert not calendar.is_open(date(2026, 11, 18))
    assert calendar.is_open(date(2026, 10, 10))
