"""What the statistics say. Filled once by `queries.counting`, read by every rendering: page, PDF, spreadsheet, JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from portal.core.messages import N_
from portal.reports.periods import Compared


class Audience(StrEnum):
    """For whose eyes the figures were counted."""

    EVERYONE = "everyone"
    CORE = "core"


AUDIENCE_NAMES: dict[Audience, str] = {
    Audience.EVERYONE: N_("Every employee: core dossiers are not counted."),
    Audience.CORE: N_("Readers cleared for core dossiers: every dossier is counted."),
}


class Unit(StrEnum):
    """What a value is counted in. Values are whole numbers, so that every rendering shows the same digits."""

    THINGS = "things"
    BYTES = "bytes"
    DAYS = "days"
    """In tenths of a day."""
    HOURS = "hours"
    """In tenths of an hour."""
    SHARE = "share"
    """In tenths of a percent."""


class Chart(StrEnum):
    """How a breakdown is drawn."""

    NONE = "none"
    BARS = "bars"
    LINES = "lines"
    """Along time: the steps of the period, with the compared periods as quieter lines."""
    STACKED = "stacked"
    HEAT = "heat"


NameShape = Literal["text", "message", "day", "week", "month", "year", "country", "weekday", "hour"]


@dataclass(frozen=True)
class Name:
    """What a row or column is called.

    `shape` says how `text` becomes words: as it stands; through the catalogues; as a date (its ISO form, the first day
    of a week, month or year); as a country (its two letters); as a weekday ("0" is Monday); as an hour ("0" to "23").
    """

    text: str
    shape: NameShape = "text"


@dataclass(frozen=True)
class Values:
    """A figure of the period, of the one before and of the same one last year. None: there is no such number."""

    this: int | None
    previous: int | None = None
    last_year: int | None = None

    def __iter__(self) -> Iterator[int | None]:
        return iter((self.this, self.previous, self.last_year))


@dataclass(frozen=True)
class Group:
    """A row of a breakdown. `key` stands in addresses and files; it is the same in every language."""

    key: str
    name: Name
    values: Values


@dataclass(frozen=True)
class Breakdown:
    """A figure divided by one thing, as in "by kind of client". Of a long list only the first groups are there:
    `left_out` says how many are not, and `rest` what they come to (None where values do not add up, as means)."""

    name: str
    title: str
    chart: Chart
    groups: tuple[Group, ...]
    left_out: int = 0
    rest: Values | None = None


@dataclass(frozen=True)
class Crossing:
    """A figure divided by two things at once, for the period alone: a stacked bar for each row, or a heat map.
    `cells[r][c]` belongs to `rows[r]` and `columns[c]`."""

    name: str
    title: str
    chart: Chart
    row_names: tuple[tuple[str, Name], ...]
    """Key and name."""
    column_names: tuple[tuple[str, Name], ...]
    cells: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class CountedFigure:
    """A figure with its definition (both message ids), its values and how they divide."""

    name: str
    title: str
    definition: str
    unit: Unit
    total: Values
    breakdowns: tuple[Breakdown, ...] = ()
    crossings: tuple[Crossing, ...] = ()
    register: Register | None = None
    """Its rows, where the report lists them (the overdue loans)."""
    is_key: bool = False
    """Whether it stands among the key figures at the top."""
    less_is_better: bool = False
    """Whether an increase is bad news (late returns, failed pages)."""
    is_now: bool = False
    """Whether it is what stood when it was counted, whatever the period."""

    def breakdown(self, name: str) -> Breakdown:
        """The breakdown by `name`; KeyError where there is none."""
        for one in self.breakdowns:
            if one.name == name:
                return one
        raise KeyError(name)


Cell = str | int | date | datetime | None
Shape = Literal["text", "message", "count", "bytes", "date", "deadline", "moment"]


@dataclass(frozen=True)
class Column:
    """A column of a register: its heading (message id) and what it holds; a moment is aware, in UTC."""

    heading: str
    shape: Shape = "text"

    @property
    def is_number(self) -> bool:
        """Whether its cells are aligned to the right."""
        return self.shape in ("count", "bytes")


@dataclass(frozen=True)
class Register:
    """A list of things, one row each."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left_out: int = 0
    """How many more there are."""


@dataclass(frozen=True)
class CountedSection:
    """Figures that belong together, under one heading (message id)."""

    name: str
    title: str
    figures: tuple[CountedFigure, ...]


@dataclass(frozen=True)
class Statistics:
    """The statistics of a period, as one audience may see them."""

    periods: Compared
    audience: Audience
    counted_at: datetime
    """The moment of counting, UTC."""
    zone: str
    """The office's time zone, by its name in the time zone database."""
    sections: tuple[CountedSection, ...]

    def figures(self) -> Iterator[CountedFigure]:
        """All figures, in the order in which they are shown."""
        for section in self.sections:
            yield from section.figures

    def figure(self, name: str) -> CountedFigure:
        """The figure called `name`; KeyError where there is none."""
        for one in self.figures():
            if one.name == name:
                return one
        raise KeyError(name)

    def key_figures(self) -> tuple[CountedFigure, ...]:
        """Those at the top of the report."""
        return tuple(one for one in self.figures() if one.is_key)
