"""The engine itself: `SearchIndex` on Tantivy."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import islice
from pathlib import Path
from threading import Lock

import tantivy

from search_index.base import (
    IndexDamaged,
    IndexDocument,
    IndexOutdated,
    IndexState,
    Query,
    Results,
    SearchIndexError,
)
from search_index.generations import Generations
from search_index.tantivy import writing
from search_index.tantivy.answering import answer
from search_index.tantivy.errors import tantivy_errors
from search_index.tantivy.schema import SCHEMA_VERSION
from search_index.tantivy.snapshot import Snapshot
from search_index.tantivy.storage import META, Identity, identity, unchanged, verify

_REMEMBERED_FILES = 10_000

Mark = tuple[str | None, Identity | None]
"""Name of the current generation and what its commit is: what an open snapshot is compared with."""


def form() -> str:
    """What must be equal for this code to read an index: our fields, and the format of Tantivy's files."""
    return f"{SCHEMA_VERSION}/{tantivy.tantivy.__version__.partition('index_format ')[2]}"


class TantivyIndex:
    """An index in a directory of its own, made if there is none. Fulfils `search_index.base.SearchIndex`.

    For any number of threads and processes; they agree through locks in the directory, which must be on a
    local disk. `lock_timeout`: seconds to wait for another writer before `IndexBusy`.
    """

    def __init__(self, directory: Path, *, lock_timeout: float = 30.0) -> None:
        self._generations = Generations(Path(directory), form())
        self._lock_timeout = lock_timeout
        self._verified: set[Identity] = set()
        self._open: tuple[Mark, Snapshot] | None = None
        self._opening = Lock()
        self._create_if_missing()

    def write(self, updates: Iterable[IndexDocument], removals: Iterable[str] = ()) -> None:
        """Remove the ids, add or replace the documents; of two documents with one id the later counts."""
        latest = {entry.id: entry for entry in updates}
        gone = set(removals)
        if not latest and not gone:
            return
        with self._writing():
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
        snapshot = self._snapshot()
        with tantivy_errors("the index could not be read", IndexDamaged):
            return answer(snapshot, query)

    def ids(self) -> Iterator[tuple[str, str]]:
        """The id and fingerprint of every entry, as of the moment of the call."""
        snapshot = self._snapshot()
        with tantivy_errors("the index could not be read", IndexDamaged):
            facts = snapshot.all_facts()
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
        with self._generations.rebuilding():
            generation = self._begin_rebuild()
            try:
                while batch := list(islice(remaining, chunk)):
                    count += self._add_to_rebuild(generation, batch)
                with self._writing():
                    self._generations.make_current(generation)
            except BaseException:
                self._abandon(generation)
                raise
        return count

    def state(self) -> IndexState:
        """How the index is. Each file is compared with its checksum once for each process."""
        try:
            generation = self._generations.current()
            if generation is None:
                return IndexState.MISSING
            up_to_date = self._generations.is_up_to_date(generation)
            self._snapshot()
            return IndexState.OK if up_to_date else IndexState.OUTDATED
        except IndexOutdated:
            return IndexState.OUTDATED
        except SearchIndexError:
            return IndexState.DAMAGED

    def turn(self, timeout: float = 30.0) -> AbstractContextManager[None]:
        """Hold the turn of bringing the index up to date, among all processes of this machine."""
        return self._generations.turn(timeout)

    def close(self) -> None:
        """Let go of open files and memory."""
        with self._opening:
            self._open = None

    def _create_if_missing(self) -> None:
        with suppress(IndexDamaged), self._writing():
            if self._generations.current() is None:
                generation = self._generations.new_generation()
                writing.create(generation)
                self._generations.make_current(generation)

    def _begin_rebuild(self) -> Path:
        with self._writing():
            current = None
            with suppress(IndexDamaged):
                current = self._generations.current()
            if current is not None:
                self._generations.remove_others(current)
            generation = self._generations.new_generation()
            writing.create(generation)
            return generation

    def _add_to_rebuild(self, generation: Path, batch: list[IndexDocument]) -> int:
        with self._writing():
            touched = self._generations.touched(generation)
            entries = {entry.id: entry for entry in batch if entry.id not in touched}
            writing.commit(generation, self._verified, entries.values(), ())
            return len(entries)

    def _abandon(self, generation: Path) -> None:
        with suppress(SearchIndexError), self._writing():
            self._generations.remove(generation)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the writer's lock; let nothing but `SearchIndexError` out."""
        with self._generations.writing(self._lock_timeout):
            try:
                yield
            except FileNotFoundError as error:
                raise IndexDamaged(f"a part of the index is missing: {error}") from error
            except OSError as error:
                raise SearchIndexError(f"the index could not be written: {error}") from error

    def _require_current(self) -> Path:
        generation = self._generations.current()
        if generation is None:
            raise IndexDamaged("there is no index")
        self._generations.is_up_to_date(generation)
        return generation

    def _mark(self) -> Mark:
        name = self._generations.current_name()
        return name, identity(self._generations.directory / name / META) if name else None

    def _snapshot(self) -> Snapshot:
        """The last commit, opened; shared by all threads."""
        usable = self._usable()
        if usable is None:
            with self._opening:
                usable = self._usable() or self._open_latest()
        return usable

    def _usable(self) -> Snapshot | None:
        """The open snapshot, if it is of the last commit and its files are untouched."""
        now = self._open
        if now is None or now[0] != self._mark() or not unchanged(now[1].files):
            return None
        return now[1]

    def _open_latest(self) -> Snapshot:
        """Open the last commit. A commit or a finished rebuild may remove files while they are being opened;
        then there is a newer state to open; only one that stays the same and does not open is damaged."""
        earlier, self._open = self._open, None
        while True:
            before = self._mark()
            try:
                snapshot = self._open_generation(before, earlier)
            except IndexOutdated:
                raise
            except SearchIndexError:
                if self._mark() != before:
                    continue
                raise
            if self._mark() != before:
                continue
            self._open = (before, snapshot)
            return snapshot

    def _open_generation(self, mark: Mark, earlier: tuple[Mark, Snapshot] | None) -> Snapshot:
        generation = self._require_current()
        if len(self._verified) > _REMEMBERED_FILES:
            self._verified.clear()
        files = verify(generation, self._verified)
        with tantivy_errors("the index could not be opened", IndexDamaged):
            index = tantivy.Index.open(str(generation))
            index.config_reader("manual")
            same = earlier is not None and earlier[0][0] == mark[0]
            return Snapshot(index, files, earlier[1] if earlier is not None and same else None)
