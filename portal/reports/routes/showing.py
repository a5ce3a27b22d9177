"""How counted figures stand on a page: in words, with their change, and with the way to the rows behind them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext
from markupsafe import Markup

from portal.reports.drawing import is_drawn, svg_of
from portal.reports.forms import as_address
from portal.reports.periods import Period
from portal.reports.queries.counting import step_for, steps_of
from portal.reports.queries.declaring import Figure, Measure
from portal.reports.queries.sections import figure_named
from portal.reports.statistics.counted import (
    Breakdown,
    Cell,
    Column,
    CountedFigure,
    CountedSection,
    Crossing,
    Group,
    Name,
    Statistics,
    Values,
)
from portal.reports.statistics.wording import (
    cell_text,
    change_sign,
    change_text,
    name_text,
    period_text,
    this_period_text,
    value_text,
)

WHEN = ("this", "previous", "last_year")
"""What the three values of a figure are called in addresses."""


@dataclass(frozen=True)
class Shown:
    """A value in words. `link` is "" where no rows are behind it."""

    text: str
    link: str


@dataclass(frozen=True)
class Change:
    """How a value differs from a compared one: `sign` 1, -1 or 0; `percent` may be ""; `judged` 1 for better."""

    sign: int
    percent: str
    judged: int


class Showing:
    """Words and links for one page of statistics, in one language."""

    def __init__(self, statistics: Statistics, today: date, language: str) -> None:
        self.statistics, self.today, self.language = statistics, today, language
        self._address = as_address(statistics.periods.this, statistics.audience)
        self._steps = [
            [day.isoformat() for day in steps_of(period, step_for(statistics.periods.this))]
            for period in statistics.periods
        ]

    @property
    def address(self) -> dict[str, Any]:
        """What stands in the address of everything that shows these statistics."""
        return self._address

    def period(self, period: Period) -> str:
        """A period in words."""
        return period_text(period, language=self.language, translate=gettext)

    @property
    def this_period(self) -> str:
        """The period that is counted; where it is not over, with the day up to which it was."""
        return this_period_text(self.statistics.periods, language=self.language, translate=gettext)

    def name(self, name: Name) -> str:
        """A row's or column's name."""
        return name_text(name, language=self.language, translate=gettext)

    def value(self, figure: CountedFigure, value: int | None) -> str:
        """A value with its unit."""
        return value_text(value, figure.unit, language=self.language, translate=gettext)

    def totals(self, figure: CountedFigure) -> list[Shown]:
        """The value of the period, of the one before and of last year's."""
        return [
            Shown(self.value(figure, value), self._link(figure, when, {}) if value is not None else "")
            for when, value in zip(WHEN, figure.total, strict=True)
        ]

    def group(self, figure: CountedFigure, breakdown: Breakdown, group: Group) -> list[Shown]:
        """The three values of one row of a breakdown."""
        declared = figure_named(figure.name)
        along_time = any(one.is_time for one in declared.by if one.name == breakdown.name) if declared else False
        shown = []
        for place, (when, value) in enumerate(zip(WHEN, group.values, strict=True)):
            key = self._step_beside(group.key, place) if along_time else group.key
            behind = _has_rows(declared, value) and key is not None
            link = self._link(figure, when, {breakdown.name: key or ""}) if behind else ""
            shown.append(Shown(self.value(figure, value), link))
        return shown

    def rest(self, figure: CountedFigure, values: Values) -> list[Shown]:
        """The three values of what a breakdown leaves out."""
        return [Shown(self.value(figure, value), "") for value in values]

    def cell(self, figure: CountedFigure, crossing: Crossing, row: str, column: str, value: int) -> Shown:
        """A cell of a figure divided by two things."""
        rows, columns = crossing.name.split("-", 1)
        link = self._link(figure, WHEN[0], {rows: row, columns: column}) if value else ""
        return Shown(self.value(figure, value), link)

    def cell_text(self, cell: Cell, column: Column) -> str:
        """A cell of a register."""
        zone = ZoneInfo(self.statistics.zone)
        return cell_text(cell, column.shape, language=self.language, translate=gettext, zone=zone)

    def change(self, figure: CountedFigure, against: int | None) -> Change:
        """How the figure of the period differs from `against`."""
        sign = change_sign(figure.total, against)
        percent = change_text(figure.total, against, language=self.language)
        return Change(sign, percent, -sign if figure.less_is_better else 0)

    def chart(self, figure: CountedFigure, part: Breakdown | Crossing) -> Markup:
        """The chart of a breakdown or crossing; empty where there is nothing to draw."""
        svg = svg_of(part, unit=figure.unit, periods=self.statistics.periods, language=self.language, translate=gettext)
        return Markup(svg)  # noqa: S704 - drawn from numbers and names, which the drawing escapes

    def leading(self, section: CountedSection) -> list[tuple[CountedFigure, Breakdown | Crossing]]:
        """What is drawn at once in a section: of each key figure its first breakdown and its first crossing.

        Where no key figure has anything to draw, the first that can be drawn of the other figures.
        """
        drawn = [(figure, part) for figure in section.figures if figure.is_key for part in _first_parts(figure)]
        return drawn or [(figure, part) for figure in section.figures for part in _first_parts(figure)][:1]

    def part(self, figure: CountedFigure) -> str:
        """The address of the figure's definition, charts and tables."""
        return url_for("reports.statistics_figure", name=figure.name, **self._address)

    @property
    def is_twice(self) -> bool:
        """Whether the period before and the same one last year are one: of a year they are."""
        return self.statistics.periods.beside == 1

    @property
    def is_running(self) -> bool:
        """Whether the period is not over."""
        return self.statistics.periods.this.last > self.today

    def _step_beside(self, key: str, place: int) -> str | None:
        """The n-th step of a compared period for the n-th of the period."""
        steps, own = self._steps[place], self._steps[0]
        at = own.index(key)
        return steps[at] if at < len(steps) else None

    def _link(self, figure: CountedFigure, when: str, keys: dict[str, Any]) -> str:
        return url_for("reports.statistics_rows", name=figure.name, **{**keys, **self._address, "when": when})


def _first_parts(figure: CountedFigure) -> Iterator[Breakdown | Crossing]:
    """The first breakdown of a figure that can be drawn, and the first crossing."""
    for parts in (figure.breakdowns, figure.crossings):
        yield from islice(filter(is_drawn, parts), 1)


def _has_rows(figure: Figure | None, value: int | None) -> bool:
    """A count of 0 has no rows; a mean or a sum of 0 may have."""
    if figure is None or value is None:
        return False
    return value != 0 or figure.measure is not Measure.ROWS
