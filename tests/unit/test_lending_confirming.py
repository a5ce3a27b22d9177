"""What the counter confirms is what it was shown: a question that has come up since is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.core.messages import Message
from portal.dossiers.states import Condition
from portal.lending import services
from portal.lending.errors import ConfirmationNeeded
from portal.lending.rules import question_key
from tests.unit.lending_world import World, make_world


@pytest.fixture
def world(session: Any, work_as: Callable[..., Any]) -> World:
    return make_world(session, work_as)


def issue(world: World, line: Any, *keys: str) -> Any:
    return services.issue_line(world.work(world.clerk), line.id, line.row_version, confirmed=keys)


def questions(world: World, line: Any, *keys: str) -> frozenset[str]:
    with pytest.raises(ConfirmationNeeded) as asked:
        issue(world, line, *keys)
    return asked.value.keys


def test_a_question_that_is_new_since_is_asked_again(world: World) -> None:
    dossier = world.dossier()
    world.approved(dossier)
    line = world.approved(dossier, by=world.colleague)
    shown = questions(world, line)
    assert len(shown) == 1
    dossier.volumes[0].condition = Condition.MOULD
    world.session.flush()
    now = questions(world, line, *shown)
    assert now > shown and len(now) == 2, "all that is asked now, the one confirmed before too"
    assert issue(world, line, *now)


def test_another_reservation_than_the_one_shown_is_another_question(world: World) -> None:
    dossier = world.dossier()
    first = world.approved(dossier)
    second = world.approved(dossier, by=world.deputy)
    line = world.approved(dossier, by=world.colleague)
    shown = questions(world, line)
    services.cancel_line(world.work(world.reader), first.id, first.row_version)
    now = questions(world, line, *shown)
    assert not now & shown, "past Dep Uty, not past Rea Reader"
    services.cancel_line(world.work(world.deputy), second.id, second.row_version)
    assert issue(world, line, *shown), "a question that has gone needs no answer"


def test_a_word_of_any_other_kind_confirms_nothing(world: World) -> None:
    dossier = world.dossier()
    world.approved(dossier)
    line = world.approved(dossier, by=world.colleague)
    asked = questions(world, line)
    assert asked and questions(world, line, "y", "True", "") == asked


def test_keys_tell_questions_apart() -> None:
    one, other = (Message("%(volume)s is reserved.", {"volume": volume}) for volume in ("V1", "V2"))
    assert question_key(one) == question_key(Message("%(volume)s is reserved.", {"volume": "V1"}))
    assert question_key(one) != question_key(other)
