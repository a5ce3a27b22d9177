"""The room of lending, and what its pages share."""

from __future__ import annotations

from typing import Any

from flask import render_template
from sqlalchemy.orm import Session

from portal.accounts.queries import is_card_of_leaver, is_ended_card
from portal.core.errors import PortalError
from portal.core.messages import N_
from portal.dossiers.states import CUSTODY_NAMES
from portal.http.edge import current_work, translate
from portal.http.guards import Room
from portal.lending.states import LINE_STATE_NAMES, LOAN_STATE_NAMES, REQUEST_KIND_NAMES

lending = Room("lending", __name__)


def page(template: str, **values: Any) -> str:
    """Render a page of lending with the words for its states."""
    return render_template(
        f"lending/{template}",
        line_state_names=LINE_STATE_NAMES,
        loan_state_names=LOAN_STATE_NAMES,
        kind_names=REQUEST_KIND_NAMES,
        custody_names=CUSTODY_NAMES,
        today=current_work().today,
        **values,
    )


def refused(error: PortalError) -> str:
    """What stands on top of the page after a refusal; whatever was begun is undone first."""
    current_work().session.rollback()
    return translate(error.message)


def dead_card(session: Session, code: str) -> str | None:
    """What is said of a card that opens nothing any more; None for what is no such card."""
    if is_ended_card(session, code):
        return N_("This card was replaced and is no longer good. Please keep it.")
    if is_card_of_leaver(session, code):
        return N_("This card is of somebody who has left: nothing is handed out on it. Please keep it.")
    return None
