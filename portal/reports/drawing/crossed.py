"""A figure divided by two things at once: stacked bars, or a heat map."""

from __future__ import annotations

from reportlab.graphics.shapes import Drawing, Rect
from reportlab.lib.colors import HexColor

from portal.reports.drawing.bars import LEGEND_HEIGHT, draw_legend, label_room, legend_lines, write_label
from portal.reports.drawing.pen import (
    DARK,
    FILLS,
    HAIRLINE,
    INK,
    INSIDE,
    LINE_HEIGHT,
    QUIET,
    SIZE,
    WHITE,
    Fill,
    Pen,
    text_width,
    wrap,
)
from portal.reports.drawing.words import MOST_ROWS, OTHERS, Words
from portal.reports.statistics.counted import Crossing

_BAR, _GAP, _SPACE = 11.0, 5.0, 6.0
_HEAT: tuple[Fill, ...] = (
    (WHITE, "none"),
    (HexColor("#e3ece7"), "none"),
    (HexColor("#b9d0c4"), "none"),
    (HexColor("#83aa97"), "none"),
    (HexColor("#477c63"), "none"),
    (DARK, "none"),
)
"""From nothing to most: each clearly darker than the one before, in grey too."""
_DARK_FROM = 4
_MOST_COLUMNS = len(FILLS)


def draw_stacked(part: Crossing, words: Words, font: str, width: float) -> Drawing:
    """A bar for each row, divided by the columns."""
    names, cells = _columns(part, words)
    rows = [words.name(name) for _, name in part.row_names][:MOST_ROWS]
    cells = cells[:MOST_ROWS]
    left_out = len(part.row_names) - len(rows)
    room = label_room(rows, font, width)
    labels = [wrap(row, room, font) for row in rows]
    totals = [words.value(sum(row)) for row in cells]
    heights = [max(_BAR, len(label) * LINE_HEIGHT) + _GAP for label in labels]
    legend = legend_lines(names, font, width)
    foot = LINE_HEIGHT + 2 if left_out else 0
    pen = Pen(width, len(legend) * LEGEND_HEIGHT + sum(heights) + foot, font)
    draw_legend(pen, legend)

    left = room + _SPACE
    scale = (width - left - max(map(pen.measure, totals)) - _SPACE) / (max(map(sum, cells)) or 1)
    top = pen.height - len(legend) * LEGEND_HEIGHT
    pen.line(left, foot, left, top, INK, 0.6)
    for label, values, total, height in zip(labels, cells, totals, heights, strict=True):
        middle = top - height / 2
        write_label(pen, label, room, middle)
        x, y = left, middle - _BAR / 2
        for number, value in enumerate(values):
            if value:
                _segment(pen, x, y, value * scale, words.value(value), FILLS[number % len(FILLS)])
                x += value * scale
        pen.write(total, x + 3, y + 2.8)
        top -= height
        pen.line(0, top, width, top, HAIRLINE, 0.3)
    if left_out:
        pen.write(words.more(left_out), 0, 2, ink=QUIET)
    return pen.drawing


def _columns(part: Crossing, words: Words) -> tuple[list[str], list[list[int]]]:
    """The names and values of the columns; of more than there are fills, the last ones come together."""
    names = [words.name(name) for _, name in part.column_names]
    cells = [list(row) for row in part.cells]
    if len(names) > _MOST_COLUMNS:
        kept = _MOST_COLUMNS - 1
        names = [*names[:kept], words.translate(OTHERS)]
        cells = [[*row[:kept], sum(row[kept:])] for row in cells]
    return names, cells


def _segment(pen: Pen, x: float, y: float, width: float, value: str, fill: Fill) -> None:
    pen.area(x, y, width, _BAR, fill)
    needed = pen.measure(value) + 4
    if needed > width:
        return
    ground, hatch = fill
    middle = x + width / 2
    if hatch != "none":
        pen.drawing.add(Rect(middle - needed / 2, y + 1.2, needed, _BAR - 2.4, fillColor=WHITE, strokeColor=None))
    is_dark = hatch == "none" and ground.red + ground.green + ground.blue < 1.3
    pen.write(value, middle, y + 2.8, "middle", WHITE if is_dark else INSIDE)


def draw_heat(part: Crossing, words: Words, font: str, width: float) -> Drawing:
    """A field for each cell, the darker the more, with its number where there is room."""
    first, last = _used_columns(part)
    columns = [words.name(name) for _, name in part.column_names[first:last]]
    rows = [words.name(name) for _, name in part.row_names][:MOST_ROWS]
    cells = [row[first:last] for row in part.cells[:MOST_ROWS]]
    highest = max((cell for row in cells for cell in row), default=0) or 1
    room = label_room(rows, font, width)
    left = room + _SPACE
    side = min((width - left) / len(columns), 40.0)
    high = max(13.0, min(side, 17.0))
    left_out = len(part.row_names) - len(rows)
    foot = LINE_HEIGHT + 2 if left_out else 0
    pen = Pen(width, LEGEND_HEIGHT + LINE_HEIGHT + 3 + high * len(rows) + foot, font)
    _draw_scale(pen, words, highest)

    top = pen.height - LEGEND_HEIGHT - LINE_HEIGHT - 3
    every = max(1, -int(-(max(text_width(name, font) for name in columns) + 3) // side))
    for place, name in enumerate(columns):
        if place % every == 0:
            shown = wrap(name, side * every, font, most=1)[0]
            pen.write(shown, left + side * (place + 0.5), top + 3, "middle")
    shows_values = max(text_width(words.value(cell), font) for row in cells for cell in row) + 2 <= side
    for label, values in zip(rows, cells, strict=True):
        write_label(pen, wrap(label, room, font, most=1), room, top - high / 2)
        for place, value in enumerate(values):
            x, degree = left + side * place, _degree(value, highest)
            pen.area(x, top - high, side, high, _HEAT[degree], HAIRLINE)
            if value and shows_values:
                ink = WHITE if degree >= _DARK_FROM else INSIDE
                pen.write(words.value(value), x + side / 2, top - high / 2 - 2.6, "middle", ink)
        top -= high
    if left_out:
        pen.write(words.more(left_out), 0, 2, ink=QUIET)
    return pen.drawing


def _used_columns(part: Crossing) -> tuple[int, int]:
    """The columns from the first to after the last one that has anything: nobody works at night."""
    used = [place for place in range(len(part.column_names)) if any(row[place] for row in part.cells)]
    return (used[0], used[-1] + 1) if used else (0, len(part.column_names))


def _degree(value: int, highest: int) -> int:
    """How dark a cell is: 0 for nothing, then in five equal steps."""
    return 0 if value <= 0 else min(5, 1 + (value * 5 - 1) // highest)


def _draw_scale(pen: Pen, words: Words, highest: int) -> None:
    """Say above a heat map how much is how dark."""
    x, y = 0.5, pen.height - 9
    steps = {highest * number // 5: fill for number, fill in reversed(list(enumerate(_HEAT)))}
    most = sorted(steps)
    least = [0, *(before + 1 for before in most)]
    texts = [
        words.value(to) if since == to else f"{words.value(since)}–{words.value(to)}"
        for since, to in zip(least, most, strict=False)
    ]
    if sum(pen.measure(text) + 24 for text in texts) > pen.width:
        texts = [words.value(0), *(f"≤ {words.value(to)}" for to in most[1:])]
    for to, text in zip(most, texts, strict=True):
        pen.area(x, y, 9, 7, steps[to], QUIET)
        pen.write(text, x + 13, y + 7 / 2 - SIZE / 3)
        x += pen.measure(text) + 24
