"""The rooms of dossiers and of places, and the page of a form within a dossier."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from portal.core.errors import StaleVersion
from portal.dossiers.pages import spine
from portal.http.edge import current_work, translate
from portal.http.guards import Room

dossiers = Room("dossiers", __name__)
places = Room("places", __name__)


def edit_page(
    dossier_id: int, form: Any, template: str, *, stale: StaleVersion | None = None, tab: str = "", **values: Any
) -> ResponseReturnValue:
    """A form on a page of the dossier; over a newer version it shows the present values (409)."""
    page = render_template(
        template,
        spine=spine(current_work(), dossier_id),
        tab=tab,
        form=form,
        stale=translate(stale.message) if stale else "",
        **values,
    )
    if stale:
        return page, stale.status
    return page, 422 if form.is_submitted() else 200
