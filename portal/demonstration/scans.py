"""Turns a set paper into what a scanner or a fax machine leaves of it: pictures of pages, askew and dirty."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import pypdfium2
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from portal.core.fonts import sans_path

Medium = Literal["tiff", "jpeg", "png", "pdf"]

# A fax in fine mode has about 200 dots an inch; what was scanned to grey needs fewer to be read.
_DPI: dict[Medium, int] = {"tiff": 200, "jpeg": 150, "png": 150, "pdf": 150}
_THRESHOLD = 150
_GREYS = 16


@dataclass(frozen=True)
class Wear:
    """What a page went through.

    `skew` in degrees; `noise` the standard deviation of grey values; `ink` and `paper` the grey (0–255)
    of the darkest and the lightest; `speckles` and `dropouts` (lost scan lines) per page; `stamp` is put on
    page one.
    """

    medium: Medium
    skew: float = 0.0
    noise: float = 0.0
    ink: int = 0
    paper: int = 255
    speckles: int = 0
    dropouts: int = 0
    stamp: str | None = None


def scan_of(pdf: bytes, wear: Wear, seed: str) -> bytes:
    """The pages of `pdf` as an image file of the wear's medium, without any text in it; the same seed gives
    the same dirt."""
    dpi = _DPI[wear.medium]
    chance = np.random.default_rng(zlib.crc32(seed.encode()))
    pages = [
        _worn(page, wear, chance, stamp=wear.stamp if number == 0 else None)
        for number, page in enumerate(_rendered(pdf, dpi))
    ]
    match wear.medium:
        case "tiff":
            return _fax_tiff(pages, dpi)
        case "jpeg":
            return _encoded(pages[0], "JPEG", quality=72, dpi=(dpi, dpi))
        case "png":
            return _encoded(_few_greys(pages[0]), "PNG", dpi=(dpi, dpi))
        case "pdf":
            return _image_pdf(pages, dpi)


def _rendered(pdf: bytes, dpi: int) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=dpi / 72).to_pil().convert("L") for page in document]
    finally:
        document.close()


def _worn(page: Image.Image, wear: Wear, chance: np.random.Generator, stamp: str | None) -> Image.Image:
    if stamp:
        _stamp(page, stamp, chance)
    tilt = wear.skew + float(chance.uniform(-0.3, 0.3))
    page = page.rotate(tilt, resample=Image.Resampling.BICUBIC, fillcolor=255)
    grey = np.asarray(page, dtype=np.float32)
    grey = wear.ink + grey * ((wear.paper - wear.ink) / 255)
    if wear.noise:
        grey = grey + chance.normal(0, wear.noise, grey.shape).astype(np.float32)
    grey = np.clip(grey, 0, 255).astype(np.uint8)
    _speckle(grey, wear.speckles, chance)
    _drop_lines(grey, wear.dropouts, chance)
    return Image.fromarray(grey)


def _speckle(grey: np.ndarray, count: int, chance: np.random.Generator) -> None:
    """Dots of dust, one to three pixels across."""
    height, width = grey.shape
    for _ in range(count):
        size = int(chance.integers(1, 4))
        top, left = int(chance.integers(0, height - 4)), int(chance.integers(0, width - 4))
        grey[top : top + size, left : left + size] = int(chance.integers(0, 110))


def _drop_lines(grey: np.ndarray, count: int, chance: np.random.Generator) -> None:
    """Scan lines that the line lost: a white stripe two pixels high, part of the width."""
    height, width = grey.shape
    for _ in range(count):
        top, left = int(chance.integers(0, height - 4)), int(chance.integers(0, width // 2))
        grey[top : top + 2, left : left + int(chance.integers(width // 4, width // 2))] = 255


@lru_cache(maxsize=2)
def _stamp_font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(sans_path(), size)


def _stamp(page: Image.Image, word: str, chance: np.random.Generator) -> None:
    """A framed word in grey ink, turned a little, in the lower right corner of the page."""
    size = page.width // 26
    font = _stamp_font(size)
    left, top, right, bottom = font.getbbox(word)
    mask = Image.new("L", (int(right - left) + 2 * size, int(bottom - top) + 2 * size), 0)
    draw = ImageDraw.Draw(mask)
    draw.rectangle((4, 4, mask.width - 5, mask.height - 5), outline=255, width=max(3, size // 12))
    draw.text((size - left, size - top), word, font=font, fill=255)
    mask = mask.rotate(float(chance.uniform(5, 14)), expand=True, resample=Image.Resampling.BICUBIC)
    place = (int(page.width * 0.62), int(page.height * 0.80))
    page.paste(95, (*place, place[0] + mask.width, place[1] + mask.height), mask)


def _fax_tiff(pages: list[Image.Image], dpi: int) -> bytes:
    """One-bit pages, compressed as fax group 4."""
    bits = [page.point(lambda grey: 255 if grey > _THRESHOLD else 0).convert("1") for page in pages]
    return _encoded(bits[0], "TIFF", save_all=True, append_images=bits[1:], compression="group4", dpi=(dpi, dpi))


def _few_greys(page: Image.Image) -> Image.Image:
    """Sixteen greys, as an office scanner saves them; a noisy PNG would be huge otherwise."""
    step = 256 // _GREYS
    return page.point(lambda grey: grey // step * step)


def _encoded(image: Image.Image, image_format: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, format=image_format, **options)
    return target.getvalue()


def _image_pdf(pages: list[Image.Image], dpi: int) -> bytes:
    """A PDF whose pages are pictures and nothing else."""
    target = io.BytesIO()
    canvas = Canvas(target, invariant=1)
    for page in pages:
        width, height = page.width * 72 / dpi, page.height * 72 / dpi
        canvas.setPageSize((width, height))
        picture = ImageReader(io.BytesIO(_encoded(page, "JPEG", quality=55)))
        canvas.drawImage(picture, 0, 0, width, height)
        canvas.showPage()
    canvas.save()
    return target.getvalue()
