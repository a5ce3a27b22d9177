"""How far a version is read: counted after each page, under a lock that two workers cannot hold at once."""

from __future__ import annotations

from sqlalchemy import func, select

from portal.core.messages import N_
from portal.core.unit_of_work import UnitOfWork
from portal.documents.models import DocumentVersion, Page, ReadingState

INDEX_EVERY = 50
"""A long document becomes searchable as it is read: its entry is renewed after so many pages, and at the end."""

SOME_PAGES_FAILED = N_("Some pages could not be read; the others can be searched.")


def after_page(work: UnitOfWork, version: DocumentVersion) -> bool:
    """One more page of `version` is through. Ends its reading when none is left: then True."""
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


def locked_version(work: UnitOfWork, version_id: int) -> DocumentVersion | None:
    """The version, held until the commit: two workers that end its last two pages must see each other."""
    return work.session.get(DocumentVersion, version_id, with_for_update=True, populate_existing=True)
