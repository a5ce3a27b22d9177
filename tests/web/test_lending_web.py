"""Requests and loans through the pages, as each role meets them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.accounts.models import Person
from portal.core.permissions import Level, Role
from portal.dossiers.models import Dossier
from portal.dossiers.states import Custody
from portal.lending.models import Loan, Request, RequestLine
from portal.lending.states import LineState, LoanState
from tests.factories import make_client, make_department, make_dossier, make_person
from tests.web.visitor import Visitor

ASK = {"object": "The contract of 2024", "purpose": "Compare prices", "reason": "Talks next week"}


class House:
    """A database with a few people, and browsers for them."""

    def __init__(self, app: Any, parts: Any) -> None:
        self.app, self.parts = app, parts
        with parts.writing() as work:
            session = work.session
            sales, records = make_department(session, "Sales"), make_department(session, "Records")
            make_person(session, sales, login="reader", name="Rea Reader")
            make_person(session, sales, login="colleague", name="Col League")
            make_person(session, sales, login="head", name="Hea Dofsales", head=True)
            make_person(session, records, Role.CLERK, login="clerk", name="Cle Rk", clearance=Level.CORE)
            make_person(session, records, Role.RECORDS_MANAGER, login="records", head=True, clearance=Level.CORE)
            make_person(session, make_department(session), Role.MANAGER, login="manager")
            make_person(session, make_department(session), login="owner")
            make_person(session, make_department(session), login="cleared", clearance=Level.CORE)
        self.visitors: dict[str, Visitor] = {}

    def as_(self, login: str) -> Visitor:
        if login not in self.visitors:
            self.visitors[login] = Visitor(self.app, login)
        return self.visitors[login]

    def dossier(self, level: Level = Level.GENERAL, volumes: int = 1, name: str | None = None) -> tuple[int, list[str]]:
        """A dossier: its id and the barcodes of its volumes."""
        with self.parts.writing() as work:
            owner = work.session.scalars(select(Person).where(Person.login == "owner")).one()
            client = make_client(work.session, owner, name)
            dossier = make_dossier(work.session, owner, client, level=level, volumes=volumes)
            return dossier.id, [volume.barcode for volume in dossier.volumes]

    def one(self, query: Any) -> Any:
        with self.parts.looking() as work:
            return work.session.execute(query).one()

    def count(self, model: Any, *where: Any) -> int:
        with self.parts.looking() as work:
            return work.session.scalar(select(func.count()).select_from(model).where(*where)) or 0

    def ask(self, dossier_id: int, kind: str = "borrow", login: str = "reader", **more: Any) -> int:
        """File a request through the form; returns the line's id."""
        address = f"/requests/new?dossier={dossier_id}&kind={kind}"
        visitor = self.as_(login)
        page = visitor.get(address).text
        volumes = re.findall(r'name="volume_ids"[^>]*value="(\d+)"', page)
        reader = re.findall(r'<option selected value="(\d+)"', page)
        data = {**ASK, "volume_ids": volumes, "reader_id": reader[0], "act": "send", **more}
        answer = visitor.post(address, data, shown_at=address)
        assert answer.status_code == 302, answer.text
        return int(answer.location.rsplit("/", 1)[1])

    def decide(self, line_id: int, login: str = "head", decision: str = "approve", comment: str = "") -> Any:
        here = f"/requests/{line_id}"
        return self.as_(login).post(
            f"{here}/decide",
            {"decision": decision, "comment": comment},
            shown_at=here,
            action=f"{here}/decide",
        )

    def issue(self, line_id: int, login: str = "clerk") -> Any:
        address = f"/requests/{line_id}/issue"
        return self.as_(login).post(address, self.volumes_of(line_id), shown_at="/desk", action=address)

    def volumes_of(self, line_id: int) -> dict[str, Any]:
        with self.parts.looking() as work:
            line = work.session.get_one(RequestLine, line_id)
            return {"volume_ids": [str(row.volume_id) for row in line.volumes]}


@pytest.fixture
def house(app: Any, parts: Any) -> House:
    return House(app, parts)


