"""Pictures of pages, drawn once: a cache without watermarks, which therefore never leaves the server."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from archive_store.base import ArchiveStore, checked_key
from portal.documents.reading.kinds import FileKind
from portal.documents.reading.reader import PageReader, ReadingFailed
from portal.documents.reading.results import Failure

_FOLDER_MODE = 0o700

_COSTLY = frozenset({Failure.TIMEOUT, Failure.MEMORY})
"""Failures that took a minute or a gigabyte: remembered beside the pictures, so that one page cannot stall all
others by being looked at again and again. `sweep` forgets them in time."""


class PageImages:
    """Draws pages with `renderer` and keeps the pictures in `folder`, readable by the server only.

    A picture depends on the content alone, so the cache is never wrong; it may be deleted at any time.
    """

    def __init__(self, folder: Path, store: ArchiveStore, renderer: PageReader) -> None:
        self._folder = folder
        self._store = store
        self._renderer = renderer

    def picture(self, key: str, kind: FileKind, page_number: int, width: int) -> bytes:
        """A JPEG of page `page_number` (from 1) of the content `key`, at most `width` pixels wide.

        It has no watermark: it is not for sending. Raises ReadingFailed and the store's errors.
        """
        path = self._folder / checked_key(key)[:2] / f"{key}-{page_number}-{width}.jpg"
        try:
            drawn = path.read_bytes()
        except FileNotFoundError:
            drawn = self._draw(path, key, kind, page_number, width)
        else:
            os.utime(path)
        return drawn

    def _draw(self, path: Path, key: str, kind: FileKind, page_number: int, width: int) -> bytes:
        failed = path.with_suffix(".failed")
        if failed.exists():
            raise ReadingFailed(Failure(failed.read_text()))
        with self._store.local_copy(key, suffix=kind.extension) as copy:
            try:
                drawn = self._renderer.render_page(copy, kind, page_number, width)
            except ReadingFailed as error:
                if error.failure in _COSTLY:
                    _keep(failed, error.failure.value.encode())
                raise
        _keep(path, drawn)
        return drawn

    def sweep(self, older_than_seconds: float) -> int:
        """Delete pictures nobody looked at for this long; return how many went."""
        latest = time.time() - older_than_seconds
        swept = 0
        for path in self._folder.glob("*/*"):
            if path.is_file() and path.stat().st_mtime <= latest:
                path.unlink(missing_ok=True)
                swept += 1
        return swept


def _keep(path: Path, content: bytes) -> None:
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
