"""Horizontal bars: one for each group, with thinner ones for the periods beside it."""

from __future__ import annotations

from reportlab.graphics.shapes import Drawing

from portal.reports.drawing.pen import (
    ACCENT,
    FILLS,
    HAIRLINE,
    INK,
    LINE_HEIGHT,
    MIDDLE,
    QUIET,
    SIZE,
    WHITE,
    Fill,
    Pen,
    text_width,
    wrap,
)
from portal.reports.drawing.words import MOST_ROWS, Words, is_compared
from portal.reports.statistics.counted import Breakdown

THIS: Fill = (ACCENT, "none")
PREVIOUS: Fill = (MIDDLE, "none")
LAST_YEAR: Fill = (WHITE, "none")
_BAR, _THIN, _GAP = 8.0, 3.2, 5.0
_LABEL_SHARE = 0.42
_SPACE = 6.0
LEGEND_HEIGHT = 15.0


def draw_bars(part: Breakdown, words: Words, font: str, width: float) -> Drawing:
    """The bars of a breakdown, `width` points wide and as high as its groups need."""
    groups = part.groups[:MOST_ROWS]
    compared = is_compared(part)
    room = label_room([words.name(group.name) for group in groups], font, width)
    labels = [wrap(words.name(group.name), room, font) for group in groups]
    values = [words.value(group.values.this) for group in groups]
    bars = _BAR + (words.periods.beside * (_THIN + 0.8) if compared else 0)
    heights = [max(bars, len(label) * LINE_HEIGHT) + _GAP for label in labels]
    left_out = len(part.groups) - len(groups) + part.left_out
    legend = periods_legend(words, font, width) if compared else []
    foot = LINE_HEIGHT + 2 if left_out else 0
    pen = Pen(width, len(legend) * LEGEND_HEIGHT + sum(heights) + foot, font)
    draw_legend(pen, legend, (THIS, PREVIOUS, LAST_YEAR))

    left = room + _SPACE
    plot = width - left - max(map(pen.measure, values), default=0) - _SPACE
    highest = max((value or 0 for group in groups for value in group.values), default=0) or 1
    top = pen.height - len(legend) * LEGEND_HEIGHT
    pen.line(left, foot, left, top, INK, 0.6)
    for group, label, value, height in zip(groups, labels, values, heights, strict=True):
        middle = top - height / 2
        write_label(pen, label, room, middle)
        y = middle + bars / 2 - _BAR
        long = max(0, group.values.this or 0) / highest * plot
        if long:
            pen.area(left, y, max(long, 0.8), _BAR, THIS, ACCENT)
        pen.write(value, left + long + 3, y + (_BAR - SIZE) / 2 + 1.3)
        if compared:
            others = ((group.values.previous, PREVIOUS), (group.values.last_year, LAST_YEAR))
            for other, fill in others[: words.periods.beside]:
                y -= _THIN + 0.8
                if other:
                    pen.area(left, y, max(other / highest * plot, 0.8), _THIN, fill, QUIET)
        top -= height
        pen.line(0, top, width, top, HAIRLINE, 0.3)
    if left_out:
        pen.write(words.more(left_out), 0, 2, ink=QUIET)
    return pen.drawing


def label_room(labels: list[str], font: str, width: float) -> float:
    """How much of a chart's width its labels take: what they need, and never more than two fifths."""
    return min(max((text_width(label[:200], font) for label in labels), default=0), _LABEL_SHARE * width)


def write_label(pen: Pen, lines: list[str], right: float, middle: float) -> None:
    """Write a label's lines, ending at `right`, around the height `middle`."""
    y = middle + len(lines) * LINE_HEIGHT / 2 - LINE_HEIGHT + 2.2
    for line in lines:
        pen.write(line, right, y, "end")
        y -= LINE_HEIGHT


def periods_legend(words: Words, font: str, width: float, mark: float = 26.0) -> list[list[tuple[int, str]]]:
    """The periods' names on one line, or short words for them where their names need more than one."""
    lines = legend_lines(words.legend(), font, width, mark)
    return lines if len(lines) == 1 else legend_lines(words.short_legend(), font, width, mark)


def legend_lines(names: list[str], font: str, width: float, mark: float = 26.0) -> list[list[tuple[int, str]]]:
    """A legend's entries (number and name), in as many lines as they need; a long name is cut.

    `mark`: points for what stands before a name and the space behind it.
    """
    lines: list[list[tuple[int, str]]] = [[]]
    used = 0.0
    for number, name in enumerate(names):
        shown = wrap(name, width * 0.6, font, most=1)[0]
        needed = text_width(shown, font) + mark
        if lines[-1] and used + needed > width:
            lines.append([])
            used = 0.0
        lines[-1].append((number, shown))
        used += needed
    return lines


def draw_legend(pen: Pen, lines: list[list[tuple[int, str]]], fills: tuple[Fill, ...] = FILLS) -> None:
    """Say above a chart which fill is which."""
    y = pen.height - 9
    for line in lines:
        x = 0.5
        for number, name in line:
            pen.area(x, y, 9, 7, fills[number % len(fills)])
            pen.write(name, x + 13, y + 0.8)
            x += pen.measure(name) + 26
        y -= LEGEND_HEIGHT
