"""The engine itself: `SearchIndex` on Tantivy."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from threading import Lock

import tantivy

from search_index.base import IndexDamaged, IndexDocument, IndexOutdated, Query, Results, SearchIndexError
from search_index.file_index import FileIndex, Identity, identity
from search_index.tantivy import writing
from search_index.tantivy.answering import answer
from search_index.tantivy.errors import tantivy_errors
from search_index.tantivy.schema import SCHEMA_VERSION
from search_index.tantivy.snapshot import Snapshot
from search_index.tantivy.storage import META, unchanged, verify

Mark = tuple[str | None, Identity | None]
"""Name of the current generation and what its commit is: what an open snapshot is compared with."""


def form() -> str:
    """What must be equal for this code to read an index: our fields, and the format of Tantivy's files."""
    return f"{SCHEMA_VERSION}/{tantivy.tantivy.__version__.partition('index_format ')[2]}"


class TantivyIndex(FileIndex):
    """An index of Tantivy's; see `FileIndex`. One open commit is shared by all threads."""

    def __init__(self, directory: Path, *, lock_timeout: float = 30.0) -> None:
        self._open: tuple[Mark, Snapshot] | None = None
        self._opening = Lock()
        super().__init__(directory, form(), lock_timeout=lock_timeout)

    def search(self, query: Query) -> Results:
        """Answer from the last committed state."""
        snapshot = self._snapshot()
        with tantivy_errors("the index could not be read", IndexDamaged):
            return answer(snapshot, query)

    def ids(self) -> Iterator[tuple[str, str]]:
        """The id and fingerprint of every entry, as of the moment of the call."""
        snapshot = self._snapshot()
        with tantivy_errors("the index could not be read", IndexDamaged):
            facts = snapshot.all_facts()
        return ((each.id, each.fingerprint) for each in facts)

    def close(self) -> None:
        """Let go of open files and memory."""
        with self._opening:
            self._open = None

    def _create(self, generation: Path) -> None:
        writing.create(generation)

    def _commit(self, generation: Path, updates: Collection[IndexDocument], removals: Iterable[str]) -> None:
        writing.commit(generation, self._verified, updates, removals)

    def _try_to_open(self) -> None:
        self._snapshot()

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
        self._forget_old_files()
        files = verify(generation, self._verified)
        with tantivy_errors("the index could not be opened", IndexDamaged):
            index = tantivy.Index.open(str(generation))
            index.config_reader("manual")
            same = earlier is not None and earlier[0][0] == mark[0]
            return Snapshot(index, files, earlier[1] if earlier is not None and same else None)
