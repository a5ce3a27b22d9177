"""Where volumes belong, where they are put down, and what history tells of it."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted, StaleVersion
from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry
from portal.dossiers import queries
from portal.dossiers.models import Volume
from portal.dossiers.services import VolumeData, add_volume, move_place, place_volume, put_volume
from portal.dossiers.states import CUSTODY, Custody, CustodyAction, MoveKind
from portal.lending import services as lending
from portal.lending.transitions import advance
from tests.factories import actor, make_dossier, make_person, make_place
from tests.unit.lending_world import make_world


@pytest.fixture
def clerk(session: Session) -> Person:
    return make_person(session, None, Role.CLERK)


@pytest.fixture
def work(session: Session, work_as: Any, clerk: Person) -> Any:
    return work_as(actor(session, clerk))


@pytest.fixture
def volume(session: Session, clerk: Person) -> Volume:
    for path in ("B-1", "W"):
        make_place(session, path)
    return make_dossier(session, clerk, place="A-1").volumes[0]


def told(session: Session, volume: Volume) -> list[tuple[MoveKind, str, str]]:
    """The history from the oldest line on."""
    return [(move.kind, move.from_path, move.to_path) for move in reversed(queries.history_of_volume(session, volume))]


def test_a_volume_gets_another_home(work: Any, session: Session, volume: Volume) -> None:
    place_volume(work, volume.id, volume.row_version, "b-1", "Grown too thick")
    assert (volume.place, volume.stands_at, volume.present_place_id) == ("B-1", "B-1", None)
    assert told(session, volume) == [(MoveKind.HOME, "A-1", "B-1")]
    entry = session.scalars(select(TrailEntry).where(TrailEntry.action == "volume:home")).one()
    assert entry.details == {"changed": {"place": {"old": "A-1", "new": "B-1"}}}
    assert entry.dossier_id == volume.dossier_id
    place_volume(work, volume.id, volume.row_version, "B-1")
    assert len(told(session, volume)) == 1, "it belongs there already"


def test_a_volume_is_put_down_and_comes_home(work: Any, session: Session, volume: Volume) -> None:
    put_volume(work, volume.id, volume.row_version, "W", "To be counted")
    assert (volume.place, volume.stands_at) == ("A-1", "W")
    put_volume(work, volume.id, volume.row_version, "A-1")
    assert (volume.stands_at, volume.present_place_id) == ("A-1", None)
    assert told(session, volume) == [(MoveKind.PRESENT, "", "W"), (MoveKind.PRESENT, "W", "")]
    put_volume(work, volume.id, volume.row_version, "")
    assert len(told(session, volume)) == 2


@pytest.mark.parametrize("custody", [Custody.ON_LOAN, Custody.MISSING, Custody.DISPOSED])
def test_what_is_not_in_the_house_is_not_put_down(
    work: Any, session: Session, volume: Volume, custody: Custody
) -> None:
    volume.custody = custody
    session.flush()
    with pytest.raises(Conflict):
        put_volume(work, volume.id, volume.row_version, "W")
    place_volume(work, volume.id, volume.row_version, "B-1")
    assert volume.place == "B-1", "where it belongs can be said all the same"


def test_what_is_wrong_is_named(work: Any, session: Session, volume: Volume) -> None:
    site = make_place(session, "HQ")
    site.kind = "site"  # type: ignore[assignment]
    session.flush()
    for text, change in itertools.product(("HQ", "nowhere"), (place_volume, put_volume)):
        with pytest.raises(Invalid) as caught:
            change(work, volume.id, volume.row_version, text)
        assert caught.value.fields.keys() == {"place"}
    with pytest.raises(Invalid):
        place_volume(work, volume.id, volume.row_version, "")
    with pytest.raises(StaleVersion):
        put_volume(work, volume.id, volume.row_version + 1, "W")
    with pytest.raises(NotFound):
        put_volume(work, 10**6, 1, "W")


def test_core_volumes_are_not_there_for_the_uncleared_and_places_not_for_employees(
    work: Any, session: Session, work_as: Any
) -> None:
    cleared = make_person(session, None, Role.CLERK, clearance=Level.CORE)
    core = make_dossier(session, cleared, level=Level.CORE, place="A-1").volumes[0]
    make_place(session, "B-1")
    with pytest.raises(NotFound):
        place_volume(work, core.id, 1, "B-1")
    with pytest.raises(NotPermitted):
        place_volume(work_as(actor(session, make_person(session))), core.id, 1, "B-1")
    place = make_place(session, "A-1")
    assert session.scalars(queries.volumes_in(work.person, place)).all() == []
    assert [row.volumes for row in queries.place_tree(session, work.person).rows] == [0, 0, 0, 0]
    assert [row.volumes for row in queries.place_tree(session, actor(session, cleared)).rows] == [1, 1, 0, 0]
    place_volume(work_as(actor(session, cleared)), core.id, core.row_version, "B-1")
    assert queries.history_of_place(session, work.person, place) == []
    assert len(queries.history_of_place(session, actor(session, cleared), place)) == 1


def test_a_new_volume_begins_its_history_with_its_home(work: Any, session: Session, volume: Volume) -> None:
    added = add_volume(work, volume.dossier_id, VolumeData("B-1", 3))
    assert told(session, added) == [(MoveKind.HOME, "", "B-1")]


def test_the_history_of_a_volume_has_the_moves_of_the_places_it_stood_in_meanwhile(
    work: Any, session: Session, volume: Volume
) -> None:
    def carry(path: str, into: str) -> None:
        place = queries.find_place(session, path)
        assert place is not None
        move_place(work, place.id, place.row_version, into)

    for path in ("C", "D", "A-1-1", "B-1-2"):
        make_place(session, path)
    place_volume(work, volume.id, volume.row_version, "B-1-2")
    carry("A-1", "C")  # It has left A-1: no concern of its.
    carry("B-1", "D")  # The cabinet around its shelf.
    put_volume(work, volume.id, volume.row_version, "C-1-1")
    carry("C-1-1", "D-1")  # The shelf it was put down in.
    carry("C-1", "B")  # It stood there until a moment ago.
    put_volume(work, volume.id, volume.row_version, "")
    carry("D-1-1", "B-1")  # It is at home again.
    carry("D-1-2", "B-1")  # And its home goes elsewhere.
    assert told(session, volume) == [
        (MoveKind.HOME, "A-1", "B-1-2"),
        (MoveKind.PLACE, "B-1", "D-1"),
        (MoveKind.PRESENT, "", "C-1-1"),
        (MoveKind.PLACE, "C-1-1", "D-1-1"),
        (MoveKind.PRESENT, "D-1-1", ""),
        (MoveKind.PLACE, "D-1-2", "B-1-2"),
    ]


def test_custody_is_history_too_and_leaving_the_shelf_ends_a_stay(session: Session, work_as: Any) -> None:
    world = make_world(session, work_as)
    dossier = world.dossier()
    volume = dossier.volumes[0]
    make_place(session, "W")
    line = world.approved(dossier)
    put_volume(world.work(world.clerk), volume.id, volume.row_version, "W")
    session.refresh(line)
    loan = world.issue(line)[0]
    assert volume.present_place_id is None
    world.give_back(loan)
    kinds = [move.custody or move.kind for move in reversed(queries.history_of_volume(session, volume))]
    assert kinds == [
        Custody.RESERVED,
        MoveKind.PRESENT,
        MoveKind.PRESENT,
        Custody.ON_LOAN,
        Custody.ON_SHELF,
    ]
    assert volume.stands_at == volume.place


def test_scanning_takes_a_volume_out_of_circulation_and_back_to_who_waits(session: Session, work_as: Any) -> None:
    world = make_world(session, work_as)
    dossier = world.dossier()
    volume = dossier.volumes[0]
    clerk = world.work(world.clerk)
    lending.send_to_scanning(clerk, volume.id, volume.row_version, reason="Bindings opened")
    assert volume.custody == Custody.BEING_SCANNED
    with pytest.raises(Conflict):
        lending.send_to_scanning(clerk, volume.id, volume.row_version)
    with pytest.raises(Invalid):
        put_volume(clerk, volume.id, volume.row_version, "")  # It is not at home as long as it is scanned.
    put_volume(clerk, volume.id, volume.row_version, make_place(session, "W").path)
    assert volume.stands_at == "W"
    world.approved(dossier)
    assert volume.custody == Custody.BEING_SCANNED, "a request waits meanwhile"
    with pytest.raises(NotPermitted):
        lending.end_scanning(world.work(world.reader), volume.id, volume.row_version)
    lending.end_scanning(clerk, volume.id, volume.row_version)
    session.refresh(volume)
    assert (volume.custody, volume.present_place_id) == (Custody.RESERVED, None), "kept for who waits"
    first = queries.history_of_volume(session, volume)[-1]
    assert first.reason and (first.custody, first.reason.content) == (Custody.BEING_SCANNED, "Bindings opened")


@pytest.mark.parametrize(("custody", "action"), list(itertools.product(Custody, CustodyAction)))
def test_custody_changes_by_the_table_alone(
    session: Session, work_as: Any, custody: Custody, action: CustodyAction
) -> None:
    keeper = make_person(session, None, Role.RECORDS_MANAGER)
    volume = make_dossier(session, keeper).volumes[0]
    volume.custody = custody
    session.flush()
    work = work_as(actor(session, keeper))
    step = CUSTODY.get((custody, action))
    if step is None:
        with pytest.raises(Conflict):
            advance(work, volume, action)
        assert volume.custody == custody
        return
    advance(work, volume, action)
    session.flush()
    assert volume.custody == step[0]
    assert [move.custody for move in queries.history_of_volume(session, volume)] == [step[0]]
