"""A section's pages: each figure with its values, its charts and their tables, and its list."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reportlab.graphics.shapes import Drawing
from reportlab.platypus import CondPageBreak, Flowable, Spacer, Table

from portal.reports.drawing.pen import HAIRLINE
from portal.reports.papers.setting import HEIGHT, WIDTH, Setter, padding
from portal.reports.papers.tables import TOTAL, grid, number_width
from portal.reports.papers.words import Content, FigureWords, KeyWords, PartWords, SectionWords, TableWords
from portal.reports.statistics.counted import Breakdown, Chart

Draw = Callable[[PartWords, float], Drawing | None]
"""The chart of a part, so many points wide; None where it has none."""

_KEY_COLUMNS = 3
_MOST_BESIDE = 10
"""So many groups at most have their table beside the chart."""
_CHART_BESIDE, _BETWEEN = 206.0, 14.0
_HALF_A_PAGE = HEIGHT / 2
"""What is higher than this may go on over the page: a list, or a table, which then is not set beside its chart."""
_ROW = 15.0
_HEAD_HEIGHT = 75.0
"""Points for the heading of a figure and its values."""
_SECTION_HEIGHT = 45.0
_MOST_WAITED = 220.0
"""Points left empty at most so that a figure begins together with its first chart."""
_MOST_KEPT = 170.0
"""A table not higher than this is kept together, and with its chart."""
_FOLD_FROM = 6
"""A longer table along time is folded into two halves side by side."""


def key_pages(content: Content, setter: Setter) -> Iterator[Flowable]:
    """The key figures, each with what it is compared with."""
    yield setter.heading(content.key_title, "section", key="key-figures", level=0)
    yield setter.lines(content.key_note, "quiet")
    column = WIDTH / _KEY_COLUMNS
    cells = [_key_cell(one, setter, column - 14) for one in content.key_figures]
    cells += [[]] * (-len(cells) % _KEY_COLUMNS)
    rows = [cells[start : start + _KEY_COLUMNS] for start in range(0, len(cells), _KEY_COLUMNS)]
    if rows:
        lines = [("LINEABOVE", (0, 0), (-1, 0), 0.6, HAIRLINE), ("LINEBELOW", (0, 0), (-1, -1), 0.6, HAIRLINE)]
        style = [*setter.plain(), *padding((0, 14, 6, 7)), *lines]
        yield Table(rows, colWidths=[column] * _KEY_COLUMNS, style=style, splitInRow=1, hAlign="LEFT")


def _key_cell(figure: KeyWords, setter: Setter, width: float) -> list[Flowable]:
    """A figure's title and value, and under them each change beside what it is against."""
    cell: list[Flowable] = [setter.lines(figure.title, "key title"), setter.lines(figure.value, "key value")]
    if figure.changes:
        changes = max(setter.width(change.text, "key change") for change in figure.changes) + 6
        changes = min(changes, width / 2)
        rows = [
            [setter.lines(change.text, "key change"), setter.lines(change.against, "key against")]
            for change in figure.changes
        ]
        style = [*setter.plain(), *padding((0, 3, 0, 0)), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]
        cell.append(Table(rows, colWidths=[changes, width - changes], style=style, hAlign="LEFT"))
    return cell


def section_pages(content: Content, section: SectionWords, setter: Setter, draw: Draw) -> Iterator[Flowable]:
    """A section with all its figures."""
    story = [flowable for figure in section.figures for flowable in _figure(content, figure, setter, draw)]
    yield CondPageBreak(_SECTION_HEIGHT + (_room_wanted(story) or _HEAD_HEIGHT))
    yield setter.heading(section.title, "section", key=section.key, level=0)
    yield from story


