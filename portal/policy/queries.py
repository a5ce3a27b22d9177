"""The policy and the calendar in force, and how they came to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, joinedload

from portal.policy.models import CalendarException, PolicyChange, PolicyValue
from portal.policy.rules import OfficeCalendar, Policy
from portal.policy.stored import policy_from

_CALENDAR_LOCK = 7_301_004
"""Key of the PostgreSQL advisory lock under which the calendar is changed."""


def current_policy(session: Session) -> Policy:
    """The defaults with what the database changes; PolicyValueWrong where that makes no sense."""
    # Columns, not rows: a row read before a lock was waited for would still say what it said then.
    rows = session.execute(select(PolicyValue.name, PolicyValue.value))
    return policy_from({row.name: row.value for row in rows})


def office_calendar(session: Session, policy: Policy) -> OfficeCalendar:
    """The calendar by which due dates move."""
    return calendar_of(policy, exceptions_in_force(session))


def calendar_of(policy: Policy, exceptions: Iterable[CalendarException]) -> OfficeCalendar:
    """The calendar of a policy with these exceptions, in the order they were set: of two, the later counts."""
    days = {}
    for row in exceptions:
        for ahead in range((row.until_day - row.from_day).days + 1):
            days[row.from_day + timedelta(days=ahead)] = row.is_open
    return OfficeCalendar(policy.open_weekdays, policy.holiday_country, days)


def exceptions_in_force(session: Session) -> Sequence[CalendarException]:
    """Exceptions that were not taken back, in the order they were set."""
    query = select(CalendarException).where(CalendarException.undone_at.is_(None)).order_by(CalendarException.id)
    return session.scalars(query).all()


def exceptions_between(session: Session, first: date, last: date) -> Sequence[CalendarException]:
    """Exceptions in force that touch the days from `first` to `last`, by day, with who set them."""
    query = (
        select(CalendarException)
        .where(
            CalendarException.undone_at.is_(None),
            CalendarException.from_day <= last,
            CalendarException.until_day >= first,
        )
        .options(joinedload(CalendarException.set_by))
        .order_by(CalendarException.from_day, CalendarException.id)
    )
    return session.scalars(query).all()


def exception_in_force(session: Session, exception_id: int) -> CalendarException | None:
    """The exception, unless it was taken back."""
    row = session.get(CalendarException, exception_id)
    return row if row is not None and row.undone_at is None else None


def policy_version(session: Session) -> int:
    """Rises with every change of a policy value: what a form was filled in over."""
    return session.scalar(select(func.max(PolicyChange.id))) or 0


def latest_policy_changes(session: Session, most: int) -> Sequence[PolicyChange]:
    """The newest changes of policy values, newest first, with who made them."""
    query = select(PolicyChange).options(joinedload(PolicyChange.changed_by)).order_by(PolicyChange.id.desc())
    return session.scalars(query.limit(most)).all()


def latest_exceptions(session: Session, most: int) -> Sequence[CalendarException]:
    """The exceptions set or taken back last, newest first, with who did it."""
    latest = func.coalesce(CalendarException.undone_at, CalendarException.set_at)
    query = (
        select(CalendarException)
        .options(joinedload(CalendarException.set_by), joinedload(CalendarException.undone_by))
        .where(CalendarException.set_at.is_not(None) | CalendarException.undone_at.is_not(None))
        .order_by(latest.desc(), CalendarException.id.desc())
    )
    return session.scalars(query.limit(most)).all()


def hold_calendar(session: Session, *, to_change: bool = False) -> None:
    """Keep the calendar as it is until the commit; `to_change`: keep everyone else from relying on it meanwhile.

    A due date given while the calendar changes would be one by the old calendar that the change did not see. SQLite
    has one writer at a time; on PostgreSQL a lock says the same.
    """
    if session.get_bind().dialect.name == "postgresql":
        shared = "" if to_change else "_shared"
        session.execute(text(f"SELECT pg_advisory_xact_lock{shared}(:key)"), {"key": _CALENDAR_LOCK})
