"""From a query to the answer, on one open commit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from search_index.base import Query, Results
from search_index.tallying import Hits, Ints, Numbering, Values, tally
from search_index.tantivy.columns import Columns
from search_index.tantivy.matching import Matches, find
from search_index.tantivy.snapshot import Snapshot


def answer(snapshot: Snapshot, query: Query) -> Results:
    """What a person is told who asks this."""
    columns = snapshot.columns
    matches = find(snapshot, query)
    slots = matches.slots
    is_document = columns.is_document[slots]
    hits = Hits(
        columns.groups[slots],
        matches.right,
        is_document,
        matches.scores,
        columns.day[slots],
    )
    alone = np.flatnonzero(hits.alone)
    counted = (
        np.concatenate((alone, _differing(columns, slots, np.flatnonzero(~hits.alone)))) if query.facets else alone
    )
    values = {family: _values(columns, slots, alone, counted, family) for family in query.facets}
    return tally(hits, values, _Names(columns, matches), query)


class _Names:
    """Names of what matches; fulfils `search_index.tallying.Naming`."""

    def __init__(self, columns: Columns, matches: Matches) -> None:
        self.groups: Numbering = columns.interned.groups
        self.values: Numbering = columns.interned.values
        self._columns = columns
        self._matches = matches

    def ids(self, hits: Ints) -> NDArray[np.bytes_]:
        """The ids of these hits, which sort as the texts they are made of do."""
        return self._columns.ids[self._matches.slots[hits]]


def _differing(columns: Columns, slots: Ints, others: Ints) -> Ints:
    """Of the hits that share rows with others, enough to have all their tokens: a dossier's entries hold the same."""
    sets, groups = columns.tokens[slots[others]], columns.groups[slots[others]]
    last = np.full(columns.token_sets, -1)
    last[sets] = np.arange(len(others))
    if np.array_equal(groups[last[sets]], groups):
        chosen = last[last >= 0]
    else:
        _, chosen = np.unique(groups.astype(np.int64) * columns.token_sets + sets, return_index=True)
    differing: Ints = others[chosen]
    return differing


def _values(columns: Columns, slots: Ints, alone: Ints, counted: Ints, family: str) -> Values:
    """What the counted hits hold of one family: tokens, and labels of those that are rows by themselves."""
    tokens = columns.interned.tokens.family(family, columns.token_sets)
    labels = columns.interned.labels.family(family, columns.label_sets)
    place, value = tokens.pairs(columns.tokens[slots[counted]])
    hit = counted[place]
    if not len(labels.values):
        return Values(hit, value)
    place, label = labels.pairs(columns.labels[slots[alone]])
    if not len(tokens.values):
        return Values(alone[place], label)
    size = len(columns.interned.values.names)
    both = np.unique(np.concatenate((hit * size + value, alone[place] * size + label)))
    return Values(both // size, both % size)
