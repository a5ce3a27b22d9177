"""Registers on paper: lists of many rows, on as many pages as they take, each with the heads of its columns.

A register has thousands of rows. Its rows are therefore broken into lines and divided into pages here, in one pass and
without ReportLab's tables, whose time grows faster than their rows; the pages are counted before the first is drawn.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable
from reportlab.platypus.doctemplate import LayoutError

from portal.core.fonts import PdfFonts, pdf_fonts, printable
from portal.printing.fitting import wrap
from portal.printing.layout import LANDSCAPE, PORTRAIT, SMALL, TEXT, Page, draw_foot, draw_mark, head_of_paper
from portal.printing.paper import INK, LINE, QUIET, bookmark, new_canvas, paragraph

_CELL, _HEAD, _SECTION = SMALL - 0.5, SMALL - 1, 12.5
_LEADING, _HEAD_LEADING, _SECTION_LEADING = 1.35 * _CELL, 1.3 * _HEAD, 1.5 * _SECTION
_PADDING = 2.6
"""Above and below the text of a row, in points."""
_GUTTER = 8.0
"""Between two columns."""
_ABOVE_SECTION = 4 * mm
_FEWEST_LINES = 3
"""A row higher than a page is divided; no piece of it at the foot of a page has fewer lines."""


@dataclass(frozen=True)
class Head:
    """A column: its heading, whether it holds numbers (right-aligned), and its share of the width."""

    heading: str
    is_number: bool = False
    weight: float = 1.0
    is_never_struck: bool = False
    """In a row that is struck off this column stays as it is: it says why, or when."""


@dataclass(frozen=True)
class RegisterSheet:
    """A register in words of one language. `page_words` has the places %(page)s and %(pages)s.

    `empty` is said where there are no rows; `mark` stands across every page; `sections` are the headings above rows,
    by the index of the row; `struck` are the indexes of rows that are struck off: a line through them; `least_lines`
    keeps rows high enough to sign in.
    """

    language: str
    title: str
    number: str
    facts: Sequence[tuple[str, str]]
    heads: Sequence[Head]
    rows: Sequence[Sequence[str]]
    empty: str
    foot: str
    page_words: str
    mark: str | None = None
    landscape: bool = False
    sections: Mapping[int, str] = field(default_factory=dict)
    struck: frozenset[int] = frozenset()
    least_lines: int = 1

    def headings(self) -> Iterator[str]:
        """What is printed in the font of headings."""
        yield from (self.title, self.number, self.mark or "")
        yield from self.sections.values()

    def texts(self) -> Iterator[str]:
        """Everything that is printed."""
        yield from self.headings()
        yield from (self.empty, self.foot, self.page_words)
        for pair in self.facts:
            yield from pair
        for head in self.heads:
            yield head.heading
        for row in self.rows:
            yield from row


def register_pdf(sheet: RegisterSheet) -> bytes:
    """The register as PDF, A4, with bookmarks for its title and its sections."""
    data = io.BytesIO()
    with pdf_fonts("".join(sheet.texts()), headings="".join(sheet.headings())) as fonts:
        name = f"{sheet.title} {sheet.number}".strip()
        canvas = new_canvas(data, page_of(sheet).size, fonts, title=name, language=sheet.language)
        canvas.setAuthor("Legajo")
        draw_register(canvas, sheet, fonts)
        canvas.showOutline()
        canvas.save()
    return data.getvalue()


def page_of(sheet: RegisterSheet) -> Page:
    """The paper it is printed on."""
    return LANDSCAPE if sheet.landscape else PORTRAIT


def draw_register(canvas: Canvas, sheet: RegisterSheet, fonts: PdfFonts, *, key: str = "register") -> None:
    """Draw the register's pages on a canvas of their size. `key` tells its bookmarks from others of the document."""
    page = page_of(sheet)
    pages = _Layout(sheet, fonts, page).pages
    for number, content in enumerate(pages, 1):
        if sheet.mark:
            draw_mark(canvas, page, fonts, sheet.mark)
        if number == 1:
            bookmark(canvas, f"{key}-0", sheet.title, 0, page.area.bottom + page.area.height)
        content.draw(canvas, page, key)
        draw_foot(canvas, page, fonts, sheet.foot, sheet.page_words, number, len(pages))
        canvas.showPage()


