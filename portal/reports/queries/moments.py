"""Moments and days in SQL, the same on both databases: the day, weekday and hour of the office, and spans between.

SQLite knows no time zones: `portal.database` gives it `office_day` and `office_hour`.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Integer, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement, literal


class _OfficeDay(FunctionElement[Any]):
    type = Date()
    inherit_cache = True


class _OfficeHour(FunctionElement[Any]):
    type = Integer()
    inherit_cache = True


class _DaysBetween(FunctionElement[Any]):
    type = Integer()
    inherit_cache = True


class _SecondsBetween(FunctionElement[Any]):
    type = Integer()
    inherit_cache = True


def office_day(moment: Any, zone: ZoneInfo) -> ColumnElement[Any]:
    """The date of a moment in the office's zone."""
    return _OfficeDay(moment, literal(zone.key, String()))


def office_hour(moment: Any, zone: ZoneInfo) -> ColumnElement[int]:
    """The hour (0 to 23) of a moment in the office's zone."""
    return _OfficeHour(moment, literal(zone.key, String()))


def weekday(day: Any) -> ColumnElement[int]:
    """The weekday of a date: 0 is Monday, 6 Sunday."""
    return _Weekday(day)


def days_between(first: Any, last: Any) -> ColumnElement[int]:
    """How many days lie from a date to another."""
    return _DaysBetween(first, last)


def seconds_between(first: Any, last: Any) -> ColumnElement[int]:
    """How many seconds lie from a moment to another, each cut to its whole second."""
    return _SecondsBetween(first, last)


class _Weekday(FunctionElement[Any]):
    type = Integer()
    inherit_cache = True


@compiles(_OfficeDay, "sqlite")
def _office_day_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"office_day({compiler.process(element.clauses, **kw)})"


@compiles(_OfficeDay, "postgresql")
def _office_day_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    moment, zone = (compiler.process(part, **kw) for part in element.clauses)
    return f"(({moment}) AT TIME ZONE {zone})::date"


@compiles(_OfficeHour, "sqlite")
def _office_hour_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"office_hour({compiler.process(element.clauses, **kw)})"


@compiles(_OfficeHour, "postgresql")
def _office_hour_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    moment, zone = (compiler.process(part, **kw) for part in element.clauses)
    return f"extract(hour from (({moment}) AT TIME ZONE {zone}))::int"


@compiles(_Weekday, "sqlite")
def _weekday_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    # SQLite counts from Sunday, 0.
    return f"((CAST(strftime('%w', {compiler.process(element.clauses, **kw)}) AS INTEGER) + 6) % 7)"


@compiles(_Weekday, "postgresql")
def _weekday_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return f"(extract(isodow from ({compiler.process(element.clauses, **kw)}))::int - 1)"


@compiles(_DaysBetween, "sqlite")
def _days_between_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    first, last = (compiler.process(part, **kw) for part in element.clauses)
    return f"CAST(julianday({last}) - julianday({first}) AS INTEGER)"


@compiles(_DaysBetween, "postgresql")
def _days_between_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    first, last = (compiler.process(part, **kw) for part in element.clauses)
    return f"(({last})::date - ({first})::date)"


@compiles(_SecondsBetween, "sqlite")
def _seconds_between_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    first, last = (compiler.process(part, **kw) for part in element.clauses)
    # Without the fraction, which SQLite rounds up to the next second where it is .9999.
    first, last = (f"CAST(strftime('%s', substr({moment}, 1, 19)) AS INTEGER)" for moment in (first, last))
    return f"({last} - {first})"


@compiles(_SecondsBetween, "postgresql")
def _seconds_between_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    first, last = (compiler.process(part, **kw) for part in element.clauses)
    return f"(floor(extract(epoch from ({last}))) - floor(extract(epoch from ({first}))))::bigint"
