"""Counting: from the groups of each figure's rows to the statistics of a period, with what stands beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from portal.core.messages import N_
from portal.core.permissions import Actor, Level
from portal.reports.periods import Compared, Period, PeriodKind
from portal.reports.queries.declaring import Cross, Dimension, Figure, Measure, Scope, Section, Timing
from portal.reports.queries.dividing import Divided, Dividing, Tally
from portal.reports.statistics.counted import (
    Audience,
    Breakdown,
    CountedFigure,
    CountedSection,
    Crossing,
    Group,
    Name,
    NameShape,
    Register,
    Statistics,
    Unit,
    Values,
)

NOT_STATED = N_("Not stated")
Listing = Callable[[Scope, Figure], Register]
"""Makes the register of a figure that is listed in the report."""


def count_statistics(
    session: Session,
    actor: Actor,
    audience: Audience,
    periods: Compared,
    *,
    sections: Sequence[Section],
    listing: Listing,
    now: datetime,
    today: date,
    zone: ZoneInfo,
) -> Statistics:
    """Count all figures of `sections`. `actor`: who asks; what is counted is what `audience` may know of, and
    never more than the actor may."""
    seer = as_audience(actor, audience)
    scopes = tuple(Scope(session, seer, period, today, now, zone) for period in periods)
    dividing = Dividing(figure for section in sections for figure in section.figures)
    counted = []
    for section in sections:
        figures = (count_figure(figure, scopes, listing=listing, dividing=dividing) for figure in section.figures)
        counted.append(CountedSection(section.name, section.title, tuple(figures)))
    return Statistics(periods, audience, now, zone.key, tuple(counted))


def as_audience(actor: Actor, audience: Audience) -> Actor:
    """The person as one of the audience: statistics for everyone are counted without core dossiers."""
    return replace(actor, clearance=Level.IMPORTANT) if audience is Audience.EVERYONE else actor


def count_figure(
    figure: Figure, scopes: tuple[Scope, ...], *, listing: Listing, dividing: Dividing | None = None
) -> CountedFigure:
    """Count a figure for the period and the two beside it (`scopes`, in this order).

    `dividing`: what is shared with the other figures that are counted; without it, this one is counted alone."""
    dividing = dividing or Dividing((figure,))
    known = scopes[:1] if figure.timing is Timing.NOW else scopes
    counted: dict[Period, Divided] = {}
    for scope in known:  # Of a year, the one before and last year's are the same.
        if scope.period not in counted:
            counted[scope.period] = dividing.of(figure, scope)
    divided = [counted[scope.period] for scope in known]
    return CountedFigure(
        name=figure.name,
        title=figure.title,
        definition=figure.definition,
        unit=figure.unit,
        total=_values(figure, [_sum_up(one[()].values()) for one in divided]),
        breakdowns=tuple(_breakdown(figure, by, divided, scopes) for by in figure.by),
        crossings=tuple(_crossing(figure, cross, divided[0], scopes[0]) for cross in figure.crossed),
        register=listing(scopes[0], figure) if figure.is_listed else None,
        is_key=figure.is_key,
        less_is_better=figure.less_is_better,
        is_now=figure.timing is Timing.NOW,
    )


def as_key(value: Any) -> str:
    """A value of a dimension as it stands in addresses and files."""
    if value is None:
        return ""
    if isinstance(value, StrEnum):
        return value.value
    return value.isoformat() if isinstance(value, date) else str(value)


def _sum_up(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total


def _values(figure: Figure, tallies: Sequence[Tally]) -> Values:
    return Values(*(value_of(figure, tally.rows, tally.amount) for tally in tallies))


def value_of(figure: Figure, rows: int, amount: int) -> int | None:
    """What a figure makes of so many rows with this sum of amounts; None for the mean of nothing."""
    if figure.measure is Measure.ROWS:
        return rows
    if figure.measure is Measure.SUM:
        return amount
    if not rows:
        return None
    if figure.measure is Measure.SHARE:
        return _rounded(1000 * amount, rows)
    return _rounded(10 * amount, rows * (3600 if figure.unit is Unit.HOURS else 1))


def _rounded(number: int, by: int) -> int:
    """The quotient, a half rounded away from zero: the same digits on every database."""
    sign = -1 if number < 0 else 1
    return sign * ((2 * abs(number) + by) // (2 * by))


def _breakdown(figure: Figure, by: Dimension, divided: Sequence[Divided], scopes: tuple[Scope, ...]) -> Breakdown:
    tallies = [{key: tally for (key,), tally in one[(by,)].items()} for one in divided]
    if by.is_time:
        return _along_time(figure, by, tallies, scopes)
    found = list(dict.fromkeys(key for one in tallies for key in one))
    names = names_of(by, _largest(figure, by, found, tallies[0]), scopes[0])
    groups = [Group(key, name, _values(figure, [one.get(key, Tally()) for one in tallies])) for key, name in names]
    if by.words is None:
        groups.sort(key=lambda group: (-(group.values.this or 0), group.key == "", group.name.text, group.key))
    if by.most is None or len(found) <= by.most:
        return Breakdown(by.name, by.title, by.chart, tuple(groups))
    shown = groups[: by.most]
    others = set(found) - {group.key for group in shown}
    rest = [_sum_up(one[key] for key in others if key in one) for one in tallies]
    adds_up = figure.measure in (Measure.ROWS, Measure.SUM)
    return Breakdown(by.name, by.title, by.chart, tuple(shown), len(others), _values(figure, rest) if adds_up else None)


def _largest(figure: Figure, by: Dimension, keys: list[str], tallies: Mapping[str, Tally]) -> list[str]:
    """The keys among which the groups that are shown will be: of thousands of dossiers only these need a name."""
    if by.most is None or by.words is not None or len(keys) <= by.most:
        return keys
    size = {key: value_of(figure, tallies[key].rows, tallies[key].amount) or 0 if key in tallies else 0 for key in keys}
    least = sorted(size.values(), reverse=True)[by.most - 1]
    return [key for key in keys if size[key] >= least]


def names_of(dimension: Dimension, keys: Iterable[str], scope: Scope) -> list[tuple[str, Name]]:
    """The names of a dimension's keys: first all its `words`, then what else was found, "not stated" last."""
    found = dict.fromkeys(keys)
    hidden = frozenset() if scope.actor.cleared_for_core else dimension.for_core_only
    words = {key: word for key, word in (dimension.words or {}).items() if key not in hidden}
    named = [(key, _word(dimension, word)) for key, word in words.items()]
    others = [key for key in found if key and key not in words]
    in_database = dimension.names(scope.session, others) if dimension.names and others else {}
    named += [(key, in_database.get(key, Name(key, _shape(dimension)))) for key in others]
    if "" in found and "" not in words:
        named.append(("", Name(NOT_STATED, "message")))
    return named


