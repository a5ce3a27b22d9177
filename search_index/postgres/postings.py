"""Which entries hold the words of a question, field by field: the statements, and what they bring."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from search_index.analysis import Element, Word
from search_index.conditions import Field
from search_index.postgres import lexemes
from search_index.postgres.connecting import Connection
from search_index.postgres.facts import Facts, Mask, Numbers
from search_index.postgres.lexemes import Place
from search_index.postgres.tables import Tables
from search_index.weighing import NAME_FREQUENCY

Floats = NDArray[np.float32]


class Lookup(Protocol):
    """Answers queries by lookups alone: for each the entries (some twice, where they have several vectors)."""

    def __call__(self, queries: list[str]) -> list[Numbers]: ...


def looking_up(connection: Connection, tables: Tables) -> Lookup:
    """Lookups in one generation, all of a call in one statement."""

    def look_up(queries: list[str]) -> list[Numbers]:
        rows = connection.cursor(binary=True).execute(
            tables.sql(
                "SELECT ARRAY(SELECT p.entry FROM {passage} p WHERE p.vector @@ asked.query)"
                " FROM unnest(%s::text[]::tsquery[]) WITH ORDINALITY asked(query, place) ORDER BY asked.place"
            ),
            (queries,),
        )
        return [row[0] for row in rows]

    return look_up


def with_phrase(connection: Connection, tables: Tables, phrase: str, among: Numbers) -> Numbers:
    """Those of the entries that hold a phrase; reads their vectors."""
    if not len(among):
        return among
    listed = "{" + ",".join(map(str, among.tolist())) + "}"
    # IS TRUE keeps the server from asking its index, which would bring entries that are not wanted.
    query = tables.sql(
        "SELECT ARRAY(SELECT entry FROM {passage} WHERE entry = ANY(%s::integer[]) AND (vector @@ %s::tsquery) IS TRUE)"
    )
    row = connection.cursor(binary=True).execute(query, (listed, phrase)).fetchone()
    found: Numbers = row[0] if row else among[:0]
    return found


def similar_terms(connection: Connection, tables: Tables, element: Element) -> set[str]:
    """The terms of the dictionary that will do for an element."""
    accepted: set[str] = set()
    for first in {term[:1] for term in element.terms if lexemes.is_sayable(term[:1])}:
        lengths = [len(term) for term in element.terms if term[:1] == first]
        rows = connection.execute(
            tables.sql("SELECT term FROM {term} WHERE term ^@ %s AND char_length(term) BETWEEN %s AND %s"),
            (first, min(lengths) - element.distance, max(lengths) + element.distance),
        )
        accepted.update(row[0] for row in rows if element.accepts(row[0]))
    return accepted


@dataclass
class _Phrase:
    """A sequence whose terms an entry holds: where they stand has not been read."""

    query: str
    entries: Numbers
    ends: tuple[Floats, ...] = ()


@dataclass
class Occurrence:
    """One word in one field. `found`: entries and how often the word occurs there (about); the most counts.
    `unchecked`: phrases still to be read."""

    found: list[tuple[Numbers, float | Floats]] = field(default_factory=list)
    unchecked: list[_Phrase] = field(default_factory=list)

    def holding(self, facts: Facts) -> Mask:
        """Entries that hold the word for certain."""
        return facts.mask_of(numbers for numbers, _ in self.found)

    def perhaps_holding(self, facts: Facts) -> Mask:
        """The same with those that are still to be read."""
        return facts.mask_of([*(numbers for numbers, _ in self.found), *(each.entries for each in self.unchecked)])

    def frequencies(self, size: int) -> Floats | None:
        """For every entry how often it holds the word; None where none does."""
        if not any(len(numbers) for numbers, _ in self.found):
            return None
        frequencies = np.zeros(size, np.float32)
        for numbers, frequency in self.found:
            frequencies[numbers] = np.maximum(frequencies[numbers], frequency)
        return frequencies

    def check(self, connection: Connection, tables: Tables, among: Mask) -> None:
        """Read the phrases in those entries; all others are dropped."""
        for each in self.unchecked:
            holding = with_phrase(connection, tables, each.query, np.unique(each.entries[among[each.entries]]))
            frequency = np.ones(len(holding), np.float32)
            if each.ends and len(holding):
                frequency = np.minimum.reduce([end[holding] for end in each.ends])
            self.found.append((holding, frequency))
        self.unchecked = []


Occurrences = dict[tuple[Word, Field], Occurrence]


class Wanted(NamedTuple):
    """A word as the index is to be asked for it, in which fields, and whether it counts in the ranking."""

    sequences: tuple[tuple[Place, ...], ...]
    name: str | None
    fields: frozenset[Field]
    ranked: bool


def look_up_words(look_up: Lookup, wanted: Mapping[Word, Wanted], size: int) -> Occurrences:
    """Look up all words at once."""
    asked = _Asked()
    plans = [(key, name, asked.word(each, name)) for key, each in wanted.items() for name in sorted(each.fields)]
    answers = look_up(asked.queries) if asked.queries else []
    return {(key, name): plan.occurrence(answers, size) for key, name, plan in plans}


@dataclass
class _Plan:
    """Places in the list of queries. `single`: entries that hold the word for certain, and how often."""

    single: list[tuple[int, float]] = field(default_factory=list)
    phrases: list[tuple[str, int, list[list[tuple[int, float]]]]] = field(default_factory=list)

    def occurrence(self, answers: list[Numbers], size: int) -> Occurrence:
        found: list[tuple[Numbers, float | Floats]] = [(answers[place], often) for place, often in self.single]
        phrases = [
            _Phrase(query, answers[place], tuple(_levels(answers, end, size) for end in ends))
            for query, place, ends in self.phrases
        ]
        return Occurrence(found, phrases)


def _levels(answers: list[Numbers], places: Iterable[tuple[int, float]], size: int) -> Floats:
    often = np.ones(size, np.float32)
    for place, value in places:
        often[answers[place]] = value
    return often


class _Asked:
    """Collects queries."""

    def __init__(self) -> None:
        self.queries: list[str] = []

    def word(self, word: Wanted, name: Field) -> _Plan:
        """Ask for a word in a field."""
        plan = _Plan()
        mark = lexemes.FIELD_MARKS[name]
        ranked = word.ranked and name is Field.PAGES
        if name is Field.CLIENT and word.name is not None:
            spelled = lexemes.spelled(word.name)
            if spelled is not None:
                plan.single.append((self._add(spelled), NAME_FREQUENCY))
        for sequence in word.sequences:
            if len(sequence) == 1:
                plan.single += self._single(mark, sequence[0], ranked=ranked)
            elif sequence:
                self._phrase(plan, mark, sequence, ranked=ranked)
        return plan

    def _single(self, mark: str, place: Place, *, ranked: bool) -> Iterator[tuple[int, float]]:
        query = lexemes.alone(mark, place)
        if query is None:
            return
        yield self._add(query), 1.0
        if ranked:
            yield from self._levels(place)

    def _levels(self, place: Place) -> Iterator[tuple[int, float]]:
        for least, level in lexemes.LEVELS:
            query = lexemes.alone(level, place)
            if query is not None:
                yield self._add(query), float(least)

    def _phrase(self, plan: _Plan, mark: str, sequence: tuple[Place, ...], *, ranked: bool) -> None:
        query, lookup = lexemes.phrase(mark, sequence), lexemes.all_of(mark, sequence)
        if query is None or lookup is None:
            return
        # It occurs as often as its rarer end, at the most.
        ends = [list(self._levels(end)) for end in (sequence[0], sequence[-1])] if ranked else []
        plan.phrases.append((query, self._add(lookup), ends))

    def _add(self, query: str) -> int:
        self.queries.append(query)
        return len(self.queries) - 1
