"""What people make of texts that were read: corrected, accepted, kept with their history, never overwritten."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.queries import actor_of, person_by_login
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted, StaleVersion
from portal.core.outbox import OutboxRow
from portal.documents import queries
from portal.documents.boxes import boxes_of
from portal.documents.doubtful import ROWS, CheckFilter, CheckReason, pages_to_check
from portal.documents.models import Document, DocumentKind, Page, ReadingState, TextSource
from portal.documents.reading.results import PageText, TextBox
from portal.documents.rules import LONGEST_TEXT, SURE_ENOUGH
from portal.documents.services import (
    accept_text,
    correct_text,
    record_page_failed,
    record_page_read,
    retry_page,
)
from portal.documents.services.progress import SOME_PAGES_FAILED
from portal.dossiers.models import Dossier
from tests.factories import make_document
from tests.web.documents_world import World, trail_of

BOXES = [TextBox(0.1, 0.123456, 0.9, 0.2, "Forty «castings» \ud800"), TextBox(0, 0.5, 1, 1, "恒达")]


def as_person(parts: Any, login: str) -> AbstractContextManager[Any]:
    with parts.looking() as work:
        who = actor_of(work.session, person_by_login(work.session, login))
    return parts.writing(who)


def scan(parts: Any, dossier_id: int, *texts: tuple[str, float], **fields: Any) -> int:
    """A document whose pages were recognised with these confidences; below 0: could not be read."""
    with parts.writing() as work:
        by = person_by_login(work.session, "amparo")
        document = make_document(
            work.session, by, work.session.get_one(Dossier, dossier_id), *(text for text, _ in texts), **fields
        )
        for page, (_, confidence) in zip(document.current.pages, texts, strict=True):
            page.source, page.confidence = TextSource.RECOGNISED, confidence
            if confidence < 0:
                page.state, page.source, page.confidence = ReadingState.FAILED, None, None
                page.text, page.text_number, page.reason = "", 0, "The page is too large to be read."
                document.current.state, document.current.reason = ReadingState.FAILED, SOME_PAGES_FAILED
        return document.id


def page_of(parts: Any, document_id: int, number: int = 1) -> Page:
    with parts.looking() as work:
        document = work.session.get_one(Document, document_id)
        page = next(page for page in document.current.pages if page.number == number)
        work.session.refresh(page, ["boxes", "version"])
        return page


def read_again(parts: Any, document_id: int, text: str, confidence: float = 0.5, number: int = 1) -> None:
    """As a worker does with a page that waits."""
    page_id = page_of(parts, document_id, number).id
    with parts.writing() as work:
        record_page_read(work, page_id, PageText(text, "recognised", confidence, 100, 100, BOXES))


def index_wishes(parts: Any, document_id: int) -> int:
    with parts.looking() as work:
        row = work.session.scalar(
            select(OutboxRow).where(OutboxRow.kind == "index", OutboxRow.key == f"document:{document_id}")
        )
        return row.wanted if row else 0


def listed(parts: Any, login: str, **wanted: Any) -> list[tuple[str, int | None]]:
    with as_person(parts, login) as work:
        return [(row.subject, row.number) for row in pages_to_check(work, CheckFilter(**wanted)).rows]


def test_a_correction_is_a_new_text_and_the_one_before_is_kept(parts: Any, world: World) -> None:
    document_id = scan(parts, world.general, ("forty castngs", 0.6))
    before = index_wishes(parts, document_id)
    with as_person(parts, "clerk") as work:
        correct_text(work, document_id, 1, "forty castings \r\nof iron\n\n", 1)
    page = page_of(parts, document_id)
    assert (page.text, page.source, page.text_number) == ("forty castings\nof iron", TextSource.CORRECTED, 2)
    assert index_wishes(parts, document_id) == before + 1
    with parts.looking() as work:
        now, then = queries.history_of(work.session, page)
    assert (then.number, then.text, then.source, then.made_by) == (1, "forty castngs", TextSource.RECOGNISED, None)
    assert (now.number, now.text, now.source, now.made_by) == (2, page.text, TextSource.CORRECTED, "Clara Clerk")
    (entry,) = trail_of(parts, "page:correct")
    assert entry.dossier_id == world.general
    assert entry.details == {"document": document_id, "version": page.version_id, "page": 1, "text_number": 2}


def test_a_correction_over_a_newer_text_is_refused(parts: Any, world: World) -> None:
    document_id = scan(parts, world.general, ("forty castngs", 0.6))
    with as_person(parts, "clerk") as work:
        correct_text(work, document_id, 1, "first", 1)
        with pytest.raises(StaleVersion):
            correct_text(work, document_id, 1, "second", 1)
        with pytest.raises(StaleVersion):
            accept_text(work, document_id, 1, 1)
        correct_text(work, document_id, 1, "second", 2)
    page = page_of(parts, document_id)
    assert page.text == "second"
    with parts.looking() as work:
        texts = [text.text for text in queries.history_of(work.session, page)]
    assert texts == ["second", "first", "forty castngs"]


def test_saving_the_same_text_accepts_it(parts: Any, world: World) -> None:
    document_id = scan(parts, world.general, ("forty castings", 0.6))
    assert listed(parts, "clerk") == [("A letter", 1)]
    with as_person(parts, "clerk") as work:
        correct_text(work, document_id, 1, "forty castings\r\n", 1)
    page = page_of(parts, document_id)
    assert (page.source, page.text_number, page.checked_at is not None) == (TextSource.RECOGNISED, 1, True)
    with parts.looking() as work:
        (kept,) = queries.history_of(work.session, page)
    assert (kept.made_by, kept.accepted_by) == (None, "Clara Clerk")
    assert listed(parts, "clerk") == []
    assert trail_of(parts, "page:correct") == [] and len(trail_of(parts, "page:accept")) == 1


def test_reading_again_never_overwrites_a_correction(parts: Any, world: World) -> None:
    document_id = scan(parts, world.general, ("forty castngs", 0.6))
    with as_person(parts, "clerk") as work:
        correct_text(work, document_id, 1, "forty castings", 1)
        with pytest.raises(Conflict):
            retry_page(work, document_id, 1)
    page = page_of(parts, document_id)
    with parts.writing() as work:  # As a version that is read anew would have it.
        work.session.get_one(Page, page.id).state = ReadingState.WAITING
    read_again(parts, document_id, "f0rty c@stngs")
    page = page_of(parts, document_id)
    assert (page.text, page.source, page.state) == ("forty castings", TextSource.CORRECTED, ReadingState.READ)
    assert [box.text for box in boxes_of(page)] == ["Forty «castings» ?", "恒达"]


def test_a_doubtful_page_is_read_again_and_its_text_before_is_kept(parts: Any, world: World) -> None:
    document_id = scan(parts, world.general, ("f0rty", 0.6), ("clear", 0.95))
    with as_person(parts, "amparo") as work:
        retry_page(work, document_id, 1)
        with pytest.raises(Conflict):
            retry_page(work, document_id, 2)
    with as_person(parts, "clerk") as work, pytest.raises(Conflict):
        correct_text(work, document_id, 1, "forty", 1)
    read_again(parts, document_id, "forty", 0.9)
    page = page_of(parts, document_id)
    assert (page.text, page.text_number, page.confidence) == ("forty", 2, 0.9)
    with parts.looking() as work:
        assert [text.text for text in queries.history_of(work.session, page)] == ["f0rty"]
    assert listed(parts, "clerk") == []


def test_a_page_that_is_tried_again_in_vain_keeps_its_text(parts: Any, world: World) -> None:
    document_id = scan(parts, world.general, ("f0rty", 0.6))
    with as_person(parts, "amparo") as work:
        page_id = retry_page(work, document_id, 1).id
    with parts.writing() as work:
        record_page_failed(work, page_id, "The page is too large to be read.")
    page = page_of(parts, document_id)
    assert (page.state, page.text, page.version.state) == (ReadingState.READ, "f0rty", ReadingState.READ)
    assert listed(parts, "clerk") == [("A letter", 1)]


def test_typing_the_text_of_a_page_that_failed_ends_the_failure(parts: Any, world: World) -> None:
    document_id = scan(parts, world.general, ("", -1), ("clear", 0.95), ("", -1))
    with as_person(parts, "clerk") as work:
        with pytest.raises(Conflict):
            accept_text(work, document_id, 1, 0)
        correct_text(work, document_id, 1, "typed from the paper", 0)
    assert page_of(parts, document_id).version.state == ReadingState.FAILED
    with as_person(parts, "clerk") as work:
        correct_text(work, document_id, 3, "", 0)
    page = page_of(parts, document_id, 3)
    assert (page.version.state, page.version.reason) == (ReadingState.READ, None)
    assert (page.state, page.text, page.source) == (ReadingState.READ, "", TextSource.CORRECTED)
    assert listed(parts, "clerk") == []


def test_only_records_staff_who_may_read_correct(parts: Any, world: World) -> None:
    document_id = scan(parts, world.core, ("secret", 0.6))
    for login, error in (("amparo", NotPermitted), ("nobody", NotPermitted), ("clerk", NotFound)):
        with as_person(parts, login) as work:
            for act in (
                lambda: correct_text(work, document_id, 1, "x", 1),
                lambda: accept_text(work, document_id, 1, 1),
            ):
                with pytest.raises(error):
                    act()
    with as_person(parts, "keeper") as work:
        accept_text(work, document_id, 1, 1)


def test_a_text_has_a_limit_and_only_what_can_be_stored(parts: Any, world: World) -> None:
    document_id = scan(parts, world.general, ("f0rty", 0.6))
    with as_person(parts, "clerk") as work:
        with pytest.raises(Invalid) as error:
            correct_text(work, document_id, 1, "x" * (LONGEST_TEXT + 1), 1)
        assert set(error.value.fields) == {"text"}
        correct_text(work, document_id, 1, "forty\ud800", 1)
    assert page_of(parts, document_id).text == "forty?"


def test_the_list_holds_what_failed_or_is_doubtful_and_nothing_else(parts: Any, world: World) -> None:
    scan(parts, world.general, ("a", SURE_ENOUGH - 0.01), ("b", SURE_ENOUGH), ("", -1), subject="Old")
    scan(parts, world.general, ("c", 0.3), subject="Fax", kind=DocumentKind.FAX)
    scan(parts, world.core, ("d", 0.3), subject="Core")
    with parts.writing() as work:
        by = person_by_login(work.session, "amparo")
        unopened = make_document(work.session, by, work.session.get_one(Dossier, world.general), subject="Unopened")
        unopened.current.page_count, unopened.current.state = None, ReadingState.FAILED
        locked = make_document(work.session, by, work.session.get_one(Dossier, world.general), subject="Locked")
        locked.current.page_count, locked.current.state = None, ReadingState.NOT_READABLE
    open_to_all = [("Old", 1), ("Old", 3), ("Fax", 1), ("Unopened", None)]
    assert listed(parts, "clerk") == open_to_all
    assert listed(parts, "keeper") == [("Old", 1), ("Old", 3), ("Fax", 1), ("Core", 1), ("Unopened", None)]
    assert listed(parts, "nobody") == []
    assert listed(parts, "clerk", reason=CheckReason.FAILED) == [("Old", 3), ("Unopened", None)]
    assert listed(parts, "clerk", reason=CheckReason.DOUBTFUL) == [("Old", 1), ("Fax", 1)]
    assert listed(parts, "clerk", kind=DocumentKind.FAX) == [("Fax", 1)]
    with parts.looking() as work:
        department = work.session.get_one(Dossier, world.general).department_id
    assert listed(parts, "clerk", department_id=department) == open_to_all
    assert listed(parts, "clerk", department_id=department + 1000) == []


def test_a_long_list_has_pages_oldest_first(parts: Any, world: World) -> None:
    scan(parts, world.general, *((f"text {number}", 0.3) for number in range(ROWS + 1)))
    with as_person(parts, "clerk") as work:
        first, second = (pages_to_check(work, CheckFilter(), number) for number in (1, 99))
    assert [row.number for row in first.rows] == list(range(1, ROWS + 1))
    assert ([row.number for row in second.rows], second.number, second.pages, second.total) == ([26], 2, 2, ROWS + 1)


def test_boxes_are_kept_with_the_page(parts: Any, world: World) -> None:
    document_id = scan(parts, world.general, ("f0rty", 0.6))
    assert boxes_of(page_of(parts, document_id)) == []
    with as_person(parts, "amparo") as work:
        retry_page(work, document_id, 1)
    read_again(parts, document_id, "forty")
    first, second = boxes_of(page_of(parts, document_id))
    assert first == TextBox(0.1, 0.1235, 0.9, 0.2, "Forty «castings» ?") and second.text == "恒达"