def test_borrowing_from_the_register_entry_to_the_return(house: House, clock: Any) -> None:
    dossier_id, (barcode,) = house.dossier(name="Ribalta Tiles SL")
    address = f"/requests/new?dossier={dossier_id}&kind=borrow"
    page = house.as_("reader").get(address).text
    assert "Ribalta Tiles SL" in page
    assert "Ask to borrow" in page
    line_id = house.ask(dossier_id)
    assert "Hea Dofsales" in house.as_("reader").get(f"/requests/{line_id}").text
    assert f"/requests/{line_id}" in house.as_("head").get("/requests").text
    assert house.decide(line_id).status_code == 302
    desk = house.as_("clerk").get("/desk").text
    assert "Issue 1 volume<" in desk
    assert "Mar 5" in desk
    assert house.issue(line_id).status_code == 302
    loan_id, due = house.one(select(Loan.id, Loan.due_on))
    assert due.isoformat() == "2026-03-05"
    assert "Rea Reader" in house.as_("manager").get("/loans").text
    clock.advance(days=4)
    house.visitors.clear()  # Log-ins do not last that long.
    assert "Overdue, 1 day" in house.as_("clerk").get("/desk").text
    assert "Overdue, 1 day" in house.as_("manager").get("/loans?show=overdue").text
    assert "Overdue, 1 day" in house.as_("reader").get(f"/loans/{loan_id}").text
    scanned = house.as_("clerk").get(f"/desk?barcode={barcode.lower()}")
    assert scanned.location == f"/loans/{loan_id}"
    here = f"/loans/{loan_id}/return"
    back = {"sheets": "39", "returned_on": "2026-03-06", "condition": "good", "remark": ""}
    refused = house.as_("clerk").post(here, back, shown_at=here, action=here)
    assert (refused.status_code, "40 sheets went out and 39 came back" in refused.text) == (422, True)
    assert house.count(Loan, Loan.state == LoanState.ON_LOAN) == 1
    done = house.as_("clerk").post(here, {**back, "remark": "One missing"}, shown_at=here, action=here)
    assert done.status_code == 302
    assert house.one(select(Loan.state, Loan.sheets_returned)) == (LoanState.RETURNED, 39)
    assert "chip-overdue" not in house.as_("manager").get("/loans?show=returned").text


def test_a_form_sent_twice_acts_once(house: House) -> None:
    dossier_id, _ = house.dossier()
    address = f"/requests/new?dossier={dossier_id}&kind=read"
    reader = house.as_("reader")
    data = {**reader.hidden_fields(address), **ASK, "act": "send"}
    data["reader_id"] = str(house.one(select(Person.id).where(Person.login == "reader"))[0])
    first, second = reader.client.post(address, data=data), reader.client.post(address, data=data)
    assert (first.status_code, second.status_code) == (302, 302)
    assert first.location == second.location
    assert house.count(Request) == 1
    line_id = int(first.location.rsplit("/", 1)[1])
    decide = f"/requests/{line_id}/decide"
    head = house.as_("head")
    form = {**head.hidden_fields(f"/requests/{line_id}", decide), "decision": "approve", "comment": ""}
    answers = [head.client.post(decide, data=form).status_code for _ in range(2)]
    assert answers == [302, 302]
    assert house.one(select(RequestLine.state)) == (LineState.FULFILLED,)


def test_two_clerks_with_the_same_desk_before_them(house: House) -> None:
    line_id = house.ask(house.dossier()[0])
    house.decide(line_id)
    address = f"/requests/{line_id}/issue"
    forms = [
        {**house.as_(who).hidden_fields("/desk", address), **house.volumes_of(line_id)} for who in ("clerk", "records")
    ]
    first = house.as_("clerk").client.post(address, data=forms[0])
    second = house.as_("records").client.post(address, data=forms[1])
    assert (first.status_code, second.status_code) == (302, 409)
    assert "already on loan: Rea Reader has had it since" in second.text
    assert house.count(Loan) == 1


def test_a_decision_over_an_older_version_is_shown_not_made(house: House) -> None:
    line_id = house.ask(house.dossier()[0])
    decide = f"/requests/{line_id}/decide"
    head = house.as_("head")
    form = head.hidden_fields(f"/requests/{line_id}", decide)
    cancel = f"/requests/{line_id}/cancel"
    assert house.as_("reader").post(cancel, {}, shown_at=f"/requests/{line_id}", action=cancel).status_code == 302
    answer = head.client.post(decide, data={**form, "decision": "approve"})
    assert (answer.status_code, "Someone else changed this" in answer.text) == (409, True)
    assert house.one(select(RequestLine.state)) == (LineState.CANCELLED,)


def test_a_rejection_without_a_comment_is_asked_for_one(house: House) -> None:
    line_id = house.ask(house.dossier()[0])
    answer = house.decide(line_id, decision="reject")
    assert (answer.status_code, "Please fill in this field." in answer.text) == (422, True)
    assert house.decide(line_id, decision="reject", comment="Not needed").status_code == 302
    assert "Not needed" in house.as_("reader").get(f"/requests/{line_id}").text


