"""What is known of every entry besides its texts, kept in memory as columns of numbers.

Rights, facets, groups and dates of fifty thousand matches are a few operations on arrays. Each process that
searches keeps them, about fifty bytes an entry, and brings them up to date from the rows changed since, in the
very snapshot that answers the question: so they are never older than the texts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from search_index.base import Filter, IndexDamaged
from search_index.postgres.connecting import Connection
from search_index.postgres.passages import unpack_set
from search_index.postgres.tables import Known, Tables
from search_index.postgres.writing import DOCUMENT_ENTRY, GROUP, LABELS, REMOVED, TOKENS
from search_index.tallying import Numbering

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int32]

_NOTHING = np.empty(0, np.int32)


class NamedSets:
    """Sets of tokens (or of labels) by their numbers, and which of them hold a name. Only ever grows."""

    def __init__(self, names: Numbering) -> None:
        self.count = 0
        self._names = names
        self._holding: dict[str, list[int]] = {}
        self._arrays: dict[str, Numbers] = {}
        self._families: dict[str, list[str]] = {}
        self._members: dict[str, tuple[int, _Members]] = {}

    def add(self, found: frozenset[str]) -> None:
        """Append a set."""
        for name in found:
            if name not in self._holding:
                self._names.number(name)
                self._holding[name] = []
                family, colon, _ = name.partition(":")
                if colon:
                    self._families.setdefault(family, []).append(name)
            self._holding[name].append(self.count)
        self.count += 1

    def holding(self, name: str) -> Numbers:
        """Numbers of the sets that hold a name, ascending."""
        numbers = self._holding.get(name)
        if numbers is None:
            return _NOTHING
        array = self._arrays.get(name)
        if array is None or len(array) != len(numbers):
            array = self._arrays[name] = np.array(numbers, np.int32)
        return array

    def mask_of_any(self, names: Iterable[str]) -> Mask:
        """Which sets hold at least one of the names."""
        mask = np.zeros(self.count, np.bool_)
        for name in names:
            mask[_below(self.holding(name), len(mask))] = True
        return mask

    def passing(self, wanted: Filter) -> Mask:
        """Which sets pass a filter."""
        mask = np.zeros(self.count, np.bool_)
        for names in wanted.any_of:
            if not names:
                mask[:] = True
                break
            rarest, *others = sorted((self.holding(name) for name in names), key=len)
            for other in others:
                rarest = np.intersect1d(rarest, other, assume_unique=True)
            mask[_below(rarest, len(mask))] = True
        for name in wanted.without:
            mask[_below(self.holding(name), len(mask))] = False
        return mask

    def shares(self, family: str, others: NamedSets) -> bool:
        """Whether a name "family:…" is found among others too."""
        return not others._holding.keys().isdisjoint(list(self._families.get(family, ())))

    def members(self, family: str) -> _Members:
        """The names "family:…" in each set."""
        count = self.count
        known = self._members.get(family)
        if known is None or known[0] != count:
            known = self._members[family] = (count, self._find_members(family, count))
        return known[1]

    def _find_members(self, family: str, count: int) -> _Members:
        names = list(self._families.get(family, ()))
        held = [_below(self.holding(name), count) for name in names]
        values = np.repeat(np.array(self._names.known(names), np.int64), [len(sets) for sets in held])
        sets = np.concatenate([_NOTHING, *held])
        order = sets.argsort(kind="stable")
        lengths = np.bincount(sets, minlength=count)
        return _Members(lengths.cumsum() - lengths, lengths, values[order])


class _Members(NamedTuple):
    """For each set: where its values begin in `values`, and how many there are."""

    start: NDArray[np.int64]
    length: NDArray[np.int64]
    values: NDArray[np.int64]

    def of(self, sets: Numbers) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Place in `sets` and value, pair by pair."""
        lengths = self.length[sets]
        places = np.repeat(np.arange(len(sets)), lengths)
        within = np.arange(len(places)) - np.repeat(lengths.cumsum() - lengths, lengths)
        return places, self.values[self.start[sets][places] + within]


def _below(numbers: Numbers, size: int) -> Numbers:
    """Without those that were added after the mask was made."""
    return numbers if not len(numbers) or numbers[-1] < size else numbers[numbers < size]


class Shared:
    """What many entries have in common, by number."""

    def __init__(self) -> None:
        self.values = Numbering()
        self.groups = Numbering()
        self.tokens = NamedSets(self.values)
        self.labels = NamedSets(self.values)

    def load(self, connection: Connection, tables: Tables) -> None:
        """Learn what has been added."""
        known = {TOKENS: self.tokens.count, LABELS: self.labels.count, GROUP: len(self.groups.names)}
        for kind, count in known.items():
            rows = connection.execute(
                tables.sql("SELECT number, content FROM {shared} WHERE kind = %s AND number >= %s ORDER BY number"),
                (kind, count),
            ).fetchall()
            for expected, (number, content) in enumerate(rows, count):
                if number != expected:
                    raise IndexDamaged("values that entries refer to are missing")
                self._add(kind, content)

    def _add(self, kind: str, content: str) -> None:
        if kind == GROUP:
            self.groups.number(content)
        else:
            (self.tokens if kind == TOKENS else self.labels).add(unpack_set(content))


