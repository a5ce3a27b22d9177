"""Indexes on the PostgreSQL server of PORTAL_TEST_DATABASE, each in a schema of its own that is dropped afterwards."""

from __future__ import annotations

import hashlib
import os
import uuid
from pathlib import Path

import psycopg
from psycopg import sql

from search_index.postgres import PostgresIndex

SERVER = os.environ.get("PORTAL_TEST_DATABASE", "")
# Inherited by the processes a test starts, so that they find the same index by the same directory.
SESSION = os.environ.setdefault("PORTAL_TEST_INDEXES", uuid.uuid4().hex[:8])


def schema_of(directory: Path) -> str:
    """The schema that stands for a directory."""
    return f"test_{SESSION}_{hashlib.sha256(str(directory).encode()).hexdigest()[:16]}"


def make_index(directory: Path) -> PostgresIndex:
    """An index that all processes of this run find by the same directory."""
    return PostgresIndex(SERVER, schema_of(directory))


def server() -> psycopg.Connection[tuple[str, ...]]:
    """A connection past the engine."""
    return psycopg.connect(SERVER.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)


def drop_indexes() -> None:
    """Drop every schema that this run made."""
    with server() as connection:
        names = connection.execute(
            "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", (f"test_{SESSION}_",)
        ).fetchall()
        for (name,) in names:
            connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))
