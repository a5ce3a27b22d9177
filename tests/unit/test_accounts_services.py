"""Accounts: log-in, the growing delay, sessions, rights, passwords."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from portal.accounts import services
from portal.accounts.models import LoginSession, Person
from portal.accounts.queries import actor_of, open_sessions, session_by_token, token_digest
from portal.accounts.rules import FREE_ATTEMPTS, LONGEST_DELAY, login_delay
from portal.accounts.services import LoginRefused, password_problem
from portal.core.errors import Invalid, NotFound, NotPermitted, StaleVersion
from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry, TrailPersonal
from tests.conftest import START
from tests.factories import PASSWORD, actor, make_department, make_person

REFUSAL = "The name or the password is wrong, or there were too many attempts: wait a little and try again."


def log_in(work: Any, login: str, password: str = PASSWORD, *, hours: int = 10) -> tuple[Person, str]:
    services.count_attempt(work, login)
    person = services.check_password(work, login, password)
    return services.open_log_in(
        work, person.id, person.password_hash, hours=hours, address="10.0.0.7", browser="a browser"
    )


def refused(work: Any, login: str, password: str = "wrong") -> LoginRefused:
    """A failed log-in, recorded as the page does."""
    with pytest.raises(LoginRefused) as caught:
        log_in(work, login, password)
    services.record_failed_login(work, login, caught.value.person_id)
    work.session.flush()
    return caught.value


def valid(work: Any, token: str) -> bool:
    work.session.flush()
    return session_by_token(work.session, token, work.now) is not None


def entries(work: Any) -> list[str]:
    work.session.flush()
    return list(work.session.scalars(select(TrailEntry.action).order_by(TrailEntry.id)))


def test_name_and_password_open_a_session(work_as: Any, session: Any) -> None:
    person = make_person(session, login="ana")
    work = work_as()
    who, token = log_in(work, " ANA ")
    assert who.id == person.id
    row = session.scalars(select(LoginSession)).one()
    assert (row.person_id, row.address, row.browser) == (person.id, "10.0.0.7", "a browser")
    assert row.expires_at == START + timedelta(hours=10)
    assert row.token_digest == token_digest(token)
    assert token not in row.token_digest
    assert entries(work) == ["session:log_in"]


def test_a_wrong_password_opens_nothing_and_is_recorded(work_as: Any, session: Any) -> None:
    person = make_person(session, login="ana")
    work = work_as()
    error = refused(work, "ana")
    assert str(error.message) == REFUSAL
    assert session.scalars(select(LoginSession)).all() == []
    entry = session.scalars(select(TrailEntry)).one()
    assert (entry.action, entry.subject, entry.details) == ("session:refused", f"people:{person.id}", {})
    assert session.get_one(TrailPersonal, entry.id).content == {"login": "ana"}


def test_an_unknown_name_gets_the_same_answer(work_as: Any, session: Any) -> None:
    make_person(session, login="ana")
    work = work_as()
    known, unknown = refused(work, "ana"), refused(work, "nobody")
    assert (unknown.message, unknown.status) == (known.message, known.status)
    assert entries(work) == ["session:refused", "session:refused"]


def test_departed_people_cannot_log_in_and_their_sessions_end(work_as: Any, session: Any) -> None:
    person = make_person(session, login="ana")
    work = work_as()
    _, token = log_in(work, "ana")
    assert valid(work, token)
    person.departed_at = work.now
    assert not valid(work, token)
    assert str(refused(work, "ana", PASSWORD).message) == REFUSAL


def test_delays_grow_and_end_with_a_success(work_as: Any, session: Any, clock: Any) -> None:
    person = make_person(session, login="ana")
    work = work_as()
    for _ in range(FREE_ATTEMPTS):
        refused(work, "ana")
        assert person.login_not_before is None
    waits = []
    for _ in range(4):
        refused(work, "ana")
        assert person.login_not_before is not None
        waits.append((person.login_not_before - clock.now()).total_seconds())
        early = refused(work, "ana", PASSWORD)
        assert str(early.message) == REFUSAL
        clock.put(person.login_not_before)
    assert waits == [2, 4, 8, 16]
    log_in(work, "ana")
    assert (person.failed_logins, person.login_not_before) == (0, None)


def test_attempts_during_the_delay_do_not_lengthen_it(work_as: Any, session: Any) -> None:
    """Otherwise anybody could keep anybody locked out for ever."""
    person = make_person(session, login="ana")
    work = work_as()
    for _ in range(FREE_ATTEMPTS + 1):
        refused(work, "ana")
    until = person.login_not_before
    for _ in range(10):
        refused(work, "ana")
    assert person.login_not_before == until
    assert person.failed_logins == FREE_ATTEMPTS + 1


@given(failures=st.integers(0, 10_000))
def test_the_delay_never_shrinks_and_has_an_end(failures: int) -> None:
    assert timedelta(0) <= login_delay(failures) <= login_delay(failures + 1) <= LONGEST_DELAY


def test_a_session_ends_after_its_hours(work_as: Any, session: Any, clock: Any) -> None:
    make_person(session, login="ana")
    work = work_as()
    _, token = log_in(work, "ana", hours=10)
    clock.advance(hours=10, seconds=-1)
    assert valid(work, token)
    clock.advance(seconds=1)
    assert not valid(work, token)


def test_a_made_up_token_is_nobodys(work_as: Any, session: Any) -> None:
    make_person(session, login="ana")
    work = work_as()
    _, token = log_in(work, "ana")
    assert not valid(work, token + "x")
    assert not valid(work, token_digest(token))  # What stands in the table does not open the door.
    assert not valid(work, "")


def test_logging_out_ends_this_session_only(work_as: Any, session: Any) -> None:
    person = make_person(session, login="ana")
    _, here = log_in(work_as(), "ana")
    _, there = log_in(work_as(), "ana")
    work = work_as(actor(session, person))
    row = session_by_token(session, here, work.now)
    services.log_out(work, row.id)
    assert not valid(work, here)
    assert valid(work, there)
    assert (row.ended_at, row.ended_reason) == (START, "log-out")
    assert entries(work)[-1] == "session:log_out"


def test_nobody_ends_the_session_of_another(work_as: Any, session: Any) -> None:
    make_person(session, login="ana")
    _, token = log_in(work_as(), "ana")
    row = session_by_token(session, token, START)
    with pytest.raises(NotFound):
        services.log_out(work_as(actor(session, make_person(session))), row.id)
    assert valid(work_as(), token)


def test_changing_the_password_ends_every_other_session(work_as: Any, session: Any) -> None:
    person = make_person(session, login="ana")
    _, here = log_in(work_as(), "ana")
    _, there = log_in(work_as(), "ana")
    work = work_as(actor(session, person))
    keep = session_by_token(session, here, work.now).id
    services.change_password(work, PASSWORD, "another long one", least=10, session_id=keep)
    assert valid(work, here)
    assert not valid(work, there)
    refused(work_as(), "ana", PASSWORD)
    assert log_in(work_as(), "ana", "another long one")[0].id == person.id


def test_a_password_is_changed_only_by_who_knows_the_old_one(work_as: Any, session: Any) -> None:
    person = make_person(session, login="ana")
    before = person.password_hash
    work = work_as(actor(session, person))
    with pytest.raises(Invalid) as caught:
        services.change_password(work, "a guess at it", "another long one", least=10, session_id=0)
    assert list(caught.value.fields) == ["old"]
    assert person.password_hash == before


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("correct horse 7", True),
        ("1234567890", True),
        ("密码需要至少十个字符哦", True),
        ("123456789", False),
        ("", False),
        ("AnaMaria and more", False),
    ],
)
def test_passwords_are_long_and_do_not_contain_the_name(password: str, good: bool) -> None:
    assert (password_problem(password, "anamaria", 10) is None) is good


def administrator(session: Any, work_as: Any) -> Any:
    return work_as(actor(session, make_person(session, None, Role.ADMINISTRATOR)))


def test_changed_rights_end_every_session_and_are_recorded(work_as: Any, session: Any) -> None:
    person = make_person(session, login="ana")
    _, token = log_in(work_as(), "ana")
    work = administrator(session, work_as)
    other = make_department(session)
    services.change_rights(
        work,
        person,
        version=person.row_version,
        roles=[Role.CLERK],
        department_id=other.id,
        clearance=Level.CORE,
    )
    assert not valid(work, token)
    now = actor_of(session, person)
    assert (now.roles, now.department_id) == ({Role.EMPLOYEE, Role.CLERK}, other.id)
    assert now.cleared_for_core
    entry = session.scalars(select(TrailEntry).where(TrailEntry.action == "person:rights")).one()
    assert entry.details["old"]["roles"] == ["employee"]
    assert entry.details["new"] == {"roles": ["clerk", "employee"], "department": other.id, "clearance": "core"}


def change(work: Any, person: Person, **fields: Any) -> None:
    values = {
        "version": person.row_version,
        "roles": [Role.CLERK],
        "department_id": person.department_id,
        "clearance": Level.CORE,
        **fields,
    }
    services.change_rights(work, person, **values)
    work.session.flush()


def test_only_the_administrator_changes_rights(work_as: Any, session: Any) -> None:
    person = make_person(session)
    for role in set(Role) - {Role.ADMINISTRATOR}:
        with pytest.raises(NotPermitted):
            change(work_as(actor(session, make_person(session, None, role))), person)


def test_nobody_changes_their_own_rights(work_as: Any, session: Any) -> None:
    person = make_person(session, None, Role.ADMINISTRATOR)
    with pytest.raises(Invalid):
        change(work_as(actor(session, person)), person)


def test_rights_changed_over_an_older_version_are_refused(work_as: Any, session: Any) -> None:
    person = make_person(session)
    seen = person.row_version
    change(administrator(session, work_as), person)
    with pytest.raises(StaleVersion):
        change(administrator(session, work_as), person, version=seen, roles=[], clearance=Level.GENERAL)
    assert person.clearance == Level.CORE


@pytest.mark.parametrize("first", [{"roles": [Role.CLERK], "clearance": Level.GENERAL}, {"roles": [Role.AUDITOR]}])
def test_a_change_of_roles_alone_makes_a_new_version_too(work_as: Any, session: Any, first: dict[str, Any]) -> None:
    """Roles stand in a table of their own: two administrators must still not overwrite one another."""
    person = make_person(session)
    seen = person.row_version
    change(administrator(session, work_as), person, **{"clearance": person.clearance, **first})
    with pytest.raises(StaleVersion):
        change(administrator(session, work_as), person, version=seen, roles=[Role.MANAGER])


NEW = {
    "login": "Eva.Ruiz",
    "name": " Eva Ruiz ",
    "password": "correct horse 7",
    "roles": [Role.CLERK],
    "clearance": Level.GENERAL,
    "password_length": 10,
}


def add(work: Any, **fields: Any) -> Person:
    department = fields.pop("department_id", None) or make_department(work.session).id
    return services.add_person(work, **{**NEW, "department_id": department, **fields})


def test_a_new_person_is_an_employee_and_can_log_in(work_as: Any, session: Any) -> None:
    person = add(work_as())
    assert (person.login, person.name) == ("eva.ruiz", "Eva Ruiz")
    assert person.role_set == {Role.EMPLOYEE, Role.CLERK}
    assert "correct horse" not in person.password_hash
    assert log_in(work_as(), "eva.ruiz")[0].id == person.id


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"login": "x"}, ["login"]),
        ({"login": "eva ruiz"}, ["login"]),
        ({"login": "埃娃"}, ["login"]),
        ({"login": "../etc"}, ["login"]),
        ({"login": "e" * 61}, ["login"]),
        ({"login": "ana"}, ["login"]),
        ({"login": " ANA "}, ["login"]),
        ({"name": "  "}, ["name"]),
        ({"email": "not an address"}, ["email"]),
        ({"password": "short"}, ["password"]),
        ({"login": "", "name": "", "password": ""}, ["login", "name", "password"]),
    ],
)
def test_a_new_account_that_breaks_a_rule_names_the_fields(
    work_as: Any, session: Any, fields: dict[str, Any], wrong: list[str]
) -> None:
    make_person(session, login="ana")
    before = len(session.scalars(select(Person)).all())
    with pytest.raises(Invalid) as caught:
        add(work_as(), **fields)
    assert sorted(caught.value.fields) == wrong
    assert len(session.scalars(select(Person)).all()) == before


def test_departments_have_names_of_their_own(work_as: Any, session: Any) -> None:
    services.add_department(work_as(), "Purchasing")
    with pytest.raises(Invalid):
        services.add_department(work_as(), "Purchasing")


def test_leading_a_department_counts_from_the_next_look(work_as: Any, session: Any) -> None:
    department = make_department(session)
    head, deputy = make_person(session, department), make_person(session, department)
    work = work_as()
    services.lead_department(work, department, head.id, deputy.id, version=department.row_version)
    session.flush()
    assert actor_of(session, head).headed_departments == {department.id}
    assert actor_of(session, deputy).deputised_departments == {department.id}
    entry = session.scalars(select(TrailEntry)).one()
    assert entry.details == {
        "old": {"head": None, "deputy": None},
        "new": {"head": head.id, "deputy": deputy.id},
    }


def test_open_sessions_lists_ones_own_newest_first(work_as: Any, session: Any, clock: Any) -> None:
    person = make_person(session, login="ana")
    make_person(session, login="eva")
    log_in(work_as(), "ana", hours=1)
    clock.advance(minutes=90)
    log_in(work_as(), "ana")
    clock.advance(minutes=1)
    log_in(work_as(), "ana")
    log_in(work_as(), "eva")
    rows = open_sessions(session, person.id, clock.now())
    assert [row.created_at for row in rows] == [clock.now(), clock.now() - timedelta(minutes=1)]
