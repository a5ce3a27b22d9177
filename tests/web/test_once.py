"""A form that acts once: sent twice, by a double click or a bad connection, it acts once."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from portal.accounts.models import OnceKey
from portal.core.trail import TrailEntry
from portal.http.edge import current_work
from portal.http.forms import OnceForm
from portal.http.guards import Open, Room
from tests.factories import make_person
from tests.web.visitor import Visitor

KEY = "a-key-of-the-page-0001"


@pytest.fixture
def counter(app: Flask, parts: Any) -> Flask:
    """A portal with a counter whose button may be pressed once for each page shown; ana and eva work there."""
    room = Room("counter", __name__)

    @room.page("/counter", may=Open.TO_LOGGED_IN, methods=["GET", "POST"], once=True)
    def press() -> ResponseReturnValue:
        if request.method == "GET":
            return f'<input type="hidden" name="once" value="{OnceForm().once.data}">'
        if request.form.get("fail"):
            return "please correct", 422
        entry = current_work().record("thing:press", "things:1")
        current_work().session.flush()
        return redirect(f"/counter?pressed={entry.id}")

    app.register_blueprint(room)
    app.config["WTF_CSRF_ENABLED"] = False
    with parts.writing() as work:
        for login in ("ana", "eva"):
            make_person(work.session, login=login)
    return app


def presses(parts: Any) -> int:
    with parts.looking() as work:
        return len(work.session.scalars(select(TrailEntry).where(TrailEntry.action == "thing:press")).all())


def send(visitor: Visitor, **form: str) -> Any:
    return visitor.client.post("/counter", data={"once": KEY, **form})


def test_the_second_time_leads_where_the_first_one_led(counter: Flask, parts: Any) -> None:
    visitor = Visitor(counter, "ana")
    first, second = send(visitor), send(visitor)
    assert first.status_code == second.status_code == 302
    assert second.headers["Location"] == first.headers["Location"]
    assert presses(parts) == 1
    assert "This had already been done; nothing was done twice." in visitor.get("/account").text


def test_each_page_shown_has_a_key_of_its_own(counter: Flask, parts: Any) -> None:
    visitor = Visitor(counter, "ana")
    keys = {visitor.hidden_fields("/counter")["once"] for _ in range(3)}
    assert len(keys) == 3
    for key in keys:
        send(visitor, once=key)
    assert presses(parts) == 3


def test_a_form_sent_back_for_correction_keeps_its_key(counter: Flask, parts: Any) -> None:
    visitor = Visitor(counter, "ana")
    assert send(visitor, fail="yes").status_code == 422
    assert send(visitor).status_code == 302
    assert presses(parts) == 1


def test_the_key_of_one_person_says_nothing_about_anothers(counter: Flask, parts: Any) -> None:
    assert send(Visitor(counter, "ana")).status_code == 302
    assert send(Visitor(counter, "eva")).status_code == 302
    assert presses(parts) == 2


@pytest.mark.parametrize("key", ["", "short", "x" * 65])
def test_without_a_proper_key_nothing_is_done(counter: Flask, parts: Any, key: str) -> None:
    answer = send(Visitor(counter, "ana"), once=key)
    assert answer.status_code == 400
    assert presses(parts) == 0


def test_two_at_the_same_moment_act_once(counter: Flask, parts: Any) -> None:
    """A real race: six browsers of one person at a gate."""
    visitors = [Visitor(counter, "ana") for _ in range(6)]
    gate = threading.Barrier(len(visitors))
    answers: list[Any] = []

    def run(visitor: Visitor) -> None:
        gate.wait()
        answers.append(send(visitor))

    threads = [threading.Thread(target=run, args=(visitor,)) for visitor in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [302] * len(visitors)
    assert presses(parts) == 1
    assert len({answer.headers["Location"] for answer in answers}) == 1
    with parts.looking() as work:
        assert len(work.session.scalars(select(OnceKey)).all()) == 1