@dataclass(frozen=True)
class Facts:
    """All entries as of one change. Each array has a place for every entry's number: its kind (0 if it is gone), the
    numbers of its tokens, labels and group, its day (0 for none), the length of its pages, its id as bytes."""

    change: int
    shared: Shared
    kind: NDArray[np.int8]
    tokens: Numbers
    labels: Numbers
    group: Numbers
    day: Numbers
    length: Numbers
    ids: NDArray[np.bytes_]

    @property
    def size(self) -> int:
        """The length of the arrays."""
        return len(self.kind)

    @cached_property
    def is_live(self) -> Mask:
        """Which entries there are: not those that have been removed."""
        live: Mask = self.kind != REMOVED
        return live

    @cached_property
    def is_document(self) -> Mask:
        """Which are documents."""
        documents: Mask = self.kind == DOCUMENT_ENTRY
        return documents

    def passing(self, wanted: Filter) -> Mask:
        """Which entries pass a filter."""
        passing: Mask = self.shared.tokens.passing(wanted)[self.tokens]
        return passing

    def with_token(self, tokens: Iterable[str]) -> Mask:
        """Which entries hold at least one of the tokens."""
        held: Mask = self.shared.tokens.mask_of_any(tokens)[self.tokens]
        return held

    def with_label(self, labels: Iterable[str]) -> Mask:
        """Which entries hold at least one of the labels."""
        held: Mask = self.shared.labels.mask_of_any(labels)[self.labels]
        return held

    def mask_of(self, numbers: Iterable[Numbers]) -> Mask:
        """A mask of these entries."""
        mask = np.zeros(self.size, np.bool_)
        for each in numbers:
            mask[each] = True
        return mask


class FactsMemory:
    """The facts of the latest change that any thread of this process has seen."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._identity = ""
        self._facts: Facts | None = None

    def at(self, connection: Connection, tables: Tables, known: Known) -> Facts | None:
        """The facts as of the snapshot in which `known` was read; None if it is older than what is remembered:
        the caller should take a new snapshot."""
        with self._guard:
            facts = self._facts if self._identity == known.identity else None
            if facts is None or facts.change < known.change:
                facts = _load(connection, tables, known, facts)
                self._facts, self._identity = facts, known.identity
            return facts if facts.change == known.change else None

    def forget(self) -> None:
        """Let go of the memory."""
        with self._guard:
            self._facts, self._identity = None, ""


def _load(connection: Connection, tables: Tables, known: Known, before: Facts | None) -> Facts:
    shared = before.shared if before else Shared()
    shared.load(connection, tables)
    query = tables.sql(
        "SELECT array_agg(number), array_agg(kind::integer), array_agg(tokens), array_agg(labels),"
        " array_agg(grouped), array_agg(day), array_agg(length), array_agg(id) FROM {entry} WHERE change > %s"
    )
    row = connection.cursor(binary=True).execute(query, (before.change if before else -1,)).fetchone()
    numbers = _NOTHING if row is None or row[0] is None else row[0]
    size = max(before.size if before else 0, int(numbers.max()) + 1 if len(numbers) else 0)
    changed: tuple[Any, ...] = row[1:] if row is not None and len(numbers) else (*[_NOTHING] * 6, [])
    columns = (before.kind, before.tokens, before.labels, before.group, before.day, before.length) if before else ()
    kind, tokens, labels, group, day, length = (
        _updated(columns[index] if columns else _NOTHING, size, numbers, changed[index]) for index in range(6)
    )
    ids = np.array([id_.encode() for id_ in changed[6]], np.bytes_) if len(numbers) else np.empty(0, "S1")
    facts = Facts(
        known.change,
        shared,
        kind.astype(np.int8),
        tokens,
        labels,
        group,
        day,
        length,
        _updated_ids(before.ids if before else np.empty(0, "S1"), size, numbers, ids),
    )
    if int(np.count_nonzero(facts.kind != REMOVED)) != known.entries:
        raise IndexDamaged("there are not as many entries as were written")
    return facts


def _updated(column: NDArray[Any], size: int, numbers: Numbers, values: Numbers) -> Numbers:
    new = np.zeros(size, np.int32)
    new[: len(column)] = column
    new[numbers] = values
    return new


def _updated_ids(
    column: NDArray[np.bytes_], size: int, numbers: Numbers, values: NDArray[np.bytes_]
) -> NDArray[np.bytes_]:
    # A whole number of eight-byte words, so that ids can be compared as numbers.
    width = -(-max(column.itemsize, values.itemsize) // 8) * 8
    new = np.zeros(size, f"S{width}")
    new[: len(column)] = column
    new[numbers] = values
    return new
