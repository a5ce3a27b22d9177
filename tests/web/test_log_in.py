"""Log-in, log-out and the account page, as a browser sees them."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import CliRunner
from sqlalchemy import select

from portal.accounts.models import Department, LoginSession, Person
from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry
from tests.factories import PASSWORD, make_department, make_person
from tests.web.visitor import Visitor


@pytest.fixture
def people(parts: Any) -> dict[str, int]:
    """ana, an employee; adam, the administrator. Ids by log-in name."""
    with parts.writing() as work:
        department = make_department(work.session, "Sales")
        return {
            "ana": make_person(work.session, department, login="ana", name="Ana Gil").id,
            "adam": make_person(work.session, department, Role.ADMINISTRATOR, login="adam", name="Adam Ho").id,
        }


def actions(parts: Any) -> list[str]:
    with parts.looking() as work:
        return list(work.session.scalars(select(TrailEntry.action).order_by(TrailEntry.id)))


def try_log_in(app: Any, login: str, password: str, **options: Any) -> Any:
    return Visitor(app, **options).post("/log-in", {"login": login, "password": password}, shown_at="/log-in")


def inside(visitor: Visitor) -> bool:
    return visitor.get("/account").status_code == 200


def test_who_logs_in_is_inside(app: Any, people: dict[str, int], parts: Any) -> None:
    visitor = Visitor(app, "ana")
    assert "Ana Gil" in visitor.get("/account").text
    with parts.looking() as work:
        row = work.session.scalars(select(LoginSession)).one()
        entry = work.session.scalars(select(TrailEntry)).one()
    assert (row.person_id, row.address) == (people["ana"], "127.0.0.1")
    assert (entry.action, entry.address) == ("session:log_in", "127.0.0.1")


@pytest.mark.parametrize("login", ["ana", "nobody", "", "x" * 10_000, "' OR 1=1 --", "安娜"])
def test_a_wrong_log_in_says_so_and_stays_outside(app: Any, people: dict[str, int], login: str) -> None:
    answer = try_log_in(app, login, "wrong")
    assert answer.status_code == 422
    assert "Set-Cookie" not in answer.headers or "_user_id" not in answer.headers["Set-Cookie"]
    assert 'role="alert"' in answer.text


def test_known_and_unknown_names_get_the_same_page(app: Any, people: dict[str, int]) -> None:
    def page(login: str) -> str:
        text = try_log_in(app, login, "wrong").text
        assert "The name or the password is wrong, or there were too many attempts" in text
        return text[text.index('role="alert"') :].replace(login, "NAME").split("csrf")[0]

    assert page("ana") == page("eva")


def test_a_failed_log_in_is_kept_although_the_request_is_rolled_back(
    app: Any, people: dict[str, int], parts: Any
) -> None:
    try_log_in(app, "ana", "wrong")
    assert actions(parts) == ["session:refused"]
    with parts.looking() as work:
        assert work.session.get_one(Person, people["ana"]).failed_logins == 1


def test_after_too_many_wrong_passwords_the_right_one_must_wait(app: Any, people: dict[str, int], clock: Any) -> None:
    for _ in range(4):
        try_log_in(app, "ana", "wrong")
    answer = try_log_in(app, "ana", PASSWORD)
    assert answer.status_code == 422
    assert "wait a little and try again" in answer.text
    clock.advance(seconds=2)
    assert try_log_in(app, "ana", PASSWORD).status_code == 302


def test_logging_out_ends_the_session_also_for_a_kept_cookie(app: Any, people: dict[str, int]) -> None:
    visitor = Visitor(app, "ana")
    thief = Visitor(app)
    cookie = visitor.client.get_cookie("legajo")
    assert cookie is not None
    thief.client.set_cookie("legajo", cookie.value)
    assert inside(thief)
    assert visitor.post("/log-out", {}, shown_at="/account").status_code == 302
    assert not inside(visitor)
    assert not inside(thief)


def test_a_log_in_gets_a_new_session_every_time(app: Any, people: dict[str, int]) -> None:
    """What was in the cookie before the log-in does not go on (no fixation)."""
    visitor = Visitor(app)
    visitor.get("/log-in")
    before = visitor.client.get_cookie("legajo")
    visitor.post("/log-in", {"login": "ana", "password": PASSWORD}, shown_at="/log-in")
    after = visitor.client.get_cookie("legajo")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    other = Visitor(app)
    other.client.set_cookie("legajo", before.value)
    assert not inside(other)


def test_cookies_are_for_the_server_only(app: Any, people: dict[str, int]) -> None:
    header = try_log_in(app, "ana", PASSWORD).headers["Set-Cookie"]
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header


def test_sessions_end_with_time_password_rights_and_departure(
    app: Any, people: dict[str, int], parts: Any, clock: Any
) -> None:
    early = Visitor(app, "ana")
    clock.advance(hours=10)
    assert not inside(early)

    here, there = Visitor(app, "ana"), Visitor(app, "ana")
    change = {"old": PASSWORD, "new": "another long one", "again": "another long one"}
    assert here.post("/account", change, shown_at="/account").status_code == 302
    assert inside(here)
    assert not inside(there)

    administrator = Visitor(app, "adam")
    with parts.looking() as work:
        department_id = work.session.get_one(Person, people["ana"]).department_id
    form = f"/people/{people['ana']}"
    rights = {"roles": ["employee", "clerk"], "department_id": department_id, "clearance": "general"}
    assert administrator.post(form, rights, shown_at=form).status_code == 302
    assert not inside(here)

    answer = try_log_in(app, "ana", "another long one")
    assert answer.status_code == 302
    leaver = Visitor(app)
    leaver.post("/log-in", {"login": "ana", "password": "another long one"}, shown_at="/log-in")
    assert inside(leaver)
    with parts.writing() as work:
        work.session.get_one(Person, people["ana"]).departed_at = work.now
    assert not inside(leaver)
    assert try_log_in(app, "ana", "another long one").status_code == 422


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"old": "wrong"}, "This is not your present password."),
        ({"new": "short", "again": "short"}, "A password has at least 10 characters."),
        ({"again": "something else"}, "The two new passwords differ."),
        ({"new": "ana and more of it", "again": "ana and more of it"}, "must not contain the log-in name"),
    ],
)
def test_a_password_change_that_breaks_a_rule_is_explained_in_place(
    app: Any, people: dict[str, int], change: dict[str, str], said: str
) -> None:
    visitor = Visitor(app, "ana")
    form = {"old": PASSWORD, "new": "another long one", "again": "another long one", **change}
    answer = visitor.post("/account", form, shown_at="/account")
    assert answer.status_code == 422
    assert said in answer.text
    assert try_log_in(app, "ana", PASSWORD).status_code == 302


def test_rights_saved_over_a_newer_version_are_refused(app: Any, people: dict[str, int], parts: Any) -> None:
    form = f"/people/{people['ana']}"
    with parts.looking() as work:
        department_id = work.session.get_one(Person, people["ana"]).department_id
    slow, quick = Visitor(app, "adam"), Visitor(app, "adam")
    stale = slow.hidden_fields(form)
    rights = {"roles": ["clerk"], "department_id": department_id, "clearance": "core"}
    assert quick.post(form, rights, shown_at=form).status_code == 302
    answer = slow.client.post(form, data={**stale, **rights, "clearance": "general"}, headers=slow.headers)
    assert answer.status_code == 409
    assert "Someone else changed this while you were editing." in answer.text
    with parts.looking() as work:
        person = work.session.get_one(Person, people["ana"])
        assert (person.clearance, person.role_set) == (Level.CORE, {Role.EMPLOYEE, Role.CLERK})


def test_the_administrator_adds_a_person_who_can_log_in(app: Any, people: dict[str, int], parts: Any) -> None:
    administrator = Visitor(app, "adam")
    with parts.looking() as work:
        department_id = work.session.scalars(select(Department.id)).first()
    form = {
        "login": "eva",
        "name": "Eva Ruiz",
        "email": "",
        "roles": ["clerk"],
        "department_id": department_id,
        "clearance": "general",
        "language": "es",
        "password": PASSWORD,
    }
    assert administrator.post("/people/new", form, shown_at="/people/new").status_code == 302
    assert "Eva Ruiz" in administrator.get("/people").text
    assert inside(Visitor(app, "eva"))
    again = administrator.post("/people/new", form, shown_at="/people/new")
    assert again.status_code == 422
    assert "This log-in name is taken." in again.text


@pytest.mark.parametrize(
    ("target", "led_to"),
    [
        ("/account", "/account"),
        ("/dossiers?sort=number&page=2", "/dossiers?sort=number&page=2"),
        ("", "/"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("/\\elsewhere.example/", "/"),
        ("///elsewhere.example/", "/"),
        ("\\\\elsewhere.example", "/"),
        ("javascript:alert(1)", "/"),
        (" /account", "/"),
        ("/\t/elsewhere.example", "/"),
        ("/\n/elsewhere.example", "/"),
        ("/\r\n/elsewhere.example", "/"),
        ("http:elsewhere.example", "/"),
    ],
)
def test_a_log_in_leads_only_to_a_page_of_this_portal(
    app: Any, people: dict[str, int], target: str, led_to: str
) -> None:
    visitor = Visitor(app)
    form = {**visitor.hidden_fields("/log-in"), "login": "ana", "password": PASSWORD}
    answer = visitor.client.post("/log-in", query_string={"next": target}, data=form)
    assert answer.status_code == 302
    assert answer.headers["Location"] == led_to
    answer = visitor.post("/language", {"language": "es", "next": target}, shown_at="/account")
    assert answer.headers["Location"] == led_to


def test_the_page_asked_for_comes_after_the_log_in(app: Any, people: dict[str, int]) -> None:
    visitor = Visitor(app)
    answer = visitor.get("/account?x=1")
    assert answer.status_code == 302
    form = {**visitor.hidden_fields(answer.headers["Location"]), "login": "ana", "password": PASSWORD}
    after = visitor.client.post(answer.headers["Location"], data=form)
    assert after.headers["Location"] == "/account?x=1"


@pytest.mark.parametrize(("language", "attribute"), [("en", "en"), ("es", "es"), ("zh", "zh-Hans")])
def test_a_chosen_language_stays_with_browser_and_person(
    app: Any, people: dict[str, int], language: str, attribute: str
) -> None:
    visitor = Visitor(app)
    visitor.post("/language", {"language": language, "next": "/log-in"}, shown_at="/log-in")
    assert f'<html lang="{attribute}">' in visitor.get("/log-in").text
    visitor.post("/log-in", {"login": "ana", "password": PASSWORD}, shown_at="/log-in")
    visitor.post("/language", {"language": language, "next": "/account"}, shown_at="/account")
    assert f'<html lang="{attribute}">' in Visitor(app, "ana").get("/account").text


def add_user(app: Any, *arguments: str, password: str = PASSWORD + "\n") -> Any:
    runner: CliRunner = app.test_cli_runner()
    return runner.invoke(args=["user", "add", *arguments, "--password-stdin"], input=password)


def test_the_command_adds_a_person_and_the_department(app: Any) -> None:
    answer = add_user(app, "Ana", "--role", "clerk", "--department", "Records", "--clearance", "core")
    assert (answer.exit_code, answer.stdout, answer.stderr) == (0, "ana can log in.\n", "")
    assert inside(Visitor(app, "ana"))
    again = add_user(app, "eva", "--role", "employee", "--department", "Records")
    assert again.exit_code == 0


def test_the_command_can_add_the_first_administrator_of_an_empty_portal(app: Any) -> None:
    assert add_user(app, "adam", "--role", "administrator", "--department", "Management").exit_code == 0
    assert Visitor(app, "adam").get("/people").status_code == 200


@pytest.mark.parametrize(
    ("arguments", "password", "said"),
    [
        (["ana", "--role", "clerk", "--department", "Records"], PASSWORD + "\n", "This log-in name is taken."),
        (["e v a", "--role", "clerk", "--department", "Records"], PASSWORD + "\n", "A log-in name has 2 to 60"),
        (["eva", "--role", "clerk", "--department", "Records"], "short\n", "at least 10 characters"),
        (["eva", "--role", "clerk", "--department", "Records"], "", "at least 10 characters"),
        (["eva", "--role", "clerk", "--department", "Records", "--email", "x"], PASSWORD + "\n", "not an e-mail"),
    ],
)
def test_what_the_command_refuses_it_says_on_stderr_with_exit_code_1(
    app: Any, people: dict[str, int], parts: Any, arguments: list[str], password: str, said: str
) -> None:
    answer = add_user(app, *arguments, password=password)
    assert answer.exit_code == 1
    assert said in answer.stderr
    assert answer.stdout == ""
    with parts.looking() as work:
        assert work.session.scalar(select(Department).where(Department.name == "Records")) is None


def test_the_command_does_not_know_made_up_roles(app: Any) -> None:
    answer = add_user(app, "eva", "--role", "king", "--department", "Records")
    assert answer.exit_code == 2
    assert "king" in answer.stderr
