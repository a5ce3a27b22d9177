"""Log-in, accounts, roles. Every change of password or role ends the person's sessions."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select, update
from sqlalchemy.orm.attributes import flag_modified

from portal.accounts.models import NO_PASSWORD, Department, EndedCard, LoginSession, Person, PersonRole
from portal.accounts.queries import actor_of, hold_people, person_by_login, token_digest
from portal.accounts.rules import CARD_BODIES, card_number, login_delay
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted, PortalError
from portal.core.messages import N_, Message
from portal.core.permissions import Level, Permission, Role
from portal.core.unit_of_work import UnitOfWork

_hasher = PasswordHasher()
_NO_ONE = _hasher.hash(secrets.token_hex(16))
"""Checked when the log-in name is unknown, so that the answer takes as long as for a known one."""


class LoginRefused(PortalError):
    """Wrong name or password, or too soon after too many wrong ones. `person_id` only for the trail."""

    message_id = N_("The name or the password is wrong, or there were too many attempts: wait a little and try again.")
    status = 422

    def __init__(self, message_id: str | None = None, *, person_id: int | None = None, **params: object) -> None:
        super().__init__(message_id, **params)
        self.person_id = person_id


def count_attempt(work: UnitOfWork, login: str) -> None:
    """Count an attempt before its password is looked at, so that guesses sent side by side wait their turn too.

    In a transaction of its own. A right password sets the count back. Raises LoginRefused within the delay.
    """
    query = select(Person).where(Person.login == login.strip().casefold()).with_for_update()
    person = work.session.scalar(query)
    if person is None:
        return
    if person.login_not_before and person.login_not_before > work.now:
        raise LoginRefused(person_id=person.id)
    person.failed_logins += 1
    delay = login_delay(person.failed_logins)
    person.login_not_before = work.now + delay if delay else None


def check_password(work: UnitOfWork, login: str, password: str) -> Person:
    """The person of this name and password; LoginRefused otherwise. Reads only, and takes a while."""
    person = person_by_login(work.session, login)
    if person is None or person.departed_at is not None:
        _matches(_NO_ONE, password)
        raise LoginRefused(person_id=person.id if person else None)
    if not _matches(person.password_hash, password):
        raise LoginRefused(person_id=person.id)
    return person


def open_log_in(
    work: UnitOfWork, person_id: int, password_hash: str, *, hours: int, address: str | None, browser: str
) -> tuple[Person, str]:
    """Open a session for whoever passed `check_password`; returns the person and the token for the cookie.

    `password_hash` is the one that was checked: LoginRefused if it has been changed since.
    """
    person = work.session.get_one(Person, person_id, with_for_update=True, populate_existing=True)
    if person.password_hash != password_hash or person.departed_at is not None:
        raise LoginRefused(person_id=person_id)
    person.failed_logins, person.login_not_before = 0, None
    token = secrets.token_urlsafe(32)
    row = LoginSession(
        token_digest=token_digest(token),
        person_id=person.id,
        created_at=work.now,
        last_seen_at=work.now,
        expires_at=work.now + timedelta(hours=hours),
        address=address,
        browser=browser[:200],
    )
    work.session.add(row)
    work.session.flush()
    work.actor = actor_of(work.session, person)
    work.record("session:log_in", f"people:{person.id}", details={"session": row.id})
    work.tell_logged_in(person.id, row.id)
    return person, token


def record_failed_login(work: UnitOfWork, login: str, person_id: int | None) -> None:
    """The attempt goes into the trail; `count_attempt` has counted it."""
    work.record(
        "session:refused",
        f"people:{person_id}" if person_id else "people:unknown",
        # What names nobody may be a password typed into the wrong field: it is not kept.
        personal={"login": login[:60]} if person_id else None,
    )


def log_out(work: UnitOfWork, session_id: int) -> None:
    """End one session of the acting person."""
    row = work.session.get(LoginSession, session_id)
    if row is None or row.person_id != work.person.id:
        raise NotFound()
    if row.ended_at is None:
        row.ended_at, row.ended_reason = work.now, "log-out"
        work.record("session:log_out", f"people:{row.person_id}", details={"session": row.id})


def end_sessions(work: UnitOfWork, person_id: int, reason: str, *, but: int | None = None) -> None:
    """End every open session of a person, except `but`."""
    work.session.execute(
        update(LoginSession)
        .where(LoginSession.person_id == person_id, LoginSession.ended_at.is_(None), LoginSession.id != (but or 0))
        .values(ended_at=work.now, ended_reason=reason)
    )


def _for_administrators(work: UnitOfWork) -> None:
    """Accounts are the administrator's; without an acting person it is a command of who runs the machine."""
    if work.actor is not None:
        work.require(Permission.PEOPLE_MANAGE)


