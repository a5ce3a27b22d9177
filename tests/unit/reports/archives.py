"""Random archives for the proof of the figures: a few hundred rows of everything, as the portal could leave them.

Moments and days lie where a count goes wrong: exactly at, just before and just after the midnights (in the office's
zone) that begin and end the periods, on leap days, at the change of the year, on the days the clocks change.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, func, insert, select, update
from sqlalchemy.orm import Session

from portal.accounts.models import Department, Person, PersonRole
from portal.core.permissions import Level, Role
from portal.core.tables import Base
from portal.reports.periods import Period, PeriodKind, compared
from tests.unit.reports import archived_paper, archived_work

T = TypeVar("T")
ZONES = ("Asia/Shanghai", "America/Sao_Paulo", "Europe/Madrid", "Asia/Kathmandu")
BEGINNING = date(2011, 1, 1)
_TICK = timedelta(microseconds=1)
_SHIFTS = (timedelta(0), -_TICK, _TICK, timedelta(seconds=-1), timedelta(hours=-1), timedelta(hours=1))
_AWKWARD_DAYS = (
    date(2020, 2, 29),
    date(2023, 2, 28),
    date(2024, 2, 29),
    date(2024, 3, 1),
    date(2023, 12, 31),
    date(2024, 1, 1),
    # The clocks change in Madrid.
    date(2023, 10, 29),
    date(2024, 3, 31),
)
_DEPARTMENTS = 4
_PEOPLE = 14


@dataclass
class Drawing:
    """Draws everything an archive is made of; the same for the same seed."""

    seed: int
    chance: random.Random = field(init=False)
    zone: ZoneInfo = field(init=False)
    today: date = field(init=False)
    now: datetime = field(init=False)
    periods: tuple[Period, ...] = field(init=False)
    edges: tuple[date, ...] = field(init=False)
    """Days that begin a period, and the days after a period's last."""
    people: range = range(1, _PEOPLE + 1)
    departments: range = range(1, _DEPARTMENTS + 1)
    leavers: frozenset[int] = frozenset({3, 4})

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.zone = ZoneInfo(ZONES[self.seed % len(ZONES)])
        self.today = date(2024, 3, 2) + timedelta(days=self.chance.randrange(600))
        self.now = self._local(self.today, self.chance.choice((time(0), time(11, 30), time(23, 59, 59, 999_999))))
        self.periods = self._periods()
        beside = (each for period in self.periods for each in compared(period, self.today))
        ends = {day for each in beside for day in (each.first, each.last + timedelta(days=1))}
        self.edges = tuple(sorted(ends | {self.today, *_AWKWARD_DAYS}))

    def _periods(self) -> tuple[Period, ...]:
        """A leap February, one not over yet, one over the change of a year, a leap day, and two of any kind."""
        kinds = (PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.HALF_YEAR, PeriodKind.YEAR)
        first = date(2023, 12, 31) - timedelta(days=self.chance.randrange(40))
        return (
            Period.containing(PeriodKind.MONTH, date(2024, 2, 1)),
            Period.containing(self.chance.choice(kinds), self.today),
            Period(PeriodKind.DAYS, first, date(2024, 1, 1) + timedelta(days=self.chance.randrange(20))),
            Period(PeriodKind.DAYS, date(2024, 2, 29), date(2024, 2, 29)),
            Period.containing(kinds[self.seed % 4], date(2023, 1, 1) + timedelta(days=self.chance.randrange(420))),
            Period.containing(self.chance.choice(kinds[1:]), date(2024, 1, 31)),
        )

    def _local(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)

    def moment(self, after: datetime | None = None) -> datetime:
        """A moment up to now (from `after` on), mostly one at which something begins or ends."""
        for _ in range(4):
            if self.chance.random() < 0.6:
                found = self._local(self.chance.choice(self.edges), time(0)) + self.chance.choice(_SHIFTS)
            else:
                at = time(self.chance.randrange(24), self.chance.randrange(60), self.chance.randrange(60))
                found = self._local(self.any_day(), at) + self.chance.choice((0, 1)) * 345_678 * _TICK
            if (after or found) <= found <= self.now:
                return found
        begin = after or self._local(BEGINNING, time(0))
        return begin + (self.now - begin) * self.chance.random()

    def perhaps(self, after: datetime | None = None, likely: float = 0.6) -> datetime | None:
        """Such a moment, or none."""
        return self.moment(after) if self.chance.random() < likely else None

    def any_day(self) -> date:
        """Some day up to today."""
        lately = self.chance.random() < 0.7
        first = date(2022, 10, 1) if lately else BEGINNING
        return first + timedelta(days=self.chance.randrange((self.today - first).days + 1))

    def day(self, after: date | None = None, *, ahead: int = 0) -> date:
        """A day from `after` to today (or `ahead` days later), mostly one at which something begins or ends."""
        last = self.today + timedelta(days=ahead)
        for _ in range(4):
            edge = _years_before(self.chance.choice(self.edges), self.chance.choice((0, 0, 0, 0, 1, 3, 6, 11)))
            edge += timedelta(days=self.chance.choice((-1, 0, 0, 1)))
            found = edge if self.chance.random() < 0.6 else self.any_day() + timedelta(days=ahead)
            if (after or found) <= found <= last:
                return found
        begin = min(after or BEGINNING, last)
        return begin + timedelta(days=self.chance.randrange((last - begin).days + 1))

    def office_day(self, moment: datetime) -> date:
        """The day a moment falls on at the office."""
        return moment.astimezone(self.zone).date()

    def one_of(self, things: Sequence[T]) -> T:
        """Any of them."""
        return self.chance.choice(things)

    def person(self) -> int:
        """The id of somebody."""
        return self.chance.choice(self.people)


