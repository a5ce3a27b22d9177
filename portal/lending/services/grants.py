"""Reading grants: given with the last signature, given back by the reader, taken back by the records manager (C3)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from portal.access.models import GrantEnd, ReadingGrant
from portal.access.services import end_grant as end_now
from portal.core.errors import Conflict, NotFound
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.lending import queries
from portal.lending.models import RequestLine
from portal.lending.services.common import checked_text
from portal.lending.states import LineAction
from portal.lending.transitions import advance
from portal.policy.queries import current_policy


def give_grant(work: UnitOfWork, line: RequestLine) -> ReadingGrant:
    """Open exactly the line's dossier to its reader, until the policy's date. For the last signature."""
    advance(work, line, LineAction.GRANT)
    approvals = sum(row.approved for row in line.decisions)
    grant = ReadingGrant(
        person_id=line.reader_id,
        dossier_id=line.dossier_id,
        both_signed=approvals >= 2,
        granted_at=work.now,
        until_date=work.today + timedelta(days=current_policy(work.session).grant_days),
        granted_by_id=work.person.id,
    )
    work.session.add(grant)
    work.session.flush()
    line.grant_id = grant.id
    line.closed_at = work.now
    work.record(
        "grant:give",
        f"reading_grants:{grant.id}",
        dossier_id=line.dossier_id,
        details={"reader": line.reader_id, "until": grant.until_date.isoformat(), "line": line.id},
    )
    return grant


def end_grant(work: UnitOfWork, grant_id: int) -> None:
    """End one's own reading grant before its time."""
    actor = work.require(Permission.REQUEST_FILE)
    grant = work.session.get(ReadingGrant, grant_id, with_for_update=True)
    if grant is None or grant.person_id != actor.id:
        raise NotFound()
    _check_open(grant)
    end_now(work, grant, GrantEnd.GIVEN_BACK)


def revoke_grant(work: UnitOfWork, grant_id: int, remark: str) -> ReadingGrant:
    """Take somebody's reading grant back. The reader sees `remark`, which is needed.

    Raises NotPermitted, NotFound (a dossier one may not know of), Invalid, Conflict where it has ended.
    """
    actor = work.require(Permission.GRANT_REVOKE)
    if queries.grant_for(work.session, actor, grant_id) is None:
        raise NotFound()
    grant = work.session.scalars(
        select(ReadingGrant)
        .where(ReadingGrant.id == grant_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    remark = checked_text("reason", remark, 500, required=True)
    _check_open(grant)
    if grant.until_date < work.today:
        raise Conflict()
    end_now(work, grant, GrantEnd.REVOKED, remark)
    return grant


def _check_open(grant: ReadingGrant) -> None:
    if grant.ended_at is not None:
        raise Conflict()
