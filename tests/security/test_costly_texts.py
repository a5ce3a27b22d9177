"""A text made to be slow to search slows down nobody but its own reader, and that one for a moment only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from portal.documents import services
from portal.documents.models import Page, ReadingState
from portal.documents.reading.results import PageText, TextBox
from portal.documents.routes import pages as viewer
from portal.documents.rules import LONGEST_TEXT
from portal.documents.viewing import hit_boxes, hits_in
from portal.search.saved import services as saved_services
from portal.search.saved.services import newly_answered, note_finds
from search_index.analysis import Reach, matches, spotting, words_of
from tests.unit.search_world import SearchWorld
from tests.unit.test_saved_searches import file, news, save
from tests.web.documents_world import LETTER, Visitor, World, only_document, pdf, upload
from tests.web.test_search_pages import world as archive  # noqa: F401 - a fixture


class Counted:
    """A pattern that adds up how many characters it was told to go through."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern
        self.characters = 0

    def finditer(self, text: str, start: int, end: int) -> Any:
        self.characters += end - start
        return self._pattern.finditer(text, start, end)


@pytest.mark.parametrize("text", ["甲" * 4000, "a-b." * 1000, "able " * 800], ids=["Han", "compounds", "words"])
@pytest.mark.parametrize("typed", ["甲", "a", "ab"])
def test_a_text_without_sentences_is_gone_through_a_few_times_only(
    monkeypatch: pytest.MonkeyPatch, text: str, typed: str
) -> None:
    breaks = Counted(spotting._BREAK)
    monkeypatch.setattr(spotting, "_BREAK", breaks)
    matches(text, list(words_of(typed, Reach.BEGINNING)))
    assert breaks.characters <= 5 * len(text)


def test_huge_texts_that_differ_are_not_lined_up() -> None:
    read = "letters " * 20_000
    boxes = [TextBox(0.1, 0.1, 0.9, 0.2, read)]
    shown = f"x {read[:-9]} castings"
    assert hit_boxes(shown, boxes, hits_in(shown, "castings")) == [[]]
    same = f"{read} castings"
    boxes.append(TextBox(0.1, 0.3, 0.9, 0.4, "castings"))
    ((box,),) = hit_boxes(same, boxes, hits_in(same, "castings"))
    assert 0.29 < box.y0 < box.y1 < 0.41


def test_a_page_that_holds_a_book_is_kept_as_far_as_a_page_goes(
    parts: Any, queues: Any, world: World, amparo: Visitor
) -> None:
    upload(amparo, world.general, ("letter.pdf", pdf(LETTER)))
    queues.work_until_idle()
    with parts.writing() as work:
        page = work.session.query(Page).one()
        page.state = ReadingState.WAITING
        book = PageText("castings " * 50_000, "embedded", None, 420, 595, [])
        services.record_page_read(work, page.id, book)
    with parts.looking() as work:
        assert len(work.session.query(Page).one().text) == LONGEST_TEXT


@contextmanager
def begun() -> Iterator[list[bool]]:
    """What transactions were begun, in order: whether each is one that writes."""
    kinds: list[bool] = []

    def note(connection: Any) -> None:
        kinds.append(bool(connection.get_execution_options().get("legajo_writes", False)))

    event.listen(Engine, "begin", note)
    try:
        yield kinds
    finally:
        event.remove(Engine, "begin", note)


def test_hits_of_a_page_are_placed_while_nobody_waits_to_write(
    parts: Any, queues: Any, world: World, amparo: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(amparo, world.general, ("letter.pdf", pdf(LETTER)))
    queues.work_until_idle()
    address = f"/documents/{only_document(parts)}/pages/1?q=castings"
    writing: list[bool] = []
    real_hits, real_boxes = viewer.hits_in, viewer.hit_boxes

    def watched(real: Any) -> Any:
        def call(*values: Any) -> Any:
            writing.append(kinds[-1])
            return real(*values)

        return call

    monkeypatch.setattr(viewer, "hits_in", watched(real_hits))
    monkeypatch.setattr(viewer, "hit_boxes", watched(real_boxes))
    with begun() as kinds:
        assert amparo.get(address).status_code == 200
    assert writing == [False, False]


def test_saved_searches_are_asked_while_nobody_waits_to_write(
    archive: SearchWorld,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save(archive, "clerk", "lanterns")
    asked: list[bool] = []

    class Watched(saved_services.Judged):
        def answers(self, query: Any) -> bool:
            asked.append(kinds[-1])
            return super().answers(query)

    monkeypatch.setattr(saved_services, "Judged", Watched)
    with begun() as kinds:
        file(archive, "2026-0001", "Third letter", "brass lanterns")
    assert asked == [False]
    assert news(archive, "clerk") == ["Third letter"]


def test_a_search_deleted_while_it_was_asked_is_not_told(archive: SearchWorld) -> None:  # noqa: F811
    saved_id = save(archive, "clerk", "lanterns")
    with archive.parts.writing() as work:
        document = archive.document(work.session, "Second letter")
        document.filed_at = work.now
        key = f"document:{document.id}"
    with archive.parts.looking() as work:
        found = newly_answered(work, key)
    assert list(found) == [saved_id]
    with archive.parts.writing() as work:
        work.session.delete(work.session.get_one(saved_services.SavedSearch, saved_id))
    with archive.parts.writing() as work:
        assert note_finds(work, key, found) == 0


def test_a_question_of_any_length_is_repeated_as_far_as_it_is_read(app: Any, archive: SearchWorld) -> None:  # noqa: F811
    answer = Visitor(app, "clerk").get(f"/search?q=lanterns {'x' * 50_000}")
    assert answer.status_code == 200
    assert "The question is very long." in answer.text
    assert len(answer.text) < 3 * 50_000
