"""Cover sheets in scans: the QR codes on a page, and taking pages out of a file without loss. Runs in the child."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import zxingcpp
from PIL import Image, TiffImagePlugin

from portal.documents.reading.kinds import FileKind
from portal.documents.reading.results import Failure, Unreadable

CODE_DPI = 150
"""Resolution at which a PDF page is drawn to look for codes: a code of 35 mm has 5 pixels for each module."""

_QR_CODES = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_LONGEST_SIDE = 2600
_MOST_CODES = 20
_LONGEST_CODE = 1000

_TIED_TO_THE_WHOLE = ("/AcroForm", "/OCProperties", "/Collection", "/Perms", "/AF")
"""What a catalogue holds that a part would lose: forms, signatures, layers, attachments."""

_LOSSLESS = frozenset({"raw", "packbits", "group3", "group4", "tiff_ccitt", "tiff_lzw", "tiff_adobe_deflate"})
_KEPT_TAGS = (270, 271, 272, 274, 305, 306, 315)
"""Description, make, model, orientation, software, time, artist."""


def codes_in(picture: Image.Image) -> list[str]:
    """What the QR codes in `picture` say, each once."""
    grey = picture.convert("L")
    grey.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE), Image.Resampling.BOX)
    found = zxingcpp.read_barcodes(np.asarray(grey), formats=_QR_CODES, try_invert=False)
    texts = [code.text for code in found[:_MOST_CODES] if len(code.text) <= _LONGEST_CODE]
    return list(dict.fromkeys(texts))


def pages_alone(path: Path, kind: FileKind, pages: int, first: int, last: int) -> bytes | None:
    """A file of pages `first` to `last` (from 1) of the PDF or TIFF at `path`, with nothing of its other pages.
    `pages`: how many it has in all.

    None where that would lose something: another kind of file, forms or signatures, lossy compression, reduced
    copies of the pages. The same file gives the same bytes. Raises `Unreadable`.
    """
    if kind is FileKind.PDF:
        return _of_pdf(path, pages, first, last)
    return _of_tiff(path, pages, first, last) if kind is FileKind.TIFF else None


def _of_pdf(path: Path, pages: int, first: int, last: int) -> bytes | None:
    data = io.BytesIO()
    try:
        with pikepdf.open(path) as whole, pikepdf.new() as part:
            if len(whole.pages) != pages:  # It was mended to be read, and may have been mended otherwise.
                return None
            if whole.is_encrypted or any(key in whole.Root for key in _TIED_TO_THE_WHOLE):
                return None
            if "/Names" in whole.Root and "/EmbeddedFiles" in whole.Root.Names:
                return None
            # Appended to a new file, a page brings along what it shows, and no other page.
            for page in whole.pages[first - 1 : last]:
                part.pages.append(page)
            part.save(data, deterministic_id=True)
    except pikepdf.PasswordError as error:
        raise Unreadable(Failure.PASSWORD, str(error)) from error
    except (pikepdf.PdfError, ValueError, RuntimeError, OSError, AttributeError, TypeError) as error:
        raise Unreadable(Failure.DAMAGED, str(error)) from error
    return data.getvalue()


def _of_tiff(path: Path, pages: int, first: int, last: int) -> bytes | None:
    data = io.BytesIO()
    try:
        with (
            Image.open(path, formats=["TIFF"]) as whole,
            TiffImagePlugin.AppendingTiffWriter(data, True) as writer,
        ):
            if whole.n_frames != pages:  # type: ignore[attr-defined]
                return None
            for frame in range(first - 1, last):
                whole.seek(frame)
                if whole.info.get("compression") not in _LOSSLESS:
                    return None
                whole.save(writer, "TIFF", **_as_it_was(whole))
                writer.newFrame()
        return data.getvalue() if _same_pixels(path, first, data) else None
    except (OSError, SyntaxError, ValueError, EOFError, KeyError, TypeError, ZeroDivisionError) as error:
        raise Unreadable(Failure.DAMAGED, str(error)) from error


def _as_it_was(page: Image.Image) -> dict[str, Any]:
    """How the present frame is to be written so that nothing of it changes."""
    tags = page.tag_v2  # type: ignore[attr-defined]
    options: dict[str, Any] = {
        "compression": page.info["compression"],
        "tiffinfo": {number: tags[number] for number in _KEPT_TAGS if number in tags},
    }
    if "dpi" in page.info:
        options["dpi"] = page.info["dpi"]
    return options


def _same_pixels(path: Path, first: int, part: io.BytesIO) -> bool:
    """Whether every frame of `part` is what stands from frame `first` on in the file at `path`."""
    part.seek(0)
    with Image.open(path, formats=["TIFF"]) as whole, Image.open(part, formats=["TIFF"]) as copy:
        for frame in range(getattr(copy, "n_frames", 1)):
            whole.seek(first - 1 + frame)
            copy.seek(frame)
            if (whole.mode, whole.size) != (copy.mode, copy.size) or whole.tobytes() != copy.tobytes():
                return False
    return True
