"""Handovers: who leaves when, what they owed and how it was closed, who signed, and the certificate."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Department, Person
from portal.clients.models import Client
from portal.core.obligations import Side
from portal.core.tables import Base, UtcDateTime, Versioned, Word, historic_person
from portal.handover.states import HandoverKind, HandoverState, LetterChannel

_OPEN = text("state = 'open'")


class Handover(Versioned, Base):
    """That somebody leaves or moves on a day. Closed, never deleted; one open one per person."""

    __tablename__ = "handovers"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = historic_person()
    """Who leaves: in history they stay for ever."""
    kind: Mapped[HandoverKind] = mapped_column(Word(HandoverKind))
    last_day: Mapped[date]
    """The last day in the department; the account closes with the sign-off, not with the day."""
    from_department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)
    """Whose head signs; kept, because a transfer changes the person's."""
    to_department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    sudden: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The person is no longer there to help: others close what they owe."""
    state: Mapped[HandoverState] = mapped_column(Word(HandoverState), default=HandoverState.OPEN, index=True)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_by_id: Mapped[int] = historic_person()
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was signed off or called off."""
    closed_by_id: Mapped[int | None] = historic_person(nullable=True)

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    opened_by: Mapped[Person] = relationship(foreign_keys=[opened_by_id])
    closed_by: Mapped[Person | None] = relationship(foreign_keys=[closed_by_id])
    from_department: Mapped[Department] = relationship(foreign_keys=[from_department_id])
    to_department: Mapped[Department | None] = relationship(foreign_keys=[to_department_id])
    signatures: Mapped[list[HandoverSignature]] = relationship(
        order_by="HandoverSignature.id", back_populates="handover"
    )
    certificate: Mapped[HandoverCertificate | None] = relationship(back_populates="handover")

    __table_args__ = (
        Index("uq_handovers_open", "person_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        CheckConstraint("(kind = 'transfer') = (to_department_id IS NOT NULL)", name="to_department"),
    )

    @property
    def signed_sides(self) -> frozenset[Side]:
        """Who has signed so far."""
        return frozenset(row.side for row in self.signatures)


class HandoverItem(Base):
    """Something the person owed at some time during the handover, and how it was closed.

    The features' `ObligationSource`s say what is owed now; this row remembers that it was, for the certificate.
    """

    __tablename__ = "handover_items"

    id: Mapped[int] = mapped_column(primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handovers.id"), index=True)
    source: Mapped[str] = mapped_column(String(40))
    """Key of the `ObligationSource`."""
    subject: Mapped[str] = mapped_column(String(60))
    """What it is, as "table:id"."""
    what: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Its name as a message: {"id": …, "params": {…}}; a date as {"date": "2026-03-05"}."""
    dossier_id: Mapped[int | None] = mapped_column(ForeignKey("dossiers.id"), index=True)
    client_id: Mapped[int | None] = mapped_column(ForeignKey("clients.id"), index=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When it was first found."""
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was found to be closed; None while it is owed."""
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """How it was closed, as a message; None where nobody knows more than that it is."""
    closed_by_id: Mapped[int | None] = historic_person(nullable=True)

    closed_by: Mapped[Person | None] = relationship()

    __table_args__ = (UniqueConstraint("handover_id", "source", "subject"),)


class HandoverSignature(Base):
    """One of the two signatures under a handover. Never taken back."""

    __tablename__ = "handover_signatures"

    id: Mapped[int] = mapped_column(primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handovers.id"), index=True)
    side: Mapped[Side] = mapped_column(Word(Side))
    signed_by_id: Mapped[int] = historic_person()
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    handover: Mapped[Handover] = relationship(back_populates="signatures")
    signed_by: Mapped[Person] = relationship()

    __table_args__ = (UniqueConstraint("handover_id", "side"), UniqueConstraint("handover_id", "signed_by_id"))


class HandoverCertificate(Base):
    """The certificate: its number, the facts it states, and the PDF in the archive store. Made once, never changed."""

    __tablename__ = "handover_certificates"

    id: Mapped[int] = mapped_column(primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handovers.id"), unique=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    """Counted per year without gaps, as in H2026-0001."""
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What it says, in message ids and values: it can be printed again in another language."""
    language: Mapped[str] = mapped_column(String(5))
    content_key: Mapped[str] = mapped_column(String(64), index=True)
    """Key of the PDF in the archive store."""
    byte_size: Mapped[int] = mapped_column(BigInteger)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)

    handover: Mapped[Handover] = relationship(back_populates="certificate")


class LetterText(Base):
    """A text of the letter to clients, in one language. The newest row counts, the others are history."""

    __tablename__ = "letter_texts"

    id: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(5), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    written_by_id: Mapped[int] = historic_person()

    written_by: Mapped[Person] = relationship()


class ClientLetter(Base):
    """That one client is told, once in a handover, who follows. What was said stays as it was said."""

    __tablename__ = "client_letters"

    id: Mapped[int] = mapped_column(primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handovers.id"), index=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossiers.id"), index=True)
    """In whose correspondence it is registered."""
    language: Mapped[str] = mapped_column(String(5))
    channel: Mapped[LetterChannel] = mapped_column(Word(LetterChannel))
    email: Mapped[str] = mapped_column(String(254), default="")
    """Where it goes by mail; empty for paper."""
    subject: Mapped[str] = mapped_column(String(500))
    body: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    written_by_id: Mapped[int] = historic_person()
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"), index=True)
    """The letter among the documents of the dossier; None until the portal has filed it."""
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the mail server took it; None for paper."""
    refused: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """What the mail server said where it never will."""

    client: Mapped[Client] = relationship()
    written_by: Mapped[Person] = relationship()

    __table_args__ = (UniqueConstraint("handover_id", "client_id"),)
