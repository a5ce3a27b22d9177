"""The engine itself: `SearchIndex` on Whoosh."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import islice
from pathlib import Path
from threading import Lock

from whoosh.index import LockError

from search_index.base import (
    IndexBusy,
    IndexDamaged,
    IndexDocument,
    IndexOutdated,
    IndexState,
    Query,
    Results,
    SearchIndexError,
)
from search_index.generations import Generations
from search_index.whoosh import writing
from search_index.whoosh.ranking import answer
from search_index.whoosh.reading import Memory, Snapshot
from search_index.whoosh.schema import form
from search_index.whoosh.storage import Identity, mark

_IDLE_READERS = 8
_REMEMBERED_FILES = 10_000


class WhooshIndex:
    """An index in a directory of its own, made if there is none. Fulfils `search_index.base.SearchIndex`.

    For any number of threads and processes; they agree through locks in the directory, which must be on a
    local disk. `lock_timeout`: seconds to wait for another writer before `IndexBusy`.
    """

    def __init__(self, directory: Path, *, lock_timeout: float = 30.0) -> None:
        self._generations = Generations(Path(directory), form())
        self._lock_timeout = lock_timeout
        self._verified: set[Identity] = set()
        self._memory = Memory()
        self._idle: list[Snapshot] = []
        self._guard = Lock()
        self._create_if_missing()

    def write(self, updates: Iterable[IndexDocument], removals: Iterable[str] = ()) -> None:
        """Remove the ids, add or replace the documents; of two documents with one id the later counts."""
        latest = {document.id: document for document in updates}
        gone = set(removals)
        if not latest and not gone:
            return
        with self._writing("the index could not be written"):
            current = self._require_current()
            writing.commit(current, self._verified, latest.values(), gone)
            for generation in self._generations.generations():
                if generation != current and self._generations.is_rebuilding():
                    self._generations.touch(generation, latest.keys() | gone)
                    writing.commit(generation, self._verified, latest.values(), gone)

    def search(self, query: Query) -> Results:
        """Answer from the last committed state."""
        if query.limit < 0 or query.offset < 0:
            raise ValueError("limit and offset cannot be negative")
        with self._snapshot() as snapshot:
            return answer(snapshot, query)

    def ids(self) -> Iterator[tuple[str, str]]:
        """The id and fingerprint of every entry, as of the moment of the call."""
        with self._snapshot() as snapshot:
            found = [(facts.id, facts.fingerprint) for leaf in snapshot.leaves for facts in leaf.facts()]
        return iter(found)

    def rebuild(self, documents: Iterable[IndexDocument], chunk: int = 500) -> int:
        """Fill a new generation and let it take over. The old one answers until then; what is written
        meanwhile goes into both, and wins over what `documents` still says of the same id.

        :raises IndexBusy: another rebuild is under way
        """
        if chunk < 1:
            raise ValueError("a chunk holds at least one document")
        remaining = iter(documents)
        count = 0
        with self._generations.rebuilding():
            generation = self._begin_rebuild()
            try:
                while batch := list(islice(remaining, chunk)):
                    count += self._add_to_rebuild(generation, batch)
                with self._writing("the rebuilt index could not be put in place"):
                    self._generations.make_current(generation)
            except BaseException:
                self._abandon(generation)
                raise
        return count

    def state(self) -> IndexState:
        """How the index is. Opens it anew; each file is compared with its checksum once for each process."""
        try:
            generation = self._generations.current()
            if generation is None:
                return IndexState.MISSING
            up_to_date = self._generations.is_up_to_date(generation)
            self._open().close()
            return IndexState.OK if up_to_date else IndexState.OUTDATED
        except IndexOutdated:
            return IndexState.OUTDATED
        except SearchIndexError:
            return IndexState.DAMAGED

    def turn(self, timeout: float = 30.0) -> AbstractContextManager[None]:
        """Take the turn of bringing the index up to date; held by nobody else in a thread or process of this machine.

        :raises IndexBusy: somebody else held it for `timeout` seconds
        """
        return self._generations.turn(timeout)

    def close(self) -> None:
        """Let go of open files and memory."""
        with self._guard:
            idle, self._idle = self._idle, []
            self._memory = Memory()
        for snapshot in idle:
            snapshot.close()

    def _create_if_missing(self) -> None:
        with suppress(IndexDamaged), self._writing("the index could not be created"):
            if self._generations.current() is None:
                generation = self._generations.new_generation()
                writing.create(generation, self._verified)
                self._generations.make_current(generation)

    def _begin_rebuild(self) -> Path:
        with self._writing("the rebuild could not begin"):
            current = None
            with suppress(IndexDamaged):
                current = self._generations.current()
            if current is not None:
                self._generations.remove_others(current)
            generation = self._generations.new_generation()
            writing.create(generation, self._verified)
            return generation

    def _add_to_rebuild(self, generation: Path, batch: list[IndexDocument]) -> int:
        with self._writing("the index could not be rebuilt"):
            touched = self._generations.touched(generation)
            documents = {document.id: document for document in batch if document.id not in touched}
            writing.commit(generation, self._verified, documents.values(), ())
            return len(documents)

    def _abandon(self, generation: Path) -> None:
        with suppress(SearchIndexError), self._writing("the broken rebuild could not be removed"):
            self._generations.remove(generation)

    @contextmanager
    def _writing(self, failure: str) -> Iterator[None]:
        """Hold the writer's lock; let nothing but `SearchIndexError` out."""
        try:
            with self._generations.writing(self._lock_timeout):
                yield
        except SearchIndexError:
            raise
        except LockError as error:
            raise IndexBusy(failure) from error
        except FileNotFoundError as error:
            raise IndexDamaged(f"{failure}: {error}") from error
        except OSError as error:
            raise SearchIndexError(f"{failure}: {error}") from error
        except Exception as error:
            raise IndexDamaged(f"{failure}: {error!r}") from error

    def _require_current(self) -> Path:
        generation = self._generations.current()
        if generation is None:
            raise IndexDamaged("there is no index")
        self._generations.is_up_to_date(generation)
        return generation

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
            if len(self._verified) > _REMEMBERED_FILES:
                self._verified.clear()
            return snapshot
