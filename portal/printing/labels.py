"""What stands on a label, and how it is drawn into whatever rectangle the sheet offers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth

from portal.core.fonts import PdfFonts
from portal.core.pdf_codes import bars_width, draw_bars, draw_qr, widest_bar
from portal.core.permissions import Level
from portal.printing.fitting import LEADING, SetLine, TextLine, fit
from portal.printing.formats import Spot

_GAP = 2 * mm
_WIDEST_BAR = 0.5 * mm
_NARROWEST_BAR = 0.19 * mm
"""Below this an office printer's bars run together: a long code on a small label is then only the square."""
_TALLEST_BARS = 12 * mm
_LARGEST_QR = 34 * mm
_CODE_TEXT = 7.0
_MARK = 4 * mm
_GREY = 0.35


@dataclass(frozen=True)
class Label:
    """A label in words. `code` is what its bars and its square say; `mark` is drawn as a circle: empty for general,
    half for important, full for core."""

    title: str
    lines: tuple[str, ...]
    code: str
    mark: Level | None = None

    def texts(self) -> Iterator[str]:
        """Everything of it that is printed as text."""
        yield from (self.title, *self.lines, self.code)


@dataclass(frozen=True)
class _Box:
    left: float
    bottom: float
    width: float
    height: float

    @property
    def top(self) -> float:
        return self.bottom + self.height

    @property
    def right(self) -> float:
        return self.left + self.width


def draw_label(canvas: Any, label: Label, spot: Spot, fonts: PdfFonts) -> None:
    """Draw `label` at its spot: text at the top left, bars below it, the square at the right."""
    inner = _Box(
        spot.left + spot.inset_x,
        spot.bottom + spot.inset_y,
        spot.width - 2 * spot.inset_x,
        spot.height - 2 * spot.inset_y,
    )
    bars_height = min(_TALLEST_BARS, 0.28 * inner.height)
    if inner.width >= 2.6 * inner.height:  # A strip: the square takes the right end.
        side = min(inner.height, _LARGEST_QR)
        bars = _Box(inner.left, inner.bottom, inner.width - side - _GAP, bars_height)
    else:  # The bars take the whole width, the square stands above them.
        above = inner.height - bars_height - _CODE_TEXT * LEADING - _GAP / 2
        side = min(above, 0.4 * inner.width, _LARGEST_QR)
        bars = _Box(inner.left, inner.bottom, inner.width, bars_height)
    draw_qr(canvas, label.code, inner.right - side, inner.top - side, side)
    text_bottom = _draw_bars(canvas, label.code, bars, fonts)
    left = inner.left
    if label.mark is not None:
        draw_level_mark(canvas, label.mark, left, inner.top - _MARK, _MARK)
        left += _MARK + _GAP
    text = _Box(left, text_bottom, inner.right - side - _GAP - left, inner.top - text_bottom)
    _draw_lines(canvas, fit(list(_sizes(label, fonts, text)), text.width, text.height), text.left, text.top)


def _sizes(label: Label, fonts: PdfFonts, box: _Box) -> Iterator[TextLine]:
    """How large each text may be: by the height there is."""
    large = min(36.0, max(11.0, 0.42 * box.height))
    yield TextLine(label.title, fonts.heading, large, 6.0, most_lines=2, one_line=True)
    for place, line in enumerate(label.lines):
        most, lines = (0.62 * large, max(3, int(box.height // 18))) if place == 0 else (0.45 * large, 2)
        yield TextLine(line, fonts.body, max(most, 7.0), 6.0, most_lines=lines, grey=place > 0)


def _draw_bars(canvas: Any, code: str, box: _Box, fonts: PdfFonts) -> float:
    """The bars with what they say below them; returns where they end at the top, a gap included.

    Bars that nothing could read are left out: the text then stands alone.
    """
    bar = min(widest_bar(code, box.width), _WIDEST_BAR)
    text_height = _CODE_TEXT * LEADING
    if bar < _NARROWEST_BAR:
        size = min(_CODE_TEXT, box.width / stringWidth(code, fonts.body, 1))
        canvas.setFont(fonts.body, size)
        canvas.drawString(box.left, box.bottom + 0.35 * size, code)
        return box.bottom + text_height
    draw_bars(canvas, code, box.left, box.bottom + text_height, box.height, bar)
    canvas.setFont(fonts.body, _CODE_TEXT)
    canvas.drawCentredString(box.left + bars_width(code, bar) / 2, box.bottom + 0.35 * _CODE_TEXT, code)
    return box.bottom + text_height + box.height + _GAP / 2


def _draw_lines(canvas: Any, lines: list[SetLine], left: float, top: float) -> None:
    for line in lines:
        canvas.setFillGray(_GREY if line.grey else 0)
        canvas.setFont(line.font, line.size)
        # The letters stand in the middle of their line: ascenders of Chinese reach higher than Latin ones.
        canvas.drawString(left, top - line.height + 0.32 * line.size, line.text)
        top -= line.height
    canvas.setFillGray(0)


def draw_level_mark(canvas: Any, level: Level, left: float, bottom: float, side: float) -> None:
    """The circle of a level within a square: empty for general, half for important, full for core."""
    radius = side / 2 - 0.4
    x, y = left + side / 2, bottom + side / 2
    canvas.setStrokeGray(0)
    canvas.setLineWidth(0.8)
    canvas.setFillGray(0)
    canvas.circle(x, y, radius, stroke=1, fill=1 if level == Level.CORE else 0)
    if level == Level.IMPORTANT:
        canvas.wedge(x - radius, y - radius, x + radius, y + radius, 90, 180, stroke=0, fill=1)
