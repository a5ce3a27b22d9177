"""Who signs a request: for one request as people, for one person as a WHERE clause. A test holds the two together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, false, or_, select
from sqlalchemy.orm import Session, aliased

from portal.access.queries import known_to
from portal.accounts.models import Department, Person, PersonRole
from portal.accounts.queries import people_signed_for, signatories, stays
from portal.accounts.rules import head_signers
from portal.core.permissions import Actor, Level, Permission, Role
from portal.dossiers.models import Dossier
from portal.lending.models import Decision, DecisionStage, Request, RequestedVolume, RequestLine
from portal.lending.rules import Candidate, records_signers
from portal.lending.states import OPEN_LINE_STATES, LineState

_STAGES = {LineState.SUBMITTED: DecisionStage.HEAD, LineState.HEAD_APPROVED: DecisionStage.RECORDS}


@dataclass(frozen=True)
class Signers:
    """Whose signature a request waits for. Nobody: the request cannot go on until somebody is named."""

    stage: DecisionStage
    people: tuple[Person, ...]

    def include(self, actor: Actor) -> bool:
        """Whether `actor` is one of them."""
        return any(person.id == actor.id for person in self.people)


def signers_of(session: Session, line: RequestLine) -> Signers | None:
    """Who may sign the line next, by name; None when it waits for no signature."""
    stage = _STAGES.get(line.state)
    if stage is None:
        return None
    barred = frozenset({line.reader_id, line.request.filed_by_id})
    if stage == DecisionStage.HEAD:
        ids = _head_candidates(session, line.reader) - barred
    else:
        barred |= {row.decided_by_id for row in line.decisions if row.stage == DecisionStage.HEAD}
        ids = records_signers(_records_candidates(session), line.dossier.level, barred)
    people = session.scalars(select(Person).where(Person.id.in_(ids), stays()).order_by(Person.name, Person.id))
    core = line.dossier.level == Level.CORE
    return Signers(stage, tuple(row for row in people if row.clearance == Level.CORE or not core))


def _head_candidates(session: Session, reader: Person) -> frozenset[int]:
    department = reader.department
    people, roles = head_signers(reader.id, reader.role_set, signatories(session, department))
    holders = session.scalars(select(PersonRole.person_id).where(PersonRole.role.in_(roles)))
    return people | frozenset(holders)


def _records_candidates(session: Session) -> list[Candidate]:
    rows = session.scalars(
        select(Person)
        .join(PersonRole)
        .where(PersonRole.role.in_([Role.RECORDS_MANAGER, Role.GENERAL_MANAGER]), stays())
        .distinct()
    )
    return [Candidate(row.id, row.role_set, row.clearance == Level.CORE) for row in rows]


def awaiting(actor: Actor, today: date) -> ColumnElement[bool]:
    """WHERE clause over RequestLine, Request and Dossier (joined): lines `actor` may sign now.

    The same rules as `signers_of`. What the actor may not know of is not there, nor what has lapsed.
    """
    return and_(
        or_(_awaits_head(actor), _awaits_records(actor)),
        RequestLine.reader_id != actor.id,
        Request.filed_by_id != actor.id,
        known_to(actor, Dossier),
        not_lapsed(today),
    )


def not_lapsed(today: date) -> ColumnElement[bool]:
    """Lines still within their time; the sweep may not have run yet, so every list asks.

    A line for which a volume is kept at the desk lasts at least as long as that.
    """
    kept = (
        exists()
        .where(
            RequestedVolume.line_id == RequestLine.id,
            RequestedVolume.outcome == "wanted",
            RequestedVolume.hold_until >= today,
        )
        .correlate(RequestLine)
    )
    return or_(
        RequestLine.state.not_in(OPEN_LINE_STATES),
        RequestLine.expires_on.is_(None),
        RequestLine.expires_on >= today,
        kept,
    )


def signs_as_head(actor: Actor) -> ColumnElement[bool]:
    """Lines of the people for whom the actor signs as head, in whatever state."""
    return exists(
        select(Person.id)
        .join(Department, Department.id == Person.department_id)
        .where(Person.id == RequestLine.reader_id, people_signed_for(actor))
        .correlate(RequestLine)
    )


def _awaits_head(actor: Actor) -> ColumnElement[bool]:
    return and_(RequestLine.state == LineState.SUBMITTED, signs_as_head(actor))


def _awaits_records(actor: Actor) -> ColumnElement[bool]:
    if actor.leaving or not actor.may(Permission.REQUEST_DECIDE_RECORDS):
        return false()
    clause = and_(RequestLine.state == LineState.HEAD_APPROVED, ~_signed_as_head_by(actor.id))
    if Role.RECORDS_MANAGER in actor.roles:
        return clause
    manager, role = aliased(Person), aliased(PersonRole)
    able = exists(
        select(manager.id)
        .join(role, role.person_id == manager.id)
        .where(
            role.role == Role.RECORDS_MANAGER,
            manager.departed_at.is_(None),
            manager.leaving_on.is_(None),
            manager.id != RequestLine.reader_id,
            manager.id != Request.filed_by_id,
            ~_signed_as_head_by(manager.id),
            or_(Dossier.level != Level.CORE, manager.clearance == Level.CORE),
        )
        .correlate(RequestLine, Request, Dossier)
    )
    return and_(clause, ~able)


def _signed_as_head_by(person_id: object) -> ColumnElement[bool]:
    return exists().where(
        Decision.line_id == RequestLine.id,
        Decision.stage == DecisionStage.HEAD,
        Decision.decided_by_id == person_id,
    )
