"""Which entries answer a query under a person's rights, and how well (BM25F)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from search_index.base import DOCUMENT, DOSSIER, Query, Rights
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
from search_index.tantivy.columns import Columns, Mask
from search_index.tantivy.places import name_postings, sequence_postings
from search_index.tantivy.snapshot import Frequencies, Snapshot
from search_index.weighing import BOOSTS, LENGTH_WEIGHT, SATURATION, SHORTEST, USUAL_LENGTH, rarity

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Visible:
    """The entries that a person may read; the documents they may only find in; the dossiers they may only know."""

    readable: Mask
    findable: Mask
    known: Mask

    @classmethod
    def under(cls, columns: Columns, rights: Rights, query: Query) -> Visible:
        """What of the entries that a query asks about is visible under these rights."""
        known = columns.passing(rights.known) & ~columns.with_token(query.exclude)
        if query.types and DOCUMENT not in query.types:
            known &= ~columns.is_document
        if query.types and DOSSIER not in query.types:
            known &= columns.is_document
        findable = known & columns.passing(rights.findable)
        readable = findable & columns.passing(rights.readable)
        return cls(readable, findable & ~readable & columns.is_document, known & ~readable & ~columns.is_document)


@dataclass(frozen=True)
class Matches:
    """The entries that answer: their slots, ascending, which of them may be read, and their scores."""

    slots: NDArray[np.intp]
    readable: Mask
    scores: Scores


def find(snapshot: Snapshot, query: Query) -> Matches:
    """Everything that answers a query."""
    if query.condition is None or not len(snapshot.columns):
        return Matches(np.empty(0, np.intp), np.empty(0, np.bool_), np.empty(0, np.float32))
    search = _Search(snapshot, query, query.condition)
    matched = search.matched()
    slots = np.flatnonzero(matched)
    return Matches(slots, search.visible.readable[slots], search.scores(slots))


class _Search:
    """One query being answered."""

    def __init__(self, snapshot: Snapshot, query: Query, condition: Condition) -> None:
        self._snapshot = snapshot
        self._columns = snapshot.columns
        self._condition = without_inner_not(condition)
        self._wanted = tuple(dict.fromkeys(wanted_texts(condition)))
        self._found: dict[tuple[object, Field], Frequencies | None] = {}
        self.visible = Visible.under(self._columns, query.rights, query)

    def matched(self) -> Mask:
        """Which entries answer; see `search_index.judging` for the same, entry by entry."""
        visible = self.visible
        matched = self._holds(self._condition, limited=False) & visible.readable
        if visible.findable.any() or visible.known.any():
            inside = self._nothing()
            for text in self._wanted:
                if Field.PAGES in text.fields and (found := self._frequencies(text, Field.PAGES)) is not None:
                    inside |= found > 0
            within = (visible.findable & inside) | visible.known
            if within.any():
                matched |= self._holds(self._condition, limited=True) & within
        return matched

    def _nothing(self) -> Mask:
        return np.zeros(len(self._columns), np.bool_)

    def _holds(self, condition: Condition, *, limited: bool) -> Mask:
        """Which entries fulfil it, judged by everything or by what is not hidden."""
        columns = self._columns
        match condition:
            case AllOf(parts):
                return reduce(np.logical_and, (self._holds(part, limited=limited) for part in parts))
            case AnyOf(parts):
                return reduce(np.logical_or, (self._holds(part, limited=limited) for part in parts))
            case Not(part):
                return ~self._holds(part, limited=limited) & ~self._hidden(part, limited=limited)
            case Text(_, fields):
                mask = self._nothing()
                for name in fields - HIDDEN_FROM_FINDERS if limited else fields:
                    if (found := self._frequencies(condition, name)) is not None:
                        mask |= found > 0
                return mask
            case HasToken(any_of):
                return columns.with_token(any_of)
            case HasLabel(any_of):
                return columns.with_label(any_of) & ~self._hidden(condition, limited=limited)
            case Dated(first, last):
                mask = columns.days > 0
                if first is not None:
                    mask &= columns.days >= first.toordinal()
                if last is not None:
                    mask &= columns.days <= last.toordinal()
                return mask & ~self._hidden(condition, limited=limited)

    def _hidden(self, leaf: Condition, *, limited: bool) -> Mask:
        """Of which entries nobody who may not read them is told whether they fulfil it."""
        if limited and isinstance(leaf, HasLabel | Dated):
            return self._columns.is_document
        mask = self._nothing()
        mask[:] = limited and isinstance(leaf, Text) and leaf.fields <= HIDDEN_FROM_FINDERS
        return mask

    def _frequencies(self, text: Text, name: Field) -> Frequencies | None:
        """How often the word stands in the field of each entry; None where it does so nowhere."""
        key = (text.word, name)
        if key not in self._found:
            self._found[key] = self._look_up(text, name)
        return self._found[key]

    def _look_up(self, text: Text, name: Field) -> Frequencies | None:
        parts = [sequence_postings(self._snapshot, name, sequence) for sequence in text.word.sequences]
        if name == Field.CLIENT and text.word.name is not None:
            parts.append(name_postings(self._snapshot, text.word.name))
        parts = [part for part in parts if len(part.slots)]
        if not parts:
            return None
        found: Frequencies = np.zeros(len(self._columns), np.float32)
        for part in parts:
            found[part.slots] = np.maximum(found[part.slots], part.frequencies)
        return found

    def scores(self, slots: NDArray[np.intp]) -> Scores:
        """How well these entries answer. Made of nothing that the person may not see."""
        total = np.zeros(len(slots), np.float32)
        visible = self.visible.readable | self.visible.findable | self.visible.known
        count = int(np.count_nonzero(visible))
        for text in self._wanted:
            strength = np.zeros(len(slots), np.float32)
            having = self._nothing()
            for name in Field:
                found = self._frequencies(text, name) if name in text.fields else None
                if found is None:
                    continue
                told = self.visible.readable if name in HIDDEN_FROM_FINDERS else visible
                having |= told & (found > 0)
                part = np.where(told[slots], found[slots], np.float32(0))
                if name == Field.PAGES:
                    part = part / self._length_factors(slots)
                strength += np.float32(BOOSTS[name]) * part
            weight = rarity(count, int(np.count_nonzero(having)))
            total += np.float32(weight * (SATURATION + 1.0)) * strength / (strength + np.float32(SATURATION))
        return total

    def _length_factors(self, slots: NDArray[np.intp]) -> Scores:
        lengths = self._columns.page_words[slots].astype(np.float32) / np.float32(USUAL_LENGTH)
        factors: Scores = (1.0 - LENGTH_WEIGHT) + LENGTH_WEIGHT * np.maximum(lengths, np.float32(SHORTEST))
        return factors
