"""Dossier numbers in file names, the code of a cover sheet, and how sheets divide a scan."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.arrivals.rules import (
    NumberPatterns,
    Part,
    Sheet,
    is_core_number,
    part_name,
    parts_of,
    read_name,
    read_sheet_code,
    sheet_code,
)
from portal.documents.models import Direction, DocumentKind

USUAL = NumberPatterns("{year}-{number:04d}", "K{year}-{number:04d}")
OTHER = NumberPatterns("L/{year}/{number:04d}", "C{number:03d}-{year}")
KEY = b"a key"


@pytest.mark.parametrize(
    ("name", "numbers", "subject"),
    [
        ("2026-0042 fax from Hengda.pdf", ["2026-0042"], "fax from Hengda"),
        ("fax from Hengda (2026-0042).pdf", ["2026-0042"], "fax from Hengda"),
        ("L-2026-0042 fax.pdf", ["2026-0042"], "L fax"),
        ("恒达传真2026-0042合同.pdf", ["2026-0042"], "恒达传真 合同"),
        ("２０２６－００４２ 合同.tif", ["2026-0042"], "合同"),
        ("2026_0042_waybill.pdf", ["2026-0042"], "waybill"),
        ("2026–0042.pdf", ["2026-0042"], ""),
        ("2026-0042 (2).pdf", ["2026-0042"], ""),
        ("fax.2026-0042", ["2026-0042"], "fax"),
        ("k2026-0007 merger.pdf", ["K2026-0007"], "merger"),
        ("K2026-0007_2026-0042.pdf", ["K2026-0007", "2026-0042"], ""),
        ("2026-0042 and 2026-0043.pdf", ["2026-0042", "2026-0043"], "and"),
        ("2026-0042 2026-0042.pdf", ["2026-0042"], ""),
        ("12026-0042.pdf", [], ""),
        ("2026-03-02 letter.pdf", [], ""),
        ("2026-00042.pdf", [], ""),
        ("A2026-0042.pdf", [], ""),
        ("scan0001.pdf", [], ""),
        ("", [], ""),
    ],
)
def test_numbers_stand_anywhere_in_a_name(name: str, numbers: list[str], subject: str) -> None:
    found = read_name(name, USUAL)
    assert ([item.number for item in found.numbers], found.subject) == (numbers, subject)
    assert [item.core for item in found.numbers] == [number.startswith("K") for number in numbers]


def test_what_a_file_name_cannot_hold_may_be_a_dash() -> None:
    for name in ("L-2026-0042 fax.pdf", "L_2026_0042 fax.pdf", "l-2026-0042_fax.pdf"):
        assert [item.number for item in read_name(name, OTHER).numbers] == ["L/2026/0042"]
    assert read_name("C007-2026.pdf", OTHER).numbers[0].core


def test_a_core_number_that_holds_another_is_one_number() -> None:
    patterns = NumberPatterns("{year}-{number:04d}", "{year}-{number:04d}-K")
    assert [item.number for item in read_name("2026-0042-K plan.pdf", patterns).numbers] == ["2026-0042-K"]


@given(st.text(max_size=300))
def test_any_name_can_be_read(name: str) -> None:
    for patterns in (USUAL, OTHER):
        found = read_name(name, patterns)
        assert len(found.subject) <= 300
        assert len({item.number for item in found.numbers}) == len(found.numbers)


def test_the_core_series_is_known_by_its_pattern() -> None:
    assert is_core_number("K2026-9999", USUAL) and not is_core_number("2026-9999", USUAL)
    assert is_core_number("C007-2026", OTHER) and not is_core_number("L/2026/0007", OTHER)


SHEETS = [
    Sheet("2026-0042"),
    Sheet("L/2026:0042 é", DocumentKind.FAX, Direction.OUTGOING, date(2026, 3, 2)),
    Sheet("恒-2026-1", None, Direction.INTERNAL, None),
]


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_code_says_what_its_sheet_says(sheet: Sheet) -> None:
    code = sheet_code(sheet, KEY)
    assert code.isascii() and len(code) < 120
    assert read_sheet_code(code, KEY) == sheet


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_code_with_one_sign_changed_is_ignored(sheet: Sheet) -> None:
    code = sheet_code(sheet, KEY)
    for place, sign in enumerate(code):
        changed = code[:place] + ("0" if sign != "0" else "1") + code[place + 1 :]
        assert read_sheet_code(changed, KEY) is None, changed
    assert read_sheet_code(code, b"the key of another portal") is None
    assert read_sheet_code(code + "0", KEY) is None and read_sheet_code(code[:-1], KEY) is None


@given(st.text(max_size=500))
def test_foreign_codes_are_ignored(text: str) -> None:
    assert read_sheet_code(text, KEY) is None
    assert read_sheet_code(f"legajo:sheet:1:{text}", KEY) is None


def test_words_nobody_knows_are_ignored_even_with_a_seal() -> None:
    for body in ("2026-0042:poem:in:", "2026-0042:fax:up:", "2026-0042:fax:in:someday", "2026-0042:fax"):
        made = sheet_code(Sheet("x"), KEY)
        assert read_sheet_code(made, KEY) is not None
        from portal.arrivals.rules import _seal

        code = f"legajo:sheet:1:{body}"
        assert read_sheet_code(f"{code}:{_seal(code, KEY)}", KEY) is None


A, B = Sheet("A"), Sheet("B")


@pytest.mark.parametrize(
    ("pages", "sheets", "parts"),
    [
        (3, {}, [Part(1, 3, None)]),
        (3, {1: A}, [Part(2, 3, A)]),
        (5, {1: A, 4: B}, [Part(2, 3, A), Part(5, 5, B)]),
        (4, {2: A}, [Part(1, 1, None), Part(3, 4, A)]),
        (3, {1: A, 2: B}, [Part(2, 1, A), Part(3, 3, B)]),
        (1, {1: A}, [Part(2, 1, A)]),
    ],
)
def test_sheets_divide_a_scan(pages: int, sheets: dict[int, Sheet], parts: list[Part]) -> None:
    assert parts_of(pages, sheets) == parts


@given(st.integers(1, 40), st.sets(st.integers(1, 40)))
def test_every_page_is_a_sheet_or_in_one_part(pages: int, places: set[int]) -> None:
    sheets = {place: A for place in places if place <= pages}
    parts = parts_of(pages, sheets)
    held = [number for part in parts for number in range(part.first, part.last + 1)]
    assert sorted([*held, *sheets]) == list(range(1, pages + 1))
    assert sum(part.pages for part in parts) == len(held)


def test_parts_are_named_after_the_file() -> None:
    assert part_name("scan.pdf", 1, 1) == "scan.pdf"
    assert [part_name("scan 1.pdf", number, 2) for number in (1, 2)] == ["scan 1 (1).pdf", "scan 1 (2).pdf"]
    assert part_name("scan", 2, 3) == "scan (2)"
