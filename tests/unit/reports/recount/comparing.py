"""What the portal counted, held against the recount, to the last digit; every difference is a line of text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from portal.reports.periods import Period, PeriodKind
from portal.reports.statistics.counted import Breakdown, CountedFigure, Crossing, Values
from tests.unit.reports.recount import Recount
from tests.unit.reports.recount.view import Counted, View

_STEPS = {"month": "day", "quarter": "week", "half_year": "month", "year": "month"}


@dataclass(frozen=True)
class Again:
    """A figure counted again for a period and the two beside it."""

    recount: Recount
    periods: tuple[Period, ...]
    views: tuple[View, ...]

    @cached_property
    def rows(self) -> tuple[tuple[Counted, ...], ...]:
        """The rows of each period; of the first alone, where nothing can be compared."""
        views = self.views[:1] if self.recount.only_now else self.views
        return tuple(tuple(self.recount.rows(view)) for view in views)

    def values(self, chosen: Sequence[Sequence[Counted] | None]) -> Values:
        """What chosen rows of each period come to; None for a period that has no such part."""
        return Values(*(None if rows is None else self.recount.value(rows) for rows in chosen))

    def by_key(self, dimension: str) -> dict[str, Values]:
        """The values of each key."""
        divided = [_by_key(rows, dimension) for rows in self.rows]
        keys = {key for one in divided for key in one}
        return {key: self.values([one.get(key, []) for one in divided]) for key in keys}

    def without(self, dimension: str, keys: set[str]) -> Values:
        """The values of all rows with other keys."""
        return self.values([[row for row in rows if str(row.keys[dimension]) not in keys] for rows in self.rows])

    def along_time(self) -> list[tuple[str, Values]]:
        """The values of each step of the period, the n-th steps beside each other."""
        parts = []
        for rows, period in zip(self.rows, self.periods, strict=False):
            part: dict[date, list[Counted]] = {start: [] for start in self._starts(period)}
            for row in rows:
                day = row.keys["day"]
                assert isinstance(day, date)
                part[self.start_of(day)].append(row)
            parts.append(list(part.values()))
        return [
            (start.isoformat(), self.values([part[n] if n < len(part) else None for part in parts]))
            for n, start in enumerate(self._starts(self.periods[0]))
        ]

    @property
    def _step(self) -> str:
        period = self.periods[0]
        days = (period.last - period.first).days + 1
        if period.kind is not PeriodKind.DAYS:
            return _STEPS[period.kind.value]
        return "day" if days <= 31 else "week" if days <= 182 else "month" if days <= 1098 else "year"

    def start_of(self, day: date) -> date:
        """The first day of the step in which a day lies."""
        match self._step:
            case "week":
                year, week, _ = day.isocalendar()
                return date.fromisocalendar(year, week, 1)
            case "month":
                return date(day.year, day.month, 1)
            case "year":
                return date(day.year, 1, 1)
        return day

    def _starts(self, period: Period) -> list[date]:
        count = (period.last - period.first).days + 1
        return sorted({self.start_of(period.first + timedelta(days=n)) for n in range(count)})


def _by_key(rows: Sequence[Counted], dimension: str) -> dict[str, list[Counted]]:
    found: dict[str, list[Counted]] = defaultdict(list)
    for row in rows:
        found[str(row.keys[dimension])].append(row)
    return found


def differences(figure: CountedFigure, again: Again) -> Iterator[str]:
    """Where a figure is not what the recount says."""
    if figure.total != again.values(again.rows):
        yield f"total: {figure.total}, recounted {again.values(again.rows)}"
    divided = tuple(one.name for one in figure.breakdowns)
    if divided != again.recount.by:
        yield f"divided by {divided}, recounted by {again.recount.by}"
        return
    for breakdown in figure.breakdowns:
        if breakdown.name == "day":
            counted = [(group.key, group.values) for group in breakdown.groups]
            yield from (f"{one} ≠ {two}" for one, two in zip(counted, again.along_time(), strict=True) if one != two)
        else:
            yield from _in_breakdown(breakdown, again)
    if tuple(one.name for one in figure.crossings) != tuple("-".join(pair) for pair in again.recount.crossed):
        yield "other crossings"
        return
    for crossing, (row, column) in zip(figure.crossings, again.recount.crossed, strict=True):
        yield from _in_crossing(crossing, again, row, column)
    register = again.recount.register(again.views[0]) if again.recount.register else None
    if (figure.register.rows if figure.register else None) != (None if register is None else tuple(register)):
        yield f"the register is {figure.register}, recounted {register}"
    if figure.register and figure.register.left_out:
        yield "the register leaves rows out"


def _in_breakdown(breakdown: Breakdown, again: Again) -> Iterator[str]:
    expected, nothing = again.by_key(breakdown.name), again.values([[] for _ in again.rows])
    shown = {group.key: group.values for group in breakdown.groups}
    for key, values in shown.items():
        if values != expected.get(key, nothing):
            yield f"{breakdown.name} {key!r}: {values}, recounted {expected.get(key)}"
    if breakdown.name == "level" and ("core" in shown) != again.views[0].core:
        yield "core dossiers are named to everyone, or not to those who are cleared"
    others = expected.keys() - shown.keys()
    if len(others) != breakdown.left_out:
        yield f"{breakdown.name}: {breakdown.left_out} left out, recounted {sorted(others)}"
    if others and again.recount.adds_up:
        if breakdown.rest != again.without(breakdown.name, set(shown)):
            yield f"{breakdown.name}: the rest is {breakdown.rest}"
        if max(expected[key].this or 0 for key in others) > min(values.this or 0 for values in shown.values()):
            yield f"{breakdown.name}: larger ones are left out"


def _in_crossing(crossing: Crossing, again: Again, row: str, column: str) -> Iterator[str]:
    expected: dict[tuple[str, str], list[Counted]] = defaultdict(list)
    for one in again.rows[0]:
        expected[str(one.keys[row]), str(one.keys[column])].append(one)
    shown = {
        (row_key, column_key): crossing.cells[r][c]
        for r, (row_key, _) in enumerate(crossing.row_names)
        for c, (column_key, _) in enumerate(crossing.column_names)
    }
    for cell in shown.keys() | expected.keys():
        if shown.get(cell) != again.recount.value(expected.get(cell, [])):
            yield f"{crossing.name} {cell}: {shown.get(cell)}, recounted {len(expected.get(cell, []))} rows"
