"""Reading grants end with what they were signed for, for ever; looks under them are counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from portal.access.models import GrantEnd, ReadingGrant
from portal.access.queries import readable_by
from portal.access.services import end_grants_of_departed, end_grants_of_mover
from portal.accounts import services as accounts
from portal.accounts.models import Person
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted
from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry
from portal.dossiers.models import Dossier
from portal.dossiers.services import change_level
from portal.lending import queries, services
from portal.lending.states import RequestKind
from portal.notices.kinds import NoticeKind
from portal.notices.models import Notice
from tests.factories import make_department, make_person
from tests.unit.lending_world import World, make_world

TODAY = date(2026, 3, 2)


@pytest.fixture
def world(session: Any, work_as: Callable[..., Any]) -> World:
    return make_world(session, work_as)


def grant_for(world: World, dossier: Dossier) -> ReadingGrant:
    line = world.sign(world.ask(dossier, RequestKind.READ))
    if dossier.level != Level.GENERAL:
        line = world.sign_second(line)
    return world.session.get_one(ReadingGrant, line.grant_id)


def reads(world: World, person: Person, dossier: Dossier) -> bool:
    where = readable_by(world.act(person), Dossier, TODAY)
    return world.session.scalar(select(Dossier.id).where(Dossier.id == dossier.id, where)) is not None


def told(world: World, person: Person, kind: NoticeKind) -> int:
    query = select(Notice.id).where(Notice.person_id == person.id, Notice.kind == kind)
    return len(world.session.scalars(query).all())


def change(world: World, person: Person, department_id: int, clock: Any) -> None:
    """As the administrator does it in the portal."""
    admin = make_person(world.session, None, Role.ADMINISTRATOR)
    work = world.work(admin)
    work.move_listeners = (end_grants_of_mover,)
    accounts.change_rights(
        work,
        person,
        version=person.row_version,
        roles=person.role_set,
        department_id=department_id,
        clearance=person.clearance,
    )


def test_a_grant_opens_exactly_the_dossier_asked_for(world: World) -> None:
    dossier, sibling = world.dossier(), world.dossier()
    sibling.client_id = dossier.client_id
    assert not reads(world, world.reader, dossier)
    grant_for(world, dossier)
    assert reads(world, world.reader, dossier)
    assert not reads(world, world.reader, sibling)
    assert not reads(world, world.colleague, dossier)


def test_a_change_of_department_ends_it_at_once_and_for_ever(world: World, clock: Any) -> None:
    dossier = world.dossier()
    grant = grant_for(world, dossier)
    home = world.reader.department_id
    change(world, world.reader, make_department(world.session).id, clock)
    assert (grant.ended_at, grant.ended_reason) == (clock.now(), GrantEnd.READER_MOVED)
    assert not reads(world, world.reader, dossier)
    change(world, world.reader, home, clock)
    assert not reads(world, world.reader, dossier)
    assert told(world, world.reader, NoticeKind.GRANT_ENDED) == 1


def test_a_change_of_clearance_alone_ends_nothing(world: World, clock: Any) -> None:
    grant = grant_for(world, world.dossier())
    world.reader.clearance = Level.GENERAL
    change(world, world.reader, world.reader.department_id, clock)
    assert grant.ended_at is None


def test_the_portal_itself_ends_the_grants_of_who_moves_and_who_left(parts: Any, clock: Any) -> None:
    """Through the parts that `create_app` puts together, not by hand."""
    with parts.writing() as work:
        world = make_world(work.session, lambda actor=None: parts.unit(work.session, actor))
        moved, left = grant_for(world, world.dossier()), grant_for(world, world.dossier())
        admin, elsewhere = make_person(work.session, None, Role.ADMINISTRATOR), make_department(work.session)
        left.person_id = world.colleague.id
        ids = (moved.id, left.id, world.reader.id, world.colleague.id, elsewhere.id)
        admin_actor = world.act(admin)
    with parts.writing(admin_actor) as work:
        reader = work.session.get_one(Person, ids[2])
        accounts.change_rights(
            work,
            reader,
            version=reader.row_version,
            roles=reader.role_set,
            department_id=ids[4],
            clearance=reader.clearance,
        )
        work.session.get_one(Person, ids[3]).departed_at = work.now
    with parts.looking() as work:
        assert work.session.get_one(ReadingGrant, ids[0]).ended_reason == GrantEnd.READER_MOVED
        assert queries.any_grant_of_departed(work.session, work.today)
    with parts.writing() as work:
        assert end_grants_of_departed(work) == [ids[1]]
        assert end_grants_of_departed(work) == []
        assert work.session.get_one(ReadingGrant, ids[1]).ended_reason == GrantEnd.READER_LEFT


def test_a_raised_level_ends_it_and_lowering_it_again_does_not_bring_it_back(world: World) -> None:
    dossier = world.dossier()
    grant = grant_for(world, dossier)
    change_level(world.work(world.records), dossier.id, dossier.row_version, Level.IMPORTANT)
    assert grant.ended_reason == GrantEnd.LEVEL_RAISED
    change_level(world.work(world.records), dossier.id, dossier.row_version, Level.GENERAL)
    assert not reads(world, world.reader, dossier)


def test_the_records_manager_takes_a_grant_back_with_a_reason(world: World) -> None:
    dossier = world.dossier()
    grant = grant_for(world, dossier)
    with pytest.raises(Invalid):
        services.revoke_grant(world.work(world.records), grant.id, "  ")
    services.revoke_grant(world.work(world.records), grant.id, "The talks are over")
    assert (grant.ended_reason, grant.ended_remark) == (GrantEnd.REVOKED, "The talks are over")
    assert not reads(world, world.reader, dossier)
    entry = world.session.scalars(select(TrailEntry).where(TrailEntry.action == "grant:end")).one()
    assert (entry.actor_id, entry.details["reason"]) == (world.records.id, "revoked")
    with pytest.raises(Conflict):
        services.revoke_grant(world.work(world.records), grant.id, "Again")


@pytest.mark.parametrize("who", ["reader", "head", "clerk", "general", "owner"])
def test_nobody_else_takes_it_back(world: World, who: str) -> None:
    grant = grant_for(world, world.dossier())
    with pytest.raises(NotPermitted):
        services.revoke_grant(world.work(getattr(world, who)), grant.id, "Why not")


def test_a_records_manager_without_clearance_knows_of_no_grant_for_a_core_dossier(world: World) -> None:
    grant = grant_for(world, world.dossier(Level.CORE))
    other = make_person(world.session, None, Role.RECORDS_MANAGER, clearance=Level.IMPORTANT)
    with pytest.raises(NotFound):
        services.revoke_grant(world.work(other), grant.id, "Why not")
    query = queries.all_grants(world.act(other), TODAY, only_open=True)
    assert queries.page_of(world.session, query, 1).total == 0
    query = queries.all_grants(world.act(world.records), TODAY, only_open=True)
    assert [row.id for row in queries.page_of(world.session, query, 1).rows] == [grant.id]


def look(world: World, person: Person, dossier: Dossier, action: str = "page:look") -> None:
    world.work(person).record(action, "pages:1", dossier_id=dossier.id)
    world.session.flush()


def test_looks_are_counted_for_the_grant_they_were_made_under(world: World, clock: Any) -> None:
    zone = world.work(world.reader).zone
    dossier, other = world.dossier(), world.dossier()
    look(world, world.reader, dossier)  # Before the grant: as responsible employee, say.
    clock.advance(minutes=1)
    first = grant_for(world, dossier)
    assert queries.looks_under(world.session, [first], zone) == {}
    for _ in range(3):
        clock.advance(minutes=1)
        look(world, world.reader, dossier)
    last = clock.now()
    look(world, world.reader, other)
    look(world, world.colleague, dossier)
    look(world, world.reader, dossier, "page:send_ahead")
    clock.advance(minutes=1)
    services.end_grant(world.work(world.reader), first.id)
    second = grant_for(world, dossier)
    clock.advance(minutes=1)
    look(world, world.reader, dossier)
    counted = queries.looks_under(world.session, [first, second], zone)
    assert (counted[first.id].count, counted[first.id].last) == (3, last)
    assert counted[second.id].count == 1
    rows = queries.grant_rows(world.session, [second, first], TODAY, zone)
    assert [(row.reader.id, row.dossier.id, row.looks.count, row.open) for row in rows] == [
        (world.reader.id, dossier.id, 1, True),
        (world.reader.id, dossier.id, 3, False),
    ]


def test_a_look_after_the_last_day_belongs_to_the_next_grant(world: World, clock: Any) -> None:
    zone = world.work(world.reader).zone
    dossier = world.dossier()
    grant = grant_for(world, dossier)
    clock.advance(days=7)
    look(world, world.reader, dossier)
    assert queries.looks_under(world.session, [grant], zone)[grant.id].count == 1, "the last day counts"
    clock.advance(days=1)
    look(world, world.reader, dossier)
    assert queries.looks_under(world.session, [grant], zone)[grant.id].count == 1
