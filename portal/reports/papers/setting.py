"""The page and its styles: one place for margins, sizes and inks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from portal.core.fonts import PdfFonts, printable
from portal.reports.drawing.pen import ACCENT, QUIET
from portal.reports.papers.text import Heading, Lines, Style, width_of

MARGIN = 18 * mm
WIDTH = float(A4[0] - 2 * MARGIN)
BOTTOM, TOP = 20 * mm, 24 * mm
HEIGHT = float(A4[1] - BOTTOM - TOP)
COVER_MARGIN = 28 * mm


class Setter:
    """Sets words in the document's styles, and remembers on which page each heading came to stand."""

    def __init__(self, fonts: PdfFonts, places: dict[str, int]) -> None:
        self.fonts, self.places = fonts, places
        body, heading = fonts.body, fonts.heading
        self._styles = {
            "cover title": Style(heading, 27, 35),
            "cover period": Style(heading, 17, 23, QUIET),
            "cover number": Style(body, 12, 16, ACCENT),
            "remark": Style(body, 10, 14, after=6),
            "section": Style(heading, 16, 21, ACCENT, before=16, after=4),
            "figure": Style(heading, 11.5, 15, before=12, after=3),
            "none": Style(heading, 10, 13.5, QUIET, before=7, after=2),
            "part": Style(body, 8.5, 11, QUIET, before=8, after=3),
            "key value": Style(heading, 17, 21),
            "key title": Style(body, 8.5, 11),
            "key change": Style(body, 7.5, 10),
            "key against": Style(body, 7, 9, QUIET),
            "text": Style(body, 9, 12.5, after=2),
            "quiet": Style(body, 8, 10.5, QUIET, after=2),
            "term": Style(body, 9, 12, ACCENT, before=5),
        }

    def lines(self, text: str, style: str, *, indent: float = 0.0) -> Lines:
        """Text in a style."""
        return Lines(text, self._styles[style], indent=indent)

    def width(self, text: str, style: str) -> float:
        """How wide a text in a style is on one line."""
        one = self._styles[style]
        return width_of(printable(text), one.font, one.size)

    def heading(self, text: str, style: str, *, key: str, level: int) -> Heading:
        """A heading that outline and contents lead to."""
        return Heading(text, self._styles[style], key=key, level=level, places=self.places)

    def plain(self) -> list[tuple[Any, ...]]:
        """What every table begins with. A table names a font even where all its cells are flowables: unless told,
        Helvetica, which is not embedded."""
        return [("FONTNAME", (0, 0), (-1, -1), self.fonts.body), ("VALIGN", (0, 0), (-1, -1), "TOP")]


def padding(sides: Sequence[float]) -> list[tuple[Any, ...]]:
    """The four paddings of all cells: left, right, top, bottom."""
    names = ("LEFT", "RIGHT", "TOP", "BOTTOM")
    return [(f"{name}PADDING", (0, 0), (-1, -1), points) for name, points in zip(names, sides, strict=True)]
