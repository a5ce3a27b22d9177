"""A process killed while it puts: whole content or none, and the leftovers can be swept up."""

from __future__ import annotations

import io
import signal

import pytest

from archive_store import ArchiveStore
from tests.contracts.archive_store_backends import FilesystemBackend, child


@pytest.mark.process
def test_a_process_killed_while_putting_shows_nothing_and_is_swept_up(
    store: ArchiveStore, backend: FilesystemBackend
) -> None:
    kept = store.put(io.BytesIO(b"was here before")).key
    process = child(
        backend,
        """
class Stuck:
    turn = 0
    def read(self, size):
        self.turn += 1
        if self.turn == 3:
            print("half way", flush=True)
            time.sleep(600)
        return b"x" * 1000
s.put(Stuck())
""",
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"half way\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert list(store.keys()) == [kept]
    assert len(backend.leftovers()) == 1
    assert store.sweep_temporary(older_than_seconds=3600) == 0
    assert store.sweep_temporary(older_than_seconds=0) == 1
    assert backend.leftovers() == []
    assert list(store.keys()) == [kept]


@pytest.mark.process
def test_a_process_killed_at_any_moment_leaves_whole_content_only(
    store: ArchiveStore, backend: FilesystemBackend
) -> None:
    process = child(
        backend,
        """
for n in range(10**9):
    s.put(io.BytesIO(b"%d " % n * 20000))
    if n == 20: print("twenty", flush=True)
""",
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"twenty\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    keys = list(store.keys())
    assert len(keys) >= 20
    for key in keys:
        store.verify(key)
    store.sweep_temporary(older_than_seconds=0)
    assert backend.leftovers() == []
