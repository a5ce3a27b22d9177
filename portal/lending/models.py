"""Requests to read or borrow, their decisions, and the loan register (R9, R11)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Person
from portal.core.tables import Base, UtcDateTime, Versioned, Word, historic_person, open_person
from portal.dossiers.models import Dossier, Volume
from portal.lending.states import LineState, LoanState, RequestKind

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
    """wanted, issued, not_found"""

    line: Mapped[RequestLine] = relationship(back_populates="volumes")
    volume: Mapped[Volume] = relationship()

    __table_args__ = (
        UniqueConstraint("line_id", "volume_id"),
        CheckConstraint("outcome IN ('wanted', 'issued', 'not_found')", name="outcome"),
    )


class Decision(Base):
    """A signature on a request line, kept for ever."""

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("request_lines.id"), index=True)
    stage: Mapped[DecisionStage] = mapped_column(Word(DecisionStage))
    approved: Mapped[bool]
    comment: Mapped[str] = mapped_column(String(500), default="")
    decided_by_id: Mapped[int] = historic_person()
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)

    line: Mapped[RequestLine] = relationship(back_populates="decisions")
    decided_by: Mapped[Person] = relationship()

    __table_args__ = (UniqueConstraint("line_id", "stage"),)


class Loan(Versioned, Base):
    """An entry of the loan register. Closed, never deleted (R11)."""

    __tablename__ = "loans"

    id: Mapped[int] = mapped_column(primary_key=True)
    volume_id: Mapped[int] = mapped_column(ForeignKey("volumes.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("request_lines.id"), index=True)
    borrower_id: Mapped[int] = open_person()
    state: Mapped[LoanState] = mapped_column(Word(LoanState), default=LoanState.ON_LOAN, index=True)
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
    )
