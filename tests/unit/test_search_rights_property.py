"""Whatever the archive and the people: the index's filters say what the database says, and a search shows and
counts exactly what the three rights allow."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from portal.access.models import ReadingGrant, Responsibility
from portal.access.queries import findable_by, known_to, readable_by
from portal.accounts.models import Person
from portal.core.permissions import Level, Role
from portal.documents.models import Document, DocumentKind
from portal.dossiers.models import Dossier
from portal.dossiers.states import DossierState
from portal.search.entries import refresh_of
from portal.search.hits import DocumentHit
from portal.search.queries import Asked, search
from portal.search.rights import search_rights, stale_dossiers
from portal.search.rules import KIND_WORDS, dossier_key
from search_index.whoosh import WhooshIndex
from tests import factories

TODAY = date(2026, 3, 2)
"""The date of the test clock in the office's zone."""

DAYS = st.integers(-2, 2).map(lambda days: TODAY + timedelta(days=days))
WORDS = ("zorblat", "quintok", "malvex", "drumbik")
"""No language's words, so that no stem makes two of them one."""
TEXT = st.lists(st.sampled_from(WORDS), max_size=2).map(" ".join)
PLACE = st.integers(0, 3)
LEVELS = st.sampled_from([*Level, Level.CORE])

LOOSE = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def people(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "department": draw(PLACE),
        "roles": draw(st.sampled_from([(), (), (), *((role,) for role in Role)])),
        "clearance": draw(LEVELS),
        "heads": draw(st.sets(PLACE, max_size=1)),
    }


@st.composite
def dossiers(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "client": draw(PLACE),
        "level": draw(LEVELS),
        "state": draw(st.sampled_from([DossierState.OPEN] * 4 + [DossierState.DRAFT])),
        "title": draw(TEXT),
        "stale": draw(st.sampled_from([False] * 5 + [True])),
        "documents": draw(
            st.lists(
                st.fixed_dictionaries({"subject": TEXT, "pages": st.lists(TEXT, min_size=1, max_size=2)}),
                max_size=2,
            )
        ),
    }


@st.composite
def responsibilities(draw: st.DrawFn) -> dict[str, Any]:
    first, end = sorted([draw(DAYS), draw(DAYS)])
    return {"client": draw(PLACE), "person": draw(PLACE), "from_date": first, "until_date": end}


@st.composite
def grants(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "person": draw(PLACE),
        "dossier": draw(PLACE),
        "until_date": draw(st.sampled_from([TODAY - timedelta(days=1), TODAY, TODAY, TODAY + timedelta(days=1)])),
        "both_signed": draw(st.booleans()),
        "ended": draw(st.sampled_from([False] * 4 + [True])),
    }


ARCHIVES = st.fixed_dictionaries(
    {
        "clients": st.lists(TEXT, min_size=1, max_size=3),
        "people": st.lists(people(), min_size=1, max_size=4),
        "dossiers": st.lists(dossiers(), min_size=1, max_size=6),
        "responsibilities": st.lists(responsibilities(), max_size=4),
        "grants": st.lists(grants(), max_size=4),
    }
)


@dataclass
class Made:
    people: list[Person] = field(default_factory=list)
    dossiers: list[Dossier] = field(default_factory=list)


def make(session: Any, archive: dict[str, Any]) -> Made:
    """The rows of a drawn archive."""
    made = Made()
    departments = [factories.make_department(session) for _ in range(4)]
    for person in archive["people"]:
        row = factories.make_person(
            session, departments[person["department"]], *person["roles"], clearance=person["clearance"]
        )
        for number in person["heads"]:
            departments[number].head_id = row.id
        made.people.append(row)
    opener = factories.make_person(session)
    clients = [factories.make_client(session, opener, name or "Nameless") for name in archive["clients"]]
    for facts in archive["dossiers"]:
        dossier = factories.make_dossier(
            session,
            opener,
            clients[facts["client"] % len(clients)],
            level=facts["level"],
            state=facts["state"],
            title=facts["title"],
            volumes=0,
        )
        for document in facts["documents"]:
            factories.make_document(session, opener, dossier, *document["pages"], subject=document["subject"])
        made.dossiers.append(dossier)
    for facts in archive["responsibilities"]:
        session.add(
            Responsibility(
                client_id=clients[facts["client"] % len(clients)].id,
                person_id=made.people[facts["person"] % len(made.people)].id,
                rank=1,
                from_date=facts["from_date"],
                until_date=facts["until_date"],
            )
        )
    for facts in archive["grants"]:
        session.add(
            ReadingGrant(
                person_id=made.people[facts["person"] % len(made.people)].id,
                dossier_id=made.dossiers[facts["dossier"] % len(made.dossiers)].id,
                both_signed=facts["both_signed"],
                granted_at=factories.LONG_AGO,
                until_date=facts["until_date"],
                ended_at=factories.LONG_AGO if facts["ended"] else None,
                granted_by_id=opener.id,
            )
        )
    session.flush()
    return made


