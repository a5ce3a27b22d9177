"""Office files and mails made for tests: real ones by the libraries, and an Outlook mail byte by byte."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from docx import Document as WordDocument
from openpyxl import Workbook

_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SECTOR, _SHORT = 512, 64


def word_file(paragraphs: Sequence[str], table: Sequence[Sequence[str]] = (), letterhead: str = "") -> bytes:
    """A Word document of these paragraphs, then the table."""
    document = WordDocument()
    if letterhead:
        document.sections[0].header.paragraphs[0].text = letterhead
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    if table:
        grid = document.add_table(len(table), len(table[0]))
        for row, words in zip(grid.rows, table, strict=True):
            for cell, word in zip(row.cells, words, strict=True):
                cell.text = word
    return _saved(document)


def workbook_file(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """A workbook with these sheets and their rows."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    return _saved(book)


def _saved(thing: Any) -> bytes:
    data = io.BytesIO()
    thing.save(data)
    return data.getvalue()


def with_part(package: bytes, name: str, content: bytes) -> bytes:
    """The office file with one of its parts replaced."""
    data = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            if part.filename != name:
                new.writestr(part.filename, old.read(part))
        new.writestr(name, content)
    return data.getvalue()


def mail_file(body: str, html: str = "", attachments: Sequence[str] = (), charset: str = "utf-8") -> bytes:
    """A mail from Hengda to Amparo Gil."""
    mail = EmailMessage()
    mail["From"] = "李伟 <li@hengda.example>"
    mail["To"] = "Amparo Gil <amparo@legajo.example>"
    mail["Date"] = "Mon, 02 Mar 2026 09:30:00 +0800"
    mail["Subject"] = "Devolución de las piezas"
    if body:
        mail.set_content(body, charset=charset)
        if html:
            mail.add_alternative(html, subtype="html")
    else:
        mail.set_content(html, subtype="html")
    for name in attachments:
        mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename=name)
    return bytes(mail)


def outlook_file(
    subject: str, body: str = "", html: bytes = b"", attachments: Sequence[str] = (), sender: str = "Li Wei"
) -> bytes:
    """A mail as Outlook saves it: a compound file whose streams are the properties."""
    streams: dict[str, bytes] = {}
    entries = b""
    for number, kind, value in (
        (0x0037, 0x001F, subject.encode("utf-16-le")),
        (0x0C1A, 0x001F, sender.encode("utf-16-le")),
        (0x1000, 0x001F, body.encode("utf-16-le")),
        (0x1013, 0x0102, html),
    ):
        if value:
            streams[f"__substg1.0_{number:04X}{kind:04X}"] = value
            entries += struct.pack("<HHIII", kind, number, 6, len(value), 0)
    header = struct.pack("<8xIIII8x", 0, len(attachments), 0, len(attachments))
    streams["__properties_version1.0"] = header + entries
    tree: dict[str, Any] = dict(streams)
    for place, name in enumerate(attachments):
        words = name.encode("utf-16-le")
        tree[f"__attach_version1.0_#{place:08X}"] = {
            "__properties_version1.0": bytes(8) + struct.pack("<HHIII", 0x001F, 0x3707, 6, len(words), 0),
            "__substg1.0_3707001F": words,
        }
    return _compound(tree)


def _compound(tree: Mapping[str, Any]) -> bytes:
    """A compound file (OLE, version 3) of short streams: a directory, a table of sectors, one stream of pieces."""
    rows: list[list[Any]] = [["Root Entry", 5, _FREE, _FREE, 0, 0]]  # name, type, next sibling, child, start, size
    pieces, short_table = bytearray(), []

    def add(folder: Mapping[str, Any]) -> int:
        first = last = _FREE
        for name, content in folder.items():
            place = len(rows)
            row: list[Any] = [name, 1 if isinstance(content, Mapping) else 2, _FREE, _FREE, 0, 0]
            rows.append(row)
            if last == _FREE:
                first = place
            else:
                rows[last][2] = place
            last = place
            if isinstance(content, Mapping):
                row[3] = add(content)
            else:
                count = -(-len(content) // _SHORT)
                row[4:] = [len(short_table), len(content)]
                start = len(short_table)
                short_table.extend([*range(start + 1, start + count), _END])
                pieces.extend(content.ljust(count * _SHORT, b"\0"))
        return first

    rows[0][3] = add(tree)
    listing = b"".join(
        (row[0].encode("utf-16-le") + b"\0\0").ljust(64, b"\0")
        + struct.pack("<HBBIII", 2 * len(row[0]) + 2, row[1], 1, _FREE, row[2], row[3])
        + bytes(36)
        + struct.pack("<IQ", row[4], row[5])
        for row in rows
    )
    listing += (bytes(68) + struct.pack("<III", _FREE, _FREE, _FREE) + bytes(48)) * (-len(rows) % 4)
    shorts = struct.pack(f"<{len(short_table)}I", *short_table)
    shorts = shorts.ljust(-(-len(shorts) // _SECTOR) * _SECTOR, b"\xff")
    stream = bytes(pieces).ljust(-(-len(pieces) // _SECTOR) * _SECTOR, b"\0")
    listed, shorted, streamed = (len(part) // _SECTOR for part in (listing, shorts, stream))
    table = [_FAT]  # sector 0 is the table itself, then the directory, the short table, the stream of pieces
    for count in (listed, shorted, streamed):
        table += [*range(len(table) + 1, len(table) + count), _END]
    assert len(table) <= _SECTOR // 4
    root = struct.pack("<IQ", 1 + listed + shorted, len(pieces))
    listing = listing[:116] + root + listing[128:]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 62, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 1 + listed, shorted, _END, 0)
    header += struct.pack("<I", 0) + b"\xff" * 432
    whole = struct.pack(f"<{len(table)}I", *table).ljust(_SECTOR, b"\xff")
    return header + whole + listing + shorts + stream


def written(folder: Path, name: str, content: bytes) -> Path:
    """`content` as a file in `folder`."""
    path = folder / name
    path.write_bytes(content)
    return path