def test_strangers_find_nothing_and_decide_nothing(house: House) -> None:
    line_id = house.ask(house.dossier()[0])
    assert house.as_("owner").get(f"/requests/{line_id}").status_code == 404
    for who, status in (("owner", 404), ("reader", 403), ("clerk", 403)):
        visitor = house.as_(who)
        fields = visitor.hidden_fields("/requests/new?dossier=1&kind=read")
        data = {**fields, "decision": "approve", "row_version": "2"}
        assert visitor.client.post(f"/requests/{line_id}/decide", data=data).status_code in (status, 409)
    assert house.one(select(RequestLine.state)) == (LineState.SUBMITTED,)
    for closed in ("/desk", "/loans"):
        assert house.as_("reader").get(closed).status_code == 403


def test_a_core_dossier_is_not_named_to_those_without_clearance(house: House) -> None:
    dossier_id, (barcode,) = house.dossier(Level.CORE, name="Hengda Secret Ltd")
    line_id = house.ask(dossier_id, login="cleared")
    for who in ("reader", "head", "manager"):
        visitor = house.as_(who)
        for address in (
            f"/requests/new?dossier={dossier_id}&kind=read",
            f"/requests/{line_id}",
            f"/dossiers/{dossier_id}/loans",
        ):
            assert visitor.get(address).status_code == 404, (who, address)
        assert "Hengda" not in visitor.get("/requests").text
    assert "Hengda Secret Ltd" in house.as_("clerk").get("/requests").text
    assert "Hengda Secret Ltd" in house.as_("clerk").get(f"/desk?barcode={barcode}").text


def test_a_request_nobody_can_sign_says_so(house: House) -> None:
    dossier_id, _ = house.dossier(Level.CORE)
    line_id = house.ask(dossier_id, login="cleared")
    page = house.as_("cleared").get(f"/requests/{line_id}").text
    assert "Nobody can sign this request at present." in page
    assert "name a deputy" in page


def test_scanning_says_who_reserved_it_and_what_is_unknown(house: House) -> None:
    dossier_id, (barcode,) = house.dossier()
    clerk = house.as_("clerk")
    assert "Nobody has asked for it" in clerk.get(f"/desk?barcode={barcode}").text
    house.decide(house.ask(dossier_id))
    assert "Reserved for Rea Reader" in clerk.get(f"/desk?barcode={barcode}").text
    unknown = clerk.get("/desk?barcode=<b>X</b>")
    assert (unknown.status_code, "&lt;b&gt;X" in unknown.text) == (404, True)


def test_handing_out_past_a_reservation_asks_first(house: House) -> None:
    dossier_id, _ = house.dossier()
    first, second = house.ask(dossier_id), house.ask(dossier_id, login="colleague")
    house.decide(first)
    house.decide(second)
    asked = house.issue(second)
    assert (asked.status_code, "is reserved for Rea Reader" in asked.text) == (409, True)
    hidden = dict(re.findall(r'name="(csrf_token|once|row_version|confirmed)"[^>]*value="([^"]*)"', asked.text))
    data = {**hidden, **house.volumes_of(second)}
    assert house.as_("clerk").client.post(f"/requests/{second}/issue", data=data).status_code == 302
    assert house.one(select(Loan.line_id)) == (second,)


def test_what_is_missing_is_recorded_and_put_back(house: House) -> None:
    dossier_id, (barcode,) = house.dossier()
    line_id = house.ask(dossier_id)
    house.decide(line_id)
    clerk = house.as_("clerk")
    volume_id = house.volumes_of(line_id)["volume_ids"][0]
    gone = f"/requests/{line_id}/volumes/{volume_id}/not-found"
    assert clerk.post(gone, {}, shown_at="/desk", action=gone).status_code == 302
    assert house.one(select(RequestLine.state)) == (LineState.NOT_FOUND,)
    back = f"/volumes/{volume_id}/put-back"
    assert clerk.post(back, {}, shown_at=f"/desk?barcode={barcode}", action=back).status_code == 302
    with house.parts.looking() as work:
        assert work.session.get_one(Dossier, dossier_id).volumes[0].custody == Custody.RESERVED
    assert house.one(select(RequestLine.state)) == (LineState.READY,)


