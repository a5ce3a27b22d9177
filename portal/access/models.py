"""Who may see what: levels, responsibilities, reading grants."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.messages import N_
from portal.core.permissions import Level
from portal.core.tables import Base, UtcDateTime, Word, historic_person, open_person

_STILL: dict[str, Any] = {"sqlite_where": text("until_date IS NULL"), "postgresql_where": text("until_date IS NULL")}


class Confidential:
    """Mixin: something with a confidentiality level."""

    level: Mapped[Level] = mapped_column(Word(Level), default=Level.GENERAL, index=True)


class ResponsibilityReason(StrEnum):
    """Why somebody was named to look after a client, or looks after it no longer."""

    OPENING = "opening"
    HANDOVER = "handover"
    WORKLOAD = "workload"
    ABSENCE = "absence"
    CLIENT = "client"
    POOL = "pool"
    SECOND = "second"
    CORRECTION = "correction"
    OTHER = "other"


RESPONSIBILITY_REASON_NAMES: dict[ResponsibilityReason, str] = {
    ResponsibilityReason.OPENING: N_("the dossier was opened"),
    ResponsibilityReason.HANDOVER: N_("a colleague leaves or moves"),
    ResponsibilityReason.WORKLOAD: N_("the work is shared out anew"),
    ResponsibilityReason.ABSENCE: N_("a long absence"),
    ResponsibilityReason.CLIENT: N_("the client asked for it"),
    ResponsibilityReason.POOL: N_("taken from the common pool"),
    ResponsibilityReason.SECOND: N_("a second person was missing"),
    ResponsibilityReason.CORRECTION: N_("it was entered wrongly"),
    ResponsibilityReason.OTHER: N_("another reason"),
}


class Responsibility(Base):
    """Who looks after a client, as first or second contact, on the days from `from_date` up to, not including,
    `until_date` (`portal.access.queries.looks_after`).

    So the day of a change belongs to the new one alone: where one row ends, the next begins, without gap or overlap,
    and whoever hands over today reads nothing more from that commit on. Ended, never deleted.
    """

    __tablename__ = "responsibilities"

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    person_id: Mapped[int] = open_person()
    rank: Mapped[int] = mapped_column(default=1)
    from_date: Mapped[date]
    """The first day, in the office's zone."""
    until_date: Mapped[date | None]
    """The first day on which they do no longer; None while they do."""
    named_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    named_by_id: Mapped[int | None] = historic_person(nullable=True)
    """Who named them; None where nobody wrote it down."""
    reason: Mapped[ResponsibilityReason] = mapped_column(
        Word(ResponsibilityReason), default=ResponsibilityReason.OPENING, server_default=ResponsibilityReason.OPENING
    )
    """Why they were named."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by_id: Mapped[int | None] = historic_person(nullable=True)
    ended_reason: Mapped[ResponsibilityReason | None] = mapped_column(Word(ResponsibilityReason))

    __table_args__ = (
        CheckConstraint("rank IN (1, 2)", name="rank"),
        CheckConstraint("until_date >= from_date", name="dates"),
        Index("uq_responsibilities_open", "client_id", "rank", unique=True, **_STILL),
        Index("uq_responsibilities_person", "client_id", "person_id", unique=True, **_STILL),
    )


class GrantEnd(StrEnum):
    """Why a grant ended before its date."""

    GIVEN_BACK = "given back"
    LEVEL_RAISED = "level raised"
    READER_MOVED = "reader moved"
    READER_LEFT = "reader left"
    REVOKED = "revoked"


GRANT_END_NAMES: dict[GrantEnd, str] = {
    GrantEnd.GIVEN_BACK: N_("given back by the reader"),
    GrantEnd.LEVEL_RAISED: N_("the level was raised"),
    GrantEnd.READER_MOVED: N_("the reader changed department"),
    GrantEnd.READER_LEFT: N_("the reader left the company"),
    GrantEnd.REVOKED: N_("taken back by the records manager"),
}


class ReadingGrant(Base):
    """A signed request to read: opens one dossier's pages to one person until a date (C3)."""

    __tablename__ = "reading_grants"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = open_person()
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossiers.id"), index=True)
    both_signed: Mapped[bool] = mapped_column(default=False)
    """Head and records manager have signed: what a core dossier needs."""
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until_date: Mapped[date]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_reason: Mapped[str | None] = mapped_column(String(60))
    """A word of `GrantEnd`."""
    ended_remark: Mapped[str] = mapped_column(String(500), default="", server_default="")
    """What the records manager says to the reader on taking the grant back."""
    granted_by_id: Mapped[int] = historic_person()
