"""The ways to a handover and through it: the front page, the person's page, what a successor cannot take."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from portal.access.models import Responsibility
from portal.accounts.models import Person
from portal.clients.models import Client
from portal.core.permissions import Role
from portal.handover.models import Handover
from tests.factories import make_client, make_dossier, make_person, make_responsible
from tests.web.test_handover_pages import NEW, House

CLIENTS = "/handovers/1/clients"


@pytest.fixture
def house(app: Any, parts: Any) -> House:
    house = House(app, parts)
    with parts.writing() as work:
        department = work.session.get_one(Person, house.leaver).department
        make_person(work.session, department, Role.ADMINISTRATOR, login="admin")
    return house


def looked_after(house: House, *names: str) -> list[int]:
    """Clients of the leaver; their ids."""
    with house.parts.writing() as work:
        leaver, ids = work.session.get_one(Person, house.leaver), []
        for name in names:
            client = make_client(work.session, leaver, name)
            make_dossier(work.session, leaver, client)
            make_responsible(work.session, leaver, client)
            ids.append(client.id)
        return ids


def menu(page: str) -> str:
    found = re.search(r'<nav class="places".*?</nav>', page, re.DOTALL)
    assert found
    return found[0]


def test_the_front_page_tells_those_who_have_to_do_with_it(house: House) -> None:
    for login in ("leaver", "head", "records", "colleague"):
        page = house.as_(login).get("/").text
        assert "Your handover" not in page
        assert "Handovers you sign" not in page
    house.open_()
    leaver = house.as_("leaver").get("/").text
    assert re.search(r"Your checklist</a>: 0 of 3 closed, last day Mon, Mar 9, 2026", leaver)
    assert "Handovers you sign" not in leaver
    for login in ("head", "records"):
        page = house.as_(login).get("/").text
        assert re.search(r"Handovers you sign.*Lea Ver</a>: 0 of 3 closed", page, re.DOTALL)
        assert "Your handover" not in page
    for login in ("colleague", "clerk", "admin"):
        assert "Lea Ver" not in house.as_(login).get("/").text


def test_handovers_are_a_place_of_those_who_lead_or_leave(house: House) -> None:
    assert "/handovers" in menu(house.as_("head").get("/").text)
    assert "/handovers" not in menu(house.as_("leaver").get("/").text)
    house.open_()
    assert "/handovers" in menu(house.as_("leaver").get("/").text)
    assert "/handovers" not in menu(house.as_("colleague").get("/").text)


def test_the_way_from_the_page_of_a_person(house: House) -> None:
    admin, way = house.as_("admin"), f"/handovers/of/{house.leaver}"
    assert f'href="{way}"' in admin.get(f"/people/{house.leaver}").text
    opening = admin.get(way).headers["Location"]
    assert opening == f"{NEW}?person={house.leaver}"
    assert re.search(rf'<option selected value="{house.leaver}">', admin.get(opening).text)
    house.open_()
    assert "Last day Mon, Mar 9, 2026." in admin.get(f"/people/{house.leaver}").text
    assert admin.get(way).headers["Location"] == "/handovers/1"
    assert house.as_("colleague").get(way).headers["Location"].startswith(NEW), "as for anybody else"


def test_nobody_is_chosen_beforehand(house: House) -> None:
    answer = house.open_(person_id="0")
    assert answer.status_code == 422
    assert "Choose who leaves." in answer.text
    with house.parts.looking() as work:
        assert work.session.scalars(select(Handover)).all() == []
    looked_after(house, "Foundry")
    house.open_()
    answer = house.as_("head").post(
        f"{CLIENTS}/preview", {"which": "all", "person_id": "-1"}, shown_at=CLIENTS, action=f"{CLIENTS}/preview"
    )
    assert answer.status_code == 422
    assert "Choose a successor, or the common pool." in answer.text
    assert re.search(r'value="all" id="which-all"\s+checked', answer.text), "what was chosen stays chosen"


def test_one_client_that_cannot_be_taken_does_not_stop_the_others(house: House) -> None:
    _, shared = looked_after(house, "Foundry", "Shared Works")
    with house.parts.writing() as work:
        colleague = work.session.get_one(Person, house.colleague)
        make_responsible(work.session, colleague, work.session.get_one(Client, shared), rank=2)
    house.open_()
    head, data = house.as_("head"), {"which": "all", "person_id": str(house.colleague)}
    preview = head.post(f"{CLIENTS}/preview", data, shown_at=CLIENTS, action=f"{CLIENTS}/preview").text
    assert "Hand 1 client to Col League?" in preview
    assert "Shared Works: Col League looks after it already" in preview
    expected = re.search(r'name="expected" value="(\w+)"', preview)
    assert expected
    head.post(f"{CLIENTS}/hand-over", {**data, "expected": expected[1]}, shown_at=CLIENTS, action=f"{CLIENTS}/preview")
    with house.parts.looking() as work:
        of_leaver = select(Responsibility.client_id).where(
            Responsibility.person_id == house.leaver, Responsibility.until_date.is_(None)
        )
        assert work.session.scalars(of_leaver).all() == [shared]
    again = head.post(f"{CLIENTS}/preview", data, shown_at=CLIENTS, action=f"{CLIENTS}/preview")
    assert again.status_code == 422
    assert "This successor can take none of these clients." in again.text


def test_the_administrator_is_not_led_to_what_only_heads_may(house: House) -> None:
    looked_after(house, "Foundry")
    house.open_("admin")
    page = house.as_("admin").get("/handovers/1").text
    assert "Foundry, as responsible employee" in page
    assert CLIENTS not in page
    assert "The head or the records manager hands them to successors" in page
    assert CLIENTS in house.as_("head").get("/handovers/1").text


def test_the_page_says_that_one_person_cannot_sign_for_both(house: House) -> None:
    house.open_()
    assert "is the only one for both sides" not in house.as_("head").get("/handovers/1").text
    with house.parts.writing() as work:
        clerk = work.session.scalars(select(Person.id).where(Person.login == "clerk")).one()
    house.open_("admin", person_id=str(clerk))
    assert "Rec Ords is the only one for both sides" in house.as_("admin").get("/handovers/2").text
