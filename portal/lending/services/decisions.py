"""Signatures on requests, and what comes of the last one (R9)."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from portal.core.erasable import ErasableText
from portal.core.errors import Conflict, NotPermitted
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.lending import queries
from portal.lending.models import Decision, DecisionStage, RequestLine
from portal.lending.rules import needs_records_signature
from portal.lending.services.common import (
    check_not_lapsed,
    checked_text,
    hold_level,
    hold_reader,
    last_day_of_request,
    load_line,
    outside_obstacle,
    reader_obstacle,
    refuse,
    settle_volumes,
    wanted_volume_ids,
)
from portal.lending.services.grants import give_grant
from portal.lending.services.telling import tell_approved, tell_ready, tell_refused, tell_signers
from portal.lending.states import PAPER_KINDS, LineAction, LineState
from portal.lending.transitions import advance

_REJECTIONS = {
    DecisionStage.HEAD: LineAction.HEAD_REJECT,
    DecisionStage.RECORDS: LineAction.RECORDS_REJECT,
}
_DOORS = {
    DecisionStage.HEAD: Permission.REQUEST_DECIDE,
    DecisionStage.RECORDS: Permission.REQUEST_DECIDE_RECORDS,
}
_STAGES = {LineState.SUBMITTED: DecisionStage.HEAD, LineState.HEAD_APPROVED: DecisionStage.RECORDS}


def decide(
    work: UnitOfWork,
    line_id: int,
    version: int,
    *,
    approve: bool,
    stage: DecisionStage | None = None,
    comment: str = "",
    leave_out: Collection[int] = (),
) -> RequestLine:
    """Sign or reject: as head of the reader's department (or for the head), or with the second signature that
    important and core dossiers need. At `stage`, or else the one the line is in. A rejection needs a comment.

    `leave_out`: volumes of the line that are not approved; something must remain. Raises NotPermitted for
    whoever may not sign this one, RequestLapsed, StaleVersion, Invalid, NothingOfCore; Conflict where it does not
    wait for that signature.
    """
    if stage is not None:  # Whoever may not sign at all learns nothing about the line.
        work.require(_DOORS[stage])
    line = load_line(work, line_id, version)
    stage = stage or _STAGES.get(line.state)
    if stage is None:
        raise Conflict()
    actor = work.require(_DOORS[stage])
    hold_level(work, line.dossier_id)
    hold_reader(work, line.reader_id)
    check_not_lapsed(work, line)
    signers = queries.signers_of(work.session, line)
    if signers is None or signers.stage != stage:
        raise Conflict()
    if not signers.include(actor):
        raise NotPermitted()
    comment = checked_text("comment", comment, 500, required=not approve)
    left_out = _leave_out(line, leave_out) if approve else []
    if approve and (obstacle := outside_obstacle(line)):
        raise obstacle
    advance(work, line, _approval(line, stage) if approve else _REJECTIONS[stage])
    line.decisions.append(
        Decision(
            stage=stage,
            approved=approve,
            comment=ErasableText.of(comment),
            decided_by_id=actor.id,
            decided_at=work.now,
        )
    )
    work.record(
        f"request:{'approve' if approve else 'reject'}",
        f"request_lines:{line.id}",
        dossier_id=line.dossier_id,
        details={
            "stage": stage.value,
            "kind": line.kind.value,
            "reader": line.reader_id,
            **({"left_out": left_out} if left_out else {}),
        },
        personal={"comment": comment} if comment else None,
    )
    if approve:
        _go_on(work, line)
    else:
        line.closed_at = work.now
        tell_refused(work, line)
    work.session.flush()
    return line


decide_as_head = partial(decide, stage=DecisionStage.HEAD)
decide_as_records = partial(decide, stage=DecisionStage.RECORDS)


def _leave_out(line: RequestLine, volume_ids: Collection[int]) -> list[int]:
    """Strike volumes from the line; returns their ids."""
    struck = [row for row in line.volumes if row.volume_id in volume_ids and row.outcome == "wanted"]
    if len(struck) < len(set(volume_ids)):
        refuse("leave_out", N_("One of the volumes was not asked for."))
    if struck and len(struck) == len(wanted_volume_ids(line)):
        refuse("leave_out", N_("Nothing would be left: reject the request instead."))
    for row in struck:
        row.outcome = "refused"
    return [row.volume_id for row in struck]


def _approval(line: RequestLine, stage: DecisionStage) -> LineAction:
    if stage == DecisionStage.RECORDS:
        return LineAction.RECORDS_APPROVE
    second = needs_records_signature(line.dossier.level)
    return LineAction.HEAD_APPROVE if second else LineAction.HEAD_APPROVE_FINAL


def _go_on(work: UnitOfWork, line: RequestLine) -> None:
    """After a signature: time for the next step, and, after the last one, the grant or the reservation."""
    line.expires_on = last_day_of_request(work)
    work.session.flush()
    if line.state != LineState.READY:
        tell_signers(work, line)
        return
    if line.kind in PAPER_KINDS:
        if line.request.outside:  # Whoever comes later than the office keeps files for colleagues is expected then.
            line.expires_on = max(line.expires_on, line.request.outside.visit_on)
        settle_volumes(work, wanted_volume_ids(line))
        tell_ready(work, line, line.expires_on)
        return
    if obstacle := reader_obstacle(work, line.reader_id, line.dossier_id):
        raise obstacle
    grant = give_grant(work, line)
    tell_approved(work, line, grant.until_date)
