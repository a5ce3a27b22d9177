"""Reminders and escalation (R12): each stage once, to the right people, however often and whenever it is run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.permissions import Level, Role
from portal.lending.models import Loan
from portal.lending.reminding import remind
from portal.lending.states import RequestKind
from portal.notices.kinds import NoticeKind
from portal.notices.models import Notice
from portal.policy.models import CalendarException, PolicyValue
from tests.factories import make_department, make_grant, make_person
from tests.unit.lending_world import World, make_world

SOON, TODAY, LATE, LATE_OF = (
    NoticeKind.LOAN_DUE_SOON,
    NoticeKind.LOAN_DUE_TODAY,
    NoticeKind.LOAN_LATE,
    NoticeKind.LOAN_LATE_OF,
)


@pytest.fixture
def world(session: Any, work_as: Callable[..., Any]) -> World:
    return make_world(session, work_as)


@pytest.fixture
def on(world: World, clock: Any, work_as: Callable[..., Any]) -> Callable[[date], list[tuple[str, NoticeKind]]]:
    """`on(day)`: what reminding tells at nine on that day: names and kinds, in the order of the names."""

    def run(day: date) -> list[tuple[str, NoticeKind]]:
        clock.put(datetime(day.year, day.month, day.day, 1, 0, tzinfo=UTC))
        before = set(world.session.scalars(select(Notice.id)))
        told = remind(work_as())
        new = [row for row in world.session.scalars(select(Notice)) if row.id not in before]
        assert told.notices == len(new)
        return sorted((row.person.name, row.kind) for row in new)

    return run


def policy(world: World, **values: Any) -> None:
    for name, value in values.items():
        world.session.add(PolicyValue(name=name, value=value))
    world.session.flush()


def march(day: int) -> date:
    return date(2026, 3, day)


def test_the_stages_of_a_loan(world: World, on: Any) -> None:
    """Lent on Monday 2 March, due on Thursday the 5th; the head is told from the first day late, records from the
    third."""
    policy(world, escalate_to_head_after=1, escalate_to_records_after=3)
    loan = world.lend(world.dossier())
    assert loan.due_on == march(5)
    leaders = [("Dep Uty", LATE_OF), ("Hea Dofsales", LATE_OF)]
    borrower = ("Rea Reader", LATE)
    assert on(march(2)) == on(march(3)) == []
    assert on(march(4)) == [("Rea Reader", SOON)]
    assert on(march(5)) == [("Rea Reader", TODAY)]
    assert on(march(6)) == sorted([borrower, *leaders])
    assert on(march(7)) == sorted([borrower, *leaders])  # A Saturday: late is late.
    assert on(march(8)) == sorted([borrower, *leaders, ("Rec Ords", LATE_OF)])
    world.give_back(loan)
    assert on(march(9)) == []


def test_a_second_run_tells_nothing(world: World, on: Any) -> None:
    world.lend(world.dossier())
    for day in (march(4), march(5), march(6)):
        assert on(day)
        assert on(day) == []


def test_what_was_missed_is_told_once_as_the_present_stage(world: World, on: Any) -> None:
    world.lend(world.dossier())
    first = on(march(16))
    assert ("Rea Reader", LATE) in first
    assert len(first) == 4
    (notice,) = world.session.scalars(select(Notice).where(Notice.kind == LATE))
    assert notice.params["days"] == 11


def test_nobody_is_reminded_on_the_day_of_the_issue(world: World, on: Any) -> None:
    policy(world, loan_days=1)
    world.lend(world.dossier())
    assert on(march(2)) == []
    assert on(march(3)) == [("Rea Reader", TODAY)]


def test_the_early_reminder_comes_on_an_open_day(world: World, on: Any, clock: Any) -> None:
    """Due on Monday the 9th: reminded on Friday, when the borrower is there; a holiday goes further back."""
    clock.put(datetime(2026, 3, 4, 1, tzinfo=UTC))
    loan = world.lend(world.dossier())
    assert loan.due_on == march(9)
    world.session.add(CalendarException(from_day=march(6), until_day=march(6), is_open=False))
    assert on(march(4)) == []
    assert on(march(5)) == [("Rea Reader", SOON)]
    assert on(march(6)) == on(march(7)) == on(march(8)) == []


@pytest.mark.parametrize(("days", "first"), [(0, None), (2, march(3))])
def test_how_early_is_policy(world: World, on: Any, days: int, first: date | None) -> None:
    policy(world, remind_days_before=days)
    world.lend(world.dossier())
    told = {day: on(day) for day in (march(2), march(3), march(4))}
    assert [day for day, rows in told.items() if rows] == ([first] if first else [])


def test_when_others_are_told_is_policy(world: World, on: Any) -> None:
    policy(world, escalate_to_head_after=2, escalate_to_records_after=4)
    world.lend(world.dossier())
    assert [len(on(march(day))) for day in (6, 7, 8, 9)] == [1, 3, 3, 4]


def test_another_due_date_begins_anew(world: World, on: Any) -> None:
    loan: Loan = world.lend(world.dossier())
    assert on(march(5)) == [("Rea Reader", TODAY)]
    loan.due_on = march(6)  # As a renewal or the calendar does.
    world.session.flush()
    assert on(march(5)) == [("Rea Reader", SOON)]
    assert on(march(6)) == [("Rea Reader", TODAY)]
    loan.due_on = march(5)  # As a recall does.
    world.session.flush()
    assert ("Rea Reader", LATE) in on(march(6))


def test_a_heads_own_loan_goes_to_the_general_manager(world: World, on: Any) -> None:
    loan = world.issue(world.sign(world.ask(world.dossier(), by=world.head), by=world.deputy))[0]
    assert loan.borrower_id == world.head.id
    assert on(march(6)) == [("Gen Eral", LATE_OF), ("Hea Dofsales", LATE)]


def test_a_deputy_is_told_only_while_named(world: World, on: Any) -> None:
    world.lend(world.dossier())
    world.reader.department.deputy_id = None
    world.session.flush()
    assert on(march(6)) == [("Hea Dofsales", LATE_OF), ("Rea Reader", LATE)]


def test_without_head_and_deputy_the_general_manager_is_told(world: World, on: Any) -> None:
    world.lend(world.dossier())
    world.reader.department.deputy_id = None
    world.head.departed_at = datetime(2026, 3, 3, tzinfo=UTC)
    world.session.flush()
    assert on(march(6)) == [("Gen Eral", LATE_OF), ("Rea Reader", LATE)]


def test_the_records_managers_own_loan_goes_to_the_general_manager(world: World, on: Any) -> None:
    line = world.sign(world.ask(world.dossier(), by=world.records), by=world.general)
    world.issue(line)
    policy(world, escalate_to_records_after=1)
    assert on(march(6)) == [("Gen Eral", LATE_OF), ("Rec Ords", LATE)]


def test_a_core_dossier_is_escalated_to_those_cleared_for_it(world: World, on: Any) -> None:
    world.lend(world.dossier(Level.CORE))
    world.head.clearance = world.deputy.clearance = Level.IMPORTANT
    world.session.flush()
    assert on(march(6)) == [("Gen Eral", LATE_OF), ("Rea Reader", LATE)]
    world.deputy.clearance = Level.CORE
    world.session.flush()
    assert on(march(7)) == [("Dep Uty", LATE_OF), ("Rea Reader", LATE)]


def test_with_nobody_cleared_only_the_borrower_is_told(world: World, on: Any) -> None:
    world.lend(world.dossier(Level.CORE))
    for person in (world.head, world.deputy, world.general, world.records):
        person.clearance = Level.GENERAL
    world.session.flush()
    assert on(march(16)) == [("Rea Reader", LATE)]


def test_one_who_leads_twice_is_told_once(world: World, on: Any) -> None:
    policy(world, escalate_to_records_after=1)
    world.reader.department.head_id = world.records.id
    world.reader.department.deputy_id = None
    line = world.ask(world.dossier())
    world.issue(world.sign(line, by=world.records))
    assert on(march(6)) == [("Rea Reader", LATE), ("Rec Ords", LATE_OF)]


def test_a_lost_file_is_nobodys_reminder(world: World, on: Any) -> None:
    loan = world.lend(world.dossier())
    loan.state = "lost"
    world.session.flush()
    assert on(march(9)) == []


def test_approvers_are_reminded_each_time_a_request_has_waited_so_long(world: World, on: Any) -> None:
    policy(world, approver_reminder_days=2)
    line = world.ask(world.dossier(Level.IMPORTANT))
    wanted = NoticeKind.SIGNATURE_REMINDER
    heads = [("Dep Uty", wanted), ("Hea Dofsales", wanted)]

    def told(day: int) -> list[tuple[str, NoticeKind]]:
        return [row for row in on(march(day)) if row[1] == wanted]

    assert told(3) == []
    assert told(4) == heads
    assert told(4) == told(5) == []
    assert told(9) == heads  # Once for all the days that were missed.
    world.sign(line)
    assert told(10) == []
    assert told(11) == [("Rec Ords", wanted)]
    world.sign_second(line)
    assert told(13) == []


def test_a_request_that_has_lapsed_asks_nobody(world: World, on: Any) -> None:
    policy(world, approver_reminder_days=2, request_days=3)
    world.ask(world.dossier())
    assert on(march(9)) == []


def test_a_grant_that_ends_is_told_once_before(world: World, on: Any) -> None:
    line = world.sign(world.ask(world.dossier(), RequestKind.READ))
    grant = make_grant(world.session, world.colleague, world.dossier(), world.head, march(20))
    grant.ended_at = datetime(2026, 3, 3, tzinfo=UTC)  # Given back: nothing ends any more.
    world.session.flush()
    ends = NoticeKind.GRANT_ENDS_SOON
    until = march(9)
    assert line.closed_at is not None
    told = {day: [row for row in on(march(day)) if row[1] == ends] for day in range(2, 24)}
    friday = until - timedelta(days=3)
    assert {day: rows for day, rows in told.items() if rows} == {friday.day: [("Rea Reader", ends)]}


def test_somebody_who_has_left_is_told_nothing_of_grants(world: World, on: Any) -> None:
    world.sign(world.ask(world.dossier(), RequestKind.READ))
    world.reader.departed_at = datetime(2026, 3, 3, tzinfo=UTC)
    world.session.flush()
    assert on(march(9)) == []


def test_two_records_managers_are_both_told(world: World, on: Any) -> None:
    policy(world, escalate_to_records_after=1, escalate_to_head_after=9)
    make_person(
        world.session, make_department(world.session), Role.RECORDS_MANAGER, name="Second Manager", clearance=Level.CORE
    )
    world.lend(world.dossier())
    assert on(march(6)) == [("Rea Reader", LATE), ("Rec Ords", LATE_OF), ("Second Manager", LATE_OF)]
