"""The statistics as JSON and back, and the checksum of their data.

The JSON is canonical: the same figures always give the same bytes, so that the checksum printed on each page of an
issued report can be worked out again from the file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from portal.reports.periods import Compared, Period, PeriodKind
from portal.reports.statistics.counted import (
    Audience,
    Breakdown,
    Cell,
    Chart,
    Column,
    CountedFigure,
    CountedSection,
    Crossing,
    Group,
    Name,
    Register,
    Statistics,
    Unit,
    Values,
)

FORMAT = "legajo statistics 1"


def stored(statistics: Statistics) -> bytes:
    """The canonical JSON (UTF-8): the file that is kept, and that "as JSON" gives out."""
    return json.dumps(as_plain(statistics), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def checksum(data: bytes) -> str:
    """The SHA-256 of stored data, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def as_plain(statistics: Statistics) -> dict[str, Any]:
    """The statistics in dictionaries, lists, words and whole numbers."""
    return {
        "format": FORMAT,
        "audience": statistics.audience.value,
        "counted_at": statistics.counted_at.isoformat(),
        "zone": statistics.zone,
        "periods": {
            name: plain_period(period)
            for name, period in zip(("this", "previous", "last_year"), statistics.periods, strict=True)
        },
        "sections": [
            {
                "name": section.name,
                "title": section.title,
                "figures": [_plain_figure(figure) for figure in section.figures],
            }
            for section in statistics.sections
        ],
    }


def read(data: bytes) -> Statistics:
    """What `stored` made, read back; ValueError for anything else."""
    plain = json.loads(data)
    if not isinstance(plain, dict) or plain.get("format") != FORMAT:
        raise ValueError("these are no statistics of a format this version knows")
    return Statistics(
        periods=Compared(*(period_from(plain["periods"][name]) for name in ("this", "previous", "last_year"))),
        audience=Audience(plain["audience"]),
        counted_at=datetime.fromisoformat(plain["counted_at"]),
        zone=plain["zone"],
        sections=tuple(
            CountedSection(one["name"], one["title"], tuple(_figure(figure) for figure in one["figures"]))
            for one in plain["sections"]
        ),
    )


def plain_period(period: Period) -> dict[str, str]:
    """The two ends of a period."""
    return {"kind": period.kind.value, "first": period.first.isoformat(), "last": period.last.isoformat()}


def period_from(plain: Mapping[str, str]) -> Period:
    """What `plain_period` made, read back."""
    return Period(PeriodKind(plain["kind"]), date.fromisoformat(plain["first"]), date.fromisoformat(plain["last"]))


def _plain_figure(figure: CountedFigure) -> dict[str, Any]:
    return {
        "name": figure.name,
        "title": figure.title,
        "definition": figure.definition,
        "unit": figure.unit.value,
        "total": list(figure.total),
        "is_key": figure.is_key,
        "less_is_better": figure.less_is_better,
        "is_now": figure.is_now,
        "breakdowns": [
            {
                "name": one.name,
                "title": one.title,
                "chart": one.chart.value,
                "groups": [
                    {"key": group.key, "name": plain_name(group.name), "values": list(group.values)}
                    for group in one.groups
                ],
                "left_out": one.left_out,
                "rest": list(one.rest) if one.rest else None,
            }
            for one in figure.breakdowns
        ],
        "crossings": [
            {
                "name": one.name,
                "title": one.title,
                "chart": one.chart.value,
                "rows": [{"key": key, "name": plain_name(name)} for key, name in one.row_names],
                "columns": [{"key": key, "name": plain_name(name)} for key, name in one.column_names],
                "cells": [list(row) for row in one.cells],
            }
            for one in figure.crossings
        ],
        "register": plain_register(figure.register) if figure.register else None,
    }


def _figure(plain: Mapping[str, Any]) -> CountedFigure:
    return CountedFigure(
        name=plain["name"],
        title=plain["title"],
        definition=plain["definition"],
        unit=Unit(plain["unit"]),
        total=Values(*plain["total"]),
        breakdowns=tuple(
            Breakdown(
                one["name"],
                one["title"],
                Chart(one["chart"]),
                tuple(
                    Group(group["key"], name_from(group["name"]), Values(*group["values"])) for group in one["groups"]
                ),
                one["left_out"],
                Values(*one["rest"]) if one["rest"] else None,
            )
            for one in plain["breakdowns"]
        ),
        crossings=tuple(
            Crossing(
                one["name"],
                one["title"],
                Chart(one["chart"]),
                tuple((side["key"], name_from(side["name"])) for side in one["rows"]),
                tuple((side["key"], name_from(side["name"])) for side in one["columns"]),
                tuple(tuple(row) for row in one["cells"]),
            )
            for one in plain["crossings"]
        ),
        register=register_from(plain["register"]) if plain["register"] else None,
        is_key=plain["is_key"],
        less_is_better=plain["less_is_better"],
        is_now=plain.get("is_now", False),
    )


def plain_name(name: Name) -> dict[str, str]:
    """A name and its shape."""
    return {"text": name.text, "shape": name.shape}


def name_from(plain: Mapping[str, Any]) -> Name:
    """What `plain_name` made, read back."""
    return Name(plain["text"], plain["shape"])


def plain_register(register: Register) -> dict[str, Any]:
    """Headings, rows, and how many more there are."""
    return {
        "columns": [{"heading": column.heading, "shape": column.shape} for column in register.columns],
        "rows": [[_plain_cell(cell) for cell in row] for row in register.rows],
        "left_out": register.left_out,
    }


def _plain_cell(cell: Cell) -> Any:
    # A datetime is a date too, and both have this method.
    return cell.isoformat() if isinstance(cell, date) else cell


def register_from(plain: Mapping[str, Any]) -> Register:
    """What `plain_register` made, read back."""
    columns = tuple(Column(one["heading"], one["shape"]) for one in plain["columns"])
    rows = tuple(tuple(_cell(cell, column) for cell, column in zip(row, columns, strict=True)) for row in plain["rows"])
    return Register(columns, rows, plain["left_out"])


def _cell(plain: Any, column: Column) -> Cell:
    if plain is None:
        return None
    if column.shape == "moment":
        return datetime.fromisoformat(plain)
    if column.shape in ("date", "deadline"):
        return date.fromisoformat(plain)
    cell: Cell = plain
    return cell
