"""Tables of words and numbers: they break across pages, with their heads repeated."""

from __future__ import annotations

from typing import Any

from reportlab.platypus import Table

from portal.core.fonts import printable
from portal.reports.drawing.breaking import words_of
from portal.reports.drawing.pen import ACCENT, HAIRLINE, INK, QUIET
from portal.reports.papers.setting import HEIGHT, Setter, padding
from portal.reports.papers.text import break_lines, width_of
from portal.reports.papers.words import TableWords

SIZE, LEADING = 8.0, 10.0
_HEAD_SIZE, _HEAD_LEADING = 7.0, 8.5
_GAP = 6.0
"""Points between two columns."""
_AFTER_NUMBER = 20.0
"""Points between a number and a text on its right."""
NUMBER = 54.0
"""How wide a column of numbers likes to be: the same from table to table."""
TOTAL = 80.0
"""The same in a table of one row, whose headings name the periods in full."""
_FOLDED_NUMBER = 46.0
_LEAST_TEXT = 34.0
_MOST_WANTED = 190.0
"""A longer text counts as this long when the columns share the page."""
_LONGEST_WORD = 72.0
"""A longer word is divided."""
_LONGEST_HEADING = 54.0
"""The same, over numbers."""
_ON_ONE_LINE = 44.0
"""A shorter Chinese heading over numbers stays on one line."""
_HIGHEST_ROW = HEIGHT - 40


def grid(
    table: TableWords, setter: Setter, width: float, *, size: float = SIZE, tight: bool = False, number: float = NUMBER
) -> Table:
    """The table, `width` points wide. `tight`: its columns of numbers are no wider than they must be; `number`: how
    wide they like to be otherwise."""
    font = setter.fonts.body
    widths = column_widths(table, font, width, size, tight=tight, number=number)
    gaps = [_GAP + (_AFTER_NUMBER if _follows_number(table, column) else 0) for column in range(len(widths))]
    head = _row(table.headings, widths, gaps, font, _HEAD_SIZE)
    rows = [_row(row, widths, gaps, font, size) for row in table.rows]
    leading = size * LEADING / SIZE
    style: list[tuple[Any, ...]] = [
        *setter.plain(),
        *padding((0, _GAP, 2, 2.4)),
        ("FONTSIZE", (0, 0), (-1, -1), size),
        ("LEADING", (0, 0), (-1, -1), leading),
        ("TEXTCOLOR", (0, 0), (-1, -1), INK),
        ("FONTSIZE", (0, 0), (-1, 0), _HEAD_SIZE),
        ("LEADING", (0, 0), (-1, 0), _HEAD_LEADING),
        ("TEXTCOLOR", (0, 0), (-1, 0), QUIET),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, HAIRLINE),
        # Last, because of a table that goes on over the page ReportLab counts the repeated head among its rows.
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, ACCENT),
        ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
    ]
    for column, is_number in enumerate(table.is_number):
        if _follows_number(table, column):
            style.append(("LEFTPADDING", (column, 0), (column, -1), _AFTER_NUMBER))
        if is_number:
            style += [("ALIGN", (column, 0), (column, -1), "RIGHT"), ("RIGHTPADDING", (column, 0), (column, -1), 0)]
            style += [("LEFTPADDING", (column, 0), (column, -1), _GAP)]
    # Only a row that is higher than a page is divided: it must not stop the report.
    highest = max((cell.count("\n") + 1 for row in rows for cell in row), default=0) * leading
    return Table(
        [head, *rows],
        colWidths=widths,
        style=style,
        repeatRows=1,
        splitInRow=int(highest > _HIGHEST_ROW),
        hAlign="LEFT",
    )


def column_widths(
    table: TableWords, font: str, width: float, size: float, *, tight: bool = False, number: float = NUMBER
) -> list[float]:
    """How the columns share `width`: numbers get what they need, texts the rest in proportion to their length."""
    numbers = [column for column, is_number in enumerate(table.is_number) if is_number]
    texts = [column for column, is_number in enumerate(table.is_number) if not is_number]
    needed = {column: number_width(table, column, font, size) for column in numbers}
    if not tight and table.is_number[1:] and all(table.is_number[1:]) and numbers:
        # One width for all, that of the other tables if there is room for the names.
        room = width * (0.72 if number <= NUMBER else 0.83) / len(numbers)
        common = max(number, *needed.values()) if len(numbers) == 1 else max(min(number, room), *needed.values())
        if common <= room:
            needed = dict.fromkeys(numbers, common)
    elif not tight:
        for column in numbers if len(set(table.headings)) < len(table.headings) else ():
            needed[column] = max(needed[column], _FOLDED_NUMBER)
    least = {column: _text_width(table, column, font, size, words=True) for column in texts}
    wanted = {column: _text_width(table, column, font, size) - least[column] for column in texts}
    rest = max(width - sum(needed.values()) - sum(least.values()), 0)
    share = rest / (sum(wanted.values()) or 1)
    shared = {column: least[column] + wanted[column] * share for column in texts}
    if texts and not sum(wanted.values()):
        shared[texts[0]] += rest
    # Where even the least is too much, all columns of text give way alike.
    squeeze = min(1.0, max(width - sum(needed.values()), 1.0) / (sum(shared.values()) or 1))
    return [needed[column] if column in needed else shared[column] * squeeze for column in range(len(table.headings))]


def number_width(table: TableWords, column: int, font: str, size: float) -> float:
    """How wide a column of numbers must be: as its widest number, or the widest word of its heading."""
    cells = max((width_of(row[column], font, size) for row in table.rows), default=0.0)
    heading = max((_heading_width(line, font) for line in table.headings[column].split("\n")), default=0.0)
    return max(cells, min(heading, _LONGEST_HEADING), 18.0) + _GAP + 0.5


def _heading_width(heading: str, font: str) -> float:
    """How wide a heading over numbers must be: as its longest word, or, in Chinese, on two lines."""
    words = max((width_of(word, font, _HEAD_SIZE) for word in words_of(heading)), default=0.0)
    whole = width_of(heading, font, _HEAD_SIZE)
    if len(heading.encode()) < 2 * len(heading):  # Mostly Latin.
        return words
    return max(words, whole if whole <= _ON_ONE_LINE else whole / 2 + _HEAD_SIZE)


def _text_width(table: TableWords, column: int, font: str, size: float, *, words: bool = False) -> float:
    """How wide a column of texts would like to be, or, for `words`, must be not to divide its words."""
    texts = [printable(row[column][:200]) for row in table.rows]
    if words:
        texts = [word for text in texts for word in words_of(text)]
    widest = max((width_of(text, font, size) for text in texts), default=0.0)
    heading = max((width_of(word, font, _HEAD_SIZE) for word in table.headings[column].split(" ")), default=0.0)
    gap = _GAP + (_AFTER_NUMBER if _follows_number(table, column) else 0)
    return min(max(widest, heading, _LEAST_TEXT), _LONGEST_WORD if words else _MOST_WANTED) + gap + 0.5


def _follows_number(table: TableWords, column: int) -> bool:
    """Whether a column of texts stands to the right of numbers, which end where it begins."""
    return column > 0 and not table.is_number[column] and table.is_number[column - 1]


def _row(cells: tuple[str, ...], widths: list[float], gaps: list[float], font: str, size: float) -> list[str]:
    return [
        "\n".join(break_lines(cell, width - gap, font, size)) if cell else ""
        for cell, width, gap in zip(cells, widths, gaps, strict=True)
    ]
