"""`flask user password`: for somebody who forgot theirs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from portal.accounts.models import LoginSession
from tests.factories import make_person
from tests.web.visitor import Visitor


def test_a_forgotten_password_is_set_anew_and_ends_every_log_in(app: Any, parts: Any) -> None:
    with parts.writing() as work:
        make_person(work.session, login="ana")
    visitor = Visitor(app, "ana")

    result = app.test_cli_runner().invoke(
        args=["user", "password", "ana", "--password-stdin"], input="a wholly other one\n"
    )

    assert result.exit_code == 0, result.output
    assert visitor.get("/").status_code == 302
    with parts.looking() as work:
        assert work.session.scalar(select(LoginSession.ended_reason)) == "password reset"
    again = Visitor(app)
    answer = again.post("/log-in", {"login": "ana", "password": "a wholly other one"}, shown_at="/log-in")
    assert answer.status_code == 302


def test_what_is_wrong_is_said_and_changes_nothing(app: Any, parts: Any) -> None:
    with parts.writing() as work:
        make_person(work.session, login="ana")
    for name, password, words in (("nobody", "long enough it is", "There is nobody"), ("ana", "short", "at least 10")):
        result = app.test_cli_runner().invoke(
            args=["user", "password", name, "--password-stdin"], input=f"{password}\n"
        )
        assert result.exit_code == 1
        assert words in result.stderr
    assert Visitor(app, "ana").get("/").status_code == 200
