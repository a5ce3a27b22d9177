"""The second signature and a gift at one moment (two connections): whoever has left keeps nothing open (R17)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from portal.accounts.models import Person
from portal.application import OBLIGATIONS
from portal.clients.models import ClientKind
from portal.clients.rules import ClientData
from portal.core.errors import PortalError
from portal.core.obligations import Side
from portal.core.permissions import Actor
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.services import DraftData, open_dossier
from portal.handover.models import Handover
from portal.handover.services import open_handover, sign
from portal.handover.services.signing import StillOwed
from portal.handover.states import HandoverKind, HandoverState
from portal.lending import services as lending
from portal.lending.states import RequestKind
from portal.search.saved.services import save_search
from tests.unit.handover.departing_story import LAST_DAY, still_open
from tests.unit.lending_world import TEXTS, World, make_world

Act = Callable[[UnitOfWork], object]


@dataclass
class Scene:
    """A leaver whose department has signed, and what somebody is about to give them."""

    parts: Any
    leaver_id: int
    handover_id: int
    records: Actor
    giver: Actor
    give: Act

    def sign_off(self, work: UnitOfWork) -> None:
        version = work.session.get_one(Handover, self.handover_id).row_version
        sign(work, self.parts.store, self.parts.obligations, self.handover_id, Side.RECORDS, version)

    def outcome(self, first: tuple[Actor, Act], second: tuple[Actor, Act]) -> Exception | None:
        """The first has done its work and not committed when the second begins; returns why the second was refused."""
        begun, refusals = threading.Event(), []

        def late() -> None:
            begun.wait(10)
            try:
                with self.parts.writing(second[0]) as work:
                    second[1](work)
            except PortalError as error:
                refusals.append(error)

        thread = threading.Thread(target=late)
        thread.start()
        with self.parts.writing(first[0]) as work:
            first[1](work)
            work.session.flush()
            begun.set()
            thread.join(0.5)
            assert thread.is_alive(), "the second one waits for the first one's commit"
        thread.join(20)
        assert not thread.is_alive()
        return refusals[0] if refusals else None

    def departed(self) -> bool:
        """Whether the leaver has left; if so, nothing open may point to them."""
        with self.parts.looking() as work:
            gone = work.session.get_one(Person, self.leaver_id).departed_at is not None
            state = work.session.get_one(Handover, self.handover_id).state
            assert gone == (state == HandoverState.SIGNED_OFF)
            assert not gone or still_open(work.session, self.leaver_id) == set()
            return gone


def scene(parts: Any, prepare: Callable[[World], tuple[Person, Act]]) -> Scene:
    """`prepare` says who gives, and what is done, after the department has signed."""
    with parts.writing() as work:
        world = make_world(work.session, lambda actor=None: parts.unit(work.session, actor))
        records = world.work(world.records)
        handover = open_handover(records, OBLIGATIONS, world.reader.id, HandoverKind.LEAVING, LAST_DAY)
        sign(world.work(world.head), parts.store, OBLIGATIONS, handover.id, Side.DEPARTMENT, handover.row_version)
        giver, give = prepare(world)
        work.session.flush()
        return Scene(parts, world.reader.id, handover.id, world.act(world.records), world.act(giver), give)


def files_a_request(world: World) -> tuple[Person, Act]:
    dossier_id = world.dossier().id
    return world.reader, lambda work: lending.file_request(
        work, kind=RequestKind.BORROW, dossier_ids=[dossier_id], **TEXTS
    )


def is_asked_for_by_a_colleague(world: World) -> tuple[Person, Act]:
    dossier_id, reader_id = world.dossier().id, world.reader.id
    return world.colleague, lambda work: lending.file_request(
        work, kind=RequestKind.BORROW, dossier_ids=[dossier_id], reader_id=reader_id, **TEXTS
    )


def saves_a_search(world: World) -> tuple[Person, Act]:
    return world.reader, lambda work: save_search(work, "Flanges", "flange", "")


def drafts_a_dossier(world: World) -> tuple[Person, Act]:
    draft, contact = DraftData(world.reader.department_id), world.colleague.id
    client = ClientData(name="Amber Castings", kind=ClientKind.SUPPLIER, country="CN")
    return world.reader, lambda work: open_dossier(work, client, draft, responsible=[contact])


def has_a_lost_volume_found(world: World) -> tuple[Person, Act]:
    line = world.approved(world.dossier())
    volume = line.volumes[0].volume
    lending.report_volume_not_found(world.work(world.clerk), line.id, volume.id, line.row_version)
    volume_id, version = volume.id, volume.row_version
    return world.clerk, lambda work: lending.put_back(work, volume_id, version)


TAKING_ON = [files_a_request, is_asked_for_by_a_colleague, saves_a_search, drafts_a_dossier]


@pytest.mark.parametrize("prepare", TAKING_ON)
def test_what_is_given_before_the_sign_off_is_seen_by_it(parts: Any, prepare: Any) -> None:
    it = scene(parts, prepare)
    refused = it.outcome((it.giver, it.give), (it.records, it.sign_off))
    assert isinstance(refused, StillOwed)
    assert not it.departed()


@pytest.mark.parametrize("prepare", TAKING_ON)
def test_whoever_has_left_is_given_nothing(parts: Any, prepare: Any) -> None:
    it = scene(parts, prepare)
    refused = it.outcome((it.records, it.sign_off), (it.giver, it.give))
    assert isinstance(refused, PortalError)
    assert it.departed()


def test_a_file_handed_out_before_the_sign_off_is_seen_by_it(parts: Any) -> None:
    """The request it was asked for with is open until then: at no moment is there neither."""

    def prepare(world: World) -> tuple[Person, Act]:
        line = world.approved(world.dossier())
        line_id, version = line.id, line.row_version
        return world.clerk, lambda work: lending.issue_line(work, line_id, version)

    it = scene(parts, prepare)
    assert isinstance(it.outcome((it.giver, it.give), (it.records, it.sign_off)), StillOwed)
    assert not it.departed()


def test_a_grant_signed_before_the_sign_off_ends_with_it(parts: Any) -> None:
    def prepare(world: World) -> tuple[Person, Act]:
        line = world.ask(world.dossier(), RequestKind.READ)
        line_id, version = line.id, line.row_version
        return world.head, lambda work: lending.decide_as_head(work, line_id, version, approve=True)

    it = scene(parts, prepare)
    assert it.outcome((it.giver, it.give), (it.records, it.sign_off)) is None
    assert it.departed()


def test_a_lost_volume_that_is_found_opens_the_leavers_request_again_for_the_sign_off_to_see(parts: Any) -> None:
    it = scene(parts, has_a_lost_volume_found)
    assert isinstance(it.outcome((it.giver, it.give), (it.records, it.sign_off)), StillOwed)
    assert not it.departed()


def test_a_lost_volume_that_is_found_opens_no_request_of_somebody_who_has_left(parts: Any) -> None:
    it = scene(parts, has_a_lost_volume_found)
    assert it.outcome((it.records, it.sign_off), (it.giver, it.give)) is None
    assert it.departed()
