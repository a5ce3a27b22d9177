"""Reminded once a year, some days before its end, caught up on after days without the server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from portal.notices.kinds import NoticeKind
from portal.notices.models import Notice
from portal.policy.models import PolicyValue
from portal.undertaking.reminding import UndertakingClock, remind
from tests.undertaking_world import House


@pytest.fixture
def house(session: Any, work_as: Callable[..., Any]) -> House:
    return House(session, work_as)


@pytest.fixture
def on(house: House, clock: Any) -> Callable[[str], list[str]]:
    """`on("2027-02-16")`: who is reminded at nine on that day."""

    def run(day: str) -> list[str]:
        put(clock, day)
        known = select(Notice).where(Notice.kind == NoticeKind.UNDERTAKING_DUE)
        before = {row.id for row in house.session.scalars(known)}
        told = remind(house.work_as())
        new = [row.person.name for row in house.session.scalars(known) if row.id not in before]
        assert told == len(new)
        return sorted(new)

    return run


def put(clock: Any, day: str) -> None:
    clock.put(datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).replace(hour=1))


def test_once_in_the_last_fortnight_of_the_year(house: House, on: Any) -> None:
    version = house.in_force()
    house.accepts(house.person(name="Anna"), version)
    house.person(name="Never")
    assert on("2027-02-15") == []
    assert on("2027-02-16") == ["Anna"]  # Good until 2 March 2027.
    assert on("2027-02-16") == []
    assert on("2027-03-01") == []
    told = house.session.scalars(select(Notice).where(Notice.kind == NoticeKind.UNDERTAKING_DUE)).one()
    assert told.params == {"until": {"date": "2027-03-02"}}


def test_a_server_that_was_off_catches_up_on_the_last_day_too(house: House, on: Any) -> None:
    house.accepts(house.person(name="Anna"), house.in_force())
    assert on("2027-03-02") == ["Anna"]


def test_from_then_on_the_log_in_asks(house: House, on: Any) -> None:
    house.accepts(house.person(name="Anna"), house.in_force())
    assert on("2027-03-03") == []


def test_every_year_again_and_not_when_it_was_accepted_anew(house: House, on: Any, clock: Any) -> None:
    version, anna, bert = house.in_force(), house.person(name="Anna"), house.person(name="Bert")
    house.accepts(anna, version)
    house.accepts(bert, version)
    assert on("2027-02-20") == ["Anna", "Bert"]
    house.accepts(anna, version)
    assert on("2027-02-21") == []
    assert on("2028-02-08") == ["Anna"]


def test_nobody_who_left_and_nobody_who_will_be_asked_for_newer_rules(house: House, on: Any, clock: Any) -> None:
    version, gone = house.in_force(), house.person(name="Gone")
    house.accepts(gone, version)
    house.accepts(house.person(name="Anna"), version)
    gone.departed_at = house.work_as().now
    put(clock, "2027-02-10")
    house.in_force(date(2027, 3, 2))
    assert on("2027-02-20") == []


def test_the_days_are_policy_and_none_is_none(house: House, on: Any) -> None:
    house.accepts(house.person(name="Anna"), house.in_force())
    value = PolicyValue(name="undertaking_remind_days", value=0)
    house.session.add(value)
    house.session.flush()
    assert on("2027-03-02") == []
    value.value = 30
    house.session.flush()
    assert on("2027-01-30") == []
    assert on("2027-01-31") == ["Anna"]


def test_without_rules_nobody_is_reminded(house: House, on: Any) -> None:
    assert on("2027-02-20") == []


def test_the_timer_reminds_and_a_second_process_does_no_harm(parts: Any, clock: Any) -> None:
    with parts.writing() as work:
        house = House(work.session, lambda actor=None: parts.unit(work.session, actor))
        anna = house.person(name="Anna")
        house.accepts(anna, house.in_force())
        anna_id = anna.id
    put(clock, "2027-02-20")
    first, second = UndertakingClock(), UndertakingClock()
    for timer in (first, second, first):
        timer.look(parts)
    with parts.looking() as work:
        rows = work.session.scalars(select(Notice.person_id).where(Notice.kind == NoticeKind.UNDERTAKING_DUE)).all()
    assert rows == [anna_id]
