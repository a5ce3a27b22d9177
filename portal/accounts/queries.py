"""Who is who."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, false, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager

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
        leaving=person.leaving_on is not None,
        downloads_stopped=person.downloads_stopped,
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


def is_card_of_leaver(session: Session, text: str) -> bool:
    """Whether `text` is the number of a card whose bearer has left."""
    number = read_card_number(text)
    return number is not None and bool(
        session.scalar(select(Person.id).where(Person.card_number == number, Person.departed_at.is_not(None)))
    )


def active_people(session: Session) -> Sequence[Person]:
    """Everyone who can be chosen somewhere, by name."""
    return session.scalars(select(Person).where(Person.departed_at.is_(None)).order_by(Person.name)).all()


def stays() -> ColumnElement[bool]:
    """WHERE clause over Person: neither gone nor leaving, so that something may be handed to them."""
    return and_(Person.departed_at.is_(None), Person.leaving_on.is_(None))


def people_who_stay(session: Session, but: int | None = None) -> Sequence[Person]:
    """Everyone to whom something may be handed over, by name, without the person `but`."""
    return session.scalars(select(Person).where(stays(), Person.id != (but or 0)).order_by(Person.name)).all()


def successor(session: Session, person_id: int) -> Person | None:
    """The person, if they stay; read anew, and kept from leaving until the commit."""
    return session.scalar(
        select(Person)
        .where(Person.id == person_id, stays())
        .with_for_update(read=True, of=Person)
        .execution_options(populate_existing=True)
    )


def hold_people(session: Session, ids: Iterable[int]) -> dict[int, Person]:
    """These people as they are now, by id; whoever closes one of the accounts waits until this is committed.

    Whoever gives somebody something to look after holds them first, and looks at `departed_at` after that: so a
    sign-off sees what was given, or what is given sees the sign-off. Held in the order of the ids, so that nobody
    waits in a circle.
    """
    query = select(Person).where(Person.id.in_(set(ids))).order_by(Person.id).with_for_update(read=True, of=Person)
    return {person.id: person for person in session.scalars(query.execution_options(populate_existing=True))}


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
    query = (
        select(LoginSession)
        .join(Person, Person.id == LoginSession.person_id)
        .where(
            LoginSession.token_digest == token_digest(token),
            LoginSession.ended_at.is_(None),
            LoginSession.expires_at > now,
            Person.departed_at.is_(None),
        )
        .options(contains_eager(LoginSession.person).joinedload(Person.roles))
    )
    return session.scalars(query).unique().one_or_none()


def signatories(session: Session, department: Department) -> Signatories:
    """Who leads the department now: whoever leaves signs for nobody, as if nobody were named (R17)."""
    named = [session.get(Person, each) if each else None for each in (department.head_id, department.deputy_id)]
    return Signatories(*(person.id if person and person.leaving_on is None else None for person in named))


def signs_as_head_for(session: Session, actor: Actor, person: Person, department: Department) -> bool:
    """Whether `actor` may sign as head for `person`, about something of `department`."""
    if actor.id == person.id or actor.leaving:
        return False
    people, roles = head_signers(person.id, person.role_set, signatories(session, department))
    return actor.id in people or bool(actor.roles & roles)


def people_signed_for(actor: Actor) -> ColumnElement[bool]:
    """WHERE clause over Person and Department (the person's): those for whom `actor` signs as head.

    The same rule as `head_signers`, for lists; a test holds the two together.
    """
    if actor.leaving:
        return false()
    general = PersonRole.role == Role.GENERAL_MANAGER
    records = PersonRole.role == Role.RECORDS_MANAGER

    def has(role: ColumnElement[bool]) -> ColumnElement[bool]:
        return select(PersonRole.person_id).where(PersonRole.person_id == Person.id, role).exists()

    is_general, is_records = has(general), and_(~has(general), has(records))
    plain = and_(~has(general), ~has(records))
    head, deputy = _while_staying(Department.head_id), _while_staying(Department.deputy_id)
    is_head = head == Person.id
    leads = and_(
        plain,
        or_(
            and_(is_head, deputy == actor.id),
            and_(or_(head.is_(None), head != Person.id), or_(head == actor.id, deputy == actor.id)),
        ),
    )
    nobody_else = and_(or_(is_head, head.is_(None)), or_(deputy.is_(None), deputy == Person.id))
    clauses = [leads]
    if Role.GENERAL_MANAGER in actor.roles:
        clauses += [is_records, and_(plain, nobody_else)]
    if Role.RECORDS_MANAGER in actor.roles:
        clauses.append(is_general)
    return and_(Person.id != actor.id, or_(*clauses))


def _while_staying(person_id: Any) -> ScalarSelect[int]:
    """Whom a department's column names, unless they leave."""
    named = aliased(Person)
    return (
        select(named.id)
        .where(named.id == person_id, named.leaving_on.is_(None))
        .correlate(Department)
        .scalar_subquery()
    )


def open_sessions(session: Session, person_id: int, now: datetime) -> Sequence[LoginSession]:
    """A person's log-ins that have neither ended nor expired, newest first."""
    return session.scalars(
        select(LoginSession)
        .where(LoginSession.person_id == person_id, LoginSession.ended_at.is_(None), LoginSession.expires_at > now)
        .order_by(LoginSession.created_at.desc())
    ).all()
