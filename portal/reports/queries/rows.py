"""The rows behind a figure, or behind one cell of it: the same select that was counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Subquery, func, or_, select

from portal.core.errors import NotFound
from portal.reports.periods import Period
from portal.reports.queries.counting import start_of, step_for, value_of
from portal.reports.queries.declaring import Dimension, Figure, Scope


@dataclass(frozen=True)
class Behind:
    """Ids of one page of rows (each with its amount, or None), how many rows there are, and the figure they make."""

    subjects: tuple[tuple[int, int | None], ...]
    rows: int
    value: int | None


def rows_behind(
    figure: Figure, scope: Scope, keys: Mapping[str, str], *, whole: Period, offset: int = 0, limit: int | None = 50
) -> Behind:
    """The rows of `figure` in `scope` whose dimensions have `keys` (by dimension name), newest first.

    `whole`: the report's own period, which says in what steps time is counted. NotFound for a dimension the figure
    does not have, or a key that is no date.
    """
    rows = _narrowed(figure, scope, keys, whole)
    amount = rows.c.amount if "amount" in rows.c else None
    total = func.coalesce(func.sum(amount), 0) if amount is not None else func.count()
    number, summed = scope.session.execute(select(func.count(), total).select_from(rows)).one()
    columns = [rows.c.subject] if amount is None else [rows.c.subject, amount]
    found = scope.session.execute(
        select(*columns).order_by(rows.c.subject.desc(), *columns[1:]).offset(offset).limit(limit)
    )
    subjects = tuple((row[0], int(row[1]) if len(row) > 1 and row[1] is not None else None) for row in found)
    return Behind(subjects, int(number), value_of(figure, int(number), int(summed)))


def _narrowed(figure: Figure, scope: Scope, keys: Mapping[str, str], whole: Period) -> Subquery:
    known = {dimension.name: dimension for dimension in figure.dimensions}
    rows = figure.rows(scope).subquery()
    query = select(rows)
    for name, key in keys.items():
        if name not in known:
            raise NotFound()
        column = rows.c[name]
        if known[name].is_time:
            first, last = _step(known[name], key, whole)
            query = query.where(column >= first, column <= last)
        elif key == "":
            query = query.where(or_(column.is_(None), func.length(column) == 0))
        else:
            query = query.where(column == _typed(column, key))
    return query.subquery()


def _step(_: Dimension, key: str, whole: Period) -> tuple[date, date]:
    try:
        start = date.fromisoformat(key)
    except ValueError:
        raise NotFound() from None
    step = step_for(whole)
    end = start
    while start_of(step, end + timedelta(days=1)) == start_of(step, start):
        end += timedelta(days=1)
    return start_of(step, start), end


def _typed(column: object, key: str) -> object:
    kind = getattr(column, "type").python_type  # noqa: B009 - a column's type is not typed
    try:
        return int(key) if kind is int else key
    except ValueError:
        raise NotFound() from None
