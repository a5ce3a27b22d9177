"""Texts of long documents, read only as far as they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from portal.database import begin_writing
from portal.documents.models import Document, DocumentVersion, Page, ReadingState
from portal.search.entries import pages_of
from portal.search.texts import Budget, texts_of
from search_index.analysis import best_passage
from search_index.language import parse
from tests.unit.search_world import SearchWorld


@pytest.fixture
def documents(parts: Any, queues: Any) -> dict[str, int]:
    """A letter, a book of 150 pages two of which could not be read, and a document without pages; subject → id."""
    world = SearchWorld(parts, queues)
    pages = {"Letter": ("one", "two"), "Book": tuple(f"page {number}" for number in range(1, 151)), "Nothing": ()}
    world.add_dossier("2026-0001", "Northern Tools Ltd", pages)
    with parts.writing() as work:
        ids = {row.subject: row.id for row in work.session.execute(select(Document.id, Document.subject))}
        book = select(DocumentVersion.id).where(DocumentVersion.document_id == ids["Book"]).scalar_subquery()
        for page in work.session.scalars(select(Page).where(Page.version_id == book, Page.number.in_((5, 100)))):
            page.state = ReadingState.FAILED
    return ids


@pytest.fixture
def session(parts: Any, documents: dict[str, int]) -> Iterator[Session]:
    with parts.new_session() as session:
        begin_writing(session)
        yield session


@pytest.mark.parametrize("counted", [True, False])
def test_all_the_pages_each_in_its_place(session: Session, documents: dict[str, int], counted: bool) -> None:
    for version in session.scalars(select(DocumentVersion)):
        version.page_count = (
            {documents["Letter"]: 2, documents["Book"]: 150}.get(version.document_id) if counted else None
        )
    session.flush()
    texts = {id_: tuple(pages) for id_, pages in texts_of(session, list(documents.values())).items()}
    assert {id_: pages for id_, pages in texts.items() if pages} == pages_of(session, list(documents.values()))
    assert len(texts[documents["Book"]]) == 150
    assert texts[documents["Book"]][98:101] == ("page 99", "", "page 101")


def test_further_pages_are_read_when_somebody_asks_for_them(session: Session, documents: dict[str, int]) -> None:
    asked: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    pages = texts_of(session, [documents["Book"]])[documents["Book"]]
    assert list(islice(pages, 12))[-1] == "page 12"
    assert len(asked) == 1
    assert next(pages) == "page 13"
    assert len(asked) == 2


def test_a_page_of_results_looks_through_so_many_characters(session: Session, documents: dict[str, int]) -> None:
    each = len("page 1")
    ids = [documents["Book"], documents["Letter"]]
    texts = texts_of(session, ids, Budget(characters=8 * each, of_each=1))
    assert len(tuple(texts[documents["Book"]])) == 9, "eight, and one that could not be read"
    assert tuple(texts[documents["Letter"]]) == ("one",), "a little of each other document"
    texts = texts_of(session, ids, Budget(characters=0, of_each=4))
    assert tuple(texts[documents["Letter"]]) == ("one", "two")
    assert len(tuple(texts[documents["Book"]])) == 1


def test_a_hit_behind_what_is_looked_through_is_told_without_its_page() -> None:
    words = parse("castings").words
    pages = ["fittings"] * 50 + ["castings"]
    found = best_passage(Budget(characters=10_000).spent_on(iter(pages)), words)
    assert found is not None and found.page == 50
    assert best_passage(Budget(characters=100, of_each=100).spent_on(iter(pages)), words) is None
    assert best_passage(Budget(characters=0, of_each=1).spent_on(iter(pages[::-1])), words) is not None


def test_no_documents_no_texts(session: Session) -> None:
    assert texts_of(session, []) == {}
