"""Who must accept, from which day on; calendar years, with their 29 February. Pure: no database."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

_DAY = timedelta(days=1)


def months_later(day: date, months: int) -> date:
    """The same day of the month `months` later (earlier when negative), or the last one of a month that is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def good_until(accepted_on: date, months: int) -> date:
    """The last day on which an acceptance is good: a year later is still within the year."""
    return months_later(accepted_on, months)


def last_lapsed(today: date, months: int) -> date:
    """The latest day of acceptance that is no longer good today; earlier ones are not either."""
    day = months_later(today, -months) + timedelta(days=4)  # Beyond any day that is good until today or before.
    while good_until(day, months) >= today:
        day -= _DAY
    return day


def last_to_remind(today: date, months: int, days_before: int) -> date:
    """The latest day of acceptance whose end is at most `days_before` days away."""
    return last_lapsed(today + timedelta(days=days_before + 1), months)


@dataclass(frozen=True)
class Force:
    """What is in force on a day: the version and since when, and the day of the next one. None: there is none."""

    version_id: int | None
    since: date | None
    next_on: date | None


def force_on(today: date, approved: Iterable[tuple[int, date]]) -> Force:
    """What is in force today, of the approved versions (id, first day) in the order of their numbers.

    Each version's day is not before that of the one before it (`portal.undertaking.services.approve_version`).
    """
    version_id = since = next_on = None
    for id_, from_on in approved:
        if from_on <= today:
            version_id, since = id_, from_on
        elif next_on is None:
            next_on = from_on
    return Force(version_id, since, next_on)


def asked_from(force: Force, accepted_on: date | None, months: int) -> date | None:
    """From which day on a person has to accept before anything else; None: nothing is asked.

    `accepted_on`: the day they last accepted the version in force; None: never.
    """
    if force.since is None:
        return force.next_on
    if accepted_on is None:
        return force.since
    lapses = good_until(accepted_on, months) + _DAY
    return lapses if force.next_on is None else min(lapses, force.next_on)
