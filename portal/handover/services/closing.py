"""Closing what a leaver owes on their behalf: each by the act of the feature it belongs to, never by ticking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from portal.core.obligations import Obligations
from portal.core.permissions import Actor
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.services import hand_draft_on
from portal.handover.models import Handover
from portal.handover.rules import Leader, may_close, may_hand_search
from portal.handover.services.looking import look
from portal.handover.services.opening import load_handover
from portal.lending.services import withdraw_for_leaver
from portal.search.saved.services import end_search_of, hand_search_on


@contextmanager
def _closing(
    work: UnitOfWork, obligations: Obligations, handover_id: int, may: Callable[[Actor, Leader], bool] = may_close
) -> Iterator[Handover]:
    """Look before and after: what came up since the last look, and is closed now, is remembered too."""
    handover = load_handover(work, handover_id, may=may)
    look(work, handover, obligations)
    yield handover
    look(work, handover, obligations, work.person.id)


def withdraw_request(work: UnitOfWork, obligations: Obligations, handover_id: int, line_id: int) -> Handover:
    """Withdraw a request of the leaver. Raises as `load_handover`, NotFound, Conflict."""
    with _closing(work, obligations, handover_id) as handover:
        withdraw_for_leaver(work, line_id, handover.person_id)
    return handover


def hand_draft(
    work: UnitOfWork, obligations: Obligations, handover_id: int, dossier_id: int, to_person_id: int
) -> Handover:
    """Give a draft of the leaver to a colleague. Raises as `load_handover`, NotFound, Invalid, Conflict."""
    with _closing(work, obligations, handover_id) as handover:
        hand_draft_on(work, dossier_id, handover.person_id, to_person_id)
    return handover


def hand_search(
    work: UnitOfWork, obligations: Obligations, handover_id: int, saved_id: int, to_person_id: int
) -> Handover:
    """Give a saved search of one's own to a colleague. Raises as `load_handover`, NotFound, Invalid, Conflict."""
    with _closing(work, obligations, handover_id, may_hand_search) as handover:
        hand_search_on(work, saved_id, handover.person_id, to_person_id)
    return handover


def end_search(work: UnitOfWork, obligations: Obligations, handover_id: int, saved_id: int) -> Handover:
    """Forget a saved search of the leaver. Raises as `load_handover`, NotFound."""
    with _closing(work, obligations, handover_id) as handover:
        end_search_of(work, saved_id, handover.person_id)
    return handover
