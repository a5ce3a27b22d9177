"""Pages that a person should look at: what could not be read, and what was recognised with little confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, func, null, or_, select, union_all

from portal.access.queries import readable_by
from portal.clients.models import Client
from portal.core.messages import N_
from portal.core.unit_of_work import UnitOfWork
from portal.documents.models import Document, DocumentKind, DocumentVersion, Page, ReadingState, TextSource
from portal.documents.queries import is_current
from portal.documents.rules import SURE_ENOUGH
from portal.dossiers.models import Dossier

ROWS = 25
"""Pages to check on one page of the list."""


class CheckReason(StrEnum):
    """Why a page is in the list."""

    FAILED = "failed"
    DOUBTFUL = "doubtful"


CHECK_REASON_NAMES: dict[CheckReason, str] = {
    CheckReason.FAILED: N_("Could not be read"),
    CheckReason.DOUBTFUL: N_("Read with little confidence"),
}


@dataclass(frozen=True)
class CheckFilter:
    """What part of the list is wanted; None: all of it."""

    reason: CheckReason | None = None
    kind: DocumentKind | None = None
    department_id: int | None = None


@dataclass(frozen=True)
class PageToCheck:
    """A page in the list. `number` is None for a file that could not be opened at all."""

    document_id: int
    subject: str
    kind: DocumentKind
    dossier_id: int
    dossier_number: str | None
    client_name: str
    added_at: datetime
    number: int | None
    state: ReadingState
    reason: str | None
    confidence: float | None

    @property
    def why(self) -> CheckReason:
        """Why it is here."""
        return CheckReason.FAILED if self.state == ReadingState.FAILED else CheckReason.DOUBTFUL


@dataclass(frozen=True)
class PagesToCheck:
    """One page of the list, oldest first, and how much there is in all."""

    rows: Sequence[PageToCheck]
    number: int
    pages: int
    total: int


def pages_to_check(work: UnitOfWork, wanted: CheckFilter, number: int = 1) -> PagesToCheck:
    """Page `number` (from 1; the last if there are fewer) of what waits for a look.

    Only current versions, and only dossiers that the acting person works on.
    """
    found = union_all(*(query for query in (_pages(work, wanted), _unopened(work, wanted)) if query is not None))
    rows = found.subquery()
    total = work.session.scalar(select(func.count()).select_from(rows)) or 0
    pages = max(1, -(-total // ROWS))
    number = min(max(1, number), pages)
    listed = work.session.execute(
        select(rows)
        .order_by(rows.c.added_at, rows.c.document_id, rows.c.number)
        .limit(ROWS)
        .offset((number - 1) * ROWS)
    )
    return PagesToCheck([PageToCheck(*row) for row in listed], number, pages, total)


def _pages(work: UnitOfWork, wanted: CheckFilter) -> Select[Any]:
    failed = Page.state == ReadingState.FAILED
    doubtful = and_(
        Page.state == ReadingState.READ,
        Page.source == TextSource.RECOGNISED,
        Page.confidence < SURE_ENOUGH,
        Page.checked_at.is_(None),
    )
    which = {CheckReason.FAILED: failed, CheckReason.DOUBTFUL: doubtful, None: or_(failed, doubtful)}[wanted.reason]
    return (
        select(*_document_columns(), Page.number, Page.state, Page.reason, Page.confidence)
        .join(Page.version)
        .join(DocumentVersion.document)
        .join(Document.dossier)
        .join(Dossier.client)
        .where(which, *_clauses(work, wanted))
    )


def _unopened(work: UnitOfWork, wanted: CheckFilter) -> Select[Any] | None:
    """Files whose pages could not even be counted, though another try might."""
    if wanted.reason == CheckReason.DOUBTFUL:
        return None
    return (
        select(
            *_document_columns(),
            null().cast(Integer).label("number"),
            DocumentVersion.state,
            DocumentVersion.reason,
            null().cast(Page.confidence.type).label("confidence"),
        )
        .select_from(DocumentVersion)
        .join(DocumentVersion.document)
        .join(Document.dossier)
        .join(Dossier.client)
        .where(
            DocumentVersion.state == ReadingState.FAILED,
            DocumentVersion.page_count.is_(None),
            *_clauses(work, wanted),
        )
    )


def _document_columns() -> tuple[Any, ...]:
    return (
        Document.id.label("document_id"),
        Document.subject,
        Document.kind,
        Document.dossier_id,
        Dossier.number.label("dossier_number"),
        Client.name.label("client_name"),
        DocumentVersion.added_at,
    )


def _clauses(work: UnitOfWork, wanted: CheckFilter) -> list[ColumnElement[bool]]:
    clauses = [readable_by(work.person, Dossier, work.today, grants=False), is_current()]
    if wanted.kind:
        clauses.append(Document.kind == wanted.kind)
    if wanted.department_id:
        clauses.append(Dossier.department_id == wanted.department_id)
    return clauses
