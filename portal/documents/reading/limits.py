"""What one file may cost. Every number is a setting with this default."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class UploadLimits:
    """What is refused at the door: `max_bytes` of the file, `max_pixels` that the header of a page claims."""

    max_bytes: int = 200 * 1024 * 1024
    max_pixels: int = 150_000_000
    """A0 at 300 dpi has 139 million pixels."""

    page_tree_seconds: float = 5.0
    """Time in which the pages of the file must have been found."""


@dataclass(frozen=True)
class ChildLimits:
    """What the child process may use. Seconds are wall-clock unless said otherwise, sizes are bytes."""

    memory_bytes: int = 3 * 1024**3
    """Address space of the child. A page of A4 takes up to 1.6 GB while it is recognised, the largest about 2."""

    max_pixels: int = 150_000_000
    """Pixels of a picture that is decoded; a picture that claims more is not opened."""

    max_render_pixels: int = 12_000_000
    """Pixels of a PDF page drawn for recognition or for display; larger page boxes are drawn coarser."""

    max_pages: int = 20_000
    max_unpacked_bytes: int = 512 * 1024**2
    """Bytes of an office file once it is unpacked."""

    start_seconds: float = 60.0
    inspect_seconds: float = 30.0
    wait_seconds: float = 5.0
    """How long a request waits for its turn with the child."""

    render_seconds: float = 60.0
    read_seconds: float = 180.0
    threads: int = 2
    """Threads of one recognition; never more than the machine has processors."""

    file_bytes: int = 512 * 1024**2
    """The largest file the child may write (repaired copies of broken PDFs)."""

    def to_json(self) -> str:
        """How the parent passes the limits on the child's command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> ChildLimits:
        """The counterpart of `to_json`."""
        return cls(**json.loads(text))
