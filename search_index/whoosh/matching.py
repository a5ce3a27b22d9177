"""Which entries of a segment answer a query under a person's rights.

A phrase is first taken for the entries that hold all its terms; where its terms stand is read only for the
entries that everything else about the query allows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from search_index.analysis import Sequence, Word
from search_index.base import DOCUMENT, Query, Right
from search_index.conditions import (
    HIDDEN_FROM_FINDERS,
    AllOf,
    AnyOf,
    Condition,
    Dated,
    Field,
    HasLabel,
    HasToken,
    Not,
    Text,
    wanted_texts,
    without_inner_not,
)
from search_index.tallying import Bools, Ints
from search_index.weighing import NAME_FREQUENCY
from search_index.whoosh.reading import Leaf
from search_index.whoosh.terms import Postings, strongest


@dataclass(frozen=True)
class View:
    """The entries of a segment that the person sees in one way. `right`: what is told of their matches."""

    right: Right
    entries: Bools
    hidden: frozenset[Field] = frozenset()
    hides_labels: bool = False

    @property
    def count(self) -> int:
        """How many entries."""
        return int(np.count_nonzero(self.entries))


def views(leaf: Leaf, query: Query) -> list[View]:
    """What the person may read; of the rest, the documents to be found and the dossiers to be known; no empty ones."""
    entries, rights = leaf.entries, query.rights
    considered = leaf.live & ~entries.holding(query.exclude)
    if query.types:
        kinds = entries.is_document if DOCUMENT in query.types else ~entries.is_document
        considered = considered & (kinds if len(query.types) == 1 else True)
    known = considered & entries.passing(rights.known)
    findable = known & entries.passing(rights.findable)
    readable = findable & entries.passing(rights.readable)
    all_views = (
        View(Right.READ, readable),
        View(Right.FIND, findable & ~readable & entries.is_document, HIDDEN_FROM_FINDERS, hides_labels=True),
        View(Right.KNOW, known & ~readable & ~entries.is_document, HIDDEN_FROM_FINDERS),
    )
    return [view for view in all_views if view.entries.any()]


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


class Matching:
    """One segment under one query."""

    def __init__(self, leaf: Leaf, query: Query, condition: Condition) -> None:
        self.leaf = leaf
        self.views = views(leaf, query)
        self._condition = without_inner_not(condition)
        self.wanted = list(dict.fromkeys(wanted_texts(condition)))
        self._words: dict[tuple[Word, Field], WordInField] = {}
        self.matches: list[Ints] = []
        """The entries that match, of each view."""
        self.visible_with: list[int] = []
        """For each wanted text: how many entries that the person may see hold it (or hold all terms of it)."""

    def decide(self) -> None:
        """Work out `matches` and `visible_with`."""
        if not self.views:
            self.visible_with = [0] * len(self.wanted)
            return
        self.visible_with = [self._count_visible(text) for text in self.wanted]
        possible = [self._matching(view) for view in self.views]
        if any(found.open for found in self._words.values()):
            self._check(np.logical_or.reduce(possible))
            possible = [self._matching(view) for view in self.views]
        self.matches = [np.flatnonzero(matching) for matching in possible]

    def found(self, word: Word, name: Field) -> WordInField:
        """Where the word occurs in a field."""
        found = self._words.get((word, name))
        if found is None:
            found = self._words[word, name] = _word_in_field(self.leaf, name, word)
        return found

    def _count_visible(self, text: Text) -> int:
        """Hidden entries must not even weigh in the ranking."""
        return sum(
            int(np.count_nonzero(self._holding(text.word, text.fields - view.hidden, at_most=True) & view.entries))
            for view in self.views
        )

    def _check(self, among: Bools) -> None:
        """Read the positions in those entries, and drop all others."""
        for (_, name), found in self._words.items():
            lists = [found.sure]
            lists += [self.leaf.count_sequence(name, sequence, ids[among[ids]]) for sequence, ids in found.open]
            found.sure = strongest(lists, self.leaf.count)
            found.open = []

    def _matching(self, view: View) -> Bools:
        """The entries that match, or at least may match while sequences are unchecked."""
        found = view.entries & self._fulfilling(self._condition, view, at_most=True)
        if view.right == Right.FIND:
            inside = [text.word for text in self.wanted if Field.PAGES in text.fields]
            pages = frozenset({Field.PAGES})
            return found & self._any(self._holding(word, pages, at_most=True) for word in inside)
        return found

    def _fulfilling(self, condition: Condition, view: View, *, at_most: bool) -> Bools:
        """Which entries fulfil a condition, as far as it can be told of this view; where sequences are unchecked, no
        fewer (`at_most`) or no more."""
        entries = self.leaf.entries
        match condition:
            case AllOf(parts):
                return self._all([self._fulfilling(part, view, at_most=at_most) for part in parts])
            case AnyOf(parts):
                return self._any(self._fulfilling(part, view, at_most=at_most) for part in parts)
            case Not(part):
                if _is_hidden(part, view):
                    return self._none()
                return ~self._fulfilling(part, view, at_most=not at_most)
            case Text(word, fields):
                return self._holding(word, fields - view.hidden, at_most=at_most)
            case HasToken(any_of):
                return entries.holding(any_of)
            case _ if _is_hidden(condition, view):
                return self._none()
            case HasLabel(any_of):
                return entries.labelled(any_of)
            case Dated(first, last):
                day = entries.day
                found = day > 0
                if first is not None:
                    found = found & (day >= first.toordinal())
                return found if last is None else found & (day <= last.toordinal())

    def _holding(self, word: Word, names: Iterable[Field], *, at_most: bool) -> Bools:
        held = self._none()
        for name in names:
            found = self.found(word, name)
            held[found.sure.ids] = True
            if at_most:
                for _, ids in found.open:
                    held[ids] = True
        return held

    def _all(self, parts: list[Bools]) -> Bools:
        found: Bools = np.logical_and.reduce(parts)
        return found

    def _any(self, parts: Iterable[Bools]) -> Bools:
        found = self._none()
        for part in parts:
            found |= part
        return found

    def _none(self) -> Bools:
        return np.zeros(self.leaf.count, dtype=np.bool_)


def _is_hidden(leaf: Condition, view: View) -> bool:
    if isinstance(leaf, Text):
        return leaf.fields <= view.hidden
    return isinstance(leaf, HasLabel | Dated) and view.hides_labels
