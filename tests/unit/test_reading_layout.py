"""Boxes of recognised text come out in the order in which a person reads them."""

from __future__ import annotations

from portal.documents.reading.layout import Piece, in_reading_order, joined, text_of, without_hyphenation
from portal.documents.reading.results import TextBox


def piece(x0: float, y0: float, x1: float, y1: float, text: str) -> Piece:
    return Piece(x0, y0, x1, y1, text, 0.9, TextBox(0, 0, 1, 1, text))


def test_a_form_is_read_row_by_row_even_when_boxes_come_in_any_order_and_stand_a_little_askew() -> None:
    pieces = [
        piece(400, 104, 500, 126, "2026-11-21"),
        piece(50, 140, 120, 160, "Phone:"),
        piece(50, 100, 120, 120, "Date:"),
        piece(400, 143, 560, 165, "+34 91 000 00 00"),
    ]
    assert text_of(in_reading_order(pieces, 800)) == "Date: 2026-11-21\nPhone: +34 91 000 00 00"


def test_lines_that_touch_stay_lines() -> None:
    pieces = [piece(50, 20 * n, 500, 20 * n + 24, f"line {n}") for n in range(10)]
    text = text_of(in_reading_order(pieces, 600))
    assert text.splitlines() == [f"line {n}" for n in range(10)]


def test_two_columns_of_running_text_are_read_one_after_the_other_below_their_heading() -> None:
    pieces = [piece(100, 10, 900, 40, "Heading across")]
    for n in range(6):
        pieces.append(piece(50, 60 + 30 * n, 480, 82 + 30 * n, f"left {n}"))
        pieces.append(piece(520, 62 + 30 * n, 950, 84 + 30 * n, f"right {n}"))
    lines = text_of(in_reading_order(pieces, 1000)).splitlines()
    assert lines == ["Heading across", *(f"left {n}" for n in range(6)), *(f"right {n}" for n in range(6))]


def test_a_table_of_short_cells_is_not_taken_for_columns() -> None:
    pieces = []
    for n in range(8):
        pieces.append(piece(50, 30 * n, 150, 30 * n + 20, f"item {n}"))
        pieces.append(piece(700, 30 * n, 780, 30 * n + 20, f"{n}.00"))
    lines = text_of(in_reading_order(pieces, 1000)).splitlines()
    assert lines == [f"item {n} {n}.00" for n in range(8)]


def test_latin_words_are_joined_with_a_space_and_han_with_nothing() -> None:
    assert joined(["合同", "编号", "GX-1", "甲方：", "大华"]) == "合同编号 GX-1 甲方：大华"
    assert joined(["señor", "Muñoz"]) == "señor Muñoz"


def test_a_word_divided_at_the_line_end_is_whole_again() -> None:
    assert without_hyphenation("la infor-\nmación, de la\nempresa") == "la información,\nde la\nempresa"
    assert without_hyphenation("Buenos-\nAires") == "Buenos-\nAires"
    assert without_hyphenation("2025-\n2026") == "2025-\n2026"


def test_three_columns_of_running_text_are_read_one_after_the_other() -> None:
    pieces = [
        piece(40 + 320 * column, 60 + 30 * n, 330 + 320 * column, 82 + 30 * n, f"{column} {n}")
        for n in range(8)
        for column in range(3)
    ]
    lines = text_of(in_reading_order(pieces, 1000)).splitlines()
    assert lines == [f"{column} {n}" for column in range(3) for n in range(8)]


def test_vertical_columns_are_read_from_the_right_each_from_top_to_bottom() -> None:
    pieces = [
        piece(100, 50, 140, 400, "丙"),
        piece(300, 300, 340, 500, "乙"),
        piece(302, 50, 338, 290, "甲"),
    ]
    rows = in_reading_order(pieces, 600, vertical=True)
    assert [[p.text for p in row] for row in rows] == [["甲", "乙"], ["丙"]]