def _figure(content: Content, figure: FigureWords, setter: Setter, draw: Draw) -> Iterator[Flowable]:
    key = f"figure-{figure.key}"
    if figure.nothing:
        yield setter.heading(figure.nothing, "none", key=key, level=1)
        return
    parts = [flowable for part in figure.parts for flowable in _part(part, setter, draw)]
    # A figure begins where its first chart has room too, if it is not a high one.
    yield CondPageBreak(_HEAD_HEIGHT + min(_room_wanted(parts), _MOST_WAITED))
    yield setter.heading(figure.title, "figure", key=key, level=1)
    if figure.total:
        yield grid(figure.total, setter, WIDTH, number=TOTAL)
    yield from parts
    if figure.register:
        rows = grid(figure.register, setter, WIDTH, size=7.5)
        whole = rows.wrap(WIDTH, HEIGHT)[1]
        yield CondPageBreak(30 + (whole if whole <= _HALF_A_PAGE else _MOST_KEPT))
        yield setter.lines(content.list_title, "part")
        yield rows
        if figure.more:
            yield setter.lines(figure.more, "quiet")


def _room_wanted(story: list[Flowable]) -> float:
    """How much room the first part asks for."""
    return float(story[0].height) if story and isinstance(story[0], CondPageBreak) else 0.0


def _part(part: PartWords, setter: Setter, draw: Draw) -> Iterator[Flowable]:
    title = setter.lines(part.title, "part")
    table = part.tables[0]
    if _fits_beside(part, setter):
        chart = draw(part, _CHART_BESIDE)
        beside = grid(table, setter, WIDTH - _CHART_BESIDE - _BETWEEN, size=7.5, tight=True)
        high = max(chart.height if chart else 0, beside.wrap(WIDTH, HEIGHT)[1])
        if chart is not None and high <= _HALF_A_PAGE:
            style = [*setter.plain(), *padding((0, 0, 0, 0))]
            yield CondPageBreak(30 + high)
            yield title
            widths = [_CHART_BESIDE + _BETWEEN, WIDTH - _CHART_BESIDE - _BETWEEN]
            yield Table([[chart, beside]], colWidths=widths, style=style, hAlign="LEFT")
            return
    chart = draw(part, WIDTH)
    is_folded = isinstance(part.part, Breakdown) and part.part.chart is Chart.LINES
    rows = grid(_folded(table) if is_folded else table, setter, WIDTH)
    whole = rows.wrap(WIDTH, HEIGHT)[1]
    # A few rows are not torn apart.
    kept = whole if whole <= _MOST_KEPT else 2 * _ROW + 28
    yield CondPageBreak(36 + (chart.height if chart else 0) + (0 if is_folded and whole > _MOST_KEPT else kept))
    yield title
    if chart:
        yield chart
        yield Spacer(0, 5)
    if is_folded:
        yield CondPageBreak(whole)  # Torn apart, the later half's days would stand before the earlier half's.
    yield rows
    for more in part.tables[1:]:
        yield Spacer(0, 6)
        yield grid(more, setter, WIDTH)


def _fits_beside(part: PartWords, setter: Setter) -> bool:
    if not isinstance(part.part, Breakdown) or part.part.chart is Chart.LINES:
        return False
    table = part.tables[0]
    numbers = sum(number_width(table, column, setter.fonts.body, 7.5) for column in range(1, len(table.headings)))
    longest = max((len(row[0]) for row in table.rows), default=0)
    return len(table.rows) <= _MOST_BESIDE and longest <= 60 and numbers <= WIDTH - _CHART_BESIDE - _BETWEEN - 68


def _folded(table: TableWords) -> TableWords:
    """A long table as two halves beside each other, the second one going on where the first one ends."""
    if len(table.rows) <= _FOLD_FROM:
        return table
    half = -(-len(table.rows) // 2)
    nothing = ("",) * len(table.headings)
    rows = tuple(
        (*row, *(table.rows[place + half] if place + half < len(table.rows) else nothing))
        for place, row in enumerate(table.rows[:half])
    )
    return TableWords(table.headings * 2, table.is_number * 2, rows)
