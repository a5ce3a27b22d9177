"""Places: the tree, its order and its names; what may stand in what; closing; who may do it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.accounts.queries import actor_of
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted, StaleVersion
from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry
from portal.core.unit_of_work import UnitOfWork
from portal.database import begin_writing
from portal.dossiers import queries
from portal.dossiers.models import Place, Volume
from portal.dossiers.rules import code_problem, stands_in
from portal.dossiers.services import (
    PlaceData,
    add_place,
    close_place,
    edit_place,
    move_place,
    place_volume,
    reopen_place,
)
from portal.dossiers.states import Custody, PlaceKind
from tests.conftest import TRAIL_KEY
from tests.factories import actor, make_dossier, make_person, make_place

S, R, C, H, B = PlaceKind


@pytest.fixture
def clerk(session: Session) -> Person:
    return make_person(session, None, Role.CLERK, clearance=Level.CORE)


@pytest.fixture
def work(session: Session, work_as: Any, clerk: Person) -> Any:
    return work_as(actor(session, clerk))


def wrong_fields(call: Any, *arguments: Any, **options: Any) -> set[str]:
    with pytest.raises(Invalid) as caught:
        call(*arguments, **options)
    return set(caught.value.fields)


def paths(session: Session) -> list[str]:
    return list(session.scalars(select(Place.path).order_by(Place.sort_key)))


def test_a_tree_is_built_from_the_top_down(work: Any, session: Session) -> None:
    site = add_place(work, S, PlaceData("HQ", " Head  office "))
    room = add_place(work, R, PlaceData("A"), site.id)
    box = add_place(work, B, PlaceData("7"), room.id)
    assert (box.path, box.sort_key, box.kind) == ("HQ-A-7", "000010000100001", B), "levels may be left out"
    assert [place.barcode for place in (site, room, box)] == ["P000001", "P000002", "P000003"]
    assert site.name == "Head office"
    entry = session.scalars(select(TrailEntry).where(TrailEntry.subject == f"places:{site.id}")).one()
    assert entry.details == {"path": "HQ", "kind": "site", "barcode": "P000001", "name": "Head office"}


@pytest.mark.parametrize(
    ("kind", "parent", "fits"),
    [
        (S, None, True),
        (R, None, True),
        (C, None, False),
        (B, None, False),
        (R, S, True),
        (B, S, True),
        (H, C, True),
        (B, C, True),
        (C, H, False),
        (B, B, False),
        (S, S, False),
    ],
)
def test_what_stands_in_what(kind: PlaceKind, parent: PlaceKind | None, fits: bool) -> None:
    assert stands_in(kind, parent) is fits


@pytest.mark.parametrize(("code", "fine"), [("A", True), ("03", True), ("甲2", True), ("1.5", True)])
def test_codes_are_letters_and_digits(code: str, fine: bool) -> None:
    assert (code_problem(code) is None) is fine


@pytest.mark.parametrize("code", ["", "A-1", "A 1", "x" * 11, "A/1", "<b>"])
def test_other_codes_are_refused(work: Any, code: str) -> None:
    assert wrong_fields(add_place, work, R, PlaceData(code)) == {"code"}


def test_what_is_wrong_with_a_place_is_named(work: Any, session: Session) -> None:
    make_place(session, "A-1")
    assert wrong_fields(add_place, work, R, PlaceData("a", "x" * 101, 0)) == {"code", "name", "position"}
    assert wrong_fields(add_place, work, C, PlaceData("Z")) == {"kind"}
    with pytest.raises(NotFound):
        add_place(work, C, PlaceData("Z"), 10**6)
    assert paths(session) == ["A", "A-1"]


def test_codes_are_unique_among_siblings_only(work: Any, session: Session) -> None:
    first, second = make_place(session, "A"), make_place(session, "B")
    assert add_place(work, C, PlaceData("1"), first.id).path == "A-1"
    assert add_place(work, C, PlaceData("1"), second.id).path == "B-1"


def test_letters_with_accents_are_letters_like_others(work: Any, session: Session) -> None:
    room = add_place(work, R, PlaceData("Ñ"))
    assert queries.find_place(session, "ñ") == queries.find_place(session, room.barcode.lower()) == room
    with pytest.raises(Invalid):
        add_place(work, R, PlaceData("ñ"))


def test_a_place_put_between_others_moves_them_aside(work: Any, session: Session) -> None:
    for code in ("1", "2", "3"):
        make_place(session, f"A-{code}")
    make_place(session, "A-2-x")
    room = session.scalars(select(Place).where(Place.path == "A")).one()
    add_place(work, C, PlaceData("1b", position=2), room.id)
    assert paths(session) == ["A", "A-1", "A-1b", "A-2", "A-2-x", "A-3"]
    last = session.scalars(select(Place).where(Place.path == "A-3")).one()
    edit_place(work, last.id, last.row_version, PlaceData("3", position=1))
    assert paths(session) == ["A", "A-3", "A-1", "A-1b", "A-2", "A-2-x"]
    assert session.scalars(select(Place.ordinal).where(Place.parent_id == room.id).order_by(Place.sort_key)).all() == [
        1,
        2,
        3,
        4,
    ]


def test_renaming_a_place_renames_what_is_in_it(work: Any, session: Session) -> None:
    volume = make_dossier(session, make_person(session), place="A-03-2-14").volumes[0]
    assert volume.place == "A-03-2-14"
    room = session.scalars(select(Place).where(Place.path == "A")).one()
    edit_place(work, room.id, room.row_version, PlaceData("C", "Cellar"))
    assert paths(session) == ["C", "C-03", "C-03-2", "C-03-2-14"]
    assert volume.place == volume.stands_at == "C-03-2-14"
    entry = session.scalars(select(TrailEntry).where(TrailEntry.action == "place:edit")).one()
    assert entry.details["changed"] == {
        "code": {"old": "A", "new": "C"},
        "name": {"old": "", "new": "Cellar"},
        "path": {"old": "A", "new": "C"},
    }
    with pytest.raises(StaleVersion):
        edit_place(work, room.id, 1, PlaceData("D"))


def test_a_long_code_from_before_stays_until_it_is_changed(work: Any, session: Session) -> None:
    old = make_place(session, "by the door")
    edit_place(work, old.id, old.row_version, PlaceData("by the door", "The cupboard"))
    assert old.name == "The cupboard"
    assert wrong_fields(edit_place, work, old.id, old.row_version, PlaceData("by the wall")) == {"code"}


def test_moving_a_box_takes_its_contents_and_tells_it_once(work: Any, session: Session) -> None:
    volume = make_dossier(session, make_person(session), place="A-03-2-14").volumes[0]
    target, box = make_place(session, "B-01-1"), make_place(session, "A-03-2-14")
    move_place(work, box.id, box.row_version, target.barcode.lower(), "Water in the cellar")
    assert (box.path, volume.place) == ("B-01-1-14", "B-01-1-14")
    (move,) = queries.history_of_volume(session, volume)
    assert (move.place_id, move.from_path, move.to_path) == (box.id, "A-03-2-14", "B-01-1-14")
    assert move.reason and (move.reason.content, move.moved_by_id) == ("Water in the cellar", work.person.id)
    assert queries.history_of_place(session, work.person, box)[0].move.id == move.id
    move_place(work, box.id, box.row_version, "B-01-1")
    assert len(queries.history_of_volume(session, volume)) == 1, "it stands there already"


def test_places_do_not_go_into_themselves_nor_into_something_narrower(work: Any, session: Session) -> None:
    box, shelf, cabinet = (make_place(session, path) for path in ("A-1-1-1", "A-1-1", "A-1"))
    for place, into in ((shelf, "A-1-1"), (shelf, "A-1-1-1"), (cabinet, "A-1-1-1"), (cabinet, ""), (box, "nowhere")):
        assert wrong_fields(move_place, work, place.id, place.row_version, into) == {"place"}
    make_place(session, "B-1")
    twin = make_place(session, "B-1-1")
    assert wrong_fields(move_place, work, twin.id, twin.row_version, "A-1") == {"place"}, "A-1-1 is there already"
    assert wrong_fields(move_place, work, twin.id, twin.row_version, "A", reason="x" * 301) == {"reason"}


def test_only_an_empty_place_is_closed_and_nothing_goes_into_a_closed_one(work: Any, session: Session) -> None:
    volume = make_dossier(session, make_person(session), place="A-1-1-1").volumes[0]
    box, shelf = make_place(session, "A-1-1-1"), make_place(session, "A-1-1")
    for full in (box, shelf):
        with pytest.raises(Conflict):
            close_place(work, full.id, full.row_version)
    other = make_place(session, "B-1")
    place_volume(work, volume.id, volume.row_version, "B-1")
    close_place(work, box.id, box.row_version)
    assert box.closed_at is not None
    assert queries.find_place(session, "A-1-1-1") is None
    assert wrong_fields(place_volume, work, volume.id, volume.row_version, "A-1-1-1") == {"place"}
    assert wrong_fields(add_place, work, B, PlaceData("1"), shelf.id) == {"code"}, "its path is not given twice"
    close_place(work, shelf.id, shelf.row_version)
    with pytest.raises(Conflict):
        add_place(work, B, PlaceData("2"), shelf.id)
    with pytest.raises(Conflict):
        move_place(work, shelf.id, shelf.row_version, other.path)
    with pytest.raises(Conflict):
        reopen_place(work, box.id, box.row_version)
    reopen_place(work, shelf.id, shelf.row_version)
    reopen_place(work, box.id, box.row_version)
    assert queries.find_place(session, box.barcode) is box


def test_what_is_disposed_of_holds_no_place(work: Any, session: Session) -> None:
    volume = make_dossier(session, make_person(session), place="A-1").volumes[0]
    volume.custody = Custody.DISPOSED
    place = make_place(session, "A-1")
    session.flush()
    close_place(work, place.id, place.row_version)
    assert place.closed_at is not None


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.MANAGER, Role.GENERAL_MANAGER, Role.ADMINISTRATOR, Role.AUDITOR])
def test_places_are_for_the_records_department(session: Session, work_as: Any, role: Role) -> None:
    work = work_as(actor(session, make_person(session, None, role)))
    place = make_place(session, "A-1")
    for refused in (
        lambda: add_place(work, R, PlaceData("B")),
        lambda: edit_place(work, place.id, 1, PlaceData("B")),
        lambda: move_place(work, place.id, 1, ""),
        lambda: close_place(work, place.id, 1),
        lambda: reopen_place(work, place.id, 1),
    ):
        with pytest.raises(NotPermitted):
            refused()


def test_boxes_added_at_the_same_time_get_different_positions_and_barcodes(engine: Engine, clock: Any) -> None:
    with Session(engine) as session:
        begin_writing(session)
        clerk_id, shelf_id = make_person(session, None, Role.CLERK).id, make_place(session, "A-1-1").id
        session.commit()
    start = threading.Barrier(6)

    def add(code: int) -> None:
        start.wait()
        with Session(engine) as session:
            begin_writing(session)
            person = actor_of(session, session.get_one(Person, clerk_id))
            work = UnitOfWork(session, clock, ZoneInfo("Asia/Shanghai"), TRAIL_KEY, person)
            add_place(work, B, PlaceData(str(code)), shelf_id)
            session.commit()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add, range(6)))
    with Session(engine) as session:
        boxes = session.scalars(select(Place).where(Place.parent_id == shelf_id)).all()
        assert sorted(box.ordinal for box in boxes) == [1, 2, 3, 4, 5, 6]
        assert len({box.barcode for box in boxes}) == len({box.sort_key for box in boxes}) == 6


def test_shelf_order_is_left_to_right_and_top_to_bottom(session: Session) -> None:
    owner = make_person(session)
    # Made in the order in which they stand: by their ordinals, not by their codes.
    for path in ("A-10", "A-2", "B-1"):
        make_place(session, path)
    last = make_dossier(session, owner, place="B-1").volumes[0]
    second = make_dossier(session, owner, place="A-2").volumes[0]
    first = make_dossier(session, owner, place="A-10", volumes=2)
    nowhere = make_dossier(session, owner).volumes[0]
    nowhere.home_place_id = None
    guest = make_dossier(session, owner, place="B-1").volumes[0]
    guest.present_place_id = make_place(session, "A-10").id
    session.flush()
    order = session.scalars(select(Volume.id).order_by(*queries.in_shelf_order())).all()
    assert order == [*(volume.id for volume in first.volumes), guest.id, second.id, last.id, nowhere.id]
