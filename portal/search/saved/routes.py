"""The pages of saved searches."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.http.edge import current_work, say
from portal.http.forms import OnceButton
from portal.http.guards import Room
from portal.search.forms import SaveForm
from portal.search.saved import queries, services

saved_room = Room("saved_searches", __name__)


@saved_room.page("/search/saved", may=Permission.SEARCH_USE)
def saved_list() -> ResponseReturnValue:
    """All saved searches of the person, and what is new."""
    work = current_work()
    rows = queries.saved_searches(work.session, work.person, work.today)
    return render_template("search/saved.html", rows=rows, button=OnceButton(), address=_address)


@saved_room.page("/search/saved", may=Permission.SEARCH_USE, methods=["POST"], once=True)
def save() -> ResponseReturnValue:
    """Keep a question."""
    form = SaveForm()
    work = current_work()
    if not form.validate():
        rows = queries.saved_searches(work.session, work.person, work.today)
        page = render_template("search/saved.html", rows=rows, button=OnceButton(), address=_address, form=form)
        return page, 422
    services.save_search(work, form.name.data or "", form.question.data or "", form.narrowing.data or "")
    say(N_("The search is saved. You are told here and on the front page when something new answers it."))
    return redirect(url_for("saved_searches.saved_list"))


@saved_room.page("/search/saved/<int:saved_id>", may=Permission.SEARCH_USE, writes=True)
def open_saved(saved_id: int) -> ResponseReturnValue:
    """All results of a saved search, the newest first; its news are looked at with that."""
    return redirect(_address(services.mark_seen(current_work(), saved_id)))


@saved_room.page("/search/saved/<int:saved_id>/seen", may=Permission.SEARCH_USE, methods=["POST"])
def seen(saved_id: int) -> ResponseReturnValue:
    """The news have been looked at: on to all results."""
    return redirect(_address(services.mark_seen(current_work(), saved_id)))


@saved_room.page("/search/saved/<int:saved_id>/delete", may=Permission.SEARCH_USE, methods=["POST"], once=True)
def delete(saved_id: int) -> ResponseReturnValue:
    """Forget a saved search."""
    services.delete_search(current_work(), saved_id)
    say(N_("The saved search is deleted."))
    return redirect(url_for("saved_searches.saved_list"))


def _address(saved: queries.SavedSearch) -> str:
    arguments = services.narrowing_of(saved).arguments()
    return url_for("search.results", q=saved.question, sort="newest", **arguments)
