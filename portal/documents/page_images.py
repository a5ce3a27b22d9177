"""Pictures of pages, drawn once: a cache without watermarks, which therefore never leaves the server."""

from __future__ import annotations

import io
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock

from PIL import Image

from archive_store.base import ArchiveStore, checked_key
from portal.documents.reading.kinds import FileKind
from portal.documents.reading.reader import PageReader, ReadingFailed
from portal.documents.reading.results import Failure
from portal.documents.reading.watermark import STRIP_EXACT_FROM

PAGE_WIDTH = 1400
"""Pixels across a page image: small print of an A4 page stays readable."""

CLOSE_WIDTH = 2400
"""Pixels across when somebody looks closely: faint and tiny print, stamps."""

WIDTHS = (PAGE_WIDTH, CLOSE_WIDTH)
"""Page images are drawn at these widths only, so that few are drawn and kept."""

_SMALL_WIDTH, _SMALL_HEIGHT = 132, 186
"""The most a thumbnail measures: enough to know a page by its looks, too little to read it."""

_LEAST_WIDTH = STRIP_EXACT_FROM
"""Narrower pictures are enlarged: the strip of their watermark must be readable, and as high as it is said to be."""

_HIGHEST = 20_000
_QUALITY = 88
_FOLDER_MODE = 0o700

MOST_BYTES = 512 * 1024**2
"""What the pictures may take on the disk: a few thousand pages in both widths."""

_LOOKED_AFTER = 16
"""The folder is looked through after every such part of what it may hold was written: not for each picture."""

_COSTLY = frozenset({Failure.TIMEOUT, Failure.MEMORY})
"""Failures that took a minute or a gigabyte: remembered beside the pictures, so that one page cannot stall all
others by being looked at again and again. `sweep` forgets them in time."""


