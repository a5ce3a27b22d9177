"""Asking, deciding, withdrawing."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.access.models import GRANT_END_NAMES
from portal.core.errors import Conflict, Invalid, NotFound, PortalError
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.http.edge import current_work, say, translate
from portal.lending import queries, services
from portal.lending.forms import DecisionForm, LineForm
from portal.lending.models import OUTSIDE_PAPER_NAMES, DecisionStage, RequestLine
from portal.lending.routes.room import lending, page, refused
from portal.lending.states import LINE, LineAction, LineState

SHOWN = 20
"""Requests on a page of what waits for one's signature, and of what one asked for."""
_TURNED = {"waiting": "waiting-head", "mine": "mine-head", "page": "all-head"}
"""The lists that are turned page by page, each by its own parameter, and where each begins."""
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
        everything = queries.page_of(session, queries.all_requests(actor, today, chosen), _page_number("page"))
    grants = queries.my_grants(session, actor, today)
    return page(
        "requests.html",
        waiting=queries.page_of(session, queries.to_decide(actor, today), _page_number("waiting"), SHOWN),
        mine=queries.page_of(session, queries.my_requests(actor), _page_number("mine"), SHOWN),
        grants=grants,
        looks=queries.looks_under(session, [grant for grant, _ in grants], work.zone),
        everything=everything,
        state=state,
        states=_SENT_STATES,
        turned={name: partial(_turned, name) for name in _TURNED},
    )


def _page_number(name: str) -> int:
    return request.args.get(name, 1, type=int)


def _turned(name: str, number: int) -> str:
    """The address of the page with one of its lists turned to page `number`, the others as they are."""
    here: dict[str, Any] = {key: request.args[key] for key in ("state", *_TURNED) if key in request.args}
    return url_for("lending.requests", **{**here, name: number}, _anchor=_TURNED[name])


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
    outside = line.request.outside
    owner = work.person.id in (line.reader_id, line.request.filed_by_id)
    content = page(
        "request.html",
        line=line,
        lapsed=lapsed,
        signers=signers,
        head_stage=DecisionStage.HEAD,
        whereabouts=queries.where_is(work.session, work.person, line.dossier_id, work.today),
        form=_decision_form(line, decision) if may_sign else None,
        papers=outside is not None and queries.may_see_papers(work.session, work.person, outside, work.today),
        paper_names=OUTSIDE_PAPER_NAMES,
        end_names=GRANT_END_NAMES,
        button=LineForm(formdata=None, row_version=line.row_version),
        mine=owner,
        may_submit=owner and line.state == LineState.DRAFT,
        may_cancel=owner and (line.state, LineAction.CANCEL) in LINE,
        grant=queries.grant_of(work.session, work.person, line),
        loans=queries.loans_of_line(work.session, work.person, line.id, work.today),
        trouble=trouble,
    )
    return content, status


def _decision_form(line: RequestLine, sent: DecisionForm | None) -> DecisionForm:
    """The form over the line; of several volumes some can be left out."""
    form = sent or DecisionForm(formdata=None, row_version=line.row_version)
    wanted = [row.volume for row in line.volumes if row.outcome == "wanted"]
    choices = [(volume.id, gettext("Volume %(number)s", number=volume.ordinal)) for volume in wanted]
    form.leave_out.choices = choices if len(choices) > 1 else []
    return form


@lending.page("/requests/<int:line_id>/decide", may=Permission.REQUEST_DECIDE, methods=["POST"], once=True)
def decide(line_id: int) -> ResponseReturnValue:
    """Approve or reject, at the stage the request is in."""
    work = current_work()
    form = DecisionForm()
    if not form.validate_on_submit():
        return _request_page(line_id, decision=form, status=422)
    try:
        line = services.decide(
            work,
            line_id,
            form.version(),
            approve=request.form.get("decision") == "approve",
            comment=form.comment.data or "",
            leave_out=form.leave_out.data or (),
        )
    except Invalid as error:
        form.show_errors(error)
        return _request_page(line_id, decision=form, status=422)
    except Conflict as error:
        return _request_page(line_id, trouble=refused(error), status=error.status)
    say(DECIDED[line.state])
    return redirect(url_for("lending.request_page", line_id=line_id))


DECIDED = {
    LineState.HEAD_APPROVED: N_("Approved. It goes on to the records manager for the second signature."),
    LineState.READY: N_("Approved. The records department fetches the file now."),
    LineState.FULFILLED: N_("Approved. The pages are open to the reader from now on."),
    LineState.REJECTED: N_("Rejected. The reader sees your comment."),
}
"""What is said after a decision, by the state it has led to."""


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
