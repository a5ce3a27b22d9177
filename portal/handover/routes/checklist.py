"""Pages of handovers: the list, the opening, the checklist with its acts, the signatures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.models import Person
from portal.accounts.queries import departments
from portal.core.errors import Conflict, Invalid, NotFound, PortalError
from portal.core.messages import N_
from portal.core.obligations import Side
from portal.core.permissions import Permission
from portal.handover import queries, services
from portal.handover.checklist import Checklist, checklist_for
from portal.handover.forms import DayForm, HandoverForm, OpenForm, SuccessorForm
from portal.handover.models import Handover
from portal.handover.routes.room import handover, render, shown_handover
from portal.handover.rules import may_close, may_hand_clients, may_manage
from portal.handover.services.letters import CLIENTS
from portal.handover.states import HandoverKind, HandoverState
from portal.handover.watching import WATCHED, count_watched, totals, watched
from portal.http.edge import current_work, get_parts, say, translate
from portal.lending.queries import page_of

SHOWN = 20
"""Items of one kind that the checklist shows before it asks whether to show all."""


GIVEN_ON = ("drafts", "saved_searches")
"""Sources whose items are given to a colleague on the page itself."""
_WATCHED_ROWS = 50


@handover.page("/handovers", may=Permission.REGISTER_VIEW)
def handovers() -> ResponseReturnValue:
    """The handovers one may see, open ones first."""
    work = current_work()
    shown = page_of(work.session, queries.handovers(work.person), request.args.get("page", 1, type=int))
    can_open = bool(queries.people_to_open_for(work.session, work.person))
    return render("handovers.html", shown=shown, can_open=can_open)


@handover.page("/handovers/new", may=Permission.REGISTER_VIEW, methods=["GET", "POST"], once=True)
def open_handover() -> ResponseReturnValue:
    """Open the handover of somebody who leaves or moves."""
    work = current_work()
    form = OpenForm(person_id=request.args.get("person", 0, type=int))
    people = queries.people_to_open_for(work.session, work.person)
    form.offer([(row.id, row.name) for row in people], [(row.id, row.name) for row in departments(work.session)])
    if form.validate_on_submit():
        try:
            opened = services.open_handover(
                work,
                get_parts().obligations,
                form.person_id.data,
                HandoverKind(form.kind.data),
                form.last_day.data,
                to_department_id=form.to_department_id.data or None,
                sudden=form.sudden.data,
            )
        except Invalid as error:
            form.show_errors(error)
        else:
            say(N_("The handover is open. The checklist shows what there is to close."))
            return redirect(url_for("handover.page", handover_id=opened.id))
    return render("new.html", form=form, people=people), 422 if form.is_submitted() else 200


@handover.page("/handovers/of/<int:person_id>", may=Permission.REGISTER_VIEW)
def of_person(person_id: int) -> ResponseReturnValue:
    """The handover of a person, or, where there is none, the form that opens one for them."""
    work = current_work()
    found = queries.handover_of(work.session, work.person, person_id)
    if found is None:
        return redirect(url_for("handover.open_handover", person=person_id))
    return redirect(url_for("handover.page", handover_id=found))


@handover.page("/handovers/<int:handover_id>", may=Permission.REGISTER_VIEW)
def page(handover_id: int) -> ResponseReturnValue:
    """The checklist: what is open, how each thing is closed, what is closed already, who signs."""
    return checklist_page(handover_id)


def checklist_page(
    handover_id: int, *, trouble: str | None = None, day_form: DayForm | None = None, status: int = 200
) -> ResponseReturnValue:
    """The page of a handover, with what went wrong on top."""
    work = current_work()
    found = shown_handover(handover_id)
    stand = queries.stands(work.session, work.person, found.person, found.from_department)
    is_open = found.state == HandoverState.OPEN
    checklist = checklist_for(work.session, work.person, found, get_parts().obligations, work.today)
    sides = _sides(found)
    may_write = may_manage(work.person, stand) and found.state != HandoverState.CALLED_OFF
    handed = sum(len(group.closed) for group in checklist.groups if group.key == CLIENTS) if may_write else 0
    content = render(
        "handover.html",
        handover=found,
        checklist=checklist,
        trouble=trouble,
        expanded=request.args.get("all", ""),
        shown=SHOWN,
        sides=sides,
        alone=_alone(sides),
        may_manage=is_open and may_manage(work.person, stand),
        may_hand_clients=is_open
        and may_manage(work.person, stand)
        and may_hand_clients(work.person, found.from_department_id),
        may_close=is_open and may_close(work.person, stand),
        handed=handed,
        told=checklist.told,
        is_leaver=stand.is_leaver,
        button=HandoverForm(formdata=None, row_version=found.row_version),
        day_form=day_form or DayForm(formdata=None, last_day=found.last_day, row_version=found.row_version),
        successor_form=_successor_form(found, checklist),
        lines_shown=checklist.lines_shown,
    )
    return content, status


def _sides(found: Handover) -> list[dict[str, Any]]:
    work = current_work()
    waiting = found.state == HandoverState.OPEN and found.signed_sides != frozenset(Side)
    signers = queries.signers_of_both(work.session, found) if waiting else {}
    return [_side(found, side, signers.get(side, ())) for side in Side]


def _side(found: Handover, side: Side, may_sign: Sequence[Person]) -> dict[str, Any]:
    work = current_work()
    signature = next((row for row in found.signatures if row.side == side), None)
    people = () if signature else may_sign
    return {
        "side": side,
        "signature": signature,
        "people": people,
        "mine": any(person.id == work.person.id for person in people),
    }


def _alone(sides: list[dict[str, Any]]) -> Person | None:
    """Who alone could sign for both sides, which nobody may: it is said before the first of the two has signed."""
    people = {person.id: person for entry in sides for person in entry["people"]}
    both = all(len(entry["people"]) == 1 for entry in sides)
    return next(iter(people.values())) if both and len(people) == 1 else None


def _successor_form(found: Handover, checklist: Checklist) -> SuccessorForm:
    """Colleagues who stay, where there is something on the page to give them."""
    form = SuccessorForm(formdata=None)
    to_give = any(group.key in GIVEN_ON and group.owed for group in checklist.groups)
    form.offer(queries.successors(current_work().session, found) if to_give else [])
    return form


def refused(handover_id: int, error: PortalError) -> ResponseReturnValue:
    """The checklist again with what was refused on top; whatever was begun is undone first."""
    current_work().session.rollback()
    return checklist_page(handover_id, trouble=translate(error.message), status=error.status)


@handover.page("/handovers/<int:handover_id>/watched", may=Permission.TRAIL_VIEW)
def watch(handover_id: int) -> ResponseReturnValue:
    """What the leaver looks at and takes, for the records manager and the auditor."""
    work = current_work()
    found = queries.handover_by_id(work.session, handover_id)
    if found is None or found.person_id == work.person.id:
        raise NotFound()
    total = count_watched(work.session, work.person, found)
    pages = max(1, -(-total // _WATCHED_ROWS))
    number = min(max(request.args.get("page", 1, type=int), 1), pages)
    rows = watched(work.session, work.person, found, _WATCHED_ROWS, (number - 1) * _WATCHED_ROWS)
    return render(
        "watched.html",
        handover=found,
        rows=rows,
        names=WATCHED,
        totals=totals(work.session, found),
        number=number,
        pages=pages,
        total=total,
    )


@handover.page("/handovers/<int:handover_id>/day", may=Permission.REGISTER_VIEW, methods=["POST"], once=True)
def change_last_day(handover_id: int) -> ResponseReturnValue:
    """Put the last day on another date."""
    form = DayForm()
    shown_handover(handover_id)
    if not form.validate_on_submit():
        return _day_refused(handover_id, form)
    try:
        services.change_last_day(current_work(), handover_id, form.last_day.data, form.version())
    except Invalid as error:
        form.show_errors(error)
        return _day_refused(handover_id, form)
    except Conflict as error:
        return refused(handover_id, error)
    say(N_("The last day is changed."))
    return redirect(url_for("handover.page", handover_id=handover_id))


def _day_refused(handover_id: int, form: DayForm) -> ResponseReturnValue:
    """The checklist again; the form is far down, so that what is wrong with it stands on top too."""
    trouble = str(form.last_day.errors[0]) if form.last_day.errors else None
    return checklist_page(handover_id, trouble=trouble, day_form=form, status=422)


@handover.page("/handovers/<int:handover_id>/downloads", may=Permission.REGISTER_VIEW, methods=["POST"], once=True)
def stop_downloads(handover_id: int) -> ResponseReturnValue:
    """Give the leaver no originals and copies any more, or again."""
    stopped = request.form.get("stopped") == "yes"
    try:
        services.stop_downloads(current_work(), handover_id, stopped, HandoverForm().version())
    except Conflict as error:
        return refused(handover_id, error)
    say(N_("Downloads are stopped.") if stopped else N_("Downloads are allowed again."))
    return redirect(url_for("handover.page", handover_id=handover_id))


@handover.page("/handovers/<int:handover_id>/lock-out", may=Permission.REGISTER_VIEW, methods=["POST"], once=True)
def let_in_no_longer(handover_id: int) -> ResponseReturnValue:
    """The person is gone before the last day."""
    try:
        services.let_in_no_longer(current_work(), handover_id, HandoverForm().version())
    except Conflict as error:
        return refused(handover_id, error)
    say(N_("The log-ins have ended, and the password is good no longer."))
    return redirect(url_for("handover.page", handover_id=handover_id))


@handover.page("/handovers/<int:handover_id>/call-off", may=Permission.REGISTER_VIEW, methods=["POST"], once=True)
def call_off(handover_id: int) -> ResponseReturnValue:
    """The person stays after all."""
    try:
        called_off = services.call_off(current_work(), handover_id, HandoverForm().version())
    except Conflict as error:
        return refused(handover_id, error)
    say(N_("The handover is called off. What was given back and handed over remains so."))
    if called_off.sudden:
        say(
            N_("To log in again %(name)s needs a new password, which the administrator sets."),
            name=called_off.person.name,
        )
    return redirect(url_for("handover.page", handover_id=handover_id))


@handover.page("/handovers/<int:handover_id>/sign", may=Permission.REGISTER_VIEW, methods=["POST"], once=True)
def sign(handover_id: int) -> ResponseReturnValue:
    """Sign for the department or the records department; the second signature closes the account."""
    try:
        side = Side(request.form.get("side", ""))
    except ValueError:
        raise NotFound() from None
    try:
        signed = services.sign(
            current_work(), get_parts().store, get_parts().obligations, handover_id, side, HandoverForm().version()
        )
    except Conflict as error:
        return refused(handover_id, error)
    say(
        N_("Signed. The handover is complete.")
        if signed.state == HandoverState.SIGNED_OFF
        else N_("Signed. The other signature is still to come.")
    )
    return redirect(url_for("handover.page", handover_id=handover_id))


@handover.page(
    "/handovers/<int:handover_id>/requests/<int:line_id>", may=Permission.REGISTER_VIEW, methods=["POST"], once=True
)
def withdraw_request(handover_id: int, line_id: int) -> ResponseReturnValue:
    """Withdraw a request of the leaver."""
    return _close(handover_id, lambda work, owed: services.withdraw_request(work, owed, handover_id, line_id))


@handover.page(
    "/handovers/<int:handover_id>/drafts/<int:dossier_id>", may=Permission.REGISTER_VIEW, methods=["POST"], once=True
)
def hand_draft(handover_id: int, dossier_id: int) -> ResponseReturnValue:
    """Give a draft of the leaver to a colleague."""
    to = request.form.get("person_id", 0, type=int)
    return _close(handover_id, lambda work, owed: services.hand_draft(work, owed, handover_id, dossier_id, to))


@handover.page(
    "/handovers/<int:handover_id>/searches/<int:saved_id>", may=Permission.REGISTER_VIEW, methods=["POST"], once=True
)
def close_search(handover_id: int, saved_id: int) -> ResponseReturnValue:
    """Give a saved search of the leaver to a colleague, or end it."""
    to = request.form.get("person_id", 0, type=int)
    if request.form.get("end"):
        return _close(handover_id, lambda work, owed: services.end_search(work, owed, handover_id, saved_id))
    return _close(handover_id, lambda work, owed: services.hand_search(work, owed, handover_id, saved_id, to))


def _close(handover_id: int, act: Any) -> ResponseReturnValue:
    work = current_work()
    try:
        act(work, get_parts().obligations)
    except Invalid as error:
        work.session.rollback()
        first = next(iter(error.fields.values()), error.message)
        return checklist_page(handover_id, trouble=translate(first), status=error.status)
    except Conflict as error:
        return refused(handover_id, error)
    say(N_("Closed."))
    return redirect(url_for("handover.page", handover_id=handover_id))
