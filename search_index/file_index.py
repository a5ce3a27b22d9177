"""The engine of files: what Whoosh's and Tantivy's have in common, around one commit of theirs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import islice
from pathlib import Path

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

Identity = tuple[int, int, int]
"""Inode, size and modification time: another file, or another content, has another one."""

_REMEMBERED_FILES = 10_000


def identity(path: Path) -> Identity | None:
    """What the file at `path` is at this moment; None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


class FileIndex(ABC):
    """An index in a directory of its own, made if there is none. Fulfils `search_index.base.SearchIndex`.

    For any number of threads and processes; they agree through locks in the directory, which must be on a
    local disk. `form`: what must be equal for this code to read an index; `lock_timeout`: seconds to wait for
    another writer before `IndexBusy`.
    """

    def __init__(self, directory: Path, form: str, *, lock_timeout: float) -> None:
        self._generations = Generations(Path(directory), form)
        self._lock_timeout = lock_timeout
        self._verified: set[Identity] = set()
        with suppress(IndexDamaged), self._writing("the index could not be created"):
            if self._generations.current() is None:
                self._generations.make_current(self._new_generation())

    @abstractmethod
    def search(self, query: Query) -> Results:
        """Answer from the last committed state."""

    @abstractmethod
    def ids(self) -> Iterator[tuple[str, str]]:
        """The id and fingerprint of every entry, as of the moment of the call."""

    @abstractmethod
    def close(self) -> None:
        """Let go of open files and memory."""

    @abstractmethod
    def _create(self, generation: Path) -> None:
        """Make an empty index in a new generation's directory."""

    @abstractmethod
    def _commit(self, generation: Path, updates: Collection[IndexDocument], removals: Iterable[str]) -> None:
        """Remove and add in one commit. The writer's lock is held; ids among `updates` do not repeat."""

    @abstractmethod
    def _try_to_open(self) -> None:
        """Open the last commit, each file compared with its checksum once for each process.

        :raises SearchIndexError: it cannot be read
        """

    def write(self, updates: Iterable[IndexDocument], removals: Iterable[str] = ()) -> None:
        """Remove the ids, add or replace the documents; of two documents with one id the later counts."""
        latest = {entry.id: entry for entry in updates}
        gone = set(removals)
        if not latest and not gone:
            return
        with self._writing("the index could not be written"):
            current = self._require_current()
            self._commit(current, latest.values(), gone)
            for generation in self._generations.generations():
                if generation != current and self._generations.is_rebuilding():
                    self._generations.touch(generation, latest.keys() | gone)
                    self._commit(generation, latest.values(), gone)

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
                with suppress(SearchIndexError), self._writing("the broken rebuild could not be removed"):
                    self._generations.remove(generation)
                raise
        return count

    def state(self) -> IndexState:
        """How the index is."""
        try:
            generation = self._generations.current()
            if generation is None:
                return IndexState.MISSING
            up_to_date = self._generations.is_up_to_date(generation)
            self._try_to_open()
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

    def _new_generation(self) -> Path:
        generation = self._generations.new_generation()
        self._create(generation)
        return generation

    def _begin_rebuild(self) -> Path:
        with self._writing("the rebuild could not begin"):
            current = None
            with suppress(IndexDamaged):
                current = self._generations.current()
            if current is not None:
                self._generations.remove_others(current)
            return self._new_generation()

    def _add_to_rebuild(self, generation: Path, batch: list[IndexDocument]) -> int:
        with self._writing("the index could not be rebuilt"):
            touched = self._generations.touched(generation)
            entries = {entry.id: entry for entry in batch if entry.id not in touched}
            self._commit(generation, entries.values(), ())
            return len(entries)

    @contextmanager
    def _writing(self, failure: str) -> Iterator[None]:
        """Hold the writer's lock; let nothing but `SearchIndexError` out."""
        try:
            with self._generations.writing(self._lock_timeout):
                yield
        except SearchIndexError:
            raise
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

    def _forget_old_files(self) -> None:
        """Files are compared with their checksums once; of those long gone nothing needs to be known."""
        if len(self._verified) > _REMEMBERED_FILES:
            self._verified.clear()
