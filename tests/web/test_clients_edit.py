"""The client's form: present values, stale forms, errors in place."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from portal.clients.models import Client, ContactPerson
from portal.core.permissions import Role
from portal.core.trail import TrailEntry
from tests.factories import make_client, make_dossier, make_person, make_responsible
from tests.web.visitor import Visitor


@pytest.fixture
def address(parts: Any) -> str:
    """Where the client of the log-in "owner" is edited."""
    with parts.writing() as work:
        owner = make_person(work.session, login="owner")
        make_person(work.session, None, Role.CLERK, login="clerk")
        client = make_client(
            work.session,
            owner,
            "Acme Trading Ltd",
            country="GB",
            contacts=[ContactPerson(name="Bob", position="Buyer")],
        )
        make_responsible(work.session, owner, client)
        make_dossier(work.session, owner, client)
        return f"/clients/{client.id}/edit"


def values(**changes: str) -> dict[str, str]:
    return {
        "name": "Acme Trading Ltd",
        "kind": "supplier",
        "rank": "ordinary",
        "country": "GB",
        "contacts-0-name": "Bob",
        "contacts-0-position": "Buyer",
        **changes,
    }


def stored(parts: Any) -> tuple[str, str, list[str]]:
    with parts.looking() as work:
        client = work.session.scalars(select(Client)).one()
        return client.industry, client.phone, [contact.name for contact in client.contacts]


def test_the_form_shows_what_is_stored_and_saves_changes(app: Any, parts: Any, address: str) -> None:
    owner = Visitor(app, "owner")
    page = owner.get(address).text
    assert 'value="Acme Trading Ltd"' in page
    assert 'value="Bob"' in page
    saved = owner.post(
        address,
        values(
            industry="Steel",
            phone="020 7946 0958",
            registered_capital="1,000.50",
            capital_currency="GBP",
            **{"contacts-1-name": "Cy"},
        ),
        shown_at=address,
    )
    assert saved.status_code == 302
    assert stored(parts) == ("Steel", "+44 20 7946 0958", ["Bob", "Cy"])
    tab = owner.get(saved.headers["Location"]).text
    for shown in ("The client is saved.", "Steel", "1,000.5", "Cy"):
        assert shown in tab


def test_the_capital_comes_back_as_it_is_shown_in_each_language(app: Any, parts: Any, address: str) -> None:
    with parts.writing() as work:
        owner = make_person(work.session, login="propietaria", language="es")
        client = work.session.scalars(select(Client)).one()
        make_responsible(work.session, owner, client, rank=2)
    Visitor(app, "owner").post(
        address, values(registered_capital="1234567.80", capital_currency="GBP"), shown_at=address
    )
    visitor = Visitor(app, "propietaria", language="es")
    assert 'value="1.234.567,80"' in visitor.get(address).text
    same = values(registered_capital="1.234.567,80", capital_currency="GBP", industry="Steel")
    assert visitor.post(address, same, shown_at=address).status_code == 302
    with parts.looking() as work:
        entry = work.session.scalars(
            select(TrailEntry).where(TrailEntry.action == "client:edit").order_by(TrailEntry.id.desc())
        ).first()
        assert entry is not None
        assert set(entry.details["changed"]) == {"industry"}


def test_removing_and_renaming_contact_persons(app: Any, parts: Any, address: str) -> None:
    owner = Visitor(app, "owner")
    cleared = {"contacts-0-name": "", "contacts-0-position": "", "contacts-1-name": "Di"}
    assert owner.post(address, values(**cleared), shown_at=address).status_code == 302
    assert stored(parts)[2] == ["Di"]


def test_a_form_over_somebody_elses_newer_version_is_shown_not_saved(app: Any, parts: Any, address: str) -> None:
    owner, clerk = Visitor(app, "owner"), Visitor(app, "clerk")
    old = owner.hidden_fields(address)
    assert clerk.post(address, values(industry="Steel"), shown_at=address).status_code == 302
    stale = owner.client.post(address, data={**old, **values(industry="Wood", **{"contacts-1-name": "Cy"})})
    assert stale.status_code == 409
    assert "Someone else changed this while you were editing. Nothing was saved." in stale.text
    assert 'value="Steel"' in stale.text, "the present value is in the form"
    assert "Industry: Wood" in stale.text, "what was entered is not lost"
    assert "Contact persons: Cy" in stale.text
    assert stored(parts) == ("Steel", "", ["Bob"])
    # The form now shown is over the present version and can be saved.
    assert owner.post(address, values(industry="Wood"), shown_at=address).status_code == 302
    assert stored(parts)[0] == "Wood"


@pytest.mark.parametrize("version", ["", "x", "0", "99999999999999999999", "1.0"])
def test_a_version_that_cannot_be_is_stale(app: Any, parts: Any, address: str, version: str) -> None:
    answer = Visitor(app, "owner").post(address, values(industry="Wood", row_version=version), shown_at=address)
    assert answer.status_code == 409
    assert stored(parts)[0] == ""


def test_errors_stand_at_their_fields(app: Any, parts: Any, address: str) -> None:
    wrong = values(phone="1", postcode="!", registered_capital="much", **{"contacts-0-phone": "2"})
    answer = Visitor(app, "owner").post(address, wrong, shown_at=address)
    assert answer.status_code == 422
    for field in ("phone", "postcode", "registered_capital", "contacts-0-phone"):
        assert f'id="{field}-error"' in answer.text, field
    assert stored(parts) == ("", "", ["Bob"])


def test_a_stale_csrf_token_changes_nothing(app: Any, parts: Any, address: str) -> None:
    answer = Visitor(app, "owner").post(address, values(industry="Wood", csrf_token="old"), shown_at=address)
    assert answer.status_code == 400
    assert "Nothing was changed" in answer.text
    assert stored(parts)[0] == ""
