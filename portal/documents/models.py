"""Documents of a dossier: what they are, their files (versions), their pages and text."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.messages import N_
from portal.core.tables import Base, UtcDateTime, Versioned, Word, historic_person
from portal.dossiers.models import Dossier


class DocumentKind(StrEnum):
    """What a document is."""

    CONTRACT = "contract"
    LETTER = "letter"
    FAX = "fax"
    CALL_NOTE = "call_note"
    YEARLY_REPORT = "yearly_report"
    OTHER = "other"


class Direction(StrEnum):
    """Which way a piece of correspondence went."""

    INCOMING = "in"
    OUTGOING = "out"
    INTERNAL = "internal"


class ReadingState(StrEnum):
    """How far the portal has come with reading a version, or one of its pages."""

    WAITING = "waiting"
    READ = "read"
    FAILED = "failed"
    NOT_READABLE = "not_readable"
    """Kept, but there is no reading it (encrypted, damaged): trying again does not help."""


class TextSource(StrEnum):
    """Where a page's text comes from."""

    EMBEDDED = "embedded"
    RECOGNISED = "recognised"
    NONE = "none"
    CORRECTED = "corrected"
    """A person put it right; reading the page again leaves it as it is."""


DOCUMENT_KIND_NAMES: dict[DocumentKind, str] = {
    DocumentKind.CONTRACT: N_("Contract"),
    DocumentKind.LETTER: N_("Letter"),
    DocumentKind.FAX: N_("Fax"),
    DocumentKind.CALL_NOTE: N_("Call note"),
    DocumentKind.YEARLY_REPORT: N_("Yearly report"),
    DocumentKind.OTHER: N_("Other document"),
}
DIRECTION_NAMES: dict[Direction, str] = {
    Direction.INCOMING: N_("Incoming"),
    Direction.OUTGOING: N_("Outgoing"),
    Direction.INTERNAL: N_("Internal"),
}
READING_STATE_NAMES: dict[ReadingState, str] = {
    ReadingState.WAITING: N_("Being read"),
    ReadingState.READ: N_("Read"),
    ReadingState.FAILED: N_("Reading failed"),
    ReadingState.NOT_READABLE: N_("Kept, not readable"),
}


TEXT_SOURCE_NAMES: dict[TextSource, str] = {
    TextSource.EMBEDDED: N_("Text of the file"),
    TextSource.RECOGNISED: N_("Recognised from the image"),
    TextSource.NONE: N_("No text found"),
    TextSource.CORRECTED: N_("Corrected by a person"),
}


class Document(Versioned, Base):
    """One letter, fax, contract, note or report filed in a dossier."""

    __tablename__ = "documents"

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossiers.id"), index=True)
    kind: Mapped[DocumentKind] = mapped_column(Word(DocumentKind), index=True)
    direction: Mapped[Direction] = mapped_column(Word(Direction))
    dated: Mapped[date]
    subject: Mapped[str] = mapped_column(String(300))
    correspondent: Mapped[str] = mapped_column(String(200), default="")
    filed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    filed_by_id: Mapped[int] = historic_person()

    dossier: Mapped[Dossier] = relationship()
    versions: Mapped[list[DocumentVersion]] = relationship(order_by="DocumentVersion.number", back_populates="document")

    @property
    def current(self) -> DocumentVersion:
        """The newest version: the one that is shown and searched."""
        return self.versions[-1]


class DocumentVersion(Base):
    """One file of a document; a better scan becomes a new version and the old one stays."""

    __tablename__ = "document_versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), index=True)
    number: Mapped[int] = mapped_column(default=1)
    content_key: Mapped[str] = mapped_column(String(64), index=True)
    """Key in the archive store: SHA-256 of the content."""
    file_name: Mapped[str] = mapped_column(String(255))
    file_kind: Mapped[str] = mapped_column(String(10))
    byte_size: Mapped[int]
    page_count: Mapped[int | None]
    state: Mapped[ReadingState] = mapped_column(Word(ReadingState), default=ReadingState.WAITING, index=True)
    reason: Mapped[str | None] = mapped_column(String(300))
    """Message id that explains `failed` and `not_readable`."""
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by_id: Mapped[int] = historic_person()

    document: Mapped[Document] = relationship(back_populates="versions")
    pages: Mapped[list[Page]] = relationship(order_by="Page.number", back_populates="version")

    __table_args__ = (UniqueConstraint("document_id", "number"),)


class Page(Base):
    """One page of a version and its text."""

    __tablename__ = "pages"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("document_versions.id"), index=True)
    number: Mapped[int]
    state: Mapped[ReadingState] = mapped_column(Word(ReadingState), default=ReadingState.WAITING, index=True)
    source: Mapped[TextSource | None] = mapped_column(Word(TextSource))
    text: Mapped[str] = mapped_column(Text, default="")
    """The text that is shown and searched: what was read, or what a person made of it."""
    text_number: Mapped[int] = mapped_column(default=0, server_default="0")
    """Number of that text among the page's texts, from 1; 0 while there is none."""
    confidence: Mapped[float | None] = mapped_column(index=True)
    reason: Mapped[str | None] = mapped_column(String(300))
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a person corrected the text or found it right as it is."""
    rotation: Mapped[int] = mapped_column(default=0, server_default="0")
    """Degrees clockwise (0, 90, 180, 270) by which the page is turned when it is shown."""
    boxes: Mapped[str | None] = mapped_column(Text, deferred=True)
    """Where the text that was read stands, as `boxes.packed` writes it; None for a page that was not read."""

    version: Mapped[DocumentVersion] = relationship(back_populates="pages")
    texts: Mapped[list[TextVersion]] = relationship(order_by="TextVersion.number", back_populates="page")

    __table_args__ = (UniqueConstraint("version_id", "number"),)


class TextVersion(Base):
    """A text that a page has or had. Kept from the moment on when a person corrects or accepts what was read."""

    __tablename__ = "page_texts"

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("pages.id"), index=True)
    number: Mapped[int]
    source: Mapped[TextSource] = mapped_column(Word(TextSource))
    text: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by_id: Mapped[int | None] = historic_person(nullable=True)
    """None for what the portal read."""
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accepted_by_id: Mapped[int | None] = historic_person(nullable=True)
    """Who found it right as it is."""

    page: Mapped[Page] = relationship(back_populates="texts")

    __table_args__ = (UniqueConstraint("page_id", "number"),)
