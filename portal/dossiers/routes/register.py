"""The register, opening a dossier, and the pages of one dossier."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.models import Person
from portal.accounts.queries import departments, people_who_stay
from portal.clients.errors import NeedsConfirmation
from portal.clients.forms import country_name
from portal.clients.models import CLIENT_KIND_NAMES, CLIENT_RANK_NAMES, Client
from portal.clients.queries import editable_client, responsible_people
from portal.core.errors import Conflict, Invalid, NotPermitted, StaleVersion
from portal.core.messages import N_
from portal.core.permissions import Level, Permission
from portal.dossiers import queries, services
from portal.dossiers.forms import (
    DecisionForm,
    DepartmentForm,
    DraftForm,
    FurtherDossierForm,
    LevelForm,
    NewDossierForm,
)
from portal.dossiers.models import Dossier
from portal.dossiers.pages import spine, spine_parts
from portal.dossiers.register import read_filter, read_sort, register_link
from portal.dossiers.routes.room import dossiers, edit_page
from portal.dossiers.states import DossierState
from portal.http.edge import current_work, say
from portal.http.forms import EditForm
from portal.http.safety import row_id


@dossiers.page("/dossiers", may=Permission.REGISTER_VIEW)
def register() -> ResponseReturnValue:
    """The client list: every dossier the person may know of."""
    work = current_work()
    wanted = read_filter(request.args)
    sort, descending = read_sort(request.args)
    page = queries.register_page(
        work.session,
        work.person,
        work.today,
        wanted,
        sort,
        descending=descending,
        number=request.args.get("page", 1, type=int),
    )
    return render_template(
        "dossiers/register.html",
        page=page,
        wanted=wanted,
        sort=(sort.value, descending),
        link=register_link(request.args),
        list_arguments={name: value for name, value in request.args.items() if value and name != "page"},
        departments=departments(work.session),
        where_names=queries.WHERE_NAMES,
        kind_names=CLIENT_KIND_NAMES,
        rank_names=CLIENT_RANK_NAMES,
    )


@dossiers.page("/dossiers/new", may=Permission.DOSSIER_OPEN, methods=["GET", "POST"], once=True)
def new() -> ResponseReturnValue:
    """Open a dossier: for a new client, or with `?client=` a further one for a client in the register."""
    client_id = request.args.get("client", type=row_id)
    return _new_client_dossier() if client_id is None else _further_dossier(client_id)


def _new_client_dossier() -> ResponseReturnValue:
    work = current_work()
    form = NewDossierForm()
    form.offer(departments(work.session), core=work.person.cleared_for_core)
    form.offer_people(people_who_stay(work.session))
    question: NeedsConfirmation | None = None
    status = 200
    if request.method == "GET":
        form.department_id.data, form.responsible.data = work.person.department_id, work.person.id
    elif form.validate_on_submit():
        try:
            dossier = services.open_dossier(
                work,
                form.client_data(),
                form.draft_data(),
                responsible=form.responsible_ids(),
                volumes=form.volume_data(),
                confirmed=request.form.get("confirm", "").split(),
            )
        except Invalid as error:
            form.show_errors(error)
            status = error.status
        except NeedsConfirmation as asked:
            question, status = asked, asked.status
        else:
            say(N_("The draft is saved. Submit it when it is complete."))
            return redirect(url_for("dossiers.contents", dossier_id=dossier.id))
    else:
        status = 422
    return render_template("dossiers/new.html", form=form, question=question), status


def _further_dossier(client_id: int) -> ResponseReturnValue:
    work = current_work()
    form = FurtherDossierForm()
    form.offer(departments(work.session), core=work.person.cleared_for_core)
    status = 200
    if request.method == "GET":
        form.department_id.data = work.person.department_id
    elif form.validate_on_submit():
        try:
            dossier = services.open_dossier(work, client_id, form.draft_data(), volumes=form.volume_data())
        except Invalid as error:
            form.show_errors(error)
            status = error.status
        else:
            say(N_("The draft is saved. Submit it when it is complete."))
            return redirect(url_for("dossiers.contents", dossier_id=dossier.id))
    else:
        status = 422
    client = editable_client(work.session, work.person, client_id, work.today, Dossier)
    return render_template("dossiers/further.html", form=form, client=client), status


@dossiers.page("/dossiers/<int:dossier_id>", may=Permission.REGISTER_VIEW)
def contents(dossier_id: int) -> ResponseReturnValue:
    """The dossier's front: its documents, or the register entry alone."""
    work = current_work()
    head = spine(work, dossier_id)
    dossier = queries.known_dossier(work.session, work.person, dossier_id)
    source = spine_parts().contents
    panel = source(work, head.entry) if source and head.entry.readable else None
    sent_back_by = None
    if head.entry.readable and dossier.state == DossierState.DRAFT and dossier.decided_by_id:
        sent_back_by = work.session.get_one(Person, dossier.decided_by_id)
    return render_template(
        "dossiers/contents.html",
        spine=head,
        tab="contents",
        panel=panel,
        dossier=dossier,
        sent_back_by=sent_back_by,
    )


