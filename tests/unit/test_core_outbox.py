"""The outbox: who gets the work, what a failure costs, and that nothing wanted is lost or done twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from portal.core import outbox
from portal.core.outbox import MAX_ATTEMPTS, Claim, OutboxRow
from portal.database import begin_writing
from tests.conftest import START

LEASE = timedelta(minutes=5)


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        begin_writing(session)
        yield session
        session.commit()


def want(engine: Engine, key: str = "1", now: Any = START, **payload: Any) -> None:
    with writing(engine) as session:
        outbox.want(session, "read", key, now, payload)


def claim(engine: Engine, lease: str = "a", now: Any = START, key: str = "1") -> Claim | None:
    with writing(engine) as session:
        row_id = session.scalars(select(OutboxRow.id).where(OutboxRow.key == key)).one()
        return outbox.claim(session, row_id, now, lease=lease, lease_for=LEASE)


def finish(engine: Engine, claimed: Claim) -> bool:
    with writing(engine) as session:
        return outbox.finish(session, claimed)


def fail(engine: Engine, claimed: Claim, now: Any = START) -> None:
    with writing(engine) as session:
        outbox.give_back(session, claimed, now, "ValueError: no page tree")


def row(engine: Engine, key: str = "1") -> OutboxRow:
    with Session(engine) as session:
        return session.scalars(select(OutboxRow).where(OutboxRow.key == key)).one()


def due(engine: Engine, now: Any = START, *kinds: str) -> list[str]:
    with Session(engine) as session:
        return [row.key for row in outbox.due(session, kinds or ("read",), now)]


def taken(claimed: Claim | None) -> Claim:
    assert claimed is not None
    return claimed


def test_work_is_claimed_done_and_then_no_longer_due(engine: Engine) -> None:
    want(engine, colour="blue")
    claimed = taken(claim(engine))
    assert (claimed.kind, claimed.key, claimed.payload, claimed.wanted) == ("read", "1", {"colour": "blue"}, 1)
    assert finish(engine, claimed)
    assert due(engine, START + timedelta(days=9)) == []
    assert claim(engine, "b", START + timedelta(days=9)) is None


def test_claimed_work_is_not_to_be_had_until_the_lease_ends(engine: Engine) -> None:
    want(engine)
    taken(claim(engine, "a"))
    assert due(engine) == []
    assert claim(engine, "b", START + LEASE) is None
    assert taken(claim(engine, "b", START + LEASE + timedelta(seconds=1))).attempts == 2


def test_who_lost_the_lease_can_neither_finish_nor_give_back(engine: Engine) -> None:
    want(engine)
    slow = taken(claim(engine, "slow"))
    later = START + LEASE + timedelta(seconds=1)
    quick = taken(claim(engine, "quick", later))
    assert not finish(engine, slow)
    fail(engine, slow, later)
    assert row(engine).lease == "quick"
    assert finish(engine, quick)
    assert row(engine).last_error is None


def test_work_wanted_again_meanwhile_is_done_again(engine: Engine) -> None:
    want(engine, edition=1)
    first = taken(claim(engine, "a"))
    want(engine, edition=2)
    assert finish(engine, first)
    second = taken(claim(engine, "b"))
    assert (second.wanted, second.payload) == (2, {"edition": 2})
    assert finish(engine, second)
    assert due(engine) == []


def test_wanting_many_times_before_it_is_done_makes_it_done_once(engine: Engine) -> None:
    for _ in range(3):
        want(engine)
    assert finish(engine, taken(claim(engine)))
    assert due(engine) == []


def test_a_failure_pauses_longer_each_time_and_rests_after_the_last_attempt(engine: Engine) -> None:
    want(engine)
    now, pauses = START, []
    for attempt in range(1, MAX_ATTEMPTS + 1):
        claimed = taken(claim(engine, f"try {attempt}", now))
        assert claimed.attempts == attempt
        fail(engine, claimed, now)
        again = row(engine).not_before
        assert due(engine, again - timedelta(seconds=1)) == []
        pauses.append(again - now)
        now = again
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(seconds=5)
    assert len(set(pauses)) == MAX_ATTEMPTS
    assert row(engine).last_error == "ValueError: no page tree"
    assert due(engine, now + timedelta(days=99)) == []
    assert claim(engine, "once more", now + timedelta(days=99)) is None
    with Session(engine) as session:
        assert outbox.waiting(session, ["read"]) == 0


def test_resting_work_that_is_wanted_again_gets_new_attempts(engine: Engine) -> None:
    want(engine)
    now = START
    for attempt in range(MAX_ATTEMPTS):
        fail(engine, taken(claim(engine, f"try {attempt}", now)), now)
        now = row(engine).not_before
    want(engine, now=now)
    assert due(engine, now) == ["1"]
    assert taken(claim(engine, "new", now)).attempts == 1


def test_a_success_forgets_earlier_failures(engine: Engine) -> None:
    want(engine)
    fail(engine, taken(claim(engine, "a")))
    assert finish(engine, taken(claim(engine, "b", START + timedelta(minutes=1))))
    assert (row(engine).attempts, row(engine).last_error) == (0, None)


def test_a_long_error_is_shortened_to_fit(engine: Engine) -> None:
    want(engine)
    with writing(engine) as session:
        claimed = outbox.claim(session, 1, START, lease="a", lease_for=LEASE)
        outbox.give_back(session, taken(claimed), START, "é" * 2000)
    assert row(engine).last_error == "é" * 500


def test_a_one_time_act_is_asked_for_once_whatever_became_of_it(engine: Engine) -> None:
    def ask(word: str) -> bool:
        with writing(engine) as session:
            return outbox.want_once(session, "notice", "loan 7 overdue", START, {"word": word})

    assert ask("first")
    assert not ask("second")
    claimed = taken(claim(engine, key="loan 7 overdue"))
    assert claimed.payload == {"word": "first"}
    assert finish(engine, claimed)
    assert not ask("third")
    assert due(engine, START + timedelta(days=9), "notice") == []


def test_due_gives_only_the_kinds_asked_for_oldest_first(engine: Engine) -> None:
    want(engine, "young", START + timedelta(seconds=5))
    want(engine, "old", START)
    want(engine, "not yet", START + timedelta(hours=1))
    with writing(engine) as session:
        outbox.want(session, "index", "other", START)
    assert due(engine, START + timedelta(seconds=9)) == ["old", "young"]
    with Session(engine) as session:
        assert outbox.waiting(session, ["read", "index"]) == 4


def test_what_a_rolled_back_transaction_wanted_is_not_wanted(engine: Engine) -> None:
    with Session(engine) as session:
        begin_writing(session)
        outbox.want(session, "read", "1", START)
        session.rollback()
    assert due(engine) == []


def test_threads_that_claim_the_same_work_get_it_once(engine: Engine) -> None:
    """Eight workers at a gate, twelve pieces of work: each piece goes to exactly one."""
    keys = [str(number) for number in range(12)]
    for key in keys:
        want(engine, key)
    gate = threading.Barrier(8)
    won: list[str] = []
    errors: list[BaseException] = []

    def work(name: str) -> None:
        gate.wait()
        try:
            for key in keys:
                if claim(engine, f"{name} {key}", key=key):
                    won.append(key)
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=work, args=(f"worker {number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(won, key=int) == keys


def test_threads_that_want_the_same_work_at_once_are_all_counted(engine: Engine) -> None:
    gate = threading.Barrier(6)
    errors: list[BaseException] = []

    def ask() -> None:
        gate.wait()
        try:
            for _ in range(5):
                want(engine)
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert row(engine).wanted == 30


STEPS = st.lists(
    st.sampled_from(["want", "claim", "finish", "fail", "wait", "wait out the lease", "crash"]), max_size=25
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_every_wish_is_followed_by_a_run_that_began_after_it(engine: Engine, steps: list[str]) -> None:
    """Whatever happens in between: once all is quiet, the last wish has been seen by a finished run."""
    with writing(engine) as session:
        session.execute(delete(OutboxRow))
    now, wishes, seen = START, 0, 0
    held: Claim | None = None
    began_after = 0
    for step in [*steps, "want"]:
        if step == "want":
            want(engine, now=now)
            wishes += 1
        elif step == "claim" and wishes and held is None:
            held, began_after = claim(engine, f"lease {now} {wishes}", now), wishes
        elif step == "finish" and held:
            if finish(engine, held):
                seen = began_after
            held = None
        elif step == "fail" and held:
            fail(engine, held, now)
            held = None
        elif step == "crash":
            held = None
        now += {"wait": timedelta(seconds=30), "wait out the lease": timedelta(hours=2)}.get(step, timedelta(0))
    now += timedelta(hours=3)
    for attempt in range(MAX_ATTEMPTS):
        last = claim(engine, f"last {attempt}", now)
        if last is None:
            break
        assert finish(engine, last)
        seen = wishes
    assert seen == wishes
    assert row(engine).done == row(engine).wanted == wishes


@pytest.mark.parametrize("moment", [START - timedelta(seconds=1), START])
def test_work_may_be_claimed_from_the_moment_it_is_wanted(engine: Engine, moment: Any) -> None:
    want(engine)
    assert bool(claim(engine, now=moment)) == (moment >= START)
