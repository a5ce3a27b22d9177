"""Taking down what was read of a version, and asking for it to be read again."""

from __future__ import annotations

from sqlalchemy import func, select

from portal.core.errors import Conflict
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.documents import queries
from portal.documents.models import Document, DocumentVersion, Page, ReadingState, TextSource
from portal.documents.reading.results import PageText
from portal.documents.texts import storable

INDEX_EVERY = 50
"""A long document becomes searchable as it is read: its entry is renewed after so many pages, and at the end."""

SOME_PAGES_FAILED = N_("Some pages could not be read; the others can be searched.")
_NOTHING_TO_DO = N_("There is nothing to read again here: reading has ended, or another try would not help.")


def record_opened(work: UnitOfWork, version_id: int, pages: int) -> None:
    """The file was opened and has so many pages: a row for each, and the wish to have it read."""
    version = _locked_version(work, version_id)
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
    version = _locked_version(work, version_id)
    if version is None or version.state != ReadingState.WAITING or version.page_count is not None:
        return
    version.state = ReadingState.NOT_READABLE if for_good else ReadingState.FAILED
    version.reason = reason
    work.want("index", f"document:{version.document_id}")


def record_page_read(work: UnitOfWork, page_id: int, found: PageText) -> bool:
    """Keep the text of a page; the last page of a version ends its reading. True when it was the last."""
    page, version = _locked_page(work, page_id)
    if page is None or version is None or page.state != ReadingState.WAITING:
        return False
    page.text = storable(found.text)
    page.source = TextSource(found.source)
    page.confidence = found.confidence
    page.state, page.reason, page.read_at = ReadingState.READ, None, work.now
    return _after_page(work, version)


def record_page_failed(work: UnitOfWork, page_id: int, reason: str) -> bool:
    """A page could not be read, because of `reason` (a message id). True when it was the version's last."""
    page, version = _locked_page(work, page_id)
    if page is None or version is None or page.state != ReadingState.WAITING:
        return False
    page.state, page.reason = ReadingState.FAILED, reason
    return _after_page(work, version)


def _after_page(work: UnitOfWork, version: DocumentVersion) -> bool:
    work.session.flush()
    rows = work.session.execute(
        select(Page.state, func.count()).where(Page.version_id == version.id).group_by(Page.state)
    )
    counts = dict(rows.all())
    left = counts.get(ReadingState.WAITING, 0)
    if left == 0:
        failed = counts.get(ReadingState.FAILED, 0)
        version.state = ReadingState.FAILED if failed else ReadingState.READ
        version.reason = _reason_of(work, version, failed) if failed else None
    if left % INDEX_EVERY == 0:
        work.want("index", f"document:{version.document_id}")
    return left == 0


def _reason_of(work: UnitOfWork, version: DocumentVersion, failed: int) -> str:
    """Why a version failed: the pages' own reason when all failed for the same one."""
    reasons = set(
        work.session.scalars(
            select(Page.reason).where(Page.version_id == version.id, Page.state == ReadingState.FAILED).distinct()
        )
    )
    if failed == version.page_count and len(reasons) == 1:
        return reasons.pop() or SOME_PAGES_FAILED
    return SOME_PAGES_FAILED


def retry_version(work: UnitOfWork, document_id: int) -> Document:
    """Have what failed in the current version of a document read again.

    Raises NotFound, NotPermitted, or Conflict when nothing failed or trying again would not help.
    """
    work.require(Permission.DOCUMENT_RETRY)
    document = queries.readable_document(work, document_id)
    version = _locked_version(work, document.current.id)
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
    """Have one failed page read again. Raises NotFound, NotPermitted, Conflict."""
    work.require(Permission.DOCUMENT_RETRY)
    document, page = queries.readable_page(work, document_id, number)
    version = _locked_version(work, page.version_id)
    work.session.refresh(page)
    if version is None or page.state != ReadingState.FAILED:
        raise Conflict(_NOTHING_TO_DO)
    _wait_again(work, version, [page])
    work.record(
        "document:retry",
        f"documents:{document.id}",
        dossier_id=document.dossier_id,
        details={"version": version.id, "page": number},
    )
    return page


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


def _locked_version(work: UnitOfWork, version_id: int) -> DocumentVersion | None:
    """The version, held until the commit: two workers that end its last two pages must see each other."""
    return work.session.get(DocumentVersion, version_id, with_for_update=True, populate_existing=True)


def _locked_page(work: UnitOfWork, page_id: int) -> tuple[Page | None, DocumentVersion | None]:
    page = work.session.get(Page, page_id)
    if page is None:
        return None, None
    version = _locked_version(work, page.version_id)
    work.session.refresh(page)
    return page, version
