"""The two signatures on a regular report: the records manager's, then the general manager's (R16)."""

from __future__ import annotations

from portal.core.erasable import ErasableText
from portal.core.errors import Conflict, NotPermitted
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.notices.kinds import NoticeKind
from portal.reports.models.regular import RegularDecision, RegularReport
from portal.reports.regular import queries
from portal.reports.regular.rules import is_last_signature
from portal.reports.regular.services.common import (
    advance,
    checked_preparer,
    checked_text,
    load_regular,
    subject_of,
    tell,
    tell_signers,
)
from portal.reports.regular.states import STAGES, RegularAction, RegularStage, RegularState

LONGEST_COMMENT = 500


def decide_regular(
    work: UnitOfWork,
    regular_id: int,
    version: int,
    *,
    approve: bool,
    comment: str = "",
    preparer_id: int | None = None,
) -> RegularReport:
    """Sign or refuse. A refusal needs a comment; the first signature names who prepares the drafts.

    Raises NotFound, StaleVersion, Conflict (it waits for no signature), NotPermitted (for whoever may not sign this
    one: nobody their own, nobody twice, no leaver), Invalid.
    """
    actor = work.require(Permission.REGULAR_DECIDE)
    regular = load_regular(work, regular_id, version)
    stage = STAGES.get(regular.state)
    if stage is None:
        raise Conflict()
    if actor.id not in {person.id for person in queries.signers_of(work.session, regular)}:
        raise NotPermitted()
    comment = checked_text("comment", comment, LONGEST_COMMENT, required=not approve)
    if approve and regular.preparer_id is None:
        regular.preparer_id = checked_preparer(work, preparer_id or 0, regular.audience).id
    advance(work, regular, _action(work, regular, stage, approve))
    decision = RegularDecision(
        stage=stage,
        approved=approve,
        comment=ErasableText.of(comment),
        decided_by_id=actor.id,
        decided_at=work.now,
    )
    regular.decisions.append(decision)
    _go_on(work, regular)
    work.record(
        f"regular_report:{'approve' if approve else 'refuse'}",
        subject_of(regular),
        details={"stage": stage.value, **({"person": regular.preparer_id} if approve else {})},
        personal={"comment": comment} if comment else None,
    )
    return regular


def _action(work: UnitOfWork, regular: RegularReport, stage: RegularStage, approve: bool) -> RegularAction:
    if not approve:
        return RegularAction.REFUSE_RECORDS if stage is RegularStage.RECORDS else RegularAction.REFUSE_GENERAL
    if stage is RegularStage.GENERAL:
        return RegularAction.SIGN_GENERAL
    last = is_last_signature(stage, queries.roles_of(work.session, regular.asked_by_id))
    return RegularAction.SIGN_RECORDS_LAST if last else RegularAction.SIGN_RECORDS


def _go_on(work: UnitOfWork, regular: RegularReport) -> None:
    actor_id = work.person.id
    people = {regular.owner_id, regular.asked_by_id}
    if regular.state is RegularState.ACTIVE:
        regular.active_on = work.today
        work.session.flush()
        tell(work, regular, people, NoticeKind.REGULAR_ACTIVE, "active")
        preparer = regular.preparer_id
        tell(work, regular, [preparer], NoticeKind.REGULAR_TO_PREPARE, str(preparer), about_id=actor_id)
    elif regular.state is RegularState.REFUSED:
        regular.closed_at, regular.closed_by_id = work.now, actor_id
        work.session.flush()
        tell(work, regular, people, NoticeKind.REGULAR_REFUSED, "refused", about_id=actor_id)
    else:
        work.session.flush()
        tell_signers(work, regular)