@dataclass
class _Content:
    """What stands on one page, from the bottom left in points."""

    flowables: list[tuple[Flowable, float]] = field(default_factory=list)
    texts: list[tuple[str, float, float, str, float, Any, bool]] = field(default_factory=list)
    """Text, where it begins (or ends, if the last says so), baseline, font, size, colour, right-aligned."""
    lines: list[tuple[float, float, float, float, Any]] = field(default_factory=list)
    """From, to, height, width, colour."""
    sections: list[tuple[int, str, float]] = field(default_factory=list)
    """Row, heading, top."""

    def draw(self, canvas: Canvas, page: Page, key: str) -> None:
        for flowable, bottom in self.flowables:
            flowable.drawOn(canvas, page.margin, bottom)
        for row, heading, top in self.sections:
            bookmark(canvas, f"{key}-row-{row}", heading, 1, top)
        for text, x, y, font, size, colour, right in self.texts:
            canvas.setFont(font, size)
            canvas.setFillColor(colour)
            (canvas.drawRightString if right else canvas.drawString)(x, y, text)
        for left, end, y, width, colour in self.lines:
            canvas.setLineWidth(width)
            canvas.setStrokeColor(colour)
            canvas.line(left, y, end, y)


@dataclass(frozen=True)
class _Column:
    left: float
    width: float
    right_aligned: bool

    def texts(
        self, lines: Sequence[str], top: float, leading: float, font: str, size: float, colour: Any
    ) -> Iterator[Any]:
        """The lines below each other, as `_Content` keeps texts."""
        x = self.left + self.width if self.right_aligned else self.left
        for place, line in enumerate(lines):
            yield line, x, top - place * leading - 0.98 * size, font, size, colour, self.right_aligned


