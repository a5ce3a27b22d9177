"""How engines behave on SQLite, and how a session begins to write."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

_WRITES = "legajo_writes"


def prepare_engine(engine: Engine) -> None:
    """Give a SQLite engine the pragmas and the transaction mode the portal relies on.

    WAL with synchronous=FULL (NORMAL may lose commits in a power cut), foreign keys on, and BEGIN IMMEDIATE
    for every unit that writes: a SQLite transaction that has read cannot start to write after another one has
    committed, and waiting does not help.
    """
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # The begin event below starts transactions, not the driver.
        # SQLite's own knows the letters of English only: a place Ñ would not be found again.
        connection.create_function("lower", 1, _lower, deterministic=True)
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout = 30000")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def begin_snapshot(session: Session) -> None:
    """Start the session's transaction as one that reads, and sees the database as it is at one moment, whatever others
    commit meanwhile: on SQLite any transaction that reads does. Call before the first statement."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def begin_writing(session: Session) -> None:
    """Start the session's transaction as one that writes. Call before the first statement."""
    session.connection(execution_options={_WRITES: True})
