"""Due dates and the office calendar."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.clock import office_date, office_midnight
from portal.policy.models import CalendarException, PolicyValue
from portal.policy.queries import current_policy, office_calendar
from portal.policy.rules import OfficeCalendar, Policy, due_date, is_overdue
from portal.policy.services import MOST_DAYS
from portal.policy.startup import warn_of_policy
from portal.policy.stored import PolicyValueWrong, policy_from

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


def test_an_office_that_never_opens_does_not_search_for_ever() -> None:
    never = OfficeCalendar(open_weekdays=())
    day = date(2026, 1, 1)
    assert never.next_open_day(day) == day  # What cannot move stays.
    assert never.previous_open_day(day, date(2025, 1, 1)) is None
    assert never.after_open_days(day, 3) == date(2026, 1, 4)
    for policy in ({}, {"closed_day_moves": "previous"}, {"loan_days_counted": "working"}):
        assert due_date(day, Policy(**policy), never) == date(2026, 1, 4)  # type: ignore[arg-type]


DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


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
    monday = date(2026, 11, 16)
    session.add(CalendarException(from_day=monday, until_day=monday, is_open=False, reason="Stocktaking"))
    session.flush()
    calendar = office_calendar(session, Policy(open_weekdays=(0, 1), holiday_country="CN"))
    assert not calendar.is_open(date(2026, 11, 16))
    assert calendar.is_open(date(2026, 11, 17))
    assert not calendar.is_open(date(2026, 11, 18))
    assert calendar.is_open(date(2026, 10, 10))


def test_of_two_exceptions_the_later_counts_and_one_taken_back_does_not(session: Any) -> None:
    week = {"from_day": date(2026, 11, 16), "until_day": date(2026, 11, 20)}
    wednesday = {"from_day": date(2026, 11, 18), "until_day": date(2026, 11, 18)}
    session.add(CalendarException(**week, is_open=False))
    session.flush()
    later = CalendarException(**wednesday, is_open=True)
    session.add(later)
    session.flush()
    calendar = office_calendar(session, Policy())
    assert [calendar.is_open(date(2026, 11, day)) for day in (16, 17, 18, 19, 20)] == [False, False, True, False, False]
    later.undone_at = datetime(2026, 11, 1, tzinfo=UTC)
    session.flush()
    assert not office_calendar(session, Policy()).is_open(date(2026, 11, 18))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("loan_days", 0),
        ("loan_days", 367),
        ("loan_days", "3"),
        ("loan_days", True),
        ("loan_days", 2.5),
        ("loan_days", None),
        ("loan_days_counted", "lunar"),
        ("closed_day_moves", "sideways"),
        ("closed_day_moves", ["next"]),
        ("most_renewals", -1),
        ("renewal_days", 0),
        ("open_weekdays", []),
        ("open_weekdays", [7]),
        ("open_weekdays", [1, 1]),
        ("open_weekdays", 5),
        ("open_weekdays", "12"),
        ("holiday_country", "XX"),
        ("holiday_country", "China"),
        ("holiday_country", 86),
        ("number_pattern", "{year}"),
        ("number_pattern", "{number"),
        ("core_number_pattern", "{numero}"),
        ("password_length", 1),
    ],
)
def test_a_stored_value_that_makes_no_sense_is_refused_by_name(session: Any, name: str, value: Any) -> None:
    session.add(PolicyValue(name=name, value=value))
    session.flush()
    with pytest.raises(PolicyValueWrong) as refusal:
        current_policy(session)
    assert (refusal.value.name, refusal.value.value) == (name, value)
    assert name in str(refusal.value)


def test_every_value_of_the_policy_has_a_rule_that_its_default_fulfils() -> None:
    defaults = {item.name: getattr(Policy(), item.name) for item in fields(Policy)}
    assert policy_from(defaults) == Policy()


def test_a_file_for_the_reading_room_is_due_on_its_day() -> None:
    saturday = date(2026, 11, 21)
    for policy in ({}, {"closed_day_moves": "previous"}, {"loan_days_counted": "working"}):
        assert due_date(saturday, Policy(**policy), WEEK, days=0) == saturday  # type: ignore[arg-type]


def test_a_renewal_is_counted_like_a_loan() -> None:
    friday = date(2026, 11, 20)
    assert due_date(friday, Policy(), WEEK, days=5) == date(2026, 11, 25)
    assert due_date(friday, Policy(loan_days_counted="working"), WEEK, days=5) == date(2026, 11, 27)


def test_the_guide_lists_every_value_with_its_default() -> None:
    guide = (Path(__file__).resolve().parents[2] / "docs" / "admin-guide.md").read_text()
    rows = dict(re.findall(r"^\| `([a-z_]+)` \| (.+?) \| .+ \|$", guide, re.MULTILINE))
    defaults = {item.name: getattr(Policy(), item.name) for item in fields(Policy)}
    written = {name: list(value) if isinstance(value, tuple) else value or "(none)" for name, value in defaults.items()}
    assert {name: text.strip("`") for name, text in rows.items() if name in defaults} == {
        name: str(value) for name, value in written.items()
    }


def test_the_log_warns_of_a_year_without_data_and_of_a_wrong_value(session: Any, work_as: Any, caplog: Any) -> None:
    warn_of_policy(work_as())
    assert caplog.messages == []
    session.add(PolicyValue(name="holiday_country", value="CN"))
    session.flush()
    warn_of_policy(work_as())
    assert caplog.messages == []  # The clock stands in March 2026, which has been announced.
    work = work_as()
    work.clock.put(datetime(2035, 12, 1, tzinfo=UTC))
    warn_of_policy(work)
    assert [message[:40] for message in caplog.messages] == [
        "the public holidays of 2035 in CN are no",
        "the public holidays of 2036 in CN are no",
    ]
    session.add(PolicyValue(name="loan_days", value="three"))
    session.flush()
    warn_of_policy(work)
    assert "loan_days" in caplog.messages[-1]


def test_even_the_longest_closing_has_an_end() -> None:
    closed = {date(2026, 11, 16) + timedelta(days=n): False for n in range(MOST_DAYS)}
    assert due("2026-11-16", OfficeCalendar(exceptions=closed)) == "2027-11-17"
