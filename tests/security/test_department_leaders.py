"""Who leads a department reads and signs: naming heads and deputies is the administrator's, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import update

from portal.accounts import services
from portal.accounts.models import Department, Person
from portal.core.errors import Invalid, NotPermitted, StaleVersion
from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry
from tests.factories import actor, make_department, make_person
from tests.web.documents_world import trail_of
from tests.web.test_lending_web import House
from tests.web.visitor import Visitor

LIST = "/people/departments"


@dataclass(frozen=True)
class Sales:
    """A department without leaders, its page, and the ids of two people who could lead it and one who left."""

    page: str
    department: int
    ana: int
    eva: int
    gone: int


@pytest.fixture
def sales(parts: Any) -> Sales:
    with parts.writing() as work:
        department = make_department(work.session, "Sales")
        ana, eva, gone = (make_person(work.session, department, login=login) for login in ("ana", "eva", "gone"))
        gone.departed_at = work.now
        for login, role in (("adam", Role.ADMINISTRATOR), ("keeper", Role.RECORDS_MANAGER), ("boss", Role.MANAGER)):
            make_person(work.session, None, role, login=login, clearance=Level.CORE)
        return Sales(f"{LIST}/{department.id}", department.id, ana.id, eva.id, gone.id)


def leaders(parts: Any, sales: Sales) -> tuple[int | None, int | None]:
    with parts.looking() as work:
        row = work.session.get_one(Department, sales.department)
        return row.head_id, row.deputy_id


def name(visitor: Visitor, sales: Sales, head: int, deputy: int, **more: Any) -> Any:
    return visitor.post(sales.page, {"head_id": head, "deputy_id": deputy, **more}, shown_at=sales.page)


def test_the_administrator_names_them_and_the_trail_says_so(app: Any, parts: Any, sales: Sales) -> None:
    adam = Visitor(app, "adam")
    assert sales.page in adam.get(LIST).text
    assert name(adam, sales, sales.ana, sales.eva).headers["Location"] == LIST
    assert leaders(parts, sales) == (sales.ana, sales.eva)
    assert name(adam, sales, sales.eva, 0).status_code == 302
    assert leaders(parts, sales) == (sales.eva, None)
    entries = trail_of(parts, "department:lead")
    assert [entry.details["new"] for entry in entries] == [
        {"head": sales.ana, "deputy": sales.eva},
        {"head": sales.eva, "deputy": None},
    ]


@pytest.mark.parametrize("login", ["ana", "keeper", "boss"])
def test_nobody_else_does(app: Any, parts: Any, sales: Sales, login: str) -> None:
    visitor = Visitor(app, login)
    assert [visitor.get(page).status_code for page in (LIST, sales.page)] == [403, 403]
    token = visitor.hidden_fields("/account")["csrf_token"]
    data = {"csrf_token": token, "row_version": "1", "head_id": sales.ana, "deputy_id": 0}
    assert visitor.client.post(sales.page, data=data).status_code == 403
    assert leaders(parts, sales) == (None, None)


def test_over_an_older_version_nothing_is_named(app: Any, parts: Any, sales: Sales) -> None:
    slow, quick = Visitor(app, "adam"), Visitor(app, "adam")
    stale = slow.hidden_fields(sales.page)
    assert name(quick, sales, sales.ana, 0).status_code == 302
    answer = slow.client.post(sales.page, data={**stale, "head_id": sales.eva, "deputy_id": 0})
    assert (answer.status_code, "Someone else changed this" in answer.text) == (409, True)
    assert leaders(parts, sales) == (sales.ana, None)


def test_head_and_deputy_are_two_people_who_are_here(app: Any, parts: Any, sales: Sales) -> None:
    adam = Visitor(app, "adam")
    twice = name(adam, sales, sales.ana, sales.ana)
    assert (twice.status_code, "Head and deputy are two people." in twice.text) == (422, True)
    for wrong in (sales.gone, 999_999, 10**20, "x"):
        assert name(adam, sales, wrong, 0).status_code == 422
    assert leaders(parts, sales) == (None, None)
    assert adam.get(f"{LIST}/999999").status_code == 404


def test_the_new_head_signs_from_the_next_request_on_and_the_old_one_no_longer(app: Any, parts: Any) -> None:
    house = House(app, parts)
    with parts.writing() as work:
        make_person(work.session, None, Role.ADMINISTRATOR, login="adam")
        people = dict(work.session.query(Person.login, Person.id).all())
        page = f"{LIST}/{work.session.query(Department.id).filter_by(name='Sales').scalar()}"
    line = house.ask(house.dossier()[0])
    old, new = house.as_("head"), house.as_("colleague")
    decide = f"/requests/{line}/decide"
    form = old.hidden_fields(f"/requests/{line}", decide)
    assert new.get(f"/requests/{line}").status_code == 404
    change = {"head_id": people["colleague"], "deputy_id": 0}
    assert Visitor(app, "adam").post(page, change, shown_at=page).status_code == 302
    assert old.client.post(decide, data={**form, "decision": "approve"}).status_code in (403, 404)
    assert house.decide(line, login="colleague").status_code == 302


def test_the_services_ask_who_acts(work_as: Callable[..., Any], session: Any) -> None:
    """Without a person acting it is a command of who runs the machine; with one, only the administrator's."""
    department, keeper = make_department(session), make_person(session, None, Role.RECORDS_MANAGER)
    new = {"login": "eva", "name": "Eva", "password": "correct horse 7", "roles": [], "clearance": Level.GENERAL}
    before = session.query(TrailEntry).count()
    for act in (
        lambda work: services.lead_department(work, department, keeper.id, None, version=department.row_version),
        lambda work: services.add_department(work, "Another"),
        lambda work: services.add_person(work, **new, department_id=department.id, password_length=10),
    ):
        with pytest.raises(NotPermitted):
            act(work_as(actor(session, keeper)))
    assert (session.query(TrailEntry).count(), department.head_id) == (before, None)


def test_the_service_names_only_people_who_are_here(work_as: Callable[..., Any], session: Any) -> None:
    department, gone, here = make_department(session), make_person(session), make_person(session)
    work = work_as(actor(session, make_person(session, None, Role.ADMINISTRATOR)))
    session.execute(update(Person).where(Person.id == gone.id).values(departed_at=work.now))
    session.refresh(gone)
    for wrong in ((gone.id, None, "head_id"), (here.id, gone.id, "deputy_id"), (999_999, None, "head_id")):
        with pytest.raises(Invalid) as refusal:
            services.lead_department(work, department, *wrong[:2], version=department.row_version)
        assert set(refusal.value.fields) == {wrong[2]}
    with pytest.raises(StaleVersion):
        services.lead_department(work, department, here.id, None, version=department.row_version + 1)
