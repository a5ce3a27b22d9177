"""Which entries answer a query, worked out for all of them at once: the rules of `search_index.conditions` as masks.

The same for every engine; an engine adds where its words stand. `search_index.judging` says the same entry by entry.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from search_index.analysis import Word
from search_index.base import DOCUMENT, DOSSIER, Filter, Query, Right
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

_PAGES = frozenset({Field.PAGES})


class Entries(Protocol):
    """What an engine tells of its entries, or of those of one segment, as arrays with a place for each."""

    @property
    def is_document(self) -> Bools:
        """Which are documents; the others are dossiers."""

    @property
    def day(self) -> Ints:
        """Ordinals of their dates, 0 where there is none."""

    def passing(self, wanted: Filter) -> Bools:
        """Which pass a filter."""

    def with_token(self, tokens: frozenset[str]) -> Bools:
        """Which hold at least one of the tokens."""

    def with_label(self, labels: frozenset[str]) -> Bools:
        """Which hold at least one of the labels."""


@dataclass(frozen=True)
class View:
    """The entries that the person sees in one way. `right`: what is told of their matches."""

    right: Right
    entries: Bools
    hidden: frozenset[Field] = frozenset()
    hides_labels: bool = False

    @property
    def count(self) -> int:
        """How many entries."""
        return int(np.count_nonzero(self.entries))

    def hides(self, leaf: Condition) -> bool:
        """Whether nothing of a condition at a leaf may be told."""
        if isinstance(leaf, Text):
            return leaf.fields <= self.hidden
        return isinstance(leaf, HasLabel | Dated) and self.hides_labels


def views(entries: Entries, live: Bools, query: Query) -> list[View]:
    """What the person may read; of the rest, the documents to be found and the dossiers to be known; no empty ones.
    `live`: the entries that have not been removed."""
    considered = live & ~entries.with_token(query.exclude)
    if query.types and DOCUMENT not in query.types:
        considered &= ~entries.is_document
    if query.types and DOSSIER not in query.types:
        considered &= entries.is_document
    known = considered & entries.passing(query.rights.known)
    findable = known & entries.passing(query.rights.findable)
    readable = findable & entries.passing(query.rights.readable)
    all_views = (
        View(Right.READ, readable),
        View(Right.FIND, findable & ~readable & entries.is_document, HIDDEN_FROM_FINDERS, hides_labels=True),
        View(Right.KNOW, known & ~readable & ~entries.is_document, HIDDEN_FROM_FINDERS),
    )
    return [view for view in all_views if view.entries.any()]


class Deciding(ABC):
    """One query over the entries of an engine, or of one segment. `wanted`: the texts that speak for an entry."""

    def __init__(self, entries: Entries, live: Bools, query: Query, condition: Condition) -> None:
        self.entries = entries
        self.size = len(live)
        self.views = views(entries, live, query)
        self.condition = without_inner_not(condition)
        self.wanted = tuple(dict.fromkeys(wanted_texts(condition)))

    @abstractmethod
    def holding(self, word: Word, names: Iterable[Field], *, at_most: bool) -> Bools:
        """Which entries hold the word in one of the fields. An engine that has not read yet where a phrase stands
        tells no fewer (`at_most`) or no more."""

    def answering(self, view: View, *, at_most: bool) -> Bools:
        """Which entries of a view answer; with `at_most`, those too that hang on what has not been read yet."""
        found = view.entries & self._fulfilling(self.condition, view, at_most=at_most)
        if view.right == Right.FIND:
            inside = [text.word for text in self.wanted if Field.PAGES in text.fields]
            found &= self._any(self.holding(word, _PAGES, at_most=at_most) for word in inside)
        return found

    def seen_with(self, text: Text) -> int:
        """How many entries the person sees hold the text (or at most so many): hidden ones must not even weigh in the
        ranking."""
        return sum(
            int(np.count_nonzero(self.holding(text.word, text.fields - view.hidden, at_most=True) & view.entries))
            for view in self.views
        )

    def none(self) -> Bools:
        """A mask of no entry."""
        return np.zeros(self.size, dtype=np.bool_)

    def _fulfilling(self, condition: Condition, view: View, *, at_most: bool) -> Bools:
        """Which entries fulfil a condition, as far as it can be told of this view."""
        match condition:
            case AllOf(parts):
                found: Bools = np.logical_and.reduce([self._fulfilling(part, view, at_most=at_most) for part in parts])
                return found
            case AnyOf(parts):
                return self._any(self._fulfilling(part, view, at_most=at_most) for part in parts)
            case Not(part) if not view.hides(part):
                return ~self._fulfilling(part, view, at_most=not at_most)
            case Text(word, fields):
                return self.holding(word, fields - view.hidden, at_most=at_most)
            case HasToken(any_of):
                return self.entries.with_token(any_of)
            case HasLabel(any_of) if not view.hides_labels:
                return self.entries.with_label(any_of)
            case Dated(first, last) if not view.hides_labels:
                return self._dated(first.toordinal() if first else 1, last.toordinal() if last else None)
            case _:
                return self.none()

    def _dated(self, first: int, last: int | None) -> Bools:
        day = self.entries.day
        return (day >= first) if last is None else (day >= first) & (day <= last)

    def _any(self, parts: Iterable[Bools]) -> Bools:
        found = self.none()
        for part in parts:
            found |= part
        return found
