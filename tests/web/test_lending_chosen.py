"""Gathering dossiers before asking: from the register, from search results, from a dossier's page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import event, select, update

from portal.core.permissions import Level, Role
from portal.dossiers.models import Dossier
from portal.extensions import db
from portal.lending.models import RequestLine
from portal.lending.services.requests import MOST_DOSSIERS
from tests.factories import make_person
from tests.unit.search_world import SearchWorld
from tests.web.test_lending_web import ASK, House
from tests.web.visitor import Visitor

LIST = "/requests/chosen"


@pytest.fixture
def house(app: Any, parts: Any) -> House:
    return House(app, parts)


def choose(visitor: Visitor, *dossier_ids: int, shown_at: str = "/dossiers", **more: str) -> Any:
    return visitor.post(LIST, {"dossier": list(dossier_ids), **more}, shown_at=shown_at, action=LIST)


def listed(visitor: Visitor) -> list[int]:
    return [int(found) for found in re.findall(r'action="/requests/chosen/(\d+)/remove"', visitor.get(LIST).text)]


def test_dossiers_of_two_visits_are_asked_for_in_one_request(house: House) -> None:
    first, second, third = (house.dossier()[0] for _ in range(3))
    reader = house.as_("reader")
    assert "No dossier is chosen yet." in reader.get(LIST).text
    assert choose(reader, second, first).status_code == 302
    assert "Chosen before: 2" in reader.get("/dossiers").text
    assert choose(reader, third, first).status_code == 302
    assert listed(reader) == [second, first, third], "each once, in the order in which they were chosen"
    address = re.search(r'href="(/requests/new\?kind=borrow[^"]*)"', reader.get(LIST).text)
    assert address is not None
    ways = address[1].replace("&amp;", "&")
    page = reader.get(ways).text
    volumes = re.findall(r'name="volume_ids"[^>]*value="(\d+)"', page)
    person = re.findall(r'<option selected value="(\d+)"', page)
    data = {**ASK, "volume_ids": volumes, "reader_id": person[0], "act": "send"}
    sent = reader.post(ways, data, shown_at=ways)
    assert sent.status_code == 302, sent.text
    assert house.count(RequestLine) == 3
    assert listed(reader) == [], "what is asked for is no longer on the list"


def test_one_is_added_on_its_own_page_and_taken_off_again(house: House) -> None:
    first, second = house.dossier()[0], house.dossier()[0]
    reader = house.as_("reader")
    for dossier_id in (first, second, second):
        address = f"{LIST}?dossier={dossier_id}"
        added = reader.post(address, {}, shown_at=f"/dossiers/{dossier_id}", action=address)
        assert added.status_code == 302
    assert listed(reader) == [first, second]
    removing = f"{LIST}/{first}/remove"
    assert reader.post(removing, {}, shown_at=LIST, action=removing).status_code == 302
    assert listed(reader) == [second]
    assert house.count(RequestLine) == 0


def test_nothing_marked_and_too_many_are_said_and_change_nothing(house: House) -> None:
    ids = [house.dossier()[0] for _ in range(MOST_DOSSIERS + 1)]
    reader = house.as_("reader")
    nothing = choose(reader)
    assert nothing.status_code == 422
    assert "No dossier was marked." in nothing.text
    assert choose(reader, *ids[:-1]).status_code == 302
    more = choose(reader, ids[-1])
    assert more.status_code == 422
    assert f"At most {MOST_DOSSIERS} dossiers" in more.text
    assert listed(reader) == ids[:-1]


def test_what_one_may_not_know_of_is_never_listed(house: House, parts: Any) -> None:
    known, core = house.dossier()[0], house.dossier(Level.CORE, name="Secret Partners")[0]
    reader = house.as_("reader")
    assert choose(reader, known, core).status_code == choose(reader, 999_999).status_code == 404
    assert listed(reader) == []
    assert choose(reader, known).status_code == 302
    with parts.writing() as work:
        work.session.execute(update(Dossier).where(Dossier.id == known).values(level=Level.CORE))
    assert listed(reader) == [], "a dossier that has become core is gone from the list"


def test_the_list_is_ones_own_and_ends_with_the_log_in(house: House, app: Any, parts: Any) -> None:
    with parts.writing() as work:
        make_person(work.session, None, Role.EMPLOYEE, login="other")
    dossier_id = house.dossier()[0]
    reader = house.as_("reader")
    choose(reader, dossier_id)
    assert listed(Visitor(app, "other")) == []
    reader.post("/log-out", {}, shown_at="/dossiers", action="/log-out")
    again = reader.post("/log-in", {"login": "other", "password": "x"}, shown_at="/log-in")
    assert again.status_code != 302
    house.visitors.clear()
    assert listed(house.as_("reader")) == []


@pytest.mark.parametrize(
    "back", ["https://elsewhere.example/", "//elsewhere.example/search?", "/requests", "/search?\n"]
)
def test_the_way_back_leads_to_the_search_only(house: House, back: str) -> None:
    reader = house.as_("reader")
    answer = choose(reader, house.dossier()[0], back=back)
    assert answer.location == LIST
    assert "Back to the search results" not in reader.get(LIST, query_string={"back": back}).text


def test_search_results_have_boxes_and_lead_back(app: Any, parts: Any, queues: Any) -> None:
    world = SearchWorld(parts, queues)
    world.add_person("employee")
    for number, name in (("2026-0001", "Harbour & Sons"), ("2026-0002", "Harbour Lights")):
        world.add_dossier(number, name, {"Letter": ("Lanterns.",)})
    world.add_dossier("K2026-0001", "Harbour Holdings", {"Secret": ("Lanterns.",)}, level=Level.CORE)
    world.index_now()
    employee = Visitor(app, "employee")
    page = employee.get("/search?q=harbour").text
    assert sorted(re.findall(r'aria-label="Mark ([^"]*)"', page)) == ["2026-0001", "2026-0002"]
    marked = re.findall(r'type="checkbox" name="dossier" value="(\d+)"', page)
    chosen = employee.post(LIST, {"dossier": marked}, shown_at="/search?q=harbour", action=LIST)
    assert chosen.status_code == 302
    gathered = employee.get(chosen.location).text
    assert 'href="/search?q=harbour&amp;page=1"' in gathered
    with parts.looking() as work:
        ids = set(work.session.scalars(select(Dossier.id).where(Dossier.level == Level.GENERAL)))
    assert set(listed(employee)) == ids == {int(each) for each in marked}


def test_a_long_list_takes_few_queries(house: House, app: Any) -> None:
    ids = [house.dossier()[0] for _ in range(MOST_DOSSIERS)]
    reader, asked = house.as_("reader"), []
    choose(reader, *ids)
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    assert reader.get(LIST).status_code == 200
    assert len([query for query in asked if query.startswith("SELECT")]) <= 15, asked
