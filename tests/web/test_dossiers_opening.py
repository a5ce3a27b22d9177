"""Opening a dossier on the page: form, warning, approval, sending back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.access.models import Responsibility
from portal.clients.models import Client
from portal.clients.names import name_key
from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry
from portal.dossiers.models import Dossier
from portal.dossiers.states import DossierState
from tests.factories import make_client, make_department, make_dossier, make_person, make_responsible
from tests.web.visitor import Visitor


@pytest.fixture
def people(parts: Any) -> dict[str, str]:
    """Form values of the ids of a department's head, an employee, a colleague; a head of another one."""
    with parts.writing() as work:
        sales = make_department(work.session, "Sales")
        rows = {
            "head": make_person(work.session, sales, login="head", head=True),
            "employee": make_person(work.session, sales, login="employee"),
            "colleague": make_person(work.session, sales, login="colleague"),
            "other": make_person(work.session, login="other", head=True),
            "manager": make_person(work.session, None, Role.RECORDS_MANAGER, login="keeper", clearance=Level.CORE),
        }
        return {name: str(row.id) for name, row in rows.items()} | {"sales": str(sales.id)}


def form(people: dict[str, str], **changes: str) -> dict[str, str]:
    return {
        "name": "Acme Trading Ltd",
        "kind": "buyer",
        "rank": "ordinary",
        "country": "GB",
        "phone": "020 7946 0958",
        "contacts-0-name": "Bob Stone",
        "contacts-0-email": "bob@acme.example",
        "level": "general",
        "department_id": people["sales"],
        "responsible": people["employee"],
        "second_responsible": "0",
        "volumes": "2",
        **changes,
    }


def send(visitor: Visitor, data: dict[str, str]) -> Any:
    return visitor.post("/dossiers/new", data, shown_at="/dossiers/new")


def count(parts: Any, table: Any) -> int:
    with parts.looking() as work:
        return work.session.scalar(select(func.count()).select_from(table)) or 0


def test_the_whole_way_from_draft_to_number(app: Any, parts: Any, people: dict[str, str]) -> None:
    employee, head = Visitor(app, "employee"), Visitor(app, "head")
    saved = send(employee, form(people))
    assert saved.status_code == 302
    dossier = saved.headers["Location"]
    page = employee.get(dossier).text
    assert "Draft" in page
    assert "No number yet" in page
    assert Visitor(app, "colleague").get(dossier).status_code == 404
    submitted = employee.post(f"{dossier}/submit", {}, shown_at=dossier, action=f"{dossier}/submit")
    assert submitted.status_code == 302
    decide = f"{dossier}/decide"
    assert f'class="btn btn-primary" href="{decide}"' in head.get(dossier).text
    shown = head.get(decide).text
    assert "Bob Stone" in shown
    assert "+44 20 7946 0958" in shown
    sent_back = head.post(decide, {"decision": "send_back", "comment": "Which fax?"}, shown_at=decide)
    assert sent_back.status_code == 302
    assert "Which fax?" in employee.get(dossier).text
    employee.post(f"{dossier}/submit", {}, shown_at=dossier, action=f"{dossier}/submit")
    approved = head.post(decide, {"decision": "approve"}, shown_at=decide)
    assert approved.status_code == 302
    assert "Its number is 2026-0001" in head.get(dossier).text
    assert "2026-0001" in Visitor(app, "colleague").get("/dossiers").text


def test_nobody_else_decides_and_the_attempt_is_recorded(app: Any, parts: Any, people: dict[str, str]) -> None:
    employee = Visitor(app, "employee")
    dossier = send(employee, form(people)).headers["Location"]
    employee.post(f"{dossier}/submit", {}, shown_at=dossier, action=f"{dossier}/submit")
    decide = f"{dossier}/decide"
    token = {**employee.hidden_fields(dossier), "row_version": "2", "decision": "approve"}
    assert employee.client.post(decide, data=token).status_code == 403
    assert employee.get(decide).status_code == 403
    assert "Decide on the opening" not in employee.get(dossier).text
    assert Visitor(app, "other").get(decide).status_code == 404
    with parts.looking() as work:
        refused = work.session.scalars(select(TrailEntry).where(TrailEntry.action == "access:refused")).all()
        assert [entry.details["path"] for entry in refused] == [decide] * 3, "the 404 is recorded too"
        assert work.session.scalars(select(Dossier.state)).one() == DossierState.SUBMITTED


def test_a_decision_over_a_newer_version_is_refused(app: Any, parts: Any, people: dict[str, str]) -> None:
    employee, head = Visitor(app, "employee"), Visitor(app, "head")
    dossier = send(employee, form(people)).headers["Location"]
    employee.post(f"{dossier}/submit", {}, shown_at=dossier, action=f"{dossier}/submit")
    old = head.hidden_fields(f"{dossier}/decide")
    head.client.post(f"{dossier}/decide", data={**old, "decision": "send_back", "comment": "No fax"})
    employee.post(f"{dossier}/submit", {}, shown_at=dossier, action=f"{dossier}/submit")
    stale = head.client.post(f"{dossier}/decide", data={**old, "decision": "approve"})
    assert stale.status_code == 409
    assert "Someone else changed this" in stale.text
    with parts.looking() as work:
        assert work.session.scalars(select(Dossier.number)).one() is None


