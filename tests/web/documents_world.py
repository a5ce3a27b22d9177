"""People, dossiers and small real files for tests of documents."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import Any

import pikepdf
from PIL import Image
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import func, select

from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry
from portal.documents.models import Document, DocumentVersion, Page
from tests.factories import make_client, make_department, make_dossier, make_person, make_responsible
from tests.web.visitor import Visitor

LETTER = (
    "We confirm the delivery of forty castings on the second of March and ask you to return the signed "
    "waybill together with the inspection sheet of the foundry. "
)


@dataclass(frozen=True)
class World:
    """Ids of dossiers; people are known by their log-in names.

    `amparo` looks after the client; `nobody` is an employee with nothing to do with it; `clerk` and `keeper`
    are records staff, of whom only `keeper` has core clearance; `admin` is the administrator.
    """

    general: int
    core: int
    draft: int
    core_number: str
    general_number: str


def make_world(parts: Any) -> World:
    """One client with a general, a core and a drafted dossier."""
    with parts.writing() as work:
        session = work.session
        sales, records = make_department(session, "Sales"), make_department(session, "Records")
        amparo = make_person(session, sales, login="amparo", name="Amparo Gil")
        make_person(session, make_department(session), login="nobody", name="No Body")
        make_person(session, records, Role.CLERK, login="clerk", name="Clara Clerk")
        make_person(session, records, Role.RECORDS_MANAGER, login="keeper", name="Kim Keeper", clearance=Level.CORE)
        make_person(session, records, Role.ADMINISTRATOR, login="admin", name="Ada Admin")
        client = make_client(session, amparo, "恒达机械有限公司")
        make_responsible(session, amparo, client)
        general = make_dossier(session, amparo, client)
        core = make_dossier(session, amparo, client, level=Level.CORE)
        draft = make_dossier(session, amparo, client, state="draft")
        for dossier in (general, core):
            work.want("index", f"dossier:{dossier.id}")  # As the approval of its opening does.
        return World(general.id, core.id, draft.id, core.number or "", general.number or "")


def pdf(*pages: str, encrypt: bool = False) -> bytes:
    """A PDF with one page for each text; texts of 100 signs and more are read without recognition."""
    data = io.BytesIO()
    canvas = Canvas(data, pagesize=(420, 595), invariant=1)
    for text in pages or (LETTER,):
        words, line, y = text.split(), "", 560
        for word in [*words, ""]:
            if not word or len(line) + len(word) > 70:
                canvas.drawString(30, y, line)
                line, y = "", y - 14
            line = f"{line} {word}".strip()
        canvas.showPage()
    canvas.save()
    if not encrypt:
        return data.getvalue()
    locked = io.BytesIO()
    with pikepdf.open(data) as document:
        document.save(locked, encryption=pikepdf.Encryption(owner="owner", user="secret"))
    return locked.getvalue()


def picture(kind: str = "PNG", size: tuple[int, int] = (80, 60), pages: int = 1) -> bytes:
    """A blank picture; with `pages`, a TIFF of so many."""
    data = io.BytesIO()
    sheets = [Image.new("L", size, 250 - number) for number in range(pages)]
    sheets[0].save(data, kind, **({"save_all": True, "append_images": sheets[1:]} if pages > 1 else {}))
    return data.getvalue()


def png(width: int, height: int, rows: bytes = b"") -> bytes:
    """A grey PNG whose header claims this size, with whatever rows (each begins with a filter byte)."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(rows, 9) if rows else b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")


def upload(visitor: Visitor, dossier_id: int, *files: tuple[str, bytes], script: bool = False, **fields: Any) -> Any:
    """Send files as the upload form does; `script`: as the script of the page does."""
    address = f"/dossiers/{dossier_id}/documents/new"
    data = {
        "kind": "letter",
        "direction": "in",
        "dated": "2026-02-27",
        "files": [(io.BytesIO(content), name) for name, content in files],
        **fields,
    }
    hidden = visitor.hidden_fields(address, address)
    headers = {**visitor.headers, **({"Accept": "application/json"} if script else {})}
    return visitor.client.post(address, data={**hidden, **data}, headers=headers, content_type="multipart/form-data")


def counts(parts: Any) -> tuple[int, int, int]:
    """How many documents, versions and pages there are."""
    with parts.looking() as work:
        one, two, three = (
            work.session.scalar(select(func.count()).select_from(table)) for table in (Document, DocumentVersion, Page)
        )
        return one, two, three


def only_document(parts: Any) -> int:
    """The id of the one document there is."""
    with parts.looking() as work:
        return work.session.scalars(select(Document.id)).one()


def trail_of(parts: Any, action: str) -> list[TrailEntry]:
    """The trail entries of one action."""
    with parts.looking() as work:
        return list(work.session.scalars(select(TrailEntry).where(TrailEntry.action == action)))