class PageImages:
    """Draws pages with `renderer` and keeps the pictures in `folder`, readable by the server only: `most_bytes` of
    them, those that nobody looked at for longest go first.

    A picture depends on the content alone, so the cache is never wrong; it may be deleted at any time.
    """

    def __init__(self, folder: Path, store: ArchiveStore, renderer: PageReader, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._store = store
        self._renderer = renderer
        self._most_bytes = most_bytes

    def picture(self, key: str, kind: FileKind, page_number: int, width: int, turn: int = 0) -> bytes:
        """A JPEG of page `page_number` (from 1) of the content `key`, at most `width` pixels wide before it is
        turned clockwise by `turn` degrees (0, 90, 180, 270).

        It has no watermark: it is not for sending. Raises ReadingFailed and the store's errors.
        """
        path = self._path(key, page_number, str(width), turn)
        drawn = _kept(path)
        if drawn is not None:
            return drawn
        if turn == 0:
            return self._draw(path, key, kind, page_number, width)
        upright = self.picture(key, kind, page_number, width)
        with Image.open(io.BytesIO(upright), formats=["JPEG"]) as image:
            drawn = _jpeg(image.rotate(-turn, expand=True))
        self._keep(path, drawn)
        return drawn

    def thumbnail(self, key: str, kind: FileKind, page_number: int, turn: int = 0) -> bytes:
        """The page as a JPEG too small to be read; otherwise like `picture`."""
        path = self._path(key, page_number, "small", turn)
        drawn = _kept(path)
        if drawn is not None:
            return drawn
        large = _kept(self._path(key, page_number, str(PAGE_WIDTH), 0))
        if large is None:
            large = self._drawn(key, kind, page_number, 2 * _SMALL_WIDTH, self._path(key, page_number, "small", 0))
        with Image.open(io.BytesIO(large), formats=["JPEG"]) as image:
            image.draft(image.mode, (2 * _SMALL_WIDTH, 2 * _SMALL_HEIGHT))
            small = image.rotate(-turn, expand=True) if turn else image
            small.thumbnail((_SMALL_WIDTH, _SMALL_HEIGHT), Image.Resampling.LANCZOS)
            drawn = _jpeg(small)
        self._keep(path, drawn)
        return drawn

    def size(self, key: str, page_number: int, width: int, turn: int = 0) -> tuple[int, int] | None:
        """Width and height of a picture that is kept, in pixels; None while it is not drawn yet."""
        try:
            with Image.open(self._path(key, page_number, str(width), turn), formats=["JPEG"]) as image:
                return image.size
        except OSError:
            return None

    def _path(self, key: str, page_number: int, size: str, turn: int) -> Path:
        turned = f"-{turn}" if turn else ""
        return self._folder / checked_key(key)[:2] / f"{key}-{page_number}-{size}{turned}.jpg"

    def _draw(self, path: Path, key: str, kind: FileKind, page_number: int, width: int) -> bytes:
        drawn = _wide_enough(self._drawn(key, kind, page_number, width, path))
        self._keep(path, drawn)
        return drawn

    def _drawn(self, key: str, kind: FileKind, page_number: int, width: int, path: Path) -> bytes:
        """The page as the child process draws it; what failed at a price is remembered beside `path`."""
        failed = path.with_suffix(".failed")
        if failed.exists():
            raise ReadingFailed(Failure(failed.read_text()))
        with self._store.local_copy(key, suffix=kind.extension) as copy:
            try:
                return self._renderer.render_page(copy, kind, page_number, width)
            except ReadingFailed as error:
                if error.failure in _COSTLY:
                    self._keep(failed, error.failure.value.encode())
                raise

    def _keep(self, path: Path, content: bytes) -> None:
        _write(path, content)
        if _written.is_much(self._folder, len(content), self._most_bytes // _LOOKED_AFTER):
            self._shrink(self._most_bytes - self._most_bytes // _LOOKED_AFTER)

    def _shrink(self, most_bytes: int) -> None:
        """Delete the pictures nobody looked at for longest, until the others take at most so much."""
        found = []
        for path in self._folder.glob("*/*"):
            with suppress(FileNotFoundError):  # Another process shrinks, too.
                state = path.stat()
                found.append((state.st_mtime_ns, state.st_size, path))
        left = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if left <= most_bytes:
                break
            path.unlink(missing_ok=True)
            left -= size

    def sweep(self, older_than_seconds: float) -> int:
        """Delete pictures nobody looked at for this long; return how many went."""
        latest = time.time() - older_than_seconds
        swept = 0
        for path in self._folder.glob("*/*"):
            if path.is_file() and path.stat().st_mtime <= latest:
                path.unlink(missing_ok=True)
                swept += 1
        return swept


def _kept(path: Path) -> bytes | None:
    """A picture that was drawn before; looking at it keeps it longer."""
    try:
        drawn = path.read_bytes()
        os.utime(path)
    except FileNotFoundError:
        return None
    return drawn


def _wide_enough(drawn: bytes) -> bytes:
    with Image.open(io.BytesIO(drawn), formats=["JPEG"]) as image:
        height = max(1, round(image.height * _LEAST_WIDTH / image.width))
        if image.width >= _LEAST_WIDTH or height > _HIGHEST:
            return drawn
        return _jpeg(image.resize((_LEAST_WIDTH, height), Image.Resampling.BICUBIC))


def _jpeg(image: Image.Image) -> bytes:
    data = io.BytesIO()
    image.save(data, "JPEG", quality=_QUALITY)
    return data.getvalue()


class _Written:
    """How much this process has written into each folder of pictures since it last looked through it."""

    def __init__(self) -> None:
        self._bytes: dict[Path, int] = {}
        self._lock = Lock()

    def is_much(self, folder: Path, size: int, much: int) -> bool:
        """Note that `size` bytes were written. Whether it is time to look: the first time, and after `much` more."""
        with self._lock:
            written = self._bytes.get(folder, much) + size
            self._bytes[folder] = 0 if written >= much else written
            return written >= much


_written = _Written()


def _write(path: Path, content: bytes) -> None:
    """Write the picture whole or not at all; a temporary file is readable by its owner only."""
    path.parent.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    path.parent.mkdir(mode=_FOLDER_MODE, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
