"""The jobs that open and read: every page once, failures with their reason, everything repeatable."""

from __future__ import annotations

import io
import os
import signal
from datetime import date
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import select

from portal.accounts.queries import person_by_login
from portal.core.errors import Conflict, NotFound, NotPermitted
from portal.core.fonts import sans_path
from portal.core.outbox import OutboxRow
from portal.core.permissions import Permission
from portal.documents import queries
from portal.documents.errors import FileUnavailable
from portal.documents.models import DocumentVersion, Page, ReadingState, TextSource
from portal.documents.reading.reader import REASONS, ReadingFailed
from portal.documents.reading.results import Failure, PageText
from portal.documents.services import (
    DocumentFacts,
    KeptFile,
    file_document,
    record_opened,
    record_page_failed,
    record_page_read,
    retry_page,
    retry_version,
)
from portal.documents.services.progress import INDEX_EVERY, SOME_PAGES_FAILED
from portal.dossiers.models import Dossier
from tests.factories import make_grant
from tests.web.documents_world import LETTER, World, pdf, picture

FACTS = DocumentFacts("letter", "in", date(2026, 2, 27))


def person(work: Any, login: str) -> Any:
    from portal.accounts.queries import actor_of, person_by_login

    return actor_of(work.session, person_by_login(work.session, login))


def as_person(parts: Any, login: str) -> Any:
    """A writing unit of work of somebody."""
    with parts.looking() as work:
        who = person(work, login)
    return parts.writing(who)


def file(parts: Any, dossier_id: int, content: bytes, kind: str = "pdf", login: str = "amparo") -> int:
    stored = parts.store.put(io.BytesIO(content))
    with as_person(parts, login) as work:
        kept = KeptFile(stored.key, f"letter.{kind}", kind, stored.size)
        return file_document(work, dossier_id, FACTS, kept).id


def version_of(parts: Any, document_id: int) -> tuple[DocumentVersion, list[Page]]:
    with parts.looking() as work:
        version = work.session.scalars(select(DocumentVersion).where(DocumentVersion.document_id == document_id)).one()
        return version, list(version.pages)


def index_wishes(parts: Any, document_id: int) -> int:
    with parts.looking() as work:
        return work.session.scalar(
            select(OutboxRow.wanted).where(OutboxRow.kind == "index", OutboxRow.key == f"document:{document_id}")
        )


def test_each_page_of_a_pdf_is_read(parts: Any, queues: Any, world: World) -> None:
    document_id = file(parts, world.general, pdf(LETTER, LETTER.replace("forty", "sixty")))
    queues.work_until_idle()
    version, pages = version_of(parts, document_id)
    assert (version.state, version.page_count, version.reason) == (ReadingState.READ, 2, None)
    assert [page.state for page in pages] == [ReadingState.READ] * 2
    assert "forty castings" in pages[0].text and "sixty castings" in pages[1].text
    assert pages[0].source == TextSource.EMBEDDED and pages[0].read_at is not None


def test_a_scan_is_recognised(parts: Any, queues: Any, world: World) -> None:
    sheet = Image.new("L", (900, 160), "white")
    font = ImageFont.truetype(str(sans_path()), 40)
    ImageDraw.Draw(sheet).text((30, 50), "Forty castings by Friday", font=font, fill=0)
    data = io.BytesIO()
    sheet.save(data, "PNG")
    document_id = file(parts, world.general, data.getvalue(), "png")
    queues.work_until_idle()
    version, pages = version_of(parts, document_id)
    assert version.state == ReadingState.READ
    assert pages[0].source == TextSource.RECOGNISED and "castings" in pages[0].text
    assert pages[0].confidence > 0.5


def test_every_page_of_a_tiff_becomes_a_page(parts: Any, queues: Any, world: World) -> None:
    document_id = file(parts, world.general, picture("TIFF", pages=3), "tiff")
    queues.work_until_idle()
    version, pages = version_of(parts, document_id)
    assert [page.number for page in pages] == [1, 2, 3]
    assert version.state == ReadingState.READ


def test_a_file_with_a_password_is_kept_and_says_why_it_is_not_read(parts: Any, queues: Any, world: World) -> None:
    document_id = file(parts, world.general, pdf(encrypt=True))
    before = index_wishes(parts, document_id)
    queues.work_until_idle()
    version, pages = version_of(parts, document_id)
    assert (version.state, version.reason) == (ReadingState.NOT_READABLE, REASONS[Failure.PASSWORD])
    assert pages == [] and parts.store.exists(version.content_key)
    assert index_wishes(parts, document_id) == before + 1
    with as_person(parts, "amparo") as work:
        assert [row.id for row in queries.contents(work, world.general).rows] == [document_id]
        with pytest.raises(Conflict):
            retry_version(work, document_id)


