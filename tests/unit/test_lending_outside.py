"""Outside readers: what they may be shown, who signs, and who sees their papers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.permissions import Level
from portal.core.trail import TrailEntry, TrailPersonal
from portal.lending import queries, services
from portal.lending.errors import AlreadyRequested, NothingOfCore, SeveralRefused
from portal.lending.models import OutsidePaper, Request, RequestLine
from portal.lending.services import KeptPaper, Visit
from portal.lending.states import LineState, RequestKind
from tests.unit.lending_world import TEXTS, World, make_world

TODAY = date(2026, 3, 2)
VISIT = Visit("  Ignacio   Soler ", "University of Cuenca", date(2026, 3, 4))
PAPERS = [
    KeptPaper(paper, str(number) * 64, f"{paper.value}.pdf", "pdf", 900, 2)
    for number, paper in enumerate(OutsidePaper, 1)
]


@pytest.fixture
def world(session: Any, work_as: Callable[..., Any]) -> World:
    return make_world(session, work_as)


def announce(world: World, *dossiers: Any, by: Any = None, **more: Any) -> Request:
    values: dict[str, Any] = {"visit": VISIT, "papers": PAPERS, **TEXTS, **more}
    ids = [dossier.id for dossier in dossiers]
    return services.file_outside_request(world.work(by or world.reader), dossier_ids=ids, **values)


def signers(world: World, line: RequestLine) -> set[int]:
    found = queries.signers_of(world.session, line)
    return {person.id for person in found.people} if found else set()


def test_the_host_asks_and_answers_and_their_head_signs(world: World) -> None:
    request = announce(world, world.dossier())
    (line,) = request.lines
    assert (line.kind, line.state, line.reader_id) == (
        RequestKind.READ_IN_ROOM,
        LineState.SUBMITTED,
        world.reader.id,
    )
    assert request.outside is not None
    assert (request.outside.name, request.outside.visit_on) == ("Ignacio Soler", date(2026, 3, 4))
    assert signers(world, line) == {world.head.id, world.deputy.id}
    world.sign(line)
    assert line.state == LineState.READY
    assert line.grant_id is None


def test_an_important_dossier_also_needs_the_records_manager(world: World) -> None:
    (line,) = announce(world, world.dossier(Level.IMPORTANT)).lines
    world.sign(line)
    assert line.state == LineState.HEAD_APPROVED
    assert signers(world, line) == {world.records.id}


def test_a_head_who_is_the_host_does_not_sign(world: World) -> None:
    (line,) = announce(world, world.dossier(), by=world.head).lines
    assert signers(world, line) == {world.deputy.id}


def test_nothing_of_a_core_dossier_is_shown(world: World) -> None:
    with pytest.raises(NothingOfCore):
        announce(world, world.dossier(Level.CORE))
    core, general = world.dossier(Level.CORE), world.dossier()
    with pytest.raises(SeveralRefused) as refusal:
        announce(world, general, core)
    assert [number for number, _ in refusal.value.reasons] == [core.number]


@pytest.mark.parametrize("signed", [False, True])
def test_a_dossier_that_becomes_core_is_neither_signed_for_nor_handed_out(world: World, signed: bool) -> None:
    dossier = world.dossier(Level.IMPORTANT)
    (line,) = announce(world, dossier).lines
    world.sign(line)
    if signed:
        world.sign_second(line)
    dossier.level = Level.CORE
    with pytest.raises(Conflict):
        if signed:
            world.issue(line, confirmed=True)
        else:
            world.sign_second(line)


def test_the_file_is_kept_ready_until_the_visit(world: World) -> None:
    late = TODAY + timedelta(days=60)
    (line,) = announce(world, world.dossier(), visit=Visit("A", "B", late)).lines
    world.sign(line)
    assert line.expires_on == late


@pytest.mark.parametrize(
    ("visit", "field"),
    [
        (Visit(" ", "B", TODAY), "outside_name"),
        (Visit("A", "", TODAY), "organisation"),
        (Visit("A", "B", None), "visit_on"),
        (Visit("A", "B", TODAY - timedelta(days=1)), "visit_on"),
        (Visit("A", "B", TODAY + timedelta(days=91)), "visit_on"),
        (Visit("A" * 121, "B", TODAY), "outside_name"),
    ],
)
def test_a_visit_says_who_comes_from_where_and_when(world: World, visit: Visit, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        announce(world, world.dossier(), visit=visit)
    assert set(refusal.value.fields) == {field}


@pytest.mark.parametrize("papers", [[], PAPERS[:1], PAPERS[1:], [PAPERS[0], PAPERS[0]]])
def test_both_papers_are_needed(world: World, papers: list[KeptPaper]) -> None:
    with pytest.raises(Invalid):
        announce(world, world.dossier(), papers=papers)


def test_host_deciders_and_records_staff_see_the_papers_and_nobody_else(world: World) -> None:
    request = announce(world, world.dossier())
    assert request.outside is not None
    paper = request.outside.papers[0]
    seen = {
        who: queries.paper_for(world.session, world.act(getattr(world, who)), paper.id, TODAY) is not None
        for who in ("reader", "head", "deputy", "clerk", "records", "colleague", "owner", "general")
    }
    assert {who for who, sees in seen.items() if sees} == {"reader", "head", "deputy", "clerk", "records"}
    world.sign(request.lines[0])
    assert queries.paper_for(world.session, world.act(world.head), paper.id, TODAY) is not None
    assert queries.paper_for(world.session, world.act(world.deputy), paper.id, TODAY) is None, "decides no more"


def test_each_look_at_a_paper_is_recorded(world: World) -> None:
    request = announce(world, world.dossier())
    assert request.outside is not None
    paper = request.outside.papers[0]
    services.record_paper_look(world.work(world.head), paper.id, 2)
    entry = world.session.scalars(select(TrailEntry).where(TrailEntry.action == "outside_reader:look")).one()
    assert (entry.actor_id, entry.details) == (
        world.head.id,
        {"request": request.id, "paper": "letter", "page": 2},
    )
    for who, number in ((world.head, 3), (world.head, 0), (world.colleague, 1)):
        with pytest.raises(NotFound):
            services.record_paper_look(world.work(who), paper.id, number)


def test_the_name_stands_in_the_personal_part_of_the_trail(world: World) -> None:
    announce(world, world.dossier())
    entry = world.session.scalars(select(TrailEntry).where(TrailEntry.action == "outside_reader:announce")).one()
    assert "Soler" not in str(entry.details)
    assert world.session.get_one(TrailPersonal, entry.id).content["name"] == "Ignacio Soler"


def test_the_store_must_keep_the_papers(world: World) -> None:
    announce(world, world.dossier())
    assert queries.kept_contents(world.session) == {paper.key for paper in PAPERS}


def test_a_host_asks_for_several_visitors_but_for_each_once(world: World) -> None:
    dossier = world.dossier()
    first = announce(world, dossier).lines[0]
    other = announce(world, dossier, visit=Visit("Ada Byron", "University of Cuenca", VISIT.visit_on)).lines[0]
    elsewhere = announce(world, dossier, visit=Visit("Ignacio Soler", "City Archive", VISIT.visit_on)).lines[0]
    own = world.ask(dossier, RequestKind.READ_IN_ROOM)
    assert {line.state for line in (first, other, elsewhere, own)} == {LineState.SUBMITTED}
    again = Visit("IGNACIO SOLER", "university  of cuenca", date(2026, 3, 9))
    with pytest.raises(AlreadyRequested) as refusal:
        announce(world, dossier, visit=again)
    assert refusal.value.line_id == first.id
    with pytest.raises(AlreadyRequested):
        world.ask(dossier, RequestKind.READ_IN_ROOM)
    services.cancel_line(world.work(world.reader), first.id, first.row_version)
    assert announce(world, dossier, visit=again).lines[0].state == LineState.SUBMITTED


def test_the_database_lets_no_visitor_in_twice(world: World) -> None:
    line = announce(world, world.dossier()).lines[0]
    values = {"dossier_id": line.dossier_id, "reader_id": line.reader_id, "kind": line.kind, "state": line.state}
    for visitor, refused in (("", False), ("another", False), (line.visitor, True)):
        copy = RequestLine(request_id=line.request_id, visitor=visitor, **values)
        with pytest.raises(IntegrityError) if refused else nullcontext(), world.session.begin_nested():
            world.session.add(copy)
            world.session.flush()


def test_a_lapsed_request_for_a_visitor_does_not_bar_the_next(world: World, clock: Any) -> None:
    dossier = world.dossier()
    before = announce(world, dossier).lines[0]
    clock.advance(days=20)
    visit = Visit(VISIT.name, VISIT.organisation, date(2026, 3, 24))
    assert announce(world, dossier, visit=visit).lines[0].state == LineState.SUBMITTED
    assert before.state == LineState.EXPIRED
