"""Files that came through the watched folder, and what became of each."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.arrivals.states import ArrivalState
from portal.core.tables import Base, UtcDateTime, Versioned, Word, historic_person
from portal.documents.models import Direction, Document, DocumentKind
from portal.dossiers.models import Dossier


class Arrival(Versioned, Base):
    """One file of the watched folder, or one part of a scan that cover sheets divide."""

    __tablename__ = "arrivals"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(64))
    """SHA-256 over content, name and time of change of the file in the folder: the same file is taken once."""
    part: Mapped[int] = mapped_column(default=1)
    """Number of the part of that file, from 1."""
    file_name: Mapped[str] = mapped_column(String(255))
    content_key: Mapped[str | None] = mapped_column(String(64), index=True)
    """Key in the archive store; None for a file so large that it stays in the folder."""
    file_kind: Mapped[str | None] = mapped_column(String(10))
    """None for what the archive does not take: it can only be discarded."""
    byte_size: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[ArrivalState] = mapped_column(Word(ArrivalState), index=True)
    reason: Mapped[str | None] = mapped_column(String(300))
    """Message id that says why it waits, or waited; its values are in `reason_values`."""
    reason_values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    dossier_id: Mapped[int | None] = mapped_column(ForeignKey("dossiers.id"), index=True)
    """The dossier it is filed in; while it waits: the one its cover sheet or its name speaks of."""
    other_dossier_id: Mapped[int | None] = mapped_column(ForeignKey("dossiers.id"), index=True)
    """The dossier its name speaks of where the cover sheet speaks of another."""
    core: Mapped[bool] = mapped_column(default=False)
    """It carries a number of the core series: nobody without core clearance may know of it, whether or not there
    is such a dossier."""
    kind: Mapped[DocumentKind | None] = mapped_column(Word(DocumentKind))
    direction: Mapped[Direction | None] = mapped_column(Word(Direction))
    dated: Mapped[date | None]
    """What its cover sheet says; None for what it does not say."""
    subject: Mapped[str] = mapped_column(String(300), default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"), index=True)
    to_check: Mapped[bool] = mapped_column(default=False)
    """The folder filed it and had to assume what kind of document it is; nobody has looked yet."""
    arrived_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was filed or discarded."""
    closed_by_id: Mapped[int | None] = historic_person(nullable=True)
    """Who did; None for the portal itself."""
    remark: Mapped[str] = mapped_column(String(500), default="")
    """Why a person discarded it."""

    dossier: Mapped[Dossier | None] = relationship(foreign_keys=[dossier_id])
    document: Mapped[Document | None] = relationship()

    __table_args__ = (UniqueConstraint("source", "part"),)

    @property
    def can_be_filed(self) -> bool:
        """Whether it is a file the archive takes."""
        return self.content_key is not None and self.file_kind is not None
