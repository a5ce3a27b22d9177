"""How the terms of an entry are spelled inside PostgreSQL's text vectors, and how they are asked for.

One vector holds all texts of an entry. A term of the pages stands as it is; one of another field has a control
character before it, which no term holds. Besides, without positions:

* every spelling of the client's name, to be asked for by its beginning;
* every Han character alone, so that a single one is one lookup and not hundreds;
* how often a term occurs in the pages, where more than once, as one of a few levels: so the ranking of tens of
  thousands of entries needs nothing but lookups, and never opens a vector.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from search_index.analysis import Element
from search_index.analysis.folding import is_han
from search_index.conditions import Field

FIELD_MARKS = {
    Field.PAGES: "",
    Field.CLIENT: "\x01",
    Field.NUMBER: "\x02",
    Field.TITLE: "\x03",
    Field.CORRESPONDENT: "\x04",
}
SPELLING = "\x05"
CHARACTER = "\x06"
LEVELS = ((2, "\x0e"), (3, "\x0f"), (4, "\x10"), (6, "\x11"), (9, "\x12"), (14, "\x13"))
"""The least number of occurrences of each level, ascending, and its mark. Beyond the last, more hardly counts."""

FIELD_MARK_CHARACTERS = "".join(FIELD_MARKS.values())


def level_mark(occurrences: int) -> str | None:
    """The mark of the level of a term that occurs so often; None for less than the first level."""
    found = None
    for least, mark in LEVELS:
        if occurrences < least:
            break
        found = mark
    return found


def quoted(lexeme: str) -> str:
    """A lexeme as it is written in the text form of a vector or a query."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def is_sayable(term: str) -> bool:
    """Whether the server can be asked for a term; no text it keeps holds the others."""
    return bool(term) and "\x00" not in term and not any("\ud800" <= char <= "\udfff" for char in term)


@dataclass(frozen=True)
class Place:
    """One place of a phrase, as the index is asked for it: any of the terms, or any that begins so."""

    offset: int
    terms: tuple[str, ...] = ()
    beginnings: tuple[str, ...] = ()

    @property
    def is_pair(self) -> bool:
        """Whether it is two Han characters and nothing else."""
        term = self.terms[0] if len(self.terms) == 1 and not self.beginnings else ""
        return len(term) == 2 and is_han(term[0]) and is_han(term[1])


def place_of(element: Element, similar: Callable[[Element], Iterable[str]]) -> Place:
    """What an element asks for. `similar` finds terms of the dictionary that are nearly as asked for; it holds no Han
    terms: they have two characters at most, so that one that differs in a letter is any that begins the same."""
    if element.prefix:
        return Place(element.offset, beginnings=element.terms[:1])
    if not element.distance:
        return Place(element.offset, element.terms)
    han = dict.fromkeys(term[0] for term in element.terms if term and is_han(term[0]))
    return Place(element.offset, tuple(sorted(similar(element))), tuple(han))


def _any_of(mark: str, place: Place) -> str | None:
    """A query for one place of a phrase; None if nothing can stand there."""
    alternatives = [quoted(mark + term) for term in place.terms if is_sayable(term)]
    alternatives += [quoted(mark + begun) + ":*" for begun in place.beginnings if is_sayable(begun)]
    return f"({'|'.join(alternatives)})" if alternatives else None


def alone(mark: str, place: Place) -> str | None:
    """A query for what can stand at a place wherever it stands, answered exactly by lookups."""
    characters = tuple(CHARACTER + begun for begun in place.beginnings if len(begun) == 1 and is_han(begun))
    others = tuple(begun for begun in place.beginnings if CHARACTER + begun not in characters)
    return _any_of(mark, Place(place.offset, place.terms + characters, others))


def phrase(mark: str, places: Sequence[Place]) -> str | None:
    """A query for the places at their distances from each other."""
    asked = ""
    before = 0
    for place in places:
        operand = _any_of(mark, place)
        if operand is None:
            return None
        asked = f"({asked} <{place.offset - before}> {operand})" if asked else operand
        before = place.offset
    return asked or None


def all_of(mark: str, places: Sequence[Place]) -> str | None:
    """A query for vectors that hold all of it somewhere: answered by lookups, for a phrase to be checked in. Only by
    what has a position: of a long text that fills several vectors the rest stands in the last."""
    operands = [_any_of(mark, place) for place in places]
    if not operands or None in operands:
        return None
    return " & ".join(dict.fromkeys([*filter(None, operands), *_between(mark, places)]))


def _between(mark: str, places: Sequence[Place]) -> Iterable[str]:
    """Of 购销合同 only 购销 and 合同 are looked for. Between them stands 销合, or a run of Han text ends with 销:
    asking for that too leaves far fewer entries to check."""
    for first, second in pairwise(places):
        if second.offset - first.offset == 2 and first.is_pair and second.is_pair:
            last = first.terms[0][1]
            yield f"({quoted(mark + last + second.terms[0][0])}|{quoted(mark + last)})"


def spelled(beginning: str) -> str | None:
    """A query for client's names that have a spelling that begins so."""
    return quoted(SPELLING + beginning) + ":*" if is_sayable(beginning) else None