def test_a_damaged_file_is_kept_and_says_so(parts: Any, queues: Any, world: World) -> None:
    document_id = file(parts, world.general, b"%PDF-1.7\n nothing follows")
    queues.work_until_idle()
    version, _ = version_of(parts, document_id)
    assert (version.state, version.reason) == (ReadingState.NOT_READABLE, REASONS[Failure.DAMAGED])


def test_a_file_that_is_gone_fails_with_a_reason_and_is_read_when_it_is_back(
    parts: Any, queues: Any, world: World
) -> None:
    document_id = file(parts, world.general, pdf())
    version, _ = version_of(parts, document_id)
    parts.store.remove(version.content_key)
    queues.work_until_idle()
    version, _ = version_of(parts, document_id)
    assert (version.state, version.reason) == (ReadingState.FAILED, FileUnavailable.message_id)
    parts.store.put(io.BytesIO(pdf()))
    with as_person(parts, "amparo") as work:
        retry_version(work, document_id)
    queues.work_until_idle()
    version, pages = version_of(parts, document_id)
    assert version.state == ReadingState.READ and len(pages) == 1


def test_work_done_twice_counts_once(parts: Any, queues: Any, world: World) -> None:
    document_id = file(parts, world.general, pdf(LETTER, LETTER))
    queues.work_until_idle()
    version, pages = version_of(parts, document_id)
    with parts.writing() as work:
        work.want("open_version", str(version.id))
        for page in pages:
            work.want("read_page", str(page.id))
    queues.work_until_idle()
    after, pages_after = version_of(parts, document_id)
    assert after.state == ReadingState.READ
    assert [(page.id, page.text) for page in pages_after] == [(page.id, page.text) for page in pages]


def test_a_result_that_comes_late_changes_nothing(parts: Any, queues: Any, world: World) -> None:
    document_id = file(parts, world.general, pdf())
    queues.work_until_idle()
    version, (page,) = version_of(parts, document_id)
    with parts.writing() as work:
        assert not record_page_read(work, page.id, PageText("late", "embedded", None, 1, 1))
        assert not record_page_failed(work, page.id, REASONS[Failure.DAMAGED])
        record_opened(work, version.id, 7)
    _, (after,) = version_of(parts, document_id)
    assert "castings" in after.text


def test_what_a_database_refuses_is_taken_out_of_the_text(parts: Any, world: World) -> None:
    document_id = file(parts, world.general, pdf())
    version, _ = version_of(parts, document_id)
    with parts.writing() as work:
        record_opened(work, version.id, 1)
    _, (page,) = version_of(parts, document_id)
    with parts.writing() as work:
        assert record_page_read(work, page.id, PageText("a\x00b\ud800c", "embedded", None, 1, 1))
    _, (page,) = version_of(parts, document_id)
    assert page.text == "ab?c"


def opened(parts: Any, document_id: int, pages: int) -> list[int]:
    version, _ = version_of(parts, document_id)
    with parts.writing() as work:
        record_opened(work, version.id, pages)
    return [page.id for page in version_of(parts, document_id)[1]]


def test_some_failed_pages_fail_the_version_and_one_can_be_retried(parts: Any, world: World) -> None:
    document_id = file(parts, world.general, pdf())
    first, second = opened(parts, document_id, 2)
    with parts.writing() as work:
        assert not record_page_failed(work, first, REASONS[Failure.DAMAGED])
        assert record_page_read(work, second, PageText("fine", "embedded", None, 1, 1))
    version, pages = version_of(parts, document_id)
    assert (version.state, version.reason) == (ReadingState.FAILED, SOME_PAGES_FAILED)
    assert pages[0].reason == REASONS[Failure.DAMAGED]
    with as_person(parts, "amparo") as work:
        with pytest.raises(Conflict):
            retry_page(work, document_id, 2)
        retry_page(work, document_id, 1)
    version, pages = version_of(parts, document_id)
    assert (version.state, pages[0].state, pages[0].reason) == (ReadingState.WAITING, ReadingState.WAITING, None)
    with parts.writing() as work:
        assert record_page_read(work, first, PageText("now", "embedded", None, 1, 1))
    assert version_of(parts, document_id)[0].state == ReadingState.READ


def test_when_all_pages_fail_alike_the_version_says_why(parts: Any, world: World) -> None:
    document_id = file(parts, world.general, pdf())
    for page_id in opened(parts, document_id, 2):
        with parts.writing() as work:
            record_page_failed(work, page_id, REASONS[Failure.MEMORY])
    assert version_of(parts, document_id)[0].reason == REASONS[Failure.MEMORY]


