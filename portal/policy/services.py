"""Changing the office calendar. Each function checks permission and rules, records in the trail, never commits.

Whatever was reckoned by the calendar is reckoned anew in the same transaction. What that is, the policy does not
know: `Dependents` are filled in by `create_app`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol

from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.messages import N_, Message
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.policy.models import CalendarException, PolicyChange, PolicyValue
from portal.policy.national_days import countries
from portal.policy.queries import (
    calendar_of,
    current_policy,
    exception_in_force,
    exceptions_in_force,
    hold_calendar,
    policy_version,
)
from portal.policy.rules import CLOSED_DAY_NAMES, COUNTED_NAMES, OfficeCalendar, Policy

MOST_DAYS = 366
"""Longest range that is set apart at one time: an office closed for years is a slip of the keyboard."""


@dataclass(frozen=True)
class Moved:
    """A due date that moves with the calendar: of what (a barcode, and the dossier's number), from when to when."""

    barcode: str
    dossier: str
    old: date
    new: date


class Dependents(Protocol):
    """What is reckoned by the calendar."""

    def would_move(self, work: UnitOfWork, policy: Policy, calendar: OfficeCalendar) -> Sequence[Moved]:
        """What would move under another policy and calendar, as far as the acting person may know. Changes nothing."""

    def move(self, work: UnitOfWork) -> int:
        """Reckon everything anew by the policy and calendar now in force; how many dates became others."""


@dataclass(frozen=True)
class CalendarRules:
    """The part of the policy that the calendar page changes."""

    open_weekdays: tuple[int, ...]
    holiday_country: str
    loan_days_counted: str
    closed_day_moves: str

    @classmethod
    def of(cls, policy: Policy) -> CalendarRules:
        """Those of a policy."""
        return cls(policy.open_weekdays, policy.holiday_country, policy.loan_days_counted, policy.closed_day_moves)

    def applied_to(self, policy: Policy) -> Policy:
        """The policy with these rules."""
        return replace(
            policy,
            open_weekdays=self.open_weekdays,
            holiday_country=self.holiday_country,
            loan_days_counted=self.loan_days_counted,
            closed_day_moves=self.closed_day_moves,
        )


@dataclass(frozen=True)
class DaysApart:
    """Days to be set apart from the week: `from_day` to `until_day`, both included."""

    from_day: date
    until_day: date
    is_open: bool
    reason: str


def preview_days(work: UnitOfWork, days: DaysApart, dependents: Dependents) -> Sequence[Moved]:
    """What would move if these days were set apart; Invalid as for `set_days`."""
    work.require(Permission.CALENDAR_MANAGE)
    row = _checked_days(days)
    policy = current_policy(work.session)
    return dependents.would_move(work, policy, calendar_of(policy, [*exceptions_in_force(work.session), row]))


def set_days(work: UnitOfWork, days: DaysApart, dependents: Dependents) -> CalendarException:
    """Open or close the office on these days, whatever the week and the holidays say, and move what depends on it."""
    actor = work.require(Permission.CALENDAR_MANAGE)
    row = _checked_days(days)
    hold_calendar(work.session, to_change=True)
    before = _open_days(work, row)
    row.set_at, row.set_by_id = work.now, actor.id
    work.session.add(row)
    return _changed(work, "calendar:set", row, before, dependents)


def preview_undo(work: UnitOfWork, exception_id: int, dependents: Dependents) -> Sequence[Moved]:
    """What would move if the exception were taken back; NotFound where there is none in force."""
    work.require(Permission.CALENDAR_MANAGE)
    _in_force(work, exception_id)
    policy = current_policy(work.session)
    rest = [row for row in exceptions_in_force(work.session) if row.id != exception_id]
    return dependents.would_move(work, policy, calendar_of(policy, rest))


def undo_days(work: UnitOfWork, exception_id: int, dependents: Dependents) -> CalendarException:
    """Take an exception back: it stays in the history, and the days follow the week and the holidays again."""
    actor = work.require(Permission.CALENDAR_MANAGE)
    hold_calendar(work.session, to_change=True)
    row = _in_force(work, exception_id)
    before = _open_days(work, row)
    row.undone_at, row.undone_by_id = work.now, actor.id
    return _changed(work, "calendar:undo", row, before, dependents)


def preview_rules(work: UnitOfWork, rules: CalendarRules, dependents: Dependents) -> Sequence[Moved]:
    """What would move under these rules; Invalid as for `change_rules`."""
    work.require(Permission.CALENDAR_MANAGE)
    _check_rules(rules)
    policy = rules.applied_to(current_policy(work.session))
    return dependents.would_move(work, policy, calendar_of(policy, exceptions_in_force(work.session)))


def change_rules(work: UnitOfWork, version: int, rules: CalendarRules, dependents: Dependents) -> None:
    """Change the week, the country, how days are counted and where a due date on a closed day moves.

    `version` is the `policy_version` the form was filled in over; Conflict if the policy has changed since.
    """
    work.require(Permission.CALENDAR_MANAGE)
    _check_rules(rules)
    hold_calendar(work.session, to_change=True)
    check_policy_version(work, version)
    before = CalendarRules.of(current_policy(work.session))
    changed: dict[str, object] = {}
    for name, old, new in (
        ("open_weekdays", list(before.open_weekdays), list(rules.open_weekdays)),
        ("holiday_country", before.holiday_country, rules.holiday_country),
        ("loan_days_counted", before.loan_days_counted, rules.loan_days_counted),
        ("closed_day_moves", before.closed_day_moves, rules.closed_day_moves),
    ):
        if old != new:
            changed[name] = {"old": old, "new": new}
            _store(work, name, old, new)
    if not changed:
        raise Conflict(N_("These rules are in force already; nothing was changed."))
    work.session.flush()
    work.record("calendar:rules", "policy", details={"changed": changed})
    dependents.move(work)


def check_policy_version(work: UnitOfWork, version: int) -> None:
    """Conflict if a policy value has been changed since the form was filled in over `version`."""
    if policy_version(work.session) != version:
        raise Conflict(
            N_("Somebody else changed the rules while you were editing. Nothing was saved. Look at them and try again.")
        )


def _checked_days(days: DaysApart) -> CalendarException:
    reason = days.reason.strip()
    wrong: dict[str, Message] = {}
    if days.until_day < days.from_day:
        wrong["until_day"] = Message(N_("The last day cannot be before the first."))
    elif (days.until_day - days.from_day).days >= MOST_DAYS:
        wrong["until_day"] = Message(N_("At most %(most)s days at one time, please."), {"most": MOST_DAYS})
    if not reason:
        wrong["reason"] = Message(N_("Please say why: everyone who looks at the calendar reads it."))
    elif len(reason) > 120:
        wrong["reason"] = Message(N_("At most %(most)s characters, please."), {"most": 120})
    if wrong:
        raise Invalid(fields=wrong)
    return CalendarException(from_day=days.from_day, until_day=days.until_day, is_open=days.is_open, reason=reason)


def _check_rules(rules: CalendarRules) -> None:
    wrong: dict[str, Message] = {}
    if not rules.open_weekdays:
        wrong["open_weekdays"] = Message(N_("The office is open on one day of the week at least."))
    elif not _is_week(rules.open_weekdays):
        wrong["open_weekdays"] = Message(N_("Please choose from the list."))
    for name, value, values in (
        ("holiday_country", rules.holiday_country, ["", *countries()]),
        ("loan_days_counted", rules.loan_days_counted, COUNTED_NAMES),
        ("closed_day_moves", rules.closed_day_moves, CLOSED_DAY_NAMES),
    ):
        if value not in values:
            wrong[name] = Message(N_("Please choose from the list."))
    if wrong:
        raise Invalid(fields=wrong)


def _is_week(days: Iterable[int]) -> bool:
    days = list(days)
    return days == sorted(set(days)) and set(days) <= set(range(7))


def _in_force(work: UnitOfWork, exception_id: int) -> CalendarException:
    row = exception_in_force(work.session, exception_id)
    if row is None:
        raise NotFound()
    return row


def _store(work: UnitOfWork, name: str, old: object, new: object) -> None:
    row = work.session.get(PolicyValue, name)
    if row is None:
        work.session.add(PolicyValue(name=name, value=new))
    else:
        row.value = new
    change = PolicyChange(name=name, old=old, new=new, changed_at=work.now, changed_by_id=work.person.id)
    work.session.add(change)


def _open_days(work: UnitOfWork, row: CalendarException) -> int:
    """On how many of the days the office is open, as things stand."""
    calendar = calendar_of(current_policy(work.session), exceptions_in_force(work.session))
    length = (row.until_day - row.from_day).days + 1
    return sum(calendar.is_open(row.from_day + timedelta(days=n)) for n in range(length))


def _changed(
    work: UnitOfWork, action: str, row: CalendarException, open_before: int, dependents: Dependents
) -> CalendarException:
    """The exception was set or taken back: it is recorded, and what depends on the calendar moves."""
    work.session.flush()
    work.record(
        action,
        f"calendar_exceptions:{row.id}",
        details={
            "from": row.from_day.isoformat(),
            "to": row.until_day.isoformat(),
            "is_open": row.is_open,
            "open_days": {"old": open_before, "new": _open_days(work, row)},
        },
        personal={"reason": row.reason},
    )
    dependents.move(work)
    return row
