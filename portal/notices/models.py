"""What people are told: the rows of the inbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Person
from portal.core.tables import Base, UtcDateTime, Word, historic_person, open_person
from portal.notices.kinds import NoticeKind

_UNREAD = text("read_at IS NULL")


class Notice(Base):
    """One thing one person is told once: its occasion is part of the key. It is put into words when it is read.

    Dossiers, loans and requests belong to features that use this one: they are known by table name only.
    """

    __tablename__ = "notices"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = open_person()
    """Who is told."""
    kind: Mapped[NoticeKind] = mapped_column(Word(NoticeKind))
    occasion: Mapped[str] = mapped_column(String(120))
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Values of the sentence; a date as {"date": "2026-03-05"}."""
    about_id: Mapped[int | None] = historic_person(nullable=True)
    """Whom it is about: the late borrower, the reader of a request."""
    dossier_id: Mapped[int | None] = mapped_column(ForeignKey("dossiers.id"), index=True)
    loan_id: Mapped[int | None] = mapped_column(ForeignKey("loans.id"), index=True)
    line_id: Mapped[int | None] = mapped_column(ForeignKey("request_lines.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    about: Mapped[Person | None] = relationship(foreign_keys=[about_id])

    __table_args__ = (
        UniqueConstraint("person_id", "kind", "occasion"),
        Index("ix_notices_unread", "person_id", sqlite_where=_UNREAD, postgresql_where=_UNREAD),
    )
