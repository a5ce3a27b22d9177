"""Entries of the index, built from the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from portal.clients.models import Client
from portal.documents.models import Document, DocumentVersion, Page, ReadingState
from portal.dossiers.models import Dossier
from portal.dossiers.states import DossierState
from portal.search.rules import (
    DocumentFacts,
    DossierFacts,
    document_entry,
    document_key,
    dossier_entry,
    dossier_key,
    read_key,
)
from search_index import DOSSIER, IndexDocument

_DOSSIERS_AT_A_TIME = 200
_DOCUMENTS_AT_A_TIME = 25
"""Each with all its text: this many are in memory together."""


@dataclass(frozen=True)
class Refresh:
    """What must be done to the index so that it says of one key what the database says.

    `batches`: entries to write, read from the session while they are taken. `dossier_id` is the dossier they
    belong to (None where there is none), `rights_version` what it was when they were read (0: not official).
    """

    batches: Iterator[list[IndexDocument]]
    removals: tuple[str, ...]
    dossier_id: int | None
    rights_version: int


def refresh_of(session: Session, key: str) -> Refresh:
    """Work out what the index should hold of `key`: one document, or a dossier with all its documents.

    Something that does not exist, or whose dossier is not official, is removed.
    """
    type_, number = read_key(key)
    if type_ == DOSSIER:
        return _refresh_of_dossier(session, number)
    dossier_id = session.scalar(select(Document.dossier_id).where(Document.id == number))
    facts = _dossiers(session, Dossier.id == dossier_id)
    if not facts:
        return Refresh(iter(()), (key,), dossier_id, 0)
    batches = _document_batches(session, facts[0], Document.id == number)
    return Refresh(batches, (), dossier_id, facts[0].rights_version)


def _refresh_of_dossier(session: Session, dossier_id: int) -> Refresh:
    facts = _dossiers(session, Dossier.id == dossier_id)
    if not facts:
        documents = session.scalars(select(Document.id).where(Document.dossier_id == dossier_id))
        removals = (dossier_key(dossier_id), *(document_key(number) for number in documents))
        return Refresh(iter(()), removals, dossier_id, 0)

    batches = _document_batches(session, facts[0], Document.dossier_id == dossier_id)
    first = [dossier_entry(facts[0]), *next(batches, [])]
    return Refresh(chain([first], batches), (), dossier_id, facts[0].rights_version)


def all_entries(new_session: Callable[[], Session]) -> Iterator[tuple[DossierFacts, IndexDocument]]:
    """Every entry the index should hold, with its dossier as it was read, a few at a time.

    Each portion is read in a transaction of its own: what changes meanwhile has an outbox row of its own.
    """
    last = 0
    while True:
        with new_session() as session:
            facts = _dossiers(session, Dossier.id > last, limit=_DOSSIERS_AT_A_TIME)
        if not facts:
            break
        for dossier in facts:
            yield dossier, dossier_entry(dossier)
        last = facts[-1].id
    yield from _all_document_entries(new_session)


def _all_document_entries(
    new_session: Callable[[], Session],
) -> Iterator[tuple[DossierFacts, IndexDocument]]:
    last = 0
    while True:
        with new_session() as session:
            dossier_ids = _document_ids(session, Document.id > last)
            dossiers = {row.id: row for row in _dossiers(session, Dossier.id.in_(set(dossier_ids.values())))}
            documents = _documents(session, list(dossier_ids))
        if not dossier_ids:
            break
        for document in documents:
            owner = dossiers[dossier_ids[document.id]]
            yield owner, document_entry(owner, document)
        last = max(dossier_ids)


def _dossiers(session: Session, which: ColumnElement[bool], limit: int | None = None) -> list[DossierFacts]:
    """Official dossiers, by id."""
    rows = session.execute(
        select(
            Dossier.id,
            Dossier.number,
            Dossier.title,
            Dossier.level,
            Dossier.department_id,
            Dossier.client_id,
            Client.name.label("client_name"),
            Dossier.rights_version,
        )
        .join(Client, Client.id == Dossier.client_id)
        .where(which, Dossier.state == DossierState.OPEN)
        .order_by(Dossier.id)
        .limit(limit)
    )
    return [DossierFacts(**{**row._mapping, "number": row.number or ""}) for row in rows]


def _document_batches(
    session: Session, dossier: DossierFacts, which: ColumnElement[bool]
) -> Iterator[list[IndexDocument]]:
    last = 0
    while ids := list(_document_ids(session, which, Document.id > last)):
        yield [document_entry(dossier, document) for document in _documents(session, ids)]
        last = ids[-1]


def _document_ids(session: Session, *which: ColumnElement[bool]) -> dict[int, int]:
    """The next few documents of official dossiers, by id, with their dossiers."""
    rows = session.execute(
        select(Document.id, Document.dossier_id)
        .join(Dossier, Dossier.id == Document.dossier_id)
        .where(*which, Dossier.state == DossierState.OPEN)
        .order_by(Document.id)
        .limit(_DOCUMENTS_AT_A_TIME)
    )
    return {row.id: row.dossier_id for row in rows}


def _documents(session: Session, ids: Sequence[int]) -> list[DocumentFacts]:
    rows = session.execute(
        select(Document.id, Document.kind, Document.subject, Document.correspondent, Document.dated)
        .where(Document.id.in_(ids))
        .order_by(Document.id)
    ).all()
    pages = pages_of(session, ids)
    return [DocumentFacts(*row, pages=pages.get(row.id, ())) for row in rows]


def pages_of(session: Session, document_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The text of the current versions: page n at n - 1, empty where it has not been read."""
    newest = (
        select(DocumentVersion.document_id, func.max(DocumentVersion.number).label("number"))
        .where(DocumentVersion.document_id.in_(document_ids))
        .group_by(DocumentVersion.document_id)
        .subquery()
    )
    rows = session.execute(
        select(DocumentVersion.document_id, Page.number, Page.text)
        .join(
            newest,
            (newest.c.document_id == DocumentVersion.document_id) & (newest.c.number == DocumentVersion.number),
        )
        .join(Page, Page.version_id == DocumentVersion.id)
        .where(Page.state == ReadingState.READ)
        .order_by(DocumentVersion.document_id, Page.number)
    )
    texts: dict[int, list[str]] = defaultdict(list)
    for document_id, number, text in rows:
        pages = texts[document_id]
        pages.extend([""] * (number - len(pages) - 1))
        pages.append(text)
    return {document_id: tuple(pages) for document_id, pages in texts.items()}
