"""Watching the folder: the timer looks, a worker takes."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from portal.arrivals.folder import Seen, WatchedFolder
from portal.arrivals.taking import take_file
from portal.parts import Parts
from portal.queue import Job, WorkQueues

log = logging.getLogger(__name__)

TAKE = "take_arrival"

SETTLED = timedelta(seconds=5)
"""A file that has not changed for so long, from one look to the next, is complete."""

SETTLED_IF_EMPTY = timedelta(minutes=10)
"""A program may make a file long before it has something to write into it."""

LONGEST_WRITING = timedelta(hours=1)
"""A file that is open for writing is left alone, but not for ever: a program may have forgotten it."""

ASK_AGAIN = timedelta(minutes=10)
"""A file that still lies there so long after work was asked for it is asked for once more."""

_LEASE = timedelta(minutes=20)
"""What taking one file may last: looking for cover sheets on all pages, cutting, keeping."""

_MOST_AT_ONCE = 200


def register_work(queues: WorkQueues, path: Path) -> None:
    """Have the queues watch the folder at `path`.

    Files are taken in the reading queue: opening them is the child process's work, which does one thing at a time.
    """
    folder = WatchedFolder(path)
    queues.register(TAKE, lambda job: _take(job, folder), queue=WorkQueues.READING, lease=_LEASE)
    queues.each_tick(FolderWatch(folder).look)


def _take(job: Job, folder: WatchedFolder) -> None:
    seen = Seen.from_payload(job.claim.payload)
    if folder.is_there(seen):
        take_file(job.parts, folder, seen, job.finishing)


@dataclass
class _Known:
    """A file as it was at the last look, since when it is so, and when work was last asked for it."""

    seen: Seen
    since: datetime
    asked_at: datetime | None = None


class FolderWatch:
    """Remembers what it saw at the last look, to tell complete files from those still being written."""

    def __init__(self, folder: WatchedFolder) -> None:
        self._folder = folder
        self._known: dict[str, _Known] = {}
        self._complained = False

    def look(self, parts: Parts) -> None:
        """Ask for work on every file that is complete. Writes only when there is one (the timer calls this)."""
        now = parts.clock.now()
        try:
            settled = self._settled(now)
        except OSError as error:
            if not self._complained:
                log.error("the watched folder cannot be read: %s", error)
            self._complained = True
            return
        self._complained = False
        if not settled:
            return
        with parts.writing() as work:
            for known in settled:
                key = hashlib.sha256(known.seen.name_bytes).hexdigest()
                work.want(TAKE, key, known.seen.to_payload())
        for known in settled:
            known.asked_at = now

    def _settled(self, now: datetime) -> list[_Known]:
        present: dict[str, _Known] = {}
        settled: list[_Known] = []
        for seen in self._folder.look():
            known = self._known.get(seen.name)
            if known is None or known.seen != seen:
                known = _Known(seen, now)
            present[seen.name] = known
            if self._is_due(known, now) and len(settled) < _MOST_AT_ONCE:
                settled.append(known)
        self._known = present
        return settled

    def _is_due(self, known: _Known, now: datetime) -> bool:
        if known.asked_at is not None and now - known.asked_at < ASK_AGAIN:
            return False
        unchanged = now - known.since
        if unchanged < (SETTLED if known.seen.size else SETTLED_IF_EMPTY):
            return False
        return unchanged >= LONGEST_WRITING or not self._folder.is_being_written(known.seen)
