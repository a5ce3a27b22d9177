"""Requests to read or borrow, their decisions, and the loan register (R9, R11)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Person
from portal.core.erasable import ErasableText
from portal.core.messages import N_
from portal.core.tables import Base, UtcDateTime, Versioned, Word, historic_person, open_person
from portal.dossiers.models import Dossier, Volume
from portal.dossiers.states import Condition
from portal.lending.states import LineState, LoanEventKind, LoanState, RequestKind

_OPEN_LINE = text("state IN ('submitted', 'head_approved', 'ready')")
_OPEN_LOAN = text("state = 'on_loan'")


class DecisionStage(StrEnum):
    """Which signature a decision is."""

    HEAD = "head"
    RECORDS = "records"


class Request(Base):
    """What one person asks for at one time: the paper form, with a line for each dossier."""

    __tablename__ = "requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    filed_by_id: Mapped[int] = historic_person()
    """Who filled in the form; the reader is the line's."""
    object: Mapped[str] = mapped_column(String(300))
    purpose: Mapped[str] = mapped_column(String(300))
    reason: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    filed_by: Mapped[Person] = relationship()
    lines: Mapped[list[RequestLine]] = relationship(order_by="RequestLine.id", back_populates="request")
    outside: Mapped[OutsideReader | None] = relationship(back_populates="request")
    """Who reads in the reading room without an account; `filed_by` is then their host."""


class RequestLine(Versioned, Base):
    """One dossier asked for by one reader: state, reader, kind and the unique index are the line's."""

    __tablename__ = "request_lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("requests.id"), index=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossiers.id"), index=True)
    reader_id: Mapped[int] = open_person()
    kind: Mapped[RequestKind] = mapped_column(Word(RequestKind))
    state: Mapped[LineState] = mapped_column(Word(LineState), default=LineState.DRAFT, index=True)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_on: Mapped[date | None]
    visitor: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """Who comes from outside (`rules.visitor_key`), so that a host may ask for several; "" where nobody does."""
    grant_id: Mapped[int | None] = mapped_column(ForeignKey("reading_grants.id"))

    request: Mapped[Request] = relationship(back_populates="lines")
    dossier: Mapped[Dossier] = relationship()
    reader: Mapped[Person] = relationship()
    decisions: Mapped[list[Decision]] = relationship(order_by="Decision.id", back_populates="line")
    volumes: Mapped[list[RequestedVolume]] = relationship(order_by="RequestedVolume.id", back_populates="line")

    __table_args__ = (
        Index(
            "uq_request_lines_open",
            "reader_id",
            "dossier_id",
            "kind",
            "visitor",
            unique=True,
            sqlite_where=_OPEN_LINE,
            postgresql_where=_OPEN_LINE,
        ),
    )


class RequestedVolume(Base):
    """A volume a borrow line asks for; the line is fulfilled when each is issued or not found."""

    __tablename__ = "requested_volumes"

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("request_lines.id"), index=True)
    volume_id: Mapped[int] = mapped_column(ForeignKey("volumes.id"), index=True)
    outcome: Mapped[str] = mapped_column(String(20), default="wanted")
    """wanted, issued, not_found, not_fetched (kept at the desk until the hold was over),
    refused (left out by whoever signed)"""
    hold_until: Mapped[date | None] = mapped_column(index=True)
    """Until when a volume that has come back is kept for this request, the day itself included."""

    line: Mapped[RequestLine] = relationship(back_populates="volumes")
    volume: Mapped[Volume] = relationship()

    __table_args__ = (
        UniqueConstraint("line_id", "volume_id"),
        CheckConstraint("outcome IN ('wanted', 'issued', 'not_found', 'not_fetched', 'refused')", name="outcome"),
    )


class Decision(Base):
    """A signature on a request line, kept for ever: the database refuses to change or remove it."""

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("request_lines.id"), index=True)
    stage: Mapped[DecisionStage] = mapped_column(Word(DecisionStage))
    approved: Mapped[bool]
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("erasable_texts.id"))
    decided_by_id: Mapped[int] = historic_person()
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)

    line: Mapped[RequestLine] = relationship(back_populates="decisions")
    decided_by: Mapped[Person] = relationship()
    comment: Mapped[ErasableText | None] = relationship()
    """What was typed beside the signature: it may be erased, nothing else may."""

    __table_args__ = (UniqueConstraint("line_id", "stage"),)


