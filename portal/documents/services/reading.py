"""Taking down what was read of a version, and asking for it to be read again."""

from __future__ import annotations

from sqlalchemy import select

from portal.core.errors import Conflict, NotPermitted
from portal.core.messages import N_
from portal.core.unit_of_work import UnitOfWork
from portal.documents import queries
from portal.documents.boxes import packed
from portal.documents.models import Document, DocumentVersion, Page, ReadingState, TextSource
from portal.documents.reading.results import PageText
from portal.documents.rules import LONGEST_TEXT
from portal.documents.services.page_texts import change_text
from portal.documents.services.progress import after_page, locked_version
from portal.documents.texts import storable

_NOTHING_TO_DO = N_("There is nothing to read again here: reading has ended, or another try would not help.")


def record_opened(work: UnitOfWork, version_id: int, pages: int) -> None:
    """The file was opened and has so many pages: a row for each, and the wish to have it read."""
    version = locked_version(work, version_id)
    if version is None or version.state != ReadingState.WAITING or version.page_count is not None:
        return
    version.page_count = pages
    rows = [Page(version_id=version.id, number=number, state=ReadingState.WAITING) for number in range(1, pages + 1)]
    work.session.add_all(rows)
    work.session.flush()
    for row in rows:
        work.want("read_page", str(row.id))


def record_unopened(work: UnitOfWork, version_id: int, reason: str, *, for_good: bool) -> None:
    """The file is kept but was not opened. `for_good`: trying again would not help."""
    version = locked_version(work, version_id)
    if version is None or version.state != ReadingState.WAITING or version.page_count is not None:
        return
    version.state = ReadingState.NOT_READABLE if for_good else ReadingState.FAILED
    version.reason = reason
    work.want("index", f"document:{version.document_id}")


def record_page_read(work: UnitOfWork, page_id: int, found: PageText) -> bool:
    """Keep the text of a page; the last page of a version ends its reading. True when it was the last.

    What a person corrected stays; where the text stands is taken down all the same.
    """
    page, version = _locked_page(work, page_id)
    if page is None or version is None or page.state != ReadingState.WAITING:
        return False
    if page.source != TextSource.CORRECTED:
        # A page made to hold a book would make every look at it, and every search that finds it, slow.
        change_text(work, page, storable(found.text)[:LONGEST_TEXT], TextSource(found.source))
        page.confidence, page.checked_at = found.confidence, None
    page.boxes = packed(found.boxes)
    page.state, page.reason, page.read_at = ReadingState.READ, None, work.now
    return after_page(work, version)


def record_page_failed(work: UnitOfWork, page_id: int, reason: str) -> bool:
    """A page could not be read, because of `reason` (a message id). True when it was the version's last.

    A page that was tried again keeps the text that it had.
    """
    page, version = _locked_page(work, page_id)
    if page is None or version is None or page.state != ReadingState.WAITING:
        return False
    if page.text_number:
        page.state = ReadingState.READ
    else:
        page.state, page.reason = ReadingState.FAILED, reason
    return after_page(work, version)


def retry_version(work: UnitOfWork, document_id: int) -> Document:
    """Have what failed in the current version of a document read again.

    Raises NotFound, NotPermitted for who only reads under a grant, or Conflict when nothing failed or trying
    again would not help.
    """
    document = queries.readable_document(work, document_id)
    _require_retry(work, document)
    version = locked_version(work, document.current.id)
    if version is None or version.state != ReadingState.FAILED:
        raise Conflict(_NOTHING_TO_DO)
    wanted = want_unread(work, version)
    work.record(
        "document:retry",
        f"documents:{document.id}",
        dossier_id=document.dossier_id,
        details={"version": version.id, "pages": wanted},
    )
    return document


def retry_page(work: UnitOfWork, document_id: int, number: int) -> Page:
    """Have a page read again that failed, or that was read with little confidence and nobody has checked yet.

    Raises NotFound, NotPermitted for who only reads under a grant, Conflict.
    """
    document, page = queries.readable_page(work, document_id, number)
    _require_retry(work, document)
    version = locked_version(work, page.version_id)
    work.session.refresh(page)
    if version is None or not (page.state == ReadingState.FAILED or queries.is_doubtful(page)):
        raise Conflict(_NOTHING_TO_DO)
    _wait_again(work, version, [page])
    work.record(
        "document:retry",
        f"documents:{document.id}",
        dossier_id=document.dossier_id,
        details={"version": version.id, "page": number},
    )
    return page


def _require_retry(work: UnitOfWork, document: Document) -> None:
    if not queries.may_retry(work, document):
        raise NotPermitted()


def want_unread(work: UnitOfWork, version: DocumentVersion) -> int:
    """Ask for everything of a version that was not read; returns how many pages (0: the file is to be opened)."""
    pages = work.session.scalars(
        select(Page)
        .where(Page.version_id == version.id, Page.state.in_((ReadingState.WAITING, ReadingState.FAILED)))
        .order_by(Page.number)
    ).all()
    if version.page_count is None:
        version.state, version.reason = ReadingState.WAITING, None
        work.want("open_version", str(version.id))
        return 0
    _wait_again(work, version, list(pages))
    return len(pages)


def _wait_again(work: UnitOfWork, version: DocumentVersion, pages: list[Page]) -> None:
    version.state, version.reason = ReadingState.WAITING, None
    for page in pages:
        page.state, page.reason = ReadingState.WAITING, None
        work.want("read_page", str(page.id))


def _locked_page(work: UnitOfWork, page_id: int) -> tuple[Page | None, DocumentVersion | None]:
    page = work.session.get(Page, page_id)
    if page is None:
        return None, None
    version = locked_version(work, page.version_id)
    work.session.refresh(page)
    return page, version
