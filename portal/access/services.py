"""Ending reading grants before their date: whatever they were signed for holds no longer (C3)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select

from portal.access.models import GrantEnd, ReadingGrant
from portal.access.queries import active_grant
from portal.accounts.models import Person
from portal.core.unit_of_work import UnitOfWork
from portal.notices.kinds import NoticeKind
from portal.notices.services import notify


def end_grant(work: UnitOfWork, grant: ReadingGrant, why: GrantEnd, remark: str = "") -> None:
    """End one open grant now and for ever. The caller has checked who may. The reader is told, unless they did it."""
    grant.ended_at, grant.ended_reason, grant.ended_remark = work.now, why.value, remark
    work.record(
        "grant:end",
        f"reading_grants:{grant.id}",
        dossier_id=grant.dossier_id,
        details={"person": grant.person_id, "reason": why.value},
        personal={"remark": remark} if remark else None,
    )
    if why not in (GrantEnd.GIVEN_BACK, GrantEnd.READER_LEFT):
        notify(work, grant.person_id, NoticeKind.GRANT_ENDED, str(grant.id), dossier_id=grant.dossier_id)


def end_grants_of_dossier(work: UnitOfWork, dossier_id: int, why: GrantEnd) -> list[int]:
    """End every grant that opens the dossier; returns their ids."""
    return _end_all(work, why, ReadingGrant.dossier_id == dossier_id)


def end_grants_of_mover(work: UnitOfWork, person_id: int) -> list[int]:
    """End every grant of a person who has changed department: the head who signed answers for them no longer."""
    return _end_all(work, GrantEnd.READER_MOVED, ReadingGrant.person_id == person_id)


def end_grants_of_leaver(work: UnitOfWork, person_id: int) -> list[int]:
    """End every grant of somebody who has handed over; returns their ids."""
    return _end_all(work, GrantEnd.READER_LEFT, ReadingGrant.person_id == person_id)


def end_grants_of_departed(work: UnitOfWork) -> list[int]:
    """End every grant of people who have left: should they come back, they ask anew."""
    departed = select(Person.id).where(Person.departed_at.is_not(None))
    return _end_all(work, GrantEnd.READER_LEFT, ReadingGrant.person_id.in_(departed))


def _end_all(work: UnitOfWork, why: GrantEnd, *where: ColumnElement[bool]) -> list[int]:
    grants: Sequence[ReadingGrant] = work.session.scalars(
        select(ReadingGrant)
        .where(active_grant(work.today), *where)
        .order_by(ReadingGrant.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for grant in grants:
        end_grant(work, grant, why)
    return [grant.id for grant in grants]
