"""Accepting the undertaking: led there and back, once, in the language it is read in, every year again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts.models import Person
from tests.undertaking_world import House
from tests.web.undertaking.steps import ADDRESS, accept, acceptances
from tests.web.visitor import Visitor


class TestAccepting:
    def test_led_there_and_back(self, app: Flask, parts: Any, house: Any, everybody: None) -> None:
        house(lambda home: home.in_force())
        visitor = Visitor(app)
        answer = visitor.get("/dossiers?q=amber&page=2")
        answer = visitor.post(
            answer.location, {"login": "everything", "password": "correct horse 7"}, shown_at=answer.location
        )
        assert answer.location == "/dossiers?q=amber&page=2"
        answer = visitor.get(answer.location)
        assert answer.location.startswith(f"{ADDRESS}?next=")
        page = visitor.get(answer.location)
        assert "Before you go on" in page.text
        assert "business secrets" in page.text
        assert 'class="places"' not in page.text, "what does not open is not offered"
        accepted = accept(visitor, answer.location)
        assert (accepted.status_code, accepted.location) == (302, "/dossiers?q=amber&page=2")
        answer = visitor.get("/dossiers?q=amber&page=2")
        assert answer.status_code == 200
        assert "You have accepted the rules." in answer.text
        assert len(acceptances(parts)) == 1

    @pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "http://[", "x"])
    def test_one_is_led_back_within_the_portal_only(self, app: Flask, house: Any, everybody: None, target: str) -> None:
        house(lambda home: home.in_force())
        visitor = Visitor(app, "everything")
        assert accept(visitor, f"{ADDRESS}?{urlencode({'next': target})}").location == "/"

    def test_without_the_tick_nothing_is_accepted(self, app: Flask, parts: Any, house: Any, everybody: None) -> None:
        house(lambda home: home.in_force())
        visitor = Visitor(app, "everything")
        answer = visitor.post(ADDRESS, {}, shown_at=ADDRESS)
        assert answer.status_code == 422
        assert "Please tick this box" in answer.text
        assert acceptances(parts) == []
        assert visitor.get("/").status_code == 302

    def test_in_the_language_it_is_read_in(self, app: Flask, parts: Any, house: Any, everybody: None) -> None:
        house(lambda home: home.in_force())
        visitor = Visitor(app, "everything")
        switched = visitor.post("/language", {"language": "zh", "next": f"{ADDRESS}?next=/loans"}, shown_at=ADDRESS)
        assert switched.location == f"{ADDRESS}?next=/loans", "the language may be chosen first"
        page = visitor.get(switched.location)
        assert "客户案卷属于公司的商业秘密" in page.text
        assert accept(visitor, switched.location).location == "/loans"
        assert [row[1] for row in acceptances(parts)] == ["zh"]

    def test_rules_that_changed_while_one_read_are_read_again(
        self, app: Flask, parts: Any, house: Any, everybody: None
    ) -> None:
        house(lambda home: home.in_force())
        visitor = Visitor(app, "everything")
        hidden = visitor.hidden_fields(ADDRESS)
        house(lambda home: home.in_force(words="# New"))
        answer = visitor.client.post(ADDRESS, data={**hidden, "accepted": "y"})
        assert answer.status_code == 409
        assert "Meanwhile other rules are in force." in answer.text
        assert acceptances(parts) == []
        assert accept(visitor).status_code == 302

    def test_a_double_click_accepts_once(self, app: Flask, parts: Any, house: Any, everybody: None) -> None:
        house(lambda home: home.in_force())
        visitor = Visitor(app, "everything")
        hidden = visitor.hidden_fields(ADDRESS)
        answers = [visitor.client.post(ADDRESS, data={**hidden, "accepted": "y"}) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [302, 302]
        assert len(acceptances(parts)) == 1

    def test_one_can_log_out_instead(self, app: Flask, house: Any, everybody: None) -> None:
        house(lambda home: home.in_force())
        visitor = Visitor(app, "everything")
        assert visitor.post("/log-out", {}, shown_at=ADDRESS).location == "/log-in"

    def test_a_form_that_was_being_filled_in_is_answered_clearly(self, app: Flask, house: Any, everybody: None) -> None:
        visitor = Visitor(app, "everything")
        hidden = visitor.hidden_fields("/dossiers/new")
        house(lambda home: home.in_force())
        answer = visitor.client.post("/dossiers/new", data=hidden)
        assert (answer.status_code, answer.location) == (303, f"{ADDRESS}?next=/dossiers/new")
        assert "Nothing was saved: the rules have to be accepted first." in visitor.get(answer.location).text
        answer = visitor.client.post("/log-out", data=hidden)
        assert answer.location == "/log-in"

    def test_every_year_again(self, app: Flask, house: Any, everybody: None, clock: Any) -> None:
        house(lambda home: home.in_force())
        assert accept(Visitor(app, "everything")).status_code == 302
        clock.put(datetime(2027, 3, 2, 1, 0, tzinfo=UTC))
        visitor = Visitor(app, "everything")
        assert visitor.get("/").status_code == 200
        assert "is good until" in visitor.get(ADDRESS).text
        clock.put(datetime(2027, 3, 2, 15, 59, tzinfo=UTC))  # Still that day in the office.
        visitor = Visitor(app, "everything")
        assert visitor.get("/").status_code == 200
        clock.put(datetime(2027, 3, 2, 16, 1, tzinfo=UTC))
        assert visitor.get("/").location == f"{ADDRESS}?next=/", "also who was logged in over midnight"
        assert visitor.get("/").status_code == 302
        accept(visitor)
        assert visitor.get("/").status_code == 200

    def test_the_log_in_of_the_command_line_is_not_gated(self, app: Flask, house: Any, parts: Any) -> None:
        house(lambda home: home.in_force())
        answer = app.test_cli_runner().invoke(args=["lending", "remind"])
        assert answer.exit_code == 0, answer.output

    def test_who_has_left_is_not_let_in_by_accepting(self, app: Flask, house: Any, everybody: None, parts: Any) -> None:
        house(lambda home: home.in_force())
        visitor = Visitor(app, "everything")

        def leave(home: House) -> None:
            person = home.session.scalars(select(Person).where(Person.login == "everything")).one()
            person.departed_at = home.work_as().now

        house(leave)
        assert visitor.get(ADDRESS).location.startswith("/log-in")
