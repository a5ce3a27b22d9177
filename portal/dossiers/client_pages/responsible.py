"""Who looks after which client: responsible employees of one client, clients by person, clients without enough."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.access.models import RESPONSIBILITY_REASON_NAMES, ResponsibilityReason
from portal.accounts.queries import departments
from portal.clients.models import Client
from portal.clients.responsibility.forms import ResponsibleForm, TakeForm
from portal.clients.responsibility.queries import (
    Part,
    Present,
    Unattended,
    choosable,
    common_pool,
    has_known_core,
    history_of_client,
    known_client,
    known_clients_of,
    loads,
    may_read_client,
    part,
    present_people,
    short_handed,
    wants_two,
)
from portal.clients.responsibility.rules import led_by, may_change_something, may_see_loads
from portal.clients.responsibility.services import Assignment, transfer_clients
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.dossiers.client_pages.room import clients
from portal.dossiers.models import Dossier
from portal.http.edge import current_work, say, translate
from portal.http.safety import row_id

_EVERY_ONE = 1_000_000
"""More clients than any list has: all of them on one page."""


@clients.page("/clients/<int:client_id>/responsible", may=Permission.CLIENT_ASSIGN, methods=["GET", "POST"], once=True)
def responsible(client_id: int) -> ResponseReturnValue:
    """Who looks after a client and who did, for its readers; with a form, for those who may change it."""
    work = current_work()
    client = known_client(work.session, work.person, Dossier, client_id)
    present = present_people(work.session, client_id, work.today)
    form = ResponsibleForm()
    if request.method == "GET":
        if not _may_change(present) and not may_read_client(work.session, work.person, Dossier, client_id, work.today):
            raise NotFound()
        form.show(present)
        return _responsible_page(form, client, present), 200
    core = _offer(form, client, present)
    if not form.validate_on_submit():
        return _responsible_page(form, client, present, core), 422
    try:
        changed = transfer_clients(
            work,
            form.assignments(client_id),
            Dossier,
            reason=ResponsibilityReason(form.reason.data),
            remark=form.remark.data or "",
        )
    except Invalid as error:
        form.show_errors(error)
        return _responsible_page(form, client, present, core), error.status
    except Conflict as error:
        form = ResponsibleForm(formdata=None)
        form.show(present)
        return _responsible_page(form, client, present, stale=translate(error.message)), error.status
    if changed:
        say(N_("Who looks after %(client)s is saved."), client=client.name)
    if _may_change(present_people(work.session, client_id, work.today)):
        return redirect(url_for("clients.responsible", client_id=client_id))
    return redirect(url_for("clients.by_person"))


def _may_change(present: list[Present]) -> bool:
    return may_change_something(current_work().person, {row.department_id for row in present})


def _offer(form: ResponsibleForm, client: Client, present: list[Present]) -> bool:
    """Fill the choices; returns whether the client has core dossiers, as far as the person may know."""
    work = current_work()
    core = has_known_core(work.session, work.person, Dossier, client.id)
    form.offer(choosable(work.session, work.person, Dossier, work.today, pool=not present, cleared=core), present)
    return core


def _responsible_page(
    form: ResponsibleForm, client: Client, present: list[Present], core: bool | None = None, *, stale: str = ""
) -> str:
    work = current_work()
    may_change = _may_change(present)
    if core is None:
        core = may_change and _offer(form, client, present)
    readable = may_read_client(work.session, work.person, Dossier, client.id, work.today)
    return render_template(
        "clients/responsible.html",
        form=form,
        client=client,
        present=present,
        may_change=may_change,
        history=history_of_client(work.session, client.id),
        wants_two=readable and wants_two(client),
        has_core=core,
        stale=stale,
        reason_names=RESPONSIBILITY_REASON_NAMES,
    )


@clients.page("/clients/by-person", may=Permission.REGISTER_VIEW)
def by_person() -> ResponseReturnValue:
    """How many clients each person looks after; who leads nobody sees their own line."""
    work = current_work()
    sees_all = may_see_loads(work.person)
    asked = request.args.get("department", "")
    department_id = row_id(asked) or None if asked.isdecimal() else None
    rows = loads(
        work.session,
        work.person,
        Dossier,
        work.today,
        department_ids=[department_id] if sees_all and department_id else None,
        person_id=None if sees_all else work.person.id,
    )
    return render_template(
        "clients/by_person.html",
        page=part(rows, request.args.get("page", 1, type=int)),
        most=max((row.total for row in rows), default=0),
        sees_all=sees_all,
        departments=departments(work.session) if sees_all else (),
        department_id=department_id,
    )


@clients.page("/clients/by-person/<int:person_id>", may=Permission.REGISTER_VIEW)
def of_person(person_id: int) -> ResponseReturnValue:
    """The clients one person looks after."""
    work = current_work()
    if person_id != work.person.id and not may_see_loads(work.person):
        raise NotFound()
    found = loads(work.session, work.person, Dossier, work.today, person_id=person_id)
    if not found:
        raise NotFound()
    rows = known_clients_of(work.session, work.person, Dossier, person_id, work.today)
    return render_template(
        "clients/of_person.html", load=found[0], page=part(rows, request.args.get("page", 1, type=int))
    )


@clients.page("/clients/common-pool", may=Permission.CLIENT_ASSIGN, methods=["GET", "POST"], once=True)
def pool() -> ResponseReturnValue:
    """Clients nobody looks after; with `show=one`, key and promising ones that only one person does."""
    work = current_work()
    if not may_see_loads(work.person):
        raise NotFound()
    one = request.args.get("show") == "one"
    form = TakeForm()
    form.offer(choosable(work.session, work.person, Dossier, work.today, pool=not one))
    if request.method == "GET":
        return _pool_page(form, one), 200
    marked = {row_id(text) for text in request.form.getlist("client") if text.isdecimal()}
    if not form.validate_on_submit():
        return _pool_page(form, one, marked), 422
    if not marked:
        return _pool_page(form, one, marked, problem=gettext("Please mark at least one client.")), 422
    try:
        reason = ResponsibilityReason.SECOND if one else ResponsibilityReason.POOL
        ranks = _free_ranks(marked) if one else dict.fromkeys(marked, 1)
        changes = [Assignment(client_id, rank, form.person.data) for client_id, rank in ranks.items()]
        number = transfer_clients(work, changes, Dossier, reason=reason)
    except Invalid as error:
        problem = " ".join(translate(message) for message in error.fields.values())
        return _pool_page(form, one, marked, problem=problem), error.status
    except Conflict as error:
        return _pool_page(form, one, marked, problem=translate(error.message)), error.status
    say(N_("Clients that have somebody now: %(count)s."), count=number)
    return redirect(url_for("clients.pool", show="one" if one else None))


def _free_ranks(marked: set[int]) -> dict[int, int]:
    work = current_work()
    listed = short_handed(work.session, work.person, Dossier, work.today, 1, _EVERY_ONE)
    free = {row.client_id: row.free_rank for row in listed.rows}
    if not marked <= free.keys():
        raise Conflict()
    return {client_id: free[client_id] for client_id in marked}


def _pool_page(form: TakeForm, one: bool, marked: set[int] | None = None, *, problem: str = "") -> str:
    work = current_work()
    number = request.args.get("page", 1, type=int)
    names_people = work.person.may(Permission.CLIENT_ASSIGN_ALL) or bool(led_by(work.person))
    rows: Part[Unattended] = (short_handed if one else common_pool)(
        work.session, work.person, Dossier, work.today, number
    )
    return render_template(
        "clients/pool.html",
        form=form,
        page=rows,
        one=one,
        marked=marked or set(),
        problem=problem,
        may_take=names_people and bool(form.person.choices),
        leads=names_people,
    )
