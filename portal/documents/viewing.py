"""Where the hits of a query stand: on the image of a page, and among the pages of a document.

Pure: texts, boxes and a query in, numbers out. A hit is boxed only where the text that is shown and the text that
was read line up; where a person corrected the text and they do not, there is no box.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from threading import Lock
from typing import Literal, NamedTuple

from PIL import ImageFont
from rapidfuzz.distance import Indel

from portal.core.fonts import printable, sans_path
from portal.documents.reading.results import TextBox
from search_index.analysis import matches
from search_index.language import parse

_HYPHENS = frozenset("-\u00ad\u2010")
"""Signs that are read at a line's end and left out where a divided word is made whole."""

_CONTEXT = 4
"""Letters before or after a hit that must line up too, where its word stands on the page more than once: of two
the wrong one would be boxed."""

_MOST_COMPARED = 30_000
"""Letters up to which two texts that differ are lined up: the work and the memory for it (here 100 MB) grow with the
square, and a dense newspaper page has 20,000."""

_TALL = 1.5
"""A box so many times as high as it is wide (in shares of its page) holds a line that runs up or down."""

_PADDING = 0.12
"""A hit's box is so much of its line's height wider at each end: letters differ in width."""

Turn = Literal[0, 90, 180, 270]


class Span(NamedTuple):
    """A hit in the text of a page: offsets of its first character and of the one after its last."""

    start: int
    end: int


class Box(NamedTuple):
    """A rectangle; coordinates are shares (0 to 1) of the page from its top left."""

    x0: float
    y0: float
    x1: float
    y1: float


def hits_in(text: str, query: str) -> list[Span]:
    """Every hit of `query` in the text, in order and without overlaps."""
    if not query.strip():
        return []
    return [Span(match.start, match.end) for match in matches(text, parse(query).words)]


def marked_parts(text: str, hits: Sequence[Span], first_number: int) -> list[tuple[str, int | None]]:
    """The text as (piece, number of the hit it is) in order; hits are numbered from `first_number`."""
    parts: list[tuple[str, int | None]] = []
    end = 0
    for number, hit in enumerate(hits, first_number):
        parts += [(text[end : hit.start], None), (text[hit.start : hit.end], number)]
        end = hit.end
    parts.append((text[end:], None))
    return [part for part in parts if part[0]]


def hit_boxes(text: str, boxes: Sequence[TextBox], hits: Sequence[Span], turn: int = 0) -> list[list[Box]]:
    """For each hit the boxes around it, on the page turned clockwise by `turn` degrees.

    `boxes` are what was read, in the order of the text, on the page as it is before turning. A hit that goes
    over a line's end has several boxes; one that cannot be placed for certain has none.
    """
    if not hits or not boxes:
        return [[] for _ in hits]
    read = _Letters.of_boxes(boxes)
    shown = _Letters.of_text(text)
    aligned = _aligned(read.signs, shown.signs)
    standing = [turned(Box(*box[:4]), turn) for box in boxes]
    direction = _reading_direction(standing, boxes)
    found = []
    for hit in hits:
        letters = _placed(shown, read, aligned, hit)
        found.append([_cut(standing[piece], boxes[piece].text, *ends, direction) for piece, ends in letters])
    return found


def turned(box: Box, turn: int) -> Box:
    """Where `box` stands when its page is turned clockwise by `turn` degrees (a multiple of 90)."""
    x0, y0, x1, y1 = box
    match turn % 360:
        case 90:
            return Box(1 - y1, x0, 1 - y0, x1)
        case 180:
            return Box(1 - x1, 1 - y1, 1 - x0, 1 - y0)
        case 270:
            return Box(y0, 1 - x1, y1, 1 - x0)
        case _:
            return box


@dataclass(frozen=True)
class _Letters:
    """A text without its white space; for each sign, where it comes from: (piece, offset)."""

    signs: str
    places: list[tuple[int, int]]

    @classmethod
    def of_text(cls, text: str) -> _Letters:
        return cls._of(enumerate([text]))

    @classmethod
    def of_boxes(cls, boxes: Sequence[TextBox]) -> _Letters:
        return cls._of((number, box.text) for number, box in enumerate(boxes))

    @classmethod
    def _of(cls, pieces: Iterator[tuple[int, str]]) -> _Letters:
        kept = [(sign, (number, at)) for number, piece in pieces for at, sign in enumerate(piece) if not sign.isspace()]
        return cls("".join(sign for sign, _ in kept), [place for _, place in kept])