def add_department(work: UnitOfWork, name: str) -> Department:
    """Add a department; Invalid when the name is taken."""
    _for_administrators(work)
    if work.session.scalar(select(Department.id).where(Department.name == name)):
        raise Invalid(N_("There is already a department named %(name)s."), name=name)
    department = Department(name=name)
    work.session.add(department)
    work.session.flush()
    work.record("department:add", f"departments:{department.id}", details={"name": name})
    return department


def lead_department(
    work: UnitOfWork, department: Department, head_id: int | None, deputy_id: int | None, *, version: int
) -> None:
    """Name head and deputy; their rights change with the next request.

    Raises StaleVersion, or Invalid when both are the same person or one of them has left.
    """
    _for_administrators(work)
    department.check_version(version)
    if head_id is not None and head_id == deputy_id:
        raise Invalid(fields={"deputy_id": Message(N_("Head and deputy are two people."))})
    held = hold_people(work.session, [person_id for person_id in (head_id, deputy_id) if person_id])
    for field, person_id in (("head_id", head_id), ("deputy_id", deputy_id)):
        person = held.get(person_id) if person_id else None
        if person_id and (person is None or person.departed_at is not None):
            raise Invalid(fields={field: Message(N_("This person is no longer here."))})
        if person and person.leaving_on is not None and person_id != getattr(department, field):
            raise Invalid(fields={field: Message(N_("This person leaves: name somebody who stays."))})
    old = {"head": department.head_id, "deputy": department.deputy_id}
    department.head_id, department.deputy_id = head_id, deputy_id
    work.session.flush()
    work.record(
        "department:lead",
        f"departments:{department.id}",
        details={"old": old, "new": {"head": head_id, "deputy": deputy_id}},
    )


def add_person(
    work: UnitOfWork,
    *,
    login: str,
    name: str,
    password: str,
    roles: Iterable[Role],
    department_id: int,
    clearance: Level,
    language: str = "en",
    email: str = "",
    password_length: int,
) -> Person:
    """Add an account. Raises Invalid with the fields that break a rule."""
    _for_administrators(work)
    login = login.strip().casefold()
    wrong: dict[str, Message] = {}
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,59}", login):
        wrong["login"] = Message(N_("A log-in name has 2 to 60 letters, digits, dots, dashes."))
    elif person_by_login(work.session, login):
        wrong["login"] = Message(N_("This log-in name is taken."))
    if not name.strip():
        wrong["name"] = Message(N_("Please fill in this field."))
    if email and not _is_email(email):
        wrong["email"] = Message(N_("This is not an e-mail address."))
    if problem := password_problem(password, login, password_length):
        wrong["password"] = problem
    if wrong:
        raise Invalid(fields=wrong)
    person = Person(
        login=login,
        name=name.strip(),
        email=email,
        department_id=department_id,
        clearance=clearance,
        language=language,
        password_hash=_hasher.hash(password),
        created_at=work.now,
        card_number=_unused_card_number(work),
        roles=[PersonRole(role=role) for role in sorted(set(roles) | {Role.EMPLOYEE})],
    )
    work.session.add(person)
    work.session.flush()
    work.record(
        "person:add",
        f"people:{person.id}",
        details={"roles": sorted(person.role_set), "clearance": clearance, "department": department_id},
        personal={"login": login, "name": person.name, "email": email},
    )
    return person


def password_problem(password: str, login: str, least: int) -> Message | None:
    """What is wrong with a new password, or None."""
    if len(password) < least:
        return Message(N_("A password has at least %(least)s characters."), {"least": least})
    if login and login in password.casefold():
        return Message(N_("The password must not contain the log-in name."))
    return None


def change_password(work: UnitOfWork, old: str, new: str, *, least: int, session_id: int) -> None:
    """Change the acting person's password; every other session of theirs ends."""
    person = work.session.get_one(Person, work.person.id)
    if not _matches(person.password_hash, old):
        raise Invalid(fields={"old": Message(N_("This is not your present password."))})
    if problem := password_problem(new, person.login, least):
        raise Invalid(fields={"new": problem})
    person.password_hash = _hasher.hash(new)
    end_sessions(work, person.id, "password changed", but=session_id)
    work.record("person:password", f"people:{person.id}")


def reset_password(work: UnitOfWork, person: Person, new: str, *, least: int) -> None:
    """Give somebody who forgot theirs a new password; every log-in of theirs ends, and no delay remains."""
    _for_administrators(work)
    if problem := password_problem(new, person.login, least):
        raise Invalid(fields={"password": problem})
    person.password_hash = _hasher.hash(new)
    person.failed_logins, person.login_not_before = 0, None
    end_sessions(work, person.id, "password reset")
    work.record("person:password_reset", f"people:{person.id}")