def allowed(session: Any, right: Any) -> set[int]:
    """Ids of the official dossiers the clause lets through."""
    return set(session.scalars(select(Dossier.id).where(right, Dossier.state == DossierState.OPEN)))


@LOOSE
@given(ARCHIVES)
def test_filters_say_what_the_database_says(session: Any, archive: dict[str, Any]) -> None:
    savepoint = session.begin_nested()
    try:
        made = make(session, archive)
        tokens = {
            dossier.id: entry.tokens
            for dossier in made.dossiers
            for batch in refresh_of(session, dossier_key(dossier.id)).batches
            for entry in batch
        }
        for person in made.people:
            actor = factories.actor(session, person)
            rights = search_rights(session, actor, TODAY)
            for filter_, clause in (
                (rights.known, known_to(actor, Dossier)),
                (rights.findable, findable_by(actor, Dossier, TODAY)),
                (rights.readable, readable_by(actor, Dossier, TODAY)),
            ):
                passing = {dossier_id for dossier_id, held in tokens.items() if filter_.passes(held)}
                assert passing == allowed(session, clause) & tokens.keys()
    finally:
        savepoint.rollback()


def make_and_index(session: Any, archive: dict[str, Any], index: WhooshIndex) -> Made:
    """The archive's rows and what is indexed of them; of some dossiers the rights have changed since."""
    made = make(session, archive)
    for dossier, facts in zip(made.dossiers, archive["dossiers"], strict=True):
        refresh = refresh_of(session, dossier_key(dossier.id))
        index.write([entry for batch in refresh.batches for entry in batch], refresh.removals)
        indexed = 0 if facts["stale"] else refresh.rights_version
        session.execute(update(Dossier).where(Dossier.id == dossier.id).values(indexed_rights=indexed))
    return made


numbers = itertools.count()


@settings(LOOSE, max_examples=20)
@given(ARCHIVES, st.lists(st.sampled_from(WORDS), min_size=1, max_size=2, unique=True))
def test_a_search_shows_and_counts_what_is_allowed(
    session: Any, work_as: Any, tmp_path: Path, archive: dict[str, Any], words: list[str]
) -> None:
    savepoint = session.begin_nested()
    index = WhooshIndex(tmp_path / f"index-{next(numbers)}")
    try:
        made = make_and_index(session, archive, index)
        for person in made.people:
            work = work_as(factories.actor(session, person))
            shown: list[tuple[str, int]] = []
            page = search(work, index, Asked(" ".join(words), per_page=2))
            total = page.total
            for number in range(1, page.pages + 1):
                page = search(work, index, Asked(" ".join(words), page=number, per_page=2))
                assert page.total == total
                shown += [check(session, work.actor, hit) for hit in page.hits]
            assert len(shown) == total
            assert sorted(shown) == sorted(expected(session, work.actor, words))
    finally:
        index.close()
        savepoint.rollback()


def check(session: Any, actor: Any, hit: Any) -> tuple[str, int]:
    """A hit tells no more than its dossier allows."""
    readable = hit.register.dossier_id in allowed(session, readable_by(actor, Dossier, TODAY))
    if isinstance(hit, DocumentHit):
        assert readable
        return "document", hit.document_id
    assert hit.register.dossier_id in allowed(session, known_to(actor, Dossier))
    if not readable:
        assert hit.title == ""
    if hit.inside:
        assert hit.register.dossier_id in allowed(session, findable_by(actor, Dossier, TODAY))
    return "dossier", hit.register.dossier_id


def expected(session: Any, actor: Any, words: list[str]) -> set[tuple[str, int]]:
    """The answer, worked out from the rows without any index."""
    known = allowed(session, known_to(actor, Dossier))
    findable = allowed(session, findable_by(actor, Dossier, TODAY))
    readable = allowed(session, readable_by(actor, Dossier, TODAY))
    stale = stale_dossiers(session)
    wanted = set(words)
    found: set[tuple[str, int]] = set()
    for dossier in session.scalars(select(Dossier).where(Dossier.id.in_(known))):
        if dossier_key(dossier.id) in stale:
            continue
        register = set(dossier.client.name.split())
        if wanted <= (register | set(dossier.title.split()) if dossier.id in readable else register):
            found.add(("dossier", dossier.id))
        for document in session.scalars(select(Document).where(Document.dossier_id == dossier.id)):
            pages = {word for page in document.current.pages for word in page.text.split()}
            if dossier.id in readable and wanted <= register | pages | set(document.subject.split()):
                found.add(("document", document.id))
            elif dossier.id in findable - readable and wanted <= register | pages and wanted & pages:
                found.add(("dossier", dossier.id))
    return found


def test_the_words_of_the_property_test_are_no_kind_of_document() -> None:
    for kind in DocumentKind:
        assert not set(WORDS) & set(KIND_WORDS[kind].split())
