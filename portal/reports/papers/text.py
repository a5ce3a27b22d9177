"""Words on the page: lines broken rightly in any language, as flowables that draw them as they are.

ReportLab's own paragraphs read mark-up and cost ten times as much; these know neither, and need neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reportlab.lib.colors import Color
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import Flowable

from portal.core.fonts import printable
from portal.reports.drawing.pen import INK

_WIDE = "\u2e80-\U0003ffff"
_PIECES = re.compile(rf"[ \t]+|[{_WIDE}]|[^ \t{_WIDE}]+")
_NOT_FIRST = frozenset("，。、；：！？）》」』】〉…%”’")
"""What does not begin a line in Chinese."""


@dataclass(frozen=True)
class Style:
    """How words are set."""

    font: str
    size: float
    leading: float
    ink: Color = INK
    before: float = 0.0
    after: float = 0.0


def width_of(text: str, font: str, size: float) -> float:
    """How wide `text` is on one line, in points."""
    return float(pdfmetrics.stringWidth(text, font, size))


def break_lines(text: str, width: float, font: str, size: float) -> list[str]:
    """The lines of `text`, none wider than `width`: broken at spaces and between Chinese characters, and inside a
    word only where the word is wider than a line."""
    lines: list[str] = []
    for paragraph in printable(text).splitlines() or [""]:
        lines += _broken(paragraph.replace("\t", " "), width, font, size)
    return lines


def _broken(text: str, width: float, font: str, size: float) -> Iterator[str]:
    if width_of(text, font, size) <= width:
        yield text
        return
    line, used = "", 0.0
    for piece in _pieces(text, width, font, size):
        needed = width_of(piece, font, size)
        if used + needed > width and line and not piece.isspace():
            if piece in _NOT_FIRST and len(line) > 1:
                # The last character goes with it to the next line.
                yield line[:-1].rstrip()
                line = line[-1]
            else:
                yield line.rstrip()
                line = ""
            used = width_of(line, font, size)
        if line or not piece.isspace():
            line += piece
            used += needed
    if line.strip():
        yield line.rstrip()


def _pieces(text: str, width: float, font: str, size: float) -> Iterator[str]:
    """What is not divided: words, spaces, single Chinese characters, and the parts of words wider than a line."""
    for piece in _PIECES.findall(text):
        while len(piece) > 1 and width_of(piece, font, size) > width:
            used, end = 0.0, 0
            for sign in piece:
                used += width_of(sign, font, size)
                if used > width:
                    break
                end += 1
            yield piece[: max(1, end)]
            piece = piece[max(1, end) :]
        if piece:
            yield piece


class Lines(Flowable):  # type: ignore[misc]  # ReportLab is not typed
    """A text, in as many lines as it needs; it may go on over the page."""

    def __init__(self, text: str, style: Style, *, indent: float = 0.0) -> None:
        super().__init__()
        self.text, self.style, self.indent = text, style, indent
        self._lines: list[str] | None = None

    def getSpaceBefore(self) -> float:  # noqa: N802 - the name is ReportLab's
        """Space that is kept above it, but not at the top of a page."""
        return self.style.before

    def getSpaceAfter(self) -> float:  # noqa: N802 - the name is ReportLab's
        """Space that is kept below it."""
        return self.style.after

    def wrap(self, width: float, _: float) -> tuple[float, float]:
        """Break the lines for a width; return what it takes."""
        self.width = width
        if self._lines is None:
            self._lines = break_lines(self.text, width - self.indent, self.style.font, self.style.size)
        self.height = len(self._lines) * self.style.leading
        return width, self.height

    def split(self, width: float, height: float) -> list[Flowable]:
        """The lines that fit, and the rest."""
        self.wrap(width, height)
        fit = int(height / self.style.leading)
        if self._lines is None or fit < 1 or fit >= len(self._lines):
            return []
        parts = []
        for lines in (self._lines[:fit], self._lines[fit:]):
            part = Lines("\n".join(lines), self.style, indent=self.indent)
            parts.append(part)
        return parts

    def draw(self) -> None:
        """Draw the lines."""
        words = self.canv.beginText(self.indent, self.height - self.style.size)
        words.setFont(self.style.font, self.style.size, self.style.leading)
        words.setFillColor(self.style.ink)
        for line in self._lines or ():
            words.textLine(line)
        self.canv.drawText(words)


class Heading(Lines):
    """A heading: an entry of the outline, and a place to which the contents lead."""

    def __init__(self, text: str, style: Style, *, key: str, level: int, places: dict[str, int]) -> None:
        super().__init__(text, style)
        self._key, self._level, self._places = key, level, places

    def draw(self) -> None:
        """Draw it, and note on which page it stands."""
        canvas: Any = self.canv
        self._places[self._key] = canvas.getPageNumber()
        canvas.bookmarkHorizontal(self._key, 0, self.height + 6)
        canvas.addOutlineEntry(printable(self.text), self._key, self._level, closed=self._level == 0)
        super().draw()
