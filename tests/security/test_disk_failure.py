"""A disk, or the program that reads, is away while a document waits: it ends in words and a button, not in waiting."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.outbox import MAX_ATTEMPTS, OutboxRow
from portal.documents.models import DocumentVersion, Page, ReadingState
from tests.web.documents_world import Visitor, make_world, only_document, pdf, upload


@pytest.fixture
def amparo(app: Any, parts: Any) -> Visitor:
    """Has filed a document that nobody has read yet."""
    world = make_world(parts)
    amparo = Visitor(app, "amparo")
    assert upload(amparo, world.general, ("a.pdf", pdf())).status_code == 302
    return amparo


def state(parts: Any) -> ReadingState:
    with parts.looking() as work:
        return work.session.scalars(select(DocumentVersion.state)).one()


def page_state(parts: Any) -> ReadingState:
    with parts.looking() as work:
        return work.session.scalars(select(Page.state)).one()


def try_for_hours(queues: Any, clock: Any, rounds: int = MAX_ATTEMPTS + 1) -> None:
    for _ in range(rounds):
        queues.work_until_idle()
        clock.advance(minutes=60)


def press_retry(amparo: Visitor, parts: Any, clock: Any) -> Visitor:
    """Somebody comes the next day, finds the button and presses it."""
    clock.advance(days=1)
    visitor = Visitor(amparo.client.application, "amparo")
    here = f"/documents/{only_document(parts)}"
    page = visitor.get(here).text
    assert "Try reading again" in page
    assert "Being read" not in page
    assert visitor.post(f"{here}/retry", {}, shown_at=here, action=f"{here}/retry").status_code == 302
    return visitor


def break_disk(parts: Any) -> Path:
    """No copy of a file can be made, as on a disk that is full or has gone."""
    folder: Path = parts.settings.files / "tmp"
    folder.rmdir()
    return folder


def test_a_file_that_cannot_be_fetched_ends_as_failed_and_is_read_when_tried_again(
    amparo: Visitor, parts: Any, queues: Any, clock: Any
) -> None:
    folder = break_disk(parts)
    try_for_hours(queues, clock, MAX_ATTEMPTS - 1)
    assert state(parts) == ReadingState.WAITING, "it may come back"
    try_for_hours(queues, clock, 2)
    assert state(parts) == ReadingState.FAILED
    folder.mkdir()
    press_retry(amparo, parts, clock)
    queues.work_until_idle()
    assert (state(parts), page_state(parts)) == (ReadingState.READ, ReadingState.READ)


def test_a_disk_that_comes_back_in_time_is_no_failure(amparo: Visitor, parts: Any, queues: Any, clock: Any) -> None:
    folder = break_disk(parts)
    try_for_hours(queues, clock, 2)
    folder.mkdir()
    try_for_hours(queues, clock, 2)
    assert state(parts) == ReadingState.READ


def test_a_page_too(amparo: Visitor, parts: Any, queues: Any, clock: Any) -> None:
    with parts.looking() as work:
        (row,) = work.session.scalars(select(OutboxRow).where(OutboxRow.kind == "open_version"))
    assert queues.work_on("open_version", row.key)
    queues._kinds["read_page"].handler.__self__.close()  # As another worker, which has no copy of the file yet.
    folder = break_disk(parts)
    try_for_hours(queues, clock)
    assert (state(parts), page_state(parts)) == (ReadingState.FAILED, ReadingState.FAILED)
    folder.mkdir()
    press_retry(amparo, parts, clock)
    queues.work_until_idle()
    assert (state(parts), page_state(parts)) == (ReadingState.READ, ReadingState.READ)


def test_a_reading_program_that_does_not_start_ends_as_failed(
    amparo: Visitor, parts: Any, queues: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts.reader.close()
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", "/bin/false")
        try_for_hours(queues, clock)
    assert state(parts) == ReadingState.FAILED
    press_retry(amparo, parts, clock)
    queues.work_until_idle()
    assert state(parts) == ReadingState.READ
