"""Who signs, how often, and what a signature opens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from portal.access.models import ReadingGrant
from portal.access.queries import readable_by
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted, StaleVersion
from portal.core.permissions import Level, Role
from portal.dossiers.models import Dossier
from portal.dossiers.states import Custody
from portal.lending import queries, services
from portal.lending.models import DecisionStage, RequestLine
from portal.lending.states import LineState, RequestKind
from tests.factories import make_department, make_person
from tests.unit.lending_world import World, make_world

TODAY = date(2026, 3, 2)


@pytest.fixture
def world(session: Any, work_as: Callable[..., Any]) -> World:
    return make_world(session, work_as)


def signers(world: World, line: RequestLine) -> set[str]:
    found = queries.signers_of(world.session, line)
    assert found is not None
    return {person.name for person in found.people}


def waiting(world: World, person: Any) -> list[int]:
    return [row.id for row in queries.waiting_for_my_decision(world.session, world.act(person), TODAY)]


def may_read(world: World, person: Any, dossier: Dossier, today: date = TODAY) -> bool:
    query = select(Dossier.id).where(Dossier.id == dossier.id, readable_by(world.act(person), Dossier, today))
    return world.session.scalar(query) is not None


def test_a_general_dossier_needs_the_head_alone_and_the_grant_opens_it(world: World) -> None:
    dossier = world.dossier()
    line = world.ask(dossier, RequestKind.READ)
    assert not may_read(world, world.reader, dossier)
    assert waiting(world, world.head) == waiting(world, world.deputy) == [line.id]
    world.sign(line)
    assert (line.state, line.closed_at is not None) == (LineState.FULFILLED, True)
    grant = world.session.get_one(ReadingGrant, line.grant_id)
    assert (grant.until_date, grant.both_signed, grant.granted_by_id) == (date(2026, 3, 9), False, world.head.id)
    assert may_read(world, world.reader, dossier, date(2026, 3, 9))
    assert not may_read(world, world.reader, dossier, date(2026, 3, 10))
    assert not may_read(world, world.colleague, dossier)


@pytest.mark.parametrize("level", [Level.IMPORTANT, Level.CORE])
def test_important_and_core_dossiers_need_both_signatures(world: World, level: Level) -> None:
    dossier = world.dossier(level)
    line = world.sign(world.ask(dossier, RequestKind.READ))
    assert line.state == LineState.HEAD_APPROVED
    assert not may_read(world, world.reader, dossier)
    assert (waiting(world, world.records), waiting(world, world.general)) == ([line.id], [])
    with pytest.raises(NotPermitted):
        world.sign_second(line, by=world.general)
    with pytest.raises(NotPermitted):
        world.sign_second(line, by=world.head)
    world.sign_second(line)
    assert world.session.get_one(ReadingGrant, line.grant_id).both_signed
    assert may_read(world, world.reader, dossier)


def test_the_reader_gives_a_grant_back_and_nobody_else_does(world: World) -> None:
    dossier = world.dossier()
    line = world.sign(world.ask(dossier, RequestKind.READ))
    assert line.grant_id
    with pytest.raises(NotFound):
        services.end_grant(world.work(world.head), line.grant_id)
    assert [row.id for row, _dossier in queries.my_grants(world.session, world.act(world.reader), TODAY)] == [
        line.grant_id
    ]
    services.end_grant(world.work(world.reader), line.grant_id)
    assert not may_read(world, world.reader, dossier)
    assert not queries.my_grants(world.session, world.act(world.reader), TODAY)
    with pytest.raises(Conflict):
        services.end_grant(world.work(world.reader), line.grant_id)


def test_a_rejection_needs_a_comment_and_ends_the_request(world: World) -> None:
    line = world.ask(world.dossier())
    with pytest.raises(Invalid) as refusal:
        world.sign(line, approve=False, comment=" ")
    assert "comment" in refusal.value.fields
    world.sign(line, approve=False, comment="Ask for the template instead")
    assert line.state == LineState.REJECTED
    assert [(row.stage, row.approved, row.comment and row.comment.content) for row in line.decisions] == [
        (DecisionStage.HEAD, False, "Ask for the template instead")
    ]
    with pytest.raises(Conflict):
        world.sign(line)


def test_nobody_decides_their_own_request_nor_one_they_filed(world: World) -> None:
    own = world.ask(world.dossier(), by=world.head)
    assert (waiting(world, world.head), waiting(world, world.deputy)) == ([], [own.id])
    with pytest.raises(NotPermitted):
        world.sign(own, by=world.head)
    filed = world.ask(world.dossier(), by=world.deputy, reader_id=world.reader.id)
    assert signers(world, filed) == {"Hea Dofsales"}
    with pytest.raises(NotPermitted):
        world.sign(filed, by=world.deputy)
    assert world.sign(filed).state == LineState.READY


def test_a_head_without_deputy_goes_to_the_general_manager(world: World) -> None:
    world.head.department.deputy_id = None
    line = world.ask(world.dossier(), by=world.head)
    assert signers(world, line) == {"Gen Eral"}
    assert world.sign(line, by=world.general).state == LineState.READY


def test_heads_of_other_departments_do_not_find_the_request(world: World) -> None:
    other = make_person(world.session, make_department(world.session), head=True)
    line = world.ask(world.dossier())
    with pytest.raises(NotFound):
        world.sign(line, by=other)
    assert waiting(world, other) == []


def test_a_core_request_goes_only_to_signers_who_may_know_of_it(world: World) -> None:
    world.head.clearance = Level.IMPORTANT
    world.general.clearance = Level.IMPORTANT
    line = world.ask(world.dossier(Level.CORE))
    assert signers(world, line) == {"Dep Uty"}
    for blind in (world.head, world.general):
        assert waiting(world, blind) == []
        with pytest.raises(NotFound):
            world.sign(line, by=blind)
    world.sign(line, by=world.deputy)
    world.records.clearance = Level.GENERAL
    assert signers(world, line) == set()
    world.general.clearance = Level.CORE
    assert signers(world, line) == {"Gen Eral"}, "no records manager may know of it"
    assert waiting(world, world.general) == [line.id]


def test_where_the_records_manager_signed_as_head_the_general_manager_signs_second(world: World) -> None:
    line = world.ask(world.dossier(Level.IMPORTANT), by=world.clerk)
    world.sign(line, by=world.records)
    assert (waiting(world, world.records), waiting(world, world.general)) == ([], [line.id])
    with pytest.raises(NotPermitted):
        world.sign_second(line, by=world.records)
    assert world.sign_second(line, by=world.general).state == LineState.READY


def test_a_second_records_manager_comes_before_the_general_manager(world: World) -> None:
    second = make_person(
        world.session, world.records.department, Role.RECORDS_MANAGER, name="Sec Ond", clearance=Level.CORE
    )
    line = world.sign(world.ask(world.dossier(Level.IMPORTANT), by=world.clerk), by=world.records)
    assert (waiting(world, second), waiting(world, world.general)) == ([line.id], [])


def test_the_general_managers_own_request_waits_openly_when_nobody_is_left_to_sign(world: World) -> None:
    line = world.ask(world.dossier(Level.CORE), by=world.general)
    assert signers(world, line) == {"Rec Ords"}
    world.sign(line, by=world.records)
    assert signers(world, line) == set(), "nobody signs twice, nobody signs their own"
    for person in (world.records, world.general, world.head):
        assert waiting(world, person) == []
    other = make_person(world.session, world.general.department, Role.GENERAL_MANAGER, clearance=Level.CORE)
    assert waiting(world, other) == [line.id]


def test_what_the_signer_saw_must_still_be_true(world: World) -> None:
    line = world.ask(world.dossier())
    version = line.row_version
    world.sign(line, by=world.deputy)
    with pytest.raises(StaleVersion):
        services.decide_as_head(world.work(world.head), line.id, version, approve=False, comment="No")


def test_a_grant_is_not_given_to_a_reader_who_lost_the_clearance(world: World) -> None:
    dossier = world.dossier(Level.CORE)
    line = world.sign(world.ask(dossier, RequestKind.READ))
    world.reader.clearance = Level.IMPORTANT
    with pytest.raises(Conflict):
        world.sign_second(line)


def test_the_last_signature_reserves_what_stands_on_the_shelf(world: World) -> None:
    dossier = world.dossier(volumes=2)
    loan = world.lend(dossier, by=world.colleague)
    out, kept = dossier.volumes
    assert loan.volume_id == out.id
    world.give_back(queries.open_loan_of_volume(world.session, kept.id))
    line = world.approved(dossier)
    assert (out.custody, kept.custody) == (Custody.ON_LOAN, Custody.RESERVED)
    assert queries.first_in_line(world.session, kept.id, TODAY) is line
