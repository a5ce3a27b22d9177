"""Free text beside a line of history: it may hold what a person may have erased by law, while history itself stays.

The tables of history are insert-only (database triggers refuse the rest), so what somebody typed stands in a table of
its own. Of its rows the triggers let nothing happen but the erasure: no text is put in the place of another.
"""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.tables import Base


class ErasableText(Base):
    """A text that was typed, or, with `content` None, the fact that there was one."""

    __tablename__ = "erasable_texts"

    id: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[str | None] = mapped_column(String(500))

    @classmethod
    def of(cls, text: str) -> ErasableText | None:
        """The text to be kept; None where nothing was typed."""
        return cls(content=text) if text else None
