"""Filing documents: the form, and the files that come with it."""

from __future__ import annotations

from typing import Any

from flask import g, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.errors import Invalid, PortalError
from portal.core.messages import N_, Message
from portal.core.permissions import Permission
from portal.documents import services
from portal.documents.errors import AlreadyFiled
from portal.documents.forms import UploadForm
from portal.documents.intake import Refused, as_path, receive
from portal.documents.models import Document
from portal.documents.reading.names import clean_name
from portal.documents.routes.room import documents
from portal.documents.services import KeptFile
from portal.dossiers.pages import spine
from portal.dossiers.queries import dossier_to_work_on
from portal.http.edge import actor_from_session, current_work, get_parts, say, translate


@documents.before_request
def receive_files() -> None:
    """Judge and keep what is sent before the writing transaction begins.

    It may take seconds (a child process opens each file), and while the database is held for writing nobody
    else could file, lend or even look.
    """
    actor = actor_from_session()
    if request.endpoint != "documents.add_documents" or request.method != "POST" or actor is None:
        return
    if not actor.may(Permission.DOCUMENT_ADD) or is_malformed():
        return  # The guard turns the request away: nothing is kept for it.
    form = UploadForm()
    received: list[KeptFile | Refused] = []
    g.received = received
    if not form.validate():
        return
    parts = get_parts()
    with parts.looking(actor) as work:
        dossier_id = int((request.view_args or {})["dossier_id"])
        dossier_to_work_on(work.session, actor, dossier_id, work.today)
        try:
            services.check_facts(work, form.facts)
        except Invalid:
            return
        for sent in form.files.data:
            name = sent.filename or ""
            try:
                with as_path(sent.stream) as path:
                    kept = receive(parts, work, dossier_id, form.facts, path, name, again=form.again.data)
                received.append(kept)
            except PortalError as error:
                received.append(Refused(clean_name(name), error))


def is_malformed() -> bool:
    """Whether the guard will answer 400: no key of a form that acts once, or a null character."""
    values = (value for values in request.form.listvalues() for value in values)
    return not 16 <= len(request.form.get("once", "")) <= 64 or any("\0" in value for value in values)


@documents.page(
    "/dossiers/<int:dossier_id>/documents/new",
    may=Permission.DOCUMENT_ADD,
    methods=["GET", "POST"],
    once=True,
)
def add_documents(dossier_id: int) -> ResponseReturnValue:
    """File documents in a dossier. Each file is taken or refused by itself."""
    work = current_work()
    dossier_to_work_on(work.session, work.person, dossier_id, work.today)
    form = UploadForm()
    if not form.validate_on_submit():
        if form.is_submitted():
            _ask_for_files_again(form)
        return _upload_page(form, dossier_id), 422 if form.is_submitted() else 200
    try:
        services.check_facts(work, form.facts)
    except Invalid as error:
        form.show_errors(error)
        _ask_for_files_again(form)
        return _upload_page(form, dossier_id), 422
    filed: list[Document] = []
    refused: list[Refused] = []
    for item in g.received:
        if isinstance(item, Refused):
            refused.append(item)
            continue
        try:
            filed.append(services.file_document(work, dossier_id, form.facts, item, again=form.again.data))
        except PortalError as error:
            refused.append(Refused(item.name, error))
    return _upload_answer(form, dossier_id, filed, refused)


def _ask_for_files_again(form: UploadForm) -> None:
    """A browser shows a form that was sent back with no files in it, whatever was wrong with the rest."""
    if not form.files.errors:
        form.files.errors = [translate(Message(N_("The files were not kept. Please choose them again.")))]


def _upload_answer(
    form: UploadForm, dossier_id: int, filed: list[Document], refused: list[Refused]
) -> ResponseReturnValue:
    """One script asks for each file by itself and wants JSON; the page without scripts sends them together."""
    there = url_for("dossiers.contents", dossier_id=dossier_id)
    if request.accept_mimetypes["application/json"] > request.accept_mimetypes["text/html"]:
        answer = jsonify(
            filed=[{"subject": row.subject, "address": _address(row)} for row in filed],
            refused=[_refusal(item) for item in refused],
        )
        answer.status_code = 201 if filed else 422
        if filed:
            answer.headers["Location"] = _address(filed[0])
        return answer
    if not refused:
        if len(filed) == 1:
            say(N_("“%(subject)s” is filed and will be read now."), subject=filed[0].subject)
        else:
            say(N_("%(count)s documents are filed and will be read now."), count=len(filed))
        return redirect(there)
    if filed:
        form = UploadForm(formdata=None, data={**form.data, "files": None, "once": None, "again": False})
    answer = make_response(_upload_page(form, dossier_id, filed, refused), 200 if filed else 422)
    if filed:
        answer.headers["Location"] = there  # Sent once more, the same form leads to what was filed.
    return answer


def _refusal(item: Refused) -> dict[str, Any]:
    twin = item.error.document_id if isinstance(item.error, AlreadyFiled) else None
    return {
        "name": item.name,
        "message": translate(item.error.message),
        "twin": url_for("documents.document", document_id=twin) if twin else None,
    }


def _address(document: Document) -> str:
    return url_for("documents.document", document_id=document.id)


def _upload_page(
    form: UploadForm, dossier_id: int, filed: list[Document] | None = None, refused: list[Refused] | None = None
) -> str:
    return render_template(
        "documents/new.html",
        spine=spine(current_work(), dossier_id),
        tab="",
        form=form,
        filed=filed or [],
        refused=[_refusal(item) for item in refused or []],
        most_bytes=get_parts().settings.max_upload_bytes,
    )
