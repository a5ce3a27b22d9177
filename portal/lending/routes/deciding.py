"""Deciding from a list: each decision is one form of its own, and with scripts one key."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.errors import Conflict, Invalid
from portal.core.messages import N_, Message
from portal.core.permissions import Permission
from portal.http.edge import current_work, say, translate
from portal.lending import queries, services
from portal.lending.forms import DecisionForm, LineForm
from portal.lending.models import OUTSIDE_PAPER_NAMES
from portal.lending.routes.requests import DECIDED
from portal.lending.routes.room import lending, page, refused

SHOWN = 50
"""Requests in the list at once: the next ones come up as these are decided."""


@lending.page("/requests/decide", may=Permission.REQUEST_DECIDE)
def decide_list() -> ResponseReturnValue:
    """Everything that waits for my signature, oldest first. `at`: the row where the keyboard is."""
    return _list()


def _list(
    *, trouble: str | None = None, wrong: tuple[int, str] = (0, ""), comment: str = "", status: int = 200
) -> ResponseReturnValue:
    work = current_work()
    lines = queries.waiting_for_my_decision(work.session, work.person, work.today, limit=SHOWN + 1)
    content = page(
        "decide_list.html",
        rows=[(line, LineForm(formdata=None, row_version=line.row_version)) for line in lines[:SHOWN]],
        more=len(lines) > SHOWN,
        at=_at(min(len(lines), SHOWN)),
        paper_names=OUTSIDE_PAPER_NAMES,
        trouble=trouble,
        wrong_id=wrong[0],
        wrong=wrong[1],
        wrong_part=request.form.get("decision") == "approve",
        left_out=request.form.getlist("leave_out", type=int),
        comment=comment,
    )
    return content, status


def _at(rows: int | None = None) -> int:
    place = max(0, request.args.get("at", 0, type=int))
    return place if rows is None else min(place, rows - 1)


@lending.page("/requests/decide/<int:line_id>", may=Permission.REQUEST_DECIDE, methods=["POST"], once=True)
def decide_from_list(line_id: int) -> ResponseReturnValue:
    """Approve or reject one of them, and go on to the next."""
    form = DecisionForm()
    comment = form.comment.data or ""
    if not form.validate_on_submit():
        return _list(wrong=(line_id, _first_error(form)), comment=comment, status=422)
    try:
        line = services.decide(
            current_work(),
            line_id,
            form.version(),
            approve=request.form.get("decision") == "approve",
            comment=comment,
            leave_out=form.leave_out.data or (),
        )
    except Invalid as error:
        text = " ".join(translate(message) for message in error.fields.values()) or translate(error.message)
        current_work().session.rollback()
        return _list(wrong=(line_id, text), comment=comment, status=422)
    except Conflict as error:
        return _list(trouble=refused(error), status=error.status)
    say(N_("Request %(number)s: %(decision)s"), number=line.id, decision=Message(DECIDED[line.state]))
    return redirect(url_for("lending.decide_list", at=_at() or None))


def _first_error(form: DecisionForm) -> str:
    return next((str(error) for field in form for error in field.errors), "")
