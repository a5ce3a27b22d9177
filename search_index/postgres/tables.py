"""The tables an index lives in, in a schema of its own.

    generation      how each generation was made, and which one answers
    touched         ids written while a rebuild is filling a generation
    g7_entry        the entries of generation 7: rights, labels, group, day
    g7_passage      their texts as vectors
    g7_shared       sets of tokens, sets of labels and names of groups, each once, with a number
    g7_term         every term there is, for words that are only nearly right

A generation takes over by one update of one row. Whatever a process that was killed leaves, the next rebuild removes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import LiteralString, NamedTuple

import psycopg
from psycopg import errors, sql

from search_index.analysis import analysis_hash
from search_index.base import IndexDamaged, IndexOutdated
from search_index.postgres.connecting import Connection, limit_waiting

SCHEMA_VERSION = 1
"""To be raised with every change of the tables or of what they hold."""

TABLES = ("entry", "passage", "shared", "term")
_TABLE = re.compile(rf"g([0-9]{{1,9}})_({'|'.join(TABLES)})")
_DROP_SECONDS = 5.0
_CURRENT = "current"
_FILLING = "filling"

_GENERATION = """
CREATE TABLE {generation} (
    number integer PRIMARY KEY,
    identity text NOT NULL DEFAULT md5(random()::text || clock_timestamp()::text),
    state text NOT NULL CHECK (state IN ('current', 'filling')),
    form integer NOT NULL,
    analysis text NOT NULL,
    change bigint NOT NULL DEFAULT 0,
    entries bigint NOT NULL DEFAULT 0,
    passages bigint NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX ON {generation} (state);
CREATE TABLE {touched} (id text COLLATE "C" PRIMARY KEY);
"""
_FILLED = """
CREATE TABLE {entry} (
    number integer PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    change bigint NOT NULL,
    kind smallint NOT NULL,
    tokens integer NOT NULL,
    labels integer NOT NULL,
    grouped integer NOT NULL,
    day integer NOT NULL,
    length integer NOT NULL,
    fingerprint text NOT NULL
);
CREATE INDEX ON {entry} (change);
CREATE TABLE {passage} (entry integer NOT NULL, vector tsvector NOT NULL) WITH (toast_tuple_target = 128);
ALTER TABLE {passage} ALTER vector SET STORAGE EXTERNAL;
CREATE INDEX ON {passage} (entry);
CREATE TABLE {shared} (
    kind text NOT NULL, number integer NOT NULL, content text NOT NULL, PRIMARY KEY (kind, number)
);
CREATE UNIQUE INDEX ON {shared} (kind, md5(content));
CREATE TABLE {term} (term text COLLATE "C" PRIMARY KEY);
"""
_SEARCHED = "CREATE INDEX {lookup} ON {passage} USING gin (vector) WITH (fastupdate = off)"


class Known(NamedTuple):
    """What the index says of one generation. `identity`: no other has the same, not even one of the same number
    in an index that was made anew. `change` grows with every write."""

    number: int
    identity: str
    form: int
    analysis: str
    change: int
    entries: int
    passages: int

    @property
    def is_up_to_date(self) -> bool:
        """Whether it was made with today's analysis."""
        return self.analysis == analysis_hash()


@dataclass(frozen=True)
class Tables:
    """Names of the tables of one generation, for the statements that use them."""

    schema: str
    number: int

    def sql(self, template: LiteralString) -> sql.Composed:
        """A statement with the tables' names filled in: {entry}, {passage}, {shared}, {term}, {generation}, …"""
        names = {name: sql.Identifier(self.schema, f"g{self.number}_{name}") for name in TABLES}
        return sql.SQL(template).format(
            **names,
            lookup=sql.Identifier(f"g{self.number}_lookup"),
            generation=sql.Identifier(self.schema, "generation"),
            touched=sql.Identifier(self.schema, "touched"),
            schema=sql.Identifier(self.schema),
            number=sql.Literal(self.number),
        )


class Layout:
    """Makes, finds and removes the tables of one index."""

    def __init__(self, schema: str) -> None:
        self.schema = schema
        self._common = Tables(schema, 0)

    def create_if_missing(self, connection: Connection) -> None:
        """Make an empty index, unless there is one or the remains of one. Inside a transaction, as the writer."""
        if self._exists(connection):
            return
        self._create_common(connection)
        tables = self._create_generation(connection, _CURRENT)
        connection.execute(tables.sql(_SEARCHED))

    def _exists(self, connection: Connection) -> bool:
        found = connection.execute("SELECT to_regnamespace(%s) IS NOT NULL", (self.schema,)).fetchone()
        return found is not None and bool(found[0])

    def _create_common(self, connection: Connection) -> None:
        connection.execute(self._common.sql("CREATE SCHEMA IF NOT EXISTS {schema}"))
        connection.execute(self._common.sql(_GENERATION))

    def _create_generation(self, connection: Connection, state: str) -> Tables:
        used = [row[0] for row in connection.execute(self._common.sql("SELECT number FROM {generation}"))]
        tables = Tables(self.schema, 1 + max([*used, *self._numbers_of_tables(connection).values()], default=0))
        connection.execute(
            tables.sql("INSERT INTO {generation} (number, state, form, analysis) VALUES ({number}, %s, %s, %s)"),
            (state, SCHEMA_VERSION, analysis_hash()),
        )
        connection.execute(tables.sql(_FILLED))
        return tables

    def current(self, connection: Connection) -> Known:
        """The generation that answers.

        :raises IndexDamaged: there is none
        :raises IndexOutdated: it has another form, which this code cannot read
        """
        known = self._known(connection, _CURRENT)
        if known is None:
            raise IndexDamaged("nothing says which generation of the index is the current one")
        if known.form != SCHEMA_VERSION:
            raise IndexOutdated(f"the index has the form {known.form}, this version reads {SCHEMA_VERSION}")
        return known

    def filling(self, connection: Connection) -> Known | None:
        """The generation that a rebuild fills, or was filling."""
        return self._known(connection, _FILLING)

    def _known(self, connection: Connection, state: str) -> Known | None:
        row = connection.execute(
            self._common.sql(
                "SELECT number, identity, form, analysis, change, entries, passages FROM {generation} WHERE state = %s"
            ),
            (state,),
        ).fetchone()
        return Known(*row) if row else None

    def tables(self, known: Known) -> Tables:
        """The names of a generation's tables."""
        return Tables(self.schema, known.number)

    def begin_generation(self, connection: Connection) -> Tables:
        """Make the tables of a new generation, whatever state the rest is in. Inside a transaction, as the writer."""
        try:
            with connection.transaction():
                connection.execute(self._common.sql("DELETE FROM {generation} WHERE state = %s"), (_FILLING,))
                connection.execute(self._common.sql("DELETE FROM {touched}"))
                return self._create_generation(connection, _FILLING)
        except (errors.UndefinedTable, errors.UndefinedColumn, errors.InvalidSchemaName):
            connection.execute(self._common.sql("DROP SCHEMA IF EXISTS {schema} CASCADE"))
            self._create_common(connection)
            return self._create_generation(connection, _FILLING)

    def make_searchable(self, connection: Connection, tables: Tables) -> None:
        """Index the texts of a filled generation, which nobody else writes to. Outside a transaction."""
        connection.execute("SELECT set_config('maintenance_work_mem', '256MB', false)")
        connection.execute(tables.sql(_SEARCHED))
        connection.execute(tables.sql("VACUUM {passage}"))
        connection.execute(tables.sql("VACUUM {entry}"))
        connection.execute(tables.sql("ANALYZE {passage} (entry)"))
        connection.execute(tables.sql("ANALYZE {entry}"))

    def make_current(self, connection: Connection, tables: Tables) -> None:
        """Let a generation answer from now on. Inside a transaction, as the writer."""
        connection.execute(tables.sql("DELETE FROM {generation} WHERE number <> {number}"))
        connection.execute(tables.sql("UPDATE {generation} SET state = %s WHERE number = {number}"), (_CURRENT,))
        connection.execute(tables.sql("DELETE FROM {touched}"))

    def touch(self, connection: Connection, ids: Iterable[str]) -> None:
        """Note ids written while a rebuild is under way: it may still be reading what they were before."""
        connection.execute(
            self._common.sql("INSERT INTO {touched} SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING"), (sorted(ids),)
        )

    def touched(self, connection: Connection, limit: int) -> list[str]:
        """Some of the ids noted, which are forgotten. Inside a transaction, as the writer."""
        rows = connection.execute(
            self._common.sql(
                "DELETE FROM {touched} WHERE id IN (SELECT id FROM {touched} ORDER BY id LIMIT %s) RETURNING id"
            ),
            (limit,),
        )
        return sorted(row[0] for row in rows)

    def abandon(self, connection: Connection, tables: Tables) -> None:
        """Forget a generation that is not current."""
        connection.execute(tables.sql("DELETE FROM {generation} WHERE number = {number} AND state = %s"), (_FILLING,))

    def remove_others(self, connection: Connection) -> None:
        """Remove the tables of generations that are no more. Outside a transaction: one table at a time, so that
        nobody who still reads two of them waits for us while we wait for him."""
        kept = {row[0] for row in connection.execute(self._common.sql("SELECT number FROM {generation}"))}
        limit_waiting(connection, _DROP_SECONDS)
        for name, number in self._numbers_of_tables(connection).items():
            if number not in kept:
                with suppress(errors.LockNotAvailable, errors.UndefinedTable, errors.DeadlockDetected):
                    connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(self.schema, name)))

    def _numbers_of_tables(self, connection: Connection) -> dict[str, int]:
        """The tables of all generations, with the generation's number."""
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (self.schema,))
        found = (_TABLE.fullmatch(row[0]) for row in rows)
        return {match[0]: int(match[1]) for match in found if match}

    def is_missing(self, connection: Connection) -> bool:
        """Whether no index was ever made here."""
        return not self._exists(connection)

    def is_whole(self, connection: Connection, known: Known) -> bool:
        """Whether a generation has all its tables and indexes, and as many rows as were written."""
        tables = self.tables(known)
        try:
            row = connection.execute(
                tables.sql(
                    "SELECT (SELECT count(*) FROM {entry} WHERE kind <> 0), (SELECT count(*) FROM {passage}),"
                    " (SELECT count(*) FROM {term} WHERE term = ''), (SELECT count(*) FROM {shared})"
                )
            ).fetchone()
            valid = connection.execute(
                "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
                " JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname = %s AND c.relname = %s AND i.indisvalid",
                (self.schema, f"g{known.number}_lookup"),
            ).fetchone()
        except psycopg.errors.UndefinedTable:
            return False
        return row is not None and tuple(row[:2]) == (known.entries, known.passages) and valid == (1,)
