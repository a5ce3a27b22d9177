"""The cover sheet to print: what leads a stack of paper through the scanner into its dossier."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from portal.core.fonts import PdfFonts, pdf_fonts, printable
from portal.core.messages import N_
from portal.core.pdf_codes import draw_qr

_INK, _QUIET, _LINE = HexColor("#1c1b19"), HexColor("#5d5a52"), HexColor("#b9b4a6")
_MARGIN = 22 * mm
_WIDTH = A4[0] - 2 * _MARGIN
_CODE = 52 * mm
"""Side of the code, its quiet zone included: a fax of 98 dots an inch still has five for each module."""

_PDF_LANGUAGES = {"en": "en", "es": "es", "zh": "zh-CN"}
_TITLE = N_("Cover sheet")
_STEPS = (
    N_("Lay this sheet on top of the papers and scan everything together into one PDF or TIFF file."),
    N_("Put the file into the watched folder. It files itself in this dossier; what it is called does not matter."),
    N_("Several stacks may be scanned at once: lay a sheet on top of each. Every sheet begins a new document."),
    N_("Scan with 150 dpi or more. Keep the square free of folds, stamps and staples."),
    N_("The sheet itself is not filed and can be used again. Its empty back, if scanned, becomes a page."),
)

Translate = Callable[[str], str]


@dataclass(frozen=True)
class CoverSheet:
    """What the sheet says. `facts` are pairs of a label and a text, in words; `code` is what the square holds."""

    number: str
    client: str
    code: str
    facts: Sequence[tuple[str, str]]
    foot: str

    def texts(self) -> Iterator[str]:
        """Everything of it that is printed as text."""
        yield from (self.number, self.client, self.foot)
        for label, text in self.facts:
            yield from (label, text)


def cover_sheet_pdf(sheet: CoverSheet, *, language: str, translate: Translate) -> bytes:
    """The sheet on one A4 page in `language` (en, es or zh), with its fonts embedded."""
    title, steps = translate(_TITLE), [translate(step) for step in _STEPS]
    data = io.BytesIO()
    with pdf_fonts("".join([title, *steps, *sheet.texts()])) as fonts:
        canvas = Canvas(data, pagesize=A4, initialFontName=fonts.body, lang=_PDF_LANGUAGES[language])
        canvas.setTitle(printable(f"{title} {sheet.number}"))
        canvas.setCreator("Legajo")
        pen = _Pen(canvas, fonts)
        pen.text(title, fonts.body, 13, _QUIET)
        pen.text(sheet.number, fonts.heading, 40, _INK)
        pen.text(sheet.client, fonts.heading, 17, _INK)
        pen.gap(6 * mm)
        draw_qr(canvas, sheet.code, _MARGIN, pen.y - _CODE, _CODE)
        beside = _Pen(canvas, fonts, left=_MARGIN + _CODE + 8 * mm, top=pen.y)
        for label, text in sheet.facts:
            beside.text(label, fonts.body, 9, _QUIET)
            beside.text(text, fonts.body, 13, _INK)
            beside.gap(2 * mm)
        pen.y = min(pen.y - _CODE, beside.y) - 8 * mm
        canvas.setStrokeColor(_LINE)
        canvas.line(_MARGIN, pen.y, _MARGIN + _WIDTH, pen.y)
        pen.gap(4 * mm)
        for number, step in enumerate(steps, 1):
            pen.text(f"{number}. {step}", fonts.body, 11, _INK)
            pen.gap(1.5 * mm)
        foot = _Pen(canvas, fonts, top=16 * mm)
        foot.text(sheet.foot, fonts.body, 8, _QUIET)
        canvas.save()
    return data.getvalue()


class _Pen:
    """Writes paragraphs below each other, down from `top`."""

    def __init__(self, canvas: Canvas, fonts: PdfFonts, left: float = _MARGIN, top: float = A4[1] - _MARGIN) -> None:
        self._canvas = canvas
        self._fonts = fonts
        self._left = left
        self.y = top

    def text(self, text: str, font: str, size: float, colour: Any) -> None:
        """One paragraph; what looks like mark-up in a name stays a name."""
        wrap = "CJK" if any(ord(sign) > 0x2E7F for sign in text) else None
        style = ParagraphStyle(
            font,
            fontName=font,
            bulletFontName=font,
            fontSize=size,
            leading=1.35 * size,
            textColor=colour,
            wordWrap=wrap,
        )
        paragraph = Paragraph(escape(printable(text)), style)
        _, height = paragraph.wrap(_MARGIN + _WIDTH - self._left, A4[1])
        self.y -= height
        paragraph.drawOn(self._canvas, self._left, self.y)

    def gap(self, height: float) -> None:
        """Leave some space."""
        self.y -= height
