"""What a paper says about itself: whether it is issued, under which number, and who signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Signed:
    """A line of the sign-off table."""

    role: str
    """Message id, as in "Prepared by"."""
    name: str = ""
    """Empty while nobody has."""
    at: datetime | None = None
    """The moment, aware."""


@dataclass(frozen=True)
class Standing:
    """What the paper says about itself."""

    mark: str | None
    """Message id printed on every page ("Draft – not reviewed"); None for an issued report."""
    number: str | None
    checksum: str | None
    """SHA-256 of the data, in hexadecimal."""
    signed: tuple[Signed, ...]
    made_at: datetime
    """The moment the paper was made, aware."""
    remark: str | None = None
    """A sentence for the cover, translated already."""
