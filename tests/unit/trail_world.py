"""The trail in the hands of a database administrator: what tests of it share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.orm import Session

from portal.core import trail
from portal.core.trail import Fault, TrailEntry, Verification
from portal.database import begin_writing
from tests.conftest import START, TRAIL_KEY


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A transaction as the portal writes them."""
    with Session(engine) as session:
        begin_writing(session)
        yield session
        session.commit()


@contextmanager
def as_database_administrator(engine: Engine) -> Iterator[Connection]:
    """A connection past the portal: triggers dropped, foreign keys out of the way."""
    past = create_engine(engine.url)  # Not prepared: SQLite then leaves foreign keys unchecked.
    with past.begin() as connection:
        if past.dialect.name == "postgresql":
            for table in ("trail_entries", "trail_seals"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_insert_only ON {table}"))
            for table in ("trail_seals", "trail_personal"):
                for key in inspect(connection).get_foreign_keys(table):
                    connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {key['name']}"))
        else:
            for table in ("trail_entries", "trail_seals"):
                for change in ("update", "delete", "replace"):
                    connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{change}"))
        yield connection
    past.dispose()


def add(session: Session, number: int, *, key: bytes = TRAIL_KEY, **fields: Any) -> TrailEntry:
    values: dict[str, Any] = {"actor_id": None, "action": "thing:do", "subject": f"things:{number}", **fields}
    values.setdefault("at", START)
    values.setdefault("details", {"number": number})
    return trail.add_entry(session, key, **values)


def seal(engine: Engine, *, key: bytes = TRAIL_KEY) -> int:
    with writing(engine) as session:
        return trail.seal_pending(session, key, START)


def verify(engine: Engine, *, later: timedelta = timedelta(0), key: bytes = TRAIL_KEY) -> Verification:
    with Session(engine) as session:
        return trail.verify(session, key, START + later)


def only_fault(engine: Engine, **options: Any) -> Fault:
    (fault,) = verify(engine, **options).faults
    return fault


def insert_by_hand(connection: Connection, entry_id: int, digest: str) -> None:
    connection.execute(
        text(
            "INSERT INTO trail_entries (id, at, action, subject, details, nonce, digest) "
            "VALUES (:id, '2026-03-02 01:00:00+00', 'thing:do', 'things:1', '{}', 'abc', :digest)"
        ),
        {"id": entry_id, "digest": digest},
    )
