"""What papers of several pages share: page, head and facts, the foot that counts the pages, a mark across them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Spacer, Table

from portal.core.fonts import PdfFonts, printable
from portal.printing.fitting import wrap
from portal.printing.paper import QUIET, Area, paragraph

TEXT, SMALL = 10.0, 9.0
"""Sizes of running text and of what stands in lists, in points."""
_TITLE, _NUMBER, _FOOT = 18.0, 13.0, 8.0
_FOOT_LEADING = 1.25 * _FOOT
_MARK_GREY = HexColor("#e3e0d8")
"""Pale enough to read letters over it on a black and white printer, dark enough to be seen on a copy."""
_MARK_LARGEST, _MARK_SMALLEST, _MARK_ANGLE = 64.0, 14.0, 32
_LABEL_WIDTH = 45 * mm


@dataclass(frozen=True)
class Page:
    """A sheet of paper, its margin the same on all sides; in points."""

    width: float
    height: float
    margin: float = 20 * mm

    @property
    def size(self) -> tuple[float, float]:
        """As a canvas wants it."""
        return self.width, self.height

    @property
    def area(self) -> Area:
        """What is left between the margins."""
        return Area(self.margin, self.margin, self.width - 2 * self.margin, self.height - 2 * self.margin)


PORTRAIT = Page(A4[0], A4[1])
LANDSCAPE = Page(A4[1], A4[0], margin=17 * mm)


def head_of_paper(
    title: str, number: str, facts: Sequence[tuple[str, str]], page: Page, fonts: PdfFonts
) -> Iterator[Flowable]:
    """What stands on top of the first page: title, number, and facts as pairs of a label and a text."""
    yield paragraph(title, fonts.heading, _TITLE, after=1 * mm)
    if number:
        yield paragraph(number, fonts.heading, _NUMBER, quiet=True)
    yield Spacer(0, 5 * mm)
    if facts:
        yield facts_table(facts, page, fonts)
        yield Spacer(0, 4 * mm)


def facts_table(facts: Sequence[tuple[str, str]], page: Page, fonts: PdfFonts) -> Table:
    """Labels at the left, their texts beside them. `facts` are not empty."""
    rows = [
        [paragraph(label, fonts.body, SMALL, quiet=True), paragraph(text, fonts.body, TEXT)] for label, text in facts
    ]
    widths = [_LABEL_WIDTH, page.area.width - _LABEL_WIDTH]
    return Table(rows, colWidths=widths, style=plain_style(fonts), splitInRow=1, hAlign="LEFT")


def plain_style(fonts: PdfFonts) -> list[tuple[Any, ...]]:
    """A table without lines whose texts stand at the top of their cells."""
    return [
        ("FONTNAME", (0, 0), (-1, -1), fonts.body),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]


def draw_foot(canvas: Canvas, page: Page, fonts: PdfFonts, foot: str, page_words: str, number: int, of: int) -> None:
    """The line below the text: what the paper is at the left, page `number` of `of` at the right.

    `page_words` has the places %(page)s and %(pages)s. A foot that is too long takes two lines.
    """
    canvas.setFont(fonts.body, _FOOT)
    canvas.setFillColor(QUIET)
    count = printable(page_words) % {"page": number, "pages": of}
    right = page.width - page.margin
    canvas.drawRightString(right, page.margin - 8 * mm, count)
    room = right - page.margin - stringWidth(count, fonts.body, _FOOT) - 5 * mm
    for place, line in enumerate(wrap(printable(foot), fonts.body, _FOOT, room)[:2]):
        canvas.drawString(page.margin, page.margin - 8 * mm - place * _FOOT_LEADING, line)


def draw_mark(canvas: Canvas, page: Page, fonts: PdfFonts, mark: str) -> None:
    """A mark across the page, for below its text: drawn first, it hides nothing."""
    words = printable(mark)
    room = 0.92 * min(page.width, page.height)
    size = max(_MARK_SMALLEST, min(_MARK_LARGEST, room / stringWidth(words, fonts.heading, 1)))
    lines = wrap(words, fonts.heading, size, room)
    canvas.saveState()
    canvas.translate(page.width / 2, page.height / 2)
    canvas.rotate(_MARK_ANGLE)
    canvas.setFillColor(_MARK_GREY)
    canvas.setFont(fonts.heading, size)
    for place, line in enumerate(lines):
        canvas.drawCentredString(0, ((len(lines) - 1) / 2 - place) * 1.3 * size, line)
    canvas.restoreState()
