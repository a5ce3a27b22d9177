"""The queues: they do what the outbox says, survive crashes of others and their own, and seal the trail."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import sessionmaker

import portal.queue
from portal.core import trail
from portal.core.outbox import MAX_ATTEMPTS, OutboxRow
from portal.core.trail import TrailEntry
from portal.parts import Parts
from portal.queue import Job, LeaseLost, WorkQueues


@pytest.fixture
def queues() -> WorkQueues:
    """Queues nobody has registered anything with; bound by `house`."""
    return WorkQueues()


@pytest.fixture
def house(engine: Engine, settings: Any, clock: Any, queues: WorkQueues) -> Iterator[Parts]:
    """The parts a queue needs: database, clock, settings."""
    unused: dict[str, Any] = {item.name: None for item in fields(Parts)}
    needed = {
        "settings": settings,
        "clock": clock,
        "new_session": sessionmaker(engine),
        "start_work": queues.start_work,
    }
    parts = Parts(**{**unused, **needed})
    queues.bind(parts)
    yield parts
    queues.stop()


@pytest.fixture
def quick_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A timer that ticks often, so that tests of it need not wait."""
    monkeypatch.setattr(portal.queue, "TICK_SECONDS", 0.02)


def want(house: Parts, kind: str, key: str) -> None:
    """Ask for work without telling the queues: as after a crash between commit and call."""
    with house.writing() as work:
        work.want(kind, key)
        work.wanted_kinds.clear()


def row(house: Parts, key: str) -> OutboxRow:
    with house.looking() as work:
        return work.session.scalars(select(OutboxRow).where(OutboxRow.key == key)).one()


def is_done(house: Parts, key: str) -> bool:
    there = row(house, key)
    return there.done == there.wanted


def eventually(condition: Callable[[], bool]) -> bool:
    """Wait until `condition` holds; False when it does not within the test's patience."""
    for _ in range(3000):
        if condition():
            return True
        time.sleep(0.01)
    return False


def record(house: Parts, subject: str) -> None:
    with house.writing() as work:
        work.record("thing:do", subject)


def test_all_due_work_is_done_by_its_handler(house: Parts, queues: WorkQueues) -> None:
    read: list[str] = []
    indexed: list[str] = []

    def reading(job: Job) -> None:
        read.append(job.key)
        with job.finishing() as work:
            work.want("index", job.key)

    queues.register("read", reading, queue=WorkQueues.READING)
    queues.register("index", lambda job: indexed.append(job.key))
    for key in ("1", "2", "3"):
        want(house, "read", key)
    assert queues.work_until_idle() == 6
    assert read == indexed == ["1", "2", "3"]
    assert queues.work_until_idle() == 0


def test_work_until_idle_stops_where_it_is_told_to(house: Parts, queues: WorkQueues) -> None:
    queues.register("read", lambda job: None)
    for key in ("1", "2", "3"):
        want(house, "read", key)
    assert queues.work_until_idle(most=2) == 2
    assert queues.work_until_idle() == 1


def test_work_of_a_kind_nobody_registered_waits(house: Parts, queues: WorkQueues) -> None:
    queues.register("read", lambda job: None)
    want(house, "unheard of", "1")
    assert queues.work_until_idle() == 0
    assert not is_done(house, "1")


def test_result_and_done_are_one_commit(house: Parts, queues: WorkQueues) -> None:
    def handler(job: Job) -> None:
        with job.finishing() as work:
            work.record("thing:read", "things:1")
            work.session.flush()
            raise ValueError("after the result, before the end")

    queues.register("read", handler)
    want(house, "read", "1")
    queues.work_until_idle()
    assert not is_done(house, "1")
    with house.looking() as work:
        assert work.session.scalars(select(TrailEntry)).all() == []


def test_a_failing_handler_is_tried_again_later_and_then_rests(house: Parts, queues: WorkQueues, clock: Any) -> None:
    tries: list[str] = []

    def handler(job: Job) -> None:
        tries.append(job.key)
        raise ValueError("no page tree")

    queues.register("read", handler)
    want(house, "read", "1")
    assert queues.work_until_idle() == 1  # Not again at once: that would be a busy loop.
    for _ in range(MAX_ATTEMPTS * 2):
        clock.advance(hours=2)
        queues.work_until_idle()
    assert len(tries) == MAX_ATTEMPTS
    assert row(house, "1").last_error == "ValueError: no page tree"


