"""Reads at once what is read in moments; the scans are left to the worker, the one of the guided tour first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, select

from portal.core.outbox import OutboxRow
from portal.demonstration.archive import TOUR_FAX, Archive
from portal.demonstration.fill import Filled
from portal.documents.models import DocumentVersion, Page
from portal.parts import Parts
from portal.queue import WorkQueues
from portal.search.saved.services import MATCH_SAVED
from portal.search.services import INDEX


def read_what_is_quick(parts: Parts, queues: WorkQueues, archive: Archive, filled: Filled) -> None:
    """Read the files that hold their text, count the pages of the others, index what there is and tell what is new to
    saved searches."""
    with_text = [document.key for document in archive.documents if not document.image_only or document.better_on]
    scans = [document.key for document in archive.documents if document.image_only]
    scans.sort(key=lambda key: key != TOUR_FAX)
    for page_id in _open(parts, queues, filled, with_text, func.max):
        queues.work_on("read_page", str(page_id))
    _open(parts, queues, filled, scans, func.min)
    for kind in (INDEX, MATCH_SAVED):
        for key in _wanted(parts, kind):
            queues.work_on(kind, key)


def _wanted(parts: Parts, kind: str) -> Sequence[str]:
    """Keys of the work of a kind that waits to be done."""
    with parts.looking() as work:
        waiting = select(OutboxRow.key).where(OutboxRow.kind == kind, OutboxRow.wanted > OutboxRow.done)
        return work.session.scalars(waiting.order_by(OutboxRow.id)).all()


def _open(parts: Parts, queues: WorkQueues, filled: Filled, keys: Iterable[str], which: Any) -> list[int]:
    """Have the files opened, of each document its first or newest; ids of their pages, in that order."""
    pages: list[int] = []
    for key in keys:
        with parts.looking() as work:
            version_id = work.session.scalars(
                select(which(DocumentVersion.id)).where(DocumentVersion.document_id == filled.documents[key])
            ).one()
        queues.work_on("open_version", str(version_id))
        with parts.looking() as work:
            pages += work.session.scalars(select(Page.id).where(Page.version_id == version_id).order_by(Page.number))
    return pages
