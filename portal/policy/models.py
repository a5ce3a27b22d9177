"""The numbers of the house rules, where they differ from their defaults, the office calendar, and who changed them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Person
from portal.core.tables import Base, UtcDateTime, historic_person


class PolicyValue(Base):
    """A setting of `portal.policy.rules.Policy` that differs from its default."""

    __tablename__ = "policy_values"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


class PolicyChange(Base):
    """That a setting was changed, by whom, and what it was before. Only ever added to."""

    __tablename__ = "policy_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    old: Mapped[Any] = mapped_column(JSON)
    new: Mapped[Any] = mapped_column(JSON)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by_id: Mapped[int] = historic_person()

    changed_by: Mapped[Person] = relationship()


class CalendarException(Base):
    """Days on which the office is open or closed whatever the week and the holidays say; of two, the later counts.

    One that is taken back stays, with who did it and when; it only counts no longer.
    """

    __tablename__ = "calendar_exceptions"

    id: Mapped[int] = mapped_column(primary_key=True)
    from_day: Mapped[date] = mapped_column(index=True)
    until_day: Mapped[date] = mapped_column(index=True)
    """The last of the days."""
    is_open: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(120), default="")
    set_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """None for what was entered before it was kept."""
    set_by_id: Mapped[int | None] = historic_person(nullable=True)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by_id: Mapped[int | None] = historic_person(nullable=True)

    set_by: Mapped[Person | None] = relationship(foreign_keys="CalendarException.set_by_id")
    undone_by: Mapped[Person | None] = relationship(foreign_keys="CalendarException.undone_by_id")

    __table_args__ = (CheckConstraint("from_day <= until_day", name="in_order"),)
