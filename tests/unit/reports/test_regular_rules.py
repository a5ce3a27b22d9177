"""Regular reports by rule: the table of states, who signs, who asks, and on which day a draft appears."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.permissions import Actor, Level, Permission, Role
from portal.policy.rules import OfficeCalendar
from portal.reports.periods import Period, PeriodKind
from portal.reports.regular.rules import (
    MOST_MISSED,
    Candidate,
    departments_asked_for,
    first_state,
    is_last_signature,
    made_on,
    periods_due,
    signers,
)
from portal.reports.regular.states import (
    EVERY_NAMES,
    OPEN_STATES,
    REGULAR,
    REGULAR_STATE_NAMES,
    STAGE_NAMES,
    STAGES,
    RegularAction,
    RegularStage,
    RegularState,
)

WEEK = OfficeCalendar()
CHINA = OfficeCalendar(holiday_country="CN")
DECIDERS = (Role.RECORDS_MANAGER, Role.GENERAL_MANAGER)


def test_every_state_is_reached_and_every_way_out_ends_closed() -> None:
    starts = {first_state(frozenset()), first_state(frozenset({Role.RECORDS_MANAGER})), RegularState.ACTIVE}
    reached = set(starts)
    for _ in RegularState:
        reached |= {after for (before, _), (after, _) in REGULAR.items() if before in reached}
    assert reached == set(RegularState)
    assert {action for _, action in REGULAR} == set(RegularAction)
    assert {before for before, _ in REGULAR} == set(OPEN_STATES)
    for state in OPEN_STATES:
        assert any(after not in OPEN_STATES for (before, _), (after, _) in REGULAR.items() if before is state)


def test_nothing_becomes_active_without_a_signature() -> None:
    signing = {RegularAction.SIGN_GENERAL, RegularAction.SIGN_RECORDS_LAST}
    assert {action for (_, action), (after, _) in REGULAR.items() if after is RegularState.ACTIVE} == signing
    assert all(REGULAR[key][1] is Permission.REGULAR_DECIDE for key in REGULAR if key[1] in signing)


def test_words_for_everything() -> None:
    assert set(REGULAR_STATE_NAMES) == set(RegularState)
    assert set(STAGE_NAMES) == set(RegularStage) == set(STAGES.values())
    assert set(EVERY_NAMES) == set(PeriodKind) - {PeriodKind.DAYS}


ROLES = st.frozensets(st.sampled_from([Role.EMPLOYEE, Role.CLERK, Role.MANAGER, *DECIDERS]))
PEOPLE = st.lists(ROLES, max_size=6).map(
    lambda roles: [Candidate(number, held) for number, held in enumerate(roles, 1)]
)


@given(people=PEOPLE, asker=st.integers(1, 6))
def test_two_people_sign_and_nobody_their_own(people: list[Candidate], asker: int) -> None:
    asker_roles = next((one.roles for one in people if one.id == asker), frozenset())
    start = first_state(asker_roles)
    stage = STAGES[start]
    first = signers(stage, people, asker_id=asker, asker_roles=asker_roles, signed=None)
    by_id = {one.id: one for one in people}
    wanted = {RegularStage.RECORDS: Role.RECORDS_MANAGER, RegularStage.GENERAL: Role.GENERAL_MANAGER}
    assert asker not in first
    assert all(wanted[stage] in by_id[one].roles for one in first)
    if is_last_signature(stage, asker_roles):
        # One signature beside the asker's own: it is the records manager, or the general manager, who asks.
        assert asker_roles & set(DECIDERS)
        return
    assert stage is RegularStage.RECORDS
    for one in first:
        second = signers(RegularStage.GENERAL, people, asker_id=asker, asker_roles=asker_roles, signed=one)
        assert one not in second
        assert asker not in second
        assert all(Role.GENERAL_MANAGER in by_id[other].roles for other in second)
        able = [other for other in people if Role.GENERAL_MANAGER in other.roles and other.id != asker]
        assert second or not able, "the first signature took away the only one who can give the second"


def test_who_is_both_signs_second() -> None:
    both, records = frozenset(DECIDERS), frozenset({Role.RECORDS_MANAGER})
    people = [Candidate(1, both), Candidate(2, records)]
    fields = {"asker_id": 9, "asker_roles": frozenset({Role.EMPLOYEE})}
    assert signers(RegularStage.RECORDS, people, signed=None, **fields) == {2}
    assert signers(RegularStage.GENERAL, people, signed=2, **fields) == {1}
    assert signers(RegularStage.RECORDS, [Candidate(1, both)], signed=None, **fields) == frozenset()


def test_what_the_records_manager_asks_the_general_manager_signs_and_the_other_way_round() -> None:
    records, general = frozenset({Role.RECORDS_MANAGER}), frozenset({Role.GENERAL_MANAGER})
    people = [Candidate(1, records), Candidate(2, general)]
    assert first_state(records) is RegularState.FOR_GENERAL
    assert signers(RegularStage.GENERAL, people, asker_id=1, asker_roles=records, signed=None) == {2}
    assert first_state(general) is RegularState.FOR_RECORDS
    assert signers(RegularStage.RECORDS, people, asker_id=2, asker_roles=general, signed=None) == {1}
    assert is_last_signature(RegularStage.RECORDS, general)
    assert not is_last_signature(RegularStage.RECORDS, frozenset({Role.MANAGER}))


def actor(*roles: Role, **fields: object) -> Actor:
    values = {"id": 1, "name": "Somebody", "department_id": 7, "clearance": Level.GENERAL, **fields}
    return Actor(roles=frozenset({Role.EMPLOYEE, *roles}), **values)  # type: ignore[arg-type]


def test_asking_is_for_who_leads_and_for_managers() -> None:
    assert departments_asked_for(actor()) == frozenset()
    assert departments_asked_for(actor(Role.CLERK)) == frozenset()
    assert departments_asked_for(actor(Role.MANAGER)) == {7}
    led = actor(headed_departments=frozenset({3}), deputised_departments=frozenset({4}))
    assert departments_asked_for(led) == {3, 4}
    assert departments_asked_for(actor(Role.MANAGER, leaving=True, headed_departments=frozenset({3}))) == frozenset()


@pytest.mark.parametrize(
    ("kind", "day", "calendar", "expected"),
    [
        (PeriodKind.MONTH, date(2026, 2, 10), WEEK, date(2026, 3, 2)),  # 1 March is a Sunday.
        (PeriodKind.MONTH, date(2026, 3, 10), WEEK, date(2026, 4, 1)),
        (PeriodKind.QUARTER, date(2026, 9, 30), WEEK, date(2026, 10, 1)),
        (PeriodKind.QUARTER, date(2026, 9, 30), CHINA, date(2026, 10, 8)),  # The golden week.
        (PeriodKind.YEAR, date(2025, 6, 1), CHINA, date(2026, 1, 4)),  # A Sunday that is worked to make up.
        (PeriodKind.HALF_YEAR, date(2026, 1, 1), WEEK, date(2026, 7, 1)),
        (PeriodKind.YEAR, date(2025, 6, 1), OfficeCalendar(exceptions={date(2026, 1, 1): False}), date(2026, 1, 2)),
        (PeriodKind.MONTH, date(2026, 2, 10), OfficeCalendar(exceptions={date(2026, 3, 1): True}), date(2026, 3, 1)),
    ],
)
def test_the_first_working_day(kind: PeriodKind, day: date, calendar: OfficeCalendar, expected: date) -> None:
    assert made_on(Period.containing(kind, day), calendar) == expected


def test_due_from_that_day_on_and_not_before() -> None:
    february = Period.containing(PeriodKind.MONTH, date(2026, 2, 1))
    assert periods_due(PeriodKind.MONTH, date(2026, 2, 20), date(2026, 3, 1), WEEK) == []
    assert periods_due(PeriodKind.MONTH, date(2026, 2, 20), date(2026, 3, 2), WEEK) == [february]


def test_a_period_that_was_over_when_it_became_active_is_not_made() -> None:
    assert periods_due(PeriodKind.MONTH, date(2026, 3, 1), date(2026, 3, 31), WEEK) == []
    due = periods_due(PeriodKind.MONTH, date(2026, 2, 28), date(2026, 3, 31), WEEK)
    assert [period.first for period in due] == [date(2026, 2, 1)]


@given(
    kind=st.sampled_from(sorted(EVERY_NAMES)),
    active=st.dates(date(2020, 1, 1), date(2026, 12, 31)),
    off=st.integers(0, 900),
)
def test_what_was_missed_is_caught_up_without_gaps(kind: PeriodKind, active: date, off: int) -> None:
    today = active + timedelta(days=off)
    due = periods_due(kind, active, today, WEEK)
    assert len(due) <= MOST_MISSED
    assert all(one.last >= active and one.last < today for one in due)
    assert all(later.before() == earlier for earlier, later in zip(due, due[1:], strict=False))
    day, by_the_day = active, []
    while day <= today:  # Looking each day makes the same ones, each on its day.
        for one in periods_due(kind, active, day, WEEK):
            if one not in by_the_day:
                assert made_on(one, WEEK) == day
                by_the_day.append(one)
        day += timedelta(days=1)
    assert by_the_day[-MOST_MISSED:] == due
