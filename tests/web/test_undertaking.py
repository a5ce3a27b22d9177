"""The undertaking as people meet it: led there first, from everywhere; and its pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import event, select

from portal.accounts.models import Person
from portal.core.permissions import Role
from portal.core.trail import TrailEntry
from portal.extensions import db
from portal.undertaking.models import Breach, UndertakingAcceptance, UndertakingVersion
from portal.undertaking.reminding import remind
from portal.undertaking.services import save_draft, submit_draft
from portal.undertaking.texts import DEFAULT_TEXTS
from tests.factories import make_department, make_person
from tests.undertaking_world import House
from tests.web.visitor import Visitor

BEFORE_GATE = {"accounts.log_in", "accounts.choose_language", "accounts.log_out", "undertaking.own"}
"""Written down a second time on purpose: what opens to who has not accepted is a decision."""
ASSETS = {"static", "bootstrap.static"}
ADDRESS = "/undertaking"


@pytest.fixture
def house(parts: Any) -> Callable[..., Any]:
    """`house(act)` does something in the house, in one transaction."""
    made: dict[str, int] = {}

    def do(act: Callable[[House], Any]) -> Any:
        with parts.writing() as work:

            def unit(actor: Any = None) -> Any:
                return parts.unit(work.session, actor)

            if not made:
                home = House(work.session, unit)
                made["manager"], made["director"] = home.manager.id, home.director.id
            else:
                home = House.again(work.session, unit, made["manager"], made["director"])
            return act(home)

    return do


@pytest.fixture
def everybody(house: Any) -> None:
    """Somebody who may do everything, so that it is the gate that shuts and not a door."""
    house(lambda home: make_person(home.session, home.office, *Role, login="everything"))


def address(rule: Any) -> str:
    return re.sub(r"<(?:[^:>]+:)?[^>]+>", "1", rule.rule)


def gated(app: Flask) -> list[Any]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint not in ASSETS | BEFORE_GATE]


def accept(visitor: Visitor, shown_at: str = ADDRESS, **data: str) -> Any:
    return visitor.post(shown_at, {"accepted": "y", **data}, shown_at=shown_at)


def acceptances(parts: Any) -> list[tuple[int, str, date]]:
    with parts.looking() as work:
        rows = work.session.scalars(select(UndertakingAcceptance).order_by(UndertakingAcceptance.id))
        return [(row.person_id, row.language, row.accepted_on) for row in rows]


def test_only_these_pages_stand_before_the_gate(app: Flask) -> None:
    views = app.view_functions
    assert {name for name, view in views.items() if getattr(view, "before_gate", False)} == BEFORE_GATE


def test_every_other_route_leads_to_the_rules(app: Flask, parts: Any, house: Any, everybody: None) -> None:
    visitor = Visitor(app, "everything")
    house(lambda home: home.in_force())
    app.config["WTF_CSRF_ENABLED"] = False
    before = trail_length(parts)
    tried = 0
    for rule in gated(app):
        for method in sorted(rule.methods - {"OPTIONS"}):
            answer = visitor.client.open(
                address(rule), method=method, data={"once": "k" * 32} if method == "POST" else None
            )
            assert answer.status_code in (302, 303), (method, rule.rule, answer.status)
            assert answer.headers["Location"].partition("?")[0] == ADDRESS, (method, rule.rule)
            tried += 1
    assert tried > 150
    assert trail_length(parts) == before, "nothing has happened behind the gate"


def test_scripts_are_told_everywhere(app: Flask, house: Any, everybody: None) -> None:
    visitor = Visitor(app, "everything")
    house(lambda home: home.in_force())
    app.config["WTF_CSRF_ENABLED"] = False
    for rule in gated(app):
        for method in sorted(rule.methods - {"OPTIONS", "HEAD"}):
            for accepts in ("application/json", "application/json, text/html;q=0.5"):
                answer = visitor.client.open(address(rule), method=method, headers={"Accept": accepts})
                assert answer.status_code == 403, (method, rule.rule)
                # What desk.js shows and reads out, and what upload.js writes beside the file.
                assert 'data-tone="refused" data-sentence="Nothing was done: first' in answer.text
                assert re.search(r'<main.*role="alert">Nothing was done: first', answer.text, re.DOTALL)


def test_other_methods_and_addresses_do_not_walk_around(app: Flask, house: Any, everybody: None) -> None:
    visitor = Visitor(app, "everything")
    house(lambda home: home.in_force())
    assert visitor.client.get("//dossiers").status_code in (302, 308, 404)
    for rule in gated(app):
        answer = visitor.client.options(address(rule))
        assert answer.data == b""
    for method in ("PUT", "DELETE", "PATCH"):
        assert visitor.client.open("/dossiers", method=method).status_code in (400, 405)
    assert visitor.get("/no-such-page").status_code == 404


def trail_length(parts: Any) -> int:
    with parts.looking() as work:
        return len(work.session.scalars(select(TrailEntry.id)).all())


def test_without_rules_in_force_nothing_is_asked(app: Flask, house: Any, everybody: None) -> None:
    visitor = Visitor(app, "everything")
    assert visitor.get("/").status_code == 200
    page = visitor.get(ADDRESS)
    assert page.status_code == 200
    assert "No rules are in force yet" in page.text
    assert '<form method="post" class="undertaking' not in page.text


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


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    asked: list[str] = []

    def note(*args: Any) -> None:
        asked.append(args[2])

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def test_the_gate_costs_no_statement(app: Flask, house: Any, everybody: None) -> None:
    """What it needs to know stands in the log-in, which is read anyway."""
    visitor = Visitor(app, "everything")

    def count(path: str) -> int:
        visitor.get(path)
        with statements(app) as asked:
            assert visitor.get(path).status_code == 200
        assert not [statement for statement in asked if "undertaking_" in statement]
        return len(asked)

    before = [count(path) for path in ("/", "/account", "/dossiers")]
    house(lambda home: home.in_force())
    assert accept(visitor).status_code == 302
    assert [count(path) for path in ("/", "/account", "/dossiers")] == before
    with statements(app) as asked:
        visitor.get("/account")
    assert 0 < len(asked) < 12


def test_being_held_is_cheap(app: Flask, house: Any, everybody: None) -> None:
    visitor = Visitor(app, "everything")
    house(lambda home: home.in_force())
    with statements(app) as asked:
        assert visitor.get("/dossiers").status_code == 302
    assert len(asked) <= 3
    with statements(app) as asked:
        assert visitor.get(ADDRESS).status_code == 200
    assert len(asked) <= 12


class TestVersions:
    def test_from_the_offered_text_to_the_rules_in_force(self, app: Flask, house: Any, everybody: None) -> None:
        house(lambda home: None)
        mei, carmen = Visitor(app, "mei"), Visitor(app, "carmen")
        page = mei.get("/undertaking/draft")
        assert "There is no version yet." in page.text
        assert "Los expedientes de nuestros clientes" in page.text
        texts = {"en": "# Ours\n\nWe keep <b>silent</b>.", "es": "# Lo nuestro", "zh": "# 我们的"}
        answer = mei.post("/undertaking/draft", texts, shown_at="/undertaking/draft")
        assert answer.status_code == 302
        assert "silent" in mei.get("/undertaking/draft").text
        assert mei.get("/undertaking/decide").status_code == 403
        assert "Nothing waits for your approval." in carmen.get("/undertaking/decide").text
        answer = mei.post(
            "/undertaking/draft/submit", {}, shown_at="/undertaking/draft", action="/undertaking/draft/submit"
        )
        assert answer.status_code == 302
        assert "waits for your approval" in carmen.get("/undertaking/versions").text
        page = carmen.get("/undertaking/decide").text
        assert "We keep &lt;b&gt;silent&lt;/b&gt;." in page, "a text is text, never HTML"
        action = "/undertaking/decide/approve"
        wrong = carmen.post(action, {"from_on": "2020-01-01"}, shown_at="/undertaking/decide", action=action)
        assert wrong.status_code == 422
        assert "cannot be put in force for the past" in wrong.text
        answer = carmen.post(action, {"from_on": "2026-03-02"}, shown_at="/undertaking/decide", action=action)
        assert answer.status_code == 302, answer.text
        assert carmen.get("/").location == f"{ADDRESS}?next=/", "also who approved it accepts it"
        assert "Version 1 is approved and in force" in carmen.get(ADDRESS).text
        accept(carmen)
        page = carmen.get("/undertaking/versions").text
        assert "In force since" in page

    def test_sent_back_with_a_reason(self, app: Flask, house: Any) -> None:
        def write(home: House) -> None:
            draft = save_draft(home.work(home.manager), DEFAULT_TEXTS, None)
            submit_draft(home.work(home.manager), draft.row_version)

        house(write)
        carmen, mei = Visitor(app, "carmen"), Visitor(app, "mei")
        action = "/undertaking/decide/send-back"
        assert carmen.post(action, {}, shown_at="/undertaking/decide", action=action).status_code == 422
        answer = carmen.post(action, {"comment": "Shorter!"}, shown_at="/undertaking/decide", action=action)
        assert answer.status_code == 302
        assert "Sent back: Shorter!" in mei.get("/undertaking/draft").text
        assert "was sent back" in mei.get("/inbox").text

    def test_earlier_versions_stay_readable_and_drafts_are_not(self, app: Flask, house: Any, parts: Any) -> None:
        def make(home: House) -> None:
            home.person(login="anna")
            home.in_force(words="# The first ones")
            home.in_force(words="# The second ones")
            home.in_force(home.work_as().today + timedelta(days=40), words="# The third ones")
            save_draft(home.work(home.manager), DEFAULT_TEXTS, None)

        house(make)
        anna = Visitor(app, "anna")
        accept(anna)
        with parts.looking() as work:
            ids = work.session.scalars(select(UndertakingVersion.id).order_by(UndertakingVersion.id)).all()
        answers = [anna.get(f"/undertaking/versions/{id_}") for id_ in ids]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 404]
        for answer, words in zip(answers, ("first", "second", "third"), strict=False):
            assert f"The {words} ones" in answer.text
        page = anna.get("/undertaking/versions").text
        assert page.index("In force from") < page.index("In force since") < page.index("Was in force from")
        assert anna.get("/undertaking/draft").status_code == 403


def test_the_confirmation_is_ones_own(app: Flask, house: Any, parts: Any) -> None:
    def make(home: House) -> None:
        home.in_force()
        home.person(login="anna", name="Anna Ruiz")
        home.person(login="bert")

    house(make)
    anna, bert = Visitor(app, "anna"), Visitor(app, "bert")
    accept(anna)
    accept(bert)
    page = anna.get("/undertaking/acceptances/1")
    assert "Anna Ruiz" in page.text
    assert "business secrets" in page.text
    assert bert.get("/undertaking/acceptances/1").status_code == 404
    assert 'href="/undertaking/acceptances/1"' in anna.get("/undertaking/versions").text


def test_who_has_not(app: Flask, house: Any) -> None:
    def make(home: House) -> None:
        east = make_department(home.session, "East")
        home.person(east, login="head", head=True)
        home.person(east, name="Late Lia")
        home.person(login="plain", name="Plain Pia")
        make_person(home.session, home.office, Role.ADMINISTRATOR, login="sam")
        home.in_force()

    house(make)
    visitors = {login: Visitor(app, login) for login in ("head", "plain", "mei", "sam", "carmen")}
    for visitor in visitors.values():
        accept(visitor)
    pages = {login: visitor.get("/undertaking/people") for login, visitor in visitors.items()}
    assert {login: page.status_code for login, page in pages.items()} == {
        "head": 200,
        "plain": 403,
        "mei": 200,
        "sam": 200,
        "carmen": 403,
    }
    assert "Late Lia" in pages["head"].text
    assert "Information Department" not in pages["head"].text.partition("departments-head")[2]
    assert "Information Department" in pages["mei"].text
    with statements(app) as asked:
        visitors["mei"].get("/undertaking/people?department=1&page=7")
    assert len(asked) <= 15


def test_breaches(app: Flask, house: Any, parts: Any) -> None:
    def make(home: House) -> int:
        home.in_force()
        home.person(login="plain", name="Plain Pia")
        make_person(home.session, home.board, Role.AUDITOR, login="grace")
        return home.person(login="careless", name="Careless Cai").id

    person_id = house(make)
    mei, plain, grace, careless = (Visitor(app, login) for login in ("mei", "plain", "grace", "careless"))
    for visitor in (mei, plain, grace, careless):
        accept(visitor)
    new, one = "/undertaking/breaches/new", "/undertaking/breaches/1"
    data = {
        "person_id": str(person_id),
        "kind": "copied",
        "happened_on": "2026-02-27",
        "what": "A <snapshot> of a letter",
    }
    assert mei.post(new, {**data, "person_id": "0"}, shown_at=new).status_code == 422
    assert mei.post(new, {**data, "what": ""}, shown_at=new).status_code == 422
    answer = mei.post(new, data, shown_at=new)
    assert answer.location == one
    page = mei.get(one).text
    assert "A &lt;snapshot&gt; of a letter" in page
    action = f"{one}/close"
    refused = mei.post(action, {}, shown_at=one, action=action)
    assert refused.status_code == 409
    assert "Note first what was done about it" in refused.text
    action = f"{one}/measures"
    assert mei.post(action, {"measure": "Deleted before witnesses"}, shown_at=one, action=action).status_code == 302
    assert [visitor.get(one).status_code for visitor in (grace, plain, careless)] == [200, 404, 404]
    assert [visitor.get("/undertaking/breaches").status_code for visitor in (grace, plain, careless)] == [200, 403, 403]
    assert grace.get(new).status_code == 403
    assert "Breaches" not in careless.get("/undertaking/versions").text
    action = f"{one}/close"
    assert mei.post(action, {}, shown_at=one, action=action).status_code == 302
    assert "Careless Cai" not in mei.get("/undertaking/breaches").text
    assert "Careless Cai" in mei.get("/undertaking/breaches?show=all").text
    action = f"{one}/erase"
    assert mei.post(action, {}, shown_at=one, action=action).status_code == 302
    page = mei.get(one).text
    assert "snapshot" not in page
    assert "witnesses" not in page
    assert "These words were erased." in page
    assert "Breach recorded" in grace.get("/audit").text
    with parts.looking() as work:
        assert work.session.scalars(select(Breach.id)).all() == [1]


def test_a_notice_leads_to_the_rules(app: Flask, house: Any, clock: Any, queues: Any, parts: Any) -> None:
    house(lambda home: (home.person(login="anna"), home.in_force()))
    anna = Visitor(app, "anna")
    accept(anna)
    clock.put(datetime(2027, 2, 20, 1, 0, tzinfo=UTC))
    with parts.writing() as work:
        remind(work)
    anna = Visitor(app, "anna")
    page = anna.get("/inbox").text
    assert "Your confidentiality undertaking is to be renewed" in page
    assert "Mar 2, 2027" in page
    link = re.search(r'href="(/inbox/\d+)"', page)
    assert link is not None
    assert anna.get(link[1]).location == ADDRESS
    assert accept(anna).status_code == 302
