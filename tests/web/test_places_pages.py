"""The pages of places and of single volumes: what a clerk does on them, and what others see."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import event, select, update

from portal.accounts.models import Person
from portal.core.erasable import ErasableText
from portal.core.permissions import Level, Role
from portal.dossiers.models import Dossier, Move, Place, Volume
from portal.dossiers.states import PLACE_KIND_NAMES, Custody, PlaceKind
from portal.extensions import db
from tests.factories import make_client, make_dossier, make_person, make_place, make_responsible
from tests.web.visitor import Visitor


@dataclass
class Shelves:
    box: int
    shelf: int
    room: int
    other: int
    volume: int
    core: int
    important: int


@pytest.fixture
def shelves(parts: Any) -> Shelves:
    """Room A with a box; in it a general, an important and a core volume."""
    with parts.writing() as work:
        session = work.session
        owner = make_person(session, login="owner")
        make_person(session, None, Role.CLERK, login="clerk")
        make_person(session, None, Role.CLERK, login="cleared", clearance=Level.CORE)
        make_person(session, login="stranger")
        client = make_client(session, owner, "上海 Trading")
        make_responsible(session, owner, client)
        general = make_dossier(session, owner, client, number="2026-0001", place="A-03-2-14")
        important = make_dossier(session, owner, number="2026-0002", level=Level.IMPORTANT, place="A-03-2-14")
        secret = make_client(session, owner, "Secret Partners")
        core = make_dossier(session, owner, secret, number="K2026-0001", level=Level.CORE, place="A-03-2-14")
        other = make_place(session, "B-01-1")
        make_place(session, "A-03-2-15")
        shelf, box, room = (make_place(session, path) for path in ("A-03-2", "A-03-2-14", "A"))
        volumes = [dossier.volumes[0].id for dossier in (general, core, important)]
        return Shelves(box.id, shelf.id, room.id, other.id, *volumes)


def volume_row(parts: Any, volume_id: int) -> dict[str, Any]:
    with parts.looking() as work:
        volume = work.session.get_one(Volume, volume_id)
        return {"place": volume.place, "stands": volume.stands_at, "custody": volume.custody}


def tree(page: str) -> dict[str, int]:
    """The places of the tree, in order, with their volumes."""
    rows = re.findall(r'<tr id="place-\d+">.*?</tr>', page, re.DOTALL)
    paths = [re.findall(r'<a href="/places/\d+">([^<]*)</a>', row)[0] for row in rows]
    return dict(zip(paths, map(int, re.findall(r'<td class="num">(\d+)</td>', "".join(rows))), strict=True))


def toggle(page: str, path: str) -> tuple[str, str]:
    """The address that opens or closes a place, and whether it is open."""
    address, state = re.findall(rf'href="([^"]*)" aria-expanded="(\w+)" aria-label="What is in {path}"', page)[0]
    return address.replace("&amp;", "&"), state


def test_the_tree_lists_every_level_with_counts(app: Any, shelves: Shelves) -> None:
    everything = {"A": 2, "A-03": 2, "A-03-2": 2, "A-03-2-14": 2, "A-03-2-15": 0, "B": 0, "B-01": 0, "B-01-1": 0}
    shown = list(tree(Visitor(app, "clerk").get("/places").text).items())
    assert shown == list(everything.items()), "the core one left out"
    cleared = tree(Visitor(app, "cleared").get("/places").text)
    assert cleared == {path: 3 if volumes else 0 for path, volumes in everything.items()}


def test_a_branch_of_the_tree_is_closed_and_opened_again(app: Any, shelves: Shelves) -> None:
    clerk = Visitor(app, "clerk")
    page = clerk.get("/places").text
    address, state = toggle(page, "A-03")
    assert state == "true"
    page = clerk.get(address).text
    assert list(tree(page)) == ["A", "A-03", "B", "B-01", "B-01-1"]
    assert tree(page)["A-03"] == 2, "what is folded away is counted"
    for path in ("A", "B"):
        page = clerk.get(toggle(page, path)[0]).text
    assert list(tree(page)) == ["A", "B"]
    page = clerk.get(toggle(page, "A")[0]).text
    assert list(tree(page)) == ["A", "A-03", "B"]
    assert toggle(page, "A-03")[1] == "false"
    page = clerk.get(toggle(clerk.get(toggle(page, "A-03")[0]).text, "A-03-2")[0]).text
    assert list(tree(page)) == ["A", "A-03", "A-03-2", "A-03-2-14", "A-03-2-15", "B"]
    assert "What is in A-03-2-14" not in page, "nothing stands in a box: it cannot be opened"
    for nonsense in ("open=0", "open=99999999999", f"open={shelves.shelf}", "open=0&page=77"):
        assert list(tree(clerk.get(f"/places?{nonsense}").text)) == ["A", "B"]


def test_a_tree_of_thousands_opens_as_far_as_it_fits_a_page(app: Any, parts: Any, shelves: Shelves) -> None:
    with parts.writing() as work:
        for number in range(120):
            make_place(work.session, f"A-03-2-{number + 100}")
        for number in range(70):
            make_place(work.session, f"R{number:02d}")
    clerk = Visitor(app, "clerk")
    page = clerk.get("/places").text
    assert len(tree(page)) == 50
    assert "72 in all, page 1 of 2" in page
    assert len(tree(clerk.get("/places?page=2").text)) == 22
    above = [clerk.get(f"/places?open={shelves.room}").text]
    for path in ("A-03", "A-03-2"):
        above.append(clerk.get(toggle(above[-1], path)[0]).text)
    boxes = [path for path in tree(above[-1]) if path.startswith("A-03-2-")]
    assert len(boxes) == 50
    assert "122 places in it; the first are shown, all are on its page" in above[-1]
    pages = [clerk.get(f"/places/{shelves.shelf}?inside={number}").text for number in (1, 2, 3)]
    listed = [re.findall(r">(A-03-2-\d+)</a>", page.split('id="volumes-head"')[0]) for page in pages]
    assert [len(each) for each in listed] == [50, 50, 22]
    assert listed[0] == boxes
    assert len({path for each in listed for path in each}) == 122


def test_the_shelf_list_is_paged_and_printed_whole(app: Any, parts: Any, shelves: Shelves) -> None:
    with parts.writing() as work:
        owner = work.session.scalars(select(Person).where(Person.login == "owner")).one()
        for number in range(151):
            make_dossier(work.session, owner, number=f"2026-1{number:03d}", place="A-03-2-15")
    clerk, path = Visitor(app, "clerk"), f"/places/{shelves.room}/shelf-list"
    pages = [clerk.get(f"{path}?page={number}").text for number in (1, 2, 3)]
    listed = [re.findall(r">(2026-\d{4})</a>", page) for page in pages]
    assert [len(each) for each in listed] == [100, 53, 53], "beyond the last page stands the last"
    assert "153 in all, page 1 of 2" in pages[0]
    pdf = pypdfium2.PdfDocument(io.BytesIO(clerk.get(f"{path}.pdf").data))
    text = "".join(page.get_textpage().get_text_range() for page in pdf)
    assert re.findall(r"2026-\d{4}", text) == listed[0] + listed[1]


def test_an_archive_without_places_says_how_the_first_one_gets_there(app: Any, parts: Any) -> None:
    with parts.writing() as work:
        make_person(work.session, None, Role.CLERK, login="clerk")
    clerk = Visitor(app, "clerk")
    assert "Add a room with the button above" in clerk.get("/places").text
    added = clerk.post("/places/add", {"kind": "room", "code": "A", "name": "Cellar"}, shown_at="/places/add")
    assert added.status_code == 302
    page = clerk.get(added.headers["Location"]).text
    assert "A is added. Its barcode is P000001." in page
    assert "Cellar" in page


@pytest.mark.parametrize("typed", ["a-03-2-14", "p000004"])
def test_a_scanned_or_typed_place_is_gone_to(app: Any, shelves: Shelves, typed: str) -> None:
    clerk = Visitor(app, "clerk")
    found = clerk.get("/places", query_string={"place": typed})
    assert found.status_code == 302
    assert found.headers["Location"].startswith("/places/")
    assert clerk.get("/places", query_string={"place": "A-Z'%_"}).status_code == 404
    lost = clerk.get("/places", query_string={"place": "Z-99"})
    assert lost.status_code == 404
    assert "There is no open place “Z-99”." in lost.text


def test_a_place_shows_its_volumes_without_those_one_may_not_know_of(app: Any, shelves: Shelves) -> None:
    page = Visitor(app, "clerk").get(f"/places/{shelves.room}").text
    assert "2026-0001" in page and "2026-0002" in page
    assert "K2026-0001" not in page and "Secret Partners" not in page
    assert "2 in all" in page
    assert "K2026-0001" in Visitor(app, "cleared").get(f"/places/{shelves.room}").text


def test_places_are_added_in_places_and_wrong_ones_named(app: Any, parts: Any, shelves: Shelves) -> None:
    clerk, path = Visitor(app, "clerk"), f"/places/{shelves.shelf}/add"
    assert 'value="cabinet"' not in clerk.get(path).text, "only what fits is offered"
    added = clerk.post(path, {"kind": "box", "code": "16", "position": "1"}, shown_at=path)
    assert added.headers["Location"] == f"/places/{shelves.shelf}"
    with parts.looking() as work:
        boxes = work.session.scalars(
            select(Place.code).where(Place.parent_id == shelves.shelf).order_by(Place.sort_key)
        ).all()
    assert boxes == ["16", "14", "15"]
    twice = clerk.post(path, {"kind": "box", "code": "16"}, shown_at=path)
    assert twice.status_code == 422
    assert "There is a place A-03-2-16 already." in twice.text


def test_a_place_is_renamed_and_a_stale_form_is_not_saved(app: Any, parts: Any, shelves: Shelves) -> None:
    clerk, path = Visitor(app, "clerk"), f"/places/{shelves.room}/edit"
    old = clerk.hidden_fields(path)
    assert clerk.post(path, {"code": "C", "name": "", "position": "1"}, shown_at=path).status_code == 302
    assert volume_row(parts, shelves.volume)["place"] == "C-03-2-14"
    stale = clerk.client.post(path, data={**old, "code": "D"})
    assert stale.status_code == 409
    assert 'value="C"' in stale.text
    assert clerk.post(path, {"code": "C D"}, shown_at=path).status_code == 422


def test_a_box_is_moved_with_its_contents(app: Any, parts: Any, shelves: Shelves) -> None:
    clerk, path = Visitor(app, "clerk"), f"/places/{shelves.box}"
    moved = clerk.post(f"{path}/move", {"place": "B-01-1", "reason": "Damp wall"}, shown_at=path, action=f"{path}/move")
    assert moved.status_code == 302
    assert volume_row(parts, shelves.volume)["place"] == "B-01-1-14"
    page = clerk.get(f"/volumes/{shelves.volume}").text
    assert "A-03-2-14 → B-01-1-14" in page
    assert "Damp wall" in page
    wrong = clerk.post(f"{path}/move", {"place": "B-01-1-14"}, shown_at=path, action=f"{path}/move")
    assert wrong.status_code == 422
    assert "A place cannot stand in itself." in wrong.text


def test_only_an_empty_place_is_closed(app: Any, shelves: Shelves, parts: Any) -> None:
    clerk = Visitor(app, "cleared")
    full = clerk.post(f"/places/{shelves.box}/close", {}, shown_at=f"/places/{shelves.box}/edit")
    assert full.status_code == 409
    assert "This place is not empty" in full.text
    with parts.looking() as work:
        empty = work.session.scalars(select(Place.id).where(Place.path == "A-03-2-15")).one()
    assert clerk.post(f"/places/{empty}/close", {}, shown_at=f"/places/{empty}/edit").status_code == 302
    page = clerk.get(f"/places/{empty}").text
    assert "Closed on" in page
    assert "Scan volumes into this place" not in page
    assert clerk.post(f"/places/{empty}/reopen", {}, shown_at=f"/places/{empty}/edit").status_code == 302
    assert "is open again" in clerk.get(f"/places/{empty}").text


def test_who_sees_no_core_volume_learns_of_none_by_closing_its_place(app: Any, shelves: Shelves, parts: Any) -> None:
    with parts.writing() as work:
        make_place(work.session, "C-1")
        work.session.get_one(Volume, shelves.core).home_place_id = make_place(work.session, "C-2").id
        places = [make_place(work.session, path).id for path in ("C-1", "C-2", "A-03-2-14")]
    clerk = Visitor(app, "clerk")
    answers = [clerk.post(f"/places/{id_}/close", {}, shown_at=f"/places/{id_}/edit") for id_ in places]
    wrongs = [re.findall(r'class="wrong-title">([^<]*)', answer.text) for answer in answers]
    assert [answer.status_code for answer in answers] == [409] * 3
    assert (
        wrongs
        == [["Only somebody with core clearance closes a place: nobody else sees everything that may stand in one."]]
        * 3
    ), "the same, whether nothing, a core volume or something they know stands there"
    assert all("Close this place" not in clerk.get(f"/places/{id_}").text for id_ in places)
    cleared = Visitor(app, "cleared")
    codes = [cleared.post(f"/places/{id_}/close", {}, shown_at=f"/places/{id_}/edit").status_code for id_ in places]
    assert codes == [302, 409, 409]


def test_an_erased_reason_is_shown_as_erased(app: Any, parts: Any, shelves: Shelves) -> None:
    clerk, path = Visitor(app, "cleared"), f"/volumes/{shelves.volume}"
    clerk.post(f"{path}/put", {"place": "B-01-1", "reason": "Ms Soler is ill"}, shown_at=path, action=f"{path}/put")
    assert "Ms Soler is ill" in clerk.get(path).text
    with parts.writing() as work:
        work.session.execute(update(ErasableText).values(content=None))
    for address in (path, f"/places/{shelves.other}"):
        page = clerk.get(address).text
        assert "Ms Soler is ill" not in page
        assert "Put down at B-01-1" in page and ">erased<" in page, "that it was put down, and why, stays history"


def test_volumes_are_scanned_into_a_place(app: Any, parts: Any, shelves: Shelves) -> None:
    clerk, path = Visitor(app, "clerk"), f"/places/{shelves.other}"

    def scan(barcode: str, stays: str) -> Any:
        return clerk.post(
            f"{path}/volumes", {"barcode": barcode, "stays": stays}, shown_at=path, action=f"{path}/volumes"
        )

    with parts.looking() as work:
        barcode = work.session.get_one(Volume, shelves.volume).barcode
        core = work.session.get_one(Volume, shelves.core).barcode
    put = scan(barcode.lower(), "present")
    assert put.status_code == 302
    assert "stays=present" in put.headers["Location"], "the next one is scanned in the same way"
    assert volume_row(parts, shelves.volume) == {
        "place": "A-03-2-14",
        "stands": "B-01-1",
        "custody": Custody.ON_SHELF,
    }
    assert scan(barcode, "home").status_code == 302
    assert volume_row(parts, shelves.volume)["place"] == "B-01-1"
    for unknown in ("nothing", core):
        answer = scan(unknown, "home")
        assert answer.status_code == 422
        assert "or it is not for you to see." in answer.text
    assert volume_row(parts, shelves.core)["place"] == "A-03-2-14"


def test_the_page_of_a_volume_tells_each_what_they_may_know(app: Any, shelves: Shelves) -> None:
    stranger, owner, clerk, cleared = (Visitor(app, login) for login in ("stranger", "owner", "clerk", "cleared"))
    entry = stranger.get(f"/volumes/{shelves.volume}").text
    assert "2026-0001" in entry and "On shelf" in entry
    assert "A-03-2-14" not in entry and "Sheets" not in entry and "History" not in entry
    inside = owner.get(f"/volumes/{shelves.volume}").text
    assert "A-03-2-14" in inside and "History" in inside
    assert "Put it elsewhere" not in inside and "/places/" not in inside
    assert "Put it elsewhere" in clerk.get(f"/volumes/{shelves.volume}").text
    for visitor in (stranger, owner, clerk):
        assert visitor.get(f"/volumes/{shelves.core}").status_code == 404
    assert cleared.get(f"/volumes/{shelves.core}").status_code == 200
    assert clerk.get("/volumes/999999").status_code == 404


def test_a_volume_is_put_down_and_given_another_home(app: Any, parts: Any, shelves: Shelves) -> None:
    clerk, path = Visitor(app, "clerk"), f"/volumes/{shelves.volume}"
    old = clerk.hidden_fields(path, f"{path}/put")
    put = clerk.post(f"{path}/put", {"place": "B-01-1", "reason": "Exhibition"}, shown_at=path, action=f"{path}/put")
    assert put.status_code == 302
    page = clerk.get(path).text
    assert "Put down at B-01-1" in page and "Exhibition" in page and "It is back home" in page
    stale = clerk.client.post(f"{path}/home", data={**old, "place": "B-01-1"})
    assert stale.status_code == 409
    assert "Someone else changed this" in stale.text
    wrong = clerk.post(f"{path}/home", {"place": "Z"}, shown_at=path, action=f"{path}/put")
    assert wrong.status_code == 422
    assert "There is no place “Z”." in wrong.text
    assert clerk.post(f"{path}/home", {"place": "B-01-1"}, shown_at=path, action=f"{path}/put").status_code == 302
    assert clerk.post(f"{path}/put", {"place": ""}, shown_at=path, action=f"{path}/put").status_code == 302
    assert volume_row(parts, shelves.volume)["stands"] == "B-01-1"


def test_a_volume_goes_to_scanning_and_to_repair_and_comes_back(app: Any, parts: Any, shelves: Shelves) -> None:
    clerk, path = Visitor(app, "clerk"), f"/volumes/{shelves.volume}"
    for send, back, custody in (("scanning", "scanned", "being_scanned"), ("repair", "repaired", "in_repair")):
        sent = clerk.post(f"{path}/{send}", {"remark": "Loose pages"}, shown_at=path, action=f"{path}/scanning")
        assert sent.status_code == 302
        assert volume_row(parts, shelves.volume)["custody"] == custody
        came = clerk.post(f"{path}/{back}", {"condition": "worn"}, shown_at=path, action=f"{path}/{back}")
        assert came.status_code == 302
        assert volume_row(parts, shelves.volume)["custody"] == Custody.ON_SHELF
    unsaid = clerk.post(f"{path}/repair", {"remark": ""}, shown_at=path, action=f"{path}/scanning")
    assert unsaid.status_code == 422
    page = clerk.get(path).text
    assert "Being scanned" in page and "In repair" in page, "the history tells of both"


def test_the_shelf_list_is_in_shelf_order_on_the_page_and_on_paper(app: Any, parts: Any, shelves: Shelves) -> None:
    with parts.writing() as work:
        owner = work.session.get_one(Dossier, 1).opened_by_id
        person = work.session.get_one(Person, owner)
        for number, place in (("2026-0009", "A-03-1"), ("2026-0008", "A-03-2-15")):
            make_dossier(work.session, person, number=number, place=place)
        work.session.get_one(Volume, shelves.important).custody = Custody.ON_LOAN
    numbers = ["2026-0001", "2026-0002", "2026-0008", "2026-0009"]
    clerk, path = Visitor(app, "clerk"), f"/places/{shelves.room}/shelf-list"
    page = clerk.get(path).text
    assert re.findall(r">(2026-\d{4})</a>", page) == numbers
    assert page.count('class="tick"') == 3, "what is out has no box"
    pdf = clerk.get(f"{path}.pdf")
    assert pdf.mimetype == "application/pdf"
    text = pypdfium2.PdfDocument(io.BytesIO(pdf.data))[0].get_textpage().get_text_range()
    assert re.findall(r"2026-\d{4}", text) == numbers
    assert "上海" in text and "On loan" in text and "A-03-2-14" in text
    assert "K2026-0001" not in text
    of_cleared = Visitor(app, "cleared").get(f"{path}.pdf").data
    on_paper = pypdfium2.PdfDocument(io.BytesIO(of_cleared))[0].get_textpage().get_text_range()
    assert "K2026-0001" in on_paper
    assert "Secret" not in on_paper, "a list lies about in the room"
    in_chinese = Visitor(app, "clerk", language="zh").get(f"/places/{shelves.other}/shelf-list.pdf")
    assert in_chinese.status_code == 200, "an empty list prints too"


@pytest.mark.parametrize("login", ["owner", "stranger"])
def test_places_are_for_the_records_department(app: Any, shelves: Shelves, login: str) -> None:
    visitor = Visitor(app, login)
    for address in ("/places", "/places/add", f"/places/{shelves.box}", f"/places/{shelves.box}/shelf-list"):
        assert visitor.get(address).status_code == 403
    assert "/places" not in visitor.get("/dossiers").text
    assert 'href="/places"' in Visitor(app, "clerk").get("/dossiers").text


def test_a_place_with_hundreds_of_volumes_is_shown_with_few_queries(app: Any, parts: Any, shelves: Shelves) -> None:
    with parts.writing() as work:
        owner = work.session.scalars(select(Person).where(Person.login == "owner")).one()
        for number in range(60):
            make_dossier(work.session, owner, place=f"A-03-2-{14 + number % 2}")
        for volume in work.session.scalars(select(Volume).limit(40)):
            volume.present_place_id = shelves.other
            work.session.add(
                Move(
                    kind="present",
                    volume_id=volume.id,
                    to_place_id=shelves.other,
                    moved_at=work.now,
                    reason=ErasableText.of("x"),
                )
            )
    clerk, asked = Visitor(app, "clerk"), []
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    for address in ("/places", f"/places/{shelves.room}", f"/places/{shelves.other}", f"/volumes/{shelves.volume}"):
        asked.clear()
        assert clerk.get(address).status_code == 200
        assert len([query for query in asked if query.startswith("SELECT")]) <= 15, (address, asked)


def test_kinds_of_places_have_names() -> None:
    assert set(PLACE_KIND_NAMES) == set(PlaceKind)
