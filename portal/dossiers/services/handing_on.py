"""Handing a draft to a colleague: whoever leaves does not finish it (R17)."""

from __future__ import annotations

from portal.accounts.queries import successor
from portal.core.errors import Conflict, Invalid
from portal.core.messages import N_, Message
from portal.core.permissions import Level
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Dossier
from portal.dossiers.queries import known_dossier
from portal.dossiers.states import DossierState


def hand_draft_on(work: UnitOfWork, dossier_id: int, from_person_id: int, to_person_id: int) -> Dossier:
    """Make somebody else the one who drafted a dossier that is not official yet.

    Part of a handover, which has checked who may. A draft that waits for its approval goes on waiting. Raises NotFound
    (not theirs, or not to be known of), Conflict (it is official), Invalid for a person who cannot take it over.
    """
    dossier = known_dossier(work.session, work.person, dossier_id, lock=True)
    if dossier.opened_by_id != from_person_id or dossier.state == DossierState.OPEN:
        raise Conflict()
    person = successor(work.session, to_person_id)
    if person is None or person.id == from_person_id:
        raise Invalid(fields={"person_id": Message(N_("Choose a colleague who stays."))})
    if dossier.level == Level.CORE and person.clearance != Level.CORE:
        raise Invalid(fields={"person_id": Message(N_("Who works on a core dossier needs core clearance."))})
    dossier.opened_by_id = person.id
    work.record(
        "dossier:hand_on",
        f"dossiers:{dossier.id}",
        dossier_id=dossier.id,
        details={"person": person.id, "from_person": from_person_id},
    )
    return dossier
