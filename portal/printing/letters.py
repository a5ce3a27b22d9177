"""The letter to a borrower whose files should be back already."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, HRFlowable, Spacer, Table

from portal.core.fonts import PdfFonts, pdf_fonts
from portal.printing.paper import LINE, Area, bookmark, flow, footed, new_canvas, paragraph
from portal.printing.registers import RegisterSheet, draw_register

_MARGIN = 22 * mm
_WIDTH = A4[0] - 2 * _MARGIN
_TEXT, _SMALL = 10.5, 9.0
_WIDTHS = [width * mm for width in (64, 34, 26, 30, 12)]
"""The columns of the table: they fill the page between its margins."""


@dataclass(frozen=True)
class Letter:
    """A letter in words of the borrower's language. The first of `rows`' cells is the dossier, the last the days."""

    language: str
    day: str
    name: str
    department: str
    subject: str
    opening: Sequence[str]
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    closing: Sequence[str]
    signed: Sequence[str]
    foot: str

    def texts(self) -> Iterator[str]:
        """Everything of it that is printed."""
        yield from (self.day, self.name, self.department, self.subject, self.foot)
        for texts in (self.opening, self.headings, *self.rows, self.closing, self.signed):
            yield from texts


def letters_pdf(letters: Sequence[Letter], *, title: str, summary: RegisterSheet | None = None) -> bytes:
    """The letters, each beginning a page of its own, with a bookmark for each below one for its department.

    `letters` are not empty, those of a department together. `summary`: what lies on top of them.
    """
    data = io.BytesIO()
    texts = [title, *(summary.texts() if summary else ()), *(text for letter in letters for text in letter.texts())]
    language = (summary or letters[0]).language
    with pdf_fonts("".join(texts)) as fonts:
        canvas = new_canvas(data, A4, fonts, title=title, language=language)
        if summary is not None:
            draw_register(canvas, summary, fonts)
        department = None
        for number, letter in enumerate(letters):
            if letter.department != department:
                department = letter.department
                bookmark(canvas, f"department-{number}", department, 0, A4[1])
            bookmark(canvas, f"letter-{number}", letter.name, 1, A4[1])
            _write(canvas, letter, fonts)
        canvas.showOutline()
        canvas.save()
    return data.getvalue()


def _write(canvas: Any, letter: Letter, fonts: PdfFonts) -> None:
    area = Area(_MARGIN, 24 * mm, _WIDTH, A4[1] - 48 * mm)
    flow(canvas, list(_story(letter, fonts)), area, footed(canvas, letter.foot, fonts, area))


def _story(letter: Letter, fonts: PdfFonts) -> Iterator[Flowable]:
    yield paragraph(letter.day, fonts.body, _TEXT, quiet=True, after=10 * mm)
    yield paragraph(letter.name, fonts.heading, 14)
    yield paragraph(letter.department, fonts.body, _TEXT, after=12 * mm)
    yield paragraph(letter.subject, fonts.heading, 15, after=5 * mm)
    for text in letter.opening:
        yield paragraph(text, fonts.body, _TEXT, after=3 * mm)
    yield Spacer(0, 2 * mm)
    yield _table(letter, fonts)
    yield Spacer(0, 5 * mm)
    for text in letter.closing:
        yield paragraph(text, fonts.body, _TEXT, after=3 * mm)
    yield _signature(letter, fonts)


def _table(letter: Letter, fonts: PdfFonts) -> Table:
    rows = [[paragraph(text, fonts.body, _SMALL - 1, quiet=True) for text in letter.headings]]
    rows += [[paragraph(text, fonts.body, _SMALL) for text in row] for row in letter.rows]
    style = [
        ("FONTNAME", (0, 0), (-1, -1), fonts.body),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, LINE),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, LINE),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ]
    # splitInRow: a name longer than a page must not stop the letters of everybody else.
    return Table(rows, colWidths=_WIDTHS, style=style, repeatRows=1, splitInRow=1, hAlign="LEFT")


def _signature(letter: Letter, fonts: PdfFonts) -> Table:
    """The line to sign on and who signs, which stay together."""
    line = HRFlowable(width="100%", thickness=0.6, color=LINE, spaceBefore=0, spaceAfter=1)
    parts = [Spacer(0, 16 * mm), line, *(paragraph(text, fonts.body, _SMALL) for text in letter.signed)]
    style = [("FONTNAME", (0, 0), (-1, -1), fonts.body), ("LEFTPADDING", (0, 0), (-1, -1), 0)]
    return Table([[parts]], colWidths=[_WIDTH / 2], style=style, hAlign="LEFT")
