"""An entry made ready for the tables: its texts as vectors, its rights and labels as short lists.

A vector of PostgreSQL's counts positions up to 16,383, keeps 256 of them for each term, and holds one megabyte.
Most entries need one. A longer text goes on in further ones, each of which begins with the end of the one before,
so that every phrase stands whole in at least one of them.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from search_index.analysis import spellings
from search_index.analysis.folding import fold_text, is_han
from search_index.analysis.sought import MAX_SEQUENCE
from search_index.analysis.words import cut
from search_index.base import DOSSIER, IndexDocument
from search_index.conditions import Field
from search_index.postgres.lexemes import CHARACTER, FIELD_MARKS, SPELLING, level_mark

LAST_POSITION = 16_383
MOST_POSITIONS = 250
"""Of one term in one vector."""
MOST_BYTES = 400_000
GAP = MAX_SEQUENCE + 36
"""Positions left free between two texts in one vector: no phrase reaches from one into the next."""
OVERLAP = MAX_SEQUENCE + 36
"""Positions of a text that are repeated where it goes on in another vector."""
_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Prepared:
    """An entry as it is kept. `tokens` and `labels` are lists in one text (`pack_set`); `day` is a date's ordinal
    number, 0 for none; `length`: terms in its pages; `vectors`: text vectors in text form; `terms`: for the
    dictionary, without those of Han characters (`search_index.postgres.lexemes.Place`)."""

    id: str
    is_dossier: bool
    tokens: str
    labels: str
    group: str
    day: int
    length: int
    fingerprint: str
    vectors: tuple[str, ...]
    terms: frozenset[str]


def pack_set(names: Iterable[str]) -> str:
    """Tokens or labels in one text."""
    return _SEPARATOR.join(sorted(names))


def unpack_set(packed: str) -> frozenset[str]:
    """The tokens or labels of such a text."""
    return frozenset(packed.split(_SEPARATOR)) if packed else frozenset()


def prepare(document: IndexDocument) -> Prepared:
    """Analyse an entry. Takes a millisecond for a page of text."""
    vectors = _Vectors()
    terms: set[str] = set()
    occurrences: Counter[str] = Counter()
    length = 0
    for field, texts in (
        (Field.CLIENT, (document.client,)),
        (Field.NUMBER, (document.number,)),
        (Field.TITLE, (document.title,)),
        (Field.CORRESPONDENT, (document.correspondent,)),
        (Field.PAGES, document.pages),
    ):
        mark = FIELD_MARKS[field]
        for text in texts:
            places = _Places(fold_text(text))
            if not places.last:
                continue
            vectors.add_text(mark, places)
            vectors.add_flags(mark + CHARACTER + char for char in places.characters)
            terms.update(places.of_term)
            if field is Field.PAGES:
                length += places.last
                places.count(occurrences)
    vectors.add_flags(SPELLING + spelling for spelling in spellings(document.client))
    vectors.add_flags(
        level + term for term, count in occurrences.items() if count > 1 and (level := level_mark(count)) is not None
    )
    return Prepared(
        id=document.id,
        is_dossier=document.type == DOSSIER,
        tokens=pack_set(document.tokens),
        labels=pack_set(document.labels),
        group=document.group,
        day=document.date.toordinal() if document.date else 0,
        length=length,
        fingerprint=document.fingerprint(),
        vectors=vectors.finished(),
        terms=frozenset(term for term in terms if not is_han(term[0])),
    )


class _Places:
    """Where the terms of one text stand, counted from 1. `last`: the last place, 0 for a text without terms."""

    def __init__(self, folded: str) -> None:
        self.folded = folded
        self.of_term: dict[str, list[int]] = {}
        self.last = 0
        of_term = self.of_term
        position = 0
        for term, position, _, _, _ in cut(folded, 1):
            if term in of_term:
                of_term[term].append(position)
            else:
                of_term[term] = [position]
        self.last = position
        # Each Han character begins one term.
        self.characters = {char: count for char, count in Counter(folded).items() if is_han(char)}

    def count(self, occurrences: Counter[str]) -> None:
        """Add how often each term and each character occurs."""
        for term, positions in self.of_term.items():
            occurrences[term] += len(positions)
        for char, count in self.characters.items():
            occurrences[CHARACTER + char] += count

    def ascending(self) -> list[tuple[int, str]]:
        """Place and term, one by one."""
        return [(position, term) for term, position, _, _, _ in cut(self.folded, 1)]


class _Vectors:
    """Fills one vector after the other. No lexeme of ours has anything to be quoted: terms are letters and digits."""

    def __init__(self) -> None:
        self._finished: list[str] = []
        self._begin()

    def _begin(self) -> None:
        self._positions: dict[str, list[int]] = {}
        self._base = 0
        self._bytes = 0

    def add_text(self, mark: str, places: _Places) -> None:
        """Add a text in which a phrase can stand."""
        if not self._fits(mark, places):
            self._add_one_by_one(mark, places.ascending())
            return
        base = self._base
        for term, positions in places.of_term.items():
            shifted = [base + position for position in positions] if base else positions
            known = self._positions.setdefault(mark + term, shifted)
            if known is not shifted:
                known += shifted
        self._bytes += self._bytes_of(places)
        self._base += places.last + GAP

    def _fits(self, mark: str, places: _Places) -> bool:
        if self._base + places.last > LAST_POSITION or self._bytes + self._bytes_of(places) > MOST_BYTES:
            return False
        known = self._positions
        return all(
            len(positions) + len(known.get(mark + term, ())) <= MOST_POSITIONS
            for term, positions in places.of_term.items()
        )

    def _bytes_of(self, places: _Places) -> int:
        """At most so many: of a long term four for each character."""
        return places.last * 4 + sum(4 * len(term) + 8 for term in places.of_term)

    def _add_one_by_one(self, mark: str, places: list[tuple[int, str]]) -> None:
        """Go on in further vectors where one is full."""
        base = self._base
        start = index = 0
        while index < len(places):
            position, term = places[index]
            if not self._add(mark + term, base + position):
                index = start = _begin_of_overlap(places, start, index)
                self._finish()
                base = 1 - places[start][0]
                continue
            index += 1
        self._base = base + places[-1][0] + GAP

    def _add(self, lexeme: str, position: int) -> bool:
        positions = self._positions.get(lexeme)
        if position > LAST_POSITION or self._bytes > MOST_BYTES:
            return False
        if positions is None:
            self._positions[lexeme] = [position]
            self._bytes += 4 * len(lexeme) + 12
        elif len(positions) >= MOST_POSITIONS:
            return False
        else:
            positions.append(position)
            self._bytes += 4
        return True

    def add_flags(self, lexemes: Iterable[str]) -> None:
        """Add lexemes without positions."""
        for lexeme in lexemes:
            if self._bytes > MOST_BYTES:
                self._finish()
            if lexeme not in self._positions:
                self._positions[lexeme] = []
                self._bytes += 4 * len(lexeme) + 8

    def _finish(self) -> None:
        if self._positions:
            self._finished.append(
                " ".join(
                    [
                        f"'{lexeme}':{positions[0]}"
                        if len(positions) == 1
                        else f"'{lexeme}':{','.join(map(str, positions))}"
                        if positions
                        else f"'{lexeme}'"
                        for lexeme, positions in self._positions.items()
                    ]
                )
            )
        self._begin()

    def finished(self) -> tuple[str, ...]:
        """All vectors."""
        self._finish()
        return tuple(self._finished)


def _begin_of_overlap(places: list[tuple[int, str]], start: int, index: int) -> int:
    """Where to go on in a new vector, if `index` found no room in the one that the text entered at `start`."""
    wanted = places[index][0] - OVERLAP
    while index > start and places[index - 1][0] >= wanted:
        index -= 1
    return index
