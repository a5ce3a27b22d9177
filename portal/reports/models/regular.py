"""Regular reports: what is made how often for whom, who signed for it, and the drafts that came of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Department, Person
from portal.core.erasable import ErasableText
from portal.core.tables import Base, UtcDateTime, Versioned, Word, historic_person, open_person
from portal.reports.models.issued import Report
from portal.reports.periods import PeriodKind
from portal.reports.regular.states import RegularStage, RegularState
from portal.reports.states import ReportKind
from portal.reports.statistics.counted import Audience
from portal.reports.statistics.lists import ListSpec


class RegularReport(Versioned, Base):
    """A report that is made again for each period. Ended, never deleted."""

    __tablename__ = "regular_reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    kind: Mapped[ReportKind] = mapped_column(Word(ReportKind))
    list_spec: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Of a custom list: `ListSpec.as_plain`."""
    every: Mapped[PeriodKind] = mapped_column(Word(PeriodKind))
    audience: Mapped[Audience] = mapped_column(Word(Audience))
    language: Mapped[str] = mapped_column(String(5))
    purpose: Mapped[str] = mapped_column(String(500))
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)
    """For which department it is made."""
    is_own: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The records department's own: set up by the records manager, without signatures."""
    asked_by_id: Mapped[int] = historic_person()
    """Who asked for it, or set it up."""
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    owner_id: Mapped[int | None] = open_person(nullable=True)
    """Who answers for it in the department, and with whose rights a list is counted; None for the records
    department's own."""
    preparer_id: Mapped[int | None] = open_person(nullable=True)
    """Who prepares the drafts; named with the first signature at the latest."""
    state: Mapped[RegularState] = mapped_column(Word(RegularState), index=True)
    active_on: Mapped[date | None]
    """The day it became active, in the office's zone: no earlier period is reported."""
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was refused, withdrawn or ended."""
    closed_by_id: Mapped[int | None] = historic_person(nullable=True)

    department: Mapped[Department] = relationship()
    asked_by: Mapped[Person] = relationship(foreign_keys=[asked_by_id])
    owner: Mapped[Person | None] = relationship(foreign_keys=[owner_id])
    preparer: Mapped[Person | None] = relationship(foreign_keys=[preparer_id])
    closed_by: Mapped[Person | None] = relationship(foreign_keys=[closed_by_id])
    recipients: Mapped[list[RegularRecipient]] = relationship(order_by="RegularRecipient.person_id")
    decisions: Mapped[list[RegularDecision]] = relationship(order_by="RegularDecision.id", back_populates="regular")
    drafts: Mapped[list[RegularDraft]] = relationship(order_by="RegularDraft.first.desc()", back_populates="regular")

    __table_args__ = (
        CheckConstraint("(kind = 'list') = (list_spec IS NOT NULL)", name="list_spec"),
        CheckConstraint("is_own = (owner_id IS NULL)", name="owner"),
        CheckConstraint("state NOT IN ('active', 'ended') OR active_on IS NOT NULL", name="active_on"),
        CheckConstraint("state != 'active' OR preparer_id IS NOT NULL", name="preparer"),
        CheckConstraint("(state IN ('refused', 'withdrawn', 'ended')) = (closed_at IS NOT NULL)", name="closed"),
    )

    @property
    def spec(self) -> ListSpec | None:
        """What the list is of; None for statistics."""
        return None if self.list_spec is None else ListSpec.from_plain(self.list_spec)


class RegularRecipient(Base):
    """Who is to get the issued reports. Whoever has left or moved by then gets none: it is asked each time."""

    __tablename__ = "regular_recipients"

    regular_id: Mapped[int] = mapped_column(ForeignKey("regular_reports.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id"), primary_key=True, index=True, info={"person": "historic"}
    )

    person: Mapped[Person] = relationship()


class RegularDecision(Base):
    """A signature or a refusal, kept for ever: the database refuses to change or remove it."""

    __tablename__ = "regular_decisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    regular_id: Mapped[int] = mapped_column(ForeignKey("regular_reports.id"))
    stage: Mapped[RegularStage] = mapped_column(Word(RegularStage))
    approved: Mapped[bool]
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("erasable_texts.id"))
    decided_by_id: Mapped[int] = historic_person()
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)

    regular: Mapped[RegularReport] = relationship(back_populates="decisions")
    decided_by: Mapped[Person] = relationship()
    comment: Mapped[ErasableText | None] = relationship()
    """What was typed beside the signature: it may be erased, nothing else may."""

    __table_args__ = (UniqueConstraint("regular_id", "stage"),)


class RegularDraft(Base):
    """That the draft for a period was made. The unique index makes it once, whoever looks at the same moment."""

    __tablename__ = "regular_drafts"

    id: Mapped[int] = mapped_column(primary_key=True)
    regular_id: Mapped[int] = mapped_column(ForeignKey("regular_reports.id"))
    first: Mapped[date]
    """The first day of the period."""
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), unique=True)

    regular: Mapped[RegularReport] = relationship(back_populates="drafts")
    report: Mapped[Report] = relationship()

    __table_args__ = (UniqueConstraint("regular_id", "first"),)
