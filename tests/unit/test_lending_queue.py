"""The clerk's queue and other long lists, page by page: their order, their counts, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from random import Random
from typing import Any

import pytest
from sqlalchemy import event, select

from portal.dossiers.models import Place, Volume
from portal.dossiers.queries import find_place, volume_with_barcode
from portal.dossiers.states import Custody
from portal.lending import queries
from portal.lending.models import Loan, RequestLine
from portal.lending.queries import paging
from portal.lending.queries.fetching import ready_lines
from tests.factories import make_place
from tests.unit.lending_world import World, make_world

TODAY = date(2026, 3, 2)


@pytest.fixture
def world(session: Any, work_as: Any) -> World:
    return make_world(session, work_as)


@contextmanager
def counted(session: Any) -> Iterator[list[str]]:
    """The statements that reach the database meanwhile."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        found.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def _walk(line: RequestLine) -> tuple[bool, bool, str, int]:
    """The order of the queue, put in another way: by the first shelf with something to fetch."""
    fetched = [row.volume for row in line.volumes if row.outcome == "wanted"]
    fetched = [volume for volume in fetched if volume.custody in (Custody.ON_SHELF, Custody.RESERVED)]
    keys = sorted(volume.shelf_key for volume in fetched if volume.shelf_key)
    return not fetched, not keys, (keys or [""])[0], line.id


def _queue(world: World, count: int) -> list[RequestLine]:
    """Requests for one to three volumes in places drawn by chance, some in none, some of which are out."""
    chance = Random(4)
    places = [make_place(world.session, f"{letter}-{number:02d}").id for letter in "BAC" for number in (2, 1)]
    lines = []
    for number in range(count):
        dossier = world.dossier(volumes=chance.randint(1, 3))
        for volume in dossier.volumes:
            volume.home_place_id = chance.choice([*places, None])
            volume.present_place_id = chance.choice([None, None, *places])
        if number % 4 == 0:
            world.session.flush()
            world.lend(dossier)
            world.session.refresh(dossier)
        lines.append(world.approved(dossier, by=world.colleague))
    world.session.flush()
    world.session.expire_all()
    return sorted(lines, key=_walk)


def test_the_pages_of_the_queue_are_the_queue_in_shelf_order(world: World) -> None:
    lines = _queue(world, 12)
    actor = world.act(world.clerk)
    pages = [queries.desk_queue(world.session, actor, TODAY, number, 5) for number in (1, 2, 3)]
    assert [line.id for page in pages for line in page.rows] == [line.id for line in lines]
    assert {(page.pages, page.total) for page in pages} == {(3, 12)}
    assert [line.id for line in ready_lines(world.session, actor, world.colleague.id, TODAY)] == [
        line.id for line in lines
    ]
    past = queries.desk_queue(world.session, actor, TODAY, 99, 5)
    assert (past.number, [line.id for line in past.rows]) == (3, [line.id for line in lines[10:]])
    for number in (0, -3, 10**30):
        assert queries.desk_queue(world.session, actor, TODAY, number, 5).rows


def test_an_empty_queue_is_one_empty_page(world: World) -> None:
    for number in (1, 7):
        page = queries.desk_queue(world.session, world.act(world.clerk), TODAY, number)
        assert (list(page.rows), page.number, page.pages, page.total) == ([], 1, 1, 0)


def test_a_longer_queue_costs_no_more_statements(world: World) -> None:
    numbers = []
    for more in (2, 10):
        _queue(world, more)
        world.session.expire_all()
        actor = world.act(world.clerk)
        with counted(world.session) as found:
            page = queries.desk_queue(world.session, actor, TODAY)
            first = queries.first_in_lines(
                world.session, [row.volume_id for line in page.rows for row in line.volumes], TODAY
            )
        assert first
        numbers.append(len(found))
    assert numbers[0] == numbers[1]


def test_first_in_line_for_many_is_first_in_line_for_each(world: World) -> None:
    dossier = world.dossier(volumes=2)
    first = world.approved(dossier)
    world.approved(dossier, by=world.colleague)
    alone = world.dossier()
    ids = [volume.id for volume in (*dossier.volumes, *alone.volumes)]
    found = queries.first_in_lines(world.session, ids, TODAY)
    assert {volume_id: line.id for volume_id, line in found.items()} == dict.fromkeys(ids[:2], first.id)
    for volume_id in ids:
        assert queries.first_in_line(world.session, volume_id, TODAY) is found.get(volume_id)


def test_a_page_counts_so_far_and_goes_on_to_the_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MOST_COUNTED", 6)
    for _ in range(9):
        world.ask(world.dossier())
    query = queries.my_requests(world.act(world.reader))
    whole = [line.id for line in world.session.scalars(query).unique()]
    assert len(whole) == 9
    pages = [queries.page_of(world.session, query, number, 2) for number in range(1, 6)]
    assert [line.id for page in pages for line in page.rows] == whole
    assert [(page.total, page.more) for page in pages] == [(6, True)] * 4 + [(9, False)]
    assert all(page.number < page.pages for page in pages[:4])
    assert pages[4].number == pages[4].pages
    for number in (6, 10**30):
        past = queries.page_of(world.session, query, number, 2)
        assert (past.number, [line.id for line in past.rows]) == (5, whole[8:])


def test_a_page_within_the_count_is_counted_exactly(world: World) -> None:
    for _ in range(5):
        world.ask(world.dossier())
    query = queries.my_requests(world.act(world.reader))
    with counted(world.session) as found:
        page = queries.page_of(world.session, query, 2, 2)
    assert (len(page.rows), page.number, page.pages, page.total, page.more) == (2, 2, 3, 5, False)
    assert len(found) == 1


def test_my_requests_are_those_i_read_and_those_i_filed_for_others(world: World) -> None:
    mine = world.ask(world.dossier())
    for_other = world.ask(world.dossier(), reader_id=world.colleague.id)
    of_other = world.ask(world.dossier(), by=world.colleague)
    for person, lines in ((world.reader, [for_other, mine]), (world.colleague, [of_other, for_other])):
        page = queries.page_of(world.session, queries.my_requests(world.act(person)), 1)
        assert ([line.id for line in page.rows], page.total) == ([line.id for line in lines], 2)


def test_a_code_is_found_whatever_its_letters(world: World) -> None:
    volume = world.dossier().volumes[0]
    place = make_place(world.session, "Ñ-01")
    clerk = world.act(world.clerk)
    assert volume_with_barcode(world.session, clerk, f" {volume.barcode.lower()} ") is volume
    assert find_place(world.session, place.barcode.lower()) is find_place(world.session, "ñ-01") is place
    assert queries.what_is(world.session, clerk, volume.barcode.lower()) is volume
    assert volume.barcode == volume.barcode.upper()
    assert all(barcode == barcode.upper() for barcode in world.session.scalars(select(Place.barcode)))


def test_a_barcode_is_looked_up_by_its_index(world: World) -> None:
    with counted(world.session) as found:
        volume_with_barcode(world.session, world.act(world.clerk), "V1")
        find_place(world.session, "P1")
    assert [statement for statement in found if "volumes.barcode = " in statement or "places.barcode = " in statement]
    assert not [statement for statement in found if "lower(volumes" in statement or "lower(places.barcode" in statement]


def test_open_loans_are_indexed_by_due_date() -> None:
    assert ["state", "due_on", "id"] in [[column.name for column in index.columns] for index in Loan.__table__.indexes]
    assert Volume.__table__.c.barcode.unique
