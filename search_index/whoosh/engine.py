"""The engine itself: `SearchIndex` on Whoosh."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from threading import Lock

from whoosh.index import LockError

from search_index.analysis import parse
from search_index.base import (
    Hit,
    IndexBusy,
    IndexDamaged,
    IndexDocument,
    IndexOutdated,
    IndexState,
    Query,
    Results,
    SearchIndexError,
)
from search_index.whoosh import writing
from search_index.whoosh.layout import Layout, is_up_to_date
from search_index.whoosh.matching import find
from search_index.whoosh.reading import SegmentMemory, Snapshot
from search_index.whoosh.storage import Identity

_IDLE_READERS = 8
_REMEMBERED_FILES = 10_000


class WhooshIndex:
    """An index in a directory of its own, made if there is none. Fulfils `search_index.base.SearchIndex`.

    For any number of threads and processes; they agree through locks in the directory, which must be on a
    local disk. `lock_timeout`: seconds to wait for another writer before `IndexBusy`.
    """

    def __init__(self, directory: Path, *, lock_timeout: float = 30.0) -> None:
        self._layout = Layout(Path(directory))
        self._lock_timeout = lock_timeout
        self._verified: set[Identity] = set()
        self._memories: dict[str, SegmentMemory] = {}
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
            for generation in self._layout.generations():
                if generation != current and self._layout.is_rebuilding():
                    self._layout.touch(generation, latest.keys() | gone)
                    writing.commit(generation, self._verified, latest.values(), gone)

    def search(self, query: Query) -> Results:
        """Answer from the last committed state."""
        if query.limit < 0 or query.offset < 0:
            raise ValueError("limit and offset cannot be negative")
        parsed = parse(query.text)
        problems = tuple(problem.value for problem in parsed.problems)
        with self._snapshot() as snapshot:
            found = find(snapshot, query, parsed)
            hits = tuple(
                Hit(*match, *leaf.kept(number))
                for match, leaf, number in found[query.offset : query.offset + query.limit]
            )
        return Results(hits, tuple(match for match, _, _ in found), problems)

    def ids(self) -> Iterator[tuple[str, str]]:
        """The id and fingerprint of every entry, as of the moment of the call."""
        with self._snapshot() as snapshot:
            facts = [leaf.facts(number) for leaf in snapshot.leaves for number in leaf.live]
        return ((each.id, each.fingerprint) for each in facts)

    def rebuild(self, documents: Iterable[IndexDocument], chunk: int = 500) -> int:
        """Fill a new generation and let it take over. The old one answers until then; what is written
        meanwhile goes into both, and wins over what `documents` still says of the same id.

        :raises IndexBusy: another rebuild is under way
        """
        if chunk < 1:
            raise ValueError("a chunk holds at least one document")
        remaining = iter(documents)
        count = 0
        with self._layout.rebuilding():
            generation = self._begin_rebuild()
            try:
                while batch := list(islice(remaining, chunk)):
                    count += self._add_to_rebuild(generation, batch)
                with self._writing("the rebuilt index could not be put in place"):
                    self._layout.make_current(generation)
            except BaseException:
                self._abandon(generation)
                raise
        return count

    def state(self) -> IndexState:
        """How the index is. Opens it anew; each file is compared with its checksum once for each process."""
        try:
            generation = self._layout.current()
            if generation is None:
                return IndexState.MISSING
            up_to_date = is_up_to_date(generation)
            self._open().close()
            return IndexState.OK if up_to_date else IndexState.OUTDATED
        except IndexOutdated:
            return IndexState.OUTDATED
        except SearchIndexError:
            return IndexState.DAMAGED

    def close(self) -> None:
        """Let go of open files and memory."""
        with self._guard:
            idle, self._idle = self._idle, []
            self._memories = {}
        for snapshot in idle:
            snapshot.close()

    def _create_if_missing(self) -> None:
        with suppress(IndexDamaged), self._writing("the index could not be created"):
            if self._layout.current() is None:
                generation = self._layout.new_generation()
                writing.create(generation, self._verified)
                self._layout.make_current(generation)

    def _begin_rebuild(self) -> Path:
        with self._writing("the rebuild could not begin"):
            current = None
            with suppress(IndexDamaged):
                current = self._layout.current()
            if current is not None:
                self._layout.remove_others(current)
            generation = self._layout.new_generation()
            writing.create(generation, self._verified)
            return generation

    def _add_to_rebuild(self, generation: Path, batch: list[IndexDocument]) -> int:
        with self._writing("the index could not be rebuilt"):
            touched = self._layout.touched(generation)
            documents = {document.id: document for document in batch if document.id not in touched}
            writing.commit(generation, self._verified, documents.values(), ())
            return len(documents)

    def _abandon(self, generation: Path) -> None:
        with suppress(SearchIndexError), self._writing("the broken rebuild could not be removed"):
            self._layout.remove(generation)

    @contextmanager
    def _writing(self, failure: str) -> Iterator[None]:
        """Hold the writer's lock; let nothing but `SearchIndexError` out."""
        try:
            with self._layout.writing(self._lock_timeout):
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
        generation = self._layout.current()
        if generation is None:
            raise IndexDamaged("there is no index")
        is_up_to_date(generation)
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
        mark = self._layout.mark()
        while True:
            with self._guard:
                if not self._idle:
                    return None
                snapshot = self._idle.pop()
            if snapshot.is_latest(mark):
                return snapshot
            snapshot.close()

    def _open(self) -> Snapshot:
        """Open the last commit. A commit or a finished rebuild may remove files while they are being opened;
        then there is a newer state to open; only one that stays the same and does not open is damaged."""
        while True:
            before = self._layout.mark()
            try:
                generation = self._require_current()
                snapshot = Snapshot(generation, self._verified, self._memories)
            except IndexOutdated:
                raise
            except Exception as error:
                if self._layout.mark() != before:
                    continue
                if isinstance(error, SearchIndexError):
                    raise
                raise IndexDamaged(f"the index could not be opened: {error!r}") from error
            self._forget_all_but(snapshot.segment_ids())
            return snapshot

    def _forget_all_but(self, segment_ids: set[str]) -> None:
        with self._guard:
            memories = self._memories
            self._memories = {id_: memories[id_] for id_ in segment_ids if id_ in memories}
            if len(self._verified) > _REMEMBERED_FILES:
                self._verified.clear()
