"""The cover of a dossier: one page with its number, readable from afar, and its volumes with their codes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from portal.core.fonts import PdfFonts, pdf_fonts, printable
from portal.core.pdf_codes import draw_bars, draw_qr, widest_bar
from portal.core.permissions import Level
from portal.printing.fitting import SetLine, TextLine, fit, wrap
from portal.printing.labels import draw_level_mark
from portal.printing.layout import PORTRAIT, SMALL, TEXT, facts_table
from portal.printing.paper import INK, LINE, QUIET, bookmark, new_canvas

_ROW = 19 * mm
"""What a volume takes: its square must be read from a folder that is not flat."""
_SQUARE = 17 * mm
_BARS = 62 * mm
_WIDEST_BAR = 0.4 * mm
_HEAD_HEIGHT = 92 * mm
_MARK = 9 * mm


@dataclass(frozen=True)
class CoverVolume:
    """A volume in words; `barcode` is what its codes say."""

    which: str
    place: str
    sheets: str
    barcode: str


@dataclass(frozen=True)
class Cover:
    """A cover in words of one language. `further` has the place %(volumes)s: those there is no room for."""

    language: str
    heading: str
    number: str
    client: str
    title: str
    level: Level
    facts: Sequence[tuple[str, str]]
    volumes: Sequence[CoverVolume]
    further: str
    foot: str

    def texts(self) -> Iterator[str]:
        """Everything that is printed."""
        yield from (self.heading, self.number, self.client, self.title, self.further, self.foot)
        for fact in self.facts:
            yield from fact
        for volume in self.volumes:
            yield from (volume.which, volume.place, volume.sheets, volume.barcode)


def cover_pdf(cover: Cover) -> bytes:
    """The cover as PDF, one page of A4 whatever the dossier holds."""
    data = io.BytesIO()
    with pdf_fonts("".join(cover.texts())) as fonts:
        title = f"{cover.heading} {cover.number}"
        canvas = new_canvas(data, PORTRAIT.size, fonts, title=title, language=cover.language)
        canvas.setAuthor("Legajo")
        bookmark(canvas, "cover", title, 0, PORTRAIT.height)
        top = _draw_head(canvas, cover, fonts)
        top = _draw_facts(canvas, cover, fonts, top)
        _draw_volumes(canvas, cover, fonts, top)
        _draw_foot(canvas, cover, fonts)
        canvas.showPage()
        canvas.save()
    return data.getvalue()


def _draw_head(canvas: Canvas, cover: Cover, fonts: PdfFonts) -> float:
    """Number, client and title, as large as they fit; returns where they end."""
    area = PORTRAIT.area
    top = area.bottom + area.height
    draw_level_mark(canvas, cover.level, area.left + area.width - _MARK, top - _MARK, _MARK)
    lines = [
        TextLine(cover.heading, fonts.body, 13, 13, grey=True),
        TextLine(cover.number, fonts.heading, 64, 20, most_lines=2, one_line=True),
        TextLine(cover.client, fonts.heading, 30, 11, most_lines=6),
        TextLine(cover.title, fonts.body, 18, 9, most_lines=4),
    ]
    return _set(canvas, fit(lines, area.width - _MARK - 4 * mm, _HEAD_HEIGHT), area.left, top) - 6 * mm


def _set(canvas: Canvas, lines: Sequence[SetLine], left: float, top: float) -> float:
    for line in lines:
        canvas.setFillColor(QUIET if line.grey else INK)
        canvas.setFont(line.font, line.size)
        canvas.drawString(left, top - line.height + 0.32 * line.size, line.text)
        top -= line.height
    return top


def _draw_facts(canvas: Canvas, cover: Cover, fonts: PdfFonts, top: float) -> float:
    area = PORTRAIT.area
    table = facts_table(cover.facts, PORTRAIT, fonts)
    height = table.wrap(area.width, area.height)[1]
    table.drawOn(canvas, area.left, top - height)
    return float(top - height - 6 * mm)


def _draw_volumes(canvas: Canvas, cover: Cover, fonts: PdfFonts, top: float) -> None:
    area = PORTRAIT.area
    room = int((top - area.bottom) // _ROW)
    shown = cover.volumes if len(cover.volumes) <= room else cover.volumes[: max(0, room - 1)]
    for volume in shown:
        _draw_rule(canvas, top)
        _draw_volume(canvas, volume, fonts, top)
        top -= _ROW
    if cover.volumes:
        _draw_rule(canvas, top)
    if left_out := len(cover.volumes) - len(shown):
        canvas.setFont(fonts.body, TEXT)
        canvas.setFillColor(INK)
        canvas.drawString(area.left, top - 6 * mm, printable(cover.further) % {"volumes": left_out})


def _draw_rule(canvas: Canvas, y: float) -> None:
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.4)
    canvas.line(PORTRAIT.area.left, y, PORTRAIT.area.left + PORTRAIT.area.width, y)


def _draw_volume(canvas: Canvas, volume: CoverVolume, fonts: PdfFonts, top: float) -> None:
    """Words at the left, bars in the middle, the square at the right."""
    area = PORTRAIT.area
    right = area.left + area.width
    bottom = top - _ROW
    words = [
        TextLine(volume.which, fonts.body, 11, 7, most_lines=2),
        TextLine(volume.place, fonts.heading, 13, 7, most_lines=2),
        TextLine(volume.sheets, fonts.body, SMALL, 7, grey=True),
    ]
    bars_left = right - _SQUARE - 4 * mm - _BARS
    _set(canvas, fit(words, bars_left - area.left - 4 * mm, _ROW - 3 * mm), area.left, top - 1.5 * mm)
    bar = min(widest_bar(volume.barcode, _BARS), _WIDEST_BAR)
    draw_bars(canvas, volume.barcode, bars_left, bottom + 6 * mm, 10 * mm, bar)
    canvas.setFillColor(INK)
    canvas.setFont(fonts.body, SMALL)
    canvas.drawString(bars_left + 10 * bar, bottom + 2 * mm, volume.barcode)
    draw_qr(canvas, volume.barcode, right - _SQUARE, bottom + (_ROW - _SQUARE) / 2, _SQUARE, error="m")


def _draw_foot(canvas: Canvas, cover: Cover, fonts: PdfFonts) -> None:
    canvas.setFont(fonts.body, 8)
    canvas.setFillColor(QUIET)
    for place, line in enumerate(wrap(printable(cover.foot), fonts.body, 8, PORTRAIT.area.width)[:2]):
        canvas.drawString(PORTRAIT.margin, PORTRAIT.margin - 8 * mm - place * 10, line)
