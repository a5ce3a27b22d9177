"""Reading documents: every list, count and page goes through `readable_by`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from portal.access.queries import readable_by
from portal.core.errors import NotFound
from portal.core.outbox import MAX_ATTEMPTS, OutboxRow
from portal.core.permissions import Actor
from portal.core.unit_of_work import UnitOfWork
from portal.documents.models import Direction, Document, DocumentKind, DocumentVersion, Page, ReadingState
from portal.dossiers.models import Dossier
from portal.dossiers.queries import readable_dossier

CONTENTS_ROWS = 50
"""Documents on one page of a dossier's contents."""


def readable_document(work: UnitOfWork, document_id: int) -> Document:
    """The document, with dossier, client and versions, if the acting person may read it. Raises NotFound."""
    document = work.session.scalar(
        select(Document)
        .join(Document.dossier)
        .where(Document.id == document_id, readable_by(work.person, Dossier, work.today))
        .options(
            contains_eager(Document.dossier).joinedload(Dossier.client),
            selectinload(Document.versions),
        )
    )
    if document is None:
        raise NotFound()
    return document


def readable_page(work: UnitOfWork, document_id: int, number: int) -> tuple[Document, Page]:
    """A page of a document's current version, if the acting person may read it. Raises NotFound."""
    document = readable_document(work, document_id)
    page = work.session.scalar(select(Page).where(Page.version_id == document.current.id, Page.number == number))
    if page is None:
        raise NotFound()
    return document, page


@dataclass(frozen=True)
class ReadingProgress:
    """How far reading has come, in pages. A file whose pages are not counted yet counts as one that waits."""

    waiting: int = 0
    read: int = 0
    failed: int = 0

    @property
    def pages(self) -> int:
        """All pages that are known of."""
        return self.waiting + self.read + self.failed

    @property
    def percent(self) -> int:
        """The share that is through, from 0 to 100."""
        return 100 * (self.read + self.failed) // self.pages if self.pages else 0


def reading_progress(session: Session, actor: Actor, today: date) -> ReadingProgress:
    """How far reading has come among the documents `actor` may read."""
    readable = readable_by(actor, Dossier, today)
    pages = session.execute(
        select(Page.state, func.count())
        .join(Page.version)
        .join(DocumentVersion.document)
        .join(Document.dossier)
        .where(readable)
        .group_by(Page.state)
    )
    unopened = session.scalar(
        select(func.count())
        .select_from(DocumentVersion)
        .join(DocumentVersion.document)
        .join(Document.dossier)
        .where(readable, DocumentVersion.state == ReadingState.WAITING, DocumentVersion.page_count.is_(None))
    )
    return _progress(dict(pages.all()), unopened or 0)


def reading_of(session: Session, version: DocumentVersion) -> ReadingProgress:
    """How far reading one version has come."""
    pages = session.execute(select(Page.state, func.count()).where(Page.version_id == version.id).group_by(Page.state))
    unopened = version.state == ReadingState.WAITING and version.page_count is None
    return _progress(dict(pages.all()), int(unopened))


def _progress(states: dict[ReadingState, int], unopened: int) -> ReadingProgress:
    return ReadingProgress(
        waiting=states.get(ReadingState.WAITING, 0) + unopened,
        read=states.get(ReadingState.READ, 0),
        failed=states.get(ReadingState.FAILED, 0),
    )


@dataclass(frozen=True)
class PageEntry:
    """A page as a list shows it: without its text."""

    number: int
    state: ReadingState
    reason: str | None


def page_entries(session: Session, version: DocumentVersion) -> Sequence[PageEntry]:
    """The pages of a version, in order."""
    rows = session.execute(
        select(Page.number, Page.state, Page.reason).where(Page.version_id == version.id).order_by(Page.number)
    )
    return [PageEntry(*row) for row in rows]


@dataclass(frozen=True)
class ContentsRow:
    """A document in the list of a dossier's contents. `pages` is None until they were counted."""

    id: int
    kind: DocumentKind
    direction: Direction
    dated: date
    subject: str
    correspondent: str
    pages: int | None
    state: ReadingState
    reason: str | None


@dataclass(frozen=True)
class Contents:
    """One page of a dossier's contents, newest document first."""

    rows: Sequence[ContentsRow]
    number: int
    pages: int
    total: int


def contents(work: UnitOfWork, dossier_id: int, number: int = 1) -> Contents:
    """Page `number` (from 1) of what is filed in a dossier the acting person may read; else NotFound."""
    readable_dossier(work.session, work.person, dossier_id, work.today)
    total = work.session.scalar(select(func.count()).select_from(Document).where(Document.dossier_id == dossier_id))
    pages = max(1, -(-(total or 0) // CONTENTS_ROWS))
    number = min(max(1, number), pages)
    newest = (
        select(func.max(DocumentVersion.number))
        .where(DocumentVersion.document_id == Document.id)
        .correlate(Document)
        .scalar_subquery()
    )
    current = select(DocumentVersion).subquery()
    rows = work.session.execute(
        select(
            Document.id,
            Document.kind,
            Document.direction,
            Document.dated,
            Document.subject,
            Document.correspondent,
            current.c.page_count,
            current.c.state,
            current.c.reason,
        )
        .join(current, (current.c.document_id == Document.id) & (current.c.number == newest))
        .where(Document.dossier_id == dossier_id)
        .order_by(Document.dated.desc(), Document.id.desc())
        .limit(CONTENTS_ROWS)
        .offset((number - 1) * CONTENTS_ROWS)
    )
    return Contents([ContentsRow(*row) for row in rows], number, pages, total or 0)


def work_left(session: Session, document_id: int) -> Sequence[OutboxRow]:
    """Outbox rows still to be done before a document is read and found: opening, reading, indexing it and the
    dossier it is in (resting rows not counted)."""
    versions = session.scalars(select(DocumentVersion.id).where(DocumentVersion.document_id == document_id)).all()
    dossier_id = session.scalar(select(Document.dossier_id).where(Document.id == document_id))
    waiting = session.scalars(
        select(Page.id).where(Page.version_id.in_(versions), Page.state == ReadingState.WAITING)
    ).all()
    left: list[OutboxRow] = []
    for kind, keys in (
        ("open_version", [str(key) for key in versions]),
        ("read_page", [str(key) for key in waiting]),
        ("index", [f"document:{document_id}", f"dossier:{dossier_id}"]),
    ):
        for start in range(0, len(keys), 500):
            left += session.scalars(
                select(OutboxRow).where(
                    OutboxRow.kind == kind,
                    OutboxRow.key.in_(keys[start : start + 500]),
                    OutboxRow.wanted > OutboxRow.done,
                    OutboxRow.attempts < MAX_ATTEMPTS,
                )
            )
    return left


@dataclass(frozen=True)
class Unread:
    """A version or page that is still to be read: where its file is and what it is."""

    content_key: str
    file_kind: str
    page_number: int = 0


def unread_version(session: Session, version_id: int) -> Unread | None:
    """What opening a version needs to know; None when there is nothing to open (any more)."""
    version = session.get(DocumentVersion, version_id)
    if version is None or version.state != ReadingState.WAITING or version.page_count is not None:
        return None
    return Unread(version.content_key, version.file_kind)


def unread_page(session: Session, page_id: int) -> Unread | None:
    """What reading a page needs to know; None when there is nothing to read (any more)."""
    page = session.get(Page, page_id)
    if page is None or page.state != ReadingState.WAITING:
        return None
    return Unread(page.version.content_key, page.version.file_kind, page.number)
