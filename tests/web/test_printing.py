"""Labels, slips and letters through their pages: who may, what is shown before, and what the PDF holds."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import event, select

from portal.accounts.models import Person
from portal.accounts.queries import is_ended_card, person_by_card
from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry
from portal.dossiers.models import Dossier, Place
from portal.dossiers.services import VolumeData, add_volume
from portal.dossiers.states import PlaceKind
from portal.extensions import db
from portal.lending.services import decide_as_head, file_request, issue_line
from portal.lending.states import RequestKind
from tests.factories import actor, make_client, make_department, make_dossier, make_person
from tests.unit.printing.worlds import codes_of, pages_of, sizes_of, texts_of
from tests.web.test_lending_web import House
from tests.web.visitor import Visitor


@pytest.fixture
def house(app: Any, parts: Any) -> House:
    return House(app, parts)


@pytest.fixture
def shelves(parts: Any) -> None:
    """A room with a shelf, a box on it, and a shelf that is given up."""
    with parts.writing() as work:
        rows: list[Place] = []
        for kind, code, name, parent in (
            (PlaceKind.ROOM, "R", "Archive", None),
            (PlaceKind.SHELF, "1", "", 0),
            (PlaceKind.BOX, "7", "Old contracts", 1),
            (PlaceKind.SHELF, "2", "", 0),
        ):
            above = rows[parent] if parent is not None else None
            row = Place(
                kind=kind,
                code=code,
                name=name,
                ordinal=len(rows) + 1,
                barcode=f"P9000{len(rows):02d}",
                path=f"{above.path}-{code}" if above else code,
                sort_key=f"{above.sort_key if above else ''}9{len(rows):04d}",
                parent=above,
            )
            work.session.add(row)
            work.session.flush()
            rows.append(row)
        rows[3].closed_at = work.now


def printed(visitor: Visitor, page: str) -> Any:
    """The PDF that the page's main link leads to."""
    shown = visitor.get(page)
    assert shown.status_code == 200, shown.text
    links = re.findall(r'class="btn btn-primary" href="([^"]+)"', shown.text)
    assert len(links) == 1, shown.text
    answer = visitor.get(links[0].replace("&amp;", "&"))
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf"), answer.text
    return answer.data


def codes(pdf: bytes) -> set[str]:
    return {text for page in pages_of(pdf) for _, text, _ in codes_of(page)}


@pytest.fixture
def numbered(house: House) -> dict[str, Any]:
    """A dossier of two volumes and a core one, with their numbers and barcodes."""
    plain, barcodes = house.dossier(volumes=2, name="Ribalta Tiles SL")
    core, core_barcodes = house.dossier(Level.CORE, name="Secret Partner AG")
    with house.parts.looking() as work:
        numbers = dict(work.session.execute(select(Dossier.id, Dossier.number)).all())
    return {"plain": numbers[plain], "core": numbers[core], "barcodes": barcodes, "core_barcodes": core_barcodes}


def test_labels_of_a_dossier(house: House, numbered: dict[str, Any]) -> None:
    clerk = house.as_("clerk")
    pdf = printed(clerk, f"/labels/volumes?dossier={numbered['plain'].lower()}&sheet=99x38&first=3")
    assert codes(pdf) == set(numbered["barcodes"])
    (text,) = texts_of(pdf)
    assert "Ribalta Tiles SL" in text
    assert "Volume 2 of 2 · General" in text
    lower = [box[1] for _, _, box in codes_of(pages_of(pdf)[0])]
    assert min(lower) > 15 + 38  # The first two labels were gone.
    entry = house.one(select(TrailEntry).where(TrailEntry.action == "label:print"))[0]
    assert (entry.subject, entry.details) == ("labels:spine", {"labels": 2, "sheet_format": "99.1 × 38.1 mm"})


def test_chosen_barcodes_and_what_is_not_found(house: House, numbered: dict[str, Any]) -> None:
    clerk = house.as_("clerk")
    first = numbered["barcodes"][0]
    page = clerk.get(f"/labels/volumes?barcodes={first.lower()}%0AX404,%20{first}&new_today=&dossier=2099-0001")
    assert page.status_code == 200
    assert "1 label<" in page.text.replace(",", "<")
    assert re.findall(r"<li>(X404|2099-0001)</li>", page.text) == ["2099-0001", "X404"]


