"""Lines, areas and words of a drawing, in inks that stay apart on a black and white print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import islice
from typing import Literal

from reportlab.graphics.shapes import Drawing, Line, Path, Rect, String
from reportlab.lib.colors import Color, HexColor, white
from reportlab.pdfbase import pdfmetrics

from portal.core.fonts import printable
from portal.reports.drawing.breaking import broken_lines, ended

INK = HexColor("#1c1c1a")
ACCENT = HexColor("#1f5a41")
QUIET = HexColor("#5c5c57")
HAIRLINE = HexColor("#cfcfc8")
MIDDLE = HexColor("#9aa39c")
"""Halfway in luminance between the accent and the paper."""
INSIDE = HexColor("#222220")
"""The ink of words and lines inside a pale area, which stays pale on a dark page."""
DARK = HexColor("#1b5740")
"""The ground of words in white, which stays dark on a dark page."""
WHITE = white

SIZE = 7.5
"""Points of all words in a chart."""
LINE_HEIGHT = 9.5

Anchor = Literal["start", "middle", "end"]
Hatch = Literal["none", "rising", "falling", "crossed", "level", "upright", "dotted"]
Fill = tuple[Color, Hatch]
"""What an area is filled with: its ground and the lines on it."""

FILLS: tuple[Fill, ...] = (
    (DARK, "none"),
    (WHITE, "rising"),
    (MIDDLE, "none"),
    (WHITE, "dotted"),
    (HexColor("#dfe6e1"), "crossed"),
    (WHITE, "level"),
    (HexColor("#c9d1cc"), "none"),
    (WHITE, "upright"),
    (MIDDLE, "falling"),
    (WHITE, "none"),
)
"""Neighbours differ in luminance or in their lines."""


class Pen:
    """Draws into one drawing of `width` × `height` points, all words in one font.

    `font` is a font registered with ReportLab, or a list of fonts for a browser, whose width can only be guessed.
    """

    def __init__(self, width: float, height: float, font: str) -> None:
        self.drawing = Drawing(width, height, initialFontName=font)
        self.width, self.height = width, height
        self._font = font

    def measure(self, text: str) -> float:
        """How wide `text` is, in points."""
        return text_width(text, self._font)

    def write(self, text: str, x: float, y: float, anchor: Anchor = "start", ink: Color = INK) -> None:
        """Write `text` with its foot at `y`."""
        self.drawing.add(
            String(x, y, printable(text), fontName=self._font, fontSize=SIZE, fillColor=ink, textAnchor=anchor)
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, ink: Color = HAIRLINE, width: float = 0.5) -> None:
        """Draw a straight line."""
        self.drawing.add(Line(x1, y1, x2, y2, strokeColor=ink, strokeWidth=width))

    def area(self, x: float, y: float, width: float, height: float, fill: Fill, edge: Color = INK) -> None:
        """Draw a rectangle from its lower left corner."""
        ground, hatch = fill
        self.drawing.add(Rect(x, y, width, height, fillColor=ground, strokeColor=None))
        lines = list(_hatching(x, y, width, height, hatch))
        if lines:
            dash = [0.7, 1.9] if hatch == "dotted" else None
            self.path(lines, INSIDE, 0.45, dash)
        self.drawing.add(Rect(x, y, width, height, fillColor=None, strokeColor=edge, strokeWidth=0.6))

    def path(
        self,
        lines: Iterable[Sequence[tuple[float, float]]],
        ink: Color,
        width: float,
        dash: Sequence[float] | None = None,
    ) -> None:
        """Draw lines through points, all as one shape; a line of a single point is not drawn."""
        path = Path(
            strokeColor=ink,
            strokeWidth=width,
            fillColor=None,
            strokeDashArray=list(dash) if dash else None,
            strokeLineJoin=1,
        )
        for line in lines:
            if len(line) > 1:
                path.moveTo(*line[0])
                for point in line[1:]:
                    path.lineTo(*point)
        if path.points:
            self.drawing.add(path)


def text_width(text: str, font: str) -> float:
    """How wide `text` is in a chart: measured, or guessed (rather too much) for the reader's own font."""
    if font in pdfmetrics.getRegisteredFontNames():
        return float(pdfmetrics.stringWidth(printable(text), font, SIZE))
    return SIZE * sum(map(_guessed_width, printable(text)))


def _guessed_width(sign: str) -> float:
    """In widths of a Chinese character, as wide as any usual font has it."""
    if ord(sign) > 0x2E7F or sign in "mwMW%":
        return 1.05
    return 0.8 if sign.isupper() else 0.66


def wrap(text: str, width: float, font: str, most: int = 3) -> list[str]:
    """`text` on at most `most` lines no wider than `width`; cut at the end, where they are not enough."""
    measure = partial(text_width, font=font)
    lines = list(islice(broken_lines(" ".join(text.split()), width, measure), most + 1))
    return lines if len(lines) <= most else [*lines[: most - 1], ended(lines[most - 1], width, measure)]


def _hatching(x: float, y: float, width: float, height: float, hatch: Hatch) -> Iterable[list[tuple[float, float]]]:
    """The lines of a pattern inside a rectangle."""
    if hatch in ("rising", "crossed"):
        yield from _slanted(x, y, width, height, 3.2)
    if hatch in ("falling", "crossed"):
        for line in _slanted(x, y, width, height, 3.2):
            yield [(2 * x + width - a, b) for a, b in line]
    if hatch in ("level", "dotted"):
        step = 2.4
        for number in range(1, int(height / step) + 1):
            at = y + number * step - step / 2
            yield [(x, at), (x + width, at)]
    if hatch == "upright":
        for number in range(1, int(width / 2.6) + 1):
            at = x + number * 2.6
            if at < x + width:
                yield [(at, y), (at, y + height)]


def _slanted(x: float, y: float, width: float, height: float, step: float) -> Iterable[list[tuple[float, float]]]:
    """Lines at 45 degrees, cut at the rectangle's edges."""
    offset = step
    while offset < width + height:
        begin = (max(0.0, offset - height), min(offset, height))
        end = (min(offset, width), max(0.0, offset - width))
        yield [(x + begin[0], y + height - begin[1]), (x + end[0], y + height - end[1])]
        offset += step
