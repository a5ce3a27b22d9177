"""Handing a leaver's clients to successors, one or hundreds at once, or leaving them to the common pool."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from portal.access.models import ResponsibilityReason
from portal.accounts.models import Person
from portal.clients.responsibility.queries import ClientOfPerson, known_clients_of
from portal.clients.responsibility.services import Assignment, transfer_clients
from portal.core.errors import Conflict, Invalid
from portal.core.messages import N_, Message
from portal.core.obligations import Obligations
from portal.core.permissions import Level
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Dossier
from portal.handover.models import Handover
from portal.handover.rules import may_manage
from portal.handover.services.looking import look
from portal.handover.services.opening import load_handover


def hand_clients(
    work: UnitOfWork,
    obligations: Obligations,
    handover_id: int,
    responsibility_ids: Sequence[int],
    successor_id: int | None,
) -> int:
    """Make `successor_id` the contact of these clients in place of the leaver, all or none; None: nobody.

    A client that nobody else looks after then comes into the common pool. Returns how many were handed over. Raises as
    `load_handover` and `portal.clients.responsibility.services.transfer_clients`; Conflict where one of them is no
    longer the leaver's.
    """
    handover = load_handover(work, handover_id, may=may_manage)
    if not responsibility_ids:
        raise Invalid(fields={"chosen": Message(N_("Choose at least one client."))})
    look(work, handover, obligations)  # What came up since the last look is remembered too.
    theirs = {row.responsibility_id: row for row in clients_to_hand_over(work, handover)}
    if not theirs.keys() >= set(responsibility_ids):
        raise Conflict(
            N_("Some of these clients have been handed over in the meantime. Nothing was changed. Look again.")
        )
    assignments = [
        Assignment(theirs[each].client_id, theirs[each].rank, successor_id, handover.person_id)
        for each in responsibility_ids
    ]
    changed = transfer_clients(work, assignments, Dossier, reason=ResponsibilityReason.HANDOVER)
    look(work, handover, obligations)
    return changed


def left_out(work: UnitOfWork, rows: Sequence[ClientOfPerson], successor_id: int) -> dict[int, Message]:
    """Of these clients those that the successor cannot take, and why, by the id of the responsibility.

    What `hand_clients` would refuse all of, said before: one client among hundreds must not stop the others.
    """
    session, actor = work.session, work.person
    already = {row.client_id for row in known_clients_of(session, actor, Dossier, successor_id, work.today)}
    core = _with_core_dossiers(work, rows, successor_id)
    found: dict[int, Message] = {}
    for row in rows:
        if row.client_id in already:
            found[row.responsibility_id] = Message(N_("looks after it already"))
        elif row.client_id in core:
            found[row.responsibility_id] = Message(N_("has no core clearance, which it needs"))
    return found


def _with_core_dossiers(work: UnitOfWork, rows: Sequence[ClientOfPerson], successor_id: int) -> set[int]:
    if not work.person.cleared_for_core or work.session.get_one(Person, successor_id).clearance == Level.CORE:
        return set()
    ids = [row.client_id for row in rows]
    return set(
        work.session.scalars(select(Dossier.client_id).where(Dossier.client_id.in_(ids), Dossier.level == Level.CORE))
    )


def clients_to_hand_over(work: UnitOfWork, handover: Handover) -> list[ClientOfPerson]:
    """The clients the leaver still looks after, those that the acting person may know of, by name."""
    return known_clients_of(work.session, work.person, Dossier, handover.person_id, work.today)
