"""The undertaking's other pages: its versions, who has not accepted, breaches."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from portal.core.permissions import Role
from portal.undertaking.models import Breach, UndertakingVersion
from portal.undertaking.reminding import remind
from portal.undertaking.services import save_draft, submit_draft
from portal.undertaking.texts import DEFAULT_TEXTS
from tests.factories import make_department, make_person
from tests.undertaking_world import House
from tests.web.undertaking.steps import ADDRESS, accept, statements
from tests.web.visitor import Visitor


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
