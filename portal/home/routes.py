"""The front page: what this person asked for, holds, owes and must decide."""

from __future__ import annotations

from flask import g, make_response, render_template
from flask.typing import ResponseReturnValue

from portal.documents.queries import reading_progress
from portal.extensions import db
from portal.home import queries
from portal.http.edge import actor_from_session, current_work, get_parts
from portal.http.guards import Open, Room
from portal.lending.states import LINE_STATE_NAMES, REQUEST_KIND_NAMES

home = Room("home", __name__)


@home.page("/", may=Open.TO_LOGGED_IN)
def front_page() -> ResponseReturnValue:
    """What waits for me, newest trouble first."""
    work = current_work()
    return render_template(
        "home/front_page.html",
        page=queries.front_page(work.session, work.person, work.now, work.today),
        line_state_names=LINE_STATE_NAMES,
        kind_names=REQUEST_KIND_NAMES,
        today=work.today,
    )


@home.page("/reading-progress", may=Open.TO_LOGGED_IN)
def progress() -> ResponseReturnValue:
    """How far the reading of scans has come: a part of the front page that renews itself."""
    work = current_work()
    reading = reading_progress(work.session, work.person, work.today)
    response = make_response(render_template("home/_reading.html", reading=reading))
    if not reading.waiting:
        response.headers["X-Done"] = "yes"
    return response


def count_inbox() -> int:
    """The number beside "Inbox" in the frame of every page."""
    work = g.get("work") or get_parts().unit(db.session, actor_from_session())  # Error pages have no unit yet.
    return queries.inbox_count(work.session, work.person, work.today)
