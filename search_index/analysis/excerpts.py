"""Where in a text a query matches: the page to open, the passage to show, the spans to mark.

Worked out from the text itself for the few hits that are shown, so that it is the same for every engine.
"""

import re
from collections.abc import Iterable
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass

from search_index.analysis.folding import is_han
from search_index.analysis.sought import Word
from search_index.analysis.spotting import Look, Span

_SPACE = re.compile(r"\s+")
_MOST_PAGES_READ = 256
"""Pages cut into terms to find the best one of a document, of those on which all words may stand and of those on which
some may; the others are only looked through for the words' letters."""
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


@dataclass(frozen=True, slots=True)
class Passage:
    """What to show of a document: the page (its index) on which most words match, and the best piece of it."""

    page: int
    snippet: Snippet


def matches(text: str, words: SequenceOf[Word]) -> list[Match]:
    """Every place of the text that a word of the query matches, in order, without overlaps."""
    return _apart(Look(text, tuple(words)).spans()) if words else []


def _apart(spans: Iterable[Span]) -> list[Match]:
    kept: list[Match] = []
    for start, end, word in sorted(spans, key=lambda span: (span.start, -span.end, span.word)):
        if not kept or start >= kept[-1].end:
            kept.append(Match(start, end, word))
    return kept


def best_page(pages: Iterable[str], words: SequenceOf[Word]) -> int | None:
    """The index of the first page on which most words of the query match; None where no word does. Pages behind one
    on which all do are not asked for."""
    found = _best(pages, words)
    return found[0] if found else None


def best_passage(pages: Iterable[str], words: SequenceOf[Word], width: int = 160) -> Passage | None:
    """The best page, as `best_page` chooses it, and what `snippet` shows of it."""
    found = _best(pages, words)
    if found is None:
        return None
    index, page, spans = found
    return Passage(index, _shown(page, _apart(spans), width))


def _best(pages: Iterable[str], words: SequenceOf[Word]) -> tuple[int, str, list[Span]] | None:
    """Index, text and matches of the best page."""
    words = tuple(words)
    best: tuple[int, str, list[Span]] | None = None
    best_count = 0
    left = {True: _MOST_PAGES_READ, False: _MOST_PAGES_READ}
    for index, page in enumerate(pages if words else ()):
        look = Look(page, words)
        possible = look.possible()
        if possible <= best_count or not left[possible == len(words)]:
            continue
        left[possible == len(words)] -= 1
        spans = look.spans()
        count = len({span.word for span in spans})
        if count > best_count:
            best, best_count = (index, page, spans), count
        if count == len(words):
            break
    return best


def snippet(text: str, words: SequenceOf[Word], width: int = 160) -> Snippet:
    """The passage of about `width` characters with most of the query in it, matches marked; without any
    match, the beginning of the text."""
    return _shown(text, matches(text, words), width)


def _shown(text: str, found: SequenceOf[Match], width: int) -> Snippet:
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


def _densest(found: SequenceOf[Match], width: int) -> tuple[int, int]:
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
