"""Whether one entry answers a question: the contract in plain words, entry by entry, without an index.

Slow and simple on purpose. Every engine is compared with it, and it tells which saved searches a document that has
just been read answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from search_index.analysis import Element, Sequence, Word, cut, fold_text, spellings
from search_index.base import DOCUMENT, DOSSIER, IndexDocument, Query, Right, Rights
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


class Judged:
    """An entry with its texts cut into terms once, to be asked any number of questions."""

    def __init__(self, entry: IndexDocument) -> None:
        self.entry = entry

    def answers(self, query: Query) -> bool:
        """Whether the entry is among the matches of a query."""
        return self.right_under(query.rights) is not None and self._passes(query) and self._fulfils(query)

    def right_under(self, rights: Rights) -> Right | None:
        """The right a person has to this entry; None: nothing of it may be told."""
        tokens = self.entry.tokens
        if not rights.known.passes(tokens):
            return None
        if not rights.findable.passes(tokens):
            return Right.KNOW
        return Right.READ if rights.readable.passes(tokens) else Right.FIND

    def _passes(self, query: Query) -> bool:
        return query.exclude.isdisjoint(self.entry.tokens) and (not query.types or self.entry.type in query.types)

    def _fulfils(self, query: Query) -> bool:
        if query.condition is None:
            return False
        right = self.right_under(query.rights)
        condition = without_inner_not(query.condition)
        if right == Right.READ:
            return self._holds(condition, frozenset())
        if self.entry.type == DOSSIER:
            return self._holds(condition, HIDDEN_FROM_FINDERS)
        if right == Right.FIND and self.entry.type == DOCUMENT:
            inside = any(
                Field.PAGES in text.fields and self.has_word(text.word, Field.PAGES)
                for text in wanted_texts(query.condition)
            )
            return inside and self._holds(condition, HIDDEN_FROM_FINDERS)
        return False

    def _holds(self, condition: Condition, hidden: frozenset[Field]) -> bool:
        match condition:
            case AllOf(parts):
                return all(self._holds(part, hidden) for part in parts)
            case AnyOf(parts):
                return any(self._holds(part, hidden) for part in parts)
            case Not(part):
                return not self._is_hidden(part, hidden) and not self._holds(part, hidden)
            case Text(word, fields):
                return any(self.has_word(word, name) for name in fields - hidden)
            case HasToken(any_of):
                return not any_of.isdisjoint(self.entry.tokens)
            case HasLabel(any_of):
                return not self._is_hidden(condition, hidden) and not any_of.isdisjoint(self.entry.labels)
            case Dated(first, last):
                day = self.entry.date
                if day is None or self._is_hidden(condition, hidden):
                    return False
                return (first is None or first <= day) and (last is None or day <= last)

    def _is_hidden(self, leaf: Condition, hidden: frozenset[Field]) -> bool:
        if isinstance(leaf, Text):
            return leaf.fields <= hidden
        return isinstance(leaf, HasLabel | Dated) and bool(hidden) and self.entry.type == DOCUMENT

    def has_word(self, word: Word, name: Field) -> bool:
        """Whether the word occurs in a field."""
        if name == Field.CLIENT and word.name is not None and any(s.startswith(word.name) for s in self._spellings):
            return True
        return any(_has_sequence(places, sequence) for places in self._places[name] for sequence in word.sequences)

    @cached_property
    def _spellings(self) -> frozenset[str]:
        return spellings(self.entry.client)

    @cached_property
    def _places(self) -> dict[Field, list[dict[str, set[int]]]]:
        entry = self.entry
        return {
            Field.CLIENT: [_places_of(entry.client)],
            Field.NUMBER: [_places_of(entry.number)],
            Field.TITLE: [_places_of(entry.title)],
            Field.CORRESPONDENT: [_places_of(entry.correspondent)],
            Field.PAGES: [_places_of(page) for page in entry.pages],
        }


def matches(entries: Iterable[IndexDocument], query: Query) -> set[str]:
    """The ids of all entries that answer a query."""
    return {entry.id for entry in entries if Judged(entry).answers(query)}


def rows(entries: Iterable[IndexDocument], query: Query) -> dict[tuple[str, str], Right]:
    """The rows of the answer, as (group, document) → right; see `search_index.base.Row`."""
    found: dict[tuple[str, str], Right] = {}
    for entry in entries:
        judged = Judged(entry)
        if not judged.answers(query):
            continue
        right = judged.right_under(query.rights) or Right.KNOW
        if entry.type == DOCUMENT and right == Right.READ:
            found[entry.group, entry.id] = Right.READ
            continue
        told = Right.FIND if entry.type == DOCUMENT else Right.READ if right == Right.READ else Right.KNOW
        key = (entry.group, "")
        found[key] = min(told, found.get(key, told))
    return found


def _places_of(text: str) -> dict[str, set[int]]:
    places: dict[str, set[int]] = defaultdict(set)
    for term, place, *_ in cut(fold_text(text)):
        places[term].add(place)
    return places


def _has_sequence(places: dict[str, set[int]], sequence: Sequence) -> bool:
    starts = _of(places, sequence[0])
    for element in sequence[1:]:
        if not starts:
            break
        starts &= {place - element.offset for place in _of(places, element)}
    return bool(starts)


def _of(places: dict[str, set[int]], element: Element) -> set[int]:
    if not element.stands_for_many:
        return set().union(*(places.get(term, set()) for term in element.terms))
    return set().union(*(found for term, found in places.items() if element.accepts(term)))
