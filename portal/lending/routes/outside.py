"""Outside readers: the form of the host, and the papers for those who may look at them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, g, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_store.base import ArchiveStoreError
from portal.core.errors import Conflict, Invalid, NotFound, PortalError
from portal.core.messages import N_
from portal.core.permissions import Actor, Permission
from portal.database import begin_writing
from portal.documents.errors import FileUnavailable
from portal.documents.intake import as_path, upload_limits
from portal.documents.page_images import PAGE_WIDTH, PageImages
from portal.documents.reading.formats import WrongType, check_upload
from portal.documents.reading.kinds import FileKind
from portal.documents.reading.watermark import watermark
from portal.documents.routes.filing import is_malformed
from portal.documents.routes.room import office_time, seal
from portal.http.edge import actor_from_session, current_work, get_parts, say, translate
from portal.lending import queries, services
from portal.lending.errors import PaperCannotBeShown
from portal.lending.forms import OutsideForm
from portal.lending.models import OUTSIDE_PAPER_NAMES, OutsidePaper, OutsideReaderPaper
from portal.lending.routes.asking import (
    MOST_DOSSIERS,
    asked_for,
    is_adjusted,
    say_refusal,
    tick_added,
    volume_choices,
    where_filed,
)
from portal.lending.routes.chosen import forget
from portal.lending.routes.room import lending, page
from portal.lending.services import KeptPaper, Visit
from portal.lending.states import RequestKind


@dataclass
class Received:
    """The papers that were kept before the writing transaction began, and what was wrong with the others."""

    kept: list[KeptPaper]
    wrong: dict[str, PortalError]
    refused: PortalError | None = None
    """Why nothing was kept: the request would not be taken."""


@lending.before_request
def receive_papers() -> None:
    """Judge and keep the papers before the writing transaction begins: it may take seconds, and others must write."""
    actor = actor_from_session()
    if request.endpoint != "lending.new_outside_request" or request.method != "POST" or actor is None:
        return
    if not actor.may(Permission.REQUEST_FILE) or is_malformed() or is_adjusted():
        return  # The guard turns the request away, or it is not sent yet: nothing is kept for it.
    received = Received([], {})
    g.received = received
    form = OutsideForm()
    form.volume_ids.validate_choice = False  # They are checked where the request is filed.
    if not form.validate():
        return
    parts = get_parts()
    received.refused = _why_not(form, actor)
    if received.refused:
        return
    for paper in OutsidePaper:
        sent = form[paper.value].data
        try:
            with as_path(sent.stream) as path:
                accepted = check_upload(path, sent.filename or "", upload_limits(parts.settings), parts.renderer)
                received.kept.append(services.keep_paper(parts.store, paper, path, accepted))
        except WrongType as error:  # Of the kinds of file it names, only scans will do here.
            received.wrong[paper.value] = PaperCannotBeShown(name=error.message.params["name"])
        except PortalError as error:
            received.wrong[paper.value] = error


def _why_not(form: OutsideForm, actor: Actor) -> PortalError | None:
    """Why the request would not be taken, so that nobody's papers are kept for nothing: it is tried, and undone."""
    with get_parts().writing(actor) as work:
        try:
            visit = services.check_visit(work, _visit(form))
            services.file_request(
                work,
                kind=RequestKind.READ_IN_ROOM,
                dossier_ids=asked_for(work).ids,
                object_=form.object.data or "",
                purpose=form.purpose.data or "",
                reason=form.reason.data or "",
                volume_ids=form.volume_ids.data or None,
                visitor=visit.key,
            )
        except PortalError as error:
            return error
        finally:
            work.session.rollback()
            work.wanted_kinds.clear()
    return None


def _visit(form: OutsideForm) -> Visit:
    return Visit(form.outside_name.data or "", form.organisation.data or "", form.visit_on.data)


