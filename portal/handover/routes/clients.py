"""Pages on which a leaver's clients are handed to successors: chosen, shown once more, done."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.clients.responsibility.queries import ClientOfPerson, Load, choosable, part
from portal.core.errors import Conflict, Invalid, NotPermitted
from portal.core.messages import N_, Message
from portal.core.permissions import Permission
from portal.dossiers.models import Dossier
from portal.handover import services
from portal.handover.forms import ClientsForm
from portal.handover.models import Handover
from portal.handover.queries import stands
from portal.handover.routes.room import handover, render, shown_handover
from portal.handover.rules import may_hand_clients, may_manage
from portal.handover.states import HandoverState
from portal.http.edge import current_work, get_parts, say, translate

PAGE = 100
"""Clients on one page of the choice; "all of them" needs no boxes."""


@handover.page("/handovers/<int:handover_id>/clients", may=Permission.REGISTER_VIEW)
def clients(handover_id: int) -> ResponseReturnValue:
    """The clients the leaver still looks after, to be chosen, and who could take them with what load."""
    return _choice(handover_id)


def _choice(
    handover_id: int,
    *,
    form: ClientsForm | None = None,
    trouble: str = "",
    chosen: Sequence[int] = (),
    status: int = 200,
) -> ResponseReturnValue:
    work = current_work()
    found = shown_handover(handover_id)
    stand = stands(work.session, work.person, found.person, found.from_department)
    may = (
        found.state == HandoverState.OPEN
        and may_manage(work.person, stand)
        and may_hand_clients(work.person, found.from_department_id)
    )
    rows = services.clients_to_hand_over(work, found)
    people = _successors(found) if may else []
    form = form or ClientsForm(formdata=None)
    form.offer(people)
    content = render(
        "clients.html",
        handover=found,
        rows=part(rows, request.args.get("page", 1, type=int), PAGE),
        form=form,
        may=may,
        chosen=set(chosen),
        trouble=trouble,
        which=request.form.get("which", "ticked"),
    )
    return content, status


def _successors(found: Handover) -> list[Load]:
    """Those who stay, with what they look after already; a deputy hands nothing to themselves."""
    work = current_work()
    people = choosable(work.session, work.person, Dossier, work.today, pool=False)
    own = work.person.may(Permission.CLIENT_ASSIGN_ALL) or found.from_department_id in work.person.headed_departments
    return [row for row in people if own or row.person_id != work.person.id]


@handover.page("/handovers/<int:handover_id>/clients/preview", may=Permission.REGISTER_VIEW, methods=["POST"])
def preview_clients(handover_id: int) -> ResponseReturnValue:
    """What would be handed to whom, and how much they would then look after; nothing is changed yet."""
    work = current_work()
    found = shown_handover(handover_id)
    if not may_hand_clients(work.person, found.from_department_id):
        raise NotPermitted()
    form, rows = ClientsForm(), services.clients_to_hand_over(work, found)
    people = _successors(found)
    form.offer(people)
    chosen = _chosen(rows)
    to_be_chosen = {value for value, _ in form.person_id.choices} - {ClientsForm.CHOICE_OPEN}
    if not chosen or form.person_id.data not in to_be_chosen:
        trouble = N_("Choose at least one client.") if not chosen else N_("Choose a successor, or the common pool.")
        return _choice(handover_id, form=form, trouble=trouble, chosen=_ticked(), status=422)
    load = next((row for row in people if row.person_id == form.person_id.data), None)
    chosen, not_taken = _taken(chosen, form.person_id.data)
    if not chosen:
        trouble = N_("This successor can take none of these clients. Choose somebody else.")
        return _choice(handover_id, form=form, trouble=trouble, chosen=_ticked(), status=422)
    return render(
        "clients_preview.html",
        handover=found,
        form=form,
        chosen=chosen,
        not_taken=not_taken,
        load=load,
        which=request.form.get("which", "ticked"),
        ticked=_ticked(),
        expected=_digest(chosen),
    )


@handover.page(
    "/handovers/<int:handover_id>/clients/hand-over", may=Permission.REGISTER_VIEW, methods=["POST"], once=True
)
def hand_clients_over(handover_id: int) -> ResponseReturnValue:
    """Hand over what the preview showed, all or nothing."""
    work = current_work()
    found = shown_handover(handover_id)
    form = ClientsForm()
    successor_id = request.form.get("person_id", 0, type=int) or None
    chosen, _ = _taken(_chosen(services.clients_to_hand_over(work, found)), successor_id)
    try:
        if _digest(chosen) != request.form.get("expected"):
            raise Conflict(
                N_("Some of these clients have been handed over in the meantime. Nothing was changed. Look again.")
            )
        ids = [row.responsibility_id for row in chosen]
        count = services.hand_clients(work, get_parts().obligations, handover_id, ids, successor_id)
    except NotPermitted:
        raise
    except Invalid as error:
        first = next(iter(error.fields.values()), error.message)
        work.session.rollback()
        return _choice(handover_id, form=form, trouble=translate(first), chosen=_ticked(), status=error.status)
    except Conflict as error:
        work.session.rollback()
        return _choice(handover_id, form=form, trouble=translate(error.message), chosen=_ticked(), status=error.status)
    say(N_("Clients handed over: %(count)s."), count=count)
    return redirect(url_for("handover.page", handover_id=handover_id))


def _ticked() -> list[int]:
    return [int(value) for value in request.form.getlist("chosen") if value.isdigit()]


def _chosen(rows: Sequence[ClientOfPerson]) -> list[ClientOfPerson]:
    """The clients the form means: the ticked ones, or all of them."""
    if request.form.get("which") == "all":
        return list(rows)
    ticked = set(_ticked())
    return [row for row in rows if row.responsibility_id in ticked]


def _taken(
    chosen: Sequence[ClientOfPerson], successor_id: int | None
) -> tuple[list[ClientOfPerson], list[tuple[ClientOfPerson, Message]]]:
    """What the successor can take of it, and what not, with the reason. The common pool takes all."""
    obstacles = services.left_out(current_work(), chosen, successor_id) if successor_id else {}
    return (
        [row for row in chosen if row.responsibility_id not in obstacles],
        [(row, obstacles[row.responsibility_id]) for row in chosen if row.responsibility_id in obstacles],
    )


def _digest(chosen: Sequence[Any]) -> str:
    """What the preview showed: the same choice again, or nothing is done."""
    ids = ",".join(str(each) for each in sorted(row.responsibility_id for row in chosen))
    return hashlib.sha256(ids.encode()).hexdigest()