class _Layout:
    """Divides a register into pages."""

    def __init__(self, sheet: RegisterSheet, fonts: PdfFonts, page: Page) -> None:
        self._sheet, self._fonts, self._page = sheet, fonts, page
        area = page.area
        self._top, self._bottom = area.bottom + area.height, area.bottom
        self._columns = list(_columns(sheet.heads, area.left, area.width))
        self._heads = [
            _lines(head.heading, fonts.body, _HEAD, column.width)
            for head, column in zip(sheet.heads, self._columns, strict=True)
        ]
        self.pages: list[_Content] = []
        self._begin_page()
        self._place_head()
        if sheet.rows:
            self._place_rows()
        else:
            self._place(paragraph(sheet.empty, fonts.body, TEXT))

    def _begin_page(self) -> None:
        self.pages.append(_Content())
        self._y = self._top

    def _place_head(self) -> None:
        sheet = self._sheet
        for flowable in head_of_paper(sheet.title, sheet.number, sheet.facts, self._page, self._fonts):
            self._place(flowable)

    def _place(self, flowable: Flowable) -> None:
        """Set a flowable, on as many pages as it takes."""
        width = self._page.area.width
        room = self._y - self._bottom
        height = flowable.wrap(width, room)[1]
        if height > room:
            parts = flowable.split(width, room)
            if len(parts) < 2 and self._y == self._top:
                raise LayoutError("A part of the head is higher than a page.")
            if len(parts) > 1:
                self._place(parts.pop(0))
            self._begin_page()
            for part in parts or [flowable]:
                self._place(part)
            return
        self._y -= height
        self.pages[-1].flowables.append((flowable, self._y))
        self._y -= flowable.getSpaceAfter()

    def _place_rows(self) -> None:
        self._place_heads()
        for index, row in enumerate(self._sheet.rows):
            cells = [
                _lines(text, self._fonts.body, _CELL, column.width)
                for text, column in zip(row, self._columns, strict=True)
            ]
            count = max(self._sheet.least_lines, *(len(lines) for lines in cells))
            heading = self._sheet.sections.get(index)
            if heading is not None:
                self._place_section(index, heading, _height(count))
            self._place_row(cells, count, below_section=heading is not None, struck=index in self._sheet.struck)

    def _place_heads(self) -> None:
        content, height = self.pages[-1], max(len(lines) for lines in self._heads) * _HEAD_LEADING + _PADDING
        if self._y - height - _height(1) < self._bottom:
            self._begin_page()
            content = self.pages[-1]
        for lines, column in zip(self._heads, self._columns, strict=True):
            top = self._y - (height - _PADDING - len(lines) * _HEAD_LEADING)
            content.texts += column.texts(lines, top, _HEAD_LEADING, self._fonts.body, _HEAD, QUIET)
        self._y -= height
        self._rule(0.8)

    def _place_section(self, index: int, heading: str, row_height: float) -> None:
        """A heading among the rows, which stays with its first row."""
        area, font = self._page.area, self._fonts.heading
        lines = _lines(heading, font, _SECTION, area.width)
        height = _ABOVE_SECTION + len(lines) * _SECTION_LEADING
        highest = _height(self._on_whole_page()) - height
        if self._y - height - min(row_height, highest) < self._bottom:
            self._next_page()
        content = self.pages[-1]
        top = self._y - _ABOVE_SECTION
        content.sections.append((index, heading, self._y))
        whole = _Column(area.left, area.width, right_aligned=False)
        content.texts += whole.texts(lines, top, _SECTION_LEADING, font, _SECTION, INK)
        self._y -= height
        self._rule(0.5)

    def _place_row(self, cells: list[list[str]], count: int, *, below_section: bool, struck: bool) -> None:
        """A row: on the next page if it does not fit here, and divided if it fits on none, or not with its heading."""
        begun = 0
        while begun < count:
            room = int((self._y - self._bottom - 2 * _PADDING) // _LEADING)
            fits_below = not below_section and self._on_whole_page() >= count - begun
            if room < (count - begun if fits_below else min(_FEWEST_LINES, count - begun)):
                self._next_page()
                continue
            taken = min(room, count - begun)
            self._set_lines([lines[begun : begun + taken] for lines in cells], taken, struck=struck)
            begun += taken

    def _set_lines(self, cells: list[list[str]], count: int, *, struck: bool) -> None:
        content, top = self.pages[-1], self._y - _PADDING
        for lines, column, head in zip(cells, self._columns, self._sheet.heads, strict=True):
            through = struck and not head.is_never_struck
            texts = list(column.texts(lines, top, _LEADING, self._fonts.body, _CELL, QUIET if through else INK))
            content.texts += texts
            if through:
                content.lines += (_strike(*text[:5], right=text[6]) for text in texts if text[0])
        self._y -= _height(count)
        self._rule(0.3)

    def _on_whole_page(self) -> int:
        """How many lines of a row an empty page holds."""
        heads = max(len(lines) for lines in self._heads) * _HEAD_LEADING + _PADDING
        return int((self._top - self._bottom - heads - 2 * _PADDING) // _LEADING)

    def _next_page(self) -> None:
        self._begin_page()
        self._place_heads()

    def _rule(self, width: float) -> None:
        area = self._page.area
        self.pages[-1].lines.append((area.left, area.left + area.width, self._y, width, LINE))


def _columns(heads: Sequence[Head], left: float, width: float) -> Iterator[_Column]:
    share = (width - _GUTTER * (len(heads) - 1)) / sum(head.weight for head in heads)
    for head in heads:
        yield _Column(left, head.weight * share, head.is_number)
        left += head.weight * share + _GUTTER


def _lines(text: str, font: str, size: float, width: float) -> list[str]:
    """The text in lines of a column; line ends in it are kept."""
    found: list[str] = []
    for part in printable(text).replace("\t", " ").splitlines():
        # Most cells are one line: to measure it once is far quicker than to break it.
        found += [part] if stringWidth(part, font, size) <= width else wrap(part, font, size, width)
    return found


def _height(lines: int) -> float:
    return lines * _LEADING + 2 * _PADDING


def _strike(
    text: str, x: float, y: float, font: str, size: float, *, right: bool
) -> tuple[float, float, float, float, Any]:
    """The line through a text."""
    width = stringWidth(text, font, size)
    left = x - width if right else x
    return left, left + width, y + 0.3 * size, 0.5, INK