@lending.page("/requests/outside/new", may=Permission.REQUEST_FILE, methods=["GET", "POST"], once=True)
def new_outside_request() -> ResponseReturnValue:
    """Ask for somebody without an account: `?dossier=7`, as often as there are dossiers, or `numbers`."""
    work = current_work()
    asked = asked_for()
    volumes = volume_choices(asked.dossiers)
    form = OutsideForm(data={"volume_ids": [volume_id for volume_id, _ in volumes]})
    form.offer_volumes(volumes)
    tick_added(form, asked)
    trouble: str | None = None
    reasons: list[tuple[str, str]] = []
    adjusted = is_adjusted()
    if (
        asked.dossiers
        and not adjusted
        and form.validate_on_submit()
        and (g.received.refused or _papers_are_there(form))
    ):
        try:
            if g.received.refused:
                raise g.received.refused
            filed = services.file_outside_request(
                work,
                visit=_visit(form),
                papers=g.received.kept,
                dossier_ids=asked.ids,
                object_=form.object.data or "",
                purpose=form.purpose.data or "",
                reason=form.reason.data or "",
                volume_ids=form.volume_ids.data if form.volume_ids else None,
            )
        except (Conflict, Invalid) as error:
            trouble, reasons = say_refusal(form, error)
        else:
            forget(asked.ids)
            say(N_("The request is sent. You can follow it here."))
            return redirect(where_filed([line.id for line in filed.lines]))
    if form.is_submitted() and not adjusted:
        _ask_for_papers_again(form)
    content = page(
        "new_outside_request.html",
        form=form,
        asked=asked,
        most=MOST_DOSSIERS,
        whereabouts=queries.where_are(work.session, work.person, asked.ids, work.today),
        adjusted=adjusted,
        trouble=trouble,
        reasons=reasons,
    )
    return content, 422 if form.is_submitted() else 200


def _papers_are_there(form: OutsideForm) -> bool:
    """Whether both papers were kept; what was wrong with one is said at its field."""
    for name, problem in g.received.wrong.items():
        form[name].errors = [translate(problem.message)]
    return len(g.received.kept) == len(OutsidePaper)


def _ask_for_papers_again(form: OutsideForm) -> None:
    """A browser shows a form that was sent back with no files in it, whatever was wrong with the rest."""
    for paper in OutsidePaper:
        if not form[paper.value].errors:
            form[paper.value].errors = [gettext("Please choose the file again.")]


@lending.page("/requests/papers/<int:paper_id>", may=Permission.REQUEST_FILE)
def outside_paper(paper_id: int) -> ResponseReturnValue:
    """A paper of an outside reader, page by page; the pictures record the looks."""
    work = current_work()
    paper = _paper(paper_id)
    ids = [line.id for line in paper.outside_reader.request.lines]
    lines = [line_id for line_id in ids if queries.line_for(work.session, work.person, line_id, work.today)]
    return page("paper.html", paper=paper, outside=paper.outside_reader, names=OUTSIDE_PAPER_NAMES, lines=lines)


@lending.page("/requests/papers/<int:paper_id>/pages/<int:number>", may=Permission.REQUEST_FILE)
def outside_paper_page(paper_id: int, number: int) -> ResponseReturnValue:
    """The picture of a page of a paper, marked with who looks at it.

    Drawing may take long, so it happens between a reading transaction and the one that records the look.
    """
    work, parts = current_work(), get_parts()
    paper = _paper(paper_id)
    if not 1 <= number <= paper.page_count:
        raise NotFound()
    key, kind = paper.content_key, FileKind(paper.file_kind)
    words = (work.person.name, office_time(work), gettext(OUTSIDE_PAPER_NAMES[paper.paper]))
    work.session.rollback()
    images = PageImages(parts.settings.page_images, parts.store, parts.renderer)
    try:
        image = watermark(images.picture(key, kind, number, PAGE_WIDTH), words)
    except ArchiveStoreError as error:
        raise FileUnavailable() from error
    begin_writing(work.session)
    services.record_paper_look(work, paper_id, number)
    answer = Response(image, mimetype="image/jpeg")
    seal(answer)
    return answer


def _paper(paper_id: int) -> OutsideReaderPaper:
    work = current_work()
    paper = queries.paper_for(work.session, work.person, paper_id, work.today)
    if paper is None:
        raise NotFound()
    return paper
