"""Who has not accepted the rules in force."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from portal.core.errors import NotPermitted
from portal.core.permissions import Permission
from portal.http.edge import current_work, get_parts
from portal.http.guards import Open
from portal.undertaking import queries
from portal.undertaking.routes.room import page, undertaking


@undertaking.page("/undertaking/people", may=Open.TO_LOGGED_IN)
def people() -> ResponseReturnValue:
    """By department, how many and who; heads see their own department."""
    work = current_work()
    if not (work.person.may(Permission.UNDERTAKING_VIEW_ALL) or queries.departments_seen(work.person)):
        raise NotPermitted()
    version = queries.version_with_texts(work.session, queries.force_today(work.session, work.today).version_id)
    if version is None:
        return page("people.html", version=None)
    day = queries.Day(work.today, work.zone, get_parts().policy(work.session).undertaking_months)
    counts = queries.missing_by_department(work.session, work.person, version.id, day)
    chosen = request.args.get("department", 0, type=int)
    shown = [row.id for row in counts if chosen in (0, row.id)]
    found = queries.missing_people(work.session, shown, version, day, request.args.get("page", 1, type=int))
    return page("people.html", version=version, counts=counts, chosen=chosen, found=found)
