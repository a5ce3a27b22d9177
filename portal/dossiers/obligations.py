"""What leaving asks of dossiers: openings that are not official yet belong to somebody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.models import Person
from portal.core.messages import N_, Message
from portal.core.obligations import Obligation, Outcome, Side, Way, ids_of
from portal.dossiers.models import Dossier
from portal.dossiers.states import DossierState


class Drafts:
    """Dossiers the person has drafted and that are not approved yet: finished, or handed to a colleague."""

    key = "drafts"
    name = N_("Drafts of dossiers")
    unnamed = N_("A draft of a dossier")
    side = Side.DEPARTMENT
    columns = frozenset({"dossiers.opened_by_id"})

    def owed(self, session: Session, person_id: int, _today: date) -> Sequence[Obligation]:
        """One obligation for each draft, and each opening that waits for its approval."""
        rows = session.scalars(
            select(Dossier)
            .where(Dossier.opened_by_id == person_id, Dossier.state != DossierState.OPEN)
            .options(joinedload(Dossier.client, innerjoin=True))
            .order_by(Dossier.id)
        )
        return [
            Obligation(
                subject=f"dossiers:{row.id}",
                what=Message(N_("Draft of a dossier of %(client)s"), {"client": row.client.name}),
                ways=(Way.TRANSFER, Way.DECIDE),
                path=f"/dossiers/{row.id}",
                dossier_id=row.id,
            )
            for row in rows
        ]

    def outcomes(
        self, session: Session, _person_id: int, subjects: Sequence[str], _since: datetime
    ) -> Mapping[str, Outcome]:
        """Approved, or in whose hands it is."""
        ids = ids_of(subjects)
        rows = session.execute(
            select(Dossier, Person.name).join(Person, Person.id == Dossier.opened_by_id).where(Dossier.id.in_(ids))
        )
        return {f"dossiers:{dossier.id}": _outcome(dossier, name) for dossier, name in rows}


def _outcome(dossier: Dossier, now_with: str) -> Outcome:
    if dossier.state == DossierState.OPEN:
        return Outcome(
            Message(N_("Approved as dossier %(dossier)s"), {"dossier": dossier.number or ""}), dossier.decided_by_id
        )
    return Outcome(Message(N_("Handed to %(person)s"), {"person": now_with}))
