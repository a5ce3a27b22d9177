"""Reading grants: given back by the reader, overseen and taken back by the records manager."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.access.models import GRANT_END_NAMES
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.http.edge import current_work, say
from portal.lending import queries, services
from portal.lending.forms import RevokeForm
from portal.lending.routes.room import lending, page, refused


@lending.page("/grants", may=Permission.GRANT_REVOKE)
def grants() -> ResponseReturnValue:
    """All reading grants for dossiers one may know of: who reads what until when, and how often they looked."""
    work = current_work()
    everything = request.args.get("show") == "all"
    query = queries.all_grants(work.person, work.today, only_open=not everything)
    shown = queries.page_of(work.session, query, request.args.get("page", 1, type=int))
    rows = queries.grant_rows(work.session, shown.rows, work.today, work.zone)
    return page("grants.html", shown=shown, rows=rows, everything=everything, end_names=GRANT_END_NAMES)


@lending.page("/grants/<int:grant_id>", may=Permission.GRANT_REVOKE)
def grant_page(grant_id: int) -> ResponseReturnValue:
    """One grant, and the form that takes it back."""
    return _grant_page(grant_id)


def _grant_page(
    grant_id: int, *, form: RevokeForm | None = None, trouble: str | None = None, status: int = 200
) -> ResponseReturnValue:
    work = current_work()
    grant = queries.grant_for(work.session, work.person, grant_id)
    if grant is None:
        raise NotFound()
    (row,) = queries.grant_rows(work.session, [grant], work.today, work.zone)
    content = page(
        "grant.html",
        row=row,
        form=(form or RevokeForm(formdata=None)) if row.open else None,
        trouble=trouble,
        end_names=GRANT_END_NAMES,
    )
    return content, status


@lending.page("/grants/<int:grant_id>/revoke", may=Permission.GRANT_REVOKE, methods=["POST"], once=True)
def revoke_grant(grant_id: int) -> ResponseReturnValue:
    """Take somebody's grant back."""
    form = RevokeForm()
    if not form.validate_on_submit():
        return _grant_page(grant_id, form=form, status=422)
    try:
        services.revoke_grant(current_work(), grant_id, form.reason.data or "")
    except Invalid as error:
        form.show_errors(error)
        return _grant_page(grant_id, form=form, status=422)
    except Conflict as error:
        return _grant_page(grant_id, trouble=refused(error), status=error.status)
    say(N_("The grant is taken back. The dossier is closed to the reader from now on."))
    return redirect(url_for("lending.grant_page", grant_id=grant_id))


@lending.page("/grants/<int:grant_id>/end", may=Permission.REQUEST_FILE, methods=["POST"], once=True)
def end_grant(grant_id: int) -> ResponseReturnValue:
    """Give a reading grant back."""
    services.end_grant(current_work(), grant_id)
    say(N_("The reading grant has ended."))
    return redirect(url_for("lending.requests"))
