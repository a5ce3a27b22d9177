"""The periods of a report, and the two it is compared with (R16). Days are days in the office's zone."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from portal.core.messages import N_


class PeriodKind(StrEnum):
    """How long a period is."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"
    DAYS = "days"
    """From any day to any other."""


PERIOD_KIND_NAMES: dict[PeriodKind, str] = {
    PeriodKind.MONTH: N_("Month"),
    PeriodKind.QUARTER: N_("Quarter"),
    PeriodKind.HALF_YEAR: N_("Half-year"),
    PeriodKind.YEAR: N_("Year"),
    PeriodKind.DAYS: N_("From – to"),
}
_MONTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.HALF_YEAR: 6, PeriodKind.YEAR: 12}


@dataclass(frozen=True)
class Period:
    """From the first day to the last, both included. A period of a calendar kind is always a whole one, so that
    `last` may lie ahead."""

    kind: PeriodKind
    first: date
    last: date

    @classmethod
    def containing(cls, kind: PeriodKind, day: date) -> Period:
        """The month, quarter, half-year or year in which `day` lies; of DAYS, the day alone."""
        if kind is PeriodKind.DAYS:
            return cls(kind, day, day)
        months = _MONTHS[kind]
        month = (day.month - 1) // months * months + 1
        end = month + months - 1
        return cls(kind, date(day.year, month, 1), date(day.year, end, monthrange(day.year, end)[1]))

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def before(self) -> Period:
        """The period just before: the month before a month; of DAYS, as many days."""
        last = self.first - timedelta(days=1)
        if self.kind is PeriodKind.DAYS:
            return Period(self.kind, self.first - timedelta(days=self.days), last)
        return self.containing(self.kind, last)

    def year_before(self) -> Period:
        """The same period of the year before. 29 February becomes 28 February; a whole month stays whole."""
        if self.kind is not PeriodKind.DAYS:
            return self.containing(self.kind, _a_year_before(self.first))
        return Period(self.kind, _a_year_before(self.first), _a_year_before(self.last))

    def cut_to(self, days: int) -> Period:
        """Its first `days` days, or all of it where it has fewer."""
        return self if days >= self.days else replace(self, last=self.first + timedelta(days=days - 1))


@dataclass(frozen=True)
class Compared:
    """A period with the two beside it. Where the period is not over, the others end after as many days."""

    this: Period
    previous: Period
    last_year: Period

    def __iter__(self) -> Iterator[Period]:
        return iter((self.this, self.previous, self.last_year))

    @property
    def until(self) -> date | None:
        """The last day that has been counted of a period that is not over; None where it is."""
        whole = (self.this.before(), self.this.year_before())
        for shown, uncut in zip((self.previous, self.last_year), whole, strict=True):
            if shown.last < uncut.last:
                return self.this.cut_to(shown.days).last
        return None

    @property
    def beside(self) -> int:
        """How many other periods stand beside it: of a year, the one before and last year's are one."""
        return 1 if self.previous == self.last_year else 2


def compared(period: Period, today: date) -> Compared:
    """What a period is compared with, seen from `today`."""
    previous, last_year = period.before(), period.year_before()
    if period.first <= today < period.last:
        so_far = (today - period.first).days + 1
        previous, last_year = previous.cut_to(so_far), last_year.cut_to(so_far)
    return Compared(period, previous, last_year)


def _a_year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)
