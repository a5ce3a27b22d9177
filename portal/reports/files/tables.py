"""A register (any list with columns) as XLSX and CSV."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date, datetime
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

from portal.core.messages import N_
from portal.reports.files.cells import csv_text, put_text
from portal.reports.files.sheets import Sheet, as_bytes, new_workbook
from portal.reports.statistics.counted import Cell, Column, Register
from portal.reports.statistics.wording import Translate, number_text

BYTE_ORDER_MARK = "\ufeff"
"""Without it, spreadsheets take UTF-8 for the computer's old alphabet."""
LEFT_OUT = N_("%(count)s more rows are not listed here.")
_WIDTHS = {"text": 28, "message": 22, "count": 10, "bytes": 14, "date": 13, "deadline": 13, "moment": 18}


def register_xlsx(
    register: Register,
    *,
    title: str,
    about: Sequence[tuple[str, str]] = (),
    language: str,
    translate: Translate,
    zone: ZoneInfo,
) -> bytes:
    """The register as a spreadsheet. `title` and `about` (lines above the table: name and text) are in words already;
    dates are dates and numbers are numbers; moments are in `zone`."""
    workbook = new_workbook(title)
    sheet = Sheet(workbook, title, widths=[_WIDTHS[column.shape] for column in register.columns])
    sheet.title(title)
    for name, text in about:
        sheet.pair(name, text)
    sheet.next()
    write_register(sheet, register, frozen=True, language=language, translate=translate, zone=zone)
    return as_bytes(workbook)


def write_register(
    sheet: Sheet, register: Register, *, language: str, translate: Translate, zone: ZoneInfo, frozen: bool = False
) -> None:
    """The table of a register below what the sheet holds already."""
    sheet.head((translate(column.heading) for column in register.columns), frozen=frozen)
    for row in register.rows:
        sheet.next()
        for place, (value, column) in enumerate(zip(row, register.columns, strict=True), start=1):
            _put(sheet.cell(place), value, column, translate, zone)
    if register.left_out:
        sheet.next()
        put_text(sheet.cell(1), _left_out(register, language, translate))


def register_csv(
    register: Register,
    *,
    about: Sequence[tuple[str, str]] = (),
    language: str,
    translate: Translate,
    zone: ZoneInfo,
) -> bytes:
    """The register as CSV (UTF-8 with a byte order mark, commas, CR LF): dates as 2026-11-22, moments in `zone`.

    `about`: lines above the table, name and text in words already; an empty line stands between.
    """
    file = StringIO(newline="")
    writer = csv.writer(file)
    writer.writerows([csv_text(name), csv_text(text)] for name, text in about)
    if about:
        writer.writerow([])
    writer.writerow([csv_text(translate(column.heading)) for column in register.columns])
    for row in register.rows:
        writer.writerow(
            [_csv_cell(value, column, translate, zone) for value, column in zip(row, register.columns, strict=True)]
        )
    if register.left_out:
        writer.writerow([csv_text(_left_out(register, language, translate))])
    return (BYTE_ORDER_MARK + file.getvalue()).encode()


def _left_out(register: Register, language: str, translate: Translate) -> str:
    return translate(LEFT_OUT) % {"count": number_text(register.left_out, language)}


def _put(cell: Any, value: Cell, column: Column, translate: Translate, zone: ZoneInfo) -> None:
    if value is None:
        return
    if isinstance(value, datetime):
        cell.value = value.astimezone(zone).replace(tzinfo=None)  # A spreadsheet knows no zones.
        cell.number_format = "yyyy-mm-dd hh:mm"
    elif isinstance(value, date):
        cell.value, cell.number_format = value, "yyyy-mm-dd"
    elif isinstance(value, int):
        cell.value, cell.number_format = value, "#,##0"
    else:
        put_text(cell, translate(value) if column.shape == "message" else value)


def _csv_cell(value: Cell, column: Column, translate: Translate, zone: ZoneInfo) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return str(value)
    return csv_text(translate(value) if column.shape == "message" else value)