def test_a_core_label_has_a_number_and_no_name_and_is_only_for_those_who_may_know(
    house: House, numbered: dict[str, Any]
) -> None:
    with house.parts.writing() as work:
        make_person(work.session, make_department(work.session), Role.CLERK, login="uncleared")
    address = f"/labels/volumes?dossier={numbered['core']}&barcodes={numbered['core_barcodes'][0]}"
    (text,) = texts_of(printed(house.as_("clerk"), address))
    assert numbered["core"] in text
    assert "Secret" not in text
    uncleared = house.as_("uncleared").get(address)
    assert "Secret" not in uncleared.text
    assert "btn-primary" in uncleared.text
    assert "Print 1 label" not in uncleared.text
    answer = house.as_("uncleared").get(address.replace("/volumes?", "/volumes.pdf?"))
    assert answer.status_code == 422
    assert b"%PDF" not in answer.data
    # Unknown and not to be known look the same.
    unknown = house.as_("uncleared").get("/labels/volumes?dossier=2099-0009").text
    assert re.findall(r"<li>([^<]*)</li>", unknown)[-1] == "2099-0009"
    assert numbered["core"] in re.findall(r"<li>([^<]*)</li>", uncleared.text)


def test_todays_new_volumes(house: House, numbered: dict[str, Any], parts: Any, clock: Any) -> None:
    clerk = house.as_("clerk")
    assert "No volume is chosen" in clerk.get("/labels/volumes?new_today=y").text
    with parts.writing() as work:
        person = work.session.scalars(select(Person).where(Person.login == "clerk")).one()
        work.actor = actor(work.session, person)
        dossier = work.session.scalars(select(Dossier).where(Dossier.number == numbered["plain"])).one()
        added = add_volume(work, dossier.id, VolumeData(sheets=12)).barcode
        opened = make_dossier(work.session, person, make_client(work.session, person))
        opened.opened_on = work.today
        opened_barcode = opened.volumes[0].barcode
    pdf = printed(clerk, "/labels/volumes?new_today=y")
    assert codes(pdf) == {added, opened_barcode}
    assert "Volume 3 of 3" in "".join(texts_of(pdf))
    clock.advance(days=1)
    house.visitors.clear()
    assert "No volume is chosen" in house.as_("clerk").get("/labels/volumes?new_today=y").text


@pytest.mark.usefixtures("shelves")
def test_labels_of_places(house: House) -> None:
    clerk = house.as_("clerk")
    assert codes(printed(clerk, "/labels/places?within=R&itself=y")) == {"P900000", "P900001", "P900002"}
    boxes = printed(clerk, "/labels/places?within=p900000&place_kind=box&sheet=105x74")
    assert codes(boxes) == {"P900002"}
    assert "Box · Old contracts" in " ".join(texts_of(boxes)[0].split())
    assert "R-1-7" in texts_of(boxes)[0]
    assert "R-2" in clerk.get("/labels/places?within=R-2").text
    assert "There is no such place" in clerk.get("/labels/places?within=R-2").text


@pytest.mark.usefixtures("shelves")
def test_labels_of_the_volumes_of_a_place(house: House, numbered: dict[str, Any], parts: Any) -> None:
    with parts.writing() as work:
        box = work.session.scalars(select(Place).where(Place.barcode == "P900002")).one()
        dossier = work.session.scalars(select(Dossier).where(Dossier.number == numbered["plain"])).one()
        dossier.volumes[1].home_place_id = box.id
    assert codes(printed(house.as_("clerk"), "/labels/volumes?place=R-1")) == {numbered["barcodes"][1]}


def test_cards_by_department_and_one_by_one(house: House) -> None:
    with house.parts.writing() as work:
        make_person(work.session, make_department(work.session), Role.ADMINISTRATOR, login="admin")
    people = {
        name: (id_, number, department)
        for id_, name, number, department in [
            tuple(row) for row in _all(house, select(Person.id, Person.login, Person.card_number, Person.department_id))
        ]
    }
    sales = people["reader"][2]
    address = f"/labels/cards?department_id={sales}&people={people['owner'][0]}&people={people['clerk'][0]}"
    for login in ("clerk", "admin"):
        pdf = printed(house.as_(login), address)
        wanted = {people[name][1] for name in ("reader", "colleague", "head", "owner", "clerk")}
        assert codes(pdf) == wanted
        text = "".join(texts_of(pdf))
        assert "Rea Reader" in text and "Sales" in text
        assert "Core" not in text and "General" not in text


def _all(house: House, query: Any) -> list[Any]:
    with house.parts.looking() as work:
        return list(work.session.execute(query))


