"""Pictures of pages (TIFF, JPEG, PNG) opened with Pillow: plain grey or RGB, upright and in proportion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageFile, ImageOps

from portal.documents.reading.kinds import FileKind
from portal.documents.reading.results import Failure, Unreadable

Image.MAX_IMAGE_PIXELS = None  # `Picture` compares the header with its own limit before anything is decoded
ImageFile.LOAD_TRUNCATED_IMAGES = True  # a scan that broke off is read as far as it goes

_NEW_SUBFILE_TYPE = 254
_REDUCED_COPY = 1
_ORIENTATION = 0x0112
_LYING = {5, 6, 7, 8}
_DRAFT = 4000


class Picture:
    """An opened picture file. Pages are numbered from 1; only TIFF has more than one."""

    def __init__(self, path: Path, kind: FileKind, max_pixels: int, max_pages: int) -> None:
        self._max_pixels = max_pixels
        try:
            self._image = Image.open(path, formats=[kind.name])
        except (OSError, SyntaxError, ValueError) as error:
            raise Unreadable(Failure.DAMAGED, str(error)) from error
        self.largest_pixels = 0
        self._frames = self._page_frames(max_pages) if kind is FileKind.TIFF else [0]
        self.largest_pixels = max(self.largest_pixels, self._image.width * self._image.height)

    @property
    def pages(self) -> int:
        return len(self._frames)

    def page(self, number: int) -> Image.Image:
        """Decode page `number` to grey or RGB. Raises `Unreadable`."""
        if not 1 <= number <= self.pages:
            raise Unreadable(Failure.NO_SUCH_PAGE)
        try:
            self._image.seek(self._frames[number - 1])
            if self._image.width * self._image.height > self._max_pixels:
                raise Unreadable(Failure.TOO_MANY_PIXELS)
            orientation = self._image.getexif().get(_ORIENTATION, 1)
            across, down = self.dots_per_inch(orientation)
            self._image.draft("RGB", (_DRAFT, _DRAFT))  # JPEG only: decode a huge photograph at a half or less
            self._image.load()
            picture = ImageOps.exif_transpose(plain(self._image))
        except (OSError, SyntaxError, ValueError, EOFError, ZeroDivisionError, KeyError) as error:
            raise Unreadable(Failure.DAMAGED, str(error)) from error
        return self._in_proportion(picture, across, down)

    def dots_per_inch(self, orientation: int = 1) -> tuple[float, float]:
        """Resolution of the current page across and down, or zeros when the file does not say."""
        try:
            across, down = (float(value) for value in self._image.info.get("dpi", (0, 0)))
        except (TypeError, ValueError, ZeroDivisionError):
            return 0.0, 0.0
        return (down, across) if orientation in _LYING else (across, down)

    def close(self) -> None:
        self._image.close()

    def _page_frames(self, max_pages: int) -> list[int]:
        """Frame numbers of the pages; reduced copies (thumbnails) that scanners add are left out."""
        pages: list[int] = []
        copies: list[int] = []
        try:
            for frame in range(max_pages + 1):
                self._image.seek(frame)
                self.largest_pixels = max(self.largest_pixels, self._image.width * self._image.height)
                kind = self._image.tag_v2.get(_NEW_SUBFILE_TYPE, 0)  # type: ignore[attr-defined]
                (copies if isinstance(kind, int) and kind & _REDUCED_COPY else pages).append(frame)
            raise Unreadable(Failure.TOO_MANY_PAGES)
        except EOFError:
            pass
        except (OSError, SyntaxError, ValueError, KeyError, TypeError) as error:
            # The chain of pages breaks here: what came before can be read.
            if not pages and not copies:
                raise Unreadable(Failure.DAMAGED, str(error)) from error
        self._image.seek(0)
        return pages or copies

    def _in_proportion(self, picture: Image.Image, across: float, down: float) -> Image.Image:
        """Stretch the coarser direction of a fax (204 × 98 dots per inch) to the resolution of the finer."""
        if across <= 0 or down <= 0 or not 1.1 < max(across, down) / min(across, down) < 5:
            return picture
        width, height = picture.size
        size = (width, round(height * across / down)) if across > down else (round(width * down / across), height)
        if size[0] * size[1] > self._max_pixels:
            return picture
        return picture.resize(size, Image.Resampling.BICUBIC)


def plain(image: Image.Image) -> Image.Image:
    """Bring any mode Pillow decodes to 8-bit grey or RGB; what is transparent becomes white paper."""
    mode = image.mode
    if mode in ("L", "RGB"):
        return image.copy()
    if mode.startswith("I") or mode == "F":
        return _eight_bit(image)
    if mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        ink = image.convert("RGBA")
        paper = Image.new("RGBA", ink.size, "white")
        return _with_exif(image, Image.alpha_composite(paper, ink).convert("RGB"))
    if mode == "LAB":
        return _with_exif(image, image.getchannel(0))
    return image.convert("L" if mode == "1" else "RGB")


def _eight_bit(image: Image.Image) -> Image.Image:
    values = np.asarray(image, dtype=np.float64)
    values = np.nan_to_num(values)
    low = min(float(values.min()), 0.0)
    top = float(values.max())
    # 16-bit scanners use the whole range; floats and 32-bit values say nothing about theirs.
    high = 65535.0 if image.mode.startswith("I") and 255 < top <= 65535 else max(top, low + 1.0)
    if image.mode.startswith("I") and 0 <= top <= 255:
        high = 255.0
    scaled = ((values - low) / (high - low) * 255).astype(np.uint8)
    return _with_exif(image, Image.fromarray(scaled))


def _with_exif(source: Image.Image, picture: Image.Image) -> Image.Image:
    """Keep what says how the camera was held."""
    exif = source.info.get("exif")
    if exif:
        picture.info["exif"] = exif
    return picture
