"""What reading a file gives: plain values that travel between the child process and its parent."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, NamedTuple

TextSource = Literal["embedded", "recognised", "none"]


class Failure(StrEnum):
    """Why a file or a page could not be read; `reader.REASONS` has the sentence for each."""

    DAMAGED = "damaged"
    PASSWORD = "password"  # noqa: S105  the name of a reason, not a secret
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_PAGES = "too_many_pages"
    NO_SUCH_PAGE = "no_such_page"
    MEMORY = "memory"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    UNEXPECTED = "unexpected"


class Unreadable(Exception):
    """Raised inside the child when a file cannot be read for a known reason."""

    def __init__(self, failure: Failure, detail: str = "") -> None:
        super().__init__(f"{failure}: {detail}" if detail else str(failure))
        self.failure = failure


class TextBox(NamedTuple):
    """A piece of text and where it stands; coordinates are shares (0 to 1) of the page from its top left."""

    x0: float
    y0: float
    x1: float
    y1: float
    text: str


@dataclass(frozen=True)
class PageText:
    """The text of one page. `width` and `height`: pixels of a picture, points (1/72 inch) of a PDF page."""

    text: str
    source: TextSource
    confidence: float | None
    """How sure recognition was (0 to 1); None when nothing was recognised."""
    width: int
    height: int
    boxes: list[TextBox] = field(default_factory=list)


@dataclass(frozen=True)
class Inspection:
    """What opening a file tells. `reason` is a message id when the pages cannot be read, else None."""

    pages: int
    encrypted: bool = False
    reason: str | None = None
    largest_pixels: int = 0
    """Pixels of the largest picture as its header claims them; 0 for a PDF."""
