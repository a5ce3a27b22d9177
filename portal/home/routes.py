"""The front page: what waits for this person."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from portal.http.guards import Open, Room

home = Room("home", __name__)


@home.page("/", may=Open.TO_LOGGED_IN)
def front_page() -> ResponseReturnValue:
    """What I asked for, hold, owe and must decide."""
    return render_template("home/front_page.html")
