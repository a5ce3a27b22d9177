"""In which entries a word stands, asked of Tantivy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
import tantivy

from search_index.analysis import Element, Sequence
from search_index.analysis.folding import is_han
from search_index.conditions import Field
from search_index.tantivy.schema import NAMES, letter_term
from search_index.tantivy.snapshot import NOWHERE, Frequencies, Postings, Snapshot
from search_index.weighing import NAME_FREQUENCY

_MOST_ALTERNATIVES = 200
"""Terms that are written out in one pattern."""


def sequence_postings(snapshot: Snapshot, name: Field, sequence: Sequence) -> Postings:
    """The entries in whose field the sequence stands, and how often (once, where that is not counted)."""
    key = (name, sequence)
    found = snapshot.remembered(key)
    if found is None:
        if len(sequence) == 1:
            found = _element(snapshot, name, sequence[0])
        else:
            found = _union(snapshot, (_counted(snapshot, name, query) for query in _phrases(snapshot, name, sequence)))
        snapshot.remember(key, found)
    return found


def name_postings(snapshot: Snapshot, beginning: str) -> Postings:
    """The entries whose client has a spelling that begins so."""
    key = (NAMES, beginning)
    found = snapshot.remembered(key)
    if found is None:
        slots = snapshot.matching(tantivy.Query.regex_query(snapshot.schema, NAMES, re.escape(beginning) + ".*"))
        found = Postings(slots, np.full(len(slots), NAME_FREQUENCY, np.float32))
        snapshot.remember(key, found)
    return found


def _element(snapshot: Snapshot, name: Field, element: Element) -> Postings:
    if (letter := _letter_of(element)) is not None:
        return _union(snapshot, _each_counted(snapshot, name, (letter,)))
    if element.prefix:
        pattern = re.escape(element.terms[0]) + ".*"
        return _once(snapshot.matching(tantivy.Query.regex_query(snapshot.schema, name.value, pattern)))
    if element.distance:
        terms = _accepted(snapshot, name, element)
        return _once(snapshot.matching(tantivy.Query.term_set_query(snapshot.schema, name.value, terms)))
    return _union(snapshot, _each_counted(snapshot, name, element.terms))


def _each_counted(snapshot: Snapshot, name: Field, terms: Iterable[str]) -> Iterator[Postings]:
    for term in _occurring(snapshot, name, terms):
        yield _counted(snapshot, name, tantivy.Query.term_query(snapshot.schema, name.value, term))


def _occurring(snapshot: Snapshot, name: Field, terms: Iterable[str]) -> list[str]:
    """Those of the terms that the field has at all: much cheaper to ask than what it has them in."""
    return [term for term in terms if snapshot.searcher.doc_freq(name.value, term)]


def _letter_of(element: Element) -> str | None:
    """The term of the single Han character that an element asks for, if it does."""
    if element.prefix and len(element.terms[0]) == 1 and is_han(element.terms[0]):
        return letter_term(element.terms[0])
    return None


def _accepted(snapshot: Snapshot, name: Field, element: Element) -> list[str]:
    """The terms of the index that an element with a distance stands for."""
    letters = {term[:1] for term in element.terms}
    return [
        term
        for letter in sorted(letters)
        for term, _ in snapshot.searcher.terms_with_prefix(name.value, letter)
        if element.accepts(term)
    ]


def _counted(snapshot: Snapshot, name: Field, query: tantivy.Query) -> Postings:
    """How often it stands in the pages; in the short fields once is as good as twice."""
    return snapshot.scored(query) if name == Field.PAGES else _once(snapshot.matching(query))


def _once(slots: np.ndarray[tuple[int], np.dtype[np.int32]]) -> Postings:
    return Postings(slots, np.ones(len(slots), np.float32))


def _union(snapshot: Snapshot, parts: Iterable[Postings]) -> Postings:
    """The entries of all parts, with the highest of their numbers."""
    held = [part for part in parts if len(part.slots)]
    if len(held) <= 1:
        return held[0] if held else NOWHERE
    highest: Frequencies = np.zeros(len(snapshot.columns), np.float32)
    for part in held:
        highest[part.slots] = np.maximum(highest[part.slots], part.frequencies)
    slots = np.flatnonzero(highest).astype(np.int32)
    return Postings(slots, highest[slots])


def _phrases(snapshot: Snapshot, name: Field, sequence: Sequence) -> Iterator[tantivy.Query]:
    """Queries that together find a sequence of several elements."""
    alternatives: list[list[str]] = []
    for element in sequence:
        alternatives.append(_terms_of(snapshot, name, element))
        if not alternatives[-1]:
            return
    offsets = [element.offset for element in sequence]
    if all(len(terms) == 1 for terms in alternatives):
        words: list[str | tuple[int, str]] = [
            (offset, terms[0]) for offset, terms in zip(offsets, alternatives, strict=True)
        ]
        yield tantivy.Query.phrase_query(snapshot.schema, name.value, words)
        return
    for patterns in _patterns(alternatives):
        words = list(zip(offsets, patterns, strict=True))
        yield tantivy.Query.regex_phrase_query(snapshot.schema, name.value, words)


def _terms_of(snapshot: Snapshot, name: Field, element: Element) -> list[str]:
    if (letter := _letter_of(element)) is not None:
        return _occurring(snapshot, name, (letter,))
    if element.prefix:
        return [term for term, _ in snapshot.searcher.terms_with_prefix(name.value, element.terms[0])]
    return _accepted(snapshot, name, element) if element.distance else _occurring(snapshot, name, element.terms)


def _patterns(alternatives: list[list[str]]) -> Iterator[list[str]]:
    """One pattern for each place, as often as long lists of alternatives must be divided."""
    if not alternatives:
        yield []
        return
    for rest in _patterns(alternatives[1:]):
        terms = iter(alternatives[0])
        while portion := list(islice(terms, _MOST_ALTERNATIVES)):
            yield ["(" + "|".join(re.escape(term) for term in portion) + ")", *rest]
