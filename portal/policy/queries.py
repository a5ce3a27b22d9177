"""The policy and the calendar in force."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.policy.models import CalendarException, PolicyValue
from portal.policy.rules import OfficeCalendar, Policy


def current_policy(session: Session) -> Policy:
    """The defaults with what the database changes."""
    known = {item.name for item in fields(Policy)}
    stored: dict[str, Any] = {
        row.name: tuple(row.value) if isinstance(row.value, list) else row.value
        for row in session.scalars(select(PolicyValue))
        if row.name in known
    }
    return Policy(**stored)


def office_calendar(session: Session, policy: Policy) -> OfficeCalendar:
    """The calendar by which due dates move."""
    exceptions = {row.day: row.is_open for row in session.scalars(select(CalendarException))}
    return OfficeCalendar(policy.open_weekdays, policy.holiday_country, exceptions)
