"""Filing documents, what is known of one, its pages as watermarked images, its original."""

from __future__ import annotations

import mimetypes
from typing import Any

from flask import Response, g, jsonify, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_store.base import ArchiveStoreError
from portal.accounts.models import Person
from portal.core.errors import Invalid, PortalError
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.core.spine import Panel, RegisterEntry, SpineAction
from portal.core.unit_of_work import UnitOfWork
from portal.database import begin_writing
from portal.documents import queries, services
from portal.documents.errors import AlreadyFiled, FileUnavailable
from portal.documents.forms import UploadForm
from portal.documents.intake import Refused, as_path, receive
from portal.documents.marking import marked
from portal.documents.models import (
    DIRECTION_NAMES,
    DOCUMENT_KIND_NAMES,
    READING_STATE_NAMES,
    Document,
    ReadingState,
)
from portal.documents.page_images import PageImages
from portal.documents.reading.kinds import FileKind
from portal.documents.reading.names import clean_name
from portal.documents.reading.watermark import watermark
from portal.documents.services import KeptFile
from portal.dossiers.pages import spine
from portal.dossiers.queries import dossier_to_work_on, works_on
from portal.http.edge import actor_from_session, current_work, get_parts, say, translate
from portal.http.forms import OnceForm
from portal.http.guards import Room

documents = Room("documents", __name__)

PAGE_WIDTH = 1400
"""Pixels of a page image: small print of an A4 page stays readable."""

_SEALED = "default-src 'none'; sandbox"
"""What a browser may do with a file or picture from the archive: show or save it, nothing else."""


def contents_panel(work: UnitOfWork, entry: RegisterEntry) -> Panel:
    """The list of documents, for the Contents tab of a dossier (`portal.core.spine.ContentsSource`)."""
    page = queries.contents(work, entry.id, request.args.get("page", 1, type=int))
    may_file = _may_file(work, entry)
    return Panel("documents/_contents.html", {"page": page, "entry": entry, "may_file": may_file, **_names()})


def document_actions(work: UnitOfWork, entry: RegisterEntry) -> list[SpineAction]:
    """Filing documents, for the spine of a dossier (`portal.core.spine.ActionSource`)."""
    return [SpineAction(N_("File documents"), f"/dossiers/{entry.id}/documents/new")] if _may_file(work, entry) else []


def _may_file(work: UnitOfWork, entry: RegisterEntry) -> bool:
    may = work.person.may(Permission.DOCUMENT_ADD)
    return may and works_on(work.session, work.person, entry.id, work.today)


def _names() -> dict[str, Any]:
    return {
        "kind_names": DOCUMENT_KIND_NAMES,
        "direction_names": DIRECTION_NAMES,
        "state_names": READING_STATE_NAMES,
    }


@documents.before_request
def receive_files() -> None:
    """Judge and keep what is sent before the writing transaction begins.

    It may take seconds (a child process opens each file), and while the database is held for writing nobody
    else could file, lend or even look.
    """
    actor = actor_from_session()
    if request.endpoint != "documents.add_documents" or request.method != "POST" or actor is None:
        return
    if not actor.may(Permission.DOCUMENT_ADD) or _is_malformed():
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


def _is_malformed() -> bool:
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
        return _upload_page(form, dossier_id), 422 if form.is_submitted() else 200
    try:
        services.check_facts(work, form.facts)
    except Invalid as error:
        form.show_errors(error)
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
        "may_retry": work.person.may(Permission.DOCUMENT_RETRY) and row.current.state == ReadingState.FAILED,
        "retry_form": OnceForm(),
        **_names(),
    }


@documents.page("/documents/<int:document_id>/retry", may=Permission.DOCUMENT_RETRY, methods=["POST"], once=True)
def retry(document_id: int) -> ResponseReturnValue:
    """Have what could not be read tried once more."""
    services.retry_version(current_work(), document_id)
    say(N_("What could not be read is tried again now."))
    return redirect(url_for("documents.document", document_id=document_id))


@documents.page(
    "/documents/<int:document_id>/pages/<int:number>/retry",
    may=Permission.DOCUMENT_RETRY,
    methods=["POST"],
    once=True,
)
def retry_page(document_id: int, number: int) -> ResponseReturnValue:
    """Have one page tried once more."""
    services.retry_page(current_work(), document_id, number)
    say(N_("Page %(number)s is tried again now."), number=number)
    return redirect(url_for("documents.page", document_id=document_id, number=number))


@documents.page(
    "/documents/<int:document_id>/pages/<int:number>", may=Permission.REGISTER_VIEW, writes=True, endpoint="page"
)
def show_page(document_id: int, number: int) -> ResponseReturnValue:
    """A page: its image, its text with the words of ?q= marked, the pages before and after."""
    work = current_work()
    row, page = services.record_look(work, document_id, number, "text")
    query = request.args.get("q", "")[:200]
    return render_template(
        "documents/page.html",
        document=row,
        page=page,
        last=row.current.page_count or page.number,
        query=query,
        parts=marked(page.text, query),
        may_retry=work.person.may(Permission.DOCUMENT_RETRY) and page.state == ReadingState.FAILED,
        retry_form=OnceForm(),
        **_names(),
    )


@documents.page("/documents/<int:document_id>/pages/<int:number>/image", may=Permission.REGISTER_VIEW)
def page_image(document_id: int, number: int) -> ResponseReturnValue:
    """The image of a page, marked with who looks, when, and in which dossier.

    Drawing may take long, so it happens between a reading transaction and the one that records the look;
    the right is asked for in both.
    """
    work = current_work()
    row, page = queries.readable_page(work, document_id, number)
    key, kind, page_number = row.current.content_key, FileKind(row.current.file_kind), page.number
    words = (work.person.name, _office_time(work), row.dossier.number or gettext("Draft"))
    work.session.rollback()
    image = watermark(_drawn(key, kind, page_number), words)
    begin_writing(work.session)
    services.record_look(work, document_id, number, "image")
    answer = Response(image, mimetype="image/jpeg")
    _seal(answer)
    return answer


def _drawn(key: str, kind: FileKind, number: int) -> bytes:
    parts = get_parts()
    images = PageImages(parts.settings.page_images, parts.store, parts.renderer)
    try:
        return images.picture(key, kind, number, PAGE_WIDTH)
    except ArchiveStoreError as error:
        raise FileUnavailable() from error


def _office_time(work: UnitOfWork) -> str:
    return work.now.astimezone(work.zone).strftime("%Y-%m-%d %H:%M")


@documents.page("/documents/<int:document_id>/original", may=Permission.ORIGINAL_DOWNLOAD, writes=True)
def original(document_id: int) -> ResponseReturnValue:
    """The original file, for records staff; each download is recorded."""
    version = services.record_download(current_work(), document_id)
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
    _seal(answer)
    return answer


def _seal(answer: Response) -> None:
    answer.headers["Content-Security-Policy"] = _SEALED
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store, private"
