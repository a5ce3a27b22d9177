"""Pictures of pages, drawn once: a cache without watermarks, which therefore never leaves the server."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from archive_store.base import ArchiveStore, checked_key
from portal.documents.reading.kinds import FileKind
from portal.documents.reading.reader import PageReader

_FOLDER_MODE = 0o700


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
            with self._store.local_copy(key, suffix=kind.extension) as copy:
                drawn = self._renderer.render_page(copy, kind, page_number, width)
            _keep(path, drawn)
        else:
            os.utime(path)
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