def test_one_failing_piece_does_not_hold_up_the_others(house: Parts, queues: WorkQueues) -> None:
    done: list[str] = []

    def handler(job: Job) -> None:
        if job.key == "bad":
            raise ValueError("bad")
        done.append(job.key)

    queues.register("read", handler)
    for key in ("bad", "1", "2"):
        want(house, "read", key)
    queues.work_until_idle()
    assert done == ["1", "2"]


def test_who_lost_the_lease_changes_nothing(house: Parts, queues: WorkQueues, clock: Any) -> None:
    """The work took longer than its lease and another worker has finished it meanwhile."""
    lost: list[str] = []
    depth: list[str] = []

    def handler(job: Job) -> None:
        depth.append(job.key)
        if len(depth) == 1:
            clock.advance(minutes=6)
            queues.work_until_idle()  # The other worker.
        try:
            with job.finishing() as work:
                work.record("thing:read", "things:1")
        except LeaseLost:
            lost.append(job.key)
            raise

    queues.register("read", handler)
    want(house, "read", "1")
    queues.work_until_idle()
    assert lost == ["1"]
    assert is_done(house, "1")
    with house.looking() as work:
        assert len(work.session.scalars(select(TrailEntry)).all()) == 1


def test_consumer_threads_do_what_a_commit_announces(house: Parts, queues: WorkQueues) -> None:
    queues.register("read", lambda job: None, queue=WorkQueues.READING)
    queues.start()
    with house.writing() as work:
        for key in ("1", "2", "3"):
            work.want("read", key)
    assert eventually(lambda: all(is_done(house, key) for key in ("1", "2", "3")))


def test_slow_reading_does_not_hold_up_the_rest(house: Parts, queues: WorkQueues) -> None:
    """The page is read only after the entry is indexed: with one thread for both, neither would be done."""
    indexed = threading.Event()
    waited_in_vain: list[str] = []

    def read(job: Job) -> None:
        if not indexed.wait(30):
            waited_in_vain.append(job.key)

    queues.register("read", read, queue=WorkQueues.READING)
    queues.register("index", lambda job: indexed.set())
    queues.start()
    for kind in ("read", "index"):
        with house.writing() as work:
            work.want(kind, kind)
    assert eventually(lambda: is_done(house, "read") and is_done(house, "index"))
    assert waited_in_vain == []


def test_the_sweep_finds_work_that_nobody_announced(house: Parts, queues: WorkQueues, quick_timer: None) -> None:
    queues.register("read", lambda job: None)
    queues.start()
    for key in ("1", "2", "3"):
        want(house, "read", key)
    assert eventually(lambda: all(is_done(house, key) for key in ("1", "2", "3")))


def test_the_sweep_takes_up_failed_work_when_its_pause_is_over(
    house: Parts, queues: WorkQueues, clock: Any, quick_timer: None
) -> None:
    tries: list[int] = []

    def handler(job: Job) -> None:
        tries.append(job.claim.attempts)
        if len(tries) == 1:
            raise ValueError("the first time")

    queues.register("read", handler)
    queues.start()
    want(house, "read", "1")
    assert eventually(lambda: row(house, "1").last_error is not None)
    clock.advance(seconds=10)
    assert eventually(lambda: is_done(house, "1"))
    assert tries == [1, 2]


def test_losing_the_queue_loses_nothing(house: Parts, queues: WorkQueues, quick_timer: None) -> None:
    queues.register("read", lambda job: None)
    with house.writing() as work:
        work.want("read", "1")
    for queue in queues._queues.values():
        queue.flush()
    queues.start()
    assert eventually(lambda: is_done(house, "1"))


def test_the_timer_seals_the_trail(house: Parts, queues: WorkQueues, quick_timer: None) -> None:
    queues.start()
    record(house, "things:1")

    def sealed() -> int:
        with house.looking() as work:
            return trail.verify(work.session, work.trail_key, work.now).seals

    assert eventually(lambda: sealed() == 1)


