"""Numbers by pattern: unique, gap-free, also when twenty approvals race and some of them fail."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.accounts.queries import actor_of
from portal.core.clock import SetClock
from portal.core.permissions import Level, Role
from portal.core.unit_of_work import UnitOfWork
from portal.database import begin_writing, prepare_engine
from portal.dossiers.models import Dossier
from portal.dossiers.rules import barcode_of, format_number, pattern_problem
from portal.dossiers.services import decide_opening
from portal.dossiers.states import DossierState
from portal.policy.models import PolicyValue
from portal.policy.rules import Policy
from tests.conftest import TRAIL_KEY
from tests.factories import make_department, make_dossier, make_person

RACERS = 20
PATTERNS = [
    "{year}-{number:04d}",
    "K{year}-{number:04d}",
    "{number}/{year}",
    "{year}{number:03d}",
    "D {number:,} {year}",
]


@given(
    st.sampled_from(PATTERNS),
    st.tuples(st.integers(1000, 9999), st.integers(1, 10**6)),
    st.tuples(st.integers(1000, 9999), st.integers(1, 10**6)),
)
def test_different_numbers_are_written_differently(pattern: str, one: tuple[int, int], other: tuple[int, int]) -> None:
    assume(one != other)
    assert format_number(pattern, *one) != format_number(pattern, *other)


@given(st.integers(2000, 2999), st.integers(1, 9999))
def test_the_default_patterns_never_meet(year: int, number: int) -> None:
    policy = Policy()
    standard = format_number(policy.number_pattern, year, number)
    assert standard == f"{year}-{number:04d}"
    assert format_number(policy.core_number_pattern, year, number) == f"K{standard}"


@given(st.text(max_size=30))
def test_any_text_is_a_pattern_or_is_refused_with_a_reason(text: str) -> None:
    if pattern_problem(text) is None:
        assert format_number(text, 2026, 7) != format_number(text, 2027, 7)
    else:
        with pytest.raises(ValueError, match="not a pattern"):
            format_number(text, 2026, 7)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "{year}",
        "{number}",
        "{year}-{number}-{number}",
        "{year}-{number:x!}",
        "{year",
        "{year.real}-{number}",
        "{}{}",
        "{year}-{number}" + "x" * 40,
        " {year}-{number}",
    ],
)
def test_patterns_that_would_repeat_or_break_are_refused(pattern: str) -> None:
    assert pattern_problem(pattern) is not None


def test_barcodes_of_different_volumes_differ() -> None:
    codes = {barcode_of(dossier, ordinal) for dossier in (1, 12, 112, 1_000_000) for ordinal in (1, 12, 120)}
    assert len(codes) == 12
    assert all(len(code) <= 20 for code in codes)


@pytest.fixture
def submitted(database_url: str) -> Any:
    """An engine on a database with twenty submitted general openings and three core ones, and the head's id."""
    engine = create_engine(database_url, pool_size=RACERS + 5)
    prepare_engine(engine)
    with Session(engine) as session:
        begin_writing(session)
        department = make_department(session)
        head = make_person(session, department, head=True, clearance=Level.CORE)
        opener = make_person(session, department, Role.CLERK)
        general = [make_dossier(session, opener, state=DossierState.SUBMITTED).id for _ in range(RACERS)]
        core = [make_dossier(session, opener, state=DossierState.SUBMITTED, level=Level.CORE).id for _ in range(3)]
        session.commit()
        yield engine, head.id, general, core
    engine.dispose()


def approve(engine: Engine, head_id: int, dossier_id: int, moment: datetime, *, fail: bool = False) -> None:
    """Approve in a session, a connection and a transaction of its own; `fail` breaks it before the commit."""
    with Session(engine) as session:
        begin_writing(session)
        head = actor_of(session, session.get_one(Person, head_id))
        work = UnitOfWork(session, SetClock(moment), ZoneInfo("Asia/Shanghai"), TRAIL_KEY, head)
        version = session.get_one(Dossier, dossier_id).row_version
        decide_opening(work, dossier_id, version, approve=True)
        if fail:
            raise RuntimeError("the disk is full")
        work.commit()


def race(jobs: list[Callable[[], None]]) -> list[BaseException]:
    """Run the jobs in threads that start together; returns what they raised."""
    start = threading.Barrier(len(jobs))
    raised: list[BaseException] = []

    def run(job: Callable[[], None]) -> None:
        start.wait()
        try:
            job()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def numbers(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return sorted(session.scalars(select(Dossier.number).where(Dossier.number.is_not(None))))


SPRING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def test_twenty_approvals_at_once_give_twenty_numbers_without_a_gap(submitted: Any) -> None:
    engine, head_id, general, _ = submitted
    raised = race([lambda n=n: approve(engine, head_id, n, SPRING) for n in general])
    assert raised == []
    assert numbers(engine) == [f"2026-{n:04d}" for n in range(1, RACERS + 1)]


def test_approvals_that_fail_leave_no_gap(submitted: Any) -> None:
    engine, head_id, general, _ = submitted
    jobs = [lambda n=n, i=i: approve(engine, head_id, n, SPRING, fail=i % 2 == 1) for i, n in enumerate(general)]
    raised = race(jobs)
    assert len(raised) == RACERS // 2
    assert all(isinstance(error, RuntimeError) for error in raised)
    assert numbers(engine) == [f"2026-{n:04d}" for n in range(1, RACERS // 2 + 1)]


def test_two_heads_approving_the_same_opening_take_one_number(submitted: Any) -> None:
    engine, head_id, general, _ = submitted
    raised = race([lambda: approve(engine, head_id, general[0], SPRING)] * 4)
    assert len(raised) == 3
    assert numbers(engine) == ["2026-0001"]


def test_core_has_a_series_of_its_own_and_each_year_starts_anew(submitted: Any) -> None:
    engine, head_id, general, core = submitted
    approve(engine, head_id, general[0], SPRING)
    approve(engine, head_id, core[0], SPRING)
    approve(engine, head_id, general[1], SPRING)
    # 31 December, 17:00 UTC is the first of January in Shanghai: the office's year counts.
    new_year = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)
    approve(engine, head_id, general[2], new_year)
    approve(engine, head_id, core[1], new_year)
    assert numbers(engine) == ["2026-0001", "2026-0002", "2027-0001", "K2026-0001", "K2027-0001"]


def test_the_pattern_is_policy(submitted: Any) -> None:
    engine, head_id, general, core = submitted
    with Session(engine) as session:
        begin_writing(session)
        session.add(PolicyValue(name="number_pattern", value="ARCH/{year}/{number}"))
        session.commit()
    approve(engine, head_id, general[0], SPRING)
    approve(engine, head_id, core[0], SPRING)
    assert numbers(engine) == ["ARCH/2026/1", "K2026-0001"]
