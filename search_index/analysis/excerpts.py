"""Where in a text a query matches: the page to open, the passage to show, the spans to mark.

Worked out from the text itself for the few hits that are shown, so that it is the same for every engine.
"""

import re
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass

from search_index.analysis.folding import fold, is_han
from search_index.analysis.query import Element, ParsedQuery, Sequence, Word
from search_index.analysis.words import Kind, Token, iterate_tokens

_SPACE = re.compile(r"\s+")
_MAX_PAGES_READ = 64
"""Pages cut into terms to find the best one; the others are only looked through for the words' letters."""
_BOUNDARY_SLACK = 16
"""Characters a passage may grow or shrink by so as not to cut a word."""


@dataclass(frozen=True, slots=True)
class Match:
    """A span of the original text that a word of the query (by its number) matches."""

    start: int
    end: int
    word: int


@dataclass(frozen=True, slots=True)
class Snippet:
    """A passage, as (text, is it a match) parts, and whether the text goes on before and after it."""

    parts: tuple[tuple[str, bool], ...]
    cut_before: bool = False
    cut_after: bool = False

    @property
    def text(self) -> str:
        """The passage without marks."""
        return "".join(part for part, _ in self.parts)


class _Places:
    """The terms of one text by position."""

    def __init__(self, text: str) -> None:
        self.positions: dict[str, list[tuple[int, Token]]] = {}
        for token in iterate_tokens(fold(text)):
            self.positions.setdefault(token.text, []).append((token.position, token))

    def of(self, element: Element) -> dict[int, Token]:
        """Position → token, for every place where the element stands."""
        if element.prefix:
            prefix = element.terms[0]
            return {
                position: Token(prefix, position, token.start, token.start + 1, token.kind)
                for term, places in self.positions.items()
                if term.startswith(prefix)
                for position, token in places
                if token.kind in {Kind.HAN, Kind.HAN_LAST}
            }
        return {position: token for term in element.terms for position, token in self.positions.get(term, ())}

    def spans(self, sequence: Sequence) -> list[tuple[int, int]]:
        """The spans in which the whole sequence stands."""
        places = [self.of(element) for element in sequence]
        found: list[tuple[int, int]] = []
        for position, first in places[0].items():
            rest = [place.get(position + element.offset) for place, element in zip(places, sequence, strict=True)]
            if all(token is not None for token in rest):
                found.append((first.start, max(token.end for token in rest if token is not None)))
        return found


def matches(text: str, query: ParsedQuery) -> list[Match]:
    """Every place of the text that a word of the query matches, in order, without overlaps."""
    places = _Places(text)
    found = sorted(
        {
            Match(start, end, number)
            for number, word in enumerate(query.words)
            for sequence in word.sequences
            for start, end in places.spans(sequence)
        },
        key=lambda match: (match.start, -match.end),
    )
    kept: list[Match] = []
    for match in found:
        if not kept or match.start >= kept[-1].end:
            kept.append(match)
    return kept


def best_page(pages: SequenceOf[str], query: ParsedQuery) -> int | None:
    """The index of the first page on which most words of the query match; None where no word does."""
    probes = [_probe(word) for word in query.words]
    bounds: list[tuple[int, int]] = []
    for index, page in enumerate(pages):
        letters = _SPACE.sub("", fold(page).text)
        possible = sum(1 for probe in probes if all(any(part in letters for part in parts) for parts in probe))
        if possible:
            bounds.append((-possible, index))
    bounds.sort()
    best, best_count = None, 0
    for bound, index in bounds[:_MAX_PAGES_READ]:
        if best_count >= -bound:
            break
        places = _Places(pages[index])
        count = sum(1 for word in query.words if any(places.spans(sequence) for sequence in word.sequences))
        if count > best_count:
            best, best_count = index, count
    return best


def _probe(word: Word) -> list[tuple[str, ...]]:
    """Letters a page must contain for the word to match there: for each element, any of these.

    A stem may differ from its word in the last letters (company, compani), so those are left off.
    """
    if len(word.sequences) > 1:
        return []
    return [
        tuple(
            term if is_han(term[0]) or not term.isalpha() else term[: max(2, len(term) - 2)] for term in element.terms
        )
        for element in word.sequences[0]
    ]


def snippet(text: str, query: ParsedQuery, width: int = 160) -> Snippet:
    """The passage of about `width` characters with most of the query in it, matches marked; without any
    match, the beginning of the text."""
    found = matches(text, query)
    start, end = _densest(found, width) if found else (0, min(width, len(text)))
    spare = max(0, width - (end - start))
    start = _word_start(text, max(0, start - spare // 2))
    end = _word_end(text, min(len(text), start + max(width, end - start)))
    parts: list[tuple[str, bool]] = []
    at = start
    for match in found:
        if match.start >= at and match.end <= end:
            parts += [(text[at : match.start], False), (text[match.start : match.end], True)]
            at = match.end
    parts.append((text[at:end], False))
    return Snippet(
        _tidy(parts),
        cut_before=bool(text[:start].strip()),
        cut_after=bool(text[end:].strip()),
    )


def _densest(found: list[Match], width: int) -> tuple[int, int]:
    best = (0, 0)
    span = (found[0].start, found[0].end)
    last = 0
    for first, match in enumerate(found):
        last = max(last, first)
        while last + 1 < len(found) and found[last + 1].end <= match.start + width:
            last += 1
        inside = found[first : last + 1]
        rank = (len({each.word for each in inside}), len(inside))
        if rank > best:
            best, span = rank, (match.start, inside[-1].end)
    return span


def _is_boundary(text: str, offset: int) -> bool:
    """Whether a cut before `offset` leaves words whole; between Han characters it always does."""
    if offset <= 0 or offset >= len(text):
        return True
    before, after = text[offset - 1], text[offset]
    return not (before.isalnum() and after.isalnum()) or is_han(before) or is_han(after)


def _word_start(text: str, offset: int) -> int:
    for candidate in range(offset, max(-1, offset - _BOUNDARY_SLACK), -1):
        if _is_boundary(text, candidate):
            return candidate
    return offset


def _word_end(text: str, offset: int) -> int:
    for candidate in range(offset, min(len(text) + 1, offset + _BOUNDARY_SLACK)):
        if _is_boundary(text, candidate):
            return candidate
    return offset


def _tidy(parts: list[tuple[str, bool]]) -> tuple[tuple[str, bool], ...]:
    """White space as single spaces, none at the two ends, no empty parts."""
    tidied = [(_SPACE.sub(" ", part), marked) for part, marked in parts if part]
    if tidied:
        tidied[0] = (tidied[0][0].lstrip(), tidied[0][1])
        tidied[-1] = (tidied[-1][0].rstrip(), tidied[-1][1])
    return tuple((part, marked) for part, marked in tidied if part)
