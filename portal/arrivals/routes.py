"""The tray of the watched folder, and the cover sheets that lead scans past it."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, gettext

from archive_store.base import ArchiveStoreError
from portal.arrivals import queries, services, states
from portal.arrivals.cover_sheet import CoverSheet, cover_sheet_pdf
from portal.arrivals.folder import WatchedFolder
from portal.arrivals.forms import CheckForm, DiscardForm, PlaceForm, SheetForm
from portal.arrivals.models import Arrival
from portal.arrivals.rules import Sheet, sheet_code
from portal.arrivals.states import ArrivalState
from portal.core.errors import Conflict, Invalid, NotFound, StaleVersion
from portal.core.messages import N_, Message
from portal.core.permissions import LEVEL_NAMES, Permission
from portal.core.spine import RegisterEntry, SpineAction
from portal.core.unit_of_work import UnitOfWork
from portal.database import begin_writing
from portal.documents.errors import AlreadyFiled, FileUnavailable
from portal.documents.models import DIRECTION_NAMES, DOCUMENT_KIND_NAMES, Direction, DocumentKind
from portal.documents.page_images import PAGE_WIDTH, PageImages
from portal.documents.queries import readable_document
from portal.documents.reading.kinds import FileKind
from portal.documents.reading.reader import ReaderBusy, ReaderNotStarted, ReadingFailed
from portal.documents.reading.watermark import watermark
from portal.documents.routes.room import names, seal
from portal.documents.texts import storable
from portal.dossiers.models import Dossier
from portal.dossiers.pages import spine
from portal.dossiers.queries import dossier_to_work_on, works_on
from portal.http.edge import current_work, get_parts, say, translate, translator
from portal.http.guards import Room
from portal.http.language import choose_language

arrivals = Room("arrivals", __name__)

_WORDS_SHOWN = 2000
"""Characters of a file without pictures that its page in the tray shows: enough to tell where it belongs."""


def sheet_actions(work: UnitOfWork, entry: RegisterEntry) -> list[SpineAction]:
    """Printing a cover sheet, for the spine of a dossier (`portal.core.spine.ActionSource`)."""
    may = entry.official and work.person.may(Permission.ARRIVAL_HANDLE)
    if not may or not works_on(work.session, work.person, entry.id, work.today):
        return []
    return [SpineAction(N_("Print a cover sheet"), f"/dossiers/{entry.id}/cover-sheet")]


@arrivals.page("/arrivals", may=Permission.ARRIVAL_HANDLE)
def tray() -> ResponseReturnValue:
    """What waits to be placed, what the folder filed by itself, and what was discarded lately."""
    work, folder = current_work(), get_parts().settings.arrivals
    return render_template(
        "arrivals/tray.html",
        page=queries.tray_page(work.session, work.person, request.args.get("page", 1, type=int)),
        filed=queries.filed_by_the_folder(work.session, work.person, work.today, work.now),
        discarded=queries.discarded(work.session, work.person, work.now),
        kept_days=queries.KEPT_DAYS,
        watched=folder is not None,
        unusable=folder is not None and not WatchedFolder(folder).is_usable(),
        reason=_reason,
        **names(),
    )


def _reason(arrival: Arrival) -> Message | None:
    return Message(arrival.reason, arrival.reason_values) if arrival.reason else None


@arrivals.page("/arrivals/<int:arrival_id>", may=Permission.ARRIVAL_HANDLE, methods=["GET", "POST"], once=True)
def place(arrival_id: int) -> ResponseReturnValue:
    """Something of the tray: its first page, why it waits, and the form that files it."""
    work = current_work()
    arrival = queries.visible_arrival(work, arrival_id)
    if arrival.state == ArrivalState.FILED and request.method == "GET":
        return redirect(url_for("documents.document", document_id=arrival.document_id))
    form = PlaceForm(data=_known_of(work, arrival))
    if not form.validate_on_submit():
        return _place_page(arrival, form), 422 if form.is_submitted() else 200
    try:
        document = services.file_arrival(
            work, arrival_id, form.version(), form.number.data, form.facts, again=form.again.data
        )
    except AlreadyFiled as error:
        again = Message(states.ALREADY_THERE, {"number": form.number.data, **error.message.params})
        return _place_page(arrival, form, twin=translate(again)), 422
    except Invalid as error:
        form.show_errors(error)
        return _place_page(arrival, form), 422
    except StaleVersion as error:
        work.session.refresh(arrival)
        fresh = PlaceForm(formdata=None, data=_known_of(work, arrival))
        return _place_page(arrival, fresh, stale=translate(error.message)), error.status
    say(N_("“%(subject)s” is filed and will be read now."), subject=document.subject)
    return redirect(url_for("arrivals.tray"))


def _known_of(work: UnitOfWork, arrival: Arrival) -> dict[str, Any]:
    """What the sheet and the name say of it, for the form."""
    dossier = work.session.get(Dossier, arrival.dossier_id) if arrival.dossier_id else None
    return {
        "number": (dossier.number if dossier else None) or arrival.reason_values.get("number", ""),
        "kind": arrival.kind or "",
        "direction": arrival.direction or Direction.INCOMING,
        "dated": arrival.dated,
        "subject": arrival.subject,
        "row_version": arrival.row_version,
    }


def _place_page(arrival: Arrival, form: PlaceForm, *, twin: str = "", stale: str = "") -> str:
    kind = FileKind(arrival.file_kind) if arrival.file_kind else None
    pictured = kind is not None and kind.has_page_images
    words, unshown = ("", "") if kind is None or pictured else _first_words(arrival, kind)
    return render_template(
        "arrivals/place.html",
        arrival=arrival,
        form=form,
        twin=twin,
        stale=stale,
        reason=_reason(arrival),
        pictured=pictured,
        words=words,
        unshown=unshown,
        may_put_back=queries.can_be_put_back(arrival, current_work().now),
    )


def _first_words(arrival: Arrival, kind: FileKind) -> tuple[str, str]:
    """How the text of what waits begins, and the sentence that says why it cannot be shown: one of them is empty.

    As with a picture, reading happens outside of a transaction and the look is recorded in one of its own, which
    holds though the form around the text is refused. Call it when there is nothing left to commit.
    """
    if arrival.state != ArrivalState.WAITING or not arrival.content_key:
        return "", ""
    work, arrival_id, key = current_work(), arrival.id, arrival.content_key
    work.session.rollback()
    parts = get_parts()
    try:
        with parts.store.local_copy(key, suffix=kind.extension) as copy:
            page = parts.renderer.read_page(copy, kind, 1, parts.renderer.limits.render_seconds)
    except (ReadingFailed, ReaderBusy, ReaderNotStarted) as error:
        return "", translate(error.message)  # It can be filed all the same.
    except ArchiveStoreError:
        return "", translate(FileUnavailable().message)
    begin_writing(work.session)
    services.record_look(work, arrival_id)
    work.commit()
    text = storable(page.text).strip()
    if not text:
        return "", gettext("No text was found on this page.")
    return (text if len(text) <= _WORDS_SHOWN else f"{text[:_WORDS_SHOWN]}…"), ""


@arrivals.page("/arrivals/<int:arrival_id>/image", may=Permission.ARRIVAL_HANDLE)
def first_page(arrival_id: int) -> ResponseReturnValue:
    """The first page of what waits, marked with who looks; the look is recorded.

    Drawing may take long, so it happens between a reading transaction and the one that records the look.
    """
    work = current_work()
    arrival = queries.visible_arrival(work, arrival_id)
    if not arrival.content_key or not arrival.file_kind or arrival.state == ArrivalState.FILED:
        raise NotFound()
    key, kind = arrival.content_key, FileKind(arrival.file_kind)
    if not kind.has_page_images:
        raise NotFound()
    time = work.now.astimezone(work.zone).strftime("%Y-%m-%d %H:%M")
    words = (work.person.name, time, gettext("Not filed yet"))
    work.session.rollback()
    parts = get_parts()
    images = PageImages(parts.settings.page_images, parts.store, parts.renderer)
    try:
        image = watermark(images.picture(key, kind, 1, PAGE_WIDTH), words)
    except ArchiveStoreError as error:
        raise FileUnavailable() from error
    begin_writing(work.session)
    services.record_look(work, arrival_id)
    answer = Response(image, mimetype="image/jpeg")
    seal(answer)
    return answer


@arrivals.page("/arrivals/<int:arrival_id>/discard", may=Permission.ARRIVAL_HANDLE, methods=["GET", "POST"], once=True)
def discard(arrival_id: int) -> ResponseReturnValue:
    """Take something out of the tray without filing it, for a reason."""
    work = current_work()
    arrival = queries.visible_arrival(work, arrival_id)
    form = DiscardForm(data={"row_version": arrival.row_version})
    if form.validate_on_submit():
        try:
            services.discard_arrival(work, arrival_id, form.version(), form.remark.data)
        except Invalid as error:
            form.show_errors(error)
        else:
            say(N_("“%(name)s” is discarded."), name=arrival.file_name)
            return redirect(url_for("arrivals.tray"))
    page = render_template("arrivals/discard.html", arrival=arrival, form=form, kept_days=queries.KEPT_DAYS)
    return page, 422 if form.is_submitted() else 200


@arrivals.page("/arrivals/<int:arrival_id>/put-back", may=Permission.ARRIVAL_HANDLE, methods=["POST"], once=True)
def put_back(arrival_id: int) -> ResponseReturnValue:
    """Bring what was discarded back into the tray."""
    version = request.form.get("row_version", 0, type=int)
    arrival = services.put_back(current_work(), arrival_id, version)
    say(N_("“%(name)s” waits in the tray again."), name=arrival.file_name)
    return redirect(url_for("arrivals.place", arrival_id=arrival_id))


@arrivals.page("/arrivals/<int:arrival_id>/check", may=Permission.ARRIVAL_HANDLE, methods=["GET", "POST"], once=True)
def check(arrival_id: int) -> ResponseReturnValue:
    """What the folder filed and had to assume a kind for: right as it is, or put right."""
    work = current_work()
    arrival = queries.visible_arrival(work, arrival_id)
    if arrival.document_id is None:
        raise NotFound()
    document = readable_document(work, arrival.document_id)
    present = {name: getattr(document, name) for name in ("kind", "direction", "dated", "subject", "correspondent")}
    form = CheckForm(data={**present, "row_version": arrival.row_version})
    if form.validate_on_submit():
        try:
            services.check_arrival(work, arrival_id, form.version(), form.facts)
        except Invalid as error:
            form.show_errors(error)
        else:
            say(N_("“%(subject)s” is checked."), subject=document.subject)
            return redirect(url_for("arrivals.tray"))
    page = render_template("arrivals/check.html", arrival=arrival, document=document, form=form)
    return page, 422 if form.is_submitted() else 200


@arrivals.page("/dossiers/<int:dossier_id>/cover-sheet", may=Permission.ARRIVAL_HANDLE)
def cover_sheet(dossier_id: int) -> ResponseReturnValue:
    """What the cover sheet is to say."""
    work = current_work()
    _numbered(dossier_to_work_on(work.session, work.person, dossier_id, work.today))
    form = SheetForm(formdata=None, data={"direction": Direction.INCOMING})
    return render_template("arrivals/sheet.html", spine=spine(work, dossier_id), tab="", form=form)


@arrivals.page("/dossiers/<int:dossier_id>/cover-sheet.pdf", may=Permission.ARRIVAL_HANDLE, writes=True)
def print_cover_sheet(dossier_id: int) -> ResponseReturnValue:
    """The sheet as a PDF in the language of whoever prints it."""
    work = current_work()
    form = SheetForm(request.args)
    if not form.validate():
        raise Invalid()
    dossier = services.record_sheet(work, dossier_id)
    sheet = Sheet(
        number=_numbered(dossier),
        kind=DocumentKind(form.kind.data) if form.kind.data else None,
        direction=Direction(form.direction.data) if form.direction.data else None,
        dated=form.dated.data,
    )
    language = choose_language()
    moment = work.now.astimezone(work.zone).strftime("%Y-%m-%d %H:%M")
    printed = CoverSheet(
        number=sheet.number,
        client=dossier.client.name,
        code=sheet_code(sheet, work.trail_key),
        facts=_facts_in_words(dossier, sheet),
        foot=f"Legajo · {work.person.name} · {moment}",
    )
    pdf = cover_sheet_pdf(printed, language=language, translate=translator(language))
    answer = Response(pdf, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="cover-sheet-{dossier.id}.pdf"'
    return answer


def _numbered(dossier: Dossier) -> str:
    if dossier.number is None:
        raise Conflict(N_("The dossier has no number before its opening is approved."))
    return dossier.number


def _facts_in_words(dossier: Dossier, sheet: Sheet) -> list[tuple[str, str]]:
    open_ = gettext("Left open")
    return [
        (gettext("Confidentiality"), gettext(LEVEL_NAMES[dossier.level])),
        (gettext("Kind"), gettext(DOCUMENT_KIND_NAMES[sheet.kind]) if sheet.kind else open_),
        (gettext("Direction"), gettext(DIRECTION_NAMES[sheet.direction]) if sheet.direction else open_),
        (gettext("Date"), format_date(sheet.dated, "medium") if sheet.dated else open_),
    ]
