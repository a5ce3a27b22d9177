"""Due dates against sources outside this program: laws, notices, and a second library."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import holidays
import pytest

from portal.core.clock import office_date, office_midnight
from portal.policy.national_days import countries, national_days
from portal.policy.rules import DayKind, OfficeCalendar, Policy, due_date
from tests.unit.due_date_cases import CASES, MIDNIGHTS, UNANNOUNCED, Case, Midnight

CHINA = OfficeCalendar(holiday_country="CN")


def test_there_are_enough_cases() -> None:
    assert len(CASES) + len(UNANNOUNCED) >= 60
    assert len({(case.issued, case.source, str(case.policy), case.closed, case.opened) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.country or 'week'}-{case.issued}")
def test_due_dates_as_their_source_has_them(case: Case) -> None:
    calendar = OfficeCalendar(holiday_country=case.country, exceptions=case.exceptions)
    due = due_date(date.fromisoformat(case.issued), Policy(**case.policy), calendar)
    assert due.isoformat() == case.due, f"{case.why}: {case.source}"


@pytest.mark.parametrize("case", UNANNOUNCED, ids=lambda case: case.issued)
def test_a_year_without_data_follows_the_week(case: Case) -> None:
    issued = date.fromisoformat(case.issued)
    assert CHINA.lacks_data(issued.year)
    assert due_date(issued, Policy(), CHINA).isoformat() == case.due, case.why


@pytest.mark.parametrize("case", MIDNIGHTS, ids=lambda case: f"{case.zone}-{case.moment}")
def test_the_date_of_issue_is_the_offices_at_that_moment(case: Midnight) -> None:
    today = office_date(datetime.fromisoformat(case.moment).replace(tzinfo=UTC), ZoneInfo(case.zone))
    assert today.isoformat() == case.today, case.source
    assert due_date(today, Policy(), OfficeCalendar()).isoformat() == case.due, case.source


@pytest.mark.parametrize("case", MIDNIGHTS, ids=lambda case: f"{case.zone}-{case.moment}")
def test_a_due_date_begins_at_a_midnight_of_its_own(case: Midnight) -> None:
    zone = ZoneInfo(case.zone)
    due = date.fromisoformat(case.due)
    assert office_date(office_midnight(due, zone), zone) == due


@pytest.mark.parametrize("year", range(2004, 2027))
def test_two_libraries_agree_on_every_day_in_china(year: int) -> None:
    """What `chinese_calendar` says, with what it lacks added, is what `holidays` says."""
    other = holidays.country_holidays("CN", years=year)
    assert national_days("CN", year) is not None
    day = date(year, 1, 1)
    while day.year == year:
        expected = day in other.weekend_workdays or (day not in other and day.weekday() < 5)
        assert CHINA.is_open(day) is expected, day
        day += timedelta(days=1)


def test_a_weekend_within_an_announced_holiday_is_closed_for_an_office_open_at_weekends() -> None:
    """15 to 23 February 2026 are off, Saturday the 21st and Sunday the 22nd among them (国办发明电〔2025〕7号)."""
    every_day = OfficeCalendar(open_weekdays=(0, 1, 2, 3, 4, 5, 6), holiday_country="CN")
    february = [day for day in range(1, 29) if not every_day.is_open(date(2026, 2, day))]
    assert february == list(range(15, 24))


def test_the_day_that_a_library_lacks_is_still_lacking() -> None:
    """Once it is mended there, what is added here can go."""
    assert not chinese_calendar.is_workday(date(2005, 12, 31))


def test_years_that_are_not_announced_are_known_to_be_unknown() -> None:
    assert [CHINA.lacks_data(year) for year in (2003, 2004, 2026)] == [True, False, False]
    assert CHINA.lacks_data(2031)
    assert not OfficeCalendar().lacks_data(2031)
    assert not OfficeCalendar(holiday_country="ES").lacks_data(2031)
    assert OfficeCalendar(holiday_country="ES").lacks_data(1990)


@pytest.mark.parametrize(
    ("country", "day", "language", "name"),
    [
        ("CN", "2026-10-01", "zh", "National Day"),  # A message id: the edge translates it.
        ("ES", "2026-10-12", "es", "Fiesta Nacional de España"),
        ("ES", "2026-10-12", "en", "National Day"),
        ("MX", "2026-12-25", "es", "Navidad"),
        ("DE", "2026-10-03", "en", "German Unity Day"),
        ("DE", "2026-10-03", "es", "German Unity Day"),
        ("US", "2026-12-25", "zh", "Christmas Day"),
    ],
)
def test_holidays_are_named_as_near_to_the_readers_language_as_may_be(
    country: str, day: str, language: str, name: str
) -> None:
    days = national_days(country, int(day[:4]), language)
    assert days is not None
    assert days[date.fromisoformat(day)].name == name


def test_make_up_days_of_other_countries_count_too() -> None:
    hungary = OfficeCalendar(holiday_country="HU")
    assert hungary.kind(date(2024, 12, 7)) == DayKind.MAKE_UP  # 27 December 2024 was off instead.
    assert hungary.kind(date(2024, 12, 27)) == DayKind.HOLIDAY


def test_many_countries_are_known_each_by_two_letters() -> None:
    codes = countries()
    assert {"CN", "ES", "MX", "DE", "US"} <= set(codes)
    assert list(codes) == sorted(set(codes))
    assert all(len(code) == 2 for code in codes)
