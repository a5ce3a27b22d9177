"""Dossiers asked for by number: however they are written, each once, and none that one may not know of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.core.permissions import Level
from portal.lending.queries import dossiers_numbered
from tests.factories import make_dossier, make_person
from tests.unit.lending_world import World, make_world


@pytest.fixture
def world(session: Any, work_as: Callable[..., Any]) -> World:
    return make_world(session, work_as)


def found(world: World, *numbers: str) -> dict[str, int]:
    uncleared = make_person(world.session)
    rows = dossiers_numbered(world.session, world.act(uncleared), numbers)
    return {number: row.id for number, row in rows.items()}


def test_each_spelling_of_a_number_is_found(world: World) -> None:
    dossier = make_dossier(world.session, world.owner, number="V2026-a7")
    assert found(world, "V2026-a7", "v2026-A7", "V2026-A7", "V2026") == {
        "V2026-a7": dossier.id,
        "v2026-A7": dossier.id,
        "V2026-A7": dossier.id,
    }
    assert found(world) == {}


def test_of_two_numbers_that_differ_by_case_the_one_written_so_counts(world: World) -> None:
    small = make_dossier(world.session, world.owner, number="2026-0007b")
    large = make_dossier(world.session, world.owner, number="2026-0007B")
    assert found(world, "2026-0007B", "2026-0007b") == {"2026-0007B": large.id, "2026-0007b": small.id}


def test_a_written_so_number_of_another_sort_of_letters_is_found(world: World) -> None:
    # Databases and Python do not agree on what the capital of every letter is.
    dossier = make_dossier(world.session, world.owner, number="2026-ñß7")
    assert found(world, "2026-ñß7") == {"2026-ñß7": dossier.id}


def test_a_twin_that_one_may_not_know_of_is_not_told(world: World) -> None:
    make_dossier(world.session, world.owner, number="x-1", level=Level.CORE)
    known = make_dossier(world.session, world.owner, number="X-1")
    assert found(world, "x-1") == {"x-1": known.id}
    make_dossier(world.session, world.owner, number="k-2", level=Level.CORE)
    assert found(world, "k-2", "K-2") == {}