def test_a_long_document_is_indexed_while_it_is_read(parts: Any, world: World) -> None:
    document_id = file(parts, world.general, pdf())
    before = index_wishes(parts, document_id)
    page_ids = opened(parts, document_id, INDEX_EVERY + 10)
    with parts.writing() as work:
        for page_id in page_ids:
            record_page_read(work, page_id, PageText("x", "embedded", None, 1, 1))
    assert index_wishes(parts, document_id) == before + 2


def test_a_child_that_dies_is_tried_once_more_and_then_counts(
    parts: Any, queues: Any, world: World, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def dies(*_: Any) -> PageText:
        tries.append(1)
        raise ReadingFailed(Failure.CRASHED)

    monkeypatch.setattr(parts.reader, "read_page", dies)
    document_id = file(parts, world.general, pdf())
    queues.work_until_idle()
    assert version_of(parts, document_id)[0].state == ReadingState.WAITING
    clock.advance(seconds=6)
    queues.work_until_idle()
    version, _ = version_of(parts, document_id)
    assert (len(tries), version.state, version.reason) == (2, ReadingState.FAILED, REASONS[Failure.CRASHED])


def test_a_child_that_was_killed_is_replaced(parts: Any, queues: Any, world: World) -> None:
    file(parts, world.general, pdf())
    queues.work_until_idle()
    os.kill(parts.reader.process_id, signal.SIGKILL)
    document_id = file(parts, world.core, pdf(), login="keeper")
    queues.work_until_idle()
    assert version_of(parts, document_id)[0].state == ReadingState.READ


def test_only_who_may_read_a_document_has_it_read_again(parts: Any, world: World) -> None:
    document_id = file(parts, world.general, pdf())
    (page_id,) = opened(parts, document_id, 1)
    with parts.writing() as work:
        record_page_failed(work, page_id, REASONS[Failure.DAMAGED])
    with as_person(parts, "nobody") as work:
        assert work.person.may(Permission.DOCUMENT_RETRY)
        with pytest.raises(NotFound):
            retry_version(work, document_id)
        with pytest.raises(NotFound):
            retry_page(work, document_id, 1)


def test_who_reads_under_a_grant_does_not_have_it_read_again(parts: Any, world: World) -> None:
    document_id = file(parts, world.general, pdf())
    (page_id,) = opened(parts, document_id, 1)
    with parts.writing() as work:
        record_page_failed(work, page_id, REASONS[Failure.DAMAGED])
        dossier = work.session.get_one(Dossier, world.general)
        nobody, amparo = (person_by_login(work.session, login) for login in ("nobody", "amparo"))
        make_grant(work.session, nobody, dossier, amparo, date(2026, 12, 31))
    with as_person(parts, "nobody") as work:
        assert queries.readable_document(work, document_id)
        for retry in (lambda: retry_version(work, document_id), lambda: retry_page(work, document_id, 1)):
            with pytest.raises(NotPermitted):
                retry()
    for login in ("amparo", "clerk"):
        with as_person(parts, login) as work:
            document, page = queries.readable_page(work, document_id, 1)
            assert queries.may_retry_page(work, document, page)


def test_progress_counts_what_the_person_may_read(parts: Any, queues: Any, world: World) -> None:
    file(parts, world.general, pdf(LETTER, LETTER))
    file(parts, world.core, pdf(), login="keeper")
    with parts.looking() as work:
        seen = {
            login: queries.reading_progress(work.session, person(work, login), work.today)
            for login in ("amparo", "nobody", "clerk", "keeper")
        }
    assert {login: progress.waiting for login, progress in seen.items()} == {
        "amparo": 1,
        "nobody": 0,
        "clerk": 1,
        "keeper": 2,
    }
    queues.work_until_idle()
    with parts.looking() as work:
        keeper = queries.reading_progress(work.session, person(work, "keeper"), work.today)
    assert keeper.pages == 0, "what has been read is not counted for ever"
    with parts.writing() as work:
        work.session.scalars(select(Page).where(Page.number == 2)).one().state = ReadingState.WAITING
    with parts.looking() as work:
        keeper = queries.reading_progress(work.session, person(work, "keeper"), work.today)
        nobody = queries.reading_progress(work.session, person(work, "nobody"), work.today)
    assert (keeper.read, keeper.waiting, keeper.percent) == (1, 1, 50)
    assert nobody.pages == 0


def test_no_copy_of_a_file_stays_behind(parts: Any, queues: Any, world: World) -> None:
    file(parts, world.general, pdf(LETTER, LETTER))
    queues.work_until_idle()
    assert list((parts.settings.files / "tmp").iterdir()) == []
