"""Filing a document: what is checked, what is written, and that the file comes before the row."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from archive_store.filesystem import FilesystemStore
from portal.core.errors import Invalid, NotFound, NotPermitted
from portal.core.outbox import OutboxRow
from portal.core.permissions import Role
from portal.core.trail import TrailEntry, TrailPersonal
from portal.documents.errors import AlreadyFiled
from portal.documents.models import Document, ReadingState
from portal.documents.reading.formats import Accepted
from portal.documents.reading.kinds import FileKind
from portal.documents.services import DocumentFacts, check_facts, file_document, keep_file
from tests.factories import actor, make_client, make_department, make_dossier, make_person, make_responsible

FACTS = DocumentFacts("letter", "in", date(2026, 2, 27))
CONTENT = b"%PDF-1.4 the content does not matter here"


@pytest.fixture
def store(tmp_path: Path) -> FilesystemStore:
    return FilesystemStore(tmp_path / "files")


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.pdf"
    path.write_bytes(CONTENT)
    return path


def add_document(
    work: Any, store: FilesystemStore, dossier_id: int, facts: DocumentFacts, path: Path, judged: Accepted, **how: Any
) -> Document:
    """Keep the file, then write its rows: the two steps of filing, as the form and the command take them."""
    kept = keep_file(work, store, dossier_id, facts, path, judged, again=how.get("again", False))
    return file_document(work, dossier_id, facts, kept, **how)


def accepted(name: str = "letter.pdf") -> Accepted:
    return Accepted(name, FileKind.PDF, "application/pdf", len(CONTENT), 1, False, None)


@pytest.fixture
def people(session: Any) -> dict[str, Any]:
    amparo = make_person(session, login="amparo")
    client = make_client(session, amparo)
    make_responsible(session, amparo, client)
    return {
        "amparo": amparo,
        "clerk": make_person(session, None, Role.CLERK),
        "nobody": make_person(session, make_department(session)),
        "dossier": make_dossier(session, amparo, client),
        "draft": make_dossier(session, amparo, client, state="draft"),
    }


def test_a_document_is_filed_with_its_version_trail_and_work(
    session: Any, work_as: Callable[..., Any], people: dict[str, Any], store: FilesystemStore, letter: Path
) -> None:
    work = work_as(actor(session, people["amparo"]))
    document = add_document(work, store, people["dossier"].id, FACTS, letter, accepted("Offer 2026.pdf"))
    version = document.current
    assert document.subject == "Offer 2026"
    assert (version.state, version.page_count, version.content_key) == (
        ReadingState.WAITING,
        None,
        hashlib.sha256(CONTENT).hexdigest(),
    )
    assert store.open(version.content_key).read() == CONTENT
    entry = session.scalars(select(TrailEntry).where(TrailEntry.action == "document:add")).one()
    assert (entry.dossier_id, entry.actor_id) == (people["dossier"].id, people["amparo"].id)
    assert "Offer" not in str(entry.details)
    assert session.get(TrailPersonal, entry.id).content["file_name"] == "Offer 2026.pdf"
    wanted = {(row.kind, row.key) for row in session.scalars(select(OutboxRow))}
    assert wanted == {("open_version", str(version.id)), ("index", f"document:{document.id}")}


def test_the_file_is_kept_before_any_row_is_written(
    session: Any, work_as: Callable[..., Any], people: dict[str, Any], store: FilesystemStore, letter: Path
) -> None:
    work = work_as(actor(session, people["amparo"]))
    kept = keep_file(work, store, people["dossier"].id, FACTS, letter, accepted())
    assert store.exists(kept.key)
    assert session.scalar(select(func.count()).select_from(Document)) == 0
    assert file_document(work, people["dossier"].id, FACTS, kept).current.content_key == kept.key


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (DocumentFacts("poem", "in", date(2026, 2, 27)), "kind"),
        (DocumentFacts("letter", "sideways", date(2026, 2, 27)), "direction"),
        (DocumentFacts("letter", "in", None), "dated"),
        (DocumentFacts("letter", "in", date(2026, 3, 3)), "dated"),
        (DocumentFacts("letter", "in", date(1066, 10, 14)), "dated"),
        (DocumentFacts("letter", "in", date(2026, 2, 27), "x" * 301), "subject"),
        (DocumentFacts("letter", "in", date(2026, 2, 27), "", "x" * 201), "correspondent"),
    ],
)
def test_facts_that_break_a_rule_keep_nothing(
    session: Any,
    work_as: Callable[..., Any],
    people: dict[str, Any],
    store: FilesystemStore,
    letter: Path,
    facts: DocumentFacts,
    field: str,
) -> None:
    with pytest.raises(Invalid) as error:
        add_document(work_as(actor(session, people["clerk"])), store, people["dossier"].id, facts, letter, accepted())
    assert list(error.value.fields) == [field]
    assert list(store.keys()) == []


def test_today_in_the_office_is_not_the_future(session: Any, work_as: Callable[..., Any], clock: Any) -> None:
    clock.advance(hours=15, minutes=1)  # 16:01 in Greenwich: past midnight in Shanghai.
    assert check_facts(work_as(), DocumentFacts("letter", "in", date(2026, 3, 3))).dated == date(2026, 3, 3)


def test_hidden_signs_are_taken_out_of_the_subject(work_as: Callable[..., Any]) -> None:
    facts = check_facts(work_as(), DocumentFacts("letter", "in", date(2026, 2, 27), " Offer\u202egpj.\n\x00 exe "))
    assert facts.subject == "Offergpj. exe"


def test_who_may_not_read_the_dossier_may_not_file_in_it(
    session: Any, work_as: Callable[..., Any], people: dict[str, Any], store: FilesystemStore, letter: Path
) -> None:
    work = work_as(actor(session, people["nobody"]))
    for dossier_id in (people["dossier"].id, people["draft"].id, 999_999):
        with pytest.raises(NotFound):
            add_document(work, store, dossier_id, FACTS, letter, accepted())
    assert list(store.keys()) == []


def test_who_drafted_a_dossier_files_in_the_draft(
    session: Any, work_as: Callable[..., Any], people: dict[str, Any], store: FilesystemStore, letter: Path
) -> None:
    work = work_as(actor(session, people["amparo"]))
    assert add_document(work, store, people["draft"].id, FACTS, letter, accepted()).id


def test_the_same_content_is_filed_twice_only_when_said_so(
    session: Any, work_as: Callable[..., Any], people: dict[str, Any], store: FilesystemStore, letter: Path
) -> None:
    work = work_as(actor(session, people["amparo"]))
    first = add_document(work, store, people["dossier"].id, FACTS, letter, accepted("offer.pdf"))
    with pytest.raises(AlreadyFiled) as error:
        add_document(work, store, people["dossier"].id, FACTS, letter, accepted("copy.pdf"))
    assert error.value.document_id == first.id
    assert "offer" in str(error.value) and "copy.pdf" in str(error.value)
    again = add_document(work, store, people["dossier"].id, FACTS, letter, accepted("copy.pdf"), again=True)
    elsewhere = add_document(work, store, people["draft"].id, FACTS, letter, accepted())
    assert len({first.id, again.id, elsewhere.id}) == 3
    assert len(list(store.keys())) == 1


def test_the_portal_itself_files_in_somebodys_name(
    session: Any, work_as: Callable[..., Any], people: dict[str, Any], store: FilesystemStore, letter: Path
) -> None:
    with pytest.raises(NotPermitted):
        add_document(work_as(), store, people["dossier"].id, FACTS, letter, accepted())
    document = add_document(
        work_as(), store, people["dossier"].id, FACTS, letter, accepted(), filed_by_id=people["clerk"].id
    )
    entry = session.scalars(select(TrailEntry).where(TrailEntry.subject == f"documents:{document.id}")).one()
    assert (document.filed_by_id, entry.actor_id) == (people["clerk"].id, None)


def test_nobody_files_in_somebody_elses_name(
    session: Any, work_as: Callable[..., Any], people: dict[str, Any], store: FilesystemStore, letter: Path
) -> None:
    work = work_as(actor(session, people["amparo"]))
    document = add_document(
        work, store, people["dossier"].id, FACTS, letter, accepted(), filed_by_id=people["clerk"].id
    )
    assert document.filed_by_id == people["amparo"].id
