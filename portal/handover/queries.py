"""Handovers as people see them: whose they are, who signs, which contents are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, case, false, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from portal.accounts.models import Department, Person, PersonRole
from portal.accounts.queries import people_signed_for, signatories, signs_as_head_for, stays
from portal.accounts.rules import head_signers
from portal.core.obligations import Side
from portal.core.permissions import Actor, Level, Permission, Role
from portal.handover.models import Handover, HandoverCertificate, HandoverItem, HandoverSignature
from portal.handover.rules import RECORDS_ROLES, Leader, records_side
from portal.handover.states import HandoverState
from portal.lending.rules import Candidate


def stands(session: Session, actor: Actor, person: Person, department: Department) -> Leader:
    """How `actor` stands to somebody who leaves `department`."""
    return Leader(actor.id == person.id, signs_as_head_for(session, actor, person, department))


def handover_by_id(session: Session, handover_id: int, *, lock: bool = False) -> Handover | None:
    """A handover with its people; with `lock`, the row is read anew and kept until the commit."""
    query = (
        select(Handover)
        .where(Handover.id == handover_id)
        .options(
            joinedload(Handover.person).joinedload(Person.roles),
            joinedload(Handover.from_department).options(joinedload(Department.head), joinedload(Department.deputy)),
            joinedload(Handover.to_department),
            joinedload(Handover.opened_by),
            joinedload(Handover.closed_by),
            joinedload(Handover.signatures).joinedload(HandoverSignature.signed_by),
            joinedload(Handover.certificate),
        )
    )
    if lock:
        query = query.with_for_update(of=Handover).execution_options(populate_existing=True)
    return session.scalars(query).unique().one_or_none()


def open_handover_of(session: Session, person_id: int) -> Handover | None:
    """The open handover of a person, if there is one."""
    return session.scalar(select(Handover).where(Handover.person_id == person_id, Handover.state == HandoverState.OPEN))


def open_ids(session: Session) -> Sequence[int]:
    """All open handovers, oldest first."""
    return session.scalars(select(Handover.id).where(Handover.state == HandoverState.OPEN).order_by(Handover.id)).all()


def shown_to(actor: Actor) -> ColumnElement[bool]:
    """WHERE clause over Handover, Person (the leaver) and Department (theirs then): those `actor` may see."""
    if actor.may(Permission.HANDOVER_VIEW):
        return Handover.id.is_not(None)
    leads = people_signed_for(actor) if _may_lead(actor) else false()
    return or_(Handover.person_id == actor.id, leads)


def handovers(actor: Actor) -> Select[Handover]:
    """The handovers `actor` may see: open ones first, the next last day on top, then those that are over."""
    return (
        select(Handover)
        .join(Person, Person.id == Handover.person_id)
        .join(Department, Department.id == Handover.from_department_id)
        .where(shown_to(actor))
        .options(joinedload(Handover.person), joinedload(Handover.from_department), selectinload(Handover.signatures))
        .order_by(
            Handover.state != HandoverState.OPEN,
            case((Handover.state == HandoverState.OPEN, Handover.last_day)),
            Handover.last_day.desc(),
            Handover.id.desc(),
        )
    )


@dataclass(frozen=True)
class Glance:
    """An open handover in one line: whose, until when, and how much of what was found is closed."""

    id: int
    name: str
    last_day: date
    closed: int
    total: int


def own_glance(session: Session, actor: Actor) -> Glance | None:
    """The open handover of the acting person; asked for only while they leave."""
    if not actor.leaving:
        return None
    own = _glances().where(Handover.person_id == actor.id)
    return next((Glance(*row) for row in session.execute(own)), None)


def glances_to_sign(session: Session, actor: Actor, limit: int) -> list[Glance]:
    """Open handovers that wait for a signature of the acting person, now or once nothing is open, next last day first.

    The same rule as `signers`, for a list; a test holds the two together.
    """
    if actor.leaving or not _may_lead(actor):
        return []
    theirs: ColumnElement[bool] = (
        people_signed_for(actor) & ~_signed(Side.DEPARTMENT) & ~_signed(Side.RECORDS, actor.id)
    )
    if Role.GENERAL_MANAGER in actor.roles:
        theirs = or_(theirs, ~_signed(Side.DEPARTMENT) & _heads_signed_for_records())
    if Role.RECORDS_MANAGER in actor.roles:
        theirs = or_(theirs, ~_signed(Side.RECORDS) & ~_signed(Side.DEPARTMENT, actor.id))
    elif Role.GENERAL_MANAGER in actor.roles:
        theirs = or_(theirs, ~_signed(Side.RECORDS) & ~_signed(Side.DEPARTMENT, actor.id) & ~_records_manager_signs())
    rows = session.execute(
        _glances()
        .join(Department, Department.id == Handover.from_department_id)
        .where(theirs, Handover.person_id != actor.id)
        .order_by(Handover.last_day, Handover.id)
        .limit(limit)
    )
    return [Glance(*row) for row in rows]


def _glances() -> Select[int, str, date, int, int]:
    found = select(func.count()).where(HandoverItem.handover_id == Handover.id)
    closed = _counted(found.where(HandoverItem.closed_at.is_not(None)))
    return (
        select(Handover.id, Person.name, Handover.last_day, closed, _counted(found))
        .join(Person, Person.id == Handover.person_id)
        .where(Handover.state == HandoverState.OPEN)
    )


def _counted(query: Select[int]) -> ScalarSelect[int]:
    return query.correlate(Handover).scalar_subquery()


def _records_manager_signs() -> ColumnElement[bool]:
    """Whether there is a records manager who stays and has not signed for the department: then it is theirs."""
    other = aliased(Person)
    return (
        select(PersonRole.person_id)
        .join(other, other.id == PersonRole.person_id)
        .where(
            PersonRole.role == Role.RECORDS_MANAGER,
            other.departed_at.is_(None),
            other.leaving_on.is_(None),
            ~_signed(Side.DEPARTMENT, other.id),
        )
        .correlate(Handover)
        .exists()
    )


def _heads_signed_for_records() -> ColumnElement[bool]:
    """Whether all who lead the department have signed for the records department: then none of them signs again."""
    leader = aliased(Person)
    leaders = select(leader.id).where(
        or_(leader.id == Department.head_id, leader.id == Department.deputy_id),
        leader.departed_at.is_(None),
        leader.leaving_on.is_(None),
        leader.id != Handover.person_id,
    )
    able = leaders.where(~_signed(Side.RECORDS, leader.id)).correlate(Handover, Department).exists()
    return and_(_signed(Side.RECORDS), leaders.correlate(Handover, Department).exists(), ~able)


def _signed(side: Side, by_id: Any = None) -> ColumnElement[bool]:
    rows = select(HandoverSignature.id).where(
        HandoverSignature.handover_id == Handover.id, HandoverSignature.side == side
    )
    if by_id is not None:
        rows = rows.where(HandoverSignature.signed_by_id == by_id)
    return rows.correlate_except(HandoverSignature).exists()


def handover_of(session: Session, actor: Actor, person_id: int) -> int | None:
    """The id of the open handover of a person, or of somebody who has left the last one, if `actor` may see it."""
    return session.scalar(
        select(Handover.id)
        .join(Person, Person.id == Handover.person_id)
        .join(Department, Department.id == Handover.from_department_id)
        .where(
            Handover.person_id == person_id,
            or_(Handover.state == HandoverState.OPEN, Person.departed_at.is_not(None)),
            shown_to(actor),
        )
        .order_by(Handover.id.desc())
        .limit(1)
    )


def people_to_open_for(session: Session, actor: Actor) -> Sequence[Person]:
    """Whose handover `actor` may open, by name: present, without an open one."""
    everyone = actor.may(Permission.HANDOVER_MANAGE)
    return session.scalars(
        select(Person)
        .join(Department, Department.id == Person.department_id)
        .where(
            stays(),
            Person.id != actor.id,
            Person.id.is_not(None) if everyone else people_signed_for(actor),
        )
        .order_by(Person.name, Person.id)
    ).all()


def signers(session: Session, handover: Handover, side: Side) -> Sequence[Person]:
    """Who may sign for `side` now, by name; nobody: somebody must be named first."""
    return signers_of_both(session, handover)[side]


def signers_of_both(session: Session, handover: Handover) -> dict[Side, list[Person]]:
    """Who may sign for each side now, by name."""
    department, signed = handover.from_department, {row.side: row.signed_by_id for row in handover.signatures}
    leaders = {department.head_id, department.deputy_id} - {None}
    records = select(PersonRole.person_id).where(PersonRole.role.in_(RECORDS_ROLES))
    people = (
        session.scalars(
            select(Person)
            .where(stays(), or_(Person.id.in_(leaders), Person.id.in_(records)))
            .options(joinedload(Person.roles))
            .order_by(Person.name, Person.id)
        )
        .unique()
        .all()
    )
    named, roles = head_signers(handover.person_id, handover.person.role_set, signatories(session, department))
    heads = named | {row.id for row in people if row.role_set & roles and row.id != handover.person_id}
    candidates = [Candidate(row.id, row.role_set, row.clearance == Level.CORE) for row in people]
    able = set(heads) - {signed.get(Side.RECORDS)}
    if not able:  # Where one person would sign twice, the general manager signs second.
        able = {row.id for row in people if Role.GENERAL_MANAGER in row.role_set and row.id != handover.person_id}
        able -= {signed.get(Side.RECORDS)}
    ids = {
        Side.DEPARTMENT: able,
        Side.RECORDS: records_side(candidates, handover.person_id, signed.get(Side.DEPARTMENT)),
    }
    return {side: [row for row in people if row.id in ids[side]] for side in Side}


def successors(session: Session, handover: Handover) -> list[tuple[int, str]]:
    """Who can take something over: id, name and department; those of the same department first, as it mostly is."""
    same = Person.department_id == handover.from_department_id
    rows = session.execute(
        select(Person.id, Person.name, Department.name)
        .join(Department, Department.id == Person.department_id)
        .where(stays(), Person.id != handover.person_id)
        .order_by(case((same, 0), else_=1), Person.name)
    )
    return [(row_id, f"{name}, {department}") for row_id, name, department in rows]


def kept_contents(session: Session) -> set[str]:
    """Keys of what the archive store keeps for handovers: the certificates."""
    return set(session.scalars(select(HandoverCertificate.content_key)))


def _may_lead(actor: Actor) -> bool:
    leads = actor.headed_departments or actor.deputised_departments
    return bool(leads) or bool(actor.roles & set(RECORDS_ROLES))