def test_errors_stand_at_their_fields_and_nothing_is_lost(app: Any, parts: Any, people: dict[str, str]) -> None:
    wrong = form(people, phone="12", email="x", **{"contacts-0-email": "bob"}, address="Old Street 1")
    answer = send(Visitor(app, "employee"), wrong)
    assert answer.status_code == 422
    for field in ("phone", "email", "contacts-0-email"):
        assert f'id="{field}-error"' in answer.text, field
    assert "This is not a telephone number of the country chosen." in answer.text
    assert answer.text.count("This is not an e-mail address.") >= 2
    for entered in ("Old Street 1", 'value="12"', 'value="Bob Stone"'):
        assert entered in answer.text
    assert count(parts, Client) == 0


def test_after_an_error_the_same_form_can_be_sent_again(app: Any, parts: Any, people: dict[str, str]) -> None:
    employee = Visitor(app, "employee")
    hidden = employee.hidden_fields("/dossiers/new")
    assert employee.client.post("/dossiers/new", data={**hidden, **form(people, phone="1")}).status_code == 422
    first = employee.client.post("/dossiers/new", data={**hidden, **form(people)})
    second = employee.client.post("/dossiers/new", data={**hidden, **form(people)})
    assert first.status_code == 302
    assert second.headers["Location"] == first.headers["Location"]
    assert count(parts, Client) == 1


def test_a_duplicate_is_shown_before_saving_and_saved_anyway(app: Any, parts: Any, people: dict[str, str]) -> None:
    with parts.writing() as work:
        by = make_person(work.session)
        client = make_client(work.session, by, "ACME Trading Limited")
        client.name_key = name_key(client.name)
        known = make_dossier(work.session, by, client).id
        hidden_client = make_client(work.session, by, "Acme Trading plc")
        hidden_client.name_key = name_key(hidden_client.name)
        make_dossier(work.session, by, hidden_client, level=Level.CORE)
    employee = Visitor(app, "employee")
    asked = send(employee, form(people))
    assert asked.status_code == 409
    assert "ACME Trading Limited has nearly the same name." in asked.text
    assert f'href="/dossiers/{known}"' in asked.text
    assert "Acme Trading plc" not in asked.text
    assert count(parts, Client) == 2
    confirm = re.search(r'name="confirm" value="([^"]+)"', asked.text)
    assert confirm is not None
    assert send(employee, form(people, confirm=confirm[1])).status_code == 302
    assert count(parts, Client) == 3


def test_two_responsible_employees_and_the_volumes_are_kept(app: Any, parts: Any, people: dict[str, str]) -> None:
    data = form(people, rank="key")
    asked = send(Visitor(app, "employee"), data)
    assert "Key and promising new clients have at least two responsible employees" in asked.text
    saved = send(Visitor(app, "employee"), {**data, "second_responsible": people["colleague"]})
    assert saved.status_code == 302
    with parts.looking() as work:
        ids = work.session.scalars(select(Responsibility.person_id).order_by(Responsibility.rank)).all()
        assert [str(number) for number in ids] == [people["employee"], people["colleague"]]
        assert len(work.session.scalars(select(Dossier)).one().volumes) == 2


def test_core_is_offered_to_cleared_people_only(app: Any, parts: Any, people: dict[str, str]) -> None:
    assert 'value="core"' not in Visitor(app, "employee").get("/dossiers/new").text
    assert send(Visitor(app, "employee"), form(people, level="core")).status_code == 422
    assert send(Visitor(app, "keeper"), form(people, level="core", responsible=people["manager"])).status_code == 302
    assert count(parts, Client) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "x" * 201},
        {"name": " \x07"},
        {"kind": "pirate"},
        {"volumes": "0"},
        {"volumes": "999999999999"},
        {"department_id": "x"},
        {"cooperation_began": "yesterday"},
        {"responsible": "99999999999999999999"},
        {"contacts-0-name": ""},
        {"country": ""},
    ],
)
def test_bad_input_is_explained(app: Any, parts: Any, people: dict[str, str], changes: dict[str, str]) -> None:
    answer = send(Visitor(app, "employee"), form(people, **changes))
    assert answer.status_code == 422
    assert "Please correct the marked fields" in answer.text
    assert count(parts, Client) == 0


def test_the_draft_is_edited_by_who_opened_it(app: Any, parts: Any, people: dict[str, str]) -> None:
    employee = Visitor(app, "employee")
    edit = send(employee, form(people)).headers["Location"] + "/edit"
    old = employee.hidden_fields(edit)
    values = {"title": "Steel", "level": "important", "department_id": people["sales"]}
    assert employee.post(edit, values, shown_at=edit).status_code == 302
    stale = employee.client.post(edit, data={**old, **values, "title": "Wood"})
    assert stale.status_code == 409
    assert 'value="Steel"' in stale.text
    assert Visitor(app, "head").get(edit).status_code == 403


def test_a_further_dossier_for_a_client_one_looks_after(app: Any, parts: Any, people: dict[str, str]) -> None:
    with parts.writing() as work:
        by = make_person(work.session)
        client = make_client(work.session, by, "Borealis")
        make_dossier(work.session, by, client)
        row = make_responsible(work.session, by, client)
        row.person_id = int(people["employee"])
        address = f"/dossiers/new?client={client.id}"
    employee = Visitor(app, "employee")
    values = {"title": "Second", "level": "general", "department_id": people["sales"], "volumes": "1"}
    assert "Borealis" in employee.get(address).text
    assert employee.post(address, values, shown_at=address).status_code == 302
    colleague = Visitor(app, "colleague")
    assert colleague.get(address).status_code == 404
    token = {**employee.hidden_fields(address), "csrf_token": colleague.hidden_fields("/dossiers/new")["csrf_token"]}
    assert colleague.client.post(address, data={**token, **values}).status_code == 403
    assert count(parts, Dossier) == 2
