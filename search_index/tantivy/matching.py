"""Which entries answer a query under a person's rights, and how well (BM25F)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search_index.analysis import Word
from search_index.base import Query, Right
from search_index.conditions import HIDDEN_FROM_FINDERS, Condition, Field
from search_index.deciding import Deciding
from search_index.tallying import Bools
from search_index.tantivy.places import name_postings, sequence_postings
from search_index.tantivy.snapshot import Frequencies, Snapshot
from search_index.weighing import BOOSTS, LENGTH_WEIGHT, SATURATION, SHORTEST, USUAL_LENGTH, rarity

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Matches:
    """The entries that answer: their slots, ascending, the right under which each is told, and their scores."""

    slots: NDArray[np.intp]
    right: NDArray[np.int8]
    scores: Scores


def find(snapshot: Snapshot, query: Query) -> Matches:
    """Everything that answers a query."""
    if query.condition is None or not len(snapshot.columns):
        return Matches(np.empty(0, np.intp), np.empty(0, np.int8), np.empty(0, np.float32))
    search = _Search(snapshot, query, query.condition)
    right = np.zeros(search.size, np.int8)
    for view in search.views:
        right[search.answering(view, at_most=False)] = view.right
    slots = np.flatnonzero(right)
    return Matches(slots, right[slots], search.scores(slots, right[slots]))


class _Search(Deciding):
    """One query being answered."""

    def __init__(self, snapshot: Snapshot, query: Query, condition: Condition) -> None:
        super().__init__(snapshot.columns, np.ones(len(snapshot.columns), np.bool_), query, condition)
        self._snapshot = snapshot
        self._found: dict[tuple[Word, Field], Frequencies | None] = {}

    def holding(self, word: Word, names: Iterable[Field], *, at_most: bool) -> Bools:
        """Which entries hold the word in one of the fields; Tantivy has read every phrase."""
        mask = self.none()
        for name in names:
            if (found := self._frequencies(word, name)) is not None:
                mask |= found > 0
        return mask

    def _frequencies(self, word: Word, name: Field) -> Frequencies | None:
        """How often the word stands in the field of each entry; None where it does so nowhere."""
        if (word, name) not in self._found:
            self._found[word, name] = self._look_up(word, name)
        return self._found[word, name]

    def _look_up(self, word: Word, name: Field) -> Frequencies | None:
        parts = [sequence_postings(self._snapshot, name, sequence) for sequence in word.sequences]
        if name == Field.CLIENT and word.name is not None:
            parts.append(name_postings(self._snapshot, word.name))
        parts = [part for part in parts if len(part.slots)]
        if not parts:
            return None
        found: Frequencies = np.zeros(self.size, np.float32)
        for part in parts:
            found[part.slots] = np.maximum(found[part.slots], part.frequencies)
        return found

    def scores(self, slots: NDArray[np.intp], right: NDArray[np.int8]) -> Scores:
        """How well these entries answer. Made of nothing that the person may not see."""
        total = np.zeros(len(slots), np.float32)
        visible = sum(view.count for view in self.views)
        for text in self.wanted:
            strength = np.zeros(len(slots), np.float32)
            # Always in the same order: sums must be equal in every process, or pages of results would overlap.
            for name in sorted(text.fields):
                found = self._frequencies(text.word, name)
                if found is None:
                    continue
                part = found[slots]
                if name in HIDDEN_FROM_FINDERS:
                    part = np.where(right == Right.READ, part, np.float32(0))
                if name == Field.PAGES:
                    part = part / self._length_factors(slots)
                strength += np.float32(BOOSTS[name]) * part
            weight = rarity(visible, self.seen_with(text))
            total += np.float32(weight * (SATURATION + 1.0)) * strength / (strength + np.float32(SATURATION))
        return total

    def _length_factors(self, slots: NDArray[np.intp]) -> Scores:
        lengths = self._snapshot.columns.page_words[slots].astype(np.float32) / np.float32(USUAL_LENGTH)
        factors: Scores = (1.0 - LENGTH_WEIGHT) + LENGTH_WEIGHT * np.maximum(lengths, np.float32(SHORTEST))
        return factors
