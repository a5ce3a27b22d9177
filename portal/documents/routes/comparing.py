"""Two versions of a document side by side."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.documents import queries, services
from portal.documents.models import Document, DocumentVersion
from portal.documents.reading.kinds import FileKind
from portal.documents.routes.images import picture_of
from portal.documents.routes.room import documents, names
from portal.http.edge import current_work
from portal.http.safety import row_id


@documents.page("/documents/<int:document_id>/compare", may=Permission.REGISTER_VIEW, writes=True)
def compare(document_id: int) -> ResponseReturnValue:
    """The same page of two versions; each of the two looks is recorded."""
    work = current_work()
    document = queries.readable_document(work, document_id)
    numbers = [version.number for version in document.versions]
    older = numbers[-2] if len(numbers) > 1 else numbers[-1]
    left = _wanted(document, "left", older)
    right = _wanted(document, "right", numbers[-1])
    last = max(left.page_count or 1, right.page_count or 1)
    number = min(max(1, request.args.get("page", 1, type=row_id)), last)
    return render_template(
        "documents/compare.html",
        document=document,
        number=number,
        last=last,
        sides=[_side(work, document, version, number) for version in (left, right)],
        **names(),
    )


def _wanted(document: Document, name: str, otherwise: int) -> DocumentVersion:
    number = request.args.get(name, otherwise, type=row_id)
    for version in document.versions:
        if version.number == number:
            return version
    raise NotFound()


def _side(work: UnitOfWork, document: Document, version: DocumentVersion, number: int) -> dict[str, Any]:
    """A version and its page; without one where it has fewer pages."""
    pictured = FileKind(version.file_kind).has_page_images
    try:
        _, page = services.record_look(work, document.id, number, "image" if pictured else "text", version.number)
    except NotFound:
        return {"version": version, "page": None, "picture": None}
    picture = picture_of(work, document, page, version.number) if pictured else None
    return {"version": version, "page": page, "picture": picture}
