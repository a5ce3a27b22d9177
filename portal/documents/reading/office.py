"""The text of Word documents (.docx) and Excel workbooks (.xlsx). Nothing in them is run, fetched or drawn."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from docx.opc.constants import CONTENT_TYPE
from docx.opc.part import Part
from docx.oxml.parser import parse_xml
from docx.package import Package
from openpyxl import load_workbook

from portal.documents.reading.paging import in_pages
from portal.documents.reading.results import Failure, Unreadable

_MAX_PARTS = 20_000
_LAST_ROW = 1_048_576
"""No sheet has more."""
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PARAGRAPH, _TABLE, _ROW, _CELL = f"{_WORD}p", f"{_WORD}tbl", f"{_WORD}tr", f"{_WORD}tc"
_LEFT_OUT = {
    f"{_WORD}pPr",
    f"{_WORD}rPr",
    f"{_WORD}tblPr",
    f"{_WORD}trPr",
    f"{_WORD}tcPr",
    f"{_WORD}sectPr",
    f"{_WORD}del",
    f"{_WORD}moveFrom",
    # A second drawing of what stands beside it, for old programs.
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
}
_SIGNS = {f"{_WORD}tab": "\t", f"{_WORD}br": "\n", f"{_WORD}cr": "\n", f"{_WORD}noBreakHyphen": "-"}
_BEFORE = {CONTENT_TYPE.WML_HEADER}
_AFTER = (
    CONTENT_TYPE.WML_FOOTER,
    CONTENT_TYPE.WML_FOOTNOTES,
    CONTENT_TYPE.WML_ENDNOTES,
    CONTENT_TYPE.WML_COMMENTS,
)


def check_package(path: Path, max_unpacked_bytes: int) -> None:
    """Raise `Unreadable` for what is no zip file, or would grow beyond `max_unpacked_bytes` when unpacked.

    What the directory of a zip file says of the sizes is what is unpacked at most.
    """
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, RuntimeError, ValueError) as error:
        # Whatever the library finds wrong with a package, also a format that it does not know.
        raise Unreadable(Failure.DAMAGED, str(error)) from error
    if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > max_unpacked_bytes:
        raise Unreadable(Failure.MEMORY, f"{len(parts)} parts, {sum(part.file_size for part in parts)} bytes")


def word_pages(path: Path) -> list[str]:
    """The text of a Word document: letterhead, body, then footers, notes and comments; tables row by row."""
    package = Package.open(str(path))
    main = package.main_document_part
    if main.content_type != CONTENT_TYPE.WML_DOCUMENT_MAIN:
        raise Unreadable(Failure.DAMAGED, f"a document of type {main.content_type}")
    parts = list(package.iter_parts())
    before = [part for part in parts if part.content_type in _BEFORE]
    after = [part for kind in _AFTER for part in parts if part.content_type == kind]
    lines = [*_distinct(before), *_blocks(_root(main)), *_distinct(after)]
    return in_pages(lines)


def _root(part: Part) -> Any:
    return part.element if hasattr(part, "element") else parse_xml(part.blob)


def _distinct(parts: list[Part]) -> list[str]:
    """Lines of headers or footers: sections repeat them, a reader needs them once."""
    return list(dict.fromkeys(line for part in parts for line in _blocks(_root(part)) if line.strip()))


def _blocks(element: Any) -> Iterator[str]:
    """The paragraphs and table rows inside `element`, in order."""
    for child in element:
        if child.tag in _LEFT_OUT:
            continue
        if child.tag == _PARAGRAPH:
            framed: list[str] = []
            yield from "".join(_signs(child, framed)).split("\n")
            yield from framed
        elif child.tag == _ROW:
            yield "\t".join(" ".join(filter(None, _blocks(cell))) for cell in child.iter(_CELL) if _row_of(cell, child))
        else:
            yield from _blocks(child)


def _row_of(cell: Any, row: Any) -> bool:
    """Whether the cell is the row's own, not one of a table inside a cell of it."""
    return next(cell.iterancestors(_ROW)) is row


def _signs(element: Any, framed: list[str]) -> Iterator[str]:
    """The text of a paragraph; paragraphs of text frames inside it go to `framed`."""
    for child in element:
        if child.tag in _LEFT_OUT:
            continue
        if child.tag == f"{_WORD}t":
            yield child.text or ""
        elif child.tag in _SIGNS:
            yield _SIGNS[child.tag]
        elif child.tag == f"{_WORD}txbxContent":
            framed.extend(_blocks(child))
        else:
            yield from _signs(child, framed)


def workbook_pages(path: Path, max_pages: int) -> list[str]:
    """The values of a workbook, sheet by sheet, cells of a row parted by tabs. Formulas show their last result."""
    # As a stream: of a path the library believes the extension, and uploads have none.
    with path.open("rb") as stream, closing(load_workbook(stream, read_only=True, data_only=True)) as book:
        if not book.sheetnames:
            raise Unreadable(Failure.DAMAGED, "a workbook without sheets")
        pages: list[str] = []
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # What a file says of its size is not believed.
            pages += in_pages(_rows(sheet), heading=sheet.title)
            if len(pages) > max_pages:
                raise Unreadable(Failure.TOO_MANY_PAGES)
        return pages or [""]


def _rows(sheet: Any) -> Iterator[str]:
    # The library hands out an empty row for each that is left out before the next: a file may number one a milliard.
    for row in sheet.iter_rows(max_row=_LAST_ROW, values_only=True):
        said = [_said(value) for value in row]
        if any(said):
            yield "\t".join(said).strip("\t")


def _said(value: object) -> str:
    """What a cell shows, without its number format: days without a time, whole numbers without decimals."""
    if value is None:
        return ""
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.12g}"
    return " ".join(str(value).split())
