"""Lines along time: the period strong, the ones beside it quieter, told apart by their dashes and marks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count, pairwise

from reportlab.graphics.shapes import Circle, Drawing, Rect
from reportlab.lib.colors import Color

from portal.reports.drawing.bars import LEGEND_HEIGHT, periods_legend
from portal.reports.drawing.pen import ACCENT, HAIRLINE, INK, LINE_HEIGHT, QUIET, SIZE, WHITE, Pen, text_width
from portal.reports.drawing.words import Words, begun, is_compared
from portal.reports.statistics.counted import Breakdown, Unit

Point = tuple[float, float]
Box = tuple[float, float, float, float]
_PLOT = 88.0
"""Points from the axis to the highest line."""
_MARK = 44.0
_MOST_VALUES = 14
"""Up to this many steps each carries its number; beyond, the numbers would touch."""
_STYLES: tuple[tuple[Color, float, Sequence[float] | None], ...] = (
    (ACCENT, 1.8, None),
    (QUIET, 1.0, (4.5, 2.5)),
    (QUIET, 1.0, (0.9, 2.0)),
)


def draw_lines(part: Breakdown, words: Words, font: str, width: float) -> Drawing:
    """The lines of a breakdown along time."""
    names = [words.name(group.name) for group in part.groups]
    series = [[group.values.this for group in begun(part, words.periods)]]
    if is_compared(part):
        compared = ([group.values.previous for group in part.groups], [group.values.last_year for group in part.groups])
        series += compared[: words.periods.beside]
    legend = periods_legend(words, font, width, _MARK) if len(series) > 1 else []
    steps = axis_steps(max((value or 0 for one in series for value in one), default=0), words.unit)
    marks = [words.value(step) for step in steps]
    left = max(text_width(mark, font) for mark in marks) + 5
    bottom = LINE_HEIGHT + 5
    pen = Pen(width, len(legend) * LEGEND_HEIGHT + _PLOT + bottom + 12, font)
    _draw_legend(pen, legend)

    scale = _PLOT / steps[-1]
    for step, mark in zip(steps, marks, strict=True):
        y = bottom + step * scale
        pen.line(left, y, width, y, HAIRLINE if step else INK)
        pen.write(mark, left - 4, y - 2.6, "end")
    room = (width - left) / max(1, len(part.groups))
    every = _label_step(names, room, font)
    for place, name in enumerate(names):
        if place % every == 0:
            middle = left + room * (place + 0.5)
            half = text_width(name, font) / 2
            pen.write(name, min(max(middle, half), width - half), 4, "middle")

    # The quiet ones first: the period's own line lies on top.
    drawn = [_points(one, left, room, bottom, scale) for one in series]
    for number in reversed(range(len(series))):
        _draw_series(pen, drawn[number], number)
    if len(names) <= _MOST_VALUES and max(text_width(words.value(v), font) for v in series[0] or [0]) < room:
        _write_values(pen, words, series[0], drawn, [bottom + step * scale for step in steps])
    return pen.drawing


def _points(values: Sequence[int | None], left: float, room: float, bottom: float, scale: float) -> list[Point | None]:
    """Where each value lies; nowhere where there is none."""
    return [
        (left + room * (place + 0.5), bottom + max(0, value) * scale) if value is not None else None
        for place, value in enumerate(values)
    ]


def _write_values(
    pen: Pen, words: Words, values: Sequence[int | None], drawn: Sequence[Sequence[Point | None]], grid: Sequence[float]
) -> None:
    """The number of each value of the period but 0: near its mark, where the least is in the way."""
    lines = [(one, other) for points in drawn for one, other in pairwise(points) if one and other]
    # Near another period's mark a number would be read as that one's.
    lines += [((x, y - 3), (x, y + 3)) for points in drawn[1:] for x, y in filter(None, points)]
    for place, (value, point) in enumerate(zip(values, drawn[0], strict=False)):
        if not value or point is None:
            continue
        x, at = point
        half = pen.measure(words.value(value)) / 2 + 1
        above = [(x, at + 4.5), (x, at + 9.5)]
        below = [(x, at - 9.5), (x, at - 14)]
        beside = [(x + half + 4, at - 2.5), (x - half - 4, at - 2.5), (x + half + 4, at + 4), (x - half - 4, at + 4)]
        further = [(x + dx, at + dy) for dy in (9.5, 15, 21, -19) for dx in (0, -half / 2, half / 2, -half, half)]
        choices = (below + above if _is_low(values, place) else above + below) + beside + further
        free = [(a, y) for a, y in choices if grid[0] + 1.5 < y < grid[-1] + 10 and half < a < pen.width - half]
        free = free or [(x, at + 4.5)]
        boxes = [(a - half, y - 1.5, a + half, y + SIZE - 1) for a, y in free]
        in_the_way = [_in_the_way(box, lines, grid) for box in boxes]
        best = in_the_way.index(min(in_the_way))
        left, foot, right, top = boxes[best]
        lines += [((left, foot), (right, top)), ((left, top), (right, foot))]
        pen.write(words.value(value), *free[best], "middle")


def _in_the_way(box: Box, lines: Sequence[tuple[Point, Point]], grid: Sequence[float]) -> int:
    """How much a number in a box (left, foot, right, top) would lie on: lines count for more than the grid."""
    return 10 * sum(_crosses(line, box) for line in lines) + sum(box[1] < height < box[3] for height in grid)


def _crosses(line: tuple[Point, Point], box: Box) -> bool:
    """Whether a straight line goes through a box: what of it lies between the box's sides, and between its foot and
    top, has a part in common (after Liang and Barsky)."""
    (x, y), (to_x, to_y) = line
    begins, ends = 0.0, 1.0
    for way, room in ((x - to_x, x - box[0]), (to_x - x, box[2] - x), (y - to_y, y - box[1]), (to_y - y, box[3] - y)):
        if way == 0 and room <= 0:
            return False
        if way < 0:
            begins = max(begins, room / way)
        elif way > 0:
            ends = min(ends, room / way)
    return begins < ends


def _is_low(values: Sequence[int | None], place: int) -> bool:
    """Whether the line comes down to a value and goes up again: its number then stands below it."""
    beside = [values[other] for other in (place - 1, place + 1) if 0 <= other < len(values)]
    return all((value or 0) > (values[place] or 0) for value in beside) and len(values) > 1


def _draw_series(pen: Pen, points: Sequence[tuple[float, float] | None], number: int) -> None:
    """One line, broken where there is no value, with a mark at each value."""
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    ink, width, dash = _STYLES[number]
    pen.path(runs, ink, width, dash)
    for x, y in (point for run in runs for point in run):
        _mark(pen, x, y, number)


def _mark(pen: Pen, x: float, y: float, number: int) -> None:
    ink = _STYLES[number][0]
    if number == 0:
        pen.drawing.add(Circle(x, y, 1.9, fillColor=ink, strokeColor=None))
    elif number == 1:
        pen.drawing.add(Rect(x - 1.3, y - 1.3, 2.6, 2.6, fillColor=WHITE, strokeColor=ink, strokeWidth=0.7))
    else:
        pen.drawing.add(Circle(x, y, 1.2, fillColor=WHITE, strokeColor=ink, strokeWidth=0.7))


def _draw_legend(pen: Pen, lines: list[list[tuple[int, str]]]) -> None:
    y = pen.height - 7
    for line in lines:
        x = 0.5
        for number, name in line:
            ink, width, dash = _STYLES[number]
            pen.path([[(x, y + 2), (x + 24, y + 2)]], ink, width, dash)
            _mark(pen, x + 12, y + 2, number)
            pen.write(name, x + 29, y + 2 - SIZE / 3)
            x += pen.measure(name) + _MARK
        y -= LEGEND_HEIGHT


def axis_steps(highest: int, unit: Unit) -> list[int]:
    """Round values for the axis, from 0 to the first one not below `highest`: two to six of them."""
    least = 1 if unit in (Unit.THINGS, Unit.BYTES) else 10
    powers_of_ten = (10**exponent for exponent in count())
    round_numbers = (factor * power for power in powers_of_ten for factor in (1, 2, 5))
    step = next(number for number in round_numbers if number * 5 >= highest and number >= least)
    top = -(-max(highest, 1) // step) * step
    return list(range(0, top + 1, step))


def _label_step(labels: list[str], room: float, font: str) -> int:
    """Every how manyth label can be written without touching the next."""
    widest = max((text_width(label, font) for label in labels), default=0) + 5
    return max(1, -int(-widest // room))
