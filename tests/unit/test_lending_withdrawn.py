"""A reserved volume that goes elsewhere: whoever it was reserved for keeps their turn, and is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.errors import Conflict, StaleVersion
from portal.dossiers.states import Condition, Custody
from portal.lending import queries, services
from portal.lending.states import LineState
from portal.notices.kinds import NoticeKind
from portal.notices.models import Notice
from tests.unit.lending_world import World, make_world


@pytest.fixture
def world(session: Any, work_as: Callable[..., Any]) -> World:
    return make_world(session, work_as)


def told(world: World, person: Any) -> Sequence[NoticeKind]:
    return world.session.scalars(select(Notice.kind).where(Notice.person_id == person.id).order_by(Notice.id)).all()


def send(world: World, volume: Any, to: str) -> Any:
    act = {"repair": services.send_to_repair, "scanning": services.send_to_scanning}[to]
    return act(world.work(world.clerk), volume.id, volume.row_version, reason="Loose pages")


def bring_back(world: World, volume: Any, from_: str) -> Any:
    if from_ == "scanning":
        return services.end_scanning(world.work(world.clerk), volume.id, volume.row_version)
    return services.end_repair(world.work(world.clerk), volume.id, volume.row_version, condition=Condition.WORN)


@pytest.mark.parametrize("to", ["repair", "scanning"])
def test_a_reserved_volume_goes_out_of_circulation_and_comes_back_to_who_waits(world: World, to: str) -> None:
    dossier = world.dossier()
    volume = dossier.volumes[0]
    line = world.approved(dossier)
    later = world.approved(dossier, by=world.colleague)
    assert volume.custody == Custody.RESERVED
    send(world, volume, to)
    assert volume.custody == {"repair": Custody.IN_REPAIR, "scanning": Custody.BEING_SCANNED}[to]
    assert line.state == LineState.READY, "the request waits, as while the volume is out"
    assert told(world, world.reader)[-1] == NoticeKind.HOLD_WITHDRAWN
    assert NoticeKind.HOLD_WITHDRAWN not in told(world, world.colleague), "nobody reserved it for them"
    with pytest.raises(Conflict):
        world.issue(line)
    world.session.refresh(volume)
    bring_back(world, volume, to)
    assert volume.custody == Custody.RESERVED
    assert told(world, world.reader)[-1] == NoticeKind.HOLD_READY
    first = queries.first_in_line(world.session, volume.id, world.work(world.clerk).today)
    assert first is not None and first.id == line.id, "they kept their turn"
    assert line.volumes[0].hold_until is not None and later.volumes[0].hold_until is None


def test_a_hold_does_not_run_out_while_the_volume_is_away(world: World, clock: Any) -> None:
    dossier = world.dossier()
    volume = dossier.volumes[0]
    loan = world.lend(dossier)
    line = world.approved(dossier, by=world.colleague)
    world.give_back(loan)
    assert line.volumes[0].hold_until is not None
    world.session.refresh(volume)
    send(world, volume, "scanning")
    assert line.volumes[0].hold_until is None
    clock.advance(days=7)
    assert services.end_holds(world.work_as()) == 0
    assert told(world, world.colleague)[-1] == NoticeKind.HOLD_WITHDRAWN


def test_who_is_passed_over_at_the_counter_or_whose_file_is_missing_is_told(world: World) -> None:
    for act in ("issue", "missing"):
        dossier = world.dossier()
        first = world.approved(dossier)
        past = world.approved(dossier, by=world.colleague)
        before = len(told(world, world.reader))
        if act == "issue":
            world.issue(past, confirmed=True)
        else:
            work = world.work(world.clerk)
            services.report_volume_not_found(work, past.id, dossier.volumes[0].id, past.row_version)
        assert told(world, world.reader)[before:] == [NoticeKind.HOLD_WITHDRAWN], act
        assert first.state == LineState.READY
        assert NoticeKind.HOLD_WITHDRAWN not in told(world, world.colleague), "they have it, or see it on their request"


def test_who_fetches_what_is_theirs_is_told_nothing(world: World) -> None:
    dossier = world.dossier()
    line = world.approved(dossier)
    world.approved(dossier, by=world.colleague)
    world.issue(line)
    for person in (world.reader, world.colleague):
        assert NoticeKind.HOLD_WITHDRAWN not in told(world, person)


def test_a_page_that_is_too_old_sends_nothing_away(world: World) -> None:
    dossier = world.dossier()
    volume = dossier.volumes[0]
    shown = volume.row_version
    world.approved(dossier)
    with pytest.raises(StaleVersion):
        services.send_to_scanning(world.work(world.clerk), volume.id, shown, reason="Loose pages")
    assert NoticeKind.HOLD_WITHDRAWN not in told(world, world.reader)
