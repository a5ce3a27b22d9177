"""Rows put into the tables of a generation, and taken over from one generation into another."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from search_index.base import IndexDamaged
from search_index.postgres.connecting import Connection
from search_index.postgres.lexemes import FIELD_MARK_CHARACTERS
from search_index.postgres.passages import Prepared
from search_index.postgres.tables import Tables

REMOVED, DOCUMENT_ENTRY, DOSSIER_ENTRY = 0, 1, 2
"""Kinds of rows. Whoever remembers the rows of an earlier change learns by the first that an entry is gone."""

TOKENS, LABELS, GROUP = "tokens", "labels", "group"
"""Kinds of shared values."""


class _Counts(NamedTuple):
    entries: int
    passages: int


def apply(
    connection: Connection,
    tables: Tables,
    updates: Sequence[Prepared],
    removals: Iterable[str] = (),
    seen: set[str] | None = None,
) -> None:
    """Remove the ids, add or replace the entries (whose ids do not repeat). Inside a transaction, as the only
    writer of this generation.

    :param seen: terms known to be in the dictionary, remembered by who fills a whole generation
    """
    change = _next_change(connection, tables)
    gone = sorted(set(removals) - {entry.id for entry in updates})
    present = _present(connection, tables, [*gone, *(entry.id for entry in updates)])
    before = _remove(connection, tables, present, change)
    numbers = _numbers(connection, tables, updates, present)
    if updates:
        _add_entries(connection, tables, updates, numbers, change)
    after = _Counts(len(updates), _add_passages(connection, tables, updates, numbers))
    terms = set().union(*(entry.terms for entry in updates))
    if seen is not None:
        terms -= seen
        seen.update(terms)
    _add_terms(connection, tables, terms)
    connection.execute(
        tables.sql("UPDATE {generation} SET entries = entries + %s, passages = passages + %s WHERE number = {number}"),
        (after.entries - before.entries, after.passages - before.passages),
    )


def _next_change(connection: Connection, tables: Tables) -> int:
    row = connection.execute(
        tables.sql("UPDATE {generation} SET change = change + 1 WHERE number = {number} RETURNING change")
    ).fetchone()
    if row is None:
        raise IndexDamaged("the generation that was being written is gone")
    return int(row[0])


def _present(connection: Connection, tables: Tables, ids: Collection[str]) -> dict[str, int]:
    rows = connection.execute(tables.sql("SELECT id, number FROM {entry} WHERE id = ANY(%s)"), (list(ids),))
    return dict(rows.fetchall())


def _remove(connection: Connection, tables: Tables, present: dict[str, int], change: int) -> _Counts:
    """Take the entries out; their rows stay as marks of it. Those that are replaced are overwritten later."""
    if not present:
        return _Counts(0, 0)
    numbers = list(present.values())
    passages = connection.execute(tables.sql("DELETE FROM {passage} WHERE entry = ANY(%s)"), (numbers,))
    entries = connection.execute(
        tables.sql("UPDATE {entry} SET kind = 0, change = %s WHERE number = ANY(%s) AND kind <> 0"), (change, numbers)
    )
    return _Counts(entries.rowcount, passages.rowcount)


def _numbers(
    connection: Connection, tables: Tables, updates: Iterable[Prepared], present: dict[str, int]
) -> dict[str, int]:
    """The number of each entry: the one it had, or the next free one."""
    row = connection.execute(tables.sql("SELECT coalesce(max(number), -1) FROM {entry}")).fetchone()
    following = int(row[0]) + 1 if row else 0
    numbers = dict(present)
    for entry in updates:
        if entry.id not in numbers:
            numbers[entry.id] = following
            following += 1
    return numbers


def _add_entries(
    connection: Connection, tables: Tables, updates: Sequence[Prepared], numbers: dict[str, int], change: int
) -> None:
    tokens = _share(connection, tables, TOKENS, {entry.tokens for entry in updates})
    labels = _share(connection, tables, LABELS, {entry.labels for entry in updates})
    groups = _share(connection, tables, GROUP, {entry.group for entry in updates})
    connection.execute(
        tables.sql("DELETE FROM {entry} WHERE number = ANY(%s)"), ([numbers[entry.id] for entry in updates],)
    )
    statement = tables.sql(
        "COPY {entry} (number, id, change, kind, tokens, labels, grouped, day, length, fingerprint) FROM STDIN"
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for entry in updates:
            copy.write_row(
                (
                    numbers[entry.id],
                    entry.id,
                    change,
                    DOSSIER_ENTRY if entry.is_dossier else DOCUMENT_ENTRY,
                    tokens[entry.tokens],
                    labels[entry.labels],
                    groups[entry.group],
                    entry.day,
                    entry.length,
                    entry.fingerprint,
                )
            )


def _add_passages(connection: Connection, tables: Tables, updates: Sequence[Prepared], numbers: dict[str, int]) -> int:
    count = 0
    with connection.cursor() as cursor, cursor.copy(tables.sql("COPY {passage} (entry, vector) FROM STDIN")) as copy:
        for entry in updates:
            for vector in entry.vectors:
                copy.write_row((numbers[entry.id], vector))
                count += 1
    return count


def _share(connection: Connection, tables: Tables, kind: str, contents: set[str]) -> dict[str, int]:
    """The number of each value, new ones added."""
    digests = {hashlib.md5(content.encode(), usedforsecurity=False).hexdigest(): content for content in contents}
    query = tables.sql("SELECT md5(content), number FROM {shared} WHERE kind = %s AND md5(content) = ANY(%s)")
    known = {digests[digest]: number for digest, number in connection.execute(query, (kind, list(digests)))}
    missing = sorted(contents - known.keys())
    if missing:
        row = connection.execute(
            tables.sql("SELECT coalesce(max(number), -1) FROM {shared} WHERE kind = %s"), (kind,)
        ).fetchone()
        first = int(row[0]) + 1 if row else 0
        added = {content: first + index for index, content in enumerate(missing)}
        connection.execute(
            tables.sql("INSERT INTO {shared} SELECT %s, * FROM unnest(%s::integer[], %s::text[])"),
            (kind, list(added.values()), list(added)),
        )
        known |= added
    return known


def _add_terms(connection: Connection, tables: Tables, terms: Collection[str]) -> None:
    """Put the terms into the dictionary; one that is there already does no harm."""
    if terms:
        connection.execute(
            tables.sql("INSERT INTO {term} SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING"), (sorted(terms),)
        )


def take_over(connection: Connection, source: Tables, target: Tables, ids: Sequence[str]) -> None:
    """Make a generation say of these ids what another says. Inside a transaction, as the writer."""
    found = _read(connection, source, ids)
    apply(connection, target, found, set(ids) - {entry.id for entry in found})


def _read(connection: Connection, tables: Tables, ids: Sequence[str]) -> list[Prepared]:
    rows = connection.execute(
        tables.sql(
            "SELECT e.id, e.kind, t.content, l.content, g.content, e.day, e.length, e.fingerprint,"
            " ARRAY(SELECT p.vector::text FROM {passage} p WHERE p.entry = e.number),"
            " ARRAY(SELECT DISTINCT ltrim(w.lexeme, %s) FROM {passage} p, unnest(p.vector) w"
            "  WHERE p.entry = e.number AND w.positions IS NOT NULL)"
            " FROM {entry} e"
            " JOIN {shared} t ON t.kind = %s AND t.number = e.tokens"
            " JOIN {shared} l ON l.kind = %s AND l.number = e.labels"
            " JOIN {shared} g ON g.kind = %s AND g.number = e.grouped"
            " WHERE e.id = ANY(%s) AND e.kind <> 0"
        ),
        (FIELD_MARK_CHARACTERS, TOKENS, LABELS, GROUP, list(ids)),
    )
    return [
        Prepared(id_, kind == DOSSIER_ENTRY, tokens, labels, group, day, length, digest, (*vectors,), frozenset(terms))
        for id_, kind, tokens, labels, group, day, length, digest, vectors, terms in rows
    ]
