"""Text cut into the terms that are indexed: the same for every engine.

* Latin words: the English and the Spanish stem, both at the word's position.
* Han text: overlapping pairs of characters; the last character of a run also alone, so that every character
  begins some term and a single one can be asked for as a prefix.
* HT-2026-0042: its parts at successive positions, and the whole without separators at the first.
* 021 5555 0142, (021)5555-0142: likewise, and 55550142 at the second; a number is also known without its first groups.
"""

import re
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from itertools import pairwise, repeat
from operator import add
from threading import local
from typing import NamedTuple, Protocol

import snowballstemmer

from search_index.analysis.folding import HAN, Folded, fold

MAX_TERM_LENGTH = 64
"""Characters; longer "words" (a line of dashes read as letters, an encoded attachment) are cut here."""

_GAP = r"[ \t\r]{0,3}\n?[ \t\r]{0,3}"
_WORD = rf"[^\W_{HAN}]++"
_HYPHENS = "-\u2010-\u2015\u2212"
_SEPARATOR = rf"(?:[{_HYPHENS}][ \t\r]*\n[ \t]*|[{_HYPHENS}._/@&+'\u2019]|(?<=\d),(?=\d))"

PIECES = re.compile(rf"(?P<han>[{HAN}]++(?:{_GAP}[{HAN}]++)*+)|(?P<words>{_WORD}(?:{_SEPARATOR}{_WORD})*+)")
_PARTS = re.compile(_WORD)
_HAN_CHARACTER = re.compile(rf"[{HAN}]")
_ONLY_HYPHENS = re.compile(rf"[{_HYPHENS}\s]*")

_DIGITS = re.compile(r"[0-9]++")
_DIGIT_GROUPS = re.compile(rf"[0-9]++(?:(?:\) ?-?| ?\(|[ /{_HYPHENS}])[0-9]++)*+")
_GOES_ON = re.compile(rf"{_SEPARATOR}?{_WORD}")
_DATE = re.compile(r"(?<!\d)(?:(?:19|20)\d\d([-/])\d\d?\1\d\d?|\d\d?([-/])\d\d?\2(?:19|20)\d\d)(?!\d)")
_PHONE_GROUPS = range(2, 6)
_SHORTEST_GROUP = 2
"""Digits of a group; the first, a country, may have one."""
_PHONE_DIGITS = range(7, 16)
_BARE_PHONE_DIGITS = range(7, 12)
"""Of a number that has nothing but spaces to tell it from the figures of a table, and no 0 or + before it."""


class Kind(Enum):
    """What a term was made of."""

    STEM = "stem"
    HAN = "han"
    HAN_LAST = "han_last"
    WHOLE = "whole"


class Token(NamedTuple):
    """One indexed term. `position` counts words (and Han characters); `start` and `end` are offsets into the
    original text."""

    text: str
    position: int
    start: int
    end: int
    kind: Kind = Kind.STEM


