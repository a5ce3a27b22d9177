"""Dossiers, their paper volumes, and the series their numbers come from."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.access.models import Confidential
from portal.accounts.models import Department
from portal.clients.models import Client
from portal.core.tables import Base, UtcDateTime, Versioned, Word, historic_person, open_person
from portal.dossiers.states import Custody, DossierState


class Dossier(Confidential, Versioned, Base):
    """What the archive keeps about a client under one number. Official once its opening is approved (R3)."""

    __tablename__ = "dossiers"

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    number: Mapped[str | None] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(200), default="")
    """What the dossier is about, where a client has several."""
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)
    state: Mapped[DossierState] = mapped_column(Word(DossierState), default=DossierState.DRAFT, index=True)
    opened_by_id: Mapped[int] = open_person()
    """Who drafted it: a draft is something to finish, so leaving transfers it."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = historic_person(nullable=True)
    decision_comment: Mapped[str] = mapped_column(String(500), default="")
    opened_on: Mapped[date | None]
    """The date of approval, in the office's zone."""
    rights_version: Mapped[int] = mapped_column(default=1)
    """Raised when level, department or client change: until indexed again, the search leaves it out."""
    indexed_rights: Mapped[int] = mapped_column(default=0)
    """The `rights_version` under which the search index last held this dossier; 0 for never."""

    client: Mapped[Client] = relationship()
    department: Mapped[Department] = relationship()
    volumes: Mapped[list[Volume]] = relationship(order_by="Volume.ordinal", back_populates="dossier")


class Volume(Versioned, Base):
    """One physical binder or folder of a dossier."""

    __tablename__ = "volumes"

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossiers.id"), index=True)
    ordinal: Mapped[int]
    barcode: Mapped[str] = mapped_column(String(20), unique=True)
    sheets: Mapped[int] = mapped_column(default=0)
    place: Mapped[str] = mapped_column(String(60), default="")
    """The home place on the shelves, as in A-03-2-14."""
    custody: Mapped[Custody] = mapped_column(Word(Custody), default=Custody.ON_SHELF, index=True)

    dossier: Mapped[Dossier] = relationship(back_populates="volumes")

    __table_args__ = (
        UniqueConstraint("dossier_id", "ordinal"),
        CheckConstraint("sheets >= 0", name="sheets"),
    )


class NumberSeries(Base):
    """The last number given out of a series, counted up in the transaction that uses the number."""

    __tablename__ = "number_series"

    series: Mapped[str] = mapped_column(String(20), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(default=0)