def test_lost_and_voided_stay_in_the_register(house: House) -> None:
    for act, login, state in (("lose", "clerk", LoanState.LOST), ("void", "records", LoanState.VOIDED)):
        line_id = house.ask(house.dossier()[0])
        house.decide(line_id)
        house.issue(line_id)
        loan_id = house.one(select(func.max(Loan.id)))[0]
        here = f"/loans/{loan_id}"
        visitor = house.as_(login)
        assert visitor.post(f"{here}/{act}", {"reason": ""}, shown_at=here).status_code == 422
        assert visitor.post(f"{here}/{act}", {"reason": "Left in a taxi"}, shown_at=here).status_code == 302
        assert house.one(select(Loan.state, Loan.remark).where(Loan.id == loan_id)) == (state, "Left in a taxi")
        assert "Left in a taxi" in house.as_("manager").get(here).text


def test_a_draft_is_kept_sent_and_read(house: House) -> None:
    dossier_id, _ = house.dossier()
    line_id = house.ask(dossier_id, kind="read", act="draft")
    here = f"/requests/{line_id}"
    assert house.as_("head").get(here).status_code == 404
    reader = house.as_("reader")
    assert reader.post(f"{here}/submit", {}, shown_at=here, action=f"{here}/submit").status_code == 302
    house.decide(line_id)
    assert "open to you until" in reader.get(here).text
    grant_id = house.one(select(RequestLine.grant_id))[0]
    end = f"/grants/{grant_id}/end"
    assert reader.post(end, {}, shown_at="/requests", action=end).status_code == 302
    assert "open to you until" not in reader.get(here).text


def test_the_loans_tab_names_the_borrower_to_those_who_may_know(house: House) -> None:
    dossier_id, _ = house.dossier()
    line_id = house.ask(dossier_id)
    house.decide(line_id)
    house.issue(line_id)
    tab = f"/dossiers/{dossier_id}/loans"
    for who, named in (("clerk", True), ("manager", True), ("reader", True), ("owner", False)):
        page = house.as_(who).get(tab)
        assert page.status_code == 200
        main = page.text.split("<main")[1]
        assert ("Rea Reader" in main) == named, who
        assert "Mar 5" in main


@pytest.mark.parametrize(
    "address",
    [
        "/requests/new",
        "/requests/new?dossier=1",
        "/requests/new?dossier=99&kind=read",
        "/requests/new?dossier=x&kind=lend",
        "/requests/99",
        "/loans/99",
    ],
)
def test_addresses_of_nothing_answer_not_found(house: House, address: str) -> None:
    assert house.as_("clerk").get(address).status_code == 404


def test_requests_are_filtered_by_state(house: House) -> None:
    one, two = house.ask(house.dossier()[0]), house.ask(house.dossier()[0])
    house.decide(one, decision="reject", comment="No")
    page = house.as_("clerk").get("/requests?state=rejected").text.split('id="all-head"')[1]
    assert f'/requests/{one}"' in page
    assert f'/requests/{two}"' not in page


def test_a_missing_field_keeps_what_was_typed(house: House) -> None:
    address = f"/requests/new?dossier={house.dossier()[0]}&kind=read"
    answer = house.as_("reader").post(address, {**ASK, "reason": "", "act": "send"}, shown_at=address)
    assert (answer.status_code, "Compare prices" in answer.text) == (422, True)
    assert house.count(Request) == 0


def test_an_overdue_reader_is_told_and_may_keep_a_draft(house: House, clock: Any) -> None:
    line_id = house.ask(house.dossier()[0])
    house.decide(line_id)
    house.issue(line_id)
    clock.advance(days=4)
    house.visitors.clear()
    address = f"/requests/new?dossier={house.dossier()[0]}&kind=read"
    reader = house.as_("reader")
    assert "You hold a file that is overdue" in reader.get(address).text
    data = {**ASK, "reader_id": str(house.one(select(Person.id).where(Person.login == "reader"))[0])}
    refused = reader.post(address, {**data, "act": "send"}, shown_at=address)
    assert (refused.status_code, "holds an overdue file" in refused.text) == (422, True)
    assert house.count(Request) == 1
    assert reader.post(address, {**data, "act": "draft"}, shown_at=address).status_code == 302


def test_the_desk_says_why_a_request_is_not_served(house: House, clock: Any) -> None:
    out, kept = house.ask(house.dossier()[0]), house.ask(house.dossier()[0])
    for line_id in (out, kept):
        house.decide(line_id)
    house.issue(out)
    assert "Other volumes the borrower holds: 1." in house.as_("clerk").get("/desk").text
    clock.advance(days=4)
    house.visitors.clear()
    desk = house.as_("clerk").get("/desk").text
    assert "The reader holds an overdue file." in desk
    assert "Issue 1 volume" not in desk
