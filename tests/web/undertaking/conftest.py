"""A house with an undertaking, for the pages about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.core.permissions import Role
from tests.factories import make_person
from tests.undertaking_world import House


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
