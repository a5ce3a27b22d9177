"""From the entries that match to the answer: rows, their order, the window asked for, counts. The same for every engine
that can tell its matches as arrays of numbers.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from search_index.base import Query, Results, Right, Row

Ints = NDArray[np.integer[Any]]
Floats = NDArray[np.floating[Any]]
Bools = NDArray[np.bool_]


class Numbering:
    """Names (of groups, of tokens) and their numbers, which never change; new names get the next numbers.

    Any number of threads may look up names; only one at a time may add some.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, name: str) -> int:
        """The number of a name, which is a new one if the name is new."""
        found = self._numbers.get(name)
        if found is None:
            # The name is in the list before anybody can learn its number.
            self.names.append(name)
            found = self._numbers[name] = len(self.names) - 1
        return found

    def known(self, names: Iterable[str]) -> list[int]:
        """The numbers of those names that have one."""
        numbers = self._numbers
        return [numbers[name] for name in names if name in numbers]


@dataclass(frozen=True, slots=True)
class Hits:
    """The entries that match, as arrays of equal length, in no order.

    `group`: the group's number; `right`: READ of what the person may read, else FIND of a document and KNOW of a
    dossier; `is_document`: else a dossier; `score`; `day`: ordinal of the date, 0 where there is none.
    """

    group: Ints
    right: Ints
    is_document: Bools
    score: Floats
    day: Ints

    @property
    def alone(self) -> Bools:
        """Which ones are a row by themselves: documents that may be read."""
        found: Bools = self.is_document & (self.right == Right.READ)
        return found


@dataclass(frozen=True, slots=True)
class Values:
    """What matching entries hold of one family of tokens and labels: hit number and number of the value, pair by pair,
    without repetitions. Labels only of hits that are rows by themselves."""

    hit: Ints
    value: Ints


class Naming(Protocol):
    """Where names are looked up, for the few that are shown."""

    groups: Numbering
    values: Numbering
    """Tokens and labels in full, such as "kind:fax"."""

    def ids(self, hits: Ints) -> NDArray[Any]:
        """The ids of these hits (by their number in `Hits`), as an array of strings or bytes that sorts as ids do."""
        ...


@dataclass(frozen=True, slots=True)
class _Rows:
    """All rows as arrays: first the documents, then the dossiers. `hit`: of a document's row."""

    hit: Ints
    group: Ints
    right: Ints
    inside: Bools
    score: Floats
    day: Ints
    row_of_hit: Ints

    @property
    def documents(self) -> int:
        """How many of them are documents."""
        return len(self.hit)

    def __len__(self) -> int:
        return len(self.group)


def tally(hits: Hits, values: Mapping[str, Values], naming: Naming, query: Query) -> Results:
    """The answer to a query: `values` by family, for each of `query.facets`."""
    rows = _rows(hits)
    chosen = _window(rows, naming, query)
    ids = naming.ids(rows.hit[chosen[chosen < rows.documents]])
    names = iter([id_.decode() if isinstance(id_, bytes) else str(id_) for id_ in ids.tolist()])
    return Results(
        tuple(
            Row(
                naming.groups.names[rows.group[row]],
                next(names) if row < rows.documents else "",
                Right(int(rows.right[row])),
                bool(rows.inside[row]),
                float(rows.score[row]),
                datetime.date.fromordinal(day) if (day := int(rows.day[row])) else None,
            )
            for row in chosen.tolist()
        ),
        len(rows),
        {family: _count(rows, values[family], naming.values) for family in query.facets},
        {name: _in_groups(rows, naming.groups, groups) for name, groups in query.group_sets.items()},
    )


