"""Asking, deciding, withdrawing."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from portal.access.queries import readable_by
from portal.accounts.queries import active_people
from portal.core.errors import Conflict, Invalid, NotFound, PortalError
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.dossiers.models import Dossier, Volume
from portal.dossiers.queries import known_dossier
from portal.dossiers.states import CUSTODY_NAMES, DossierState
from portal.http.edge import current_work, say, translate
from portal.http.safety import row_id
from portal.lending import queries, services
from portal.lending.forms import DecisionForm, LineForm, RequestForm
from portal.lending.models import DecisionStage, RequestLine
from portal.lending.routes.room import lending, page, refused
from portal.lending.states import LINE, LineAction, LineState, RequestKind

_SENT_STATES = [state for state in LineState if state != LineState.DRAFT]


@lending.page("/requests", may=Permission.REQUEST_FILE)
def requests() -> ResponseReturnValue:
    """What waits for my signature, what I asked for, what I may read; for records staff, all."""
    work = current_work()
    session, actor, today = work.session, work.person, work.today
    state = request.args.get("state", "")
    everything = None
    if queries.sees_all_requests(actor):
        chosen = [LineState(state)] if state in _SENT_STATES else _SENT_STATES
        everything = queries.page_of(
            session, queries.all_requests(actor, today, chosen), request.args.get("page", 1, type=int)
        )
    return page(
        "requests.html",
        waiting=queries.waiting_for_my_decision(session, actor, today),
        mine=queries.my_requests(session, actor),
        grants=queries.my_grants(session, actor, today),
        everything=everything,
        state=state,
        states=_SENT_STATES,
    )


@lending.page("/requests/new", may=Permission.REQUEST_FILE, methods=["GET", "POST"], once=True)
def new_request() -> ResponseReturnValue:
    """Ask to read or to borrow: `?dossier=7&kind=borrow`, `dossier` as often as there are dossiers."""
    work = current_work()
    kind = _kind()
    dossiers = _dossiers_asked_for()
    form = _request_form(kind, dossiers)
    trouble = None
    if form.validate_on_submit():
        draft = request.form.get("act") == "draft"
        try:
            filed = services.file_request(
                work,
                kind=kind,
                dossier_ids=[dossier.id for dossier in dossiers],
                object_=form.object.data or "",
                purpose=form.purpose.data or "",
                reason=form.reason.data or "",
                reader_id=form.reader_id.data,
                volume_ids=form.volume_ids.data if kind == RequestKind.BORROW else None,
                draft=draft,
            )
        except Invalid as error:
            form.show_errors(error)
            trouble = None if error.fields else refused(error)
        except Conflict as error:
            trouble = refused(error)
        else:
            if draft:
                say(N_("The draft is kept. Nobody else sees it until you send it."))
            else:
                say(N_("The request is sent. You can follow it here."))
            return redirect(url_for("lending.request_page", line_id=filed.lines[0].id))
    values = {
        "form": form,
        "kind": kind,
        "dossiers": dossiers,
        "whereabouts": queries.where_are(work.session, work.person, [row.id for row in dossiers], work.today),
        "open_lines": _open_lines(kind, dossiers),
        "readable": _readable(dossiers) if kind == RequestKind.READ else [],
        "overdue": queries.holds_overdue(work.session, work.person.id, work.today),
        "trouble": trouble,
    }
    return page("new_request.html", **values), 422 if form.is_submitted() else 200


def _kind() -> RequestKind:
    try:
        return RequestKind(request.args.get("kind", ""))
    except ValueError:
        raise NotFound() from None


def _dossiers_asked_for() -> list[Dossier]:
    work = current_work()
    ids = dict.fromkeys(request.args.getlist("dossier", type=row_id))
    dossiers = [known_dossier(work.session, work.person, dossier_id) for dossier_id in ids]
    if not dossiers or any(dossier.state != DossierState.OPEN for dossier in dossiers):
        raise NotFound()
    return dossiers


def _request_form(kind: RequestKind, dossiers: list[Dossier]) -> RequestForm:
    work = current_work()
    volumes = (
        queries.volumes_to_lend(work.session, [dossier.id for dossier in dossiers])
        if kind == RequestKind.BORROW
        else []
    )
    form = RequestForm(data={"reader_id": work.person.id, "volume_ids": [volume.id for volume in volumes]})
    form.offer(
        [(person.id, person.name) for person in active_people(work.session)],
        [(volume.id, _volume_label(volume, several=len(dossiers) > 1)) for volume in volumes],
    )
    return form


def _volume_label(volume: Volume, *, several: bool) -> str:
    custody = gettext(CUSTODY_NAMES[volume.custody])
    if several:
        return gettext(
            "%(dossier)s, volume %(number)s (%(custody)s)",
            dossier=volume.dossier.number,
            number=volume.ordinal,
            custody=custody,
        )
    return gettext("Volume %(number)s (%(custody)s)", number=volume.ordinal, custody=custody)


def _open_lines(kind: RequestKind, dossiers: list[Dossier]) -> list[RequestLine]:
    """One's own open requests of this kind for these dossiers: to go to instead of asking again."""
    work = current_work()
    found = (queries.open_line(work.session, work.person.id, dossier.id, kind) for dossier in dossiers)
    return [line for line in found if line is not None]


