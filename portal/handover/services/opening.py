"""Opening a handover, changing its day, stopping downloads, calling it off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from portal.accounts.models import Department, Person
from portal.accounts.services import lock_out
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted
from portal.core.messages import N_, Message
from portal.core.obligations import Obligations, Side
from portal.core.permissions import Actor
from portal.core.unit_of_work import UnitOfWork
from portal.handover.models import Handover
from portal.handover.queries import handover_by_id, signers, stands
from portal.handover.rules import FARTHEST_DAY, Leader, may_manage, may_open, may_see
from portal.handover.services.looking import look
from portal.handover.states import HANDOVER, HandoverAction, HandoverKind, HandoverState
from portal.notices.kinds import NoticeKind
from portal.notices.services import notify


def open_handover(
    work: UnitOfWork,
    obligations: Obligations,
    person_id: int,
    kind: HandoverKind,
    last_day: date,
    *,
    to_department_id: int | None = None,
    sudden: bool = False,
) -> Handover:
    """Open the handover of somebody who leaves or moves, and look at once what they owe.

    From here on they sign for nobody and succeed nobody. `sudden`: they are no longer there to help; their log-ins end
    and their password is good no longer. Raises NotPermitted, NotFound, Invalid, Conflict (one is open).
    """
    person = work.session.scalar(
        select(Person)
        .where(Person.id == person_id, Person.departed_at.is_(None))
        .options(selectinload(Person.roles))
        .with_for_update(of=Person, key_share=True)
        .execution_options(populate_existing=True)
    )
    if person is None:
        raise NotFound()
    department = work.session.get_one(Department, person.department_id)
    if not may_open(work.person, stands(work.session, work.person, person, department)):
        raise NotPermitted()
    _check(work, person, kind, last_day, to_department_id, sudden)
    handover = Handover(
        person_id=person.id,
        kind=kind,
        last_day=last_day,
        from_department_id=department.id,
        to_department_id=to_department_id if kind == HandoverKind.TRANSFER else None,
        sudden=sudden,
        state=HandoverState.OPEN,
        opened_at=work.now,
        opened_by_id=work.person.id,
    )
    try:
        with work.session.begin_nested():
            work.session.add(handover)
            work.session.flush()
    except IntegrityError:  # The partial unique index: somebody else has just opened it.
        raise Conflict(_ALREADY_OPEN) from None
    person.leaving_on = last_day
    if sudden:
        person.downloads_stopped = True
        lock_out(work, person)
    work.record(
        "handover:open",
        f"handovers:{handover.id}",
        details={
            "person": person.id,
            "kind": kind.value,
            "last_day": last_day.isoformat(),
            "to_department": handover.to_department_id,
            "sudden": sudden,
        },
    )
    work.session.flush()
    look(work, handover, obligations)
    _tell(work, handover)
    return handover


_MOVERS_STAY = N_("Whoever moves stays in the company and can help.")
_ALREADY_OPEN = N_("There is already an open handover of this person.")


def _check(
    work: UnitOfWork, person: Person, kind: HandoverKind, last_day: date, to_department_id: int | None, sudden: bool
) -> None:
    wrong: dict[str, Message] = {}
    if person.leaving_on is not None:
        wrong["person_id"] = Message(_ALREADY_OPEN)
    if problem := _day_problem(work, last_day):
        wrong["last_day"] = problem
    if kind == HandoverKind.TRANSFER:
        target = work.session.get(Department, to_department_id) if to_department_id else None
        if target is None or target.id == person.department_id:
            wrong["to_department_id"] = Message(N_("Choose another department than the present one."))
    if sudden and kind == HandoverKind.TRANSFER:
        wrong["sudden"] = Message(_MOVERS_STAY)
    if wrong:
        raise Invalid(fields=wrong)


def _day_problem(work: UnitOfWork, last_day: date) -> Message | None:
    if last_day < work.today:
        return Message(N_("The last day cannot be in the past. For somebody who is already gone, choose today."))
    if last_day > work.today + timedelta(days=FARTHEST_DAY):
        return Message(N_("The last day is at most a year ahead."))
    return None


def load_handover(
    work: UnitOfWork,
    handover_id: int,
    version: int | None = None,
    *,
    may: Callable[[Actor, Leader], bool] = may_manage,
) -> Handover:
    """The open handover, locked, if the acting person may do with it what the rule `may` is about.

    Raises NotFound, NotPermitted, StaleVersion over an older `version`, Conflict when it is over.
    """
    handover = handover_by_id(work.session, handover_id, lock=True)
    if handover is None:
        raise NotFound()
    stand = stands(work.session, work.person, handover.person, handover.from_department)
    if not may_see(work.person, stand):
        raise NotFound()
    if not may(work.person, stand):
        raise NotPermitted()
    if version is not None:
        handover.check_version(version)
    if handover.state != HandoverState.OPEN:
        raise Conflict(N_("This handover is over."))
    return handover


def change_last_day(work: UnitOfWork, handover_id: int, last_day: date, version: int) -> Handover:
    """Put the last day on another date. Raises as `load_handover`, and Invalid."""
    handover = load_handover(work, handover_id, version)
    if problem := _day_problem(work, last_day):
        raise Invalid(fields={"last_day": problem})
    old, handover.last_day = handover.last_day, last_day
    handover.person.leaving_on = last_day
    work.record(
        "handover:day",
        f"handovers:{handover.id}",
        details={"person": handover.person_id, "old": old.isoformat(), "new": last_day.isoformat()},
    )
    return handover


def stop_downloads(work: UnitOfWork, handover_id: int, stopped: bool, version: int) -> Handover:
    """Give the leaver no originals and copies any more, or again. Raises as `load_handover`."""
    handover = load_handover(work, handover_id, version)
    if handover.person.downloads_stopped != stopped:
        handover.person.downloads_stopped = stopped
        work.record(
            "handover:downloads",
            f"handovers:{handover.id}",
            details={"person": handover.person_id, "stopped": stopped},
        )
    return handover


def let_in_no_longer(work: UnitOfWork, handover_id: int, version: int) -> Handover:
    """The person is gone before the last day: log-ins end, the password is good no longer, nothing is given out.

    Raises as `load_handover`; Conflict for somebody who moves, and stays in the company.
    """
    handover = load_handover(work, handover_id, version)
    if handover.kind == HandoverKind.TRANSFER:
        raise Conflict(_MOVERS_STAY)
    if not handover.sudden:
        handover.sudden = handover.person.downloads_stopped = True
        lock_out(work, handover.person)
    return handover


def call_off(work: UnitOfWork, handover_id: int, version: int) -> Handover:
    """The person stays after all: what was given back and handed over remains so. Raises as `load_handover`."""
    handover = load_handover(work, handover_id, version)
    handover.state = HANDOVER[handover.state, HandoverAction.CALL_OFF]
    handover.closed_at, handover.closed_by_id = work.now, work.person.id
    handover.person.leaving_on, handover.person.downloads_stopped = None, False
    work.record("handover:call_off", f"handovers:{handover.id}", details={"person": handover.person_id})
    return handover


def _tell(work: UnitOfWork, handover: Handover) -> None:
    """Whoever has something to do hears of it: the leaver, and those who will sign."""
    from_both = {person.id for side in Side for person in signers(work.session, handover, side)}
    for person_id in sorted((from_both | {handover.person_id}) - {work.person.id}):
        notify(
            work,
            person_id,
            NoticeKind.HANDOVER_OPENED,
            str(handover.id),
            about_id=handover.person_id,
            last_day=handover.last_day,
        )
