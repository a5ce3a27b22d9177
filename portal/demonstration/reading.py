"""Reads at once what is read in moments; the scans are left to the worker, the one of the guided tour first."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from portal.core.outbox import OutboxRow
from portal.demonstration.archive import TOUR_FAX, Archive
from portal.demonstration.fill import Filled
from portal.documents.models import DocumentVersion, Page
from portal.parts import Parts
from portal.queue import WorkQueues
from portal.search.services import INDEX


def read_what_is_quick(parts: Parts, queues: WorkQueues, archive: Archive, filled: Filled) -> None:
    """Read the documents that hold their text, count the pages of the others, index what there is."""
    with_text = [document.key for document in archive.documents if not document.image_only]
    scans = [document.key for document in archive.documents if document.image_only]
    scans.sort(key=lambda key: key != TOUR_FAX)
    for page_id in _open(parts, queues, filled, with_text):
        queues.work_on("read_page", str(page_id))
    _open(parts, queues, filled, scans)
    with parts.looking() as work:
        entries = work.session.scalars(
            select(OutboxRow.key)
            .where(OutboxRow.kind == INDEX, OutboxRow.wanted > OutboxRow.done)
            .order_by(OutboxRow.id)
        ).all()
    for key in entries:
        queues.work_on(INDEX, key)


def _open(parts: Parts, queues: WorkQueues, filled: Filled, keys: Iterable[str]) -> list[int]:
    """Have the files opened; ids of their pages, in that order."""
    pages: list[int] = []
    for key in keys:
        with parts.looking() as work:
            version_id = work.session.scalars(
                select(DocumentVersion.id).where(DocumentVersion.document_id == filled.documents[key])
            ).one()
        queues.work_on("open_version", str(version_id))
        with parts.looking() as work:
            pages += work.session.scalars(select(Page.id).where(Page.version_id == version_id).order_by(Page.number))
    return pages
