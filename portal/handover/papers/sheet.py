"""How a paper of a handover is laid out: head, facts, lists that run over pages, lines to sign on."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, HRFlowable, KeepTogether, Spacer, Table

from portal.core.fonts import PdfFonts, pdf_fonts
from portal.printing.layout import PORTRAIT, SMALL, TEXT, draw_foot, head_of_paper, plain_style
from portal.printing.paper import LINE, flow, new_canvas, paragraph

_WIDTH = PORTRAIT.area.width


@dataclass(frozen=True)
class ListOfRows:
    """A heading and a table under it. `widths` are shares of the page's width; of no row, `empty` says so."""

    heading: str
    columns: Sequence[str]
    widths: Sequence[float]
    rows: Sequence[Sequence[str]]
    empty: str = ""


@dataclass(frozen=True)
class Signature:
    """A place to sign: for whom, and, where it has been signed already, by whom and when (lines)."""

    label: str
    signed: Sequence[str] = ()


@dataclass(frozen=True)
class Sheet:
    """A paper in words of one language. `page_words` has the places %(page)s and %(pages)s."""

    language: str
    title: str
    number: str
    facts: Sequence[tuple[str, str]]
    opening: Sequence[str]
    lists: Sequence[ListOfRows]
    closing: Sequence[str]
    signatures: Sequence[Signature]
    foot: str
    page_words: str
    author: str = field(default="Legajo")

    def texts(self) -> Iterator[str]:
        """Everything that is printed."""
        yield from (self.title, self.number, self.foot, self.page_words)
        for pair in self.facts:
            yield from pair
        yield from (*self.opening, *self.closing)
        for part in self.lists:
            yield from (part.heading, part.empty, *part.columns)
            for row in part.rows:
                yield from row
        for place in self.signatures:
            yield from (place.label, *place.signed)


def sheet_pdf(sheet: Sheet) -> bytes:
    """The paper as PDF, A4, its pages counted."""
    with pdf_fonts("".join(sheet.texts())) as fonts:
        _, pages = _lay_out(sheet, fonts, 0)
        data, _ = _lay_out(sheet, fonts, pages)
    return data


def _lay_out(sheet: Sheet, fonts: PdfFonts, pages: int) -> tuple[bytes, int]:
    """The PDF, and how many pages it has; `pages` is what each page says there are."""
    data = io.BytesIO()
    title = f"{sheet.title} {sheet.number}".strip()
    canvas = new_canvas(data, PORTRAIT.size, fonts, title=title, language=sheet.language)
    canvas.setAuthor(sheet.author)
    done = 0

    def end_page() -> None:
        nonlocal done
        done += 1
        draw_foot(canvas, PORTRAIT, fonts, sheet.foot, sheet.page_words, done, pages)
        canvas.showPage()

    flow(canvas, list(_story(sheet, fonts)), PORTRAIT.area, end_page)
    canvas.save()
    return data.getvalue(), done


def _story(sheet: Sheet, fonts: PdfFonts) -> Iterator[Flowable]:
    yield from head_of_paper(sheet.title, sheet.number, sheet.facts, PORTRAIT, fonts)
    for text in sheet.opening:
        yield paragraph(text, fonts.body, TEXT, after=3 * mm)
    for part in sheet.lists:
        yield from _list(part, fonts)
    yield Spacer(0, 5 * mm)
    for text in sheet.closing:
        yield paragraph(text, fonts.body, TEXT, after=3 * mm)
    if sheet.signatures:
        yield _signatures(sheet.signatures, fonts)


def _list(part: ListOfRows, fonts: PdfFonts) -> Iterator[Flowable]:
    heading = paragraph(part.heading, fonts.heading, 12.5, after=1.5 * mm)
    yield Spacer(0, 4 * mm)
    if not part.rows:
        yield KeepTogether([heading, paragraph(part.empty, fonts.body, TEXT)])
        return
    # The heading is part of the table: it stays with its first row, and stands again on the next page.
    rows: list[list[Any]] = [[heading, *("" for _ in part.columns[1:])]]
    rows += [[paragraph(text, fonts.body, SMALL - 1, quiet=True) for text in part.columns]]
    rows += [[paragraph(text, fonts.body, SMALL) for text in row] for row in part.rows]
    style = [
        *plain_style(fonts),
        ("SPAN", (0, 0), (-1, 0)),
        ("VALIGN", (0, 1), (-1, 1), "BOTTOM"),
        ("LINEBELOW", (0, 1), (-1, 1), 0.8, LINE),
        ("LINEBELOW", (0, 2), (-1, -1), 0.3, LINE),
    ]
    widths = [share * _WIDTH / sum(part.widths) for share in part.widths]
    # splitInRow: a name longer than a page must not stop the paper.
    yield Table(rows, colWidths=widths, style=style, repeatRows=2, splitInRow=1, hAlign="LEFT")


def _signatures(places: Sequence[Signature], fonts: PdfFonts) -> Table:
    """The places to sign, side by side, which stay together on a page."""
    cells = []
    for place in places:
        line = HRFlowable(width="92%", thickness=0.6, color=LINE, spaceBefore=0, spaceAfter=1, hAlign="LEFT")
        signed = [paragraph(text, fonts.body, SMALL) for text in place.signed]
        cells.append([[Spacer(0, 12 * mm), *signed, line], paragraph(place.label, fonts.body, SMALL, quiet=True)])
    style = [*plain_style(fonts), ("VALIGN", (0, 0), (-1, 0), "BOTTOM")]
    widths = [_WIDTH / len(places)] * len(places)
    return Table([[above for above, _ in cells], [below for _, below in cells]], widths, style=style, hAlign="LEFT")