class Loan(Versioned, Base):
    """An entry of the loan register. Closed, never deleted (R11)."""

    __tablename__ = "loans"

    id: Mapped[int] = mapped_column(primary_key=True)
    volume_id: Mapped[int] = mapped_column(ForeignKey("volumes.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("request_lines.id"), index=True)
    borrower_id: Mapped[int] = open_person()
    state: Mapped[LoanState] = mapped_column(Word(LoanState), default=LoanState.ON_LOAN)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    issued_on: Mapped[date] = mapped_column(index=True)
    issued_by_id: Mapped[int] = historic_person()
    due_on: Mapped[date] = mapped_column(index=True)
    original_due_on: Mapped[date]
    sheets_issued: Mapped[int]
    returned_on: Mapped[date | None] = mapped_column(index=True)
    recorded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the return was recorded; `returned_on` is the date the file came back."""
    received_by_id: Mapped[int | None] = historic_person(nullable=True)
    sheets_returned: Mapped[int | None]
    in_reading_room: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Read in the room and back on the same day."""
    condition_issued: Mapped[Condition] = mapped_column(
        Word(Condition), default=Condition.GOOD, server_default=Condition.GOOD
    )
    condition_returned: Mapped[Condition | None] = mapped_column(Word(Condition))
    override_reason: Mapped[str] = mapped_column(String(500), default="", server_default="")
    """Why it was handed out although the borrower held an overdue file; empty where there was no block."""
    remark: Mapped[str] = mapped_column(String(500), default="")

    volume: Mapped[Volume] = relationship()
    line: Mapped[RequestLine] = relationship()
    borrower: Mapped[Person] = relationship(foreign_keys="Loan.borrower_id")

    __table_args__ = (
        Index(
            "uq_loans_open",
            "volume_id",
            unique=True,
            sqlite_where=_OPEN_LOAN,
            postgresql_where=_OPEN_LOAN,
        ),
        Index("ix_loans_state_due_on", "state", "due_on", "id"),
    )


class LoanEvent(Base):
    """What happened to an open loan, with the due date before and after. Only ever added to."""

    __tablename__ = "loan_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loans.id"), index=True)
    what: Mapped[LoanEventKind] = mapped_column(Word(LoanEventKind))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = historic_person(nullable=True)
    """Who did it; nobody where the calendar did."""
    due_before: Mapped[date]
    due_after: Mapped[date]
    reason_id: Mapped[int | None] = mapped_column(ForeignKey("erasable_texts.id"))

    reason: Mapped[ErasableText | None] = relationship()
    """What was typed as the reason: it may be erased, nothing else may."""


class OutsidePaper(StrEnum):
    """What an outside reader brings, scanned in by the host."""

    LETTER = "letter"
    IDENTITY = "identity"


OUTSIDE_PAPER_NAMES: dict[OutsidePaper, str] = {
    OutsidePaper.LETTER: N_("Letter of introduction"),
    OutsidePaper.IDENTITY: N_("Identity document"),
}


class OutsideReader(Base):
    """Somebody without an account who reads paper in the reading room; the host answers for them."""

    __tablename__ = "outside_readers"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("requests.id"), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    organisation: Mapped[str] = mapped_column(String(200))
    visit_on: Mapped[date]

    request: Mapped[Request] = relationship(back_populates="outside")
    papers: Mapped[list[OutsideReaderPaper]] = relationship(
        order_by="OutsideReaderPaper.id", back_populates="outside_reader"
    )


class OutsideReaderPaper(Base):
    """A scanned paper of an outside reader: no document of a dossier, never read for text, never indexed."""

    __tablename__ = "outside_reader_papers"

    id: Mapped[int] = mapped_column(primary_key=True)
    outside_id: Mapped[int] = mapped_column(ForeignKey("outside_readers.id"), index=True)
    paper: Mapped[OutsidePaper] = mapped_column(Word(OutsidePaper))
    content_key: Mapped[str] = mapped_column(String(64), index=True)
    """Key in the archive store."""
    file_name: Mapped[str] = mapped_column(String(255))
    file_kind: Mapped[str] = mapped_column(String(10))
    byte_size: Mapped[int] = mapped_column(BigInteger)
    page_count: Mapped[int]

    outside_reader: Mapped[OutsideReader] = relationship(back_populates="papers")

    __table_args__ = (UniqueConstraint("outside_id", "paper"),)