def test_who_may_print_what(house: House) -> None:
    with house.parts.writing() as work:
        make_person(work.session, make_department(work.session), Role.ADMINISTRATOR, login="admin")
    pages = ("/labels/volumes", "/labels/places", "/labels/cards", "/labels/test-page.pdf?sheet=70x36")
    open_to = {"clerk": 4, "records": 4, "admin": 2, "reader": 0, "head": 0, "manager": 0}
    for login, count in open_to.items():
        answers = [house.as_(login).get(page).status_code for page in pages]
        assert answers == [403] * (4 - count) + [200] * count, login
    assert house.as_("clerk").get("/labels").location == "/labels/volumes"
    assert house.as_("admin").get("/labels").location == "/labels/cards"


@pytest.mark.parametrize(
    "bad", ["first=0", "first=9", "first=x", "right=11", "down=-10.5", "sheet=1x1", f"dossier={'x' * 61}"]
)
@pytest.mark.parametrize("path", ["/labels/volumes", "/labels/volumes.pdf"])
def test_what_makes_no_sense_is_refused(house: House, path: str, bad: str) -> None:
    answer = house.as_("clerk").get(f"{path}?{bad}" + ("" if "sheet" in bad else "&sheet=105x74"))
    assert answer.status_code == 422
    assert b"%PDF" not in answer.data


def test_the_address_of_the_pdf_holds_only_the_choice(house: House, numbered: dict[str, Any]) -> None:
    page = house.as_("clerk").get(
        f"/labels/volumes?dossier={numbered['plain']}&_external=1&_anchor=x&endpoint=home.front_page&_scheme=ftp"
    )
    assert page.status_code == 200
    links = re.findall(r'class="btn btn-primary" href="([^"]+)"', page.text)
    assert links == [f"/labels/volumes.pdf?dossier={numbered['plain']}"]


def test_the_test_page_takes_the_shift(house: House) -> None:
    answer = house.as_("clerk").get("/labels/test-page.pdf?sheet=105x74&right=2&down=3")
    assert answer.status_code == 200
    assert sizes_of(answer.data) == [pytest.approx((210, 297), abs=0.2)]
    assert "105 × 74 mm" in texts_of(answer.data)[0]


def lend(house: House, volumes: int = 1) -> list[int]:
    """Hand a dossier out to the reader; returns the loans."""
    dossier_id, _ = house.dossier(volumes=volumes)
    with house.parts.writing() as work:
        people = {person.login: person for person in work.session.scalars(select(Person))}
        work.actor = actor(work.session, people["reader"])
        asked = file_request(
            work, kind=RequestKind.BORROW, dossier_ids=[dossier_id], object_="A", purpose="B", reason="Talks next week"
        )
        (line,) = asked.lines
        work.actor = actor(work.session, people["head"])
        decide_as_head(work, line.id, line.row_version, approve=True)
        work.actor = actor(work.session, people["clerk"])
        return [loan.id for loan in issue_line(work, line.id, line.row_version)]


def test_the_slip_of_a_loan_and_of_several(house: House) -> None:
    loans = lend(house, volumes=2)
    clerk = house.as_("clerk")
    one = clerk.get(f"/loans/{loans[0]}/slip")
    assert one.mimetype == "application/pdf"
    assert "Loan slip" in texts_of(one.data)[0]
    query = "&".join(f"loan={loan}" for loan in loans[:2])
    both = clerk.get(f"/slips?{query}&paper=roll&lang=en")
    assert len(sizes_of(both.data)) == 1
    assert sizes_of(both.data)[0][0] == pytest.approx(80, abs=0.2)
    assert len(codes_of(pages_of(both.data)[0], 203)) == 2
    assert f"/loans/{loans[0]}/slip" in clerk.get(f"/loans/{loans[0]}").text
    printed = house.count(TrailEntry, TrailEntry.action == "slip:print")
    assert printed == 3, "each slip, each time"
    for wrong, status in (
        ("/slips", 404),
        ("/slips?loan=999999", 404),
        (f"/slips?{query}&loan=999999", 404),
        (f"/slips?{query}&paper=a4", 422),
        (f"/slips?{query}&lang=xx", 422),
        ("/slips?" + "&".join(f"loan={n}" for n in range(300)), 404),
    ):
        assert clerk.get(wrong).status_code == status, wrong
    for login in ("reader", "manager"):
        assert house.as_(login).get(f"/loans/{loans[0]}/slip").status_code == 403
    assert house.count(TrailEntry, TrailEntry.action == "slip:print") == printed


