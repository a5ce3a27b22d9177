"""The pages of who looks after which client, through the browser's door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import event, select

from portal.access.models import Responsibility
from portal.accounts.models import Person
from portal.clients.models import ClientRank
from portal.core.permissions import Level, Role
from tests.factories import make_client, make_department, make_dossier, make_person, make_responsible
from tests.web.visitor import Visitor


@dataclass(frozen=True)
class Archive:
    """Ids of clients and people; Acme is a key client of Ana alone, nobody looks after Bygone or Secret (core)."""

    acme: int
    acme_dossier: int
    bygone: int
    secret: int
    ana: int
    ben: int
    carla: int


@pytest.fixture
def archive(parts: Any) -> Archive:
    with parts.writing() as work:
        session = work.session
        sales, buying = make_department(session, "Sales"), make_department(session, "Buying")
        make_person(session, sales, head=True, login="head", name="Sales Head")
        make_person(session, sales, deputy=True, login="deputy", name="Sales Deputy")
        make_person(session, buying, head=True, login="buyer", name="Buying Head")
        ana, ben = (make_person(session, sales, login=name.lower(), name=name) for name in ("Ana", "Ben"))
        carla = make_person(session, buying, login="carla", name="Carla")
        records = make_department(session, "Records")
        keeper = make_person(session, records, Role.RECORDS_MANAGER, login="keeper", clearance=Level.CORE)
        acme, bygone, secret = (make_client(session, keeper, name) for name in ("Acme Ltd", "Bygone S.L.", "Secret"))
        acme.rank = ClientRank.KEY
        acme_dossier = make_dossier(session, keeper, acme)
        make_dossier(session, keeper, bygone)
        make_dossier(session, keeper, secret, level=Level.CORE)
        make_responsible(session, ana, acme)
        return Archive(acme.id, acme_dossier.id, bygone.id, secret.id, ana.id, ben.id, carla.id)


def contacts(parts: Any, client_id: int) -> dict[int, int]:
    with parts.looking() as work:
        rows = work.session.execute(
            select(Responsibility.rank, Responsibility.person_id).where(
                Responsibility.client_id == client_id, Responsibility.until_date.is_(None)
            )
        )
        return {row.rank: row.person_id for row in rows}


def test_the_head_names_a_second_one_and_hands_the_first_over(app: Any, parts: Any, archive: Archive) -> None:
    head, ana = Visitor(app, "head"), Visitor(app, "ana")
    tab = head.get(f"/dossiers/{archive.acme_dossier}/client").text
    assert "have at least two responsible employees; this one has one" in tab
    address = f"/clients/{archive.acme}/responsible"
    assert address in tab
    assert "Save who is responsible" in head.get(address).text
    assert "Save who is responsible" not in ana.get(address).text
    choice = {"first": archive.carla, "second": archive.ben, "reason": "handover", "remark": "Ana moves"}
    answer = head.post(address, choice, shown_at=address)
    assert answer.status_code == 302
    assert contacts(parts, archive.acme) == {1: archive.carla, 2: archive.ben}
    page = head.get(address).text
    assert "Who looks after Acme Ltd is saved." in page
    assert "Ended by Sales Head" in page
    assert "a colleague leaves or moves" in page
    assert "at least two" not in page
    assert Visitor(app, "carla").get(f"/dossiers/{archive.acme_dossier}/client").status_code == 200
    assert ana.get(f"/dossiers/{archive.acme_dossier}/client").status_code == 404
    assert "named you to look after the client of dossier" in Visitor(app, "carla").get("/inbox").text
    assert "you no longer look after the client of dossier" in ana.get("/inbox").text


def test_who_hands_their_client_to_another_department_is_led_to_the_list(app: Any, archive: Archive) -> None:
    address = f"/clients/{archive.acme}/responsible"
    choice = {"first": archive.carla, "second": 0, "reason": "client"}
    answer = Visitor(app, "head").post(address, choice, shown_at=address)
    assert answer.headers["Location"] == "/clients/by-person"


def test_a_form_over_what_somebody_else_has_changed_changes_nothing(app: Any, parts: Any, archive: Archive) -> None:
    head, deputy = Visitor(app, "head"), Visitor(app, "deputy")
    address = f"/clients/{archive.acme}/responsible"
    stale = head.hidden_fields(address)
    deputy.post(address, {"first": archive.ben, "second": 0, "reason": "absence"}, shown_at=address)
    choice = {**stale, "first": str(archive.ana), "second": str(archive.carla), "reason": "workload"}
    answer = head.client.post(address, data=choice, headers=head.headers)
    assert answer.status_code == 409
    assert "in the meantime" in answer.text
    assert contacts(parts, archive.acme) == {1: archive.ben}


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"first": "ana", "second": "ana"}, "two contacts are two people"),
        ({"first": "ana", "second": "nobody_here"}, "Not a valid choice"),
        ({"first": "ana", "second": "ben", "remark": "x" * 301}, "At most 300 characters"),
        ({"first": "ana", "second": "ben", "reason": "whim"}, "Not a valid choice"),
    ],
)
def test_a_wrong_choice_is_told_in_place(
    app: Any, parts: Any, archive: Archive, choice: dict[str, str], said: str
) -> None:
    ids = {"ana": archive.ana, "ben": archive.ben, "nobody_here": 99_999}
    sent = {"reason": "workload", **{name: ids.get(value, value) for name, value in choice.items()}}
    address = f"/clients/{archive.acme}/responsible"
    answer = Visitor(app, "head").post(address, sent, shown_at=address)
    assert answer.status_code == 422
    assert said in answer.text
    assert contacts(parts, archive.acme) == {1: archive.ana}


@pytest.mark.parametrize("login", ["ben", "carla", "buyer"])
def test_the_form_is_for_those_who_may(app: Any, archive: Archive, login: str) -> None:
    visitor = Visitor(app, login)
    assert visitor.get(f"/clients/{archive.acme}/responsible").status_code == 404
    assert visitor.get(f"/clients/{archive.secret}/responsible").status_code == 404
    assert visitor.get("/clients/999999/responsible").status_code == 404


def test_a_refused_change_is_written_down(app: Any, parts: Any, archive: Archive) -> None:
    buyer = Visitor(app, "buyer")
    hidden = {**buyer.hidden_fields("/clients/common-pool"), "seen_first": str(archive.ana), "seen_second": "0"}
    sent = {**hidden, "first": str(archive.carla), "second": "0", "reason": "workload"}
    address = f"/clients/{archive.acme}/responsible"
    answer = buyer.client.post(address, data=sent, headers=buyer.headers)
    assert answer.status_code == 403
    assert contacts(parts, archive.acme) == {1: archive.ana}


def test_an_employee_sees_their_own_line_and_a_head_everybody_s(app: Any, archive: Archive) -> None:
    page = Visitor(app, "ana").get("/clients/by-person").text
    assert "Ana" in page
    assert "Carla" not in page
    assert Visitor(app, "ana").get(f"/clients/by-person/{archive.carla}").status_code == 404
    assert "Acme Ltd" in Visitor(app, "ana").get(f"/clients/by-person/{archive.ana}").text
    page = Visitor(app, "buyer").get("/clients/by-person").text
    assert "Carla" in page
    assert "Ana" in page
    sales = Visitor(app, "keeper").get("/clients/by-person?department=1").text
    assert "Ana" in sales
    assert "Carla" not in sales
    assert "Nobody belongs" in Visitor(app, "keeper").get("/clients/by-person?department=999").text
    assert Visitor(app, "keeper").get("/clients/by-person?department=99999999999999&page=x").status_code == 200


def test_the_pool_is_taken_over_by_a_head_for_their_people(app: Any, parts: Any, archive: Archive) -> None:
    buyer = Visitor(app, "buyer")
    page = buyer.get("/clients/common-pool").text
    form = buyer.hidden_fields("/clients/common-pool")
    assert "Bygone S.L." in page
    assert "Secret" not in page
    assert "Ana ·" not in page, "people of other departments are not offered"
    sent = {"client": [archive.bygone], "person": archive.carla}
    assert buyer.post(
        "/clients/common-pool", {"person": archive.carla}, shown_at="/clients/common-pool"
    ).status_code == (422)
    assert buyer.post("/clients/common-pool", sent, shown_at="/clients/common-pool").status_code == 302
    assert contacts(parts, archive.bygone) == {1: archive.carla}
    for client_id, status in ((archive.bygone, 409), (archive.secret, 404)):
        sent = {**form, "once": "x" * 20, "client": [client_id], "person": archive.carla}
        assert buyer.client.post("/clients/common-pool", data=sent, headers=buyer.headers).status_code == status


def test_a_second_person_is_named_for_a_key_client(app: Any, parts: Any, archive: Archive) -> None:
    head = Visitor(app, "head")
    address = "/clients/common-pool?show=one"
    assert "Acme Ltd" in head.get(address).text
    assert "Acme Ltd" not in Visitor(app, "buyer").get(address).text
    assert head.post(address, {"client": [archive.acme], "person": archive.ana}, shown_at=address).status_code == 422
    assert head.post(address, {"client": [archive.acme], "person": archive.ben}, shown_at=address).status_code == 302
    assert contacts(parts, archive.acme) == {1: archive.ana, 2: archive.ben}
    assert "Every key and promising client" in head.get(address).text


def test_the_front_page_says_what_is_missing_to_those_who_can_name_somebody(app: Any, archive: Archive) -> None:
    head = Visitor(app, "head").get("/").text
    assert "1 client in the common pool" in head
    assert "1 key or promising client with one person only" in head
    assert "2 clients in the common pool" in Visitor(app, "keeper").get("/").text, "the core one too"
    assert "common pool" not in Visitor(app, "ana").get("/").text
    assert "one person only" not in Visitor(app, "deputy").get("/").text, "deputies read nothing by office"


def test_employees_who_lead_nobody_do_not_see_the_pool(app: Any, archive: Archive) -> None:
    assert Visitor(app, "ana").get("/clients/common-pool").status_code == 404


def test_pages_take_few_statements(app: Any, parts: Any, archive: Archive) -> None:
    with parts.writing() as work:
        keeper = work.session.scalars(select(Person).where(Person.login == "keeper")).one()
        for number in range(60):
            client = make_client(work.session, keeper, f"Client {number}", rank=ClientRank.KEY)
            make_dossier(work.session, keeper, client)
            if number % 2:
                make_responsible(work.session, work.session.get_one(Person, archive.ana), client)
    visitor = Visitor(app, "keeper")
    asked: list[str] = []
    with app.app_context():
        from portal.extensions import db

        event.listen(db.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    for path in (
        "/clients/by-person",
        f"/clients/by-person/{archive.ana}",
        "/clients/common-pool",
        "/clients/common-pool?show=one",
        f"/clients/{archive.acme}/responsible",
        "/",
    ):
        asked.clear()
        assert visitor.get(path).status_code == 200
        selects = [text for text in asked if text.startswith("SELECT")]
        assert len(selects) <= 15, (path, len(selects))