def _aligned(read: str, shown: str) -> list[int | None]:
    """For each letter of the text that is shown, the same letter in what was read, in order; None without one."""
    if read == shown:
        return list(range(len(shown)))
    places: list[int | None] = [None] * len(shown)
    if len(read) * len(shown) > _MOST_COMPARED**2:
        return places
    for part in Indel.opcodes(read, shown):
        if part.tag == "equal":
            places[part.dest_start : part.dest_end] = range(part.src_start, part.src_end)
    return places


def _placed(
    shown: _Letters, read: _Letters, aligned: Sequence[int | None], hit: Span
) -> list[tuple[int, tuple[int, int]]]:
    """The pieces of what was read that make up a hit, with the first and the last offset in each; else nothing."""
    first = bisect_left(shown.places, (0, hit.start))
    after = bisect_left(shown.places, (0, hit.end))
    places = [place for place in aligned[first:after] if place is not None]
    if first == after or len(places) < after - first or not _unbroken(places, read.signs):
        return []
    word = shown.signs[first:after]
    alone = shown.signs.count(word) == read.signs.count(word) == 1
    if not alone and shown.signs != read.signs and not _in_context(aligned, first, after):
        return []
    ends: dict[int, tuple[int, int]] = {}
    for piece, offset in (read.places[place] for place in places):
        ends[piece] = (ends.get(piece, (offset, offset))[0], offset)
    return list(ends.items())


def _unbroken(places: Sequence[int], read: str) -> bool:
    """Whether these letters follow each other in what was read; a hyphen may stand between them."""
    return all(
        set(read[place + 1 : following]) <= _HYPHENS for place, following in zip(places, places[1:], strict=False)
    )


def _in_context(aligned: Sequence[int | None], first: int, after: int) -> bool:
    """Whether the letters before or after these stand beside them in what was read, too."""
    before = range(first - _CONTEXT, first + 1)
    behind = range(after - 1, after + _CONTEXT)
    return any(
        side[0] >= 0
        and side[-1] < len(aligned)
        and all(
            aligned[one] is not None and aligned[two] == (aligned[one] or 0) + 1
            for one, two in zip(side, side[1:], strict=False)
        )
        for side in (before, behind)
    )


def _reading_direction(standing: Sequence[Box], boxes: Sequence[TextBox]) -> Turn:
    """How far the text that is read lies turned on the page as it is shown: from which way its lines follow.

    A scan may lie on its side or on its head; recognition read it the right way up and tells the lines in
    their order.
    """
    lines = [box for box, read in zip(standing, boxes, strict=True) if len(read.text) > 1]
    steps = list(zip(lines, lines[1:], strict=False))
    if sum(_is_tall(box) for box in lines) * 2 > len(lines):
        leftwards = sum((two.x0 < one.x0) - (two.x0 > one.x0) for one, two in steps)
        return 90 if leftwards >= 0 else 270
    downwards = sum((two.y0 > one.y0) - (two.y0 < one.y0) for one, two in steps)
    return 0 if downwards >= 0 else 180


def _is_tall(box: Box) -> bool:
    return box.y1 - box.y0 > _TALL * (box.x1 - box.x0)


def _cut(box: Box, text: str, first: int, last: int, direction: Turn) -> Box:
    """The part of a line's box that its letters from `first` to `last` take up; all of it where the line does
    not run as the others do."""
    if len(text) > 1 and _is_tall(box) != (direction in (90, 270)):
        return box
    length = _length(text) or 1.0
    start, end = _length(text[:first]) / length, _length(text[: last + 1]) / length
    if direction in (180, 270):
        start, end = 1 - end, 1 - start
    x0, y0, x1, y1 = box
    if direction in (90, 270):
        padding = _PADDING * (x1 - x0)
        high = y1 - y0
        return Box(x0, max(y0, y0 + start * high - padding), x1, min(y1, y0 + end * high + padding))
    padding = _PADDING * (y1 - y0)
    wide = x1 - x0
    return Box(max(x0, x0 + start * wide - padding), y0, min(x1, x0 + end * wide + padding), y1)


def _length(text: str) -> float:
    """How long a line is, in no unit: only shares of it matter."""
    return _font().getlength("".join(" " if sign.isspace() else sign for sign in printable(text)))


@lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont:
    """Letters of a usual face are as wide, next to each other, as this one's: near enough for a box."""
    return ImageFont.truetype(str(sans_path()), 20, layout_engine=ImageFont.Layout.BASIC)


@dataclass(frozen=True)
class Tour:
    """The hits of a query through a document, numbered from 1: on which pages they stand."""

    pages: tuple[int, ...]
    """Numbers of the pages with hits, in order."""

    ends: tuple[int, ...]
    """For each of them, the number of its last hit."""

    counted_to: int | None = None
    """Number of the last page that was looked at; None where all were."""

    @property
    def is_whole(self) -> bool:
        """Whether all pages were looked at."""
        return self.counted_to is None

    def reaches(self, page: int) -> bool:
        """Whether page number `page` was looked at."""
        return self.counted_to is None or page <= self.counted_to

    @property
    def total(self) -> int:
        """How many hits there are; at least, where not all pages were looked at."""
        return self.ends[-1] if self.ends else 0

    def count_on(self, page: int) -> int:
        """How many hits page number `page` has."""
        at = bisect_left(self.pages, page)
        if at == len(self.pages) or self.pages[at] != page:
            return 0
        return self.ends[at] - (self.ends[at - 1] if at else 0)

    def before(self, page: int) -> int:
        """How many hits stand on pages before page number `page`."""
        at = bisect_left(self.pages, page)
        return self.ends[at - 1] if at else 0

    def page_of(self, hit: int) -> int | None:
        """The number of the page on which a hit stands; None where there is no such hit."""
        return self.pages[bisect_left(self.ends, hit)] if 1 <= hit <= self.total else None

    def previous(self, page: int, hit: int | None) -> int | None:
        """The hit before `hit`, or before page number `page` where it has none."""
        number = self.before(page) if hit is None else hit - 1
        return number if number >= 1 else None

    def following(self, page: int, hit: int | None) -> int | None:
        """The hit after `hit`, or after page number `page` where it has none."""
        at = bisect_right(self.pages, page)
        number = (self.ends[at - 1] if at else 0) + 1 if hit is None else hit + 1
        return number if number <= self.total else None


class HitCounter:
    """Counts hits through whole documents and remembers the last results; safe to use from several threads.

    Each call looks at about `budget` characters: a document that has more is gone on with by the next call.
    What is remembered hangs on the texts themselves: a corrected page is counted anew.
    """

    def __init__(self, kept: int = 256, budget: int = 500_000) -> None:
        self._most = kept
        self._budget = budget
        self._kept: OrderedDict[bytes, Tour] = OrderedDict()
        self._lock = Lock()

    def tour(self, pages: Sequence[tuple[int, str]], query: str) -> Tour:
        """The hits of `query` in `pages`, given as (number, text) in order; as far as the budget goes."""
        key = self._key(pages, query)
        tour = self._remembered(key)
        if tour is None or not tour.is_whole:
            tour = _counted_on(tour or Tour((), (), 0), pages, query, self._budget)
            with self._lock:
                self._kept[key] = tour
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return tour

    def known_tour(self, pages: Sequence[tuple[int, str]], query: str) -> Tour | None:
        """The same as far as it was counted before; None where it would have to be counted now."""
        return self._remembered(self._key(pages, query))

    def _remembered(self, key: bytes) -> Tour | None:
        with self._lock:
            tour = self._kept.get(key)
            if tour is not None:
                self._kept.move_to_end(key)
            return tour

    @staticmethod
    def _key(pages: Sequence[tuple[int, str]], query: str) -> bytes:
        digest = sha256(query.encode("utf-8", "replace"))
        for number, text in pages:
            digest.update(f"\0{number}\0{len(text)}\0".encode())
            digest.update(text.encode("utf-8", "replace"))
        return digest.digest()


def _counted_on(tour: Tour, pages: Sequence[tuple[int, str]], query: str, budget: int) -> Tour:
    """The same with the hits of the pages behind those it reaches: of one at least, and of no more when `budget`
    characters were looked at."""
    numbers, ends, total = list(tour.pages), list(tour.ends), tour.total
    left = budget
    for number, text in pages:
        if tour.reaches(number):
            continue
        if left <= 0:
            return Tour(tuple(numbers), tuple(ends), number - 1)
        left -= len(text)
        count = len(hits_in(text, query))
        if count:
            total += count
            numbers.append(number)
            ends.append(total)
    return Tour(tuple(numbers), tuple(ends))
