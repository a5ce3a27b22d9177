"""The fields of a client: a tab of its dossiers, and the form that changes them."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from portal.access.queries import readable_by
from portal.clients.errors import NeedsConfirmation
from portal.clients.forms import ClientEditForm, country_name, entered_but_lost, stored_values
from portal.clients.models import CLIENT_KIND_NAMES, CLIENT_RANK_NAMES, Client
from portal.clients.queries import editable_client, is_editable
from portal.clients.responsibility.queries import present_people, wants_two
from portal.clients.responsibility.rules import may_change_something
from portal.clients.services import edit_client
from portal.core.errors import Invalid, NotFound, StaleVersion
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.client_pages.room import clients
from portal.dossiers.models import Dossier
from portal.dossiers.pages import spine
from portal.http.edge import current_work, say, translate


@clients.page("/dossiers/<int:dossier_id>/client", may=Permission.REGISTER_VIEW, writes=True)
def client_tab(dossier_id: int) -> ResponseReturnValue:
    """The client's fields, for those who may read the dossier; each look is logged."""
    work = current_work()
    head = spine(work, dossier_id)
    if not head.entry.readable:
        raise NotFound()
    client = work.session.get_one(Client, head.entry.client_id)
    work.record("client:look", f"clients:{client.id}", dossier_id=dossier_id)
    present = present_people(work.session, client.id, work.today)
    return render_template(
        "clients/tab.html",
        spine=head,
        tab="client",
        client=client,
        editable=is_editable(work.session, work.person, client.id, work.today, Dossier),
        present=present,
        may_change=may_change_something(work.person, {row.department_id for row in present}),
        wants_two=wants_two(client),
        kind_names=CLIENT_KIND_NAMES,
        rank_names=CLIENT_RANK_NAMES,
        country_name=country_name,
    )


@clients.page("/clients/<int:client_id>/edit", may=Permission.CLIENT_EDIT, methods=["GET", "POST"], writes=True)
def edit(client_id: int) -> ResponseReturnValue:
    """The client's fields in a form, for those who work on it."""
    work = current_work()
    client = editable_client(work.session, work.person, client_id, work.today, Dossier)
    dossier_id = _first_readable(work, client_id)
    if request.method == "GET":
        work.record("client:look", f"clients:{client.id}", dossier_id=dossier_id)
        form = ClientEditForm(data=stored_values(client))
        return _edit_page(form, client, dossier_id), 200
    form = ClientEditForm()
    if not form.validate_on_submit():
        return _edit_page(form, client, dossier_id), 422
    confirmed = request.form.get("confirm", "").split()
    try:
        edit_client(work, client_id, form.version(), form.client_data(), Dossier, confirmed=confirmed)
    except StaleVersion as error:
        lost = list(entered_but_lost(form, client))
        present = ClientEditForm(formdata=None, data=stored_values(client))
        return _edit_page(present, client, dossier_id, stale=translate(error.message), lost=lost), error.status
    except NeedsConfirmation as question:
        return _edit_page(form, client, dossier_id, question=question), question.status
    except Invalid as error:
        form.show_errors(error)
        return _edit_page(form, client, dossier_id), error.status
    say(N_("The client is saved."))
    return redirect(url_for("clients.client_tab", dossier_id=dossier_id))


def _first_readable(work: UnitOfWork, client_id: int) -> int:
    return work.session.scalars(
        select(Dossier.id)
        .where(Dossier.client_id == client_id, readable_by(work.person, Dossier, work.today))
        .order_by(Dossier.id)
        .limit(1)
    ).one()


def _edit_page(
    form: ClientEditForm,
    client: Client,
    dossier_id: int,
    *,
    stale: str = "",
    lost: list[tuple[str, str]] | None = None,
    question: NeedsConfirmation | None = None,
) -> str:
    return render_template(
        "clients/edit.html",
        form=form,
        client=client,
        dossier_id=dossier_id,
        stale=stale,
        lost=lost or [],
        question=question,
    )
