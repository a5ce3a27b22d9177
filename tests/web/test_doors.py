"""Every page has a door, and the door is shut to those who may not enter."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.core.permissions import Permission, Role
from portal.core.trail import TrailEntry
from portal.http.guards import Open, Room
from tests.factories import PASSWORD, make_person
from tests.web.visitor import Visitor

ASSETS = {"static", "bootstrap.static"}
PUBLIC = {"accounts.log_in", "accounts.choose_language"}
"""Written down a second time on purpose: what opens without a log-in is a decision."""


def rules(app: Flask) -> list[Any]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint not in ASSETS]


def door(app: Flask, endpoint: str) -> Any:
    return getattr(app.view_functions[endpoint], "door", None)


def address(rule: Any) -> str:
    """The rule with ones for its numbers; rows with that id may or may not exist: the door comes first."""
    return re.sub(r"<(?:[^:>]+:)?[^>]+>", "1", rule.rule)


def methods(rule: Any) -> list[str]:
    return sorted(rule.methods - {"HEAD", "OPTIONS"})


@pytest.fixture
def without_csrf(app: Flask) -> None:
    """So that what answers is the door, not the missing token."""
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def log_in_as(app: Flask, parts: Any) -> Callable[..., Visitor]:
    """Logs in a new person with these roles."""

    def log_in(login: str, *roles: Role) -> Visitor:
        with parts.writing() as work:
            make_person(work.session, None, *roles, login=login)
        visitor = Visitor(app)
        answer = visitor.client.post("/log-in", data={"login": login, "password": PASSWORD})
        assert answer.status_code == 302
        return visitor

    return log_in


def refusals(parts: Any) -> list[TrailEntry]:
    with parts.looking() as work:
        rows = work.session.scalars(
            select(TrailEntry).where(TrailEntry.action == "access:refused").order_by(TrailEntry.id)
        )
        return list(rows)


def test_every_route_declares_a_door(app: Flask) -> None:
    undeclared = [rule.endpoint for rule in rules(app) if not isinstance(door(app, rule.endpoint), Permission | Open)]
    assert undeclared == []
    assert len(rules(app)) > 20


def test_only_these_pages_open_without_a_log_in(app: Flask) -> None:
    assert {rule.endpoint for rule in rules(app) if door(app, rule.endpoint) is Open.TO_ALL} == PUBLIC


def test_a_route_without_a_door_does_not_open(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "the secret")
    answer = app.test_client().get("/forgotten")
    assert answer.status_code == 403
    assert "the secret" not in answer.text


def test_strangers_are_led_to_the_log_in_everywhere(app: Flask, without_csrf: None) -> None:
    client = app.test_client()
    tried = 0
    for rule in rules(app):
        if rule.endpoint in PUBLIC:
            continue
        for method in methods(rule):
            answer = client.open(address(rule), method=method)
            assert answer.status_code == 302, (method, rule.rule)
            assert answer.headers["Location"].startswith("/log-in?next="), (method, rule.rule)
            tried += 1
    assert tried > 20


def test_strangers_change_nothing_by_the_head_or_options_method(app: Flask) -> None:
    client = app.test_client()
    for rule in rules(app):
        if rule.endpoint in PUBLIC:
            continue
        for method in sorted(rule.methods & {"HEAD", "OPTIONS"}):
            answer = client.open(address(rule), method=method)
            assert answer.status_code in ((302,) if method == "HEAD" else (200, 302)), (method, rule.rule)
            assert answer.data == b"" or answer.status_code == 302


@pytest.mark.parametrize("role", Role)
def test_who_lacks_the_permission_is_refused_everywhere_and_that_is_recorded(
    app: Flask, parts: Any, without_csrf: None, log_in_as: Callable[..., Visitor], role: Role
) -> None:
    visitor = log_in_as("someone", role)
    from portal.core.permissions import ROLE_PERMISSIONS

    guarded = 0
    for rule in rules(app):
        needed = door(app, rule.endpoint)
        if not isinstance(needed, Permission) or needed in ROLE_PERMISSIONS[role]:
            continue
        for method in methods(rule):
            answer = visitor.client.open(address(rule), method=method)
            assert answer.status_code == 403, (method, rule.rule)
            guarded += 1
            last = refusals(parts)[-1]
            assert (last.details["method"], last.details["path"]) == (method, address(rule))
            assert last.actor_id is not None
    assert guarded > 0
    assert len(refusals(parts)) == guarded


def test_the_refused_person_reads_that_it_was_recorded(
    app: Flask, without_csrf: None, log_in_as: Callable[..., Visitor]
) -> None:
    answer = log_in_as("someone").get("/people")
    assert answer.status_code == 403
    assert "The attempt was recorded." in answer.text


def test_every_form_asks_for_its_token(app: Flask, parts: Any) -> None:
    """Without the token of a page of ours nothing is changed: another site cannot send our forms."""
    with parts.writing() as work:
        make_person(work.session, None, *Role, login="everything")
    visitor = Visitor(app, "everything")
    posts = [rule for rule in rules(app) if "POST" in rule.methods]
    assert len(posts) > 5
    for rule in posts:
        answer = visitor.client.post(address(rule), data={"once": "k" * 32})
        assert answer.status_code == 400, rule.rule
        assert "This form is too old" in answer.text, rule.rule


def test_no_page_changes_something_by_other_methods(app: Flask) -> None:
    for rule in rules(app):
        assert rule.methods <= {"GET", "HEAD", "OPTIONS", "POST"}, rule.rule


def test_the_assets_are_ours(app: Flask) -> None:
    """The intranet has no CDN: every script and style comes from this server."""
    page = app.test_client().get("/log-in").text
    found = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert [link for link in found if "bootstrap" in link]
    assert all(link.startswith(("/", "#")) and not link.startswith("//") for link in found)


def test_a_door_declared_in_a_room_of_ones_own_is_kept(app: Flask, log_in_as: Callable[..., Visitor]) -> None:
    room = Room("attic", __name__)

    @room.page("/attic", may=Permission.TRAIL_VIEW)
    def attic() -> str:
        return "dust"

    app.register_blueprint(room)
    app.config["WTF_CSRF_ENABLED"] = False
    assert log_in_as("employee").get("/attic").status_code == 403
    assert log_in_as("auditor", Role.AUDITOR).get("/attic").text == "dust"
