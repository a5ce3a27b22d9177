"""The trail's pages: what happened, newest first, and whether anybody rewrote it."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.audit import services
from portal.audit.details import Reader, detail_lines
from portal.audit.forms import TrailForm
from portal.audit.names import ACTION_NAMES, FAULT_NAMES, SUBJECT_NAMES
from portal.audit.queries import names_of_departments, names_of_people
from portal.clients.forms import country_name
from portal.core.permissions import Permission
from portal.http.edge import current_work, get_parts
from portal.http.guards import Room

audit = Room("audit", __name__)


@audit.page("/audit", may=Permission.TRAIL_VIEW, writes=True)
def entries() -> ResponseReturnValue:
    """One page of the trail."""
    work = current_work()
    people = names_of_people(work.session)
    form = TrailForm(request.args)
    form.offer(people)
    if not form.validate():
        return render_template("audit/entries.html", form=form, page=None), 422
    page = services.look_at_trail(work, form.wanted(), request.args.get("page", 1, int))
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if name in form.data and value}
    reader = _reader(people, names_of_departments(work.session))
    return render_template(
        "audit/entries.html",
        form=form,
        page=page,
        filtered=bool(kept),
        link=lambda number: url_for("audit.entries", **kept, page=number),
        lines=lambda row: [
            line for values in (row.details, row.personal) for line in detail_lines(row.action, values, reader)
        ],
        action_names=ACTION_NAMES,
        subject_names=SUBJECT_NAMES,
        people=people,
    )


def _reader(people: dict[int, str], departments: dict[int, str]) -> Reader:
    """The person looking: their language, and dates and numbers as on every page."""
    filters = current_app.jinja_env.filters
    return Reader(
        people=people,
        departments=departments,
        word=gettext,
        day=filters["day"],
        moment=filters["moment"],
        number=filters["number"],
        country=country_name,
    )


@audit.page("/audit/verify", may=Permission.TRAIL_VIEW)
def verify() -> ResponseReturnValue:
    """Verify the trail and say what was found.

    Verification reads everything and may take a while; so it runs in a reading transaction, and only its outcome
    is written, afterwards, in a small one of its own.
    """
    work = current_work()
    found = services.verify_trail(work)
    work.session.rollback()
    with get_parts().writing(work.person) as recording:
        recording.address = request.remote_addr
        services.record_verification(recording, found)
    return render_template("audit/verify.html", found=found, now=work.now, fault_names=FAULT_NAMES)
