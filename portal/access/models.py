"""Who may see what: levels, responsibilities, reading grants."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.messages import N_
from portal.core.permissions import Level
from portal.core.tables import Base, UtcDateTime, Word, historic_person, open_person


class Confidential:
    """Mixin: something with a confidentiality level."""

    level: Mapped[Level] = mapped_column(Word(Level), default=Level.GENERAL, index=True)


class Responsibility(Base):
    """Who looks after a client, as first or second contact, from when until when."""

    __tablename__ = "responsibilities"

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    person_id: Mapped[int] = open_person()
    rank: Mapped[int] = mapped_column(default=1)
    from_date: Mapped[date]
    until_date: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("rank IN (1, 2)", name="rank"),
        Index(
            "uq_responsibilities_open",
            "client_id",
            "rank",
            unique=True,
            sqlite_where=text("until_date IS NULL"),
            postgresql_where=text("until_date IS NULL"),
        ),
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
