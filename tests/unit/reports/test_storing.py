"""Stored statistics: read back they are the same, and the same figures give the same bytes."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from portal.reports.periods import Period, PeriodKind, compared
from portal.reports.statistics.counted import (
    Audience,
    Breakdown,
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
from portal.reports.statistics.storing import checksum, read, stored

NOW = datetime(2026, 4, 1, 2, 30, tzinfo=UTC)
FIGURE = CountedFigure(
    name="volumes-issued",
    title="Volumes issued",
    definition="Volumes handed out in the period.",
    unit=Unit.THINGS,
    total=Values(3, 0, None),
    breakdowns=(
        Breakdown(
            "department", "By department", Chart.BARS, (Group("4", Name("采购部 <b>"), Values(3, 0, None)),), 2, None
        ),
        Breakdown(
            "day", "Along", Chart.LINES, (Group("2026-03-01", Name("2026-03-01", "day"), Values(3)),), 0, Values(1)
        ),
    ),
    crossings=(
        Crossing(
            "weekday-hour", "When", Chart.HEAT, (("0", Name("0", "weekday")),), (("9", Name("9", "hour")),), ((3,),)
        ),
    ),
    register=Register(
        (Column("Volume"), Column("Due on", "deadline"), Column("At", "moment"), Column("Days late", "count")),
        (("V1", date(2026, 3, 5), NOW, 4), ("V2", None, None, None)),
        7,
    ),
    is_key=True,
    less_is_better=True,
    is_now=True,
)
STATISTICS = Statistics(
    compared(Period.containing(PeriodKind.MONTH, date(2026, 3, 3)), date(2026, 4, 1)),
    Audience.EVERYONE,
    NOW,
    "Asia/Shanghai",
    (CountedSection("loans", "Loans", (FIGURE,)),),
)


def test_what_is_stored_is_read_back() -> None:
    assert read(stored(STATISTICS)) == STATISTICS
    assert stored(read(stored(STATISTICS))) == stored(STATISTICS)


def test_data_of_before_say_nothing_of_now() -> None:
    plain = json.loads(stored(STATISTICS))
    del plain["sections"][0]["figures"][0]["is_now"]
    assert read(json.dumps(plain).encode()).sections[0].figures[0].is_now is False


def test_the_checksum_is_that_of_the_bytes() -> None:
    assert checksum(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("data", [b"{}", b"[]", b'{"format": "legajo statistics 0"}', b"not JSON"])
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        read(data)
