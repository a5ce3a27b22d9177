"""Giving documents out: each look and each download stands in the trail (R10)."""

from __future__ import annotations

from typing import Literal

from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.documents import queries
from portal.documents.models import Document, DocumentVersion, Page

Shown = Literal["page", "image", "text"]

TURNS = (0, 90, 180, 270)
"""Degrees clockwise by which a page may be turned when it is shown."""


def record_look(
    work: UnitOfWork, document_id: int, number: int, shown: Shown, version: int | None = None
) -> tuple[Document, Page]:
    """Record that the acting person is shown a page, and return it. Raises NotFound unless they may read it.

    `shown` says what of it: its watermarked image, its text, or the page with both. `version`: the number of an
    older version; without it the page of the current one.
    """
    document, page = queries.readable_page(work, document_id, number, version)
    _record(work, "page:look", document, page, shown)
    return document, page


def record_sent_ahead(work: UnitOfWork, document_id: int, number: int) -> None:
    """Record that the image of a page goes to the acting person's browser before they turn to it.

    Not a look yet, but it has left the archive. Raises NotFound unless they may read it.
    """
    document, page = queries.readable_page(work, document_id, number)
    _record(work, "page:send_ahead", document, page, "image")


def _record(work: UnitOfWork, action: str, document: Document, page: Page, shown: Shown) -> None:
    work.record(
        action,
        f"pages:{page.id}",
        dossier_id=document.dossier_id,
        details={"document": document.id, "version": page.version_id, "page": page.number, "shown": shown},
    )


def turn_page(work: UnitOfWork, document_id: int, number: int, rotation: int) -> Page:
    """Have a page shown turned clockwise by `rotation` degrees, to everybody from now on.

    Whoever may read a page may put it upright. Raises NotFound, or Invalid for a turn that is none.
    """
    document, page = queries.readable_page(work, document_id, number)
    if rotation not in TURNS:
        raise Invalid()
    if page.rotation != rotation:
        page.rotation = rotation
        work.record(
            "page:turn",
            f"pages:{page.id}",
            dossier_id=document.dossier_id,
            details={"document": document.id, "page": page.number, "rotation": rotation},
        )
    return page


def record_download(work: UnitOfWork, document_id: int, version_number: int | None = None) -> DocumentVersion:
    """Record that the acting person takes an original file, and return its version.

    `version_number`: an older version; without it the current one. Raises NotPermitted without the right to
    originals, NotFound unless they may read the document.
    """
    work.require(Permission.ORIGINAL_DOWNLOAD)
    document = queries.readable_document(work, document_id)
    version = queries.version_of(document, version_number)
    work.record(
        "document:download",
        f"documents:{document.id}",
        dossier_id=document.dossier_id,
        details={"version": version.id, "content": version.content_key},
    )
    return version