def _word(dimension: Dimension, word: str) -> Name:
    return Name(word, _shape(dimension) if dimension.shape != "text" else "message")


def _shape(dimension: Dimension) -> NameShape:
    shape: NameShape = dimension.shape  # type: ignore[assignment]
    return shape


def _along_time(
    figure: Figure, by: Dimension, tallies: Sequence[Mapping[str, Tally]], scopes: tuple[Scope, ...]
) -> Breakdown:
    """The steps of the period, those without anything too; the n-th of a compared period stands beside the n-th."""
    step = step_for(scopes[0].period)
    columns: list[list[Tally]] = []
    for one, scope in zip(tallies, scopes, strict=False):
        starts = steps_of(scope.period, step)
        at = {start: place for place, start in enumerate(starts)}
        column = [Tally() for _ in starts]
        for key, tally in one.items():
            if key:
                column[at[start_of(step, date.fromisoformat(key))]].add(tally)
        columns.append(column)
    groups = []
    for place, start in enumerate(steps_of(scopes[0].period, step)):
        beside = [column[place] if place < len(column) else None for column in columns]
        values = Values(*(value_of(figure, one.rows, one.amount) if one else None for one in beside))
        groups.append(Group(start.isoformat(), Name(start.isoformat(), step), values))
    return Breakdown(by.name, by.title, by.chart, tuple(groups))


_STEPS: dict[PeriodKind, NameShape] = {
    PeriodKind.MONTH: "day",
    PeriodKind.QUARTER: "week",
    PeriodKind.HALF_YEAR: "month",
    PeriodKind.YEAR: "month",
}


def step_for(period: Period) -> NameShape:
    """In what steps a period is counted along time: such as give a readable chart."""
    if period.kind in _STEPS:
        return _STEPS[period.kind]
    if period.days <= 31:
        return "day"
    if period.days <= 26 * 7:
        return "week"
    return "month" if period.days <= 3 * 366 else "year"


def start_of(step: NameShape, day: date) -> date:
    """The first day of the day, week (Monday), month or year in which `day` lies."""
    if step == "week":
        return day - timedelta(days=day.weekday())
    if step == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if step == "year" else day


def steps_of(period: Period, step: NameShape) -> list[date]:
    """The first days of all steps of a period, the first one also where the period begins within it."""
    days = (period.first + timedelta(days=n) for n in range(period.days))
    return list(dict.fromkeys(start_of(step, day) for day in days))


def _crossing(figure: Figure, cross: Cross, divided: Divided, scope: Scope) -> Crossing:
    cells = {(row, column): tally for (row, column), tally in divided[cross.rows, cross.columns].items()}
    rows = names_of(cross.rows, (row for row, _ in cells), scope)
    columns = names_of(cross.columns, (column for _, column in cells), scope)
    if cross.rows.words is None:
        size: dict[str, int] = defaultdict(int)
        for (row, _), tally in cells.items():
            size[row] += value_of(figure, tally.rows, tally.amount) or 0
        rows = sorted(rows, key=lambda row: (-size[row[0]], row[0] == "", row[1].text, row[0]))[: cross.rows.most]

    def value(row: str, column: str) -> int:
        tally = cells.get((row, column), Tally())
        return value_of(figure, tally.rows, tally.amount) or 0

    return Crossing(
        name=f"{cross.rows.name}-{cross.columns.name}",
        title=cross.title,
        chart=cross.chart,
        row_names=tuple(rows),
        column_names=tuple(columns),
        cells=tuple(tuple(value(row, column) for column, _ in columns) for row, _ in rows),
    )
