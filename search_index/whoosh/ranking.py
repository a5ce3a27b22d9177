"""From matches in all segments to the answer: how well they match (BM25F), then rows and counts."""

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from search_index.base import Query, Results
from search_index.conditions import Field
from search_index.deciding import View
from search_index.tallying import Bools, Floats, Hits, Ints, Values, tally
from search_index.weighing import BOOSTS, LENGTH_WEIGHT, SATURATION, SHORTEST, USUAL_LENGTH, rarity
from search_index.whoosh.entries import Entries
from search_index.whoosh.matching import Matching
from search_index.whoosh.reading import Snapshot


def answer(snapshot: Snapshot, query: Query) -> Results:
    """Answer a query from an open index."""
    matchings: list[Matching] = []
    if query.condition is not None:
        matchings = [Matching(leaf, query, query.condition) for leaf in snapshot.leaves]
    for matching in matchings:
        matching.decide()
    weights = _weights(matchings)
    found = [_of_segment(matching, weights) for matching in matchings if any(map(len, matching.matches))]
    if not found:
        return Results((), 0, {name: {} for name in query.facets}, dict.fromkeys(query.group_sets, 0))
    hits = Hits(*(np.concatenate(columns) for columns in zip(*(each.columns for each in found), strict=True)))
    naming = _Naming(snapshot, found, hits.alone)
    return tally(hits, {family: naming.family(family) for family in query.facets}, naming, query)


def _weights(matchings: list[Matching]) -> list[float]:
    """How much each wanted text counts: the rarer among what the person may see, the more."""
    visible = sum(view.count for matching in matchings for view in matching.views)
    having = [sum(each) for each in zip(*(matching.seen for matching in matchings), strict=True)]
    return [rarity(visible, each) for each in having]


class _SegmentHits(NamedTuple):
    """The matches in one segment: their numbers there, and the columns of `Hits`."""

    entries: Entries
    ids: Ints
    columns: tuple[Ints, Ints, Bools, Floats, Ints]


def _of_segment(matching: Matching, weights: list[float]) -> _SegmentHits:
    entries = matching.leaf.entries
    ids = np.concatenate(matching.matches)
    right = np.repeat(
        np.array([view.right for view in matching.views], dtype=np.int8), list(map(len, matching.matches))
    )
    score = np.concatenate(
        [
            _scores(matching, view, matches, weights)
            for view, matches in zip(matching.views, matching.matches, strict=True)
        ]
    )
    return _SegmentHits(entries, ids, (entries.group[ids], right, entries.is_document[ids], score, entries.day[ids]))


def _scores(matching: Matching, view: View, ids: Ints, weights: list[float]) -> Floats:
    """Only fields that the person may have matched count; others must not show in the order of rows."""
    total = np.zeros(len(ids))
    if not len(ids):
        return total
    counts = np.zeros(matching.leaf.count, dtype=np.float32)
    length = np.maximum(SHORTEST, matching.leaf.entries.length[ids] / USUAL_LENGTH)
    for text, weight in zip(matching.wanted, weights, strict=True):
        strength = np.zeros(len(ids))
        for name in sorted(text.fields - view.hidden):
            found = matching.found(text.word, name).sure
            if not len(found.ids):
                continue
            counts[found.ids] = found.counts
            here = counts[ids].astype(np.float64)
            counts[found.ids] = 0.0
            if name == Field.PAGES:
                here = here / (1.0 - LENGTH_WEIGHT + LENGTH_WEIGHT * length)
            strength += BOOSTS[name] * here
        total += weight * strength * (SATURATION + 1.0) / (strength + SATURATION)
    return total


class _Naming:
    """Where `tally` finds names, and what the matches hold of a family."""

    def __init__(self, snapshot: Snapshot, found: list[_SegmentHits], alone: Bools) -> None:
        self.groups = snapshot.names.groups
        self.values = snapshot.names.values
        self._found = found
        self._alone = alone
        self._ends = np.array([len(each.ids) for each in found], dtype=np.int64).cumsum()

    def ids(self, hits: Ints) -> NDArray[Any]:
        """The ids of these hits, as they stand in UTF-8."""
        segments = self._ends.searchsorted(hits, side="right")
        chosen = [(np.flatnonzero(segments == number), each) for number, each in enumerate(self._found)]
        parts = [
            (places, each.entries.ids[each.ids[hits[places] - (end - len(each.ids))]])
            for (places, each), end in zip(chosen, self._ends.tolist(), strict=True)
            if len(places)
        ]
        width = max((part.dtype.itemsize for _, part in parts), default=1)
        ids = np.empty(len(hits), dtype=f"S{width}")
        for places, part in parts:
            ids[places] = part
        return ids

    def family(self, name: str) -> Values:
        """What the matches hold of a family of tokens and labels."""
        parts = [
            each.entries.values(name, numbers, alone)
            for each, (numbers, alone) in zip(self._found, self._numbers, strict=True)
        ]
        return Values(np.concatenate([part.hit for part in parts]), np.concatenate([part.value for part in parts]))

    @cached_property
    def _numbers(self) -> list[tuple[Ints, Bools]]:
        """For each segment, by entry: the number of its hit, or -1; and whether it is a row by itself."""
        made: list[tuple[Ints, Bools]] = []
        for each, end in zip(self._found, self._ends.tolist(), strict=True):
            numbers = np.full(each.entries.count, -1, dtype=np.int64)
            numbers[each.ids] = np.arange(end - len(each.ids), end)
            alone = np.zeros(each.entries.count, dtype=np.bool_)
            alone[each.ids] = self._alone[end - len(each.ids) : end]
            made.append((numbers, alone))
        return made
