"""PDF pages: count, embedded text and drawing with pypdfium2; what it cannot open is mended with pikepdf."""

from __future__ import annotations

import contextlib
import ctypes
import math
import re
import tempfile
import unicodedata
from pathlib import Path

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from portal.documents.reading.layout import without_hyphenation
from portal.documents.reading.results import Failure, TextBox, Unreadable

_POINTS_PER_INCH = 72
_PAGES_TRIED = 5
"""One of the first so many pages must open, or the file counts as damaged."""

_MAX_OBJECTS_LOOKED_AT = 3000
_MOST_TIMES_BOXED = 4
"""Times the text of a page may stand in its boxes: where everything is printed over each other, each box holds all."""
_MAX_TEXT_BOXES = 3000
_GRID = 100_000
_LINE_HYPHENS = re.compile("[\x02\ufffe\uffff]\r?\n?")


class PdfFile:
    """An opened PDF. Pages are numbered from 1."""

    def __init__(self, path: Path, max_pages: int) -> None:
        """Raises `Unreadable`: damaged, needs a password, too many pages."""
        self._mended: tempfile.TemporaryDirectory[str] | None = None
        try:
            self._pdf = self._opened(path)
        except Unreadable as error:
            if error.failure is not Failure.DAMAGED:
                raise
            self._pdf = self._opened(self._mend(path))
        self.pages = len(self._pdf)
        if self.pages > max_pages:
            raise Unreadable(Failure.TOO_MANY_PAGES)

    @property
    def encrypted(self) -> bool:
        """Whether the file is encrypted, though it opens without a password."""
        return bool(pdfium.FPDF_GetSecurityHandlerRevision(self._pdf) != -1)

    def page(self, number: int) -> PdfPage:
        """Open page `number`. Raises `Unreadable`."""
        if not 1 <= number <= self.pages:
            raise Unreadable(Failure.NO_SUCH_PAGE)
        try:
            return PdfPage(self._pdf[number - 1])
        except pypdfium2.PdfiumError as error:
            raise Unreadable(Failure.DAMAGED, str(error)) from error

    def close(self) -> None:
        self._pdf.close()
        if self._mended:
            self._mended.cleanup()

    @staticmethod
    def _opened(path: Path) -> pypdfium2.PdfDocument:
        try:
            pdf = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError as error:
            locked = getattr(error, "err_code", None) == pdfium.FPDF_ERR_PASSWORD
            raise Unreadable(Failure.PASSWORD if locked else Failure.DAMAGED, str(error)) from error
        with contextlib.suppress(pypdfium2.PdfiumError):
            pdf.init_forms()  # so that what was filled in is drawn
        for index in range(min(len(pdf), _PAGES_TRIED)):
            with contextlib.suppress(pypdfium2.PdfiumError):
                pdf[index].close()
                return pdf
        pdf.close()
        raise Unreadable(Failure.DAMAGED, "no page")

    def _mend(self, path: Path) -> Path:
        self._mended = tempfile.TemporaryDirectory()
        mended = Path(self._mended.name) / "mended.pdf"
        try:
            with pikepdf.open(path) as pdf:
                if not pdf.pages:
                    raise Unreadable(Failure.DAMAGED, "no page")
                pdf.save(mended)
        except pikepdf.PasswordError as error:
            raise Unreadable(Failure.PASSWORD, str(error)) from error
        except (pikepdf.PdfError, ValueError, RuntimeError, OSError, RecursionError) as error:
            raise Unreadable(Failure.DAMAGED, str(error)) from error
        return mended


class PdfPage:
    """One page of a PDF; close it after use."""

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        self._page = page
        self.width: float
        self.height: float
        self.width, self.height = page.get_size()
        if not all(math.isfinite(side) and side > 0 for side in (self.width, self.height)):
            raise Unreadable(Failure.DAMAGED, f"a page of {self.width} × {self.height} points")

    @property
    def longest_inches(self) -> float:
        return max(self.width, self.height) / _POINTS_PER_INCH

    def close(self) -> None:
        self._page.close()

    def drawn(self, dots_per_inch: float, max_pixels: int) -> Image.Image:
        """Draw the page at `dots_per_inch`, or as fine as `max_pixels` allow."""
        scale = dots_per_inch / _POINTS_PER_INCH
        scale = min(scale, math.sqrt(max_pixels / (self.width * self.height)))
        if min(self.width, self.height) * scale < 1 or max(self.width, self.height) * scale > 30_000:
            raise Unreadable(Failure.TOO_MANY_PIXELS, "a page far longer than it is wide")
        try:
            picture: Image.Image = self._page.render(scale=scale, rev_byteorder=True).to_pil()
            return picture.convert("RGB")
        except (pypdfium2.PdfiumError, ValueError) as error:
            raise Unreadable(Failure.DAMAGED, str(error)) from error

    def text(self) -> tuple[str, list[TextBox]]:
        """The embedded text and its pieces with their places."""
        page = self._page.get_textpage()
        try:
            text = without_hyphenation(_tidy(page.get_text_range()))
            boxes = []
            left_over = _MOST_TIMES_BOXED * len(text)
            for index in range(min(page.count_rects(), _MAX_TEXT_BOXES)):
                left, bottom, right, top = page.get_rect(index)
                piece = _tidy(page.get_text_bounded(left, bottom, right, top)).strip()
                left_over -= len(piece)
                if left_over < 0:
                    break
                if piece:
                    boxes.append(TextBox(*self._shares(left, bottom, right, top), piece))
            return text, boxes
        except pypdfium2.PdfiumError as error:
            raise Unreadable(Failure.DAMAGED, str(error)) from error
        finally:
            page.close()

    def picture_share(self) -> float:
        """The share of the page that its largest picture covers."""
        largest = 0.0
        objects = self._page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3)
        for _, item in zip(range(_MAX_OBJECTS_LOOKED_AT), objects, strict=False):
            try:
                left, bottom, right, top = item.get_bounds()
            except pypdfium2.PdfiumError:
                continue
            largest = max(largest, (right - left) * (top - bottom))
        return min(1.0, largest / (self.width * self.height))

    def _shares(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        xs, ys = zip(self._on_grid(left, bottom), self._on_grid(right, top), strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    def _on_grid(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the PDF's own space stands on the page as displayed (crop box, rotation)."""
        across, down = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(self._page, 0, 0, _GRID, _GRID, 0, x, y, across, down)
        return min(max(across.value / _GRID, 0.0), 1.0), min(max(down.value / _GRID, 0.0), 1.0)


def looks_real(text: str) -> bool:
    """Whether embedded text can be read, or is what a font without a character table leaves behind."""
    signs = [c for c in text if not c.isspace()]
    if not signs:
        return False
    garbage = sum(c == "\ufffd" or unicodedata.category(c) in {"Cc", "Cn", "Co", "Cs"} for c in signs)
    readable = sum(c.isalnum() for c in signs)
    return garbage <= 0.1 * len(signs) and readable >= 0.4 * len(signs)


def _tidy(text: str) -> str:
    """Undo what pdfium puts where a line ends in a hyphen, its line ends, and spaces of other kinds."""
    text = _LINE_HYPHENS.sub("-\n", text).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return "\n".join(" ".join(line.split()) for line in text.split("\n")).strip("\n")
