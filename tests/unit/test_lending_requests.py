"""Filing, sending, withdrawing and lapsing of requests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted, StaleVersion
from portal.core.permissions import Level
from portal.core.trail import TrailEntry
from portal.dossiers.states import Custody, DossierState
from portal.lending import queries, services
from portal.lending.errors import AlreadyRequested, ReaderOverdue, RequestLapsed
from portal.lending.states import LineState, RequestKind
from tests.factories import make_dossier, make_grant, make_responsible
from tests.unit.lending_world import TEXTS, World, make_world


@pytest.fixture
def world(session: Any, work_as: Callable[..., Any]) -> World:
    return make_world(session, work_as)


def test_a_request_has_a_line_for_each_dossier_and_each_volume_of_it(world: World) -> None:
    one, two = world.dossier(volumes=2), world.dossier()
    request = services.file_request(
        world.work(world.reader), kind=RequestKind.BORROW, dossier_ids=[one.id, two.id, one.id], **TEXTS
    )
    assert [(line.dossier_id, line.state, len(line.volumes)) for line in request.lines] == [
        (one.id, LineState.SUBMITTED, 2),
        (two.id, LineState.SUBMITTED, 1),
    ]
    assert request.lines[0].expires_on == date(2026, 3, 16)


def test_only_the_volumes_named_are_asked_for(world: World) -> None:
    dossier, other = world.dossier(volumes=3), world.dossier()
    line = world.ask(dossier, volume_ids=[dossier.volumes[1].id])
    assert [row.volume_id for row in line.volumes] == [dossier.volumes[1].id]
    with pytest.raises(Invalid) as refusal:
        world.ask(dossier, by=world.colleague, volume_ids=[dossier.volumes[0].id, other.volumes[0].id])
    assert "volume_ids" in refusal.value.fields


def test_a_dossier_without_paper_cannot_be_borrowed(world: World) -> None:
    with pytest.raises(Invalid):
        world.ask(world.dossier(volumes=0))


@pytest.mark.parametrize("field", ["object_", "purpose", "reason"])
def test_object_purpose_and_reason_are_asked_for(world: World, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        world.ask(world.dossier(), **{field: "  "})
    assert set(refusal.value.fields) == {field.rstrip("_")}


def test_what_one_may_not_know_of_does_not_exist(world: World) -> None:
    world.reader.clearance = Level.GENERAL
    with pytest.raises(NotFound):
        world.ask(world.dossier(Level.CORE))
    draft = make_dossier(world.session, world.reader, state=DossierState.DRAFT)
    with pytest.raises(NotFound):
        world.ask(draft)


def test_on_behalf_of_a_reader_without_clearance_a_core_dossier_is_refused(world: World) -> None:
    world.colleague.clearance = Level.IMPORTANT
    with pytest.raises(Conflict):
        world.ask(world.dossier(Level.CORE), reader_id=world.colleague.id)


def test_nobody_reads_on_behalf_of_the_departed(world: World, clock: Any) -> None:
    world.colleague.departed_at = clock.now()
    with pytest.raises(Invalid):
        world.ask(world.dossier(), reader_id=world.colleague.id)


def test_who_may_read_already_has_nothing_to_ask_for(world: World) -> None:
    dossier = world.dossier()
    make_responsible(world.session, world.reader, dossier.client)
    with pytest.raises(Invalid):
        world.ask(dossier, RequestKind.READ)
    assert world.ask(dossier, RequestKind.BORROW).state == LineState.SUBMITTED
    lent = world.dossier()
    make_grant(world.session, world.colleague, lent, world.head, date(2026, 3, 2))
    with pytest.raises(Invalid):
        world.ask(lent, RequestKind.READ, by=world.colleague)


def test_one_open_request_per_reader_dossier_and_kind(world: World) -> None:
    dossier = world.dossier()
    first = world.ask(dossier)
    with pytest.raises(AlreadyRequested) as refusal:
        world.ask(dossier)
    assert refusal.value.line_id == first.id
    assert world.ask(dossier, RequestKind.READ).state == LineState.SUBMITTED
    assert world.ask(dossier, by=world.colleague).state == LineState.SUBMITTED
    services.cancel_line(world.work(world.reader), first.id, first.row_version)
    assert world.ask(dossier).id != first.id


def test_a_draft_waits_for_its_owner_and_is_checked_again_when_sent(world: World) -> None:
    dossier = world.dossier(Level.CORE)
    line = world.ask(dossier, draft=True)
    assert (line.state, line.expires_on) == (LineState.DRAFT, None)
    assert queries.line_for(world.session, world.act(world.head), line.id, date(2026, 3, 2)) is None
    world.reader.clearance = Level.GENERAL
    with pytest.raises(NotFound):
        services.submit_line(world.work(world.reader), line.id, line.row_version)
    world.reader.clearance = Level.CORE
    services.submit_line(world.work(world.reader), line.id, line.row_version)
    assert (line.state, line.expires_on) == (LineState.SUBMITTED, date(2026, 3, 16))
    with pytest.raises(Conflict):
        services.submit_line(world.work(world.reader), line.id, line.row_version)


def test_an_overdue_borrower_gets_nothing_further(world: World, clock: Any) -> None:
    waiting = world.approved(world.dossier())
    unsigned = world.ask(world.dossier(), RequestKind.READ)
    draft = world.ask(world.dossier(), draft=True)
    loan = world.lend(world.dossier())
    clock.advance(days=3)
    assert world.ask(world.dossier()).state == LineState.SUBMITTED, "due today is not overdue"
    clock.advance(days=1)
    with pytest.raises(ReaderOverdue):
        world.ask(world.dossier())
    with pytest.raises(Conflict):  # Nor on behalf; that an overdue loan is why, the colleague is not told.
        world.ask(world.dossier(), RequestKind.READ, by=world.colleague, reader_id=world.reader.id)
    with pytest.raises(ReaderOverdue):
        services.submit_line(world.work(world.reader), draft.id, draft.row_version)
    with pytest.raises(ReaderOverdue):
        world.issue(waiting)
    with pytest.raises(ReaderOverdue):
        world.sign(unsigned)
    world.session.refresh(unsigned)
    world.give_back(loan)
    assert world.issue(waiting)


@pytest.mark.parametrize("who", ["head", "clerk", "records", "general"])
def test_only_the_owner_withdraws_a_request(world: World, who: str) -> None:
    line = world.ask(world.dossier())
    with pytest.raises(NotPermitted):
        services.cancel_line(world.work(getattr(world, who)), line.id, line.row_version)


def test_a_stranger_does_not_even_find_the_request(world: World) -> None:
    line = world.ask(world.dossier())
    with pytest.raises(NotFound):
        services.cancel_line(world.work(world.owner), line.id, line.row_version)


def test_reader_and_filer_both_withdraw(world: World) -> None:
    for who in (world.reader, world.colleague):
        line = world.ask(world.dossier(), by=world.colleague, reader_id=world.reader.id)
        assert services.cancel_line(world.work(who), line.id, line.row_version).state == LineState.CANCELLED


def test_withdrawing_over_an_older_version_is_refused(world: World) -> None:
    line = world.ask(world.dossier())
    version = line.row_version
    world.sign(line)
    with pytest.raises(StaleVersion):
        services.cancel_line(world.work(world.reader), line.id, version)


def test_withdrawing_an_approved_request_frees_the_volume(world: World) -> None:
    dossier = world.dossier()
    line = world.approved(dossier)
    assert dossier.volumes[0].custody == Custody.RESERVED
    services.cancel_line(world.work(world.reader), line.id, line.row_version)
    assert dossier.volumes[0].custody == Custody.ON_SHELF


def test_a_lapsed_request_is_refused_before_any_sweep_and_closed_by_it(world: World, clock: Any) -> None:
    dossier = world.dossier()
    undecided = world.ask(world.dossier())
    approved = world.approved(dossier)
    assert approved.expires_on == date(2026, 3, 16)
    clock.advance(days=14)
    assert services.expire_requests(world.work_as()) == 0, "the last day still counts"
    clock.advance(days=1)
    with pytest.raises(RequestLapsed):
        world.sign(undecided)
    with pytest.raises(RequestLapsed):
        world.issue(approved)
    today = date(2026, 3, 17)
    assert not queries.waiting_for_my_decision(world.session, world.act(world.head), today)
    assert not queries.desk_queue(world.session, world.act(world.clerk), today).rows
    assert services.expire_requests(world.work_as()) == 2
    assert (undecided.state, approved.state) == (LineState.EXPIRED, LineState.EXPIRED)
    assert dossier.volumes[0].custody == Custody.ON_SHELF
    assert services.expire_requests(world.work_as()) == 0


def test_a_lapsed_request_does_not_bar_a_new_one(world: World, clock: Any) -> None:
    dossier = world.dossier()
    old = world.ask(dossier)
    clock.advance(days=20)
    assert world.ask(dossier).state == LineState.SUBMITTED
    assert old.state == LineState.EXPIRED


def test_each_step_is_in_the_trail_without_names(world: World) -> None:
    line = world.ask(world.dossier(), by=world.colleague, reader_id=world.reader.id)
    world.sign(line, comment="Approved for Rea Reader")
    loan = world.issue(line)[0]
    world.give_back(loan, sheets=39, remark="Rea Reader lost a sheet")
    entries = world.session.scalars(select(TrailEntry).order_by(TrailEntry.id)).all()
    assert [(entry.action, entry.subject) for entry in entries] == [
        ("request:file", f"request_lines:{line.id}"),
        ("request:approve", f"request_lines:{line.id}"),
        ("loan:issue", f"loans:{loan.id}"),
        ("loan:return", f"loans:{loan.id}"),
    ]
    assert {entry.dossier_id for entry in entries} == {line.dossier_id}
    assert [entry.actor_id for entry in entries] == [
        world.colleague.id,
        world.head.id,
        world.clerk.id,
        world.clerk.id,
    ]
    written = " ".join(str(entry.details) for entry in entries)
    assert not any(word in written for word in ("Rea", "Reader", "Rk", "Dofsales"))
