"""The rows behind a figure, or behind one cell of it: the same select that was counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, Subquery, func, literal, or_, select, type_coerce

from portal.core.errors import NotFound
from portal.reports.periods import Period
from portal.reports.queries.counting import as_key, start_of, step_for, value_of
from portal.reports.queries.declaring import Dimension, Figure, Measure, Scope

_LONGEST_NUMBER = 9
"""Digits: more do not fit into a whole number of the database."""


@dataclass(frozen=True)
class Behind:
    """Ids of one page of rows (each with its amount, or None), how many rows there are, and the figure they make."""

    subjects: tuple[tuple[int, int | None], ...]
    rows: int
    value: int | None
    keys: tuple[tuple[str, ...], ...] = ()
    """For each of the subjects its keys of the dimensions that were asked for."""


def rows_behind(
    figure: Figure,
    scope: Scope,
    keys: Mapping[str, str],
    *,
    whole: Period,
    offset: int = 0,
    limit: int | None = 50,
    with_keys: Sequence[Dimension] = (),
) -> Behind:
    """The rows of `figure` in `scope` whose dimensions have `keys` (by dimension name), newest first.

    `whole`: the report's own period, which says in what steps time is counted. NotFound for a dimension the figure
    does not have, or a key that is no date.
    """
    rows = _narrowed(figure, scope, keys, whole)
    amount = None if figure.measure is Measure.ROWS or figure.amount is None else rows.c[figure.amount]
    total = func.coalesce(func.sum(amount), 0) if amount is not None else func.count()
    number, summed = scope.session.execute(select(func.count(), total).select_from(rows)).one()
    columns = [rows.c.subject, literal(None) if amount is None else amount]
    wanted = [rows.c[dimension.name] for dimension in with_keys]
    order = [rows.c.subject.desc(), *([] if amount is None else [amount]), *wanted]
    found = scope.session.execute(select(*columns, *wanted).order_by(*order).offset(offset).limit(limit)).all()
    subjects = tuple((row[0], None if row[1] is None else int(row[1])) for row in found)
    shown = tuple(tuple(as_key(key) for key in row[2:]) for row in found)
    return Behind(subjects, int(number), value_of(figure, int(number), int(summed)), shown)


def _narrowed(figure: Figure, scope: Scope, keys: Mapping[str, str], whole: Period) -> Subquery:
    known = {dimension.name: dimension for dimension in figure.dimensions}
    rows = figure.rows_of(scope)
    query = select(rows)
    for name, key in keys.items():
        if name not in known:
            raise NotFound()
        column = rows.c[name]
        if known[name].is_time:
            first, last = _step(key, whole)
            query = query.where(column >= first, column <= last)
        else:
            query = query.where(_has_key(column, key))
    return query.subquery()


def _step(key: str, whole: Period) -> tuple[date, date]:
    step = step_for(whole)
    try:
        start = end = start_of(step, date.fromisoformat(key))
        while start_of(step, end + timedelta(days=1)) == start:
            end += timedelta(days=1)
    except (ValueError, OverflowError):  # No date, or the last one there is.
        raise NotFound() from None
    return start, end


def _has_key(column: ColumnElement[Any], key: str) -> ColumnElement[bool]:
    if column.type.python_type is not int:
        text = type_coerce(column, String)  # A word the column does not know is a key like any other: it has no rows.
        return text == key if key else or_(column.is_(None), text == "")
    if not key:
        return column.is_(None)
    if not key.isascii() or not key.isdigit() or len(key) > _LONGEST_NUMBER:
        raise NotFound()
    return column == int(key)
