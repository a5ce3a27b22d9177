"""Who is who."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, contains_eager

from portal.accounts.models import Department, EndedCard, LoginSession, Person, PersonRole
from portal.accounts.rules import Signatories, head_signers, read_card_number
from portal.core.permissions import Actor, Role


def actor_of(session: Session, person: Person) -> Actor:
    """The person as services see them, with the departments they lead."""
    led = session.execute(
        select(Department.id, Department.head_id, Department.deputy_id).where(
            or_(Department.head_id == person.id, Department.deputy_id == person.id)
        )
    ).all()
    return Actor(
        id=person.id,
        name=person.name,
        department_id=person.department_id,
        clearance=person.clearance,
        roles=person.role_set,
        headed_departments=frozenset(row.id for row in led if row.head_id == person.id),
        deputised_departments=frozenset(row.id for row in led if row.deputy_id == person.id),
    )


def person_by_login(session: Session, login: str) -> Person | None:
    """The account with this log-in name, departed or not."""
    return session.scalar(select(Person).where(Person.login == login.strip().casefold()))


def person_by_card(session: Session, text: str) -> Person | None:
    """Whose card says `text`; None for a number that is none, is no longer good, or of somebody who has left."""
    number = read_card_number(text)
    if number is None:
        return None
    return session.scalar(select(Person).where(Person.card_number == number, Person.departed_at.is_(None)))


def is_ended_card(session: Session, text: str) -> bool:
    """Whether `text` is the number of a card that was replaced: found again, it opens nothing."""
    number = read_card_number(text)
    return number is not None and session.get(EndedCard, number) is not None


def active_people(session: Session) -> Sequence[Person]:
    """Everyone who can be chosen somewhere, by name."""
    return session.scalars(select(Person).where(Person.departed_at.is_(None)).order_by(Person.name)).all()


def departments(session: Session) -> Sequence[Department]:
    """All departments, by name."""
    return session.scalars(select(Department).order_by(Department.name)).all()


def holders_of(session: Session, role: Role) -> Sequence[Person]:
    """Active people with this role."""
    return session.scalars(
        select(Person)
        .join(PersonRole, PersonRole.person_id == Person.id)
        .where(PersonRole.role == role, Person.departed_at.is_(None))
        .order_by(Person.name)
    ).all()


def token_digest(token: str) -> str:
    """What the table keeps of a session token."""
    return hashlib.sha256(token.encode()).hexdigest()


def session_by_token(session: Session, token: str, now: datetime) -> LoginSession | None:
    """The log-in of this token, if it has neither ended nor expired and the person has not left."""
    return session.scalar(
        select(LoginSession)
        .join(Person, Person.id == LoginSession.person_id)
        .where(
            LoginSession.token_digest == token_digest(token),
            LoginSession.ended_at.is_(None),
            LoginSession.expires_at > now,
            Person.departed_at.is_(None),
        )
        .options(contains_eager(LoginSession.person).selectinload(Person.roles))
    )


def signs_as_head_for(session: Session, actor: Actor, person: Person, department: Department) -> bool:
    """Whether `actor` may sign as head for `person`, about something of `department`."""
    if actor.id == person.id:
        return False
    people, roles = head_signers(person.id, person.role_set, Signatories(department.head_id, department.deputy_id))
    return actor.id in people or bool(actor.roles & roles)


def people_signed_for(actor: Actor) -> ColumnElement[bool]:
    """WHERE clause over Person and Department (the person's): those for whom `actor` signs as head.

    The same rule as `head_signers`, for lists; a test holds the two together.
    """
    general = PersonRole.role == Role.GENERAL_MANAGER
    records = PersonRole.role == Role.RECORDS_MANAGER

    def has(role: ColumnElement[bool]) -> ColumnElement[bool]:
        return select(PersonRole.person_id).where(PersonRole.person_id == Person.id, role).exists()

    is_general, is_records = has(general), and_(~has(general), has(records))
    plain = and_(~has(general), ~has(records))
    is_head = Department.head_id == Person.id
    leads = and_(
        plain,
        or_(
            and_(is_head, Department.deputy_id == actor.id),
            and_(
                or_(Department.head_id.is_(None), Department.head_id != Person.id),
                or_(Department.head_id == actor.id, Department.deputy_id == actor.id),
            ),
        ),
    )
    nobody_else = or_(
        and_(is_head, or_(Department.deputy_id.is_(None), Department.deputy_id == Person.id)),
        and_(Department.head_id.is_(None), or_(Department.deputy_id.is_(None), Department.deputy_id == Person.id)),
    )
    clauses = [leads]
    if Role.GENERAL_MANAGER in actor.roles:
        clauses += [is_records, and_(plain, nobody_else)]
    if Role.RECORDS_MANAGER in actor.roles:
        clauses.append(is_general)
    return and_(Person.id != actor.id, or_(*clauses))


def open_sessions(session: Session, person_id: int, now: datetime) -> Sequence[LoginSession]:
    """A person's log-ins that have neither ended nor expired, newest first."""
    return session.scalars(
        select(LoginSession)
        .where(LoginSession.person_id == person_id, LoginSession.ended_at.is_(None), LoginSession.expires_at > now)
        .order_by(LoginSession.created_at.desc())
    ).all()