def test_overdue_letters_from_the_register(house: House, clock: Any) -> None:
    lend(house)
    register = "/loans?show=overdue"
    assert "letters.pdf" not in house.as_("clerk").get(register).text
    assert house.as_("clerk").get("/loans/letters.pdf").status_code == 422
    clock.advance(days=6)
    house.visitors.clear()
    clerk = house.as_("clerk")
    assert 'href="/loans/letters.pdf"' in clerk.get(register).text
    assert "letters.pdf" not in house.as_("manager").get(register).text
    answer = clerk.get("/loans/letters.pdf")
    assert "Rea Reader" in texts_of(answer.data)[0]
    assert house.count(TrailEntry, TrailEntry.action == "letter:print") == 1
    borrower = house.one(select(Person.id).where(Person.login == "colleague"))[0]
    assert clerk.get(f"/loans/letters.pdf?borrower={borrower}").status_code == 422
    for login in ("reader", "manager"):
        assert house.as_(login).get("/loans/letters.pdf").status_code == 403


def test_a_lost_card_is_replaced_on_the_account_page(house: House) -> None:
    reader = house.as_("reader")
    reader_id, old = house.one(select(Person.id, Person.card_number).where(Person.login == "reader"))
    assert old in reader.get("/account").text
    address = f"/people/{reader_id}/card"
    hidden = reader.hidden_fields("/account", address)
    answers = [reader.client.post(address, data=hidden) for _ in range(2)]
    assert [answer.location for answer in answers] == ["/account", "/account"]
    new = house.one(select(Person.card_number).where(Person.login == "reader"))[0]
    assert new != old
    assert new in reader.get("/account").text
    with house.parts.looking() as work:
        assert is_ended_card(work.session, old)
        assert person_by_card(work.session, old) is None
        assert person_by_card(work.session, new).id == reader_id
    assert house.count(TrailEntry, TrailEntry.action == "person:card") == 1
    clerk = house.as_("clerk")
    assert "Rea Reader" in clerk.get(f"/desk/look?code={new.lower()}").text
    lost = clerk.get(f"/desk/look?code={old}")
    assert (lost.status_code, "no longer good" in lost.text, "Rea Reader" in lost.text) == (404, True, False)


def test_the_administrator_replaces_a_card_and_nobody_else(house: House) -> None:
    with house.parts.writing() as work:
        make_person(work.session, make_department(work.session), Role.ADMINISTRATOR, login="admin")
    reader_id, old = house.one(select(Person.id, Person.card_number).where(Person.login == "reader"))
    address = f"/people/{reader_id}/card"
    clerk = house.as_("clerk")
    own = clerk.hidden_fields("/account")
    assert clerk.client.post(address, data=own).status_code == 403
    admin = house.as_("admin")
    assert old in admin.get(f"/people/{reader_id}").text
    answer = admin.post(address, {}, shown_at=f"/people/{reader_id}", action=address)
    assert answer.location == f"/people/{reader_id}"
    assert house.one(select(Person.card_number).where(Person.login == "reader"))[0] != old
    stale = admin.hidden_fields(f"/people/{reader_id}", address)
    assert admin.client.post(address, data={**stale, "row_version": "1"}).status_code == 409


def test_many_labels_take_few_queries_and_hold_the_database_for_the_record_only(house: House, app: Any) -> None:
    dossier_id, _ = house.dossier(volumes=40)
    number = house.one(select(Dossier.number).where(Dossier.id == dossier_id))[0]
    clerk = house.as_("clerk")
    asked: list[str] = []
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    assert clerk.get(f"/labels/volumes?dossier={number}&new_today=y&place=A-01").status_code == 200
    assert len(asked) <= 15
    asked.clear()
    event.listen(engine, "begin", lambda _: asked.append("begin"))
    assert clerk.get(f"/labels/volumes.pdf?dossier={number}").mimetype == "application/pdf"
    writes = [place for place, sql in enumerate(asked) if sql.lstrip().upper().startswith(("INSERT", "UPDATE"))]
    begins = [place for place, sql in enumerate(asked) if sql == "begin"]
    # What is drawn was read before the transaction that records it began.
    read = [place for place, sql in enumerate(asked) if "FROM volumes" in sql]
    assert max(read) < begins[-1] < min(writes)


@pytest.mark.parametrize(("language", "words"), [("en", "Important"), ("es", "Importante"), ("zh", "重要")])
def test_labels_are_in_the_language_of_who_prints_them(house: House, language: str, words: str) -> None:
    _, (barcode,) = house.dossier(Level.IMPORTANT)
    with house.parts.writing() as work:
        work.session.scalars(select(Person).where(Person.login == "clerk")).one().language = language
    text = texts_of(printed(house.as_("clerk"), f"/labels/volumes?barcodes={barcode}"))[0]
    assert words in text
