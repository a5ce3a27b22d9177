"""Random loans, days the server was off, several runs a day, due dates that move: no stage twice, none missing.

What is expected is worked out here a second time, day by day, without the code under test.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.outbox import OutboxRow
from portal.core.unit_of_work import UnitOfWork
from portal.database import begin_writing
from portal.lending.models import Loan, Request, RequestLine
from portal.lending.reminding import remind
from portal.lending.reminding.stages import last_day_spoken_of
from portal.lending.states import LineState, LoanState, RequestKind
from portal.notices.kinds import NoticeKind
from portal.notices.models import Notice
from portal.notices.queries import was_overtaken
from portal.notices.services import MAIL
from portal.policy.models import PolicyValue
from tests.conftest import TRAIL_KEY
from tests.unit.lending_world import World, make_world

MONDAY = date(2026, 3, 2)
LONG_AGO = datetime(2026, 1, 5, tzinfo=UTC)
DAYS = 16
BORROWERS = ("reader", "head", "records")
HEADS = {"reader": {"head", "deputy"}, "head": {"general"}, "records": {"general"}}
RECORDS = {"reader": {"records"}, "head": {"records"}, "records": {"general"}}


@dataclass(frozen=True)
class Plan:
    """One loan: who, from when, due when, moved when to when, back when (offsets from the Monday)."""

    borrower: str
    issued: int
    due: int
    moved_on: int
    moved_to: int
    back: int

    def due_on(self, day: int) -> int:
        return self.moved_to if day >= self.moved_on else self.due

    def is_out(self, day: int) -> bool:
        return self.issued <= day < self.back


offsets = st.integers(0, DAYS)
plans = st.builds(
    Plan,
    st.sampled_from(BORROWERS),
    st.integers(0, 5),
    offsets,
    st.integers(1, 40),
    offsets,
    st.integers(4, 30),
)


@dataclass(frozen=True)
class Rules:
    before: int
    head: int
    records: int


rules = st.builds(Rules, st.integers(0, 3), st.integers(1, 4), st.integers(1, 6))


def is_open(day: date) -> bool:
    return day.weekday() < 5


def expected(loan: Plan, loan_id: int, day: int, by: Rules) -> set[tuple[str, str]]:
    """(who, occasion) of one day on which reminding runs."""
    due = loan.due_on(day)
    if not loan.is_out(day) or day <= loan.issued:
        return set()
    late = day - due
    name = f"late-{late}" if late > 0 else "due"
    if late < 0:
        open_days_between = [n for n in range(day, due) if is_open(MONDAY + timedelta(days=n))]
        # The day so many open days before is today or was earlier: from today until the eve there are no more.
        first_is_today = is_open(MONDAY + timedelta(days=day))
        if (
            by.before == 0
            or len(open_days_between) > by.before
            or (len(open_days_between) == by.before and not first_is_today)
        ):
            return set()
        name = "before"
    told = {loan.borrower}
    if late >= by.head:
        told |= HEADS[loan.borrower]
    if late >= by.records:
        told |= RECORDS[loan.borrower]
    return {(who, f"{loan_id}:{MONDAY + timedelta(days=due)}:{name}") for who in told}


@pytest.fixture
def world(session: Any, work_as: Callable[..., Any]) -> World:
    return make_world(session, work_as)


def lend(world: World, plan: Plan) -> Loan:
    """A loan as issuing leaves it, at any date."""
    borrower = getattr(world, plan.borrower)
    dossier = world.dossier()
    request = Request(filed_by_id=borrower.id, object="o", purpose="p", reason="r", created_at=LONG_AGO, lines=[])
    line = RequestLine(
        request=request,
        dossier_id=dossier.id,
        reader_id=borrower.id,
        kind=RequestKind.BORROW,
        state=LineState.FULFILLED,
        submitted_at=LONG_AGO,
    )
    world.session.add(line)
    world.session.flush()
    due = MONDAY + timedelta(days=plan.due)
    loan = Loan(
        volume_id=dossier.volumes[0].id,
        line_id=line.id,
        borrower_id=borrower.id,
        state=LoanState.ON_LOAN,
        issued_at=LONG_AGO,
        issued_on=MONDAY + timedelta(days=plan.issued),
        issued_by_id=world.clerk.id,
        due_on=due,
        original_due_on=due,
        sheets_issued=40,
    )
    world.session.add(loan)
    world.session.flush()
    return loan


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(plans, min_size=1, max_size=3), st.lists(st.integers(0, 2), min_size=DAYS, max_size=DAYS), rules)
def test_each_stage_once_and_none_missing(
    world: World, work_as: Callable[..., Any], clock: Any, loans: list[Plan], runs: list[int], by: Rules
) -> None:
    session = world.session
    with session.begin_nested() as example:
        for name, value in (
            ("remind_days_before", by.before),
            ("escalate_to_head_after", by.head),
            ("escalate_to_records_after", by.records),
        ):
            session.add(PolicyValue(name=name, value=value))
        rows = [lend(world, plan) for plan in loans]
        wanted: set[tuple[str, str]] = set()
        for day, times in enumerate(runs):
            today = MONDAY + timedelta(days=day)
            clock.put(datetime(today.year, today.month, today.day, 3, tzinfo=UTC))
            for plan, row in zip(loans, rows, strict=True):
                row.due_on = MONDAY + timedelta(days=plan.due_on(day))
                # Before it was issued a loan is no loan: reminding must not see it.
                row.state = LoanState.ON_LOAN if plan.is_out(day) else LoanState.RETURNED
            session.flush()
            for _ in range(times):
                remind(work_as())
            if times:
                for plan, row in zip(loans, rows, strict=True):
                    wanted |= expected(plan, row.id, day, by)
        names = {getattr(world, name).id: name for name in ("reader", "head", "deputy", "records", "general")}
        told = [
            (names[row.person_id], row.occasion)
            for row in session.scalars(select(Notice).where(Notice.loan_id.is_not(None)))
        ]
        assert len(told) == len(set(told))
        assert set(told) == wanted
        assert session.scalar(select(func.count()).select_from(OutboxRow).where(OutboxRow.kind == MAIL)) == len(told)
        example.rollback()
    session.expire_all()


@given(st.integers(0, 12), st.integers(0, 6), st.sets(st.integers(0, 120), max_size=60))
def test_the_last_day_spoken_of_by_counting_back(open_days: int, first: int, closed: set[int]) -> None:
    """A day is spoken of when the day so many open days before it has come: counted back from each day."""
    today = MONDAY + timedelta(days=first)

    def open_on(day: date) -> bool:
        return is_open(day) and (day - today).days not in closed

    def reminded_from(end: date) -> date:
        day = end
        for _ in range(open_days):
            day = next(earlier for n in itertools.count(1) if open_on(earlier := day - timedelta(days=n)) or n > 500)
        return day

    last = last_day_spoken_of(today, open_days, open_on)
    for offset in range(100):
        end = today + timedelta(days=offset)
        assert (reminded_from(end) <= today) == (end <= last)


def test_a_later_stage_overtakes_an_earlier_one(world: World, work_as: Callable[..., Any], clock: Any) -> None:
    """A mail that could not go out is not sent once there is a later one about the same loan to the same person."""
    lend(world, Plan("reader", 0, 3, 99, 0, 99))
    lend(world, Plan("reader", 0, 4, 99, 0, 99))
    for day in (5, 6):
        clock.put(datetime(2026, 3, day, 3, tzinfo=UTC))
        remind(work_as())
    rows = world.session.scalars(select(Notice).order_by(Notice.loan_id, Notice.person_id, Notice.id)).all()
    overtaken = {(row.loan_id, row.person.name, row.kind): was_overtaken(world.session, row) for row in rows}
    first, second = sorted({row.loan_id for row in rows})
    assert overtaken == {
        (first, "Rea Reader", NoticeKind.LOAN_DUE_TODAY): True,
        (first, "Rea Reader", NoticeKind.LOAN_LATE): False,
        (first, "Hea Dofsales", NoticeKind.LOAN_LATE_OF): False,
        (first, "Dep Uty", NoticeKind.LOAN_LATE_OF): False,
        (second, "Rea Reader", NoticeKind.LOAN_DUE_SOON): True,
        (second, "Rea Reader", NoticeKind.LOAN_DUE_TODAY): False,
    }


def test_runs_at_the_same_moment_tell_each_thing_once(world: World, engine: Any, clock: Any) -> None:
    """Cron, and the clocks of two web processes: the unique key decides, and nobody waits for ever."""
    for due in range(1, 7):
        lend(world, Plan("reader", 0, due, 99, 0, 99))
    clock.put(datetime(2026, 3, 12, 3, tzinfo=UTC))
    world.session.commit()
    start, told, errors = threading.Barrier(6), [], []

    def run() -> None:
        with Session(engine) as session:
            start.wait()
            try:
                begin_writing(session)
                work = UnitOfWork(session, clock, ZoneInfo("Asia/Shanghai"), TRAIL_KEY)
                told.append(remind(work).notices)
                work.commit()
            except Exception as error:  # noqa: BLE001 — the outcome is what the test looks at
                errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with Session(engine) as session:
        notices = session.scalars(select(Notice)).all()
        assert len({(row.person_id, row.kind, row.occasion) for row in notices}) == len(notices) == sum(told) == 6 * 4
        assert session.scalar(select(func.count()).select_from(OutboxRow).where(OutboxRow.kind == MAIL)) == 6 * 4
