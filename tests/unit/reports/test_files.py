"""Reports as files: numbers are numbers, text is never a formula, and everything counted is in them."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from portal.reports.files import register_csv, register_xlsx, statistics_csv, statistics_xlsx
from portal.reports.files.cells import csv_number, csv_text, is_like_a_formula, xlsx_number
from portal.reports.papers.standing import Signed, Standing
from portal.reports.statistics.counted import Column, Register, Statistics, Unit
from tests.unit.reports.made_statistics import made_statistics

SHANGHAI = ZoneInfo("Asia/Shanghai")
DANGEROUS = [
    '=HYPERLINK("http://x.example")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "=",
    "-",
    "＝1+1",
    "＋1",
    "－2",
    "　＠SUM(A1)",
    "﹣1",
    "=\u0338",
]
SIGNED_AT = datetime(2026, 4, 2, 1, 0, tzinfo=UTC)
STANDING = Standing(
    "Withdrawn", "R2026-0007", "ab" * 32, (Signed("Prepared by", "Cle Rk", SIGNED_AT), Signed("Reviewed by")), SIGNED_AT
)
HARMLESS = ["Ana García", "恒达机械有限公司", "a=b", "1-2", "", " x"]


def as_it_is(text: str) -> str:
    """No translation."""
    return text


def _workbook(statistics: Statistics) -> Any:
    return load_workbook(BytesIO(statistics_xlsx(statistics, STANDING, language="en", translate=as_it_is)))


def _lines(statistics: Statistics) -> list[list[str]]:
    data = statistics_csv(statistics, STANDING, language="en", translate=as_it_is)
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_begins_like_a_formula_is_text(text: str) -> None:
    assert is_like_a_formula(text)
    assert csv_text(text).startswith("'")
    register = Register((Column("Client"),), ((text,),))
    content = register_xlsx(
        register, title=text, about=[(text, text)], language="en", translate=as_it_is, zone=SHANGHAI
    )
    sheet = load_workbook(BytesIO(content)).worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert len(cells) == 5
    for cell in cells:
        assert cell.data_type == "s"
        assert cell.quotePrefix == (cell.value != "Client")
    row = register_csv(register, language="en", translate=as_it_is, zone=SHANGHAI).decode("utf-8-sig").splitlines()[1:]
    assert row[0].lstrip('"').startswith("'")


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert csv_text(text) == text


@given(st.text(max_size=30))
@settings(max_examples=60, deadline=None)
def test_any_name_can_be_written(name: str) -> None:
    register = Register((Column("Client"),), ((name,),))
    content = register_xlsx(register, title=name, language="en", translate=as_it_is, zone=SHANGHAI)
    cell = load_workbook(BytesIO(content)).worksheets[0].cell(row=4, column=1)
    assert cell.data_type != "f"
    first = next(iter(csv_text(name).lstrip()), "")
    assert first not in "=+-@" or not first


def test_a_register_keeps_dates_numbers_and_moments() -> None:
    register = Register(
        (
            Column("Client"),
            Column("State", "message"),
            Column("Sheets", "count"),
            Column("Due on", "deadline"),
            Column("Issued", "moment"),
            Column("Size", "bytes"),
        ),
        (
            ("Álamo", "On loan", 40, date(2026, 3, 6), datetime(2026, 3, 1, 16, 30, tzinfo=UTC), 3_400_000),
            ("恒达", "Returned", None, None, None, None),
        ),
        left_out=1200,
    )

    def shout(text: str) -> str:
        return text if "%" in text else text.upper()

    content = register_xlsx(
        register, title="Loans", about=[("Audience", "everyone")], language="en", translate=shout, zone=SHANGHAI
    )
    rows = list(load_workbook(BytesIO(content)).worksheets[0].iter_rows(values_only=True))
    assert rows[0][0] == "Loans"
    assert rows[1][:2] == ("Audience", "everyone")
    assert rows[3] == ("CLIENT", "STATE", "SHEETS", "DUE ON", "ISSUED", "SIZE")
    assert [str(cell) for cell in rows[4]] == [
        *("Álamo", "ON LOAN", "40", "2026-03-06 00:00:00", "2026-03-02 00:30:00", "3400000")
    ]
    assert rows[5] == ("恒达", "RETURNED", None, None, None, None)
    assert rows[6][0] == "1,200 more rows are not listed here."
    lines = list(
        csv.reader(StringIO(register_csv(register, language="en", translate=shout, zone=SHANGHAI).decode("utf-8-sig")))
    )
    assert lines[1] == ["Álamo", "ON LOAN", "40", "2026-03-06", "2026-03-02 00:30", "3400000"]
    assert lines[2] == ["恒达", "RETURNED", "", "", "", ""]
    assert lines[3:] == [["1,200 more rows are not listed here."]]


@pytest.mark.parametrize(
    ("value", "unit", "text", "number"),
    [
        (1204, Unit.THINGS, "1204", 1204),
        (35, Unit.DAYS, "3.5", 3.5),
        (5, Unit.HOURS, "0.5", 0.5),
        (-15, Unit.HOURS, "-1.5", -1.5),
        (125, Unit.SHARE, "12.5", 0.125),
        (3_400_000_000, Unit.BYTES, "3400000000", 3_400_000_000),
        (0, Unit.SHARE, "0.0", 0),
    ],
)
def test_values_in_files(value: int, unit: Unit, text: str, number: float) -> None:
    assert csv_number(value, unit) == text
    assert xlsx_number(value, unit) == number


def test_no_number_is_an_empty_cell() -> None:
    assert csv_number(None, Unit.DAYS) == ""


@pytest.mark.parametrize("kind", ["short", "long", "hostile"])
def test_the_workbook_has_a_sheet_for_each_section_and_one_of_definitions(kind: str) -> None:
    statistics = made_statistics(kind)
    workbook = _workbook(statistics)
    names = workbook.sheetnames
    assert len(names) == len(set(names)) == 1 + len(statistics.sections) + 1
    assert names[0] == "About this file"
    assert names[-1] == "Definitions"
    assert all(len(name) <= 31 for name in names)
    about = {row[0]: row[1] for row in workbook["About this file"].iter_rows(values_only=True)}
    assert about["State"] == "Withdrawn"
    assert about["Report number"] == "R2026-0007"
    assert about["Prepared by"].startswith("Cle Rk, ")
    assert about["Checksum of the data (SHA-256)"] == "ab" * 32  # Of the data that is kept, not of what was read.
    assert about["Audience"] == "Every employee: core dossiers are not counted."
    assert {"Period", "Previous period", "Same period last year", "Counted at"} <= set(about)
    definitions = [row[1] for row in workbook["Definitions"].iter_rows(min_row=3, values_only=True)]
    assert definitions == [figure.title for figure in statistics.figures()]
    for name in names[1:]:
        assert workbook[name].freeze_panes
    assert not [cell for sheet in workbook for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_every_value_is_in_the_workbook() -> None:
    statistics = made_statistics()
    workbook = _workbook(statistics)
    for sheet, section in zip(workbook.worksheets[1:-1], statistics.sections, strict=True):
        numbers = [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, int | float)]
        wanted: list[float] = []
        for figure in section.figures:
            parts = [figure.total, *(group.values for one in figure.breakdowns for group in one.groups)]
            parts += [one.rest for one in figure.breakdowns if one.rest]
            wanted += [xlsx_number(value, figure.unit) for values in parts for value in values if value is not None]
            wanted += [cell for one in figure.crossings for row in one.cells for cell in row]
            if figure.register:
                wanted += [cell for row in figure.register.rows for cell in row if isinstance(cell, int)]
        assert sorted(numbers) == pytest.approx(sorted(wanted))


def test_numbers_have_the_format_of_their_unit() -> None:
    sheet = _workbook(made_statistics()).worksheets[1]
    formats = {row[0].value: row[1].number_format for row in sheet.iter_rows(min_row=3, max_row=8)}
    assert formats["Volumes issued"] == "#,##0"
    assert formats["Share returned late"] == "0.0%"
    assert formats["Bytes kept"] == "#,##0"


def test_the_long_table_has_a_line_for_each_number() -> None:
    statistics = made_statistics()
    heads, period, audience, state, number, prepared, data, *lines = _lines(statistics)
    assert heads[:5] == ["Section", "Figure", "Divided", "Key", "Name"]
    assert {len(line) for line in (heads, period, audience, state, number, prepared, data, *lines)} == {9}
    assert period[0] == "Period"
    assert audience[4] == "Every employee: core dossiers are not counted."
    assert (state[0], state[4]) == ("State", "Withdrawn")
    assert (number[0], number[4]) == ("Report number", "R2026-0007")
    assert (prepared[0], prepared[4]) == ("Prepared by", "Cle Rk, Apr 2, 2026, 09:00")
    assert (data[0], data[4]) == ("Checksum of the data (SHA-256)", "ab" * 32)
    expected = 0
    for figure in statistics.figures():
        expected += 1 + sum(len(one.groups) + (1 if one.rest else 0) for one in figure.breakdowns)
        expected += sum(len(one.row_names) * len(one.column_names) for one in figure.crossings)
    assert len(lines) == expected
    issued = next(line for line in lines if line[1] == "Volumes issued")
    assert issued[2:] == ["", "", "In all", "number", "1234", "1100", "1300"]
    late = next(line for line in lines if line[1] == "Share returned late")
    assert late[5:] == ["percent", "12.5", "11.0", ""]


@pytest.mark.parametrize("title", ["Loans of March", '=HYPERLINK("http://x.example")'])
def test_a_title_of_its_own_stands_in_the_files(title: str) -> None:
    content = statistics_xlsx(made_statistics(), STANDING, language="en", translate=as_it_is, title=title)
    assert load_workbook(BytesIO(content)).worksheets[0].cell(row=1, column=1).value == title
    data = statistics_csv(made_statistics(), STANDING, language="en", translate=as_it_is, title=title)
    line = next(one for one in csv.reader(StringIO(data.decode("utf-8-sig"), newline="")) if one[0] == "Title")
    assert line[4] == csv_text(title)


def test_what_a_table_is_about_stands_above_it() -> None:
    register = Register((Column("Client"), Column("State")), (("Álamo", "open"),))
    content = register_csv(register, about=[("Period", "=1")], language="en", translate=as_it_is, zone=SHANGHAI)
    lines = list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))
    assert lines == [["Period", "'=1"], [], ["Client", "State"], ["Álamo", "open"]]


def test_names_of_clients_do_no_harm_in_the_long_table() -> None:
    for line in _lines(made_statistics("hostile")):
        assert not [text for text in line[:6] if is_like_a_formula(text)]
