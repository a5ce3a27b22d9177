"""A page that is slow to draw costs its own reader a message, and nobody else more than a moment."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive_store.base import ArchiveStore
from portal.documents.page_images import PageImages
from portal.documents.reading.kinds import FileKind
from portal.documents.reading.limits import ChildLimits
from portal.documents.reading.reader import PageReader, ReaderBusy, ReadingFailed
from portal.documents.reading.results import Failure
from tests.web.documents_world import Visitor, make_world, only_document, pdf, upload

LITTLE_TIME = ChildLimits(render_seconds=0.2)


@pytest.fixture
def readers() -> Iterator[Callable[[ChildLimits], PageReader]]:
    made: list[PageReader] = []

    def make(limits: ChildLimits) -> PageReader:
        made.append(PageReader(limits))
        return made[-1]

    yield make
    for reader in made:
        reader.close()


@pytest.fixture
def key(parts: Any) -> str:
    return str(parts.store.put(io.BytesIO(pdf())).key)


def test_a_page_that_took_too_long_is_not_drawn_again_until_it_is_forgotten(
    parts: Any, key: str, tmp_path: Path, readers: Callable[[ChildLimits], PageReader]
) -> None:
    store: ArchiveStore = parts.store
    folder = tmp_path / "pictures"
    stalled = readers(ChildLimits())
    PageImages(tmp_path / "elsewhere", store, stalled).picture(key, FileKind.PDF, 1, 400)
    assert stalled.process_id is not None
    os.kill(stalled.process_id, signal.SIGSTOP)  # From now on every page takes too long.
    stalled.limits = LITTLE_TIME
    with pytest.raises(ReadingFailed):
        PageImages(folder, store, stalled).picture(key, FileKind.PDF, 1, 400)
    patient = readers(ChildLimits())
    images = PageImages(folder, store, patient)
    with pytest.raises(ReadingFailed) as refusal:
        images.picture(key, FileKind.PDF, 1, 400)
    assert refusal.value.failure is Failure.TIMEOUT
    assert patient.process_id is None, "the program that draws was not even started"
    assert images.picture(key, FileKind.PDF, 1, 300).startswith(b"\xff\xd8"), "another size is another picture"
    assert images.sweep(0) == 2
    assert images.picture(key, FileKind.PDF, 1, 400).startswith(b"\xff\xd8")


def test_only_what_cost_much_is_remembered(
    parts: Any, key: str, tmp_path: Path, readers: Callable[[ChildLimits], PageReader]
) -> None:
    images = PageImages(tmp_path / "pictures", parts.store, readers(ChildLimits()))
    with pytest.raises(ReadingFailed) as refusal:
        images.picture(key, FileKind.PDF, 99, 400)
    assert refusal.value.failure is Failure.NO_SUCH_PAGE
    assert list((tmp_path / "pictures").glob("*/*")) == []


def test_whoever_would_wait_too_long_is_told_so(
    key: str, parts: Any, readers: Callable[[ChildLimits], PageReader]
) -> None:
    reader = readers(ChildLimits(wait_seconds=0.05))
    with parts.store.local_copy(key, suffix=".pdf") as path:
        with ThreadPoolExecutor() as pool, reader._lock:  # As while the page of somebody else is drawn.
            waiting = pool.submit(reader.render_page, path, FileKind.PDF, 1, 400)
            error = waiting.exception(timeout=60)
        assert isinstance(error, ReaderBusy)
        assert reader.render_page(path, FileKind.PDF, 1, 400).startswith(b"\xff\xd8"), "its turn comes"


def test_the_image_of_a_page_answers_503_while_the_program_that_draws_is_busy(
    app: Any, parts: Any, queues: Any
) -> None:
    world = make_world(parts)
    amparo = Visitor(app, "amparo")
    assert upload(amparo, world.general, ("a.pdf", pdf())).status_code == 302
    queues.work_until_idle()
    image = f"/documents/{only_document(parts)}/pages/1/image"
    parts.renderer.limits = replace(parts.renderer.limits, wait_seconds=0.05)
    with ThreadPoolExecutor() as pool, parts.renderer._lock:
        busy = pool.submit(amparo.get, image).result(timeout=60)
    assert (busy.status_code, "Please try again in a minute." in busy.text) == (503, True)
    assert amparo.get(image).mimetype == "image/jpeg"
