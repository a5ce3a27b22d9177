"""What a person typed, understood: words that must all match, each as one or more sequences of terms."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from search_index.analysis.folding import Folded, fold
from search_index.analysis.names import typed_name
from search_index.analysis.words import PIECES, Kind, Token, iterate_tokens

MAX_WORDS = 32
MAX_SEQUENCE = 64
MAX_LENGTH = 2000
"""Characters of a query that are read."""

_QUOTES = '"\u201c\u201d\u201e\u00ab\u00bb\u300c\u300d\u300e\u300f'
_QUOTE = re.compile(f"[{_QUOTES}\uff02]")


class Problem(StrEnum):
    """What of a query could not be understood; the rest is searched all the same."""

    NO_WORDS = "no_words"
    UNCLOSED_QUOTE = "unclosed_quote"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Element:
    """One place of a sequence: any of the terms will do. `prefix`: the term only begins the indexed one."""

    terms: tuple[str, ...]
    offset: int
    prefix: bool = False


Sequence = tuple[Element, ...]
"""Elements at fixed distances (`offset`) from the first, which stands at 0."""


@dataclass(frozen=True, slots=True)
class Word:
    """Something that must occur: one of the sequences, or (in names) a spelling beginning with `name`."""

    text: str
    sequences: tuple[Sequence, ...]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """All of `words` must match. No words: nothing matches."""

    words: tuple[Word, ...]
    problems: tuple[Problem, ...] = ()


def parse(text: str) -> ParsedQuery:
    """Understand a query: words (all of them) and "phrases". Never raises, whatever was typed."""
    problems: list[Problem] = []
    if len(text) > MAX_LENGTH:
        text = text[:MAX_LENGTH]
        problems.append(Problem.TOO_LONG)
    segments = _QUOTE.split(text)
    if len(segments) % 2 == 0:
        problems.append(Problem.UNCLOSED_QUOTE)
    words: dict[tuple[Sequence, ...], Word] = {}
    for index, segment in enumerate(segments):
        quoted = index % 2 == 1 and index < len(segments) - 1
        for word in _phrase(segment) if quoted else _words(segment):
            words.setdefault(word.sequences, word)
    if len(words) > MAX_WORDS and Problem.TOO_LONG not in problems:
        problems.append(Problem.TOO_LONG)
    if not words:
        problems.append(Problem.NO_WORDS)
    return ParsedQuery(tuple(words.values())[:MAX_WORDS], tuple(problems))


def _phrase(text: str) -> Iterable[Word]:
    sequence = _sequence(iterate_tokens(fold(text)))
    if sequence:
        yield Word(" ".join(text.split()), (sequence,))


def _words(text: str) -> Iterable[Word]:
    for chunk in text.split():
        folded = fold(chunk)
        for piece in PIECES.finditer(folded.text):
            found = list(iterate_tokens(Folded(piece.group(), piece.group(), ())))
            whole = tuple(token.text for token in found if token.kind is Kind.WHOLE)
            sequences = [_sequence(found)]
            if whole:
                sequences.append((Element(whole, 0),))
            start, end = folded.span(piece.start(), piece.end())
            yield Word(chunk[start:end], tuple(filter(None, sequences)), typed_name(piece.group()))


def _sequence(found: Iterable[Token]) -> Sequence:
    """The elements that say where the terms stand. Of a Han run every second pair is enough, and the last."""
    by_position: dict[int, list[Token]] = {}
    for token in found:
        if token.kind is not Kind.WHOLE:
            by_position.setdefault(token.position, []).append(token)
    elements: list[Element] = []
    covered_until = -1
    positions = sorted(by_position)[:MAX_SEQUENCE]
    for position in positions:
        token = by_position[position][0]
        following = by_position.get(position + 1, [token])[0]
        if token.kind is Kind.HAN:
            if position < covered_until and following.kind is Kind.HAN:
                continue
            elements.append(Element((token.text,), position))
            covered_until = position + 2
        elif token.kind is Kind.HAN_LAST:
            if position >= covered_until:
                elements.append(Element((token.text,), position, prefix=True))
        else:
            elements.append(Element(tuple(token.text for token in by_position[position]), position))
    first = elements[0].offset if elements else 0
    return tuple(Element(element.terms, element.offset - first, element.prefix) for element in elements)
