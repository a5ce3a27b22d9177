"""The numbers of the house rules, where they differ from their defaults, and the office calendar."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.tables import Base


class PolicyValue(Base):
    """A setting of `portal.policy.rules.Policy` that differs from its default."""

    __tablename__ = "policy_values"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


class CalendarException(Base):
    """A day on which the office is open or closed whatever the week and the holidays say."""

    __tablename__ = "calendar_exceptions"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_open: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(120), default="")
