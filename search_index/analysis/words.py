"""Text cut into the terms that are indexed: the same for every engine.

* Latin words: the English and the Spanish stem, both at the word's position.
* Han text: overlapping pairs of characters; the last character of a run also alone, so that every character
  begins some term and a single one can be asked for as a prefix.
* HT-2026-0042: its parts at successive positions, and the whole without separators at the first.
"""

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import pairwise
from threading import local
from typing import Protocol

import snowballstemmer

from search_index.analysis.folding import HAN, Folded, fold

MAX_TERM_LENGTH = 64
"""Characters; longer "words" (a line of dashes read as letters, an encoded attachment) are cut here."""

_GAP = r"[ \t\r]{0,3}\n?[ \t\r]{0,3}"
_WORD = rf"[^\W_{HAN}]+"
_HYPHENS = "-\u2010-\u2015\u2212"
_SEPARATOR = rf"(?:[{_HYPHENS}][ \t\r]*\n[ \t]*|[{_HYPHENS}._/@&+'\u2019]|(?<=\d),(?=\d))"

PIECES = re.compile(rf"(?P<han>[{HAN}](?:{_GAP}[{HAN}])*)|(?P<words>{_WORD}(?:{_SEPARATOR}{_WORD})*)")
_PARTS = re.compile(_WORD)
_HAN_CHARACTER = re.compile(rf"[{HAN}]")
_ONLY_HYPHENS = re.compile(rf"[{_HYPHENS}\s]*")


class Kind(Enum):
    """What a term was made of."""

    STEM = "stem"
    HAN = "han"
    HAN_LAST = "han_last"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Token:
    """One indexed term. `position` counts words (and Han characters); `start` and `end` are offsets into the
    original text."""

    text: str
    position: int
    start: int
    end: int
    kind: Kind = Kind.STEM


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
    for piece in PIECES.finditer(folded.text):
        if piece.lastgroup == "han":
            position = yield from _han(folded, piece, position)
        else:
            position = yield from _compound(folded, piece, position)


def _han(folded: Folded, piece: re.Match[str], position: int) -> Generator[Token, None, int]:
    run = [(match.group(), match.start()) for match in _HAN_CHARACTER.finditer(piece.group())]
    base = piece.start()
    for (char, at), (following, next_at) in pairwise(run):
        start, end = folded.span(base + at, base + next_at + 1)
        yield Token(char + following, position, start, end, Kind.HAN)
        position += 1
    last, at = run[-1]
    start, end = folded.span(base + at, base + at + 1)
    yield Token(last, position, start, end, Kind.HAN_LAST)
    return position + 1


def _compound(folded: Folded, piece: re.Match[str], position: int) -> Generator[Token, None, int]:
    base = piece.start()
    parts = split_compound(piece.group())
    whole = whole_of(piece.group(), [part for part, _ in parts])
    if whole is not None:
        start, end = folded.span(piece.start(), piece.end())
        for stem in stems(whole):
            yield Token(stem, position, start, end, Kind.WHOLE)
    for index, (part, at) in enumerate(parts):
        start, end = folded.span(base + at, base + at + len(part))
        for stem in stems(part):
            yield Token(stem, position + index, start, end)
    return position + len(parts)


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
