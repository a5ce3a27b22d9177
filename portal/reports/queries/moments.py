"""Moments and days in SQL, the same on both databases: the day, weekday and hour of the office, and spans between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Integer, String, case
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement, literal

from portal.core.tables import UtcDateTime

Between = tuple[datetime, datetime]
"""Moments between which others lie, give or take two days."""


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


def office_day(moment: Any, zone: ZoneInfo, between: Between) -> ColumnElement[Any]:
    """The date of a moment in the office's zone. `between`: where the moments lie."""
    return _OfficeDay(moment, literal(zone.key, String()), _shift(moment, zone, between))


def office_hour(moment: Any, zone: ZoneInfo, between: Between) -> ColumnElement[int]:
    """The hour (0 to 23) of a moment in the office's zone. `between`: where the moments lie."""
    return _OfficeHour(moment, literal(zone.key, String()), _shift(moment, zone, between))


def _shift(moment: Any, zone: ZoneInfo, between: Between) -> ColumnElement[str]:
    """What SQLite, which knows no zones, adds to a moment in UTC: as many seconds as held in the zone then."""
    *earlier, (_, last) = _offsets(zone, *between)
    added = [(moment < literal(until, UtcDateTime()), literal(f"{seconds:+d} seconds")) for until, seconds in earlier]
    return case(*added, else_=literal(f"{last:+d} seconds")) if added else literal(f"{last:+d} seconds")


@lru_cache(maxsize=64)
def _offsets(zone: ZoneInfo, first: datetime, last: datetime) -> tuple[tuple[datetime | None, int], ...]:
    """The seconds a zone is ahead of UTC between two moments (give or take two days), each with the moment up to which
    they hold; after the last there is none."""
    found: list[tuple[datetime | None, int]] = []
    before, end = first.astimezone(UTC) - timedelta(days=2), last.astimezone(UTC) + timedelta(days=2)
    while before < end:
        after = before + timedelta(days=1)
        if _ahead(zone, before) != _ahead(zone, after):
            found.append((_change(zone, before, after), _ahead(zone, before)))
        before = after
    return (*found, (None, _ahead(zone, before)))


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first second at which the zone is as far ahead as at `after`."""
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if _ahead(zone, before + timedelta(seconds=middle)) == _ahead(zone, before):
            low = middle
        else:
            high = middle
    return before + timedelta(seconds=high)


def _ahead(zone: ZoneInfo, moment: datetime) -> int:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None  # A ZoneInfo always says it.
    return int(offset.total_seconds())


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
    moment, _, shift = (compiler.process(part, **kw) for part in element.clauses)
    return f"date({_whole_seconds(moment)}, {shift})"


@compiles(_OfficeDay, "postgresql")
def _office_day_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    moment, zone = (compiler.process(part, **kw) for part in list(element.clauses)[:2])
    return f"(({moment}) AT TIME ZONE {zone})::date"


@compiles(_OfficeHour, "sqlite")
def _office_hour_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    moment, _, shift = (compiler.process(part, **kw) for part in element.clauses)
    return f"CAST(strftime('%H', {_whole_seconds(moment)}, {shift}) AS INTEGER)"


@compiles(_OfficeHour, "postgresql")
def _office_hour_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    moment, zone = (compiler.process(part, **kw) for part in list(element.clauses)[:2])
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
    first, last = (f"CAST(strftime('%s', {_whole_seconds(moment)}) AS INTEGER)" for moment in (first, last))
    return f"({last} - {first})"


def _whole_seconds(moment: str) -> str:
    """A moment without the fraction, which SQLite rounds up to the next second where it is .9999."""
    return f"substr({moment}, 1, 19)"


@compiles(_SecondsBetween, "postgresql")
def _seconds_between_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    first, last = (compiler.process(part, **kw) for part in element.clauses)
    return f"(floor(extract(epoch from ({last}))) - floor(extract(epoch from ({first}))))::bigint"
