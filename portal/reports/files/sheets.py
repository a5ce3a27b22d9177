"""A sheet of a spreadsheet, written from top to bottom in the house's style."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from portal.reports.files.cells import plain_text, put_text

_TITLE = Font(bold=True, size=14)
_HEADING = Font(bold=True, size=11)
_HEAD = Font(bold=True)
_HEAD_FILL = PatternFill("solid", fgColor="FFE9E4D8")
_HEAD_LINE = Border(bottom=Side(style="thin", color="FF8D8678"))
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\']")
_LONGEST_TITLE = 31


class Sheet:
    """Writes rows one below the other; `row` is the number of the last one written."""

    def __init__(self, workbook: Workbook, title: str, *, widths: Sequence[int]) -> None:
        self.page: Any = workbook.create_sheet(_sheet_title(title, workbook.sheetnames))
        self.row = 0
        for place, width in enumerate(widths, start=1):
            self.page.column_dimensions[get_column_letter(place)].width = width
        self.page.page_setup.orientation = "landscape"
        self.page.page_setup.paperSize = self.page.PAPERSIZE_A4
        self.page.page_setup.fitToHeight = 0
        self.page.sheet_properties.pageSetUpPr.fitToPage = True

    def cell(self, column: int) -> Any:
        """A cell of the last row; columns count from 1."""
        return self.page.cell(row=self.row, column=column)

    def next(self) -> None:
        """Begin a row."""
        self.row += 1

    def title(self, text: str) -> None:
        """The title of the sheet."""
        self._line(text, _TITLE)

    def heading(self, text: str) -> None:
        """A heading over a table, with room above."""
        self.row += 1
        self._line(text, _HEADING)

    def head(self, texts: Iterable[str], *, frozen: bool = False) -> None:
        """The head of a table; `frozen`: it stays in sight, with all above it, and is printed on every page."""
        self.next()
        for column, text in enumerate(texts, start=1):
            cell = self.cell(column)
            put_text(cell, text)
            cell.font, cell.fill, cell.border, cell.alignment = _HEAD, _HEAD_FILL, _HEAD_LINE, _WRAPPED
        if frozen:
            self.page.freeze_panes = f"A{self.row + 1}"
            self.page.print_title_rows = f"{self.row}:{self.row}"

    def pair(self, name: str, text: str) -> None:
        """A line with a name and what it says."""
        self.next()
        put_text(self.cell(1), name)
        self.cell(1).font = _HEAD
        put_text(self.cell(2), text)
        self.cell(2).alignment = _WRAPPED

    def texts(self, texts: Iterable[str]) -> None:
        """A row of text."""
        self.next()
        for column, text in enumerate(texts, start=1):
            put_text(self.cell(column), text)
            self.cell(column).alignment = _WRAPPED

    def _line(self, text: str, font: Font) -> None:
        self.next()
        put_text(self.cell(1), text)
        self.cell(1).font = font


def new_workbook(title: str) -> Workbook:
    """A workbook without sheets."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    workbook.properties.title = plain_text(title)
    workbook.properties.creator = "Legajo"
    return workbook


def as_bytes(workbook: Workbook) -> bytes:
    """The workbook as an XLSX file."""
    file = BytesIO()
    workbook.save(file)
    return file.getvalue()


def _sheet_title(title: str, taken: Sequence[str]) -> str:
    base = _NOT_IN_TITLES.sub(" ", plain_text(title)).strip()[:_LONGEST_TITLE] or "1"
    name, number = base, 1
    while name.casefold() in {other.casefold() for other in taken}:
        number += 1
        name = f"{base[: _LONGEST_TITLE - 4]} {number}"
    return name
