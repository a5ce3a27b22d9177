"""The kinds of file the archive takes, told apart by their content and never by their name."""

from __future__ import annotations

import io
import re
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

_HEAD_BYTES = 1024
_MAIL_HEAD_BYTES = 16 * 1024
_DIRECTORY_BYTES = 1024 * 1024
"""How far from its end the directory of a zip file is looked for."""

_TIFF_MARKS = (b"II*\x00", b"MM\x00*", b"II+\x00\x08\x00\x00\x00", b"MM\x00+\x00\x08\x00\x00")
_ZIP_MARK = b"PK\x03\x04"
_OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OUTLOOK_STREAM = "__properties_version1.0".encode("utf-16-le")
_MACROS = b"vbaProject.bin"
BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
"""How a text may begin, and what that says of its alphabet."""

_MAIL_HEADER = re.compile(rb"([A-Za-z][A-Za-z0-9-]*):[ \t]")
_MAIL_SIGNS = {b"from", b"to", b"date", b"subject", b"received", b"message-id", b"mime-version", b"return-path"}
_LEAST_MAIL_SIGNS = 3
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


class FileKind(StrEnum):
    """A kind of file that is taken; the value is what the database and the child process call it."""

    PDF = "pdf"
    TIFF = "tiff"
    JPEG = "jpeg"
    PNG = "png"
    WORD = "docx"
    WORKBOOK = "xlsx"
    MAIL = "eml"
    OUTLOOK = "msg"
    TEXT = "txt"

    @property
    def media_type(self) -> str:
        """The MIME type to store and to send with the original."""
        return _MEDIA_TYPES[self]

    @property
    def has_page_images(self) -> bool:
        """Whether a page can be drawn; of the others (mail, office files) a person is shown the text."""
        return self in (FileKind.PDF, FileKind.TIFF, FileKind.JPEG, FileKind.PNG)

    @property
    def extension(self) -> str:
        """The usual file name extension, with its dot."""
        return {"tiff": ".tif", "jpeg": ".jpg"}.get(self.value, f".{self.value}")


_MEDIA_TYPES = {
    FileKind.PDF: "application/pdf",
    FileKind.TIFF: "image/tiff",
    FileKind.JPEG: "image/jpeg",
    FileKind.PNG: "image/png",
    FileKind.WORD: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileKind.WORKBOOK: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileKind.MAIL: "message/rfc822",
    FileKind.OUTLOOK: "application/vnd.ms-outlook",
    FileKind.TEXT: "text/plain",
}


def sniff(source: Path | BinaryIO) -> FileKind | None:
    """Say what `source` is by its content, or None for anything that is not taken.

    A stream is read from where it stands and put back there. Writers may put up to a kilobyte before `%PDF-`
    and readers open such files, so they are PDFs here too. Plain text has no mark of its own: `is_plain_text`.
    """
    if isinstance(source, Path):
        with source.open("rb") as stream:
            return _kind_of(stream)
    start = source.tell()
    try:
        return _kind_of(source)
    finally:
        source.seek(start)


def is_plain_text(path: Path) -> bool:
    """Whether nothing in the file speaks against its being text: no control characters but line ends and tabs."""
    with path.open("rb") as stream:
        if stream.read(3).startswith((b"\xff\xfe", b"\xfe\xff")):
            return path.stat().st_size % 2 == 0
        stream.seek(0)
        return not any(_CONTROL.search(block) for block in iter(lambda: stream.read(1 << 20), b""))


def _kind_of(stream: BinaryIO) -> FileKind | None:
    start = stream.tell()
    head = stream.read(_HEAD_BYTES)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileKind.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return FileKind.JPEG
    if head.startswith(_TIFF_MARKS):
        return FileKind.TIFF
    if head.startswith(_ZIP_MARK):
        return _office_kind(stream)
    stream.seek(start)
    if head.startswith(_OLE_MARK):
        return FileKind.OUTLOOK if _holds(stream, _OUTLOOK_STREAM) else None
    if b"%PDF-" in head:
        return FileKind.PDF
    return FileKind.MAIL if _is_mail(stream.read(_MAIL_HEAD_BYTES)) else None


def _office_kind(stream: BinaryIO) -> FileKind | None:
    """Which office file a zip file is, by the names in its directory; the child that opens it looks closer."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - _DIRECTORY_BYTES))
    directory = stream.read()
    if b"[Content_Types].xml" not in directory or _MACROS in directory:
        return None
    if b"word/document.xml" in directory:
        return FileKind.WORD
    return FileKind.WORKBOOK if b"xl/workbook.xml" in directory else None


def _holds(stream: BinaryIO, sought: bytes) -> bool:
    tail = b""
    while block := stream.read(1 << 20):
        if sought in tail + block:
            return True
        tail = block[-len(sought) :]
    return False


def _is_mail(head: bytes) -> bool:
    """Whether text begins with the headers of a mail."""
    lines = re.split(rb"\r?\n", head)
    if lines[0].startswith(b"From "):
        lines = lines[1:]
    found = set()
    for line in lines:
        if line[:1] in (b" ", b"\t"):
            continue
        header = _MAIL_HEADER.match(line + b" ")
        if not header:
            break
        found.add(header[1].lower())
    return len(found & _MAIL_SIGNS) >= _LEAST_MAIL_SIGNS and bool(found & {b"from", b"received"})
