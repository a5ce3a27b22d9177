"""Words on the page: lines broken rightly in any language, as flowables that draw them as they are.

ReportLab's own paragraphs read mark-up and cost ten times as much; these know neither, and need neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from reportlab.lib.colors import Color
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import Flowable

from portal.core.fonts import printable
from portal.reports.drawing.breaking import broken_lines
from portal.reports.drawing.pen import INK


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
    """The lines of `text`, none wider than `width`."""
    return list(broken_lines(text, width, partial(width_of, font=font, size=size)))


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
        """The lines that fit, and the rest: at least two on either side."""
        self.wrap(width, height)
        lines = self._lines or []
        fit = min(int(height / self.style.leading), len(lines) - 2)
        if fit < 2:
            return []
        parts = []
        for some in (lines[:fit], lines[fit:]):
            part = Lines("\n".join(some), self.style, indent=self.indent)
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
