"""From boxes of recognised text to text in reading order.

Boxes that stand side by side form a row, rows go from top to bottom, and columns of running text are read one
after the other. Vertical Chinese goes from the column at the right to the one at the left. Latin words are
joined with spaces, Han characters with nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from portal.documents.reading.results import TextBox

_GUTTERS = range(25, 76)
"""Where a gutter is looked for, in hundredths of the width of the text."""

_MIN_COLUMN_LINES = 4
_MIN_COLUMN_SHARE = 0.25
"""A column of running text: so many lines at least, typically so wide in shares of the page."""

_MAX_CROSSING_SHARE = 0.3
_HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
_HYPHENATED = re.compile(r"([^\W\d_]{2,})[-\u00ad\u2010]\n([^\W\d_]+)([^\w\s]*)[^\S\n]*\n?")


@dataclass(frozen=True)
class Piece:
    """A recognised piece of one line: its box in pixels of the levelled, upright page, and how sure it is."""

    x0: float
    y0: float
    x1: float
    y1: float
    text: str
    score: float
    seen: TextBox
    """Where it stands on the page as it is displayed: not levelled, not turned."""

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2


def in_reading_order(pieces: Sequence[Piece], page_width: float, vertical: bool = False) -> list[list[Piece]]:
    """Sort `pieces` into rows, each from left to right, in the order in which a person reads them.

    `vertical`: into columns instead, each from top to bottom, the first at the right.
    """
    if vertical:
        return _columns_from_the_right(pieces)
    gutter = _gutter(pieces, page_width)
    if gutter is None:
        return _rows(pieces)
    rows: list[list[Piece]] = []
    crossing = sorted((p for p in pieces if p.x0 < gutter < p.x1), key=lambda p: p.middle)
    beside = [p for p in pieces if not p.x0 < gutter < p.x1]
    for heading in [*crossing, None]:
        band = [p for p in beside if heading is None or p.middle < heading.middle]
        beside = [p for p in beside if p not in band]
        left, right = [p for p in band if p.x1 <= gutter], [p for p in band if p.x0 >= gutter]
        if _is_running_text(left, page_width) and _is_running_text(right, page_width):
            rows += in_reading_order(left, page_width) + in_reading_order(right, page_width)
        else:
            rows += _rows(band)
        if heading is not None:
            rows.append([heading])
    return rows


def text_of(rows: Sequence[Sequence[Piece]]) -> str:
    """The text of `rows`, one line each; words that were hyphenated at a line's end are whole again."""
    return without_hyphenation("\n".join(joined([piece.text for piece in row]) for row in rows))


def joined(parts: Sequence[str]) -> str:
    """Join neighbours with a space, except between Han characters (and their punctuation)."""
    text = ""
    for part in filter(None, (p.strip() for p in parts)):
        glue = "" if not text or (_HAN.match(text[-1]) and _HAN.match(part[0])) else " "
        text += glue + part
    return text


def without_hyphenation(text: str) -> str:
    """Move the rest of a word that was divided at a line's end up to its beginning.

    Only where the rest begins with a small letter: names such as `Buenos-Aires` keep their hyphen.
    """

    def whole(match: re.Match[str]) -> str:
        start, rest, marks = match.groups()
        return f"{start}{rest}{marks}\n" if rest[0].islower() else match.group()

    return _HYPHENATED.sub(whole, text)


def _rows(pieces: Sequence[Piece]) -> list[list[Piece]]:
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda p: p.middle):
        for row in rows[-3:]:
            height = min(piece.height, median(p.height for p in row))
            nearest = min(row, key=lambda p: max(p.x0 - piece.x1, piece.x0 - p.x1))
            apart = max(nearest.x0 - piece.x1, piece.x0 - nearest.x1) > -0.5 * height
            if apart and abs(piece.middle - nearest.middle) < 0.5 * height:
                row.append(piece)
                break
        else:
            rows.append([piece])
    rows.sort(key=lambda row: median(p.middle for p in row))
    return [sorted(row, key=lambda p: p.x0) for row in rows]


def _columns_from_the_right(pieces: Sequence[Piece]) -> list[list[Piece]]:
    columns: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda p: -(p.x0 + p.x1)):
        across = (piece.x0 + piece.x1) / 2
        if columns and across > min(p.x0 for p in columns[-1]):
            columns[-1].append(piece)
        else:
            columns.append([piece])
    return [sorted(column, key=lambda p: p.middle) for column in columns]


def _gutter(pieces: Sequence[Piece], page_width: float) -> float | None:
    """An x that few pieces cross, with running text at both sides; None where there are no columns."""
    if len(pieces) < 2 * _MIN_COLUMN_LINES:
        return None
    start, end = min(p.x0 for p in pieces), max(p.x1 for p in pieces)
    places = [start + (end - start) * share / 100 for share in _GUTTERS]
    crossings = {x: sum(p.x0 < x < p.x1 for p in pieces) for x in places}
    middle = (start + end) / 2
    for x in sorted(places, key=lambda x: (crossings[x], abs(x - middle))):
        if crossings[x] > _MAX_CROSSING_SHARE * len(pieces):
            return None
        left, right = [p for p in pieces if p.x1 <= x], [p for p in pieces if p.x0 >= x]
        if _is_running_text(left, page_width) and _is_running_text(right, page_width):
            return x
    return None


def _is_running_text(pieces: Sequence[Piece], page_width: float) -> bool:
    if len(pieces) < _MIN_COLUMN_LINES:
        return False
    return median(p.x1 - p.x0 for p in pieces) >= _MIN_COLUMN_SHARE * page_width
