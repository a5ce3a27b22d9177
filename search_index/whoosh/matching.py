"""Which entries of a segment answer a query under a person's rights.

A phrase is first taken for the entries that hold all its terms; where its terms stand is read only for the
entries that everything else about the query allows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from search_index.analysis import Sequence, Word
from search_index.base import Query
from search_index.conditions import Condition, Field
from search_index.deciding import Deciding
from search_index.tallying import Bools, Ints
from search_index.weighing import NAME_FREQUENCY
from search_index.whoosh.reading import Leaf
from search_index.whoosh.terms import Postings, strongest


@dataclass
class WordInField:
    """Where one word may occur in one field. `sure` is exact; the sequences still to be checked term by term are in
    `open`, with the entries that hold all their terms."""

    sure: Postings
    open: list[tuple[Sequence, Ints]] = field(default_factory=list)


def _word_in_field(leaf: Leaf, name: Field, word: Word) -> WordInField:
    single = [leaf.element(name, sequence[0]) for sequence in word.sequences if len(sequence) == 1]
    if name == Field.CLIENT and word.name is not None:
        spelled = leaf.spelled(word.name)
        single.append(Postings(spelled, np.full(len(spelled), NAME_FREQUENCY, dtype=np.float32)))
    found = WordInField(strongest(single, leaf.count))
    for sequence in word.sequences:
        if len(sequence) > 1:
            ids = leaf.holding_all(name, sequence)
            if len(ids):
                found.open.append((sequence, ids))
    return found


class Matching(Deciding):
    """One segment under one query."""

    def __init__(self, leaf: Leaf, query: Query, condition: Condition) -> None:
        super().__init__(leaf.entries, leaf.live, query, condition)
        self.leaf = leaf
        self._words: dict[tuple[Word, Field], WordInField] = {}
        self.matches: list[Ints] = []
        """The entries that match, of each view."""
        self.seen: list[int] = []
        """For each wanted text: how many entries that the person may see hold it (or hold all terms of it)."""

    def decide(self) -> None:
        """Work out `matches` and `seen`."""
        if not self.views:
            self.seen = [0] * len(self.wanted)
            return
        self.seen = [self.seen_with(text) for text in self.wanted]
        possible = [self.answering(view, at_most=True) for view in self.views]
        if any(found.open for found in self._words.values()):
            self._check(np.logical_or.reduce(possible))
            possible = [self.answering(view, at_most=True) for view in self.views]
        self.matches = [np.flatnonzero(matching) for matching in possible]

    def found(self, word: Word, name: Field) -> WordInField:
        """Where the word occurs in a field."""
        found = self._words.get((word, name))
        if found is None:
            found = self._words[word, name] = _word_in_field(self.leaf, name, word)
        return found

    def holding(self, word: Word, names: Iterable[Field], *, at_most: bool) -> Bools:
        """Which entries hold the word in one of the fields."""
        held = self.none()
        for name in names:
            found = self.found(word, name)
            held[found.sure.ids] = True
            if at_most:
                for _, ids in found.open:
                    held[ids] = True
        return held

    def _check(self, among: Bools) -> None:
        """Read the positions in those entries, and drop all others."""
        for (_, name), found in self._words.items():
            lists = [found.sure]
            lists += [self.leaf.count_sequence(name, sequence, ids[among[ids]]) for sequence, ids in found.open]
            found.sure = strongest(lists, self.leaf.count)
            found.open = []
