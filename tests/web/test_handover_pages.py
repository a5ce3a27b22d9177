"""Handovers through the pages: opened by the head, closed by acts, signed by two, seen by nobody else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from portal.access.models import Responsibility
from portal.accounts.models import Department, Person, PersonRole
from portal.accounts.queries import actor_of
from portal.core.permissions import Level, Role
from portal.dossiers.models import Dossier
from portal.handover.models import Handover
from portal.search.saved.models import SavedSearch
from tests.factories import make_client, make_department, make_dossier, make_person, make_responsible
from tests.web.visitor import Visitor

NEW = "/handovers/new"


class House:
    """A leaver with a draft and a saved search, their head, the records manager, and somebody who is none of these."""

    def __init__(self, app: Any, parts: Any) -> None:
        self.app, self.parts = app, parts
        with parts.writing() as work:
            session = work.session
            sales, records = make_department(session, "Sales"), make_department(session, "Records")
            leaver = make_person(session, sales, login="leaver", name="Lea Ver")
            make_person(session, sales, login="head", name="Hea Dofsales", head=True)
            make_person(session, sales, login="colleague", name="Col League")
            make_person(session, records, Role.CLERK, login="clerk", name="Cle Rk")
            make_person(session, records, Role.RECORDS_MANAGER, login="records", name="Rec Ords", head=True)
            draft = make_dossier(session, leaver, make_client(session, leaver, "Amber Castings"), state="draft")
            secret = make_dossier(
                session, leaver, make_client(session, leaver, "Hidden Works"), state="draft", level=Level.CORE
            )
            saved = SavedSearch(person_id=leaver.id, name="Mine alone", question="flanges", saved_at=work.now)
            session.add(saved)
            session.flush()
            self.leaver, self.draft, self.secret, self.saved = leaver.id, draft.id, secret.id, saved.id
            self.colleague = session.scalars(select(Person.id).where(Person.login == "colleague")).one()
        self.visitors: dict[str, Visitor] = {}

    def as_(self, login: str) -> Visitor:
        if login not in self.visitors:
            self.visitors[login] = Visitor(self.app, login)
        return self.visitors[login]

    def open_(self, by: str = "head", **fields: str) -> Any:
        data = {"person_id": str(self.leaver), "kind": "leaving", "last_day": "2026-03-09", "to_department_id": "0"}
        return self.as_(by).post(NEW, {**data, **fields}, shown_at=NEW)

    def act(self, by: str, path: str, data: dict[str, str] | None = None) -> Any:
        return self.as_(by).post(f"/handovers/1{path}", data or {}, shown_at="/handovers/1")

    def get(self, model: Any, key: int) -> Any:
        with self.parts.looking() as work:
            return work.session.get_one(model, key)


@pytest.fixture
def house(app: Any, parts: Any) -> House:
    return House(app, parts)


def test_from_the_opening_to_the_closed_account(house: House) -> None:
    assert house.open_().headers["Location"] == "/handovers/1"
    page = house.as_("head").get("/handovers/1").text
    assert "Draft of a dossier of Amber Castings" in page
    assert "You can sign when nothing is open." in page
    assert house.act("head", "/sign", {"side": "department"}).status_code == 409
    assert house.act("head", f"/drafts/{house.draft}", {"person_id": str(house.colleague)}).status_code == 302
    assert house.get(Dossier, house.draft).opened_by_id == house.colleague
    assert house.act("head", f"/searches/{house.saved}", {"end": "yes"}).status_code == 302
    with house.parts.writing() as work:  # What the head may not know of, the leaver hands on.
        work.session.get_one(Person, house.colleague).clearance = Level.CORE
        work.session.get_one(Person, house.leaver).clearance = Level.CORE
    assert house.act("leaver", f"/drafts/{house.secret}", {"person_id": str(house.colleague)}).status_code == 302
    assert house.act("head", "/sign", {"side": "department"}).status_code == 302
    assert house.as_("leaver").get("/handovers/1").status_code == 200
    assert house.act("records", "/sign", {"side": "records"}).status_code == 302
    assert house.get(Handover, 1).state == "signed_off"
    assert house.get(Person, house.leaver).departed_at is not None
    assert house.as_("leaver").get("/handovers/1").headers["Location"].startswith("/log-in")
    assert "Handed to Col League" in house.as_("records").get("/handovers/1").text


def test_what_one_may_not_know_of_is_not_named(house: House) -> None:
    house.open_()
    page = house.as_("head").get("/handovers/1").text
    assert "Hidden Works" not in page
    assert "A draft of a dossier" in page
    assert f"/dossiers/{house.secret}" not in page
    assert house.act("head", f"/drafts/{house.secret}", {"person_id": str(house.colleague)}).status_code == 404


def test_what_a_saved_search_asks_is_nobody_elses_business(house: House) -> None:
    house.open_()
    page = house.as_("records").get("/handovers/1").text
    assert "Saved search number" in page
    assert "Mine alone" not in page
    assert "flanges" not in page


def test_a_saved_search_goes_to_a_colleague(house: House) -> None:
    house.open_()
    house.act("leaver", f"/searches/{house.saved}", {"person_id": str(house.colleague)})
    assert house.get(SavedSearch, house.saved).person_id == house.colleague


@pytest.mark.parametrize("path", ["/day", "/downloads", "/call-off"])
def test_the_leaver_does_not_manage_their_own(house: House, path: str) -> None:
    house.open_()
    house.as_("leaver").post(
        f"/handovers/1{path}", {"last_day": "2026-12-01", "row_version": "1", "once": "x" * 20}, shown_at="/handovers"
    )
    assert house.get(Handover, 1).state == "open"
    assert str(house.get(Handover, 1).last_day) == "2026-03-09"
    assert not house.get(Person, house.leaver).downloads_stopped


def test_a_colleague_does_not_see_it(house: House) -> None:
    house.open_()
    assert house.as_("colleague").get("/handovers/1").status_code == 404
    assert "Lea Ver" not in house.as_("colleague").get("/handovers").text
    assert house.as_("colleague").get(NEW).status_code == 200
    assert "There is nobody whose handover you can open" in house.as_("colleague").get(NEW).text


def test_the_day_is_changed_and_downloads_are_stopped(house: House) -> None:
    house.open_()
    assert house.act("head", "/day", {"last_day": "2026-03-16"}).status_code == 302
    assert str(house.get(Handover, 1).last_day) == "2026-03-16"
    refused = house.act("head", "/day", {"last_day": "2026-01-01"})
    assert refused.status_code == 422
    assert refused.text.index("The last day cannot be in the past") < refused.text.index("How far it has come")
    assert house.act("head", "/downloads", {"stopped": "yes"}).status_code == 302
    assert house.get(Person, house.leaver).downloads_stopped


def test_a_move_needs_another_department(house: House) -> None:
    sales = house.get(Person, house.leaver).department_id
    answer = house.open_(kind="transfer", to_department_id=str(sales))
    assert answer.status_code == 422
    assert "Choose another department" in answer.text
    assert house.parts.looking().__enter__().session.scalars(select(Handover)).all() == []
    other = next(row for row in _departments(house) if row.id != sales)
    assert house.open_(kind="transfer", to_department_id=str(other.id)).status_code == 302


def test_what_was_open_when_it_was_called_off_is_not_called_closed(house: House) -> None:
    house.open_()
    house.act("head", f"/searches/{house.saved}", {"end": "yes"})
    assert house.act("head", "/call-off").status_code == 302
    page = house.as_("head").get("/handovers/1").text
    assert "what was still open stays with them" in page
    assert "Amber Castings" not in page
    assert "A saved search" in page or "Saved search number" in page


def _departments(house: House) -> list[Department]:
    with house.parts.looking() as work:
        return list(work.session.scalars(select(Department)))


def test_what_the_leaver_looks_at_is_listed_for_the_records_manager_alone(house: House) -> None:
    with house.parts.writing() as work:
        owner = work.session.get_one(Person, house.colleague)
        open_ = make_dossier(work.session, owner, make_client(work.session, owner, "Blue Pipes"))
        hidden = make_dossier(work.session, owner, make_client(work.session, owner, "Deep Secret"), level=Level.CORE)
        shown, core = open_.id, hidden.id
    house.open_()
    with house.parts.writing(_actor(house, "leaver")) as work:
        for _ in range(3):
            work.record("page:look", "pages:1", dossier_id=shown)
        work.record("document:download", "documents:1", dossier_id=core)
    page = house.as_("records").get("/handovers/1/watched").text
    assert "Blue Pipes" in page
    assert "Deep Secret" not in page
    assert "Originals downloaded" in page
    assert house.as_("head").get("/handovers/1/watched").status_code == 403
    assert house.as_("leaver").get("/handovers/1/watched").status_code == 403


def test_whoever_may_download_nothing_gets_no_file_of_any_kind(house: House) -> None:
    with house.parts.writing() as work:
        work.session.add(PersonRole(person_id=house.leaver, role=Role.CLERK))
    leaver = house.as_("leaver")
    assert leaver.get("/places").status_code == 200
    before = leaver.get("/reports/statistics.pdf?first=2026-01-01&last=2026-02-28")
    assert before.mimetype == "application/pdf"
    with house.parts.writing() as work:
        work.session.get_one(Person, house.leaver).downloads_stopped = True
    answer = leaver.get("/reports/statistics.pdf?first=2026-01-01&last=2026-02-28")
    assert answer.status_code == 403
    assert "Downloads are stopped for you" in answer.text
    assert leaver.get("/dossiers").status_code == 200


def _actor(house: House, login: str) -> Any:
    with house.parts.looking() as work:
        return actor_of(work.session, work.session.scalars(select(Person).where(Person.login == login)).one())


def test_clients_go_to_a_successor_all_at_once_after_a_preview(house: House) -> None:
    with house.parts.writing() as work:
        leaver = work.session.get_one(Person, house.leaver)
        for number in range(3):
            client = make_client(work.session, leaver, f"Foundry {number}")
            make_dossier(work.session, leaver, client)
            make_responsible(work.session, leaver, client)
    house.open_()
    head, page = house.as_("head"), "/handovers/1/clients"
    assert "Foundry 2" in head.get(page).text
    data = {"which": "all", "person_id": str(house.colleague)}
    preview = head.post(f"{page}/preview", data, shown_at=page, action=f"{page}/preview")
    assert "Hand 3 clients to Col League?" in preview.text
    expected = re.search(r'name="expected" value="(\w+)"', preview.text)
    assert expected
    form = {**data, "expected": expected[1]}
    done = head.post(f"{page}/hand-over", form, shown_at=page, action=f"{page}/preview")
    assert done.headers["Location"] == "/handovers/1"
    with house.parts.looking() as work:
        now = work.session.scalars(select(Responsibility.person_id).where(Responsibility.until_date.is_(None)))
        assert now.all() == [house.colleague] * 3
    assert "Looked after by Col League now" in head.get("/handovers/1").text
    again = head.post(f"{page}/hand-over", {**form, "once": "y" * 20}, shown_at="/handovers/1")
    assert again.status_code == 409


def test_nothing_is_handed_over_that_the_preview_did_not_show(house: House) -> None:
    with house.parts.writing() as work:
        leaver = work.session.get_one(Person, house.leaver)
        client = make_client(work.session, leaver, "Foundry")
        make_dossier(work.session, leaver, client)
        make_responsible(work.session, leaver, client)
    house.open_()
    data = {"which": "all", "person_id": str(house.colleague), "expected": "of another choice"}
    answer = house.as_("head").post(
        "/handovers/1/clients/hand-over", data, shown_at="/handovers/1/clients", action="/handovers/1/clients/preview"
    )
    assert answer.status_code == 409
    with house.parts.looking() as work:
        assert work.session.scalars(select(Responsibility.person_id)).all() == [house.leaver]
