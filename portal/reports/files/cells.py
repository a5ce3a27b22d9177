"""What may stand in a cell of a file: numbers as numbers, and text that no program takes for a formula."""

from __future__ import annotations

import unicodedata
from typing import Any

from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from portal.reports.statistics.counted import Unit

_SIGNS = ("=", "+", "-", "@")
_BLANKS = ("\t", "\r", "\n")
"""Some spreadsheets skip these at the beginning of a cell."""
NUMBER_FORMATS: dict[Unit, str] = {
    Unit.THINGS: "#,##0",
    Unit.BYTES: "#,##0",
    Unit.DAYS: "0.0",
    Unit.HOURS: "0.0",
    Unit.SHARE: "0.0%",
}
_IN_TENTHS = frozenset({Unit.DAYS, Unit.HOURS, Unit.SHARE})


def is_like_a_formula(text: str) -> bool:
    """Whether a spreadsheet would compute the text, in spite of blanks before it, instead of showing it.

    Full-width and other forms of the signs count as the signs: in East Asian settings a spreadsheet takes them so.
    """
    sign = unicodedata.normalize("NFKC", text.lstrip()[:1])
    return text.startswith(_BLANKS) or sign.startswith(_SIGNS)


def plain_text(text: str) -> str:
    """The text without the control characters that no spreadsheet may hold."""
    return str(ILLEGAL_CHARACTERS_RE.sub("", text))


def csv_text(text: str) -> str:
    """The text for a CSV file: where a spreadsheet would compute it, an apostrophe stands before it."""
    text = plain_text(text)
    return f"'{text}" if is_like_a_formula(text) else text


def csv_number(value: int | None, unit: Unit) -> str:
    """A value for a CSV file, with a point: days and hours with one decimal, shares in percent, sizes in bytes."""
    if value is None:
        return ""
    if unit not in _IN_TENTHS:
        return str(value)
    sign = "-" if value < 0 else ""
    return f"{sign}{abs(value) // 10}.{abs(value) % 10}"


def xlsx_number(value: int, unit: Unit) -> int | float:
    """A value for a spreadsheet: a share is a fraction, which its format shows as percent."""
    if unit is Unit.SHARE:
        return value / 1000
    return value / 10 if unit in _IN_TENTHS else value


def put_text(cell: Any, text: str) -> None:
    """Write text into a cell of a spreadsheet, and have it stay text whatever it begins with."""
    assert isinstance(cell, Cell)
    text = plain_text(text)
    cell.value = text
    cell.data_type = "s"  # Otherwise a text that begins with "=" becomes a formula.
    if is_like_a_formula(text):
        cell.quotePrefix = True


def put_value(cell: Any, value: int | None, unit: Unit) -> None:
    """Write a figure's value into a cell of a spreadsheet; where there is no number, the cell stays empty."""
    if value is not None:
        cell.value = xlsx_number(value, unit)
        cell.number_format = NUMBER_FORMATS[unit]
