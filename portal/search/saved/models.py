"""Questions that people keep, and what has newly answered them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.tables import Base, UtcDateTime, open_person
from portal.documents.models import Document


class SavedSearch(Base):
    """A question somebody keeps under a name. Nobody else sees it."""

    __tablename__ = "saved_searches"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = open_person()
    name: Mapped[str] = mapped_column(String(80))
    question: Mapped[str] = mapped_column(String(2000))
    narrowing: Mapped[str] = mapped_column(String(2000), default="")
    """The chosen facets, as they stand in an address."""
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)

    finds: Mapped[list[SavedSearchFind]] = relationship(cascade="all, delete-orphan", back_populates="saved_search")

    __table_args__ = (UniqueConstraint("person_id", "name"),)


class SavedSearchFind(Base):
    """A document filed after a search was saved that answers it. `needed_right`: the right under which it did; under
    a lesser one nothing is told of it."""

    __tablename__ = "saved_search_finds"

    id: Mapped[int] = mapped_column(primary_key=True)
    saved_search_id: Mapped[int] = mapped_column(ForeignKey("saved_searches.id", ondelete="CASCADE"), index=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), index=True)
    needed_right: Mapped[int]
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    saved_search: Mapped[SavedSearch] = relationship(back_populates="finds")
    document: Mapped[Document] = relationship()

    __table_args__ = (UniqueConstraint("saved_search_id", "document_id"),)
