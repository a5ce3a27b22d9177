"""The register of breaches: for the records manager, the general manager, the auditor, and heads for their people."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Person
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.http.edge import current_work, say, translate
from portal.http.guards import Open
from portal.undertaking import queries, services
from portal.undertaking.forms import BreachForm, MeasureForm, VersionForm
from portal.undertaking.routes.room import page, undertaking
from portal.undertaking.states import BREACH_KIND_NAMES, BreachKind


@undertaking.page("/undertaking/breaches", may=Open.TO_LOGGED_IN)
def breaches() -> ResponseReturnValue:
    """The breaches the person may know of, newest first."""
    work = current_work()
    if not queries.handles_breaches(work.session, work.person):
        raise NotPermitted()
    everything = request.args.get("show") == "all"
    number = request.args.get("page", 1, type=int)
    found = queries.breaches(work.session, work.person, only_open=not everything, number=number)
    records = work.person.may(Permission.BREACH_RECORD) or bool(queries.people_handled(work.session, work.person))
    return page("breaches.html", found=found, everything=everything, kind_names=BREACH_KIND_NAMES, records=records)


@undertaking.page("/undertaking/breaches/new", may=Open.TO_LOGGED_IN, methods=["GET", "POST"], once=True)
def record_breach() -> ResponseReturnValue:
    """Record a breach."""
    work = current_work()
    people = queries.people_handled(work.session, work.person)
    if not people:
        raise NotPermitted()
    form = BreachForm()
    form.offer([(person.id, _name(person)) for person in people])
    if form.validate_on_submit():
        try:
            row = services.record_breach(
                work,
                form.person_id.data,
                BreachKind(form.kind.data),
                form.happened_on.data,
                form.what.data or "",
            )
        except Invalid as error:
            form.show_errors(error)
        else:
            say(N_("The breach is recorded. Note here what is done about it."))
            return redirect(url_for("undertaking.breach", breach_id=row.id))
    return page("new_breach.html", form=form), 422 if form.is_submitted() else 200


def _name(person: Person) -> str:
    if person.departed_at is None:
        return person.name
    return gettext("%(name)s (has left)", name=person.name)


@undertaking.page("/undertaking/breaches/<int:breach_id>", may=Open.TO_LOGGED_IN)
def breach(breach_id: int) -> ResponseReturnValue:
    """One breach, with what happened and what was done about it."""
    return _breach_page(breach_id)


def _breach_page(
    breach_id: int, *, form: MeasureForm | None = None, trouble: str | None = None, status: int = 200
) -> ResponseReturnValue:
    work = current_work()
    row = queries.breach_for(work.session, work.person, breach_id)
    if row is None:
        raise NotFound()
    over = {"row_version": row.row_version}
    handles = queries.may_handle(work.session, work.person, row.person_id)
    content = page(
        "breach.html",
        breach=row,
        kind_names=BREACH_KIND_NAMES,
        form=form or MeasureForm(formdata=None, **over),
        button=lambda: VersionForm(formdata=None, **over),
        handles=handles,
        erases=handles and work.person.may(Permission.BREACH_RECORD),
        trouble=trouble,
    )
    return content, status


@undertaking.page("/undertaking/breaches/<int:breach_id>/measures", may=Open.TO_LOGGED_IN, methods=["POST"], once=True)
def add_measure(breach_id: int) -> ResponseReturnValue:
    """Note what was done about it."""
    form = MeasureForm()
    if not form.validate_on_submit():
        return _breach_page(breach_id, form=form, status=422)
    services.add_measure(current_work(), breach_id, form.version(), form.measure.data or "")
    say(N_("The measure is noted."))
    return redirect(url_for("undertaking.breach", breach_id=breach_id))


@undertaking.page("/undertaking/breaches/<int:breach_id>/close", may=Open.TO_LOGGED_IN, methods=["POST"], once=True)
def close_breach(breach_id: int) -> ResponseReturnValue:
    """Close it."""
    try:
        services.close_breach(current_work(), breach_id, VersionForm().version())
    except Conflict as error:
        return _breach_page(breach_id, trouble=translate(error.message), status=error.status)
    say(N_("The breach is closed."))
    return redirect(url_for("undertaking.breach", breach_id=breach_id))


@undertaking.page(
    "/undertaking/breaches/<int:breach_id>/erase", may=Permission.BREACH_RECORD, methods=["POST"], once=True
)
def erase_breach(breach_id: int) -> ResponseReturnValue:
    """Erase what was told of it."""
    services.erase_breach(current_work(), breach_id, VersionForm().version())
    say(N_("The description is erased; that there was a breach, of what kind and when, stays."))
    return redirect(url_for("undertaking.breach", breach_id=breach_id))