def _readable(dossiers: list[Dossier]) -> list[Dossier]:
    work = current_work()
    ids = [dossier.id for dossier in dossiers]
    where = readable_by(work.person, Dossier, work.today)
    return list(work.session.scalars(select(Dossier).where(Dossier.id.in_(ids), where)))


@lending.page("/requests/<int:line_id>", may=Permission.REQUEST_FILE)
def request_page(line_id: int) -> ResponseReturnValue:
    """One request: what was asked, who signed, what happens next, and what I can do."""
    return _request_page(line_id)


def _request_page(
    line_id: int, *, decision: DecisionForm | None = None, trouble: str | None = None, status: int = 200
) -> ResponseReturnValue:
    work = current_work()
    line = queries.line_for(work.session, work.person, line_id, work.today)
    if line is None:
        raise NotFound()
    signers = queries.signers_of(work.session, line)
    lapsed = queries.has_lapsed(line, work.today)
    may_sign = bool(signers and signers.include(work.person)) and not lapsed
    owner = work.person.id in (line.reader_id, line.request.filed_by_id)
    content = page(
        "request.html",
        line=line,
        lapsed=lapsed,
        signers=signers,
        head_stage=DecisionStage.HEAD,
        whereabouts=queries.where_is(work.session, work.person, line.dossier_id, work.today),
        form=(decision or DecisionForm(formdata=None, row_version=line.row_version)) if may_sign else None,
        button=LineForm(formdata=None, row_version=line.row_version),
        may_submit=owner and line.state == LineState.DRAFT,
        may_cancel=owner and (line.state, LineAction.CANCEL) in LINE,
        grant=queries.grant_of(work.session, work.person, line),
        loans=queries.loans_of_line(work.session, work.person, line.id, work.today),
        trouble=trouble,
    )
    return content, status


@lending.page("/requests/<int:line_id>/decide", may=Permission.REQUEST_DECIDE, methods=["POST"], once=True)
def decide(line_id: int) -> ResponseReturnValue:
    """Approve or reject, at the stage the request is in."""
    work = current_work()
    form = DecisionForm()
    if not form.validate_on_submit():
        return _request_page(line_id, decision=form, status=422)
    line = queries.line_for(work.session, work.person, line_id, work.today)
    if line is None:
        raise NotFound()
    approve = request.form.get("decision") == "approve"
    second = line.state == LineState.HEAD_APPROVED
    act = services.decide_as_records if second else services.decide_as_head
    try:
        line = act(work, line_id, form.version(), approve=approve, comment=form.comment.data or "")
    except Invalid as error:
        form.show_errors(error)
        return _request_page(line_id, decision=form, status=422)
    except Conflict as error:
        return _request_page(line_id, trouble=refused(error), status=error.status)
    say(_DECIDED[line.state])
    return redirect(url_for("lending.request_page", line_id=line_id))


_DECIDED = {
    LineState.HEAD_APPROVED: N_("Approved. It goes on to the records manager for the second signature."),
    LineState.READY: N_("Approved. The records department fetches the file now."),
    LineState.FULFILLED: N_("Approved. The pages are open to the reader from now on."),
    LineState.REJECTED: N_("Rejected. The reader sees your comment."),
}


@lending.page("/requests/<int:line_id>/submit", may=Permission.REQUEST_FILE, methods=["POST"], once=True)
def submit(line_id: int) -> ResponseReturnValue:
    """Send a draft."""
    form = LineForm()
    try:
        services.submit_line(current_work(), line_id, form.version())
    except (Conflict, Invalid) as error:
        return _request_page(line_id, trouble=_why(error), status=error.status)
    say(N_("The request is sent. You can follow it here."))
    return redirect(url_for("lending.request_page", line_id=line_id))


@lending.page("/requests/<int:line_id>/cancel", may=Permission.REQUEST_FILE, methods=["POST"], once=True)
def cancel(line_id: int) -> ResponseReturnValue:
    """Withdraw a request of one's own."""
    form = LineForm()
    try:
        services.cancel_line(current_work(), line_id, form.version())
    except Conflict as error:
        return _request_page(line_id, trouble=refused(error), status=error.status)
    say(N_("The request is withdrawn."))
    return redirect(url_for("lending.request_page", line_id=line_id))


def _why(error: PortalError) -> str:
    if isinstance(error, Invalid) and error.fields:
        current_work().session.rollback()
        return " ".join(translate(message) for message in error.fields.values())
    return refused(error)


@lending.page("/grants/<int:grant_id>/end", may=Permission.REQUEST_FILE, methods=["POST"], once=True)
def end_grant(grant_id: int) -> ResponseReturnValue:
    """Give a reading grant back."""
    services.end_grant(current_work(), grant_id)
    say(N_("The reading grant has ended."))
    return redirect(url_for("lending.requests"))
