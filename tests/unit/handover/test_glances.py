"""The handovers on the front page: exactly those that `signers` names the person for, and one's own."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Department, Person
from portal.accounts.queries import actor_of
from portal.application import OBLIGATIONS
from portal.core.obligations import Side
from portal.core.permissions import Role
from portal.handover.models import Handover, HandoverSignature
from portal.handover.queries import glances_to_sign, handover_of, own_glance, signers
from portal.handover.services import open_handover
from portal.handover.states import HandoverKind, HandoverState
from portal.lending.services import cancel_line
from tests.factories import make_department, make_person
from tests.unit.lending_world import World, make_world

LAST_DAY = date(2026, 3, 9)


@pytest.fixture
def world(session: Session, work_as: object) -> World:
    return make_world(session, work_as)


def opened(world: World, person: Person, by: Person | None = None) -> Handover:
    return open_handover(world.work(by or world.records), OBLIGATIONS, person.id, HandoverKind.LEAVING, LAST_DAY)


def by_the_rule(world: World, person: Person) -> set[int]:
    """Open handovers of which `signers` names the person for a side that has not signed."""
    handovers = world.session.scalars(select(Handover).where(Handover.state == HandoverState.OPEN)).all()
    return {
        row.id
        for row in handovers
        for side in Side
        if side not in row.signed_sides and person.id in {each.id for each in signers(world.session, row, side)}
    }


def shown(world: World, person: Person) -> set[int]:
    world.session.flush()
    return {row.id for row in glances_to_sign(world.session, actor_of(world.session, person), 50)}


def everyone(world: World) -> list[Person]:
    return list(world.session.scalars(select(Person)))


def same_for_everyone(world: World) -> None:
    for person in everyone(world):
        assert shown(world, person) == by_the_rule(world, person), person.name


def test_they_are_those_one_signs(world: World) -> None:
    reader, clerk = opened(world, world.reader), opened(world, world.clerk)
    same_for_everyone(world)
    assert reader.id in shown(world, world.head)
    assert shown(world, world.records) == {reader.id, clerk.id}
    assert shown(world, world.reader) == set()


@pytest.mark.parametrize("side", list(Side))
def test_what_one_has_signed_waits_for_somebody_else(world: World, side: Side) -> None:
    handover = opened(world, world.clerk)
    signed = HandoverSignature(
        handover=handover, side=side, signed_by_id=world.records.id, signed_at=world.work(world.records).now
    )
    world.session.add(signed)
    same_for_everyone(world)
    if side == Side.DEPARTMENT:
        assert handover.id not in shown(world, world.records)
        assert handover.id in shown(world, world.general)


def test_while_the_records_manager_leaves_the_general_manager_signs(world: World) -> None:
    handover = opened(world, world.reader)
    assert handover.id not in shown(world, world.general)
    opened(world, world.records, by=make_person(world.session, None, Role.ADMINISTRATOR))
    same_for_everyone(world)
    assert handover.id in shown(world, world.general)


def test_while_the_head_leaves_the_deputy_signs(world: World) -> None:
    handover = opened(world, world.reader)
    opened(world, world.head)
    same_for_everyone(world)
    assert handover.id in shown(world, world.deputy) - shown(world, world.head)
    sales = world.session.get_one(Department, world.reader.department_id)
    sales.deputy_id = None
    same_for_everyone(world)
    assert handover.id in shown(world, world.general), "nobody leads the department any more"


def test_ones_own_says_how_far_it_has_come(world: World) -> None:
    line = world.ask(world.dossier())
    world.ask(world.dossier())
    handover = opened(world, world.reader)
    glance = own_glance(world.session, actor_of(world.session, world.reader))
    assert glance is not None
    assert (glance.id, glance.last_day, glance.closed, glance.total) == (handover.id, LAST_DAY, 0, 2)
    cancel_line(world.work(world.reader), line.id, line.row_version)
    assert own_glance(world.session, actor_of(world.session, world.head)) is None


def test_the_way_from_a_person_to_their_handover(world: World) -> None:
    admin = actor_of(world.session, make_person(world.session, None, Role.ADMINISTRATOR))
    assert handover_of(world.session, admin, world.reader.id) is None
    handover = opened(world, world.reader)
    assert handover_of(world.session, admin, world.reader.id) == handover.id
    stranger = actor_of(world.session, make_person(world.session, make_department(world.session)))
    assert handover_of(world.session, stranger, world.reader.id) is None
    handover.state, world.reader.leaving_on = HandoverState.CALLED_OFF, None
    world.session.flush()
    assert handover_of(world.session, admin, world.reader.id) is None, "a new one can be opened"
