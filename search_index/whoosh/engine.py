"""The engine itself: `SearchIndex` on Whoosh."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from whoosh.index import LockError

from search_index.base import IndexBusy, IndexDamaged, IndexDocument, IndexOutdated, Query, Results, SearchIndexError
from search_index.file_index import FileIndex
from search_index.whoosh import writing
from search_index.whoosh.ranking import answer
from search_index.whoosh.reading import Memory, Snapshot
from search_index.whoosh.schema import form
from search_index.whoosh.storage import mark

_IDLE_READERS = 8


class WhooshIndex(FileIndex):
    """An index of Whoosh's; see `FileIndex`. Each thread has a reader of its own, from a few kept open."""

    def __init__(self, directory: Path, *, lock_timeout: float = 30.0) -> None:
        self._memory = Memory()
        self._idle: list[Snapshot] = []
        self._guard = Lock()
        super().__init__(directory, form(), lock_timeout=lock_timeout)

    def search(self, query: Query) -> Results:
        """Answer from the last committed state."""
        with self._snapshot() as snapshot:
            return answer(snapshot, query)

    def ids(self) -> Iterator[tuple[str, str]]:
        """The id and fingerprint of every entry, as of the moment of the call."""
        with self._snapshot() as snapshot:
            found = [(facts.id, facts.fingerprint) for leaf in snapshot.leaves for facts in leaf.facts()]
        return iter(found)

    def close(self) -> None:
        """Let go of open files and memory."""
        with self._guard:
            idle, self._idle = self._idle, []
            self._memory = Memory()
        for snapshot in idle:
            snapshot.close()

    def _create(self, generation: Path) -> None:
        writing.create(generation, self._verified)

    def _commit(self, generation: Path, updates: Collection[IndexDocument], removals: Iterable[str]) -> None:
        try:
            writing.commit(generation, self._verified, updates, removals)
        except LockError as error:
            raise IndexBusy("another program holds Whoosh's own lock") from error

    def _try_to_open(self) -> None:
        self._open().close()

    @contextmanager
    def _snapshot(self) -> Iterator[Snapshot]:
        """An open reader of the last commit for this thread; lets nothing but `SearchIndexError` out."""
        snapshot = self._take_idle() or self._open()
        try:
            yield snapshot
        except BaseException as error:
            snapshot.close()
            if isinstance(error, SearchIndexError) or not isinstance(error, Exception):
                raise
            raise IndexDamaged(f"the index could not be read: {error!r}") from error
        with self._guard:
            keep = len(self._idle) < _IDLE_READERS
            if keep:
                self._idle.append(snapshot)
        if not keep:
            snapshot.close()

    def _take_idle(self) -> Snapshot | None:
        latest = mark(self._generations)
        while True:
            with self._guard:
                if not self._idle:
                    return None
                snapshot = self._idle.pop()
            if snapshot.is_latest(latest):
                return snapshot
            snapshot.close()

    def _open(self) -> Snapshot:
        """Open the last commit. A commit or a finished rebuild may remove files while they are being opened;
        then there is a newer state to open; only one that stays the same and does not open is damaged."""
        while True:
            before = mark(self._generations)
            try:
                generation = self._require_current()
                snapshot = Snapshot(generation, self._verified, self._memory)
            except IndexOutdated:
                raise
            except Exception as error:
                if mark(self._generations) != before:
                    continue
                if isinstance(error, SearchIndexError):
                    raise
                raise IndexDamaged(f"the index could not be opened: {error!r}") from error
            self._memory.keep_only(snapshot.segment_ids())
            self._forget_old_files()
            return snapshot
