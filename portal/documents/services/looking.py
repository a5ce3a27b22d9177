"""Giving documents out: each look and each download stands in the trail (R10)."""

from __future__ import annotations

from typing import Literal

from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.documents import queries
from portal.documents.models import Document, DocumentVersion, Page

Shown = Literal["image", "text"]


def record_look(work: UnitOfWork, document_id: int, number: int, shown: Shown) -> tuple[Document, Page]:
    """Record that the acting person is shown a page, and return it. Raises NotFound unless they may read it.

    `shown` says what of it: its watermarked image, or its text.
    """
    document, page = queries.readable_page(work, document_id, number)
    work.record(
        "page:look",
        f"pages:{page.id}",
        dossier_id=document.dossier_id,
        details={"document": document.id, "version": page.version_id, "page": number, "shown": shown},
    )
    return document, page


def record_download(work: UnitOfWork, document_id: int) -> DocumentVersion:
    """Record that the acting person takes the original file, and return its version.

    Raises NotPermitted without the right to originals, NotFound unless they may read the document.
    """
    work.require(Permission.ORIGINAL_DOWNLOAD)
    document = queries.readable_document(work, document_id)
    version = document.current
    work.record(
        "document:download",
        f"documents:{document.id}",
        dossier_id=document.dossier_id,
        details={"version": version.id, "content": version.content_key},
    )
    return version
