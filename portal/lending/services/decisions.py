"""Signatures on requests, and the reading grants that come of them (R9, C3)."""

from __future__ import annotations

from datetime import timedelta

from portal.access.models import ReadingGrant
from portal.core.errors import Conflict, NotFound, NotPermitted
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.lending import queries
from portal.lending.models import Decision, DecisionStage, RequestLine
from portal.lending.rules import needs_records_signature
from portal.lending.services.common import (
    check_not_lapsed,
    checked_text,
    hold_level,
    last_day_of_request,
    load_line,
    reader_obstacle,
    settle_volumes,
    wanted_volume_ids,
)
from portal.lending.states import LineAction, LineState, RequestKind
from portal.lending.transitions import advance
from portal.policy.queries import current_policy

_REJECTIONS = {
    DecisionStage.HEAD: LineAction.HEAD_REJECT,
    DecisionStage.RECORDS: LineAction.RECORDS_REJECT,
}
_DOORS = {
    DecisionStage.HEAD: Permission.REQUEST_DECIDE,
    DecisionStage.RECORDS: Permission.REQUEST_DECIDE_RECORDS,
}


def decide_as_head(work: UnitOfWork, line_id: int, version: int, *, approve: bool, comment: str = "") -> RequestLine:
    """Sign, or reject, as head of the reader's department (or for the head). A rejection needs a comment.

    Raises NotPermitted for whoever may not sign this one, RequestLapsed, StaleVersion, Invalid.
    """
    return _decide(work, line_id, version, DecisionStage.HEAD, approve, comment)


def decide_as_records(work: UnitOfWork, line_id: int, version: int, *, approve: bool, comment: str = "") -> RequestLine:
    """Give, or refuse, the second signature that important and core dossiers need. Raises as `decide_as_head`."""
    return _decide(work, line_id, version, DecisionStage.RECORDS, approve, comment)


def _decide(
    work: UnitOfWork, line_id: int, version: int, stage: DecisionStage, approve: bool, comment: str
) -> RequestLine:
    actor = work.require(_DOORS[stage])
    line = load_line(work, line_id, version)
    hold_level(work, line.dossier_id)
    check_not_lapsed(work, line)
    signers = queries.signers_of(work.session, line)
    if signers is None or signers.stage != stage:
        raise Conflict()
    if not signers.include(actor):
        raise NotPermitted()
    comment = checked_text("comment", comment, 500, required=not approve)
    advance(work, line, _approval(line, stage) if approve else _REJECTIONS[stage])
    line.decisions.append(
        Decision(stage=stage, approved=approve, comment=comment, decided_by_id=actor.id, decided_at=work.now)
    )
    work.record(
        f"request:{'approve' if approve else 'reject'}",
        f"request_lines:{line.id}",
        dossier_id=line.dossier_id,
        details={"stage": stage.value, "kind": line.kind.value, "reader": line.reader_id},
        personal={"comment": comment} if comment else None,
    )
    if approve:
        _go_on(work, line)
    else:
        line.closed_at = work.now
    work.session.flush()
    return line


def _approval(line: RequestLine, stage: DecisionStage) -> LineAction:
    if stage == DecisionStage.RECORDS:
        return LineAction.RECORDS_APPROVE
    second = needs_records_signature(line.dossier.level)
    return LineAction.HEAD_APPROVE if second else LineAction.HEAD_APPROVE_FINAL


def _go_on(work: UnitOfWork, line: RequestLine) -> None:
    """After a signature: time for the next step, and, after the last one, the grant or the reservation."""
    line.expires_on = last_day_of_request(work)
    if line.state != LineState.READY:
        return
    if line.kind == RequestKind.BORROW:
        settle_volumes(work, wanted_volume_ids(line))
        return
    if obstacle := reader_obstacle(work, line.reader_id, line.dossier_id):
        raise obstacle
    _grant(work, line)


def _grant(work: UnitOfWork, line: RequestLine) -> None:
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


def end_grant(work: UnitOfWork, grant_id: int) -> None:
    """Give back one's own reading grant before its time."""
    actor = work.require(Permission.REQUEST_FILE)
    grant = work.session.get(ReadingGrant, grant_id, with_for_update=True)
    if grant is None or grant.person_id != actor.id:
        raise NotFound()
    if grant.ended_at is not None:
        raise Conflict()
    grant.ended_at, grant.ended_reason = work.now, "given back"
    work.record("grant:end", f"reading_grants:{grant.id}", dossier_id=grant.dossier_id)
