"""Reading documents: every list, count and page goes through `readable_by`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, selectinload

from portal.access.queries import readable_by
from portal.accounts.models import Person
from portal.core.errors import NotFound
from portal.core.outbox import MAX_ATTEMPTS, OutboxRow
from portal.core.permissions import Actor, Permission
from portal.core.unit_of_work import UnitOfWork
from portal.documents.models import (
    Direction,
    Document,
    DocumentKind,
    DocumentVersion,
    Page,
    ReadingState,
    TextSource,
    TextVersion,
)
from portal.documents.rules import SURE_ENOUGH
from portal.dossiers.models import Dossier
from portal.dossiers.queries import readable_dossier, works_on

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


def version_of(document: Document, number: int | None) -> DocumentVersion:
    """The version of that number; None: the current one. Raises NotFound."""
    if number is None:
        return document.current
    for version in document.versions:
        if version.number == number:
            return version
    raise NotFound()


def is_current() -> ColumnElement[bool]:
    """Versions that no newer one has taken the place of."""
    newer = aliased(DocumentVersion)
    return ~exists().where(newer.document_id == DocumentVersion.document_id, newer.number > DocumentVersion.number)


def may_retry_page(work: UnitOfWork, document: Document, page: Page) -> bool:
    """Whether the acting person may have the page read again, and that could help."""
    return (page.state == ReadingState.FAILED or is_doubtful(page)) and may_retry(work, document)


def may_retry(work: UnitOfWork, document: Document) -> bool:
    """Whether the acting person may have pages of the document read again: a grant is for reading only."""
    allowed = work.person.may(Permission.DOCUMENT_RETRY)
    return allowed and works_on(work.session, work.person, document.dossier_id, work.today)


def is_doubtful(page: Page) -> bool:
    """Whether the page was recognised with little confidence and no person has looked at its text since."""
    return (
        page.state == ReadingState.READ
        and page.source == TextSource.RECOGNISED
        and page.checked_at is None
        and page.confidence is not None
        and page.confidence < SURE_ENOUGH
    )


def readable_page(
    work: UnitOfWork, document_id: int, number: int, version_number: int | None = None
) -> tuple[Document, Page]:
    """A page of a document, if the acting person may read it: of its current version, or of that number.

    Raises NotFound.
    """
    if version_number is not None:
        return readable_version_page(work, document_id, version_number, number)
    document = readable_document(work, document_id)
    page = work.session.scalar(select(Page).where(Page.version_id == document.current.id, Page.number == number))
    if page is None:
        raise NotFound()
    return document, page


def readable_version_page(
    work: UnitOfWork, document_id: int, version_number: int, page_number: int
) -> tuple[Document, Page]:
    """A page of any version of a document (`page.version` is that version), if the acting person may read it.

    Raises NotFound.
    """
    document = readable_document(work, document_id)
    page = work.session.scalar(
        select(Page)
        .join(Page.version)
        .where(
            DocumentVersion.document_id == document.id,
            DocumentVersion.number == version_number,
            Page.number == page_number,
        )
        .options(contains_eager(Page.version))
    )
    if page is None:
        raise NotFound()
    return document, page


@dataclass(frozen=True)
class KeptText:
    """A text that a page has or had. `made_by` is None for what the portal read."""

    number: int
    source: TextSource
    text: str
    made_at: datetime
    made_by: str | None
    accepted_at: datetime | None
    accepted_by: str | None


def history_of(session: Session, page: Page) -> list[KeptText]:
    """The texts of a page, newest first; empty while nobody corrected or accepted what was read."""
    maker, accepter = aliased(Person), aliased(Person)
    rows = session.execute(
        select(
            TextVersion.number,
            TextVersion.source,
            TextVersion.text,
            TextVersion.made_at,
            maker.name,
            TextVersion.accepted_at,
            accepter.name,
        )
        .outerjoin(maker, maker.id == TextVersion.made_by_id)
        .outerjoin(accepter, accepter.id == TextVersion.accepted_by_id)
        .where(TextVersion.page_id == page.id)
        .order_by(TextVersion.number.desc())
    )
    return [KeptText(*row) for row in rows]


def has_corrected_text(session: Session, version: DocumentVersion) -> bool:
    """Whether a person put the text of any of the version's pages right."""
    corrected = exists().where(Page.version_id == version.id, Page.source == TextSource.CORRECTED)
    return bool(session.scalar(select(corrected)))


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
    """How far reading has come in the documents being read now, among those `actor` may read; and, of all of them, the
    pages that failed. What was read long ago is not counted: every front page asks."""
    readable = readable_by(actor, Dossier, today)
    being_read = select(Page.version_id).where(Page.state == ReadingState.WAITING)
    unopened = (
        select(func.count(DocumentVersion.id))
        .join(DocumentVersion.document)
        .join(Document.dossier)
        .where(
            DocumentVersion.state == ReadingState.WAITING,
            DocumentVersion.page_count.is_(None),
            readable,
            is_current(),
        )
        .scalar_subquery()
    )
    of_pages = (
        select(Page.state, func.count(Page.id))
        .join(Page.version)
        .join(DocumentVersion.document)
        .join(Document.dossier)
        .where(or_(Page.version_id.in_(being_read), Page.state == ReadingState.FAILED), readable, is_current())
        .group_by(Page.state)
    )
    rows = session.execute(of_pages.union_all(select(literal(None), unopened))).all()
    states = {state: count for state, count in rows if state is not None}
    return _progress(states, sum(count for state, count in rows if state is None))


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


def rotations(session: Session, version_id: int, numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Number and rotation of those of the pages that there are, in the order asked for."""
    rows = session.execute(
        select(Page.number, Page.rotation).where(Page.version_id == version_id, Page.number.in_(numbers))
    )
    found = dict(rows.all())
    return [(number, found[number]) for number in numbers if number in found]


def page_texts(session: Session, version: DocumentVersion) -> list[tuple[int, str]]:
    """Number and text of the pages of a version that have any text, in order."""
    rows = session.execute(
        select(Page.number, Page.text).where(Page.version_id == version.id, Page.text != "").order_by(Page.number)
    )
    return [(number, text) for number, text in rows]


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
