"""Connections to the server, its advisory locks, and its errors in our words."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum
from threading import Lock
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import errors
from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format

from search_index.base import IndexBusy, IndexDamaged, SearchIndexError

Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]

_IDLE_CONNECTIONS = 8
_CONNECT_SECONDS = 10
_SCHEMA = re.compile(r"[a-z][a-z0-9_]{0,39}")
_DRIVER = re.compile(r"^postgresql\+\w+://")
_INTEGER_ARRAY = 1007
"""PostgreSQL's number for the type integer[]."""
_ARRAY_HEADER_BYTES = 20
_SETTINGS = {
    # Compiling a query costs more than it saves in tens of milliseconds; what we ask is always in an index; and a
    # bitmap of matches that does not fit into memory would have every vector read again.
    "jit": "off",
    "enable_seqscan": "off",
    "max_parallel_workers_per_gather": "0",
    "work_mem": "64MB",
    # What the database is set to for others would break a long rebuild, or show a writer an old state.
    "statement_timeout": "0",
    "default_transaction_isolation": "read committed",
}

_DAMAGED = (
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.InvalidSchemaName,
    errors.DatatypeMismatch,
    errors.UndefinedFunction,
    errors.DataCorrupted,
    errors.IndexCorrupted,
    errors.UniqueViolation,
    errors.NotNullViolation,
)
_BUSY = (errors.LockNotAvailable, errors.DeadlockDetected)


class LockName(IntEnum):
    """What the advisory locks of an index stand for."""

    WRITER = 1
    REBUILD = 2
    TURN = 3


class _IntegerArray(Loader):
    """Hands over an array of integers as numpy's: a hundred times as fast as a list for tens of thousands."""

    format = Format.BINARY

    def load(self, data: Buffer) -> NDArray[np.int32]:
        if len(data) <= _ARRAY_HEADER_BYTES:
            return np.empty(0, np.int32)
        # After the header each number is its length (4) and its value; there are no nulls among ours.
        pairs = np.frombuffer(data, ">i4", offset=_ARRAY_HEADER_BYTES).reshape(-1, 2)
        return pairs[:, 1].astype(np.int32)


@contextmanager
def in_our_words(failure: str) -> Iterator[None]:
    """Let no error of the driver out, only `SearchIndexError`."""
    try:
        yield
    except _BUSY as error:
        raise IndexBusy(f"{failure}: {error}") from error
    except _DAMAGED as error:
        raise IndexDamaged(f"{failure}: {error}") from error
    except psycopg.Error as error:
        raise SearchIndexError(f"{failure}: {error}") from error


class Connections:
    """A few open connections, for any number of threads; after a fork the child opens its own."""

    def __init__(self, url: str, schema: str) -> None:
        """:raises ValueError: the schema's name is none that we would make and drop"""
        if not _SCHEMA.fullmatch(schema) or schema == "public" or schema.startswith("pg_"):
            raise ValueError(f"not a name for the index's own schema: {schema!r}")
        self._schema = schema
        self._url = _DRIVER.sub("postgresql://", url)
        self._lock_key = zlib.crc32(schema.encode()) - 2**31
        self._guard = Lock()
        self._idle: list[Connection] = []
        self._process = os.getpid()
        self._parents: list[Connection] = []

    @contextmanager
    def borrowed(self) -> Iterator[Connection]:
        """A connection in autocommit, outside a transaction; it goes back when the block ends well."""
        connection = self._take() or self._open()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._guard:
            keep = len(self._idle) < _IDLE_CONNECTIONS and not connection.closed
            if keep:
                self._idle.append(connection)
        if not keep:
            connection.close()

    def _open(self) -> Connection:
        connection: Connection = psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            client_encoding="utf8",
            application_name=self._schema,
            keepalives_idle=30,
        )
        try:
            connection.adapters.register_loader(_INTEGER_ARRAY, _IntegerArray)
            connection.execute(
                "SELECT set_config(name, value, false) FROM unnest(%s::text[], %s::text[]) settings(name, value)",
                (list(_SETTINGS), list(_SETTINGS.values())),
            )
        except BaseException:
            connection.close()
            raise
        return connection

    def _take(self) -> Connection | None:
        """An idle connection that still lives; a server that was restarted leaves dead ones."""
        while True:
            with self._guard:
                self._leave_the_parent_its_own()
                if not self._idle:
                    return None
                connection = self._idle.pop()
            try:
                connection.execute("SELECT 1")
                return connection
            except psycopg.Error:
                connection.close()

    def close(self) -> None:
        """Close what is idle; more will be opened when needed."""
        with self._guard:
            self._leave_the_parent_its_own()
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _leave_the_parent_its_own(self) -> None:
        """After a fork: closing the parent's connections here, or forgetting them, would end them there."""
        if self._process != os.getpid():
            self._parents += self._idle
            self._idle, self._process = [], os.getpid()

    def lock_in_transaction(self, connection: Connection, name: LockName, timeout: float) -> None:
        """Hold a lock until the transaction ends.

        :raises psycopg.errors.LockNotAvailable: another held it for `timeout` seconds
        """
        limit_waiting(connection, timeout, local=True)
        connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", (self._lock_key, int(name)))

    @contextmanager
    def holding(self, name: LockName, timeout: float, failure: str) -> Iterator[Connection]:
        """Hold a lock on a connection of one's own for the length of the block; its death lets go of the lock.

        :raises IndexBusy: another held it for `timeout` seconds
        :raises SearchIndexError: the server is away, or went away meanwhile, so that the lock was lost
        """
        with in_our_words(failure):
            connection = self._take() or self._open()
        try:
            with in_our_words(failure):
                limit_waiting(connection, timeout)
                connection.execute("SELECT pg_advisory_lock(%s, %s)", (self._lock_key, int(name)))
                limit_waiting(connection, None)
            yield connection
            with in_our_words("the lock was lost"):
                connection.execute("SELECT pg_advisory_unlock(%s, %s)", (self._lock_key, int(name)))
        finally:
            with suppress(psycopg.Error):
                connection.close()


def limit_waiting(connection: Connection, seconds: float | None, *, local: bool = False) -> None:
    """Wait no longer than this for locks; None: as long as it takes. `local`: only in this transaction."""
    # To the server 0 means for ever.
    milliseconds = 0 if seconds is None else max(1, round(seconds * 1000))
    connection.execute("SELECT set_config('lock_timeout', %s, %s)", (str(milliseconds), local))
