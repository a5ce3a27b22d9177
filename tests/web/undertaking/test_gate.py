"""Who has not accepted the undertaking is led there first, from everywhere."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from sqlalchemy import select

from portal.core.trail import TrailEntry
from tests.web.undertaking.steps import ADDRESS, accept, statements
from tests.web.visitor import Visitor

BEFORE_GATE = {"accounts.log_in", "accounts.choose_language", "accounts.log_out", "undertaking.own"}
"""Written down a second time on purpose: what opens to who has not accepted is a decision."""
ASSETS = {"static", "bootstrap.static"}


def address(rule: Any) -> str:
    return re.sub(r"<(?:[^:>]+:)?[^>]+>", "1", rule.rule)


def gated(app: Flask) -> list[Any]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint not in ASSETS | BEFORE_GATE]


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
