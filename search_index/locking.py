"""One at a time, across threads and processes of one machine: locks on files."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from search_index.base import IndexBusy, SearchIndexError

_POLL_SECONDS = 0.02


@contextmanager
def locked(path: Path, timeout: float) -> Iterator[None]:
    """Hold the lock on a file (made if there is none) for the length of the block.

    The system lets go of the lock when its holder dies; the file itself means nothing and stays. Not to be taken twice
    by one thread.

    :param path: on a local disk
    :param timeout: seconds to wait for another holder; 0: do not wait
    :raises IndexBusy: somebody else held it for so long
    :raises SearchIndexError: the file cannot be opened
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("a")
    except OSError as error:
        raise SearchIndexError(f"the directory of the index cannot be used: {error}") from error
    with stream:
        deadline = time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() >= deadline:
                    raise IndexBusy(f"{path.name} is held by another process or thread") from error
                time.sleep(_POLL_SECONDS)
        yield
