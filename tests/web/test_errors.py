"""Errors as a person sees them: what happened, in their language, with nothing half-changed."""

from __future__ import annotations

import io
import logging
from typing import Any

import pytest
from flask import Flask, abort
from sqlalchemy import select

from portal.core.errors import Conflict, Invalid, NotFound, StaleVersion
from portal.core.trail import TrailEntry
from portal.http.edge import current_work
from portal.http.guards import Open, Room
from portal.policy.models import PolicyValue
from tests.factories import make_person
from tests.web.visitor import Visitor

LANGUAGES = {"en": "en", "es": "es", "zh": "zh-Hans"}


@pytest.fixture
def broken(app: Flask, parts: Any) -> Visitor:
    """An employee in a portal with pages that write something and then fail in one way each."""
    room = Room("broken", __name__)

    def write() -> None:
        work = current_work()
        work.session.add(PolicyValue(name="half", value=1))
        work.record("thing:half", "things:1")
        work.session.flush()

    def page(name: str, failure: Any) -> None:
        @room.page(f"/broken/{name}", may=Open.TO_LOGGED_IN, methods=["GET", "POST"], writes=True, endpoint=name)
        def view() -> Any:
            write()
            return failure()

    def fail(error: Exception) -> Any:
        def raising() -> None:
            raise error

        return raising

    page("unexpected", fail(ZeroDivisionError("a secret detail")))
    page("missing", fail(NotFound()))
    page("late", fail(Conflict()))
    page("stale", fail(StaleVersion()))
    page("invalid", fail(Invalid()))
    page("aborted", lambda: abort(404))
    page("answered", lambda: ("no", 422))
    page("fine", lambda: "yes")
    app.register_blueprint(room)
    with parts.writing() as work:
        make_person(work.session, login="ana")
    return Visitor(app, "ana")


def left_behind(parts: Any) -> list[str]:
    with parts.looking() as work:
        rows = [row.name for row in work.session.scalars(select(PolicyValue))]
        return rows + list(work.session.scalars(select(TrailEntry.subject).where(TrailEntry.action == "thing:half")))


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("unexpected", 500, "Something failed on our side. Nothing was changed."),
        ("missing", 404, "There is nothing here, or it is not for you to see."),
        ("aborted", 404, "There is nothing here, or it is not for you to see."),
        ("late", 409, "This is no longer possible"),
        ("stale", 409, "Someone else changed this while you were editing."),
        ("invalid", 422, "Please correct the marked fields. Nothing was saved."),
        ("answered", 422, "no"),
    ],
)
def test_a_failing_page_says_what_happened_and_changes_nothing(
    broken: Visitor, parts: Any, name: str, status: int, said: str
) -> None:
    for answer in (
        broken.get(f"/broken/{name}"),
        broken.post(f"/broken/{name}", {}, shown_at="/account"),
    ):
        assert answer.status_code == status
        assert said in answer.text
        assert "a secret detail" not in answer.text
    assert left_behind(parts) == []
    assert broken.get("/account").status_code == 200  # The server goes on.


def test_the_page_that_does_not_fail_would_have_left_something(broken: Visitor, parts: Any) -> None:
    assert broken.get("/broken/fine").status_code == 200
    assert left_behind(parts) == ["half", "things:1"]


def test_the_log_names_the_unexpected_error(broken: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        broken.get("/broken/unexpected")
    assert "/broken/unexpected" in caplog.text
    assert "ZeroDivisionError: a secret detail" in caplog.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_error_pages_are_in_the_readers_language(app: Flask, broken: Visitor, language: str) -> None:
    stranger = Visitor(app, language=language)
    for answer in (stranger.get("/nowhere"), stranger.client.delete("/log-in", headers=stranger.headers)):
        assert f'<html lang="{LANGUAGES[language]}">' in answer.text
    broken.post("/language", {"language": language, "next": "/account"}, shown_at="/account")
    for name in ("unexpected", "missing", "stale"):
        assert f'<html lang="{LANGUAGES[language]}">' in broken.get(f"/broken/{name}").text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("token", [None, "", "made up", "ImZvbyI.aaaa.bbbb"])
def test_a_stale_token_is_explained_in_the_readers_language(app: Flask, language: str, token: str | None) -> None:
    stranger = Visitor(app, language=language)
    stranger.get("/log-in")
    form = {"login": "ana", "password": "x"} | ({} if token is None else {"csrf_token": token})
    answer = stranger.client.post("/log-in", data=form, headers=stranger.headers)
    assert answer.status_code == 400
    assert f'<html lang="{LANGUAGES[language]}">' in answer.text
    if language == "en":
        assert "This form is too old or was opened in another log-in. Nothing was changed." in answer.text


def test_the_token_of_another_log_in_is_refused(app: Flask, parts: Any) -> None:
    with parts.writing() as work:
        make_person(work.session, login="ana")
    visitor, other = Visitor(app, "ana"), Visitor(app, "ana")
    token = other.hidden_fields("/account")["csrf_token"]
    answer = visitor.client.post("/log-out", data={"csrf_token": token})
    assert answer.status_code == 400
    assert visitor.get("/account").status_code == 200


def test_a_page_that_does_not_exist(app: Flask) -> None:
    answer = app.test_client().get("/nowhere")
    assert answer.status_code == 404
    assert "There is nothing here, or it is not for you to see." in answer.text
    assert 'href="/"' in answer.text


def test_a_page_used_the_wrong_way(app: Flask) -> None:
    answer = app.test_client().get("/log-out")
    assert answer.status_code == 405
    assert "This page cannot be used that way. Nothing was changed." in answer.text


def test_an_upload_that_is_too_large(app: Flask, parts: Any) -> None:
    with parts.writing() as work:
        make_person(work.session, login="ana")
    visitor = Visitor(app, "ana")
    app.config["MAX_CONTENT_LENGTH"] = 20_000
    form = {**visitor.hidden_fields("/account"), "file": (io.BytesIO(b"x" * 50_000), "scan.pdf")}
    answer = visitor.client.post("/account", data=form, content_type="multipart/form-data")
    assert answer.status_code == 413
    assert "The upload is larger than the archive accepts. Nothing was kept." in answer.text


def test_a_form_with_far_too_many_fields_ends_in_a_message(app: Flask) -> None:
    form = {f"field{number}": "x" for number in range(5000)}
    answer = app.test_client().post("/log-in", data=form, content_type="multipart/form-data")
    assert answer.status_code in (400, 413)
    assert "Nothing was" in answer.text


@pytest.mark.parametrize("where", ["form", "address"])
def test_a_null_character_is_refused_before_it_reaches_a_database(app: Flask, where: str) -> None:
    visitor = Visitor(app)
    if where == "form":
        answer = visitor.post("/log-in", {"login": "a\0", "password": "x"}, shown_at="/log-in")
    else:
        answer = visitor.get("/log-in?next=/a%00b")
    assert answer.status_code == 400
    assert "The request could not be understood. Nothing was changed." in answer.text


def test_every_answer_carries_the_safety_headers(app: Flask) -> None:
    client = app.test_client()
    for address in ("/log-in", "/nowhere", "/log-out"):
        headers = client.get(address).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


def test_pages_hold_no_script_of_their_own(app: Flask, broken: Visitor) -> None:
    """The content security policy would stop it; so nothing may rely on it."""
    for address in ("/log-in", "/account", "/", "/nowhere"):
        page = broken.get(address).text
        assert "onclick=" not in page
        assert "<script>" not in page
