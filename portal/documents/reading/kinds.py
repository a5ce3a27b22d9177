"""The four kinds of file the archive takes, told apart by their first bytes and never by their name."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

_HEAD_BYTES = 1024
_TIFF_MARKS = (b"II*\x00", b"MM\x00*", b"II+\x00\x08\x00\x00\x00", b"MM\x00+\x00\x08\x00\x00")


class FileKind(StrEnum):
    """A kind of file that is taken; the value is what the database and the child process call it."""

    PDF = "pdf"
    TIFF = "tiff"
    JPEG = "jpeg"
    PNG = "png"

    @property
    def media_type(self) -> str:
        """The MIME type to store and to send with the original."""
        return "application/pdf" if self is FileKind.PDF else f"image/{self.value}"

    @property
    def extension(self) -> str:
        """The usual file name extension, with its dot."""
        return {"tiff": ".tif", "jpeg": ".jpg"}.get(self.value, f".{self.value}")


def sniff(source: Path | BinaryIO) -> FileKind | None:
    """Say what `source` is by its content, or None for anything that is not taken.

    A stream is read from where it stands and put back there. Writers may put up to a kilobyte before `%PDF-`
    and readers open such files, so they are PDFs here too.
    """
    if isinstance(source, Path):
        with source.open("rb") as stream:
            return _kind_of(stream.read(_HEAD_BYTES))
    start = source.tell()
    try:
        return _kind_of(source.read(_HEAD_BYTES))
    finally:
        source.seek(start)


def _kind_of(head: bytes) -> FileKind | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileKind.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return FileKind.JPEG
    if head.startswith(_TIFF_MARKS):
        return FileKind.TIFF
    if b"%PDF-" in head:
        return FileKind.PDF
    return None
