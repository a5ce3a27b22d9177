"""What the child does with a file: inspect it, read a page, draw a page."""

from __future__ import annotations

import io
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PIL import Image

from portal.documents.reading.cover_sheets import CODE_DPI, codes_in, pages_alone
from portal.documents.reading.kinds import FileKind
from portal.documents.reading.layout import in_reading_order, text_of
from portal.documents.reading.limits import ChildLimits
from portal.documents.reading.pdf import PdfFile, PdfPage, looks_real
from portal.documents.reading.pictures import Picture
from portal.documents.reading.recognition import Recogniser
from portal.documents.reading.results import Failure, PageText, TextBox, Unreadable
from portal.documents.reading.written import WrittenFile

_RECOGNITION_DPI = 200
_JPEG_QUALITY = 85
_PICTURE = 0.1
_TEXT_BESIDE_A_PICTURE = 250
"""A page with a picture on a tenth of it or more, and fewer signs of text than this, is looked at as a whole:
the text may be a stamp or a header on a scan."""

_TEXT_OF_A_PAGE = 100
"""A page with fewer signs than this may have its text drawn as curves."""

_SURE = 0.6
_RICHER = 1.3
"""Recognised text replaces embedded text when it is this sure and has this many times its signs."""

Answer = tuple[dict[str, Any], bytes]


class OpenedFiles:
    """Answers the parent's requests. Keeps the last file open: a document of 1,000 pages is parsed once."""

    def __init__(self, limits: ChildLimits) -> None:
        self._limits = limits
        self._recogniser = Recogniser(limits.threads)
        self._last: tuple[tuple[str, int, int], PdfFile | WrittenFile] | None = None

    def answer(self, request: dict[str, Any]) -> Answer:
        """Do what `request` asks. Raises `Unreadable`."""
        file = self._open(Path(request["path"]), FileKind(request["kind"]))
        match request["do"]:
            case "inspect":
                return self._inspect(file), b""
            case "read":
                return asdict(self._read(file, int(request["page"]))), b""
            case "render":
                return {}, self._render(file, int(request["page"]), int(request["width"]))
            case "codes":
                return {"codes": self._codes(file, int(request["page"]))}, b""
            case "part":
                return self._part(file, request)
            case other:
                raise ValueError(f"no such request: {other}")

    def _open(self, path: Path, kind: FileKind) -> PdfFile | Picture | WrittenFile:
        try:
            if kind.has_page_images and kind is not FileKind.PDF:
                return Picture(path, kind, self._limits.max_pixels, self._limits.max_pages)
            stat = path.stat()
            identity = (str(path), stat.st_mtime_ns, stat.st_size)
            if self._last and self._last[0] == identity:
                return self._last[1]
            if self._last:
                self._last[1].close()
                self._last = None
            opened = (
                PdfFile(path, self._limits.max_pages) if kind is FileKind.PDF else WrittenFile(path, kind, self._limits)
            )
        except OSError as error:
            raise Unreadable(Failure.DAMAGED, str(error)) from error
        self._last = (identity, opened)
        return opened

    @staticmethod
    def _inspect(file: PdfFile | Picture | WrittenFile) -> dict[str, Any]:
        if isinstance(file, Picture):
            return {"pages": file.pages, "largest_pixels": file.largest_pixels}
        return {"pages": file.pages, "encrypted": file.encrypted}

    def _read(self, file: PdfFile | Picture | WrittenFile, number: int) -> PageText:
        if isinstance(file, WrittenFile):
            return file.page(number)
        if isinstance(file, Picture):
            picture = file.page(number)
            dots = max(file.dots_per_inch())
            inches = max(picture.size) / dots if dots >= 72 else None
            return self._recognised(picture, picture.size, inches)
        page = file.page(number)
        try:
            return self._read_pdf_page(page)
        finally:
            page.close()

    def _read_pdf_page(self, page: PdfPage) -> PageText:
        size = (round(page.width), round(page.height))
        text, boxes = page.text()
        signs = sum(not c.isspace() for c in text)
        real = looks_real(text)
        enough = _TEXT_BESIDE_A_PICTURE if page.picture_share() >= _PICTURE else _TEXT_OF_A_PAGE
        if real and signs >= enough:
            return PageText(text, "embedded", None, *size, boxes)
        picture = page.drawn(_RECOGNITION_DPI, self._limits.max_render_pixels)
        recognised = self._recognised(picture, size, page.longest_inches)
        found = sum(not c.isspace() for c in recognised.text)
        sure = recognised.confidence is not None and recognised.confidence >= _SURE
        if real and not (sure and found >= _RICHER * signs):
            return PageText(text, "embedded", None, *size, boxes)
        return recognised

    def _recognised(self, picture: Image.Image, size: tuple[int, int], inches: float | None) -> PageText:
        found = self._recogniser.read(picture, inches)
        rows = in_reading_order(found.pieces, found.page_width, found.vertical)
        boxes: list[TextBox] = [piece.seen for row in rows for piece in row]
        return PageText(text_of(rows), "recognised" if rows else "none", found.confidence, *size, boxes)

    def _codes(self, file: PdfFile | Picture | WrittenFile, number: int) -> list[str]:
        if isinstance(file, WrittenFile):
            return []
        if isinstance(file, Picture):
            return codes_in(file.page(number))
        page = file.page(number)
        try:
            return codes_in(page.drawn(CODE_DPI, self._limits.max_render_pixels))
        finally:
            page.close()

    def _part(self, file: PdfFile | Picture | WrittenFile, request: dict[str, Any]) -> Answer:
        first, last = int(request["first"]), int(request["last"])
        if isinstance(file, WrittenFile) or not 1 <= first <= last <= file.pages:
            raise Unreadable(Failure.NO_SUCH_PAGE)
        if isinstance(file, Picture) and file.largest_pixels > self._limits.max_pixels:
            raise Unreadable(Failure.TOO_MANY_PIXELS)
        part = pages_alone(Path(request["path"]), FileKind(request["kind"]), file.pages, first, last)
        return {"whole": part is not None}, part or b""

    def _render(self, file: PdfFile | Picture | WrittenFile, number: int, width: int) -> bytes:
        if isinstance(file, WrittenFile):
            raise Unreadable(Failure.NO_SUCH_PAGE, "text has no picture")
        if isinstance(file, Picture):
            picture = file.page(number)
        else:
            page = file.page(number)
            try:
                picture = page.drawn(width / page.width * 72, self._limits.max_render_pixels)
            finally:
                page.close()
        if picture.width > width:
            height = max(1, round(picture.height * width / picture.width))
            picture = picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
        data = io.BytesIO()
        picture.save(data, "JPEG", quality=_JPEG_QUALITY)
        return data.getvalue()
