"""From rows of the index to what a person is shown of them, as far as the database allows it now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Executable, Select, bindparam, case, select
from sqlalchemy.orm import Session

from portal.access.queries import findable_by, known_to, readable_by
from portal.accounts.models import Department
from portal.clients.models import Client
from portal.core.permissions import Actor, Level
from portal.core.unit_of_work import UnitOfWork
from portal.documents.marking import marked
from portal.documents.models import Document, DocumentKind
from portal.dossiers.models import Dossier
from portal.dossiers.rules import CustodyCount
from portal.dossiers.states import DossierState
from portal.search.custody import Paper, paper_of
from portal.search.rules import read_key
from portal.search.texts import texts_of
from search_index import Right, Row
from search_index.analysis import Snippet, Word, best_passage

_IDS_AT_A_TIME = 500
_STATEMENTS_KEPT = 200
"""Statements that say what a person may do today: the database is asked each time, but in the same words, and putting
them together takes longer than the answer. A person whose role changes is another `Actor`."""

Marked = Sequence[tuple[str, bool]]
"""A text in parts, each with whether it matches the question."""


@dataclass(frozen=True)
class Register:
    """The register entry of the dossier a result belongs to: what everyone who knows of it may see."""

    dossier_id: int
    number: str
    client_name: str
    level: Level
    department: str
    custody: Sequence[CustodyCount]
    out_until: date | None
    overdue: bool


@dataclass(frozen=True)
class DocumentHit:
    """A document that may be read. `page` (from 1) is where most of the question stands, among as many pages as may
    be looked through; None where only the title, the client or the number matched, or a page behind those."""

    register: Register
    score: float
    document_id: int
    subject: str
    title: Marked
    correspondent: str
    kind: DocumentKind
    dated: date
    page: int | None
    snippet: Snippet | None


@dataclass(frozen=True)
class RegisterHit:
    """A dossier found by its register entry, or (`inside`) by documents that this person may not read: then
    nothing of them is here. `title` is the dossier's own, for its readers."""

    register: Register
    score: float
    client_name: Marked
    number: Marked
    readable: bool
    inside: bool
    title: str


@dataclass(frozen=True)
class Section:
    """What was found of one dossier, together, where its best stands."""

    register: Register
    hits: Sequence[DocumentHit | RegisterHit]


def in_sections(hits: Sequence[DocumentHit | RegisterHit]) -> list[Section]:
    """The hits by dossier, in the order of the best of each."""
    found: dict[int, list[DocumentHit | RegisterHit]] = {}
    for hit in hits:
        found.setdefault(hit.register.dossier_id, []).append(hit)
    return [Section(together[0].register, together) for together in found.values()]


def permitted(rows: Sequence[Row], rights: Mapping[int, Right]) -> list[Row]:
    """The rows that may be told under these rights (dossier id → right; missing: not even known)."""
    return [row for row in rows if rights.get(read_key(row.group)[1], 0) >= row.right]


def rights_now(session: Session, actor: Actor, today: date, dossier_ids: Collection[int]) -> dict[int, Right]:
    """What the person may do with each of these official dossiers; those not known are left out."""
    rows = _in_portions(session, _rights_statement(actor, today), dossier_ids)
    return {row.id: Right(row.right) for row in rows}


def hits_of(
    work: UnitOfWork, actor: Actor, rows: Sequence[Row], words: Sequence[Word]
) -> list[DocumentHit | RegisterHit]:
    """What the person is shown of these rows; a row whose right the database does not confirm is left out."""
    entries = _entries(work.session, actor, work.today, {read_key(row.group)[1] for row in rows})
    allowed = permitted(rows, {dossier_id: entry.right for dossier_id, entry in entries.items()})
    document_ids = [read_key(row.document)[1] for row in allowed if row.document]
    documents = {row.id: row for row in _in_portions(work.session, _DOCUMENTS, document_ids)}
    texts = texts_of(work.session, document_ids)
    hits: list[DocumentHit | RegisterHit] = []
    for row in allowed:
        entry = entries[read_key(row.group)[1]]
        if not row.document:
            hits.append(_register_hit(entry, row, words))
        elif document := documents.get(read_key(row.document)[1]):
            hits.append(_document_hit(entry, row, document, texts[document.id], words))
    return hits


@dataclass(frozen=True)
class _Entry:
    """What the database says of a dossier that the person knows of."""

    register: Register
    right: Right
    title: str


def _entries(session: Session, actor: Actor, today: date, dossier_ids: Collection[int]) -> dict[int, _Entry]:
    rows = _in_portions(session, _entries_statement(actor, today), dossier_ids)
    papers = paper_of(session, [row.id for row in rows], today)
    return {row.id: _Entry(_register(row, papers[row.id]), Right(row.right), row.title) for row in rows}


def _register(row: Any, paper: Paper) -> Register:
    return Register(
        dossier_id=row.id,
        number=row.number or "",
        client_name=row.client_name,
        level=row.level,
        department=row.department,
        custody=paper.custody,
        out_until=paper.out_until,
        overdue=paper.overdue,
    )


def _document_hit(entry: _Entry, row: Row, document: Any, pages: Iterable[str], words: Sequence[Word]) -> DocumentHit:
    passage = best_passage(pages, words)
    return DocumentHit(
        register=entry.register,
        score=row.score,
        document_id=document.id,
        subject=document.subject,
        title=marked(document.subject, words),
        correspondent=document.correspondent,
        kind=document.kind,
        dated=document.dated,
        page=passage.page + 1 if passage else None,
        snippet=passage.snippet if passage else None,
    )


def _register_hit(entry: _Entry, row: Row, words: Sequence[Word]) -> RegisterHit:
    return RegisterHit(
        register=entry.register,
        score=row.score,
        client_name=marked(entry.register.client_name, words),
        number=marked(entry.register.number, words),
        readable=entry.right == Right.READ,
        inside=row.inside and entry.right >= Right.FIND,
        title=entry.title if entry.right == Right.READ else "",
    )


def _in_portions(session: Session, statement: Executable, ids: Collection[int]) -> list[Any]:
    """The rows of a statement about `ids`, asked for a few at a time."""
    ordered = sorted(ids)
    portions = (ordered[start : start + _IDS_AT_A_TIME] for start in range(0, len(ordered), _IDS_AT_A_TIME))
    return [row for portion in portions for row in session.execute(statement, {"ids": portion})]


_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_DOCUMENTS = select(Document.id, Document.subject, Document.correspondent, Document.kind, Document.dated).where(
    Document.id.in_(_IDS)
)


@lru_cache(maxsize=_STATEMENTS_KEPT)
def _rights_statement(actor: Actor, today: date) -> Select[Any]:
    right = case(
        (readable_by(actor, Dossier, today), Right.READ.value),
        (findable_by(actor, Dossier, today), Right.FIND.value),
        else_=Right.KNOW.value,
    )
    return select(Dossier.id, right.label("right")).where(
        Dossier.id.in_(_IDS), Dossier.state == DossierState.OPEN, known_to(actor, Dossier)
    )


@lru_cache(maxsize=_STATEMENTS_KEPT)
def _entries_statement(actor: Actor, today: date) -> Select[Any]:
    return (
        _rights_statement(actor, today)
        .add_columns(
            Dossier.number,
            Dossier.title,
            Dossier.level,
            Client.name.label("client_name"),
            Department.name.label("department"),
        )
        .join(Client, Client.id == Dossier.client_id)
        .join(Department, Department.id == Dossier.department_id)
    )