@dossiers.page("/dossiers/<int:dossier_id>/edit", may=Permission.DOSSIER_OPEN, methods=["GET", "POST"])
def edit_draft(dossier_id: int) -> ResponseReturnValue:
    """Title, level and department of a draft."""
    work = current_work()
    dossier = queries.known_dossier(work.session, work.person, dossier_id)
    if not queries.may_edit_draft(work.session, work.person, dossier):
        raise NotPermitted()
    if dossier.state != DossierState.DRAFT:
        raise Conflict()

    def make(**options: Any) -> DraftForm:
        present = {
            "title": dossier.title,
            "level": dossier.level.value,
            "department_id": dossier.department_id,
            "row_version": dossier.row_version,
        }
        form = DraftForm(data=present, **options)
        form.offer(departments(work.session), core=work.person.cleared_for_core)
        return form

    form = make()
    if form.validate_on_submit():
        try:
            services.edit_draft(work, dossier_id, form.version(), form.draft_data())
        except StaleVersion as error:
            return edit_page(dossier_id, make(formdata=None), "dossiers/edit.html", stale=error)
        except Invalid as error:
            form.show_errors(error)
        else:
            say(N_("The draft is saved."))
            return redirect(url_for("dossiers.contents", dossier_id=dossier_id))
    return edit_page(dossier_id, form, "dossiers/edit.html")


@dossiers.page("/dossiers/<int:dossier_id>/submit", may=Permission.DOSSIER_OPEN, methods=["POST"])
def submit(dossier_id: int) -> ResponseReturnValue:
    """Ask the head to approve the opening."""
    form = EditForm()
    form.validate_on_submit()
    services.submit_opening(current_work(), dossier_id, form.version())
    say(N_("The opening is submitted for approval."))
    return redirect(url_for("dossiers.contents", dossier_id=dossier_id))


@dossiers.page("/dossiers/<int:dossier_id>/decide", may=Permission.DOSSIER_DECIDE, methods=["GET", "POST"], writes=True)
def decide(dossier_id: int) -> ResponseReturnValue:
    """Approve an opening or send it back, with the client's fields in sight; the look is logged."""
    work = current_work()
    dossier = queries.known_dossier(work.session, work.person, dossier_id)
    if not queries.may_decide_opening(work.session, work.person, dossier):
        raise NotPermitted()
    if dossier.state != DossierState.SUBMITTED:
        raise Conflict()
    form = DecisionForm(row_version=dossier.row_version)
    if form.validate_on_submit():
        approve = request.form.get("decision") == "approve"
        try:
            services.decide_opening(work, dossier_id, form.version(), approve=approve, comment=form.comment.data or "")
        except Invalid as error:
            form.show_errors(error)
        else:
            if approve:
                say(N_("The dossier is open. Its number is %(number)s."), number=dossier.number)
            else:
                say(N_("The opening is sent back."))
            return redirect(url_for("dossiers.contents", dossier_id=dossier_id))
    else:
        work.record("client:look", f"clients:{dossier.client_id}", dossier_id=dossier.id)
    page = render_template(
        "dossiers/decide.html",
        spine=spine(work, dossier_id),
        tab="",
        form=form,
        client=work.session.get_one(Client, dossier.client_id),
        responsible=responsible_people(work.session, dossier.client_id, work.today),
        opened_by=work.session.get_one(Person, dossier.opened_by_id),
        submitted_at=dossier.submitted_at,
        country_name=country_name,
        kind_names=CLIENT_KIND_NAMES,
        rank_names=CLIENT_RANK_NAMES,
    )
    return page, 422 if form.is_submitted() else 200


@dossiers.page("/dossiers/<int:dossier_id>/level", may=Permission.DOSSIER_EDIT, methods=["GET", "POST"])
def change_level(dossier_id: int) -> ResponseReturnValue:
    """How confidential the dossier is."""
    work = current_work()
    dossier = queries.known_dossier(work.session, work.person, dossier_id)

    def make(**options: Any) -> LevelForm:
        return LevelForm(
            core=work.person.cleared_for_core,
            data={"level": dossier.level.value, "row_version": dossier.row_version},
            **options,
        )

    form = make()
    if form.validate_on_submit():
        try:
            services.change_level(work, dossier_id, form.version(), Level(form.level.data))
        except StaleVersion as error:
            return edit_page(dossier_id, make(formdata=None), "dossiers/level.html", stale=error)
        except Invalid as error:
            form.show_errors(error)
        else:
            say(N_("The level is changed."))
            return redirect(url_for("dossiers.contents", dossier_id=dossier_id))
    return edit_page(dossier_id, form, "dossiers/level.html")


@dossiers.page("/dossiers/<int:dossier_id>/department", may=Permission.DOSSIER_EDIT, methods=["GET", "POST"])
def change_department(dossier_id: int) -> ResponseReturnValue:
    """The department the dossier belongs to."""
    work = current_work()
    dossier = queries.known_dossier(work.session, work.person, dossier_id)

    def make(**options: Any) -> DepartmentForm:
        present = {"department_id": dossier.department_id, "row_version": dossier.row_version}
        form = DepartmentForm(data=present, **options)
        form.department_id.choices = [(row.id, row.name) for row in departments(work.session)]
        return form

    form = make()
    if form.validate_on_submit():
        try:
            services.change_department(work, dossier_id, form.version(), form.department_id.data)
        except StaleVersion as error:
            return edit_page(dossier_id, make(formdata=None), "dossiers/department.html", stale=error)
        say(N_("The department is changed."))
        return redirect(url_for("dossiers.contents", dossier_id=dossier_id))
    return edit_page(dossier_id, form, "dossiers/department.html")
