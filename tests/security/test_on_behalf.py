"""Asking on behalf of a colleague tells nothing about them: whatever stands in the way, there is one sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.errors import Conflict, PortalError
from portal.core.permissions import Level
from portal.dossiers.models import Dossier
from portal.lending import services
from portal.lending.models import Request, RequestLine
from portal.lending.states import LineState, RequestKind
from tests.factories import make_responsible
from tests.unit.lending_world import World, make_world

SENTENCE = "This cannot be asked for on behalf of this colleague. They can ask themselves."


@pytest.fixture
def world(session: Any, work_as: Callable[..., Any]) -> World:
    return make_world(session, work_as)


def reads_it_already(world: World, _clock: Any) -> tuple[Dossier, RequestKind]:
    dossier = world.dossier()
    make_responsible(world.session, world.reader, dossier.client)
    return dossier, RequestKind.READ


def may_not_know_of_it(world: World, _clock: Any) -> tuple[Dossier, RequestKind]:
    world.reader.clearance = Level.GENERAL
    return world.dossier(Level.CORE), RequestKind.READ


def has_asked_already(world: World, _clock: Any) -> tuple[Dossier, RequestKind]:
    dossier = world.dossier()
    world.ask(dossier)
    return dossier, RequestKind.BORROW


def has_an_overdue_file(world: World, clock: Any) -> tuple[Dossier, RequestKind]:
    world.lend(world.dossier())
    clock.advance(days=20)
    return world.dossier(), RequestKind.BORROW


SECRETS = (reads_it_already, may_not_know_of_it, has_asked_already, has_an_overdue_file)
Secret = Callable[[World, Any], tuple[Dossier, RequestKind]]


def refusal(world: World, dossier: Dossier, kind: RequestKind, **asked: Any) -> PortalError:
    with pytest.raises(PortalError) as caught:
        world.ask(dossier, kind, **asked)
    return caught.value


@pytest.mark.parametrize("secret", SECRETS)
def test_a_colleague_is_told_one_sentence(world: World, clock: Any, secret: Secret) -> None:
    dossier, kind = secret(world, clock)
    error = refusal(world, dossier, kind, by=world.colleague, reader_id=world.reader.id)
    assert (type(error), str(error.message), error.status, vars(error).get("fields")) == (Conflict, SENTENCE, 409, None)


@pytest.mark.parametrize("secret", SECRETS)
def test_records_staff_who_see_all_loans_are_told_why(world: World, clock: Any, secret: Secret) -> None:
    dossier, kind = secret(world, clock)
    error = refusal(world, dossier, kind, by=world.clerk, reader_id=world.reader.id)
    assert str(error.message) != SENTENCE


@pytest.mark.parametrize("secret", [reads_it_already, has_asked_already, has_an_overdue_file])
def test_the_person_concerned_is_told_why(world: World, clock: Any, secret: Secret) -> None:
    dossier, kind = secret(world, clock)
    assert str(refusal(world, dossier, kind, by=world.reader).message) != SENTENCE


@pytest.mark.parametrize("secret", [has_asked_already, has_an_overdue_file])
def test_a_draft_sent_later_tells_no_more(world: World, clock: Any, secret: Secret) -> None:
    dossier, kind = secret(world, clock)
    line = world.ask(dossier, kind, by=world.colleague, reader_id=world.reader.id, draft=True)
    with pytest.raises(Conflict) as caught:
        services.submit_line(world.work(world.colleague), line.id, line.row_version)
    assert str(caught.value.message) == SENTENCE


def test_where_nothing_stands_in_the_way_a_colleague_asks_for_another(world: World) -> None:
    line = world.ask(world.dossier(), by=world.colleague, reader_id=world.reader.id)
    assert (line.reader_id, line.state) == (world.reader.id, LineState.SUBMITTED)
    assert world.session.scalars(select(Request.filed_by_id).join(RequestLine)).all() == [world.colleague.id]
