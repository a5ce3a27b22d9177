"""Time is an argument: services ask a clock, never the machine."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Says what time it is. `now` returns an aware datetime in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SetClock:
    """A clock that stands where it was put; for tests and the demonstration archive."""

    def __init__(self, moment: datetime) -> None:
        self.put(moment)

    def put(self, moment: datetime) -> None:
        """Move the hands to `moment` (aware)."""
        if moment.tzinfo is None:
            raise ValueError("a clock is put to an aware datetime")
        self._moment = moment.astimezone(UTC)

    def advance(self, **delta: float) -> None:
        """Move the hands on by timedelta keywords (`days=1`, `minutes=5`)."""
        self._moment += timedelta(**delta)

    def now(self) -> datetime:
        return self._moment


def office_date(moment: datetime, zone: ZoneInfo) -> date:
    """The calendar date of `moment` in the office's zone: the only way a moment becomes a date here."""
    return moment.astimezone(zone).date()


def office_midnight(day: date, zone: ZoneInfo) -> datetime:
    """The moment (UTC) at which `day` begins in the office's zone."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


class Pace:
    """Says when it is time to look again: after a while, and at once on another day of the office.

    Each process has its own. What was done stands in the database, so that a restart, or a second process, is harmless.
    """

    def __init__(self, every: timedelta) -> None:
        self._every = every
        self._looked_at: datetime | None = None
        self._day: date | None = None

    def rests(self, now: datetime, day: date) -> bool:
        """Whether it is too early; `day` is today in the office's zone."""
        early = self._looked_at is not None and now < self._looked_at + self._every
        return early and day == self._day

    def looked(self, now: datetime, day: date) -> None:
        """Remember that everything was done as of `now`."""
        self._looked_at, self._day = now, day
