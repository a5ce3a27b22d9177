"""Which entries answer a query under a person's rights, and how well (BM25F)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search_index.analysis import Word
from search_index.base import DOCUMENT, DOSSIER, Query, Right
from search_index.conditions import (
    HIDDEN_FROM_FINDERS,
    REGISTER,
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
from search_index.postgres.connecting import Connection
from search_index.postgres.facts import Facts, Mask, NamedSets, Numbers
from search_index.postgres.lexemes import place_of
from search_index.postgres.postings import Occurrences, Wanted, look_up_words, looking_up, similar_terms
from search_index.postgres.tables import Tables
from search_index.postgres.writing import DOCUMENT_ENTRY, DOSSIER_ENTRY
from search_index.tallying import Bools, Hits, Ints, Numbering, Values
from search_index.weighing import BOOSTS, LENGTH_WEIGHT, SATURATION, SHORTEST, USUAL_LENGTH, rarity

_NOTHING_HIDDEN: frozenset[Field] = frozenset()


@dataclass(frozen=True)
class _Seen:
    """Entries of one right, and what is hidden of them."""

    entries: Mask
    hidden: frozenset[Field]
    right: Right
    are_documents: bool

    def sees(self, name: Field) -> bool:
        """Whether a field speaks to somebody with this right; a register entry has no pages for those who only know."""
        return name not in self.hidden


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


class Matching:
    """Works out the answer to one query in one snapshot."""

    def __init__(self, connection: Connection, tables: Tables, facts: Facts, query: Query) -> None:
        self._connection = connection
        self._tables = tables
        self._facts = facts
        self._query = query
        self._condition = without_inner_not(query.condition) if query.condition is not None else None
        self._wanted = list(dict.fromkeys(wanted_texts(query.condition))) if query.condition is not None else []
        self._occurrences: Occurrences = {}

    def find(self) -> Found:
        """All matches with their scores."""
        facts = self._facts
        answers = np.zeros(facts.size, np.bool_)
        weights = [0.0] * len(self._wanted)
        if self._condition is not None and facts.size:
            self._look_up(self._condition)
            weights = [self._rarity(text) for text in self._wanted]
            self._check_phrases(self._condition)
            for seen in self._rights:
                answers |= self._answering(self._condition, seen, perhaps=False)
        numbers = np.flatnonzero(answers)
        return Found(
            facts,
            numbers,
            Hits(
                facts.group[numbers],
                self._right[numbers],
                facts.kind[numbers] == DOCUMENT_ENTRY,
                self._scores(numbers, weights),
                facts.day[numbers],
            ),
        )

    @cached_property
    def _right(self) -> NDArray[np.int8]:
        """For each entry READ, FIND (of a document) or KNOW (of a dossier); 0 where nothing of it may be told."""
        facts, query = self._facts, self._query
        sets = facts.shared.tokens
        known = sets.passing(query.rights.known)
        findable = sets.passing(query.rights.findable)[: len(known)] & known
        readable = sets.passing(query.rights.readable)[: len(known)] & findable
        allowed = known & ~sets.mask_of_any(query.exclude)[: len(known)]
        of_document = np.where(readable, Right.READ, np.where(findable, Right.FIND, 0)) * allowed
        of_dossier = np.where(readable, Right.READ, Right.KNOW) * allowed
        rights = np.zeros(facts.size, np.int8)
        for kind, of_set in ((DOCUMENT_ENTRY, of_document), (DOSSIER_ENTRY, of_dossier)):
            name = DOCUMENT if kind == DOCUMENT_ENTRY else DOSSIER
            if not query.types or name in query.types:
                entries = facts.kind == kind
                rights[entries] = of_set[facts.tokens[entries]]
        return rights

    @cached_property
    def _rights(self) -> list[_Seen]:
        right = self._right
        seen = [
            _Seen(right == Right.READ, _NOTHING_HIDDEN, Right.READ, are_documents=False),
            _Seen(right == Right.FIND, HIDDEN_FROM_FINDERS, Right.FIND, are_documents=True),
            _Seen(right == Right.KNOW, HIDDEN_FROM_FINDERS, Right.KNOW, are_documents=False),
        ]
        return [each for each in seen if each.entries.any()]

    def _look_up(self, condition: Condition) -> None:
        fields: dict[Word, set[Field]] = defaultdict(set)
        for text in _texts(condition):
            fields[text.word] |= text.fields
        ranked = {text.word for text in self._wanted}
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
        self._occurrences = look_up_words(looking_up(self._connection, self._tables), wanted, self._facts.size)

    def _check_phrases(self, condition: Condition) -> None:
        """Read the phrases of the entries that everything else about the query allows."""
        if not any(occurrence.unchecked for occurrence in self._occurrences.values()):
            return
        possible = np.zeros(self._facts.size, np.bool_)
        for seen in self._rights:
            possible |= self._answering(condition, seen, perhaps=True)
        for occurrence in self._occurrences.values():
            occurrence.check(self._connection, self._tables, possible)

    def _answering(self, condition: Condition, seen: _Seen, *, perhaps: bool) -> Mask:
        """Which of the entries fulfil the condition; with `perhaps`, those too that hang on a phrase not yet read."""
        answers = self._holds(condition, seen, perhaps) & seen.entries
        if seen.are_documents:
            inside = np.zeros(self._facts.size, np.bool_)
            for text in self._wanted:
                if Field.PAGES in text.fields:
                    inside |= self._mask(text.word, Field.PAGES, perhaps)
            answers &= inside
        return answers

    def _holds(self, condition: Condition, seen: _Seen, perhaps: bool) -> Mask:
        match condition:
            case AllOf(parts):
                return reduce(np.logical_and, [self._holds(part, seen, perhaps) for part in parts])
            case AnyOf(parts):
                return reduce(np.logical_or, [self._holds(part, seen, perhaps) for part in parts])
            case Not(part):
                if _is_hidden(part, seen):
                    return np.zeros(self._facts.size, np.bool_)
                return ~self._leaf(part, seen, perhaps=False)
            case _:
                return self._leaf(condition, seen, perhaps)

    def _leaf(self, leaf: Condition, seen: _Seen, perhaps: bool) -> Mask:
        facts = self._facts
        mask = np.zeros(facts.size, np.bool_)
        if _is_hidden(leaf, seen):
            return mask
        match leaf:
            case Text(word, fields):
                for name in fields - seen.hidden:
                    mask |= self._mask(word, name, perhaps)
            case HasToken(any_of):
                mask = _with_any(facts.shared.tokens, any_of, facts.tokens)
            case HasLabel(any_of):
                mask = _with_any(facts.shared.labels, any_of, facts.labels)
            case Dated(first, last):
                mask = facts.day > 0
                if first is not None:
                    mask &= facts.day >= first.toordinal()
                if last is not None:
                    mask &= facts.day <= last.toordinal()
        return mask

    def _mask(self, word: Word, name: Field, perhaps: bool) -> Mask:
        occurrence = self._occurrences[word, name]
        return occurrence.perhaps_holding(self._facts) if perhaps else occurrence.holding(self._facts)

    def _rarity(self, text: Text) -> float:
        """How much a word says, by the entries the person may see: hidden ones must not even weigh in the ranking.
        Of a phrase, by the entries that hold its terms."""
        visible = having = 0
        for seen in self._rights:
            holding = np.zeros(self._facts.size, np.bool_)
            for name in _telling(text, seen):
                holding |= self._mask(text.word, name, perhaps=True)
            visible += int(np.count_nonzero(seen.entries))
            having += int(np.count_nonzero(holding & seen.entries))
        return rarity(visible, having)

    def _scores(self, numbers: NDArray[np.intp], weights: list[float]) -> NDArray[np.float64]:
        total = np.zeros(len(numbers))
        if not len(numbers):
            return total
        right = self._right[numbers]
        shortness = np.maximum(SHORTEST, self._facts.length[numbers] / USUAL_LENGTH)
        norm = 1.0 - LENGTH_WEIGHT + LENGTH_WEIGHT * shortness
        for text, weight in zip(self._wanted, weights, strict=True):
            strength = np.zeros(len(numbers))
            # Always in the same order: sums must be equal in every process, or pages of results would overlap.
            for name in sorted(text.fields):
                frequencies = self._occurrences[text.word, name].frequencies(self._facts.size)
                if frequencies is None:
                    continue
                told = BOOSTS[name] * frequencies[numbers] * _may_tell(name, right)
                strength += told / norm if name is Field.PAGES else told
            total += weight * strength * (SATURATION + 1.0) / (strength + SATURATION)
        return total


def _may_tell(name: Field, right: NDArray[np.int8]) -> Bools:
    """Of which matches a field may show in the order of results."""
    if name in REGISTER:
        return right >= Right.KNOW
    return right >= (Right.FIND if name is Field.PAGES else Right.READ)


def _telling(text: Text, seen: _Seen) -> Iterable[Field]:
    return [name for name in text.fields if _may_tell(name, np.array([seen.right], np.int8))[0]]


def _with_any(sets: NamedSets, names: Iterable[str], of_entry: Numbers) -> Mask:
    mask: Mask = sets.mask_of_any(names)[of_entry]
    return mask


def _is_hidden(leaf: Condition, seen: _Seen) -> bool:
    if isinstance(leaf, Text):
        return leaf.fields <= seen.hidden
    return isinstance(leaf, HasLabel | Dated) and seen.are_documents


def _texts(condition: Condition) -> Iterator[Text]:
    match condition:
        case Text():
            yield condition
        case Not(part):
            yield from _texts(part)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _texts(part)
