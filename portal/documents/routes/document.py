"""The page of one document: what is known of it, how far it is read, its original."""

from __future__ import annotations

import mimetypes
from typing import Any

from flask import make_response, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from archive_store.base import ArchiveStoreError
from portal.accounts.models import Person
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.documents import queries, services
from portal.documents.errors import FileUnavailable
from portal.documents.models import ReadingState
from portal.documents.reading.kinds import FileKind
from portal.documents.reading.names import clean_name
from portal.documents.routes.room import documents, names, seal
from portal.dossiers.queries import works_on
from portal.http.edge import current_work, get_parts, say
from portal.http.forms import OnceForm


@documents.page("/documents/<int:document_id>", may=Permission.REGISTER_VIEW)
def document(document_id: int) -> ResponseReturnValue:
    """What is known of a document, how far it is read, and the way to its pages."""
    return render_template("documents/document.html", **_document_values(document_id))


@documents.page("/documents/<int:document_id>/reading", may=Permission.REGISTER_VIEW)
def reading(document_id: int) -> ResponseReturnValue:
    """The part of the document's page that changes while it is read."""
    values = _document_values(document_id)
    answer = make_response(render_template("documents/_reading.html", **values))
    answer.headers["X-Done"] = "no" if values["progress"].waiting else "yes"
    return answer


def _document_values(document_id: int) -> dict[str, Any]:
    work = current_work()
    row = queries.readable_document(work, document_id)
    return {
        "document": row,
        "version": row.current,
        "filed_by": work.session.get_one(Person, row.filed_by_id).name,
        "progress": queries.reading_of(work.session, row.current),
        "pages": queries.page_entries(work.session, row.current),
        "may_retry": row.current.state == ReadingState.FAILED and queries.may_retry(work, row),
        "may_replace": work.person.may(Permission.DOCUMENT_ADD)
        and works_on(work.session, work.person, row.dossier_id, work.today),
        "adders": {version.id: work.session.get_one(Person, version.added_by_id).name for version in row.versions},
        "retry_form": OnceForm(),
        **names(),
    }


@documents.page("/documents/<int:document_id>/retry", may=Permission.DOCUMENT_RETRY, methods=["POST"], once=True)
def retry(document_id: int) -> ResponseReturnValue:
    """Have what could not be read tried once more."""
    services.retry_version(current_work(), document_id)
    say(N_("What could not be read is tried again now."))
    return redirect(url_for("documents.document", document_id=document_id))


@documents.page("/documents/<int:document_id>/original", may=Permission.ORIGINAL_DOWNLOAD, writes=True)
def original(document_id: int) -> ResponseReturnValue:
    """The original file, for records staff; each download is recorded."""
    return _original(document_id, None)


@documents.page(
    "/documents/<int:document_id>/versions/<int:version>/original", may=Permission.ORIGINAL_DOWNLOAD, writes=True
)
def version_original(document_id: int, version: int) -> ResponseReturnValue:
    """The original file of any version."""
    return _original(document_id, version)


def _original(document_id: int, number: int | None) -> ResponseReturnValue:
    version = services.record_download(current_work(), document_id, number)
    store = get_parts().store
    try:
        content = store.open(version.content_key)
    except ArchiveStoreError as error:
        raise FileUnavailable() from error
    kind = FileKind(version.file_kind)
    name = clean_name(version.file_name)
    if mimetypes.guess_type(name)[0] != kind.media_type:
        name += kind.extension
    answer = send_file(content, kind.media_type, as_attachment=True, download_name=name, max_age=0, etag=False)
    answer.content_length = version.byte_size
    seal(answer)
    return answer
