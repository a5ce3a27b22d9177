"""Guessing passwords: side by side, fast, or by watching what the page says."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text, update

from portal.accounts import services
from portal.accounts.models import LoginSession, Person
from portal.accounts.rules import FREE_ATTEMPTS
from portal.accounts.services import LoginRefused
from portal.core.permissions import Role
from portal.core.trail import TrailEntry, TrailPersonal
from portal.database import begin_writing
from tests.factories import PASSWORD, PASSWORD_HASH, make_person
from tests.web.visitor import Visitor

GUESSES = 8
TYPED_BY_MISTAKE = "hunter2-my-password"


@pytest.fixture
def ana(parts: Any) -> int:
    """An employee; there is an auditor too."""
    with parts.writing() as work:
        make_person(work.session, None, Role.AUDITOR, login="auditor")
        return make_person(work.session, login="ana", name="Ana Gil").id


@pytest.fixture
def during_hashing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], list[str]]:
    """`during_hashing(act)` has `act` happen before each real password check; returns the passwords checked."""
    real, checked = services._matches, []

    def watch(act: Callable[[], Any]) -> list[str]:
        def matches(password_hash: str, password: str) -> bool:
            checked.append(password)
            act()
            return real(password_hash, password)

        monkeypatch.setattr(services, "_matches", matches)
        return checked

    return watch


def form_of(visitor: Visitor, login: str, password: str) -> dict[str, str]:
    hidden = visitor.hidden_fields("/log-in")
    return {name: hidden[name] for name in hidden if name != "next"} | {"login": login, "password": password}


def guess(app: Any, login: str = "ana", password: str = "wrong") -> Any:
    visitor = Visitor(app)
    return visitor.client.post("/log-in", data=form_of(visitor, login, password))


def person(parts: Any, person_id: int) -> Person:
    with parts.looking() as work:
        found: Person = work.session.get_one(Person, person_id)
        return found


def set_failures(parts: Any, person_id: int, failures: int) -> None:
    with parts.writing() as work:
        work.session.execute(update(Person).where(Person.id == person_id).values(failed_logins=failures))


def test_of_guesses_sent_side_by_side_one_is_looked_at(
    app: Any, parts: Any, ana: int, during_hashing: Callable[..., list[str]]
) -> None:
    """The first one is held in its password check until all others have their answer."""
    set_failures(parts, ana, FREE_ATTEMPTS)
    visitors = [Visitor(app) for _ in range(GUESSES)]
    forms = [form_of(visitor, "ana", f"guess {number}") for number, visitor in enumerate(visitors)]
    gate, others_answered, answers = threading.Barrier(GUESSES), threading.Event(), []
    checked = during_hashing(lambda: others_answered.wait(15))

    def send(visitor: Visitor, form: dict[str, str]) -> None:
        gate.wait()
        answers.append(visitor.client.post("/log-in", data=form).status_code)
        if len(answers) == GUESSES - 1:
            others_answered.set()

    threads = [threading.Thread(target=send, args=pair) for pair in zip(visitors, forms, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [422] * GUESSES
    assert len(checked) == 1
    assert person(parts, ana).failed_logins == FREE_ATTEMPTS + 1


def test_a_guess_counts_before_its_password_is_looked_at(
    app: Any, parts: Any, ana: int, during_hashing: Callable[..., list[str]]
) -> None:
    counted: list[int] = []
    during_hashing(lambda: counted.append(person(parts, ana).failed_logins))
    for _ in range(2):
        guess(app)
    assert counted == [1, 2]


@pytest.mark.parametrize("login", ["ana", "ghost"])
def test_others_write_while_a_password_is_hashed(
    app: Any, parts: Any, ana: int, during_hashing: Callable[..., list[str]], login: str
) -> None:
    def write() -> None:
        with parts.new_session() as session:
            if session.get_bind().dialect.name == "sqlite":
                with session.get_bind().connect() as plain:
                    driver = plain.connection.driver_connection
                    driver.execute("PRAGMA busy_timeout = 0")
                    plain.rollback()
                    driver.execute("BEGIN IMMEDIATE")
                    driver.execute("ROLLBACK")
                    driver.execute("PRAGMA busy_timeout = 30000")
            else:
                begin_writing(session)
                session.execute(text("SELECT id FROM people FOR UPDATE NOWAIT"))
        written.append(True)

    written: list[bool] = []
    during_hashing(write)
    assert guess(app, login).status_code == 422
    assert written == [True]


def test_the_right_password_sets_the_count_back(app: Any, parts: Any, ana: int) -> None:
    for _ in range(FREE_ATTEMPTS - 1):
        guess(app)
    assert guess(app, password=PASSWORD).status_code == 302
    assert (person(parts, ana).failed_logins, person(parts, ana).login_not_before) == (0, None)


@pytest.mark.parametrize("change", ["password", "departure"])
def test_what_changed_while_the_password_was_hashed_counts(
    app: Any, parts: Any, ana: int, during_hashing: Callable[..., list[str]], change: str
) -> None:
    def meanwhile() -> None:
        with parts.writing() as work:
            values = {"departed_at": work.now} if change == "departure" else {"password_hash": PASSWORD_HASH[::-1]}
            work.session.execute(update(Person).where(Person.id == ana).values(values))

    during_hashing(meanwhile)
    assert guess(app, password=PASSWORD).status_code == 422
    with parts.looking() as work:
        assert work.session.scalars(select(LoginSession)).all() == []


def test_a_log_in_opens_only_with_the_hash_that_was_checked(work_as: Any, session: Any) -> None:
    one = make_person(session, login="eva")
    with pytest.raises(LoginRefused):
        services.open_log_in(work_as(), one.id, "another hash", hours=1, address=None, browser="")


def test_the_page_never_tells_which_names_there_are(app: Any, ana: int) -> None:
    """Also not by the delay, which only a real account has."""

    def pages(login: str) -> list[str]:
        texts = [guess(app, login).text.replace(login, "NAME") for _ in range(FREE_ATTEMPTS + 3)]
        return [re.sub(r"<input[^>]*csrf_token[^>]*>", "", text) for text in texts]

    assert pages("ana") == pages("ghost")


def test_what_names_nobody_is_not_kept_in_the_trail(app: Any, parts: Any, ana: int) -> None:
    """It may be a password, typed into the wrong field."""
    guess(app, TYPED_BY_MISTAKE)
    guess(app, "ana")
    with parts.looking() as work:
        subjects = work.session.scalars(
            select(TrailEntry.subject).where(TrailEntry.action == "session:refused").order_by(TrailEntry.id)
        ).all()
        kept = [row.content for row in work.session.scalars(select(TrailPersonal))]
    assert subjects == ["people:unknown", f"people:{ana}"]
    assert kept == [{"login": "ana"}]
    assert TYPED_BY_MISTAKE not in Visitor(app, "auditor").get("/audit").text
