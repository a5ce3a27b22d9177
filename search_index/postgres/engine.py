"""The engine itself: `SearchIndex` on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from threading import Lock
from typing import Any, TypeVar

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
from search_index.postgres.connecting import Connection, Connections, LockName, in_our_words
from search_index.postgres.facts import FactsMemory
from search_index.postgres.matching import find
from search_index.postgres.passages import Prepared, prepare
from search_index.postgres.tables import Known, Layout, Tables
from search_index.postgres.writing import apply, take_over
from search_index.tallying import tally

_REBUILD_SECONDS = 1.0
"""How long a rebuild waits for another one that is just ending."""
_TAKEN_OVER_AT_A_TIME = 200
_REMEMBERED_TERMS = 500_000
_ATTEMPTS = 20
"""Snapshots taken for one answer while others write and rebuild."""

_Answer = TypeVar("_Answer")


class PostgresIndex:
    """An index in a schema of its own, made if there is none. Fulfils `search_index.base.SearchIndex`.

    For any number of threads, processes and machines; they agree through the server's locks. `url`: of a database in
    which the role may create schemas, as libpq or SQLAlchemy write it; straight to the server or through a pooler that
    keeps sessions. `lock_timeout`: seconds to wait for another writer before `IndexBusy`.

    :raises ValueError: the schema's name is none that could be ours
    """

    def __init__(self, url: str, schema: str = "legajo_search", *, lock_timeout: float = 30.0) -> None:
        self._connections = Connections(url, schema)
        self._layout = Layout(schema)
        self._lock_timeout = lock_timeout
        self._facts = FactsMemory()
        self._guard = Lock()
        self._is_made = False
        # A server that is away now will be asked again; nothing else in the portal has to wait for that.
        with suppress(SearchIndexError):
            self._make_once()

    def write(self, updates: Iterable[IndexDocument], removals: Iterable[str] = ()) -> None:
        """Remove the ids, add or replace the documents; of two documents with one id the later counts."""
        latest = {document.id: document for document in updates}
        gone = set(removals) - latest.keys()
        if not latest and not gone:
            return
        prepared = [prepare(document) for document in latest.values()]
        self._make_once()
        with self._writing("the index could not be written") as connection:
            apply(connection, self._layout.tables(self._layout.current(connection)), prepared, gone)
            if self._layout.filling(connection) is not None:
                self._layout.touch(connection, latest.keys() | gone)

    def search(self, query: Query) -> Results:
        """Answer from the last committed state."""

        def answer(connection: Connection, known: Known) -> Results | None:
            tables = self._layout.tables(known)
            facts = self._facts.at(connection, tables, known)
            if facts is None:
                return None
            found = find(connection, tables, facts, query)
            return tally(found.hits, {family: found.values_of(family) for family in query.facets}, found, query)

        return self._read("the index could not be searched", answer)

    def ids(self) -> Iterator[tuple[str, str]]:
        """The id and fingerprint of every entry, as of the moment of the call."""

        def answer(connection: Connection, known: Known) -> list[tuple[Any, ...]]:
            statement = self._layout.tables(known).sql("SELECT id, fingerprint FROM {entry} WHERE kind <> 0")
            return connection.execute(statement).fetchall()

        return ((id_, fingerprint) for id_, fingerprint in self._read("the index could not be read", answer))

    def rebuild(self, documents: Iterable[IndexDocument], chunk: int = 500) -> int:
        """Fill a new generation and let it take over. The old one answers and takes writes until then; what is
        written meanwhile is taken over, and wins over what `documents` still says of the same id.

        :raises IndexBusy: another rebuild is under way
        """
        if chunk < 1:
            raise ValueError("a chunk holds at least one document")
        remaining = iter(documents)
        count = 0
        seen: set[str] = set()
        with self._connections.holding(
            LockName.REBUILD, _REBUILD_SECONDS, "another rebuild is under way"
        ) as connection:
            tables = self._begin_rebuild(connection)
            try:
                while batch := list(islice(remaining, chunk)):
                    if len(seen) > _REMEMBERED_TERMS:
                        seen.clear()
                    latest = {document.id: document for document in batch}
                    self._fill(connection, tables, [prepare(document) for document in latest.values()], seen)
                    count += len(latest)
                with in_our_words("the rebuilt index could not be made searchable"):
                    self._layout.make_searchable(connection, tables)
                while not self._take_over(connection, tables):
                    pass
            except BaseException:
                with suppress(SearchIndexError), in_our_words("the broken rebuild could not be removed"):
                    self._layout.abandon(connection, tables)
                    self._layout.remove_others(connection)
                raise
            with suppress(SearchIndexError), in_our_words("the old generation could not be removed"):
                self._layout.remove_others(connection)
        return count

    def state(self) -> IndexState:
        """How the index is; counts its rows. A server that is away has no index that could answer."""

        def answer(connection: Connection, known: Known) -> IndexState:
            if not self._layout.is_whole(connection, known):
                return IndexState.DAMAGED
            return IndexState.OK if known.is_up_to_date else IndexState.OUTDATED

        try:
            self._make_once()
            with in_our_words("the index could not be read"), self._connections.borrowed() as connection:
                if self._layout.is_missing(connection):
                    return IndexState.MISSING
            return self._read("the index could not be read", answer)
        except IndexOutdated:
            return IndexState.OUTDATED
        except SearchIndexError:
            return IndexState.DAMAGED

    @contextmanager
    def turn(self, timeout: float = 30.0) -> Iterator[None]:
        """Take the turn of bringing the index up to date, among all machines that share the index."""
        with self._connections.holding(LockName.TURN, timeout, "somebody else is bringing the index up to date"):
            yield

    def close(self) -> None:
        """Let go of connections and memory."""
        self._connections.close()
        self._facts.forget()

    def _make_once(self) -> None:
        """Make the index if there is none; once it has been there, its loss is to be told and not covered up."""
        with self._guard:
            if self._is_made:
                return
            with self._writing("the index could not be created") as connection:
                self._layout.create_if_missing(connection)
            self._is_made = True

    def _begin_rebuild(self, connection: Connection) -> Tables:
        with in_our_words("the rebuild could not begin"):
            with self._locked(connection):
                tables = self._layout.begin_generation(connection)
            self._is_made = True
            self._layout.remove_others(connection)
            return tables

    def _fill(self, connection: Connection, tables: Tables, entries: list[Prepared], seen: set[str]) -> None:
        with in_our_words("the index could not be rebuilt"), connection.transaction():
            # What a crash takes of an unfinished rebuild is no loss.
            connection.execute("SELECT set_config('synchronous_commit', 'off', true)")
            apply(connection, tables, entries, (), seen)

    def _take_over(self, connection: Connection, tables: Tables) -> bool:
        """Take over some of what was written meanwhile; when there is no more, let the generation answer."""
        with in_our_words("the rebuilt index could not be put in place"), self._locked(connection):
            touched = self._layout.touched(connection, _TAKEN_OVER_AT_A_TIME)
            if touched:
                take_over(connection, self._layout.tables(self._layout.current(connection)), tables, touched)
                return False
            self._layout.make_current(connection, tables)
            return True

    @contextmanager
    def _writing(self, failure: str) -> Iterator[Connection]:
        """A transaction of the only writer; lets nothing but `SearchIndexError` out."""
        with in_our_words(failure), self._connections.borrowed() as connection, self._locked(connection):
            yield connection

    @contextmanager
    def _locked(self, connection: Connection) -> Iterator[None]:
        with connection.transaction():
            self._connections.lock_in_transaction(connection, LockName.WRITER, self._lock_timeout)
            yield

    def _read(self, failure: str, answer: Callable[[Connection, Known], _Answer | None]) -> _Answer:
        """Answer from one snapshot; again, if it was too old (None) or its generation was removed meanwhile."""
        self._make_once()
        damaged = ""
        for _ in range(_ATTEMPTS):
            identity = ""
            try:
                with in_our_words(failure), self._connections.borrowed() as connection, connection.transaction():
                    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    known = self._layout.current(connection)
                    identity = known.identity
                    found = answer(connection, known)
            except IndexDamaged:
                if identity == damaged:
                    raise
                damaged = identity
            except (LookupError, TypeError, ValueError, OverflowError) as error:
                raise IndexDamaged(f"{failure}: {error!r}") from error
            else:
                if found is not None:
                    return found
        raise IndexBusy("the index changes faster than it can be read")
