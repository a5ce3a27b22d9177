"""What the index is told of dossiers and documents."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from portal.core.permissions import Level, Role
from portal.documents.models import DocumentKind, DocumentVersion, Page, ReadingState, TextSource
from portal.dossiers.models import Dossier
from portal.dossiers.states import DossierState
from portal.search.entries import refresh_of
from portal.search.hits import permitted
from portal.search.rules import KIND_WORDS, read_key
from search_index import IndexDocument, Right, Row
from tests import factories


def entries(session: Any, key: str) -> list[IndexDocument]:
    """All entries written for the key."""
    return [entry for batch in refresh_of(session, key).batches for entry in batch]


@pytest.fixture
def dossier(session: Any) -> Dossier:
    clerk = factories.make_person(session, None, Role.CLERK)
    client = factories.make_client(session, clerk, "恒达机械有限公司")
    return factories.make_dossier(session, clerk, client, number="2026-0042", level=Level.IMPORTANT, title="Presses")


def test_a_dossier_is_its_register_entry_and_its_documents(session: Any, dossier: Dossier) -> None:
    document = factories.make_document(
        session,
        factories.make_person(session),
        dossier,
        "page one",
        "page two",
        subject="Price list",
        correspondent="Ms Wang",
        kind=DocumentKind.CONTRACT,
        dated=date(2026, 2, 3),
    )
    tokens = {
        "level:important",
        f"dept:{dossier.department_id}",
        f"client:{dossier.client_id}",
        f"dossier:{dossier.id}",
    }
    register, entry = entries(session, f"dossier:{dossier.id}")
    assert (register.id, register.tokens, register.pages) == (f"dossier:{dossier.id}", tokens, ())
    assert (register.client, register.number) == ("恒达机械有限公司", "2026-0042")
    assert register.title == "Presses", "only readers may match what tells of the contents"
    assert (entry.id, entry.group) == (f"document:{document.id}", f"dossier:{dossier.id}")
    assert (entry.tokens, entry.client, entry.number) == (tokens, register.client, register.number)
    assert entry.labels == {"kind:contract", "year:2026"}
    assert register.labels == frozenset(), "the register tells nothing of documents"
    assert entry.pages == ("page one", "page two")
    assert entry.date == date(2026, 2, 3)
    assert entry.correspondent == "Ms Wang"
    for word in ("Price list", "contract", "contrato", "合同"):
        assert word in entry.title
    assert "letter.pdf" not in entry.title
    assert entries(session, f"document:{document.id}") == [entry]


def test_pages_keep_their_numbers_and_only_the_newest_version_counts(session: Any, dossier: Dossier) -> None:
    by = factories.make_person(session)
    document = factories.make_document(session, by, dossier, "an old scan")
    states = [ReadingState.WAITING, ReadingState.READ, ReadingState.FAILED, ReadingState.READ, ReadingState.WAITING]
    document.versions.append(
        DocumentVersion(
            number=2,
            content_key="b" * 64,
            file_name="better.pdf",
            file_kind="pdf",
            byte_size=1,
            page_count=len(states),
            state=ReadingState.WAITING,
            added_at=factories.LONG_AGO,
            added_by_id=by.id,
            pages=[
                Page(number=number, state=state, source=TextSource.EMBEDDED, text=f"text {number}")
                for number, state in enumerate(states, 1)
            ],
        )
    )
    session.flush()
    assert entries(session, f"document:{document.id}")[0].pages == ("", "text 2", "", "text 4")


def test_more_documents_than_are_read_at_a_time(session: Any, dossier: Dossier) -> None:
    by = factories.make_person(session)
    made = [factories.make_document(session, by, dossier, f"text {n}", subject=f"No {n}") for n in range(60)]
    batches = list(refresh_of(session, f"dossier:{dossier.id}").batches)
    assert max(len(batch) for batch in batches) < 60
    ids = [entry.id for batch in batches for entry in batch]
    assert ids == [f"dossier:{dossier.id}", *(f"document:{document.id}" for document in made)]


@pytest.mark.parametrize("state", [DossierState.DRAFT, DossierState.SUBMITTED])
def test_a_dossier_that_is_not_official_is_taken_out(session: Any, state: DossierState) -> None:
    by = factories.make_person(session)
    draft = factories.make_dossier(session, by, state=state)
    document = factories.make_document(session, by, draft, "text")
    whole = refresh_of(session, f"dossier:{draft.id}")
    assert list(whole.batches) == []
    assert set(whole.removals) == {f"dossier:{draft.id}", f"document:{document.id}"}
    assert whole.rights_version == 0
    single = refresh_of(session, f"document:{document.id}")
    assert (list(single.batches), single.removals) == ([], (f"document:{document.id}",))


def test_what_does_not_exist_is_taken_out(session: Any) -> None:
    for key in ("document:999", "dossier:999"):
        refresh = refresh_of(session, key)
        assert (list(refresh.batches), refresh.removals) == ([], (key,))


@pytest.mark.parametrize("key", ["", "document", "document:", "document:x", "person:3", "dossier:-1", "dossier:1:2"])
def test_other_keys_are_refused(key: str) -> None:
    with pytest.raises(ValueError, match="not the key"):
        read_key(key)


def test_every_kind_has_words_in_three_languages() -> None:
    assert set(KIND_WORDS) == set(DocumentKind)
    assert all(len(words.split(" · ")) == 3 for words in KIND_WORDS.values())


def test_a_row_stays_only_under_the_right_it_needs() -> None:
    rows = [
        Row("dossier:1", "document:1", Right.READ, True, 3.0, None),
        Row("dossier:2", "", Right.FIND, True, 2.0, None),
        Row("dossier:3", "", Right.KNOW, False, 1.0, None),
    ]
    for right, expected in ((Right.READ, [1, 2, 3]), (Right.FIND, [2, 3]), (Right.KNOW, [3])):
        kept = permitted(rows, dict.fromkeys((1, 2, 3), right))
        assert [read_key(row.group)[1] for row in kept] == expected
    assert permitted(rows, {}) == []
