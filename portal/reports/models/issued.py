"""Reports on their way from draft to issue, their history, to whom they go, and who fetched them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Person
from portal.core.erasable import ErasableText
from portal.core.tables import Base, UtcDateTime, Versioned, Word, historic_person, open_person
from portal.reports.periods import Period, PeriodKind
from portal.reports.states import KEPT, ReportAction, ReportKind, ReportState
from portal.reports.statistics.counted import Audience

_LISTED = text("removed_at IS NULL")
ON_SCREEN = "page"
"""In which form somebody was given a report who read it on the screen."""


class Report(Versioned, Base):
    """A report. Never deleted; once it is issued, the database itself refuses to change what it says."""

    __tablename__ = "reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ReportKind] = mapped_column(Word(ReportKind))
    title: Mapped[str] = mapped_column(String(200), default="")
    """A title of its own; empty: the kind and the period say what it is, in the reader's language."""
    period_kind: Mapped[PeriodKind] = mapped_column(Word(PeriodKind))
    first: Mapped[date]
    last: Mapped[date]
    audience: Mapped[Audience] = mapped_column(Word(Audience))
    language: Mapped[str] = mapped_column(String(5))
    """Of the PDF that is issued and kept."""
    state: Mapped[ReportState] = mapped_column(Word(ReportState), default=ReportState.DRAFT, index=True)
    prepared_by_id: Mapped[int] = open_person()
    """Whose it is until it is issued: who sees it through, and gets it back."""
    prepared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_by_id: Mapped[int | None] = historic_person(nullable=True)
    """Who signed for having prepared it."""
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    data_key: Mapped[str | None] = mapped_column(String(64), index=True)
    """Key of the frozen data in the archive store, which is their SHA-256; None while it is a draft."""
    data_size: Mapped[int | None] = mapped_column(BigInteger)
    reviewed_by_id: Mapped[int | None] = historic_person(nullable=True)
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    number: Mapped[str | None] = mapped_column(String(20), unique=True)
    """Counted per year without gaps, as in R2026-0001; of reports for core readers in a series of its own."""
    issued_by_id: Mapped[int | None] = historic_person(nullable=True)
    issued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    issued_on: Mapped[date | None] = mapped_column()
    """The day of it in the office's zone."""
    pdf_key: Mapped[str | None] = mapped_column(String(64), index=True)
    """Key of the issued PDF in the archive store, which is its SHA-256."""
    pdf_size: Mapped[int | None] = mapped_column(BigInteger)
    withdrawn_by_id: Mapped[int | None] = historic_person(nullable=True)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id"), index=True)
    """The issued report that takes the place of a withdrawn one; may be named later, once."""

    prepared_by: Mapped[Person] = relationship(foreign_keys=[prepared_by_id])
    submitted_by: Mapped[Person | None] = relationship(foreign_keys=[submitted_by_id])
    reviewed_by: Mapped[Person | None] = relationship(foreign_keys=[reviewed_by_id])
    issued_by: Mapped[Person | None] = relationship(foreign_keys=[issued_by_id])
    withdrawn_by: Mapped[Person | None] = relationship(foreign_keys=[withdrawn_by_id])
    successor: Mapped[Report | None] = relationship(remote_side=[id])
    steps: Mapped[list[ReportStep]] = relationship(order_by="ReportStep.id", back_populates="report")
    recipients: Mapped[list[ReportRecipient]] = relationship(order_by="ReportRecipient.id")

    __table_args__ = (
        CheckConstraint(
            "(state IN ('issued', 'withdrawn')) = (number IS NOT NULL AND pdf_key IS NOT NULL "
            "AND issued_at IS NOT NULL AND issued_by_id IS NOT NULL)",
            name="issued_whole",
        ),
        CheckConstraint(
            "(state IN ('draft', 'discarded')) = (data_key IS NULL OR submitted_by_id IS NULL)", name="frozen"
        ),
        CheckConstraint(
            "(state IN ('reviewed', 'issued', 'withdrawn')) = (reviewed_by_id IS NOT NULL)", name="reviewed_whole"
        ),
        CheckConstraint(
            "submitted_by_id <> reviewed_by_id AND submitted_by_id <> issued_by_id AND reviewed_by_id <> issued_by_id",
            name="three_people",
        ),
        CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL) AND "
            "(state = 'withdrawn') = (withdrawn_by_id IS NOT NULL)",
            name="withdrawn_whole",
        ),
        CheckConstraint("successor_id IS NULL OR state = 'withdrawn'", name="successor_of_withdrawn"),
        CheckConstraint("first <= last", name="period"),
    )

    @property
    def period(self) -> Period:
        """The period it is about."""
        return Period(self.period_kind, self.first, self.last)

    @property
    def is_core(self) -> bool:
        """Whether only people cleared for core may know of it."""
        return self.audience == Audience.CORE

    @property
    def is_kept(self) -> bool:
        """Whether it is issued, or was."""
        return self.state in KEPT


class ReportStep(Base):
    """A line of a report's history. Only ever added to."""

    __tablename__ = "report_steps"

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), index=True)
    action: Mapped[ReportAction] = mapped_column(Word(ReportAction))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = historic_person(nullable=True)
    """None: the portal itself, by a schedule."""
    to_id: Mapped[int | None] = historic_person(nullable=True)
    """To whom it was handed on."""
    remark_id: Mapped[int | None] = mapped_column(ForeignKey("erasable_texts.id"), index=True)
    data_key: Mapped[str | None] = mapped_column(String(64), index=True)
    """What was frozen with a submission: kept also where it was sent back."""

    report: Mapped[Report] = relationship(back_populates="steps")
    by: Mapped[Person | None] = relationship(foreign_keys=[by_id])
    to: Mapped[Person | None] = relationship(foreign_keys=[to_id])
    remark: Mapped[ErasableText | None] = relationship()


class ReportRecipient(Base):
    """Somebody on the distribution list. Taken off it, the row stays; put on it again, there is another one."""

    __tablename__ = "report_recipients"

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), index=True)
    person_id: Mapped[int] = historic_person()
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by_id: Mapped[int] = historic_person()
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship(foreign_keys=[person_id])

    __table_args__ = (
        Index(
            "uq_report_recipients_listed",
            "report_id",
            "person_id",
            unique=True,
            sqlite_where=_LISTED,
            postgresql_where=_LISTED,
        ),
    )


class ReportFetch(Base):
    """That somebody fetched an issued report as a file, or was shown its figures. Only ever added to."""

    __tablename__ = "report_fetches"

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"))
    person_id: Mapped[int] = historic_person()
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    file_format: Mapped[str] = mapped_column(String(10))
    """The ending of the file, or `ON_SCREEN`."""
    language: Mapped[str] = mapped_column(String(5))

    person: Mapped[Person] = relationship(foreign_keys=[person_id])

    __table_args__ = (Index(None, "report_id", "person_id"),)
