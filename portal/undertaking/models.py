"""Versions of the undertaking with their texts, who accepted them, and breaches. Nothing here is ever removed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Person
from portal.core.tables import Base, UtcDateTime, Versioned, Word, historic_person
from portal.undertaking.states import BreachKind, VersionState


class UndertakingVersion(Versioned, Base):
    """A version of the rules everybody accepts; once approved the database itself refuses to change it."""

    __tablename__ = "undertaking_versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[VersionState] = mapped_column(Word(VersionState), default=VersionState.DRAFT)
    number: Mapped[int | None] = mapped_column(unique=True)
    """Given with the approval, so that the numbers have no gaps."""
    from_on: Mapped[date | None] = mapped_column()
    """The first day it is in force."""
    edited_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    submitted_by_id: Mapped[int | None] = historic_person(nullable=True)
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_by_id: Mapped[int | None] = historic_person(nullable=True)
    comment: Mapped[str] = mapped_column(String(500), default="")
    """Why the draft was sent back."""

    texts: Mapped[list[UndertakingText]] = relationship(order_by="UndertakingText.language")
    authors: Mapped[list[UndertakingAuthor]] = relationship(order_by="UndertakingAuthor.person_id")
    submitted_by: Mapped[Person | None] = relationship(foreign_keys="UndertakingVersion.submitted_by_id")
    approved_by: Mapped[Person | None] = relationship(foreign_keys="UndertakingVersion.approved_by_id")

    __table_args__ = (
        CheckConstraint(
            "(state = 'approved') = (number IS NOT NULL AND from_on IS NOT NULL AND approved_at IS NOT NULL)",
            name="approved_whole",
        ),
    )

    def text_in(self, language: str) -> UndertakingText:
        """The text in this language; every version has all of them."""
        return next(text for text in self.texts if text.language == language)


class UndertakingText(Base):
    """The words of a version in one language: paragraphs, "# " headings and "- " points."""

    __tablename__ = "undertaking_texts"

    version_id: Mapped[int] = mapped_column(ForeignKey("undertaking_versions.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(5), primary_key=True)
    body: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))


class UndertakingAuthor(Base):
    """Whoever has written on a version: none of them approves it."""

    __tablename__ = "undertaking_authors"

    version_id: Mapped[int] = mapped_column(ForeignKey("undertaking_versions.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, info={"person": "historic"})

    person: Mapped[Person] = relationship()


class UndertakingAcceptance(Base):
    """That a person accepted a version, and in which words. Only ever added to."""

    __tablename__ = "undertaking_acceptances"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = historic_person()
    version_id: Mapped[int] = mapped_column(ForeignKey("undertaking_versions.id"))
    language: Mapped[str] = mapped_column(String(5))
    digest: Mapped[str] = mapped_column(String(64))
    """Of the text as it was read (`portal.undertaking.texts.digest_of`)."""
    accepted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_on: Mapped[date]
    """The day of it in the office's zone: the year is counted from it."""

    person: Mapped[Person] = relationship()
    version: Mapped[UndertakingVersion] = relationship()

    __table_args__ = (Index(None, "version_id", "person_id", "accepted_on"),)


class Breach(Versioned, Base):
    """Something done against the undertaking. What happened stands in its notes, which may be erased."""

    __tablename__ = "undertaking_breaches"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = historic_person()
    """Who did it."""
    kind: Mapped[BreachKind] = mapped_column(Word(BreachKind))
    happened_on: Mapped[date]
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by_id: Mapped[int] = historic_person()
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by_id: Mapped[int | None] = historic_person(nullable=True)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_by_id: Mapped[int | None] = historic_person(nullable=True)

    person: Mapped[Person] = relationship(foreign_keys="Breach.person_id")
    recorded_by: Mapped[Person] = relationship(foreign_keys="Breach.recorded_by_id")
    closed_by: Mapped[Person | None] = relationship(foreign_keys="Breach.closed_by_id")
    erased_by: Mapped[Person | None] = relationship(foreign_keys="Breach.erased_by_id")
    notes: Mapped[list[BreachNote]] = relationship(order_by="BreachNote.id")


class BreachNote(Base):
    """What happened (the first note), and each measure taken. The words may be erased, the note stays."""

    __tablename__ = "undertaking_breach_notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    breach_id: Mapped[int] = mapped_column(ForeignKey("undertaking_breaches.id"), index=True)
    text: Mapped[str | None] = mapped_column(Text)
    """None once it was erased."""
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    written_by_id: Mapped[int] = historic_person()

    written_by: Mapped[Person] = relationship()
