"""Dividing: each figure's rows, as a whole and in every way the figure is divided, in one statement for each period.

The rows are found once, also for several figures that are declared over the same; each group comes back with its
number of rows and the sums of their amounts. Grouping by all dimensions at once would give almost as many groups as
rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, Select, String, cast, func, literal_column, null, select, union_all

from portal.reports.periods import Period
from portal.reports.queries.declaring import Dimension, Figure, Scope


@dataclass
class Tally:
    """Rows and the sum of their amounts."""

    rows: int = 0
    amount: int = 0

    def add(self, other: Tally) -> None:
        """Take the other's rows and amount in."""
        self.rows += other.rows
        self.amount += other.amount


Way = tuple[Dimension, ...]
"""A way to divide a figure: by nothing, by one dimension, or by two."""
Divided = Mapping[Way, Mapping[tuple[str, ...], Tally]]
"""For each way the groups that have rows, by the keys of its dimensions."""


class Dividing:
    """Divides figures; those over the same rows together."""

    def __init__(self, figures: Iterable[Figure]) -> None:
        self._together: dict[Any, list[Figure]] = defaultdict(list)
        for figure in figures:
            self._together[figure.rows].append(figure)
        self._done: dict[tuple[Figure, Period], Divided] = {}

    def of(self, figure: Figure, scope: Scope) -> Divided:
        """The groups of a figure in a scope. To be asked once for each: what was given is not kept."""
        if (figure, scope.period) not in self._done:
            together = self._together[figure.rows]
            for one, divided in zip(together, _divided(together, scope), strict=True):
                self._done[one, scope.period] = divided
        return self._done.pop((figure, scope.period))


def _divided(figures: Sequence[Figure], scope: Scope) -> list[Divided]:
    rows = figures[0].rows(scope).cte("counted")
    amounts = tuple(dict.fromkeys(figure.amount for figure in figures if figure.amount is not None))
    divided: list[dict[Way, dict[tuple[str, ...], Tally]]] = [{way: {} for way in _ways(figure)} for figure in figures]
    ways = tuple(dict.fromkeys(way for one in divided for way in one))
    groups = []
    for place, way in enumerate(ways):
        wanted = {figure.amount for figure, one in zip(figures, divided, strict=True) if way in one}
        groups.append(_grouped(rows, place, way, [(amount, amount in wanted) for amount in amounts]))
    for place, key0, key1, number, *found in scope.session.execute(union_all(*groups)):
        way = ways[place]
        key = tuple(one or "" for one in (key0, key1)[: len(way)])
        tallies = {amounts[n]: (found[2 * n], found[2 * n + 1]) for n in range(len(amounts))}
        for figure, one in zip(figures, divided, strict=True):
            counted, summed = (number, 0) if figure.amount is None else tallies[figure.amount]
            if way in one and counted:
                one[way].setdefault(key, Tally()).add(Tally(int(counted), int(summed)))
    return list(divided)


def _ways(figure: Figure) -> list[Way]:
    crossed = ((cross.rows, cross.columns) for cross in figure.crossed)
    return list(dict.fromkeys([(), *((by,) for by in figure.by), *crossed]))


def _grouped(rows: CTE, place: int, way: Way, amounts: Sequence[tuple[str, bool]]) -> Select[*tuple[Any, ...]]:
    """The groups of one way: its place, two keys, the number of rows, and of each amount (those not wanted: 0) how
    many rows have it and what they sum up to."""
    by = [rows.c[dimension.name] for dimension in way]
    # As text, because the ways share the columns of one result: dates in their ISO form, words as they are kept.
    keys = [cast(key, String) for key in by] + [cast(null(), String)] * (2 - len(by))
    columns: list[ColumnElement[Any]] = [literal_column(str(place), Integer).label("way")]
    columns += [key.label(f"key{n}") for n, key in enumerate(keys)]
    columns.append(func.count().label("number"))
    for n, (amount, is_wanted) in enumerate(amounts):
        column = rows.c[amount]
        columns.append((func.count(column) if is_wanted else literal_column("0")).label(f"counted{n}"))
        columns.append((func.coalesce(func.sum(column), 0) if is_wanted else literal_column("0")).label(f"summed{n}"))
    return select(*columns).select_from(rows).group_by(*by)