def _rows(hits: Hits) -> _Rows:
    alone = hits.alone
    documents = np.flatnonzero(alone)
    others = np.flatnonzero(~alone)
    row_of_hit = np.empty(len(alone), dtype=np.int64)
    row_of_hit[documents] = np.arange(len(documents))
    groups, first, inverse = _grouped(hits.group[others])
    ordered = others[inverse.argsort(kind="stable")]
    row_of_hit[others] = inverse + len(documents)
    dossier_rows = (
        np.minimum.reduceat(hits.right[ordered], first) if len(groups) else hits.right[:0],
        np.logical_or.reduceat(hits.is_document[ordered], first) if len(groups) else hits.is_document[:0],
        np.maximum.reduceat(hits.score[ordered], first) if len(groups) else hits.score[:0],
    )
    return _Rows(
        documents,
        np.concatenate((hits.group[documents], groups)),
        np.concatenate((hits.right[documents], dossier_rows[0])),
        np.concatenate((hits.is_document[documents], dossier_rows[1])),
        np.concatenate((hits.score[documents], dossier_rows[2])),
        np.concatenate((hits.day[documents], np.zeros(len(groups), dtype=hits.day.dtype))),
        row_of_hit,
    )


def _grouped(groups: Ints) -> tuple[Ints, Ints, Ints]:
    """The distinct groups in ascending order, where each begins when sorted, and each entry's place among them."""
    distinct, inverse, counts = np.unique(groups, return_inverse=True, return_counts=True)
    return distinct, np.concatenate(([0], counts.cumsum()[:-1])).astype(np.int64)[: len(distinct)], inverse


def _window(rows: _Rows, naming: Naming, query: Query) -> Ints:
    """The rows asked for, in order."""
    end = min(query.offset + query.limit, len(rows))
    if query.offset >= end:
        return np.empty(0, dtype=np.int64)
    if query.order == "relevance":
        rank = -rows.score
    else:
        sign = -1.0 if query.order == "newest" else 1.0
        rank = np.where(rows.day > 0, sign * rows.day, np.inf)
    if end < len(rows):
        candidates = np.flatnonzero(rank <= np.partition(rank, end - 1)[end - 1])
    else:
        candidates = np.arange(len(rows))
    is_document = candidates < rows.documents
    place = np.empty(len(candidates), dtype=np.int64)
    place[is_document] = _places(naming.ids(rows.hit[candidates[is_document]]))
    names = naming.groups.names
    place[~is_document] = _places(np.array([names[group] for group in rows.group[candidates[~is_document]]], dtype=str))
    order = np.lexsort((place, is_document, rank[candidates]))
    return candidates[order[query.offset : end]]


def _places(names: NDArray[Any]) -> Ints:
    """The place of each name when they are sorted."""
    places = np.empty(len(names), dtype=np.int64)
    places[names.argsort(kind="stable")] = np.arange(len(names))
    return places


def _count(rows: _Rows, values: Values, names: Numbering) -> dict[str, int]:
    """Value → rows that hold it. The matches of a dossier's row hold much the same; each value counts once."""
    row = rows.row_of_hit[values.hit]
    alone = row < rows.documents
    size = len(names.names)
    counts = np.bincount(values.value[alone], minlength=size)
    if not alone.all():
        pairs = np.unique(row[~alone] * size + values.value[~alone])
        counts = counts + np.bincount(pairs % size, minlength=size)
    found = np.flatnonzero(counts)
    return {
        names.names[number].partition(":")[2]: count
        for number, count in zip(found.tolist(), counts[found].tolist(), strict=True)
    }


def _in_groups(rows: _Rows, numbering: Numbering, groups: frozenset[str]) -> int:
    """How many rows belong to the groups."""
    present, counts = np.unique(rows.group, return_counts=True)
    if len(present) < len(groups):
        names = numbering.names
        inside = np.fromiter((names[group] in groups for group in present.tolist()), dtype=np.bool_, count=len(present))
        return int(counts[inside].sum())
    wanted = np.zeros(len(numbering.names), dtype=np.bool_)
    wanted[numbering.known(groups)] = True
    return int(np.count_nonzero(wanted[rows.group]))