def test_stopping_seals_what_is_left_and_ends_every_thread(house: Parts, queues: WorkQueues) -> None:
    before = set(threading.enumerate())
    queues.start()
    record(house, "things:1")
    queues.stop()
    with house.looking() as work:
        found = trail.verify(work.session, work.trail_key, work.now + timedelta(days=1))
    assert (found.sound, found.seals) == (True, 1)
    assert set(threading.enumerate()) <= before


def test_more_entries_than_one_batch_are_sealed_at_once(house: Parts, queues: WorkQueues) -> None:
    with house.writing() as work:
        for number in range(520):
            work.record("thing:do", f"things:{number}")
    assert queues.seal() == 520
    assert queues.seal() == 0


CHILD = """
import os, signal, sys
from dataclasses import fields
from datetime import datetime
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker
from portal.config import load_settings
from portal.core.clock import SetClock
from portal.database import prepare_engine
from portal.parts import Parts
import portal.tables
from portal.queue import WorkQueues

settings = load_settings()
engine = create_engine(settings.database_url)
prepare_engine(engine)
queues = WorkQueues()
parts = {item.name: None for item in fields(Parts)}
parts |= {"settings": settings, "clock": SetClock(datetime.fromisoformat(sys.argv[1])),
          "new_session": sessionmaker(engine), "start_work": queues.start_work}
queues.bind(Parts(**parts))

def handler(job):
    with job.writing() as work:
        work.record("thing:begun", "things:1")
    if sys.argv[2] == "in the handler":
        os.kill(os.getpid(), signal.SIGKILL)
    if sys.argv[2] == "wait":
        print("claimed", flush=True)
        signal.pause()
    with job.finishing() as work:
        work.record("thing:read", "things:1")
        work.session.flush()
        os.kill(os.getpid(), signal.SIGKILL)

queues.register("read", handler)
queues.work_until_idle()
"""


def child(house: Parts, when: str) -> subprocess.Popen[str]:
    """A real process that works the queues and dies, or waits, at the moment told."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    settings = house.settings
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, house.clock.now().isoformat(), when],
        env={
            **kept,
            "PORTAL_DATA": str(settings.data),
            "PORTAL_DATABASE": settings.database_url,
            "PORTAL_TRAIL_KEY": settings.trail_key.decode(),
        },
        stdout=subprocess.PIPE,
        text=True,
    )


def actions(house: Parts) -> list[str]:
    with house.looking() as work:
        return list(work.session.scalars(select(TrailEntry.action).order_by(TrailEntry.id)))


@pytest.mark.process
@pytest.mark.parametrize("when", ["in the handler", "before the commit"])
def test_work_of_a_killed_process_is_taken_up_at_the_next_start_and_counts_once(
    house: Parts, queues: WorkQueues, quick_timer: None, when: str
) -> None:
    want(house, "read", "1")
    assert child(house, when).wait(60) == -signal.SIGKILL
    assert row(house, "1").lease is not None
    assert actions(house) == ["thing:begun"]

    def handler(job: Job) -> None:
        with job.finishing() as work:
            work.record("thing:read", "things:1")

    queues.register("read", handler)
    queues.start()
    assert eventually(lambda: is_done(house, "1"))
    assert actions(house) == ["thing:begun", "thing:read"]


@pytest.mark.process
def test_the_lease_of_a_living_process_is_left_alone(house: Parts, queues: WorkQueues) -> None:
    want(house, "read", "1")
    other = child(house, "wait")
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "claimed\n"
        lease = row(house, "1").lease
        queues.register("read", lambda job: None)
        queues.start()
        queues.stop()
        assert queues.work_until_idle() == 0
        assert row(house, "1").lease == lease
    finally:
        other.kill()
        other.communicate()


def test_the_lease_of_another_host_is_left_alone(house: Parts, queues: WorkQueues) -> None:
    """Its process has a number that nobody has here: that says nothing about there."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    lease = f"elsewhere|{ended.pid}|abc"
    want(house, "read", "1")
    with house.writing() as work:
        there = work.session.scalars(select(OutboxRow)).one()
        there.lease, there.leased_until = lease, work.now + timedelta(minutes=5)
    queues.start()
    queues.stop()
    assert row(house, "1").lease == lease
