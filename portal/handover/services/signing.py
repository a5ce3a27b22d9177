"""The two signatures. The second closes the account, in the commit in which every session and grant ends (R17)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.attributes import flag_modified

from archive_store.base import ArchiveStore
from portal.accounts.models import Person
from portal.accounts.services import depart, move_to
from portal.core.errors import Conflict, NotPermitted
from portal.core.messages import N_
from portal.core.obligations import Obligations, Side
from portal.core.unit_of_work import UnitOfWork
from portal.handover.models import Handover, HandoverSignature
from portal.handover.queries import signers
from portal.handover.rules import may_see
from portal.handover.services.certifying import issue_certificate
from portal.handover.services.looking import look
from portal.handover.services.opening import load_handover
from portal.handover.states import HANDOVER, HandoverAction, HandoverKind


class StillOwed(Conflict):
    """Something is still open: nobody signs before it is closed."""

    message_id = N_("Something is still open. Close it first; then sign.")


def sign(
    work: UnitOfWork, store: ArchiveStore, obligations: Obligations, handover_id: int, side: Side, version: int
) -> Handover:
    """Sign for one side that nothing is owed any more; the second signature closes the account, or moves the person.

    Two different people sign, and only when nothing is open at that moment. Raises NotFound, NotPermitted (not theirs
    to sign), StaleVersion, StillOwed, Conflict (over, or signed already).
    """
    handover = load_handover(work, handover_id, version, may=may_see)
    if side in handover.signed_sides:
        raise Conflict(N_("This side has signed already."))
    if work.person.id not in {person.id for person in signers(work.session, handover, side)}:
        raise NotPermitted()
    # Whoever gives the leaver something holds their row: it is there before this lock, or refused after it.
    person = work.session.scalars(
        select(Person)
        .where(Person.id == handover.person_id)
        .options(selectinload(Person.roles))
        .with_for_update(of=Person, key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    if look(work, handover, obligations):
        raise StillOwed()
    work.session.add(HandoverSignature(handover=handover, side=side, signed_by_id=work.person.id, signed_at=work.now))
    flag_modified(handover, "last_day")  # Signatures are rows of their own: the version must rise with them.
    work.record("handover:sign", f"handovers:{handover.id}", details={"person": person.id, "side": side.value})
    work.session.flush()
    if handover.signed_sides == frozenset(Side):
        _close(work, store, handover, person, obligations)
    return handover


def _close(work: UnitOfWork, store: ArchiveStore, handover: Handover, person: Person, obligations: Obligations) -> None:
    leaving = handover.kind == HandoverKind.LEAVING
    ended = [(end.name, end.end(work, person.id, leaving=leaving)) for end in obligations.ends]
    if leaving:
        depart(work, person)
    else:
        move_to(work, person, handover.to_department_id or person.department_id)
    issue_certificate(work, store, obligations, handover, person, ended)
    handover.state = HANDOVER[handover.state, HandoverAction.SIGN_OFF]
    handover.closed_at, handover.closed_by_id = work.now, work.person.id
    work.record(
        "handover:sign_off",
        f"handovers:{handover.id}",
        details={"person": person.id, "kind": handover.kind.value, "ended": sum(count for _, count in ended)},
    )
