"""The room of handovers, and what its pages share."""

from __future__ import annotations

from typing import Any

from flask import render_template

from portal.core.errors import NotFound
from portal.core.obligations import SIDE_NAMES, WAY_NAMES
from portal.handover import queries
from portal.handover.models import Handover
from portal.handover.rules import is_late, may_see
from portal.handover.states import HANDOVER_KIND_NAMES, HANDOVER_STATE_NAMES
from portal.http.edge import current_work
from portal.http.guards import Room

handover = Room("handover", __name__)


def render(template: str, **values: Any) -> str:
    """Render a page of handovers with the words for their states."""
    return render_template(
        f"handover/{template}",
        kind_names=HANDOVER_KIND_NAMES,
        state_names=HANDOVER_STATE_NAMES,
        side_names=SIDE_NAMES,
        way_names=WAY_NAMES,
        today=current_work().today,
        is_late=is_late,
        **values,
    )


def shown_handover(handover_id: int) -> Handover:
    """The handover, if the acting person may see it; NotFound otherwise."""
    work = current_work()
    found = queries.handover_by_id(work.session, handover_id)
    if found is None:
        raise NotFound()
    if not may_see(work.person, queries.stands(work.session, work.person, found.person, found.from_department)):
        raise NotFound()
    return found
