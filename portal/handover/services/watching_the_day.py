"""The last day has passed and something is open, or nothing is and signatures are missing: people are told."""

from __future__ import annotations

from sqlalchemy import func, select

from portal.accounts.queries import holders_of
from portal.core.obligations import Obligations, Side
from portal.core.permissions import Role
from portal.core.unit_of_work import UnitOfWork
from portal.handover.models import Handover, HandoverItem
from portal.handover.queries import handover_by_id, signers
from portal.handover.rules import is_late
from portal.handover.services.looking import look
from portal.handover.states import HandoverState
from portal.notices.kinds import NoticeKind
from portal.notices.services import notify


def look_and_tell(work: UnitOfWork, obligations: Obligations, handover_id: int) -> None:
    """Note what came up and what is closed; tell whoever must act. Told once a day at most, and caught up."""
    handover = handover_by_id(work.session, handover_id, lock=True)
    if handover is None or handover.state != HandoverState.OPEN:
        return
    owed = look(work, handover, obligations)
    if not owed and (handover.sudden or work.today >= handover.last_day):
        _tell_signers(work, handover)
    if is_late(handover.last_day, work.today):
        _escalate(work, handover)


def _tell_signers(work: UnitOfWork, handover: Handover) -> None:
    last_closed = work.session.scalar(
        select(func.max(HandoverItem.closed_at)).where(HandoverItem.handover_id == handover.id)
    )
    since = int(last_closed.timestamp()) if last_closed else 0  # What came up and was closed again is told again.
    for side in Side:
        if side in handover.signed_sides:
            continue
        for person in signers(work.session, handover, side):
            occasion = f"{handover.id}:{side.value}:{since}"
            notify(work, person.id, NoticeKind.HANDOVER_TO_SIGN, occasion, about_id=handover.person_id)


def _escalate(work: UnitOfWork, handover: Handover) -> None:
    """Each day late: those who sign, and the records manager; the number of open things says how bad it is."""
    still_open = work.session.scalar(
        select(func.count()).where(HandoverItem.handover_id == handover.id, HandoverItem.closed_at.is_(None))
    )
    told = {person.id for side in Side for person in signers(work.session, handover, side)}
    told |= {person.id for person in holders_of(work.session, Role.RECORDS_MANAGER)}
    for person_id in sorted(told - {handover.person_id}):
        notify(
            work,
            person_id,
            NoticeKind.HANDOVER_LATE,
            f"{handover.id}:{work.today.isoformat()}",
            about_id=handover.person_id,
            last_day=handover.last_day,
            open=still_open or 0,
        )
