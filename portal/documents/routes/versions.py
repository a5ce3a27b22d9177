"""A better scan of a document, and the pages of the versions before."""

from __future__ import annotations

from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.errors import PortalError
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.documents import queries, services
from portal.documents.forms import VersionForm
from portal.documents.intake import Refused, as_path, receive_version
from portal.documents.reading.kinds import FileKind
from portal.documents.reading.names import clean_name
from portal.documents.routes.filing import is_malformed
from portal.documents.routes.images import picture_of
from portal.documents.routes.room import documents, names, office_time
from portal.documents.services import KeptFile
from portal.http.edge import actor_from_session, current_work, get_parts, say, translate


@documents.before_request
def receive_scan() -> None:
    """Judge and keep the file before the writing transaction begins, as for documents that are filed."""
    actor = actor_from_session()
    if request.endpoint != "documents.add_version" or request.method != "POST" or actor is None:
        return
    if not actor.may(Permission.DOCUMENT_ADD) or is_malformed():
        return  # The guard turns the request away: nothing is kept for it.
    form = VersionForm()
    if not form.validate():
        return
    parts = get_parts()
    name = form.file.data.filename or ""
    received: KeptFile | Refused
    with parts.looking(actor) as work:
        document_id = int((request.view_args or {})["document_id"])
        services.document_to_replace(work, document_id)
        try:
            with as_path(form.file.data.stream) as path:
                received = receive_version(parts, work, document_id, path, name)
        except PortalError as error:
            received = Refused(clean_name(name), error)
    g.received_scan = received


@documents.page(
    "/documents/<int:document_id>/versions/new", may=Permission.DOCUMENT_ADD, methods=["GET", "POST"], once=True
)
def add_version(document_id: int) -> ResponseReturnValue:
    """Add a better scan; the file before stays with its pages."""
    work = current_work()
    document = services.document_to_replace(work, document_id)
    form = VersionForm()
    if not form.validate_on_submit():
        return _version_page(document, form), 422 if form.is_submitted() else 200
    received: KeptFile | Refused = g.received_scan
    try:
        if isinstance(received, Refused):
            raise received.error
        version = services.add_version(work, document_id, received)
    except PortalError as error:
        if error.status >= 500:
            raise
        form.file.errors = [translate(error.message)]
        return _version_page(document, form), 422
    say(N_("Version %(number)s is added and will be read now."), number=version.number)
    return redirect(url_for("documents.document", document_id=document_id))


def _version_page(document: Any, form: VersionForm) -> str:
    return render_template(
        "documents/new_version.html",
        document=document,
        form=form,
        corrected=queries.has_corrected_text(current_work().session, document.current),
        most_bytes=get_parts().settings.max_upload_bytes,
        **names(),
    )


@documents.page(
    "/documents/<int:document_id>/versions/<int:version>/pages/<int:number>",
    may=Permission.REGISTER_VIEW,
    writes=True,
)
def version_page(document_id: int, version: int, number: int) -> ResponseReturnValue:
    """A page of any version, also of one that a better scan has taken the place of."""
    work = current_work()
    shown = queries.version_of(queries.readable_document(work, document_id), version)
    pictured = FileKind(shown.file_kind).has_page_images
    document, page = services.record_look(work, document_id, number, "page" if pictured else "text", version)
    return render_template(
        "documents/version_page.html",
        document=document,
        version=shown,
        page=page,
        last=max(shown.page_count or 0, number),
        picture=picture_of(work, document, page, version) if pictured else None,
        shown_at=office_time(work),
        **names(),
    )