def change_rights(
    work: UnitOfWork,
    person: Person,
    *,
    version: int,
    roles: Iterable[Role],
    department_id: int,
    clearance: Level,
) -> None:
    """Change roles, department and clearance; every session of the person ends."""
    actor = work.require(Permission.PEOPLE_MANAGE)
    person.check_version(version)
    if person.departed_at is not None:
        raise Conflict(N_("This person has left the company."))
    if actor.id == person.id:
        raise Invalid(N_("Nobody changes their own rights: ask another administrator."))
    if person.leaving_on is not None and department_id != person.department_id:
        raise Conflict(N_("A handover is open: the department changes with its sign-off."))
    old = {
        "roles": sorted(person.role_set),
        "department": person.department_id,
        "clearance": person.clearance.value,
    }
    wanted = set(roles) | {Role.EMPLOYEE}
    person.roles = [row for row in person.roles if row.role in wanted] + [
        PersonRole(role=role) for role in sorted(wanted - person.role_set)
    ]
    person.department_id, person.clearance = department_id, clearance
    flag_modified(person, "clearance")  # Roles are rows of their own: the person's version must rise with them.
    end_sessions(work, person.id, "rights changed")
    if department_id != old["department"]:
        work.session.flush()  # On PostgreSQL: from here on no grant can be given that a listener would not see.
        work.tell_moved(person.id)
    work.record(
        "person:rights",
        f"people:{person.id}",
        details={
            "old": old,
            "new": {"roles": sorted(wanted), "department": department_id, "clearance": clearance.value},
        },
    )


def lock_out(work: UnitOfWork, person: Person) -> None:
    """Let somebody in no longer, from now on: every log-in ends, and no password is right until a new one is set.

    Part of a handover, which has checked who may.
    """
    person.password_hash = NO_PASSWORD
    end_sessions(work, person.id, "locked out")
    work.record("person:lock_out", f"people:{person.id}")


def depart(work: UnitOfWork, person: Person) -> None:
    """Close the account of somebody who has left, for ever: no log-in, no role, no card. The name stays in history.

    Part of a sign-off, which has checked who may and that nothing is owed.
    """
    roles = sorted(person.role_set)
    person.departed_at = work.now
    person.leaving_on, person.downloads_stopped = None, False
    person.password_hash = NO_PASSWORD
    person.roles = []
    if person.card_number is not None:
        work.session.add(EndedCard(number=person.card_number, person_id=person.id, ended_at=work.now))
        person.card_number = None
    end_sessions(work, person.id, "left the company")
    work.record("person:depart", f"people:{person.id}", details={"roles": roles})


def move_to(work: UnitOfWork, person: Person, department_id: int) -> None:
    """Move somebody to another department, as a plain employee: what roles they need there, the administrator gives.

    Part of a sign-off, like `depart`. Every log-in ends, and the features are told (`move_listeners`).
    """
    old = {"roles": sorted(person.role_set), "department": person.department_id}
    person.department_id = department_id
    person.leaving_on, person.downloads_stopped = None, False
    person.roles = [row for row in person.roles if row.role == Role.EMPLOYEE]
    end_sessions(work, person.id, "moved to another department")
    work.session.flush()  # On PostgreSQL: from here on no grant can be given that a listener would not see.
    work.tell_moved(person.id)
    work.record(
        "person:move",
        f"people:{person.id}",
        details={"old": old, "new": {"roles": [Role.EMPLOYEE.value], "department": department_id}},
    )


def replace_card(work: UnitOfWork, person_id: int, version: int) -> Person:
    """Give a person a new card, because theirs is lost: the old number is never good again, for anybody.

    Anyone for themselves, the administrator for everyone. Raises NotFound, NotPermitted, StaleVersion.
    """
    actor = work.person
    if actor.id != person_id and not actor.may(Permission.PEOPLE_MANAGE):
        raise NotPermitted()
    person = work.session.get(Person, person_id, with_for_update=True, populate_existing=True)
    if person is None or person.departed_at is not None:
        raise NotFound()
    person.check_version(version)
    if person.card_number is not None:
        work.session.add(EndedCard(number=person.card_number, person_id=person.id, ended_at=work.now))
    person.card_number = _unused_card_number(work)
    work.session.flush()
    # The trail does not say the numbers: whoever reads it could print the card.
    work.record("person:card", f"people:{person.id}")
    return person


def _unused_card_number(work: UnitOfWork) -> str:
    """A number nobody has or had. By chance, so that a lost card does not tell the number of the next one."""
    while True:
        number = card_number(secrets.randbelow(CARD_BODIES))
        taken = work.session.scalar(select(Person.id).where(Person.card_number == number))
        if taken is None and work.session.get(EndedCard, number) is None:
            return number


def set_language(work: UnitOfWork, language: str) -> None:
    """The language the acting person reads the portal in."""
    work.session.get_one(Person, work.person.id).language = language


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _is_email(address: str) -> bool:
    try:
        validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True