def _years_before(day: date, years: int) -> date:
    if (day.month, day.day) == (2, 29):
        return date(day.year - years, 3, 1)
    return day.replace(year=day.year - years)


def make_archive(session: Session, seed: int) -> Drawing:
    """Fill an empty, migrated database. Person 1 makes reports and is cleared for core dossiers."""
    drawing = Drawing(seed)

    def add(table: type[Base], rows: list[dict[str, Any]]) -> None:
        # Every row names the same columns: an insert of many takes them from the first.
        if rows:
            columns = {name for row in rows for name in row}
            session.execute(insert(table), [{name: row.get(name) for name in columns} for row in rows])

    _staff(session, drawing, add)
    archived_work.fill(drawing, add, archived_paper.fill(drawing, add))
    session.flush()
    _count_on(session)
    return drawing


def _count_on(session: Session) -> None:
    """The rows bring their ids: PostgreSQL's sequences go on after them."""
    if session.get_bind().dialect.name == "postgresql":
        for name in sorted({mapper.local_table.name for mapper in Base.registry.mappers}):
            table = Base.metadata.tables[name]
            if "id" in table.columns and isinstance(table.c.id.type, Integer):
                last = select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery()
                session.execute(select(func.setval(func.pg_get_serial_sequence(name, "id"), last, False)))


def _staff(session: Session, drawing: Drawing, add: archived_paper.Add) -> None:
    add(Department, [{"id": each, "name": f"Department {each}"} for each in drawing.departments])
    people = [
        {
            "id": each,
            "login": f"person{each}",
            "name": f"Person {each}",
            "department_id": drawing.one_of(drawing.departments),
            "clearance": Level.CORE if each % 3 == 1 else drawing.one_of((Level.GENERAL, Level.IMPORTANT)),
            "password_hash": "!",
            "created_at": datetime(2011, 1, 1, tzinfo=UTC),
            "departed_at": drawing.perhaps() if each in drawing.leavers else None,
        }
        for each in drawing.people
    ]
    add(Person, people)
    roles = [{"person_id": each, "role": Role.EMPLOYEE} for each in drawing.people]
    add(PersonRole, [*roles, {"person_id": 1, "role": Role.RECORDS_MANAGER}, {"person_id": 2, "role": Role.CLERK}])
    for each in drawing.departments:
        session.execute(update(Department).where(Department.id == each).values(head_id=drawing.person()))
