"""The kept pictures of pages: no more than may be, the ones that were looked at stay."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest

from portal.documents.page_images import PageImages
from portal.documents.reading.kinds import FileKind
from tests.web.documents_world import LETTER, pdf

PAGES = 8


@pytest.fixture
def key(parts: Any) -> str:
    return str(parts.store.put(io.BytesIO(pdf(*[LETTER] * PAGES))).key)


def kept(folder: Path) -> dict[str, int]:
    return {path.name.split("-")[1]: path.stat().st_size for path in folder.glob("*/*.jpg")}


def test_pictures_take_no_more_than_they_may_and_the_oldest_go(parts: Any, key: str, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    whole = PageImages(folder, parts.store, parts.renderer)
    size = len(whole.picture(key, FileKind.PDF, 1, 400))
    images = PageImages(folder, parts.store, parts.renderer, most_bytes=4 * size)
    first = next(folder.glob("*/*-1-400.jpg"))
    for number in range(2, PAGES + 1):
        os.utime(first, (number, number))  # Of the others, none was looked at for longer.
        images.picture(key, FileKind.PDF, 1, 400)
        images.picture(key, FileKind.PDF, number, 400)
        assert sum(kept(folder).values()) <= 4 * size
    assert set(kept(folder)) == {"1", "7", "8"}, "looked at again and again, and the newest"
    assert len(images.picture(key, FileKind.PDF, 2, 400)) > 0, "what went is drawn again"
