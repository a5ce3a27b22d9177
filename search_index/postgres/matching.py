"""Which entries answer a query under a person's rights, and how well (BM25F)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search_index.analysis import Word
from search_index.base import Query, Right
from search_index.conditions import HIDDEN_FROM_FINDERS, Condition, Field, all_texts
from search_index.deciding import Deciding
from search_index.postgres.connecting import Connection
from search_index.postgres.facts import Facts
from search_index.postgres.lexemes import place_of
from search_index.postgres.postings import Occurrences, Wanted, look_up_words, looking_up, similar_terms
from search_index.postgres.tables import Tables
from search_index.tallying import Bools, Hits, Ints, Numbering, Values
from search_index.weighing import BOOSTS, LENGTH_WEIGHT, SATURATION, SHORTEST, USUAL_LENGTH, rarity


class Found:
    """The entries that match, for `search_index.tallying`."""

    def __init__(self, facts: Facts, numbers: NDArray[np.intp], hits: Hits) -> None:
        self.hits = hits
        self.groups: Numbering = facts.shared.groups
        self.values: Numbering = facts.shared.values
        self._facts = facts
        self._numbers = numbers

    def ids(self, hits: Ints) -> NDArray[Any]:
        """The ids of these hits, as bytes."""
        return self._facts.ids[self._numbers[hits]]

    def values_of(self, family: str) -> Values:
        """What the matches hold of a family of tokens and labels."""
        facts = self._facts
        hit, value = facts.shared.tokens.members(family).of(facts.tokens[self._numbers])
        alone = np.flatnonzero(self.hits.alone)
        place, label = facts.shared.labels.members(family).of(facts.labels[self._numbers[alone]])
        if len(label):
            hit, value = np.concatenate((hit, alone[place])), np.concatenate((value, label))
            if facts.shared.tokens.shares(family, facts.shared.labels):
                # A token that is a label too counts once.
                size = len(self.values.names)
                hit, value = np.divmod(np.unique(hit * size + value), size)
        return Values(hit, value)


def find(connection: Connection, tables: Tables, facts: Facts, query: Query) -> Found:
    """All matches with their scores."""
    right = np.zeros(facts.size, np.int8)
    numbers = np.flatnonzero(right)
    scores = np.zeros(0)
    if query.condition is not None and facts.size:
        matching = _Matching(connection, tables, facts, query, query.condition)
        # Of a phrase, the weight goes by the entries that hold its terms: before they are read.
        weights = matching.weights()
        matching.check_phrases()
        for view in matching.views:
            right[matching.answering(view, at_most=False)] = view.right
        numbers = np.flatnonzero(right)
        scores = matching.scores(numbers, right[numbers], weights)
    hits = Hits(facts.group[numbers], right[numbers], facts.is_document[numbers], scores, facts.day[numbers])
    return Found(facts, numbers, hits)


class _Matching(Deciding):
    """Works out the answer to one query in one snapshot."""

    def __init__(
        self, connection: Connection, tables: Tables, facts: Facts, query: Query, condition: Condition
    ) -> None:
        super().__init__(facts, facts.is_live, query, condition)
        self._connection = connection
        self._tables = tables
        self._facts = facts
        self._occurrences = self._look_up()

    def _look_up(self) -> Occurrences:
        fields: dict[Word, set[Field]] = defaultdict(set)
        for text in all_texts(self.condition):
            fields[text.word] |= text.fields
        ranked = {text.word for text in self.wanted}
        similar = partial(similar_terms, self._connection, self._tables)
        wanted = {
            word: Wanted(
                tuple(tuple(place_of(element, similar) for element in sequence) for sequence in word.sequences),
                word.name,
                frozenset(names),
                word in ranked,
            )
            for word, names in fields.items()
        }
        return look_up_words(looking_up(self._connection, self._tables), wanted, self.size)

    def check_phrases(self) -> None:
        """Read the phrases of the entries that everything else about the query allows."""
        if not any(occurrence.unchecked for occurrence in self._occurrences.values()):
            return
        possible = self.none()
        for view in self.views:
            possible |= self.answering(view, at_most=True)
        for occurrence in self._occurrences.values():
            occurrence.check(self._connection, self._tables, possible)

    def holding(self, word: Word, names: Iterable[Field], *, at_most: bool) -> Bools:
        """Which entries hold the word in one of the fields."""
        found = self.none()
        for name in names:
            occurrence = self._occurrences[word, name]
            found |= occurrence.perhaps_holding(self._facts) if at_most else occurrence.holding(self._facts)
        return found

    def weights(self) -> list[float]:
        """How much each wanted text says, by the entries the person may see."""
        visible = sum(view.count for view in self.views)
        return [rarity(visible, self.seen_with(text)) for text in self.wanted]

    def scores(self, numbers: NDArray[np.intp], right: NDArray[np.int8], weights: list[float]) -> NDArray[np.float64]:
        """How well these entries answer. Made of nothing that the person may not see."""
        total = np.zeros(len(numbers))
        if not len(numbers):
            return total
        shortness = np.maximum(SHORTEST, self._facts.length[numbers] / USUAL_LENGTH)
        norm = 1.0 - LENGTH_WEIGHT + LENGTH_WEIGHT * shortness
        for text, weight in zip(self.wanted, weights, strict=True):
            strength = np.zeros(len(numbers))
            # Always in the same order: sums must be equal in every process, or pages of results would overlap.
            for name in sorted(text.fields):
                frequencies = self._occurrences[text.word, name].frequencies(self.size)
                if frequencies is None:
                    continue
                told = BOOSTS[name] * frequencies[numbers]
                if name in HIDDEN_FROM_FINDERS:
                    told *= right == Right.READ
                strength += told / norm if name is Field.PAGES else told
            total += weight * strength * (SATURATION + 1.0) / (strength + SATURATION)
        return total
