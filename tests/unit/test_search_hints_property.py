"""Whatever the archive and the people: facets, suggestions, corrections, snippets and the news of saved searches tell
nobody more than the three rights allow."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.access.queries import findable_by, known_to, readable_by
from portal.core.permissions import Actor
from portal.documents.models import Document
from portal.dossiers.models import Dossier
from portal.search.hits import DocumentHit
from portal.search.queries import Asked, SearchPage, search
from portal.search.rights import stale_dossiers
from portal.search.rules import document_key, dossier_key
from portal.search.saved.queries import saved_searches
from portal.search.saved.services import newly_answered, note_finds, save_search
from portal.search.suggesting import suggestions
from search_index.whoosh import WhooshIndex
from tests import factories
from tests.unit.test_search_rights_property import ARCHIVES, LOOSE, TODAY, WORDS, allowed, make_and_index

numbers = itertools.count()


class Seen:
    """What the database lets one person see of the archive, in words."""

    def __init__(self, session: Any, actor: Actor) -> None:
        self.known = allowed(session, known_to(actor, Dossier))
        self.findable = allowed(session, findable_by(actor, Dossier, TODAY))
        self.readable = allowed(session, readable_by(actor, Dossier, TODAY))
        self.names: set[str] = set()
        self.titles: set[str] = set()
        self.texts: set[str] = set()
        for dossier in session.scalars(select(Dossier).where(Dossier.id.in_(self.known))):
            self.names |= set(dossier.client.name.split())
        for document in session.scalars(select(Document).where(Document.dossier_id.in_(self.readable))):
            self.titles |= set(document.subject.split())
            self.texts |= {word for page in document.current.pages for word in page.text.split()}

    @property
    def words(self) -> set[str]:
        """All that may be shown to the person, in small letters."""
        return {word.lower() for word in self.names | self.titles | self.texts}


@settings(LOOSE, max_examples=60)
@given(ARCHIVES, st.sampled_from(WORDS))
def test_hints_tell_no_more_than_the_rights(
    session: Any, work_as: Any, tmp_path: Path, archive: dict[str, Any], word: str
) -> None:
    savepoint = session.begin_nested()
    index = WhooshIndex(tmp_path / f"index-{next(numbers)}")
    try:
        made = make_and_index(session, archive, index)
        for person in made.people:
            work = work_as(factories.actor(session, person))
            seen = Seen(session, work.actor)
            page = search(work, index, Asked(word, per_page=100))
            check_facets(session, page, seen)
            check_hits(page, seen)
            for typed in (word[:3], word[:-1]):
                offered = {part for each in suggestions(work, index, typed) for part in each.text.split()}
                assert offered <= seen.names | seen.titles | numbers_of(session, seen.known)
            meant = search(work, index, Asked(f"{word[:3]}x{word[3:]}")).meant
            assert meant is None or set(meant.split()) <= seen.words
            assert meant is None or search(work, index, Asked(meant)).total > 0
        check_news(session, work_as, made.people, word)
    finally:
        index.close()
        savepoint.rollback()
        session.expunge_all()  # The next archive's rows get the same numbers.


def check_facets(session: Any, page: SearchPage, seen: Seen) -> None:
    """Each value is held by as many of the rows as it says, and the rows are all there are."""
    assert len(page.hits) == page.total
    rows: dict[str, Counter[str]] = {name: Counter() for name in ("kind", "year", "client", "dept", "level")}
    for hit in page.hits:
        dossier = session.get_one(Dossier, hit.register.dossier_id)
        assert dossier_key(dossier.id) not in stale_dossiers(session)
        rows["client"][str(dossier.client_id)] += 1
        rows["dept"][str(dossier.department_id)] += 1
        rows["level"][dossier.level.value] += 1
        if isinstance(hit, DocumentHit):
            rows["kind"][hit.kind.value] += 1
            rows["year"][str(hit.dated.year)] += 1
    for facet in page.facets:
        for choice in facet.choices:
            if facet.family.value in rows:
                assert choice.count == rows[facet.family.value][choice.value]
            assert choice.count <= page.total


def check_hits(page: SearchPage, seen: Seen) -> None:
    """Snippets and titles are of what may be read; what stands inside is told of what may be found."""
    for hit in page.hits:
        if isinstance(hit, DocumentHit):
            assert hit.register.dossier_id in seen.readable
            shown = {part for text, _ in hit.snippet.parts for part in text.split()} if hit.snippet else set()
            assert shown <= seen.texts
        else:
            assert hit.register.dossier_id in (seen.findable if hit.inside else seen.known)


def numbers_of(session: Any, dossier_ids: set[int]) -> set[str]:
    """The numbers of dossiers."""
    found = session.scalars(select(Dossier.number).where(Dossier.id.in_(dossier_ids)))
    return {number for number in found if number}


def check_news(session: Any, work_as: Any, people: list[Any], word: str) -> None:
    """Everybody saves the question; then every document is read as if it had been filed just now."""
    for person in people:
        save_search(work_as(factories.actor(session, person)), "mine", f"{word} OR title:{word}", "")
    for document in session.scalars(select(Document)):
        document.filed_at = work_as(None).now
        session.flush()
        work = work_as(None)
        note_finds(work, document_key(document.id), newly_answered(work, document_key(document.id)))
    session.flush()
    for person in people:
        actor = factories.actor(session, person)
        seen = Seen(session, actor)
        for row in saved_searches(session, actor, TODAY):
            for news in row.news:
                if news.document is not None:
                    assert news.dossier.id in seen.readable
                else:
                    assert news.dossier.id in seen.findable - seen.readable
                    pages = [
                        page for document in documents_of(session, news.dossier.id) for page in document.current.pages
                    ]
                    assert any(word in page.text.split() for page in pages)


def documents_of(session: Any, dossier_id: int) -> list[Document]:
    """The documents of a dossier."""
    return list(session.scalars(select(Document).where(Document.dossier_id == dossier_id)))
