"""Random policies, calendars and dates: two implementations agree, and what must always hold does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.policy.rules import OfficeCalendar, Policy, due_date, due_date_after_change
from tests.unit.second_due_dates import open_ordinals, second_due_date

KNOWN = {"": range(0), "CN": range(2006, 2027), "ES": range(2008, 2100), "MX": range(1950, 2100)}
"""From 2006 on, as December 2005 is told differently by the two libraries behind (see `test_due_date_cases.py`)."""

DATES = st.dates(date(2008, 6, 1), date(2029, 12, 31))
WEEKS = st.sets(st.integers(0, 6), min_size=1)
POLICIES = st.builds(
    Policy,
    loan_days=st.integers(1, 40),
    loan_days_counted=st.sampled_from(["calendar", "working"]),
    closed_day_moves=st.sampled_from(["next", "previous", "stay"]),
)


@st.composite
def exceptions_near(draw: st.DrawFn, issued: date) -> Mapping[date, bool]:
    """Single days and ranges around a date, the later over the earlier."""
    found = {}
    for start, length, is_open in draw(
        st.lists(st.tuples(st.integers(-20, 80), st.integers(1, 25), st.booleans()), max_size=6)
    ):
        for ahead in range(length):
            found[issued + timedelta(days=start + ahead)] = is_open
    return found


@settings(max_examples=300, deadline=None)
@given(data=st.data(), issued=DATES, week=WEEKS, country=st.sampled_from(sorted(KNOWN)), policy=POLICIES)
def test_due_dates_agree_with_a_second_implementation(
    data: st.DataObject, issued: date, week: set[int], country: str, policy: Policy
) -> None:
    if country == "CN":
        # The second library leaves the Saturdays and Sundays within an announced holiday to the week, where they are
        # closed; what is announced, and what we use, closes them for whoever is open at weekends too.
        week = week - {5, 6} or {0}
    exceptions = data.draw(exceptions_near(issued))
    days = data.draw(st.one_of(st.none(), st.integers(0, 40)))
    calendar = OfficeCalendar(tuple(sorted(week)), country, exceptions)
    opened = open_ordinals(issued, week, country, KNOWN[country], exceptions)
    expected = second_due_date(
        issued, policy.loan_days if days is None else days, policy.loan_days_counted, policy.closed_day_moves, opened
    )
    assert due_date(issued, policy, calendar, days=days) == expected


@settings(deadline=None)
@given(data=st.data(), issued=DATES, week=WEEKS, country=st.sampled_from(sorted(KNOWN)), policy=POLICIES)
def test_a_due_date_is_open_unless_it_stays_and_never_before_the_issue(
    data: st.DataObject, issued: date, week: set[int], country: str, policy: Policy
) -> None:
    calendar = OfficeCalendar(tuple(sorted(week)), country, data.draw(exceptions_near(issued)))
    due = due_date(issued, policy, calendar)
    assert due >= issued
    if policy.loan_days_counted == "working" or policy.closed_day_moves != "stay":
        assert calendar.is_open(due)
    if policy.loan_days_counted == "working":
        between = (issued + timedelta(days=n) for n in range(1, (due - issued).days + 1))
        assert sum(calendar.is_open(day) for day in between) == policy.loan_days


@settings(deadline=None)
@given(data=st.data(), today=DATES, due=st.integers(-10, 30), by_rule=st.integers(-20, 60), week=WEEKS)
def test_a_change_of_the_calendar_makes_nobody_overdue(
    data: st.DataObject, today: date, due: int, by_rule: int, week: set[int]
) -> None:
    calendar = OfficeCalendar(tuple(sorted(week)), "", data.draw(exceptions_near(today)))
    due_on, reckoned = today + timedelta(days=due), today + timedelta(days=by_rule)
    after = due_date_after_change(due_on, reckoned, today, calendar)
    assert after >= min(due_on, today)
    assert (after < today) <= (due_on < today)
    if due_on >= today > reckoned:
        assert calendar.is_open(after)
    if reckoned >= max(due_on, today):
        assert after == reckoned
