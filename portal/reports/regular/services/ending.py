"""Withdrawing a request, ending a regular report, and giving it, or its preparation, to somebody else."""

from __future__ import annotations

from portal.accounts.queries import successor
from portal.core.errors import Conflict, NotPermitted
from portal.core.messages import N_
from portal.core.permissions import Actor, Level, Permission
from portal.core.unit_of_work import UnitOfWork
from portal.notices.kinds import NoticeKind
from portal.reports.models.regular import RegularReport
from portal.reports.regular import queries
from portal.reports.regular.services.common import (
    advance,
    checked_preparer,
    is_core,
    load_regular,
    refuse,
    subject_of,
    tell,
)
from portal.reports.regular.states import OPEN_STATES, STAGES, RegularAction


def may_end(actor: Actor, regular: RegularReport) -> bool:
    """Withdraw it or end it: whose it is, who leads the department, and the records manager."""
    leads = regular.department_id in actor.headed_departments | actor.deputised_departments
    return regular.owner_id == actor.id or leads or actor.may(Permission.REGULAR_SET_UP)


def may_hand_on(actor: Actor, regular: RegularReport) -> bool:
    """Give it to somebody else of the department: the same people; the records department's own is nobody's."""
    return not regular.is_own and may_end(actor, regular)


def withdraw_regular(work: UnitOfWork, regular_id: int, version: int) -> RegularReport:
    """Take back a request that still waits. Raises NotFound, StaleVersion, NotPermitted, Conflict."""
    return _close(work, regular_id, version, RegularAction.WITHDRAW)


def end_regular(work: UnitOfWork, regular_id: int, version: int) -> RegularReport:
    """Make no further drafts; those made stay. Raises NotFound, StaleVersion, NotPermitted, Conflict."""
    return _close(work, regular_id, version, RegularAction.END)


def _close(work: UnitOfWork, regular_id: int, version: int, action: RegularAction) -> RegularReport:
    actor = work.person
    regular = load_regular(work, regular_id, version)
    if not may_end(actor, regular):
        raise NotPermitted()
    advance(work, regular, action)
    regular.closed_at, regular.closed_by_id = work.now, actor.id
    work.session.flush()
    work.record(f"regular_report:{action.value}", subject_of(regular))
    people = {regular.owner_id, regular.preparer_id}
    tell(work, regular, people, NoticeKind.REGULAR_ENDED, "ended", about_id=actor.id)
    return regular


def hand_regular_on(work: UnitOfWork, regular_id: int, version: int, to_person_id: int) -> RegularReport:
    """Give it to a colleague of the department, or to who leads it: lists are counted with their rights from now on.

    Raises NotFound, StaleVersion, NotPermitted, Conflict (it is over), Invalid (field `person_id`).
    """
    actor = work.require(Permission.REGULAR_ASK)
    regular = load_regular(work, regular_id, version)
    if not may_hand_on(actor, regular):
        raise NotPermitted()
    if regular.state not in OPEN_STATES:
        raise Conflict()
    person = successor(work.session, to_person_id)
    if person is None or person.id not in {one.id for one in queries.possible_owners(work.session, regular)}:
        refuse("person_id", N_("Choose a colleague who stays."))
    if is_core(regular) and person.clearance != Level.CORE:
        refuse("person_id", N_("This report counts core dossiers: choose somebody cleared for them."))
    decided = {row.decided_by_id for row in regular.decisions}
    if regular.state in STAGES and person.id in decided:
        refuse("person_id", N_("This colleague has signed it. Choose somebody else."))
    from_id, regular.owner_id = regular.owner_id, person.id
    work.session.flush()
    work.record("regular_report:hand_on", subject_of(regular), details={"person": person.id, "from_person": from_id})
    tell(work, regular, [person.id], NoticeKind.REGULAR_GIVEN, f"{person.id}:{regular.row_version}", about_id=actor.id)
    return regular


def name_preparer(work: UnitOfWork, regular_id: int, version: int, preparer_id: int) -> RegularReport:
    """Have somebody else prepare the drafts from now on; those made stay with who has them. By the records manager.

    Raises NotPermitted, NotFound, StaleVersion, Conflict (it is over), Invalid (field `preparer_id`).
    """
    actor = work.require(Permission.REGULAR_SET_UP)
    regular = load_regular(work, regular_id, version)
    if regular.state not in OPEN_STATES:
        raise Conflict()
    person = checked_preparer(work, preparer_id, regular.audience)
    if person.id == regular.preparer_id:
        return regular
    from_id, regular.preparer_id = regular.preparer_id, person.id
    work.session.flush()
    work.record(
        "regular_report:name_preparer", subject_of(regular), details={"person": person.id, "from_person": from_id}
    )
    stage = f"{person.id}:{regular.row_version}"
    tell(work, regular, [person.id], NoticeKind.REGULAR_TO_PREPARE, stage, about_id=actor.id)
    return regular
