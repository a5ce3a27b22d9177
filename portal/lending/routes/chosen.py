"""What somebody gathers before asking: dossiers marked in search results, in the register, on a dossier's page.

The list is kept with the log-in, in the browser's signed cookie, as ids: it is a wish, not a record. Which of them the
person may know of is asked whenever it is shown, and it is gone at the end of the log-in.
"""

from __future__ import annotations

from collections.abc import Collection

from flask import redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.core.errors import NotFound
from portal.core.messages import N_, Message
from portal.core.permissions import Permission
from portal.http.edge import current_work, translate
from portal.http.safety import row_id
from portal.lending import queries
from portal.lending.routes.room import lending, page
from portal.lending.services.requests import MOST_DOSSIERS

_CHOSEN = "chosen_dossiers"


@lending.page("/requests/chosen", may=Permission.REQUEST_FILE)
def chosen() -> ResponseReturnValue:
    """The dossiers gathered so far, and the ways to ask for them."""
    return _chosen_page()


@lending.page("/requests/chosen", may=Permission.REQUEST_FILE, methods=["POST"], endpoint="choose")
def choose() -> ResponseReturnValue:
    """Gather `dossier`, as often as there are dossiers. NotFound for one that the person may not know of."""
    work = current_work()
    added = list(dict.fromkeys(request.values.getlist("dossier", type=row_id)))
    if not added:
        return _chosen_page(gettext("No dossier was marked. Mark one or several, and press the button again.")), 422
    if len(queries.dossiers_to_ask_for(work.session, work.person, added)) < len(added):
        raise NotFound()
    together = list(dict.fromkeys([*_known_ids(), *added]))
    if len(together) > MOST_DOSSIERS:
        too_many = Message(N_("At most %(most)s dossiers can be asked for at a time."), {"most": MOST_DOSSIERS})
        return _chosen_page(translate(too_many)), 422
    session[_CHOSEN] = together
    return redirect(url_for("lending.chosen", back=_way_back()))


@lending.page("/requests/chosen/<int:dossier_id>/remove", may=Permission.REQUEST_FILE, methods=["POST"])
def take_off(dossier_id: int) -> ResponseReturnValue:
    """Take one off the list."""
    forget([dossier_id])
    return redirect(url_for("lending.chosen", back=_way_back()))


def forget(dossier_ids: Collection[int]) -> None:
    """These are asked for, or not wanted any more."""
    if _CHOSEN in session:
        session[_CHOSEN] = [each for each in session[_CHOSEN] if each not in dossier_ids]


@lending.app_context_processor
def _chosen_count() -> dict[str, int]:
    """`chosen_count`: how many are gathered, for the pages on which one gathers."""
    return {"chosen_count": len(session.get(_CHOSEN, ()))}


def _known_ids() -> list[int]:
    work = current_work()
    return [row.id for row in queries.dossiers_to_ask_for(work.session, work.person, session.get(_CHOSEN, ()))]


def _chosen_page(trouble: str = "") -> str:
    work = current_work()
    dossiers = queries.dossiers_to_ask_for(work.session, work.person, session.get(_CHOSEN, ()))
    ids = [dossier.id for dossier in dossiers]
    return page(
        "chosen.html",
        dossiers=dossiers,
        ids=ids,
        whereabouts=queries.where_are(work.session, work.person, ids, work.today),
        trouble=trouble,
        back=_way_back(),
    )


def _way_back() -> str | None:
    """The search results that one came from: nothing but an address of the search is led back to."""
    back = request.values.get("back", "")[:4000]
    return back if back.startswith(f"{url_for('search.results')}?") and back.isprintable() else None
