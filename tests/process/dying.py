"""A process that does the portal's work and kills itself at a named step: `python -m tests.process.dying STEP …`.

The steps are put around the real functions from here; the product knows nothing of them. What follows STEP is
a command of `flask`, such as `documents add …`.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from archive_store.base import Stored
from archive_store.filesystem import FilesystemStore
from portal import queue
from portal.application import create_app
from portal.arrivals import jobs, taking
from portal.arrivals.folder import WatchedFolder
from portal.core.unit_of_work import UnitOfWork
from portal.documents.reading import reader
from portal.documents.reading.protocol import write_frame


def die() -> None:
    """End at once, as with a power cut: nothing is flushed, closed or said."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_when_stored() -> None:
    """The file is kept, no row is written."""
    put = FilesystemStore.put

    def put_and_die(self: FilesystemStore, *arguments: Any, **options: Any) -> Stored:
        put(self, *arguments, **options)
        die()
        raise AssertionError("a killed process goes on")

    FilesystemStore.put = put_and_die  # type: ignore[method-assign]


def die_when_committed() -> None:
    """The rows are committed, the queue was not told."""

    def commit_and_die(self: UnitOfWork) -> None:
        self.session.commit()
        if "open_version" in self.wanted_kinds:
            die()

    UnitOfWork.commit = commit_and_die  # type: ignore[method-assign]


def die_when_reading() -> None:
    """The child has been asked for the text of a page and is at work."""

    def ask_and_die(self: Any, request: dict[str, Any], seconds: float) -> Any:
        write_frame(self._requests, request)
        if request["do"] == "read":
            die()
        return reader.read_frame(self._answers, seconds)

    reader._Child.ask = ask_and_die  # type: ignore[method-assign]


def die_around(owner: Any, name: str, *, before: bool = False) -> None:
    """Put the death after (or before) a function of the product that is called in the worker's thread."""
    act = getattr(owner, name)

    def act_and_die(*arguments: Any, **options: Any) -> Any:
        if not before:
            act(*arguments, **options)
        die()

    setattr(owner, name, act_and_die)


def hurry() -> None:
    """Look into the watched folder more often than a portal does, so that a test waits less."""
    queue.TICK_SECONDS = 0.2
    jobs.SETTLED = timedelta(seconds=0.5)


STEPS: dict[str, Callable[[], None]] = {
    "stored": die_when_stored,
    "committed": die_when_committed,
    "reading": die_when_reading,
    "arrival stored": die_when_stored,
    "arrival written": lambda: die_around(taking, "take_in"),
    "arrival committed": lambda: die_around(WatchedFolder, "remove", before=True),
    "arrival unharmed": lambda: None,
}


def main() -> None:
    """Prepare the death, then run the command."""
    app = create_app()
    STEPS[sys.argv[1]]()
    if sys.argv[1].startswith("arrival"):
        hurry()
    app.test_cli_runner().invoke(args=sys.argv[2:])


if __name__ == "__main__":
    main()