TokenFields = tuple[str, int, int, int, Kind]
"""The fields of a token."""


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802  (the library's name)


class _Stemmers(local):
    """Snowball's stemmers keep the word at work in themselves, so each thread has its own pair."""

    def __init__(self) -> None:
        self.english: _Stemmer = snowballstemmer.stemmer("english")
        self.spanish: _Stemmer = snowballstemmer.stemmer("spanish")


_stemmers = _Stemmers()


@lru_cache(maxsize=100_000)
def stems(word: str) -> tuple[str, ...]:
    """The terms a folded word is indexed and asked for under; at least one, no repetitions.

    Both languages' stems always: which language a page is in is not known, and need not be.
    """
    word = word[:MAX_TERM_LENGTH]
    if not word.isalpha():
        return (word,)
    return tuple(dict.fromkeys((_stemmers.english.stemWord(word), _stemmers.spanish.stemWord(word))))


def tokens(text: str) -> list[Token]:
    """All terms of a text, in order of position."""
    return list(iterate_tokens(fold(text)))


def iterate_tokens(folded: Folded, position: int = 0) -> Iterator[Token]:
    """The terms of a folded text, the first at `position`."""
    if not folded.starts:
        return map(Token._make, cut(folded.text, position))
    return (
        Token(term, place, *folded.span(start, end), kind)
        for term, place, start, end, kind in cut(folded.text, position)
    )


def cut(text: str, position: int = 0) -> Iterator[TokenFields]:
    """The terms of a text that is folded already: like `iterate_tokens`, but as plain tuples and with offsets into
    the folded text. For indexing, where every term of an archive passes."""
    numbers: dict[int, tuple[str, int]] = {}
    numbers_end = 0
    stem_kind = Kind.STEM
    for piece in PIECES.finditer(text):
        word, at = piece.group(), piece.start()
        if piece.lastgroup == "han":
            pairs = _han(word, at, position)
            yield from pairs
            position = pairs[-1][1] + 1
            continue
        if "0" <= word[0] <= "9" and at >= numbers_end:
            numbers, numbers_end = spaced_number(text, at)
        if word.isalnum() and at not in numbers:
            end = at + len(word)
            for stem in stems(word):
                yield stem, position, at, end, stem_kind
            position += 1
        else:
            found = _compound(word, at, position, numbers)
            yield from found
            position = found[-1][1] + 1


def _han(run: str, base: int, position: int) -> list[TokenFields]:
    if run.isalnum():
        last = len(run) - 1
        end = base + last
        found = list(
            zip(
                map(add, run, run[1:]),
                range(position, position + last),
                range(base, end),
                range(base + 2, end + 2),
                repeat(Kind.HAN),
                strict=False,
            )
        )
        found.append((run[last], position + last, end, end + 1, Kind.HAN_LAST))
        return found
    places = [match.start() for match in _HAN_CHARACTER.finditer(run)]
    found = [
        (run[at] + run[following], position + index, base + at, base + following + 1, Kind.HAN)
        for index, (at, following) in enumerate(pairwise(places))
    ]
    at = places[-1]
    found.append((run[at], position + len(places) - 1, base + at, base + at + 1, Kind.HAN_LAST))
    return found


def _compound(compound: str, base: int, position: int, numbers: dict[int, tuple[str, int]]) -> list[TokenFields]:
    parts = split_compound(compound)
    whole = whole_of(compound, [part for part, _ in parts])
    found: list[TokenFields] = []
    for index, (part, at) in enumerate(parts):
        start, end = base + at, base + at + len(part)
        joined: dict[str, int] = {}
        if index == 0 and whole is not None:
            joined[whole] = base + len(compound)
        if start in numbers:
            number, number_end = numbers[start]
            joined[number] = number_end
        if index + 1 < len(parts):
            following, next_at = parts[index + 1]
            if "\n" in compound[at + len(part) : next_at]:
                joined.setdefault((part + following)[:MAX_TERM_LENGTH], base + next_at + len(following))
        for text, joined_end in joined.items():
            found += [(stem, position + index, start, joined_end, Kind.WHOLE) for stem in stems(text)]
        found += [(stem, position + index, start, end, Kind.STEM) for stem in stems(part)]
    return found


def split_compound(compound: str) -> list[tuple[str, int]]:
    """The words of a compound with their offsets in it; the English possessive is no word."""
    found = [(match.group(), match.start()) for match in _PARTS.finditer(compound)]
    return [
        (part, at)
        for index, (part, at) in enumerate(found)
        if not (part == "s" and index > 0 and compound[at - 1] in "'\u2019")
    ]


def whole_of(compound: str, parts: list[str]) -> str | None:
    """The compound without its separators, where people also write it so.

    Numbers (HT20260042), hyphened words, and words broken at the end of a line.
    """
    if len(parts) < 2:
        return None
    joined = "".join(parts)
    has_digit = any(char.isdigit() for char in joined)
    hyphened = len(parts) == 2 and _ONLY_HYPHENS.fullmatch(_PARTS.sub("", compound))
    return joined[:MAX_TERM_LENGTH] if has_digit or hyphened else None


def spaced_number(text: str, at: int) -> tuple[dict[int, tuple[str, int]], int]:
    """The groups of digits that begin at `at`, if they look like one telephone number: from 2 to 5 groups on one
    line, 7 to 15 digits together. A longer row is a table's, and dates are no part of a number.

    Returns the start of each group → (the digits from there on without separators, where they end), as long as
    there are 7; and where the row of groups ends, whatever it is.
    """
    row = _DIGIT_GROUPS.match(text, at)
    if row is None:
        return {}, at
    groups = [(match.group(), match.start()) for match in _DIGITS.finditer(text, at, row.end())]
    digits = "".join(group for group, _ in groups)
    is_bare = digits[0] != "0" and text[at - 1 : at] not in {"+", "("} and row.group().replace(" ", "").isdigit()
    if (
        len(groups) not in _PHONE_GROUPS
        or len(digits) not in (_BARE_PHONE_DIGITS if is_bare else _PHONE_DIGITS)
        or min(len(group) for group, _ in groups[1:]) < _SHORTEST_GROUP
        or _GOES_ON.match(text, row.end())
        or _DATE.search(text, at, row.end())
    ):
        return {}, row.end()
    numbers: dict[int, tuple[str, int]] = {}
    for group, start in groups[:-1]:
        if len(digits) >= _PHONE_DIGITS.start:
            numbers[start] = (digits, row.end())
        digits = digits[len(group) :]
    return numbers, row.end()
