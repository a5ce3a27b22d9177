"""Whoever tries what is not theirs leaves an entry in the trail, and the entry itself gives nothing away."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.permissions import Level, Role
from tests.factories import make_person
from tests.web.documents_world import Visitor, World, make_world, trail_of


@pytest.fixture
def world(parts: Any) -> World:
    """Two auditors besides: `plain`, and `cleared` for core dossiers."""
    with parts.writing() as work:
        make_person(work.session, None, Role.AUDITOR, login="plain")
        make_person(work.session, None, Role.AUDITOR, login="cleared", clearance=Level.CORE)
    return make_world(parts)


def refusals(parts: Any) -> list[tuple[int | None, str, str]]:
    return [
        (entry.dossier_id, entry.details["method"], entry.details["path"])
        for entry in trail_of(parts, "access:refused")
    ]


@pytest.mark.parametrize("rest", ["", "/client", "/volumes", "/documents/new", "/loans"])
def test_a_dossier_one_may_not_know_of_is_not_found_and_the_attempt_is_kept(
    app: Any, parts: Any, world: World, rest: str
) -> None:
    path = f"/dossiers/{world.core}{rest}"
    assert Visitor(app, "nobody").get(path).status_code == 404
    assert refusals(parts) == [(world.core, "GET", path)]


def test_the_inside_of_a_dossier_one_may_only_know_of_too(app: Any, parts: Any, world: World) -> None:
    path = f"/dossiers/{world.general}/client"
    assert Visitor(app, "nobody").get(path).status_code == 404
    assert refusals(parts) == [(world.general, "GET", path)]


def test_what_does_not_exist_is_answered_and_recorded_alike(app: Any, parts: Any, world: World) -> None:
    assert Visitor(app, "nobody").get("/dossiers/999999").status_code == 404
    assert refusals(parts) == [(999999, "GET", "/dossiers/999999")]


def test_who_is_not_logged_in_writes_no_entries(app: Any, parts: Any, world: World) -> None:
    stranger = Visitor(app)
    for path in (f"/dossiers/{world.core}", "/dossiers/999999", "/nothing"):
        assert stranger.get(path).status_code in (302, 404)
    assert refusals(parts) == []


def test_only_auditors_with_clearance_read_what_was_tried_on_a_core_dossier(app: Any, parts: Any, world: World) -> None:
    tried = [f"/dossiers/{world.core}", "/people", "/requests/77", f"/dossiers/{world.general}/client"]
    for path in tried:
        assert Visitor(app, "nobody").get(path).status_code in (403, 404)
    assert [path for _, _, path in refusals(parts)] == tried
    plain, cleared = (Visitor(app, login).get("/audit").text for login in ("plain", "cleared"))
    assert [path in cleared for path in tried] == [True] * 4
    # An address without a dossier may still lead to one: only what is about a known dossier is shown.
    assert [path in plain for path in tried] == [False, False, False, True]
    assert world.core_number not in plain
