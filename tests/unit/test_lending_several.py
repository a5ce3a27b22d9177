"""Several dossiers in one request, approval in part, and who is told what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.errors import Invalid
from portal.core.permissions import Level
from portal.core.trail import TrailEntry
from portal.dossiers.states import Custody
from portal.lending import queries, services
from portal.lending.errors import AlreadyRequested, SeveralRefused
from portal.lending.models import Request, RequestLine
from portal.lending.services.requests import MOST_DOSSIERS
from portal.lending.states import LineState, RequestKind
from portal.notices.kinds import NoticeKind
from portal.notices.models import Notice
from tests.factories import make_responsible
from tests.unit.lending_world import TEXTS, World, make_world

TODAY = date(2026, 3, 2)


@pytest.fixture
def world(session: Any, work_as: Callable[..., Any]) -> World:
    return make_world(session, work_as)


def ask_for(world: World, *dossiers: Any, kind: RequestKind = RequestKind.BORROW, **more: Any) -> list[RequestLine]:
    ids = [dossier.id for dossier in dossiers]
    return services.file_request(world.work(world.reader), kind=kind, dossier_ids=ids, **{**TEXTS, **more}).lines


def told(world: World) -> set[tuple[int, NoticeKind]]:
    return {(row.person_id, row.kind) for row in world.session.scalars(select(Notice))}


def test_all_or_nothing_and_a_reason_for_each(world: World) -> None:
    fine, asked, paperless = world.dossier(), world.dossier(), world.dossier(volumes=0)
    before = ask_for(world, asked)
    with pytest.raises(SeveralRefused) as refusal:
        ask_for(world, fine, asked, paperless)
    assert [(number, message.id) for number, message in refusal.value.reasons] == [
        (asked.number, AlreadyRequested.message_id),
        (paperless.number, "Dossier %(number)s has no paper volume to lend."),
    ]
    world.session.expire_all()
    assert [line.id for line in world.session.scalars(select(RequestLine))] == [before[0].id]
    assert len(world.session.scalars(select(Request)).all()) == 1


def test_what_one_may_read_already_is_named(world: World) -> None:
    mine, other = world.dossier(), world.dossier()
    make_responsible(world.session, world.reader, mine.client)
    with pytest.raises(SeveralRefused) as refusal:
        ask_for(world, mine, other, kind=RequestKind.READ)
    assert [number for number, _ in refusal.value.reasons] == [mine.number]


def test_a_request_has_its_limit(world: World) -> None:
    dossiers = [world.dossier() for _ in range(MOST_DOSSIERS + 1)]
    with pytest.raises(Invalid):
        ask_for(world, *dossiers)
    assert len(ask_for(world, *dossiers[:-1])) == MOST_DOSSIERS


def test_each_line_is_decided_by_itself(world: World) -> None:
    yes, no, later = ask_for(world, world.dossier(), world.dossier(), world.dossier(Level.IMPORTANT))
    world.sign(yes)
    world.sign(no, approve=False, comment="Not this one")
    world.sign(later)
    assert [line.state for line in (yes, no, later)] == [
        LineState.READY,
        LineState.REJECTED,
        LineState.HEAD_APPROVED,
    ]


def test_paper_for_the_reading_room_goes_the_way_of_a_loan(world: World) -> None:
    dossier = world.dossier()
    (line,) = ask_for(world, dossier, kind=RequestKind.READ_IN_ROOM)
    world.sign(line)
    assert (line.state, dossier.volumes[0].custody) == (LineState.READY, Custody.RESERVED)
    assert line in queries.desk_queue(world.session, world.act(world.clerk), TODAY).rows


def test_whoever_signs_may_leave_volumes_out(world: World) -> None:
    dossier = world.dossier(volumes=3)
    (line,) = ask_for(world, dossier)
    one, two, three = dossier.volumes
    world.sign(line, leave_out=[two.id])
    assert [row.outcome for row in line.volumes] == ["wanted", "refused", "wanted"]
    assert [volume.custody for volume in (one, two, three)] == [
        Custody.RESERVED,
        Custody.ON_SHELF,
        Custody.RESERVED,
    ]
    entry = world.session.scalars(select(TrailEntry).where(TrailEntry.action == "request:approve")).one()
    assert entry.details["left_out"] == [two.id]
    world.issue(line)
    assert line.state == LineState.FULFILLED
    assert two.custody == Custody.ON_SHELF


def test_each_signature_may_leave_out_more_but_never_all(world: World) -> None:
    dossier = world.dossier(Level.IMPORTANT, volumes=2)
    (line,) = ask_for(world, dossier)
    one, two = (volume.id for volume in dossier.volumes)
    world.sign(line, leave_out=[one])
    for wrong in ([two], [one], [one, two], [10_000]):
        with pytest.raises(Invalid) as refusal:
            world.sign_second(line, leave_out=wrong)
        assert set(refusal.value.fields) == {"leave_out"}
    world.sign_second(line)
    assert [row.outcome for row in line.volumes] == ["refused", "wanted"]


def test_a_rejection_leaves_nothing_out(world: World) -> None:
    dossier = world.dossier(volumes=2)
    (line,) = ask_for(world, dossier)
    world.sign(line, approve=False, comment="No", leave_out=[dossier.volumes[0].id])
    assert {row.outcome for row in line.volumes} == {"wanted"}


def test_those_who_sign_are_told_and_then_those_who_asked(world: World) -> None:
    (line,) = ask_for(world, world.dossier(Level.IMPORTANT), kind=RequestKind.READ)
    wanted = NoticeKind.SIGNATURE_WANTED
    assert told(world) == {(world.head.id, wanted), (world.deputy.id, wanted)}
    world.sign(line)
    signers = {(world.head.id, wanted), (world.deputy.id, wanted), (world.records.id, wanted)}
    assert told(world) == signers
    world.sign_second(line)
    assert told(world) == signers | {(world.reader.id, NoticeKind.REQUEST_APPROVED)}


def test_reader_and_whoever_asked_for_them_are_told(world: World) -> None:
    one, two = world.dossier(), world.dossier()
    kind = RequestKind.BORROW
    for dossier, approve, notice in (
        (one, True, NoticeKind.REQUEST_READY),
        (two, False, NoticeKind.REQUEST_REFUSED),
    ):
        line = world.ask(dossier, kind, by=world.colleague, reader_id=world.reader.id)
        world.sign(line, approve=approve, comment="Because")
        assert {(world.reader.id, notice), (world.colleague.id, notice)} <= told(world)


def test_both_are_told_when_it_expires(world: World, clock: Any) -> None:
    ask_for(world, world.dossier())
    clock.advance(days=15)
    services.expire_requests(world.work_as())
    assert (world.reader.id, NoticeKind.REQUEST_EXPIRED) in told(world)


def test_a_draft_tells_nobody(world: World) -> None:
    (line,) = ask_for(world, world.dossier(), draft=True)
    assert told(world) == set()
    services.submit_line(world.work(world.reader), line.id, line.row_version)
    assert (world.head.id, NoticeKind.SIGNATURE_WANTED) in told(world)
