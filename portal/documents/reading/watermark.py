"""Marks the picture of a page with who looks at it, when and in which dossier, before it is sent to them.

The mark is part of the pixels: repeated across the page, and in a strip below it that is easily read.
Only pictures that this application drew itself come here, never an uploaded file.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from portal.core.fonts import printable, sans_path

_ANGLE = 28
_FILL = 34
_OUTLINE = 80
"""How strong the mark is, of 255. The outline is dark enough to survive making the picture black and white,
and thin enough to leave the letters under it readable."""

_INK = 40
_PAPER = 255
_JPEG_QUALITY = 85
_LETTERS_ACROSS = 56
_FOOTER_LETTERS_ACROSS = 90
_LEAST_LETTER = 10.0
STRIP_EXACT_FROM = round(_LEAST_LETTER * _FOOTER_LETTERS_ACROSS)


def watermark(
    image_bytes: bytes, lines: Sequence[str], quality: int = _JPEG_QUALITY, *, with_strip: bool = True
) -> bytes:
    """Return the page in `image_bytes` (JPEG or PNG) as a JPEG with `lines` burnt in.

    `lines` are short, such as a name, a time and a dossier number, in any of the portal's languages. The
    picture grows by the strip at its foot (`strip_share`); a picture too small for one goes without.
    Raises `ValueError` when there is nothing to write.
    """
    words = _words(lines)
    with Image.open(io.BytesIO(image_bytes), formats=["JPEG", "PNG"]) as source:
        page = source.convert("L" if source.mode in ("1", "L") else "RGB")
    page.paste(_grey(page, _INK), mask=_mark(words, page.size))
    marked = _with_strip(page, words) if with_strip else page
    data = io.BytesIO()
    marked.save(data, "JPEG", quality=quality)
    return data.getvalue()


def strip_share(lines: Sequence[str]) -> float:
    """How high the strip with these lines is, as a share of the picture's width; pictures of `STRIP_EXACT_FROM`
    pixels across and more have it exactly so."""
    rows = len(_strip_rows(_words(lines)))
    return _strip_height(rows, 1.0 / _FOOTER_LETTERS_ACROSS)


def _words(lines: Sequence[str]) -> tuple[str, ...]:
    words = tuple(filter(None, (printable(line).strip() for line in lines)))
    if not words:
        raise ValueError("a watermark without words")
    return words


def _with_strip(page: Image.Image, words: tuple[str, ...]) -> Image.Image:
    strip = _footer(words, page.width)
    marked = Image.new(page.mode, (page.width, page.height + strip.height))
    marked.paste(page, (0, 0))
    marked.paste(strip.convert(page.mode), (0, page.height))
    return marked


def _mark(words: tuple[str, ...], size: tuple[int, int]) -> Image.Image:
    """The mask that covers a page: the tile repeated, every second row shifted by half.

    Where the pattern begins depends on the words, so that two people's copies cannot be laid over each other.
    """
    tile = _tile(words, max(11, size[0] // _LETTERS_ACROSS))
    both = np.concatenate([tile, np.roll(tile, tile.shape[1] // 2, axis=1)])
    digest = hashlib.sha256("\n".join(words).encode()).digest()
    both = np.roll(both, (digest[0] * both.shape[0] // 256, digest[1] * both.shape[1] // 256), axis=(0, 1))
    across, down = -(-size[0] // both.shape[1]), -(-size[1] // both.shape[0])
    return Image.fromarray(np.tile(both, (down, across))[: size[1], : size[0]])


@lru_cache(maxsize=64)
def _tile(words: tuple[str, ...], letter: int) -> NDArray[np.uint8]:
    font = _font(letter)
    text = "\n".join(words)
    pen = ImageDraw.Draw(Image.new("L", (1, 1)))
    left, top, right, bottom = pen.multiline_textbbox((0, 0), text, font=font, stroke_width=1, align="center")
    block = Image.new("L", (round(right - left) + 2 * letter, round(bottom - top) + 2 * letter))
    ImageDraw.Draw(block).multiline_text(
        (letter - left, letter - top),
        text,
        font=font,
        fill=_FILL,
        stroke_width=1,
        stroke_fill=_OUTLINE,
        align="center",
    )
    return np.asarray(block.rotate(_ANGLE, Image.Resampling.BICUBIC, expand=True))


@lru_cache(maxsize=64)
def _footer(words: tuple[str, ...], width: int) -> Image.Image:
    letter = max(_LEAST_LETTER, width / _FOOTER_LETTERS_ACROSS)
    font = _font(letter)
    rows = _strip_rows(words)
    strip = Image.new("L", (width, round(_strip_height(len(rows), letter))), _PAPER)
    pen = ImageDraw.Draw(strip)
    pen.line((0, 0, width, 0), fill=_INK)
    for number, row in enumerate(rows):
        pen.text((letter, letter * (0.4 + 1.5 * number)), row, font=font, fill=_INK)
    return strip


def _strip_height(rows: int, letter: float) -> float:
    return letter * (1.5 * rows + 0.7)


@lru_cache(maxsize=64)
def _strip_rows(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words in rows of the strip: the same at every width, so that pictures of a page have one shape."""
    font = _font(_LEAST_LETTER)
    across = _LEAST_LETTER * (_FOOTER_LETTERS_ACROSS - 2)
    rows = [""]
    for word in words:
        longer = f"{rows[-1]} · {word}" if rows[-1] else word
        if font.getlength(longer) <= across:
            rows[-1] = longer
        else:
            rows += _broken(word, font, across)
    return tuple(row for row in rows if row)


def _broken(word: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Break what is wider than the page between letters."""
    rows = [""]
    for letter in word:
        if rows[-1] and font.getlength(rows[-1] + letter) > width:
            rows.append("")
        rows[-1] += letter
    return rows


@lru_cache(maxsize=16)
def _font(letter: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(sans_path()), letter)


def _grey(page: Image.Image, level: int) -> int | tuple[int, int, int]:
    return level if page.mode == "L" else (level, level, level)
