"""Scans with cover sheets, and the watched folder as a test uses it."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pikepdf
import segno
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select

from portal.arrivals.folder import WatchedFolder
from portal.arrivals.jobs import SETTLED, FolderWatch, register_work
from portal.arrivals.models import Arrival
from portal.arrivals.rules import Sheet, sheet_code
from portal.arrivals.states import ArrivalState
from portal.documents.models import Document


def code_picture(code: str, scale: int = 5) -> Image.Image:
    """A QR code as a scanner sees it: black on white, with its quiet zone."""
    data = io.BytesIO()
    segno.make(code, error="q", micro=False).save(data, kind="png", scale=scale)
    return Image.open(data).convert("L")


def sheet_page(code: str, size: tuple[int, int] = (1240, 1754)) -> Image.Image:
    """A scanned page with a code on it, laid a little askew."""
    page = Image.new("L", size, 255)
    page.paste(code_picture(code).rotate(4, expand=True, fillcolor=255), (200, 300))
    return page


def sheet_pdf(code: str) -> bytes:
    """A PDF of one page, which is the picture of a sheet."""
    data = io.BytesIO()
    canvas = Canvas(data, pagesize=(595, 842), invariant=1)
    canvas.drawImage(ImageReader(sheet_page(code)), 0, 0, 595, 842)
    canvas.showPage()
    canvas.save()
    return data.getvalue()


def joined(*files: bytes) -> bytes:
    """PDFs one after the other, as a scanner with a feeder makes them."""
    data = io.BytesIO()
    with pikepdf.new() as whole:
        for file in files:
            with pikepdf.open(io.BytesIO(file)) as part:
                whole.pages.extend(part.pages)
        whole.save(data, deterministic_id=True)
    return data.getvalue()


def tiff(*pages: Image.Image, compression: str = "group4") -> bytes:
    """A TIFF of these pages."""
    data = io.BytesIO()
    sheets = [page.convert("1") if compression == "group4" else page for page in pages]
    sheets[0].save(data, "TIFF", save_all=True, append_images=sheets[1:], compression=compression, dpi=(150, 150))
    return data.getvalue()


@dataclass
class Folder:
    """The watched folder of a portal under test, and its work done in this thread."""

    parts: Any
    queues: Any
    clock: Any
    path: Path

    def __post_init__(self) -> None:
        register_work(self.queues, self.path)
        self.watch = FolderWatch(WatchedFolder(self.path))

    def put(self, name: str, content: bytes) -> Path:
        """A file as the scanner leaves it."""
        path = self.path / name
        path.write_bytes(content)
        return path

    def sweep(self) -> None:
        """Look twice, far enough apart, and do the work."""
        self.watch.look(self.parts)
        self.clock.advance(seconds=SETTLED.total_seconds() + 1)
        self.watch.look(self.parts)
        while self.queues._work_one("take_arrival"):
            pass

    def names(self) -> list[str]:
        """What still lies there."""
        return sorted(path.name for path in self.path.iterdir())

    def code(self, number: str, **facts: Any) -> str:
        """The code of a cover sheet of this portal."""
        return sheet_code(replace(Sheet(number), **facts), self.parts.settings.trail_key)


def rows(parts: Any) -> list[Arrival]:
    """All arrivals, in order."""
    with parts.looking() as work:
        found = list(work.session.scalars(select(Arrival).order_by(Arrival.id)))
        work.session.expunge_all()
        return found


def filed(parts: Any) -> list[tuple[int, str, str, int | None]]:
    """Dossier, kind, subject of all documents, and the pages of the file."""
    with parts.looking() as work:
        return [
            (
                row.dossier_id,
                row.kind.value,
                row.subject,
                pages_in(parts, row.current.content_key, row.current.file_kind),
            )
            for row in work.session.scalars(select(Document).order_by(Document.id))
        ]


def pages_in(parts: Any, key: str, kind: str) -> int | None:
    """How many pages a content of the store has, counted by another library than the portal's."""
    with parts.store.open(key) as stream:
        content = io.BytesIO(stream.read())
    if kind == "pdf":
        with pikepdf.open(content) as file:
            return len(file.pages)
    with Image.open(content) as picture:
        return getattr(picture, "n_frames", 1)


def waiting(parts: Any) -> list[tuple[str, str | None]]:
    """Name and reason of what is in the tray."""
    return [(row.file_name, row.reason) for row in rows(parts) if row.state == ArrivalState.WAITING]
