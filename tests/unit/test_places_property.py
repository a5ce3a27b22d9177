"""Random trees, volumes and moves: contents follow, the order is total, history only grows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from portal.core.clock import SetClock
from portal.core.errors import Conflict, Invalid
from portal.core.permissions import Role
from portal.core.unit_of_work import UnitOfWork
from portal.database import begin_writing, prepare_engine
from portal.dossiers import queries
from portal.dossiers.models import Move, Place, Volume
from portal.dossiers.rules import stands_in
from portal.dossiers.services import (
    PlaceData,
    VolumeData,
    add_place,
    add_volume,
    close_place,
    edit_place,
    move_place,
    place_volume,
    put_volume,
)
from portal.dossiers.states import PlaceKind
from tests.conftest import START, TRAIL_KEY
from tests.factories import actor, make_dossier, make_person

CODES = st.sampled_from(["1", "2", "10", "A", "b"])
POSITIONS = st.none() | st.integers(1, 4)
NUMBERS = st.integers(0, 10**6)


def test_random_trees_and_moves(make_database: Callable[[], str]) -> None:
    """Beside the portal's tables a plain model: who stands in whom, and where each volume is."""
    url = make_database()

    class Shelves(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.engine = create_engine(url)
            prepare_engine(self.engine)
            self.session = Session(self.engine)
            begin_writing(self.session)
            clerk = make_person(self.session, None, Role.CLERK)
            self.dossier = make_dossier(self.session, clerk, volumes=0)
            self.work = UnitOfWork(
                self.session, SetClock(START), ZoneInfo("Asia/Shanghai"), TRAIL_KEY, actor(self.session, clerk)
            )
            self.parents: dict[int, int | None] = {}
            self.codes: dict[int, str] = {}
            self.homes: dict[int, int] = {}
            self.present: dict[int, int | None] = {}
            self.before: list[tuple[Any, ...]] = []

        def teardown(self) -> None:
            self.session.rollback()
            self.session.close()
            self.engine.dispose()

        def pick(self, number: int) -> Place:
            ids = sorted(self.parents)
            return self.session.get_one(Place, ids[number % len(ids)])

        def pick_volume(self, number: int) -> Volume:
            ids = sorted(self.homes)
            return self.session.get_one(Volume, ids[number % len(ids)])

        def inside(self, place_id: int | None, other_id: int) -> bool:
            while place_id is not None and place_id != other_id:
                place_id = self.parents[place_id]
            return place_id == other_id

        @rule(kind=st.sampled_from(PlaceKind), code=CODES, position=POSITIONS, number=NUMBERS, top=st.booleans())
        def add(self, kind: PlaceKind, code: str, position: int | None, number: int, top: bool) -> None:
            parent = None if top or not self.parents else self.pick(number)
            try:
                place = add_place(self.work, kind, PlaceData(code, "", position), parent.id if parent else None)
            except (Conflict, Invalid):
                return
            self.parents[place.id], self.codes[place.id] = (parent.id if parent else None), code

        @precondition(lambda self: self.parents)
        @rule(code=CODES, position=POSITIONS, number=NUMBERS)
        def edit(self, code: str, position: int | None, number: int) -> None:
            place = self.pick(number)
            try:
                edit_place(self.work, place.id, place.row_version, PlaceData(code, "", position))
            except Invalid:
                return
            self.codes[place.id] = code

        @precondition(lambda self: self.parents)
        @rule(number=NUMBERS, other=NUMBERS)
        def move(self, number: int, other: int) -> None:
            place, into = self.pick(number), self.pick(other)
            fits = stands_in(place.kind, into.kind) and not self.inside(into.id, place.id)
            try:
                move_place(self.work, place.id, place.row_version, into.barcode)
            except (Conflict, Invalid):
                return
            assert fits
            self.parents[place.id] = into.id

        @precondition(lambda self: self.parents)
        @rule(number=NUMBERS)
        def close(self, number: int) -> None:
            place = self.pick(number)
            held = place.id in {*self.homes.values(), *self.present.values()}
            try:
                close_place(self.work, place.id, place.row_version)
            except Conflict:
                return
            assert not held

        @precondition(lambda self: self.parents)
        @rule(number=NUMBERS)
        def shelve(self, number: int) -> None:
            place = self.pick(number)
            try:
                volume = add_volume(self.work, self.dossier.id, VolumeData(place.barcode, 1))
            except Invalid:
                return
            self.homes[volume.id], self.present[volume.id] = place.id, None

        @precondition(lambda self: self.homes)
        @rule(number=NUMBERS, other=NUMBERS, home=st.booleans())
        def carry(self, number: int, other: int, home: bool) -> None:
            volume, place = self.pick_volume(number), self.pick(other)
            try:
                (place_volume if home else put_volume)(self.work, volume.id, volume.row_version, place.barcode)
            except Invalid:
                return
            if home:
                self.homes[volume.id] = place.id
            else:
                self.present[volume.id] = None if self.homes[volume.id] == place.id else place.id

        def path(self, place_id: int) -> str:
            parent = self.parents[place_id]
            code = self.codes[place_id]
            return code if parent is None else f"{self.path(parent)}-{code}"

        @invariant()
        def contents_stand_where_their_places_are(self) -> None:
            self.session.expire_all()
            assert {row.id: row.path for row in self.session.scalars(select(Place))} == {
                place_id: self.path(place_id) for place_id in self.parents
            }
            for volume in self.session.scalars(select(Volume)):
                stands = self.present[volume.id] or self.homes[volume.id]
                assert volume.place == self.path(self.homes[volume.id])
                assert volume.stands_at == self.path(stands)
            for place in self.session.scalars(select(Place)):
                found = self.session.scalars(queries.volumes_in(self.work.person, place)).all()
                wanted = {v for v, home in self.homes.items() if self.inside(self.present[v] or home, place.id)}
                assert {row.id for row in found} == wanted and len(found) == len(wanted)

        @invariant()
        def the_order_is_total_and_keeps_places_together(self) -> None:
            places = self.session.scalars(select(Place).order_by(Place.sort_key)).all()
            assert len({place.sort_key for place in places}) == len(places)
            for place in places:
                spans = [self.inside(row.id, place.id) for row in places]
                first, count = spans.index(True), sum(spans)
                assert all(spans[first : first + count]), "what stands in one place stands together"
                assert places[first].id == place.id
            order = self.session.scalars(select(Volume).order_by(*queries.in_shelf_order())).all()
            assert [row.shelf_key for row in order] == sorted(row.shelf_key or "" for row in order)

        @invariant()
        def history_only_grows(self) -> None:
            rows = [tuple(row) for row in self.session.execute(select(*Move.__table__.columns).order_by(Move.id))]
            assert rows[: len(self.before)] == self.before
            self.before = rows

        @invariant()
        def history_ends_where_the_volume_is(self) -> None:
            for volume in self.session.scalars(select(Volume)):
                own = [m for m in queries.history_of_volume(self.session, volume) if m.volume_id == volume.id]
                homes = [move.to_place_id for move in own if move.kind == "home"]
                put = [move.to_place_id for move in own if move.kind == "present"]
                assert homes[0] == volume.home_place_id
                assert (put[0] if put else None) == volume.present_place_id

    run_state_machine_as_test(
        Shelves,
        settings=settings(
            max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
