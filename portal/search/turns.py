"""Taking turns at bringing the index up to date, across threads and processes of this machine.

Whoever refreshes an entry reads the database, writes the index, and records that it did. Two who do so at once
could leave the older of two readings in the index under a note that says it is the newest: a dossier found by
rights it no longer has. So one at a time; a rebuild needs no turn, the engine keeps newer writes by itself.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from search_index import IndexBusy

_POLL_SECONDS = 0.02


@contextmanager
def indexing_turn(folder: Path, timeout: float = 30.0) -> Iterator[None]:
    """Hold the turn for the length of the block.

    :param folder: the data folder, on a local disk
    :raises IndexBusy: somebody else held it for `timeout` seconds
    """
    # The system lets go of the lock when its holder dies; the file itself means nothing.
    with (folder / "indexing.lock").open("a") as stream:
        deadline = time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() >= deadline:
                    raise IndexBusy("somebody else is bringing the index up to date") from error
                time.sleep(_POLL_SECONDS)
        yield
