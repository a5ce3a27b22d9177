"""The queues: when outbox work is done, and by whom. What is to be done stands in the outbox.

Two queues with one thread each, so that slow text recognition never delays the rest. A queue entry says only
"there may be work of this kind"; losing the queue loses nothing, because a sweep asks the outbox every few
seconds. Every handler is idempotent and takes its key from the claim.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from huey import SqliteHuey
from huey.consumer import Consumer
from sqlalchemy import select, update

from portal.core import outbox, trail
from portal.core.outbox import Claim, OutboxRow
from portal.core.unit_of_work import UnitOfWork
from portal.parts import Parts

log = logging.getLogger(__name__)

TICK_SECONDS = 3.0
"""How often the timer seals the trail and sweeps the outbox."""


@dataclass
class Job:
    """Claimed work, as its handler sees it."""

    parts: Parts
    claim: Claim
    finished: bool = False

    @property
    def key(self) -> str:
        """What the work is about."""
        return self.claim.key

    @contextmanager
    def writing(self) -> Iterator[UnitOfWork]:
        """A unit of work of its own: commits at the end of the block."""
        with self.parts.writing() as work:
            yield work

    @contextmanager
    def finishing(self) -> Iterator[UnitOfWork]:
        """The last unit of the job: its result and "done" are one commit, so that it counts once.

        Raises LeaseLost, changing nothing, when another worker has taken the work over meanwhile.
        """
        with self.parts.writing() as work:
            yield work
            if not outbox.finish(work.session, self.claim):
                raise LeaseLost(self.claim.key)
        self.finished = True


class LeaseLost(Exception):
    """Another worker has taken over this work."""


class TryLater(Exception):
    """What the work needs is not there now (a mail server): not a failure of the work, so it does not count as one."""

    def __init__(self, pause: timedelta, reason: str) -> None:
        self.pause = pause
        super().__init__(reason)


Handler = Callable[[Job], None]


@dataclass(frozen=True)
class _Kind:
    handler: Handler
    queue: str
    lease: timedelta


class _QuietConsumer(Consumer):  # type: ignore[misc]  # huey is untyped
    """A consumer inside another process: signals belong to the server."""

    def _set_signal_handlers(self) -> None:
        return None


class WorkQueues:
    """The kinds of work and the queues that do them; unbound until `bind`."""

    READING = "reading"
    GENERAL = "general"

    def __init__(self) -> None:
        self._kinds: dict[str, _Kind] = {}
        self._parts: Parts | None = None
        self._queues: dict[str, Any] = {}
        self._wake: dict[str, Any] = {}
        self._stop = threading.Event()
        self._running: list[Consumer] = []
        self._timer: threading.Thread | None = None
        self._each_tick: list[Callable[[Parts], None]] = []

    def each_tick(self, act: Callable[[Parts], None]) -> None:
        """Have the timer call `act` every few seconds: for what falls due by itself. It must look before it writes."""
        self._each_tick.append(act)

    def register(
        self, kind: str, handler: Handler, *, queue: str = GENERAL, lease: timedelta = timedelta(minutes=5)
    ) -> None:
        """Say who does work of `kind`, in which queue, and after how long it may be taken from a dead worker."""
        self._kinds[kind] = _Kind(handler, queue, lease)

    def bind(self, parts: Parts) -> None:
        """Connect the queues to a portal's data folder."""
        self._parts = parts
        for name in (self.READING, self.GENERAL):
            queue = SqliteHuey(
                f"legajo-{name}", filename=str(parts.settings.data / "queue.db"), results=False, fsync=False
            )
            self._queues[name] = queue
            self._wake[name] = queue.task(name=f"work_{name}")(self._work_from_queue)

    @property
    def parts(self) -> Parts:
        """The bound parts."""
        if self._parts is None:
            raise RuntimeError("the queues are not bound to a portal")
        return self._parts

    def start_work(self, kinds: frozenset[str]) -> None:
        """Tell the queues that there is work of these kinds. Failing to is harmless: the sweep will."""
        for kind in kinds & self._kinds.keys():
            try:
                self._wake[self._kinds[kind].queue](kind)
            except Exception:
                log.warning("could not wake the queue for %s; the sweep will", kind, exc_info=True)

    def _work_from_queue(self, kind: str) -> None:
        if self._work_one(kind) and not self._stop.is_set():
            self.start_work(frozenset({kind}))

    def _work_one(self, kind: str) -> bool:
        """Do one piece of due work of `kind`; False when there was none to be had."""
        parts = self.parts
        with parts.looking() as work:
            rows = [row.id for row in outbox.due(work.session, [kind], work.now, limit=5)]
        return any(self._claim_and_do(row_id, kind) for row_id in rows)

    def _claim_and_do(self, row_id: int, kind: str) -> bool:
        with self.parts.writing() as work:
            claim = outbox.claim(work.session, row_id, work.now, lease=_signature(), lease_for=self._kinds[kind].lease)
        if claim:
            self._do(claim)
        return claim is not None

    def work_on(self, kind: str, key: str) -> bool:
        """Do the work of `kind` about `key` in this thread before anything older; False when it is not to be had."""
        with self.parts.looking() as work:
            row_id = work.session.scalar(select(OutboxRow.id).where(OutboxRow.kind == kind, OutboxRow.key == key))
        return row_id is not None and self._claim_and_do(row_id, kind)

    def _do(self, claim: Claim) -> None:
        job = Job(self.parts, claim)
        try:
            self._kinds[claim.kind].handler(job)
            if not job.finished:
                with job.finishing():
                    pass
        except TryLater as wait:
            with self.parts.writing() as work:
                outbox.postpone(work.session, claim, work.now + wait.pause, str(wait))
        except LeaseLost:
            log.warning("%s %s was taken over by another worker", claim.kind, claim.key)
        except Exception as error:
            log.exception("%s %s failed (attempt %s)", claim.kind, claim.key, claim.attempts)
            with self.parts.writing() as work:
                outbox.give_back(work.session, claim, work.now, f"{type(error).__name__}: {error}")

    def work_until_idle(self, *, most: int = 100_000) -> int:
        """Do all due work in this thread; returns how many pieces. For commands and tests."""
        done = 0
        busy = True
        while busy and done < most:
            busy = False
            for kind in self._kinds:
                while done < most and self._work_one(kind):
                    done += 1
                    busy = True
        return done

    def start(self) -> None:
        """Start one consumer thread per queue and the timer; what a dead worker left is taken up at once."""
        self._stop.clear()
        self._release_dead_leases()
        for queue in self._queues.values():
            consumer = _QuietConsumer(
                queue, workers=1, periodic=False, worker_type="thread", check_worker_health=False, max_delay=1.0
            )
            consumer.start()
            self._running.append(consumer)
        self._timer = threading.Thread(target=self._tick_until_stopped, name="legajo-timer", daemon=True)
        self._timer.start()

    def stop(self) -> None:
        """Finish what is being done, seal the trail, and stop."""
        self._stop.set()
        for consumer in self._running:
            consumer.stop(graceful=True)
        self._running.clear()
        if self._timer:
            self._timer.join(timeout=TICK_SECONDS * 2)
            self._timer = None
        self.seal()

    def _tick_until_stopped(self) -> None:
        while not self._stop.wait(TICK_SECONDS):
            try:
                self.seal()
                self.sweep()
                for act in self._each_tick:
                    act(self.parts)
            except Exception:
                log.exception("the timer's tick failed; the next one tries again")

    def seal(self) -> int:
        """Seal every entry of the trail that has no seal yet."""
        with self.parts.looking() as work:
            pending = work.session.scalar(
                select(trail.TrailEntry.id)
                .outerjoin(trail.TrailSeal, trail.TrailSeal.entry_id == trail.TrailEntry.id)
                .where(trail.TrailSeal.sequence.is_(None))
                .limit(1)
            )
        if pending is None:
            return 0
        sealed = 0
        while True:
            with self.parts.writing() as work:
                batch = trail.seal_pending(work.session, work.trail_key, work.now)
            sealed += batch
            if batch < 500:
                return sealed

    def sweep(self) -> None:
        """Wake the queues for due work that nobody was told of, or that a crash left."""
        with self.parts.looking() as work:
            kinds = {row.kind for row in outbox.due(work.session, list(self._kinds), work.now, limit=50)}
        idle = {kind for kind in kinds if not self._queues[self._kinds[kind].queue].pending_count()}
        self.start_work(frozenset(idle))

    def _release_dead_leases(self) -> None:
        """Free work leased by a process of this host that is no longer alive."""
        with self.parts.writing() as work:
            rows = work.session.scalars(select(OutboxRow).where(OutboxRow.lease.is_not(None))).all()
            for row in rows:
                if _holder_is_dead(row.lease or ""):
                    work.session.execute(
                        update(OutboxRow)
                        .where(OutboxRow.id == row.id, OutboxRow.lease == row.lease)
                        .values(lease=None, leased_until=None)
                        .execution_options(synchronize_session=False)
                    )


def _signature() -> str:
    """Host and process, written into the lease so that a restart knows a dead holder's work at once."""
    return f"{socket.gethostname()}|{os.getpid()}|{secrets.token_hex(8)}"


def _holder_is_dead(lease: str) -> bool:
    host, _, rest = lease.partition("|")
    pid = rest.partition("|")[0]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    if int(pid) == os.getpid():
        return True  # This process has only just started: the lease is of a namesake before it.
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
