"""The engine of counting: groups, sums, comparisons, the rows behind, and the data as they are stored."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, literal, select

from portal.core.permissions import Actor, Level, Role
from portal.core.tables import UtcDateTime
from portal.reports.periods import Period, PeriodKind, compared
from portal.reports.queries.counting import count_figure
from portal.reports.queries.declaring import Scope
from portal.reports.queries.dividing import Dividing
from portal.reports.queries.listings import listed
from portal.reports.queries.moments import days_between, office_day, office_hour, seconds_between, weekday
from portal.reports.queries.sections.loans import LOANS, volumes_returned

ZONES = ["Asia/Shanghai", "America/Sao_Paulo", "Europe/Madrid", "Asia/Kathmandu", "Pacific/Apia"]
MOMENTS = [
    datetime(2024, 2, 29, 15, 59, 59, 999999, tzinfo=UTC),
    datetime(2024, 2, 29, 16, 0, tzinfo=UTC),
    datetime(2025, 12, 31, 22, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 0, 0, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("moment", MOMENTS)
def test_days_and_hours_are_the_offices(session: Any, zone: str, moment: datetime) -> None:
    for around in (timedelta(hours=1), timedelta(days=400)):
        local = moment.astimezone(ZoneInfo(zone))
        stored, between = literal(moment, UtcDateTime()), (moment - around, moment + around)
        day = office_day(stored, ZoneInfo(zone), between)
        hour = office_hour(stored, ZoneInfo(zone), between)
        found = session.execute(select(day, hour, weekday(day))).one()
        assert tuple(found) == (local.date(), local.hour, local.weekday())


@pytest.mark.parametrize("zone", ["Europe/Madrid", "Pacific/Apia", "Asia/Shanghai", "America/Sao_Paulo"])
def test_each_change_of_the_clocks_counts_from_its_second(session: Any, zone: str) -> None:
    first, last = datetime(2009, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
    hours = [first + timedelta(hours=n) for n in range(0, 24 * 365 * 11, 3)]
    ahead = [moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in hours]
    changes = [moment for moment, one, other in zip(hours, ahead, ahead[1:], strict=False) if one != other]
    assert len(changes) > 5 or zone == "Asia/Shanghai"
    moments = [
        change + timedelta(minutes=m, seconds=s) for change in changes for m in range(0, 180, 30) for s in (-1, 0)
    ]
    for moment in [*moments, first, last]:
        local, stored = moment.astimezone(ZoneInfo(zone)), literal(moment, UtcDateTime())
        day = office_day(stored, ZoneInfo(zone), (first, last))
        hour = office_hour(stored, ZoneInfo(zone), (first, last))
        assert session.execute(select(day, hour)).one() == (local.date(), local.hour), moment


def test_spans_are_the_same_on_both_databases(session: Any) -> None:
    first, last = (literal(moment, UtcDateTime()) for moment in (MOMENTS[0], MOMENTS[1]))
    assert session.scalar(select(seconds_between(first, last))) == 1
    assert session.scalar(select(seconds_between(last, first))) == -1
    days = [date(2023, 12, 31), date(2024, 2, 29), date(2025, 3, 1)]
    for one in days:
        for other in days:
            assert session.scalar(select(days_between(literal(one), literal(other)))) == (other - one).days


def test_figures_over_the_same_rows_are_found_once(engine: Any, session: Any) -> None:
    """Four figures of what came back, in one statement for each of the two years that differ."""
    together = [one for one in LOANS.figures if one.rows is volumes_returned]
    assert [one.name for one in together] == ["volumes-returned", "returned-late", "late-share", "days-out"]
    actor = Actor(1, "keeper", 1, Level.CORE, frozenset({Role.MANAGER}))
    now = datetime(2026, 4, 1, tzinfo=UTC)
    periods = compared(Period.containing(PeriodKind.YEAR, date(2025, 1, 1)), now.date())
    scopes = tuple(Scope(session, actor, one, now.date(), now, ZoneInfo("Asia/Shanghai")) for one in periods)
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    dividing = Dividing(together)
    for figure in together:
        assert count_figure(figure, scopes, listing=listed, dividing=dividing).total.this in (0, None)
    counted = [statement for statement in asked if "counted" in statement]
    assert len(counted) == 2
