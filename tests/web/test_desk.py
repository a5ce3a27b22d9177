"""The counter, scan by scan: what a code is, handing out, taking back, and what happens when an answer is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

import pytest
from sqlalchemy import event, select

from portal.accounts.models import Person
from portal.core.permissions import Level
from portal.dossiers.models import Volume
from portal.dossiers.states import Condition, Custody
from portal.lending.models import Loan, RequestLine
from portal.lending.states import LineState, LoanState
from tests.web.test_lending_web import House

_INPUT = re.compile(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"')


class Counter:
    """The desk as its script uses it: looks, and sends the form of the answer."""

    def __init__(self, house: House, login: str = "clerk") -> None:
        self.house, self.visitor = house, house.as_(login)
        self.person = ""

    def scan(self, code: str) -> Any:
        answer = self.visitor.get("/desk/look", query_string={"code": code, "person": self.person})
        if found := re.search(r'data-person="(\d+)"', answer.text):
            self.person = found[1]
        return answer

    def form(self, answer: Any, part: str = "/desk/") -> tuple[str, dict[str, str]]:
        """Address and fields of the form in an answer, as the page fills it in."""
        html = next(form for form in re.findall(r"<form.*?</form>", answer.text, re.DOTALL) if part in form)
        fields = {name: unescape(value) for name, value in _INPUT.findall(html) if 'type="checkbox"' not in name}
        fields = {name: value for name, value in fields.items() if name not in ("to_repair", "in_reading_room")}
        for select_ in re.findall(r'<select[^>]*name="([^"]+)".*?<option selected value="([^"]+)"', html, re.DOTALL):
            fields[select_[0]] = select_[1]
        return re.search(r'action="([^"]+)"', html)[1], {**fields, "person": self.person}

    def press(self, answer: Any, part: str = "/desk/", **more: str) -> Any:
        """Send the form of the answer with what else was typed."""
        address, fields = self.form(answer, part)
        return self.visitor.client.post(address, data={**fields, **more}, headers=self.visitor.headers)


def tone(answer: Any) -> str:
    return re.search(r'data-tone="(\w+)"', answer.text)[1]


def said(answer: Any) -> str:
    return unescape(re.search(r'data-sentence="([^"]*)"', answer.text)[1])


@pytest.fixture
def house(app: Any, parts: Any) -> House:
    return House(app, parts)


@pytest.fixture
def desk(house: House) -> Counter:
    return Counter(house)


def approved(
    house: House, login: str = "reader", dossier_id: int | None = None, **fields: Any
) -> tuple[int, list[str]]:
    """A request that waits at the desk, and the barcodes of its volumes."""
    barcodes: list[str] = []
    if dossier_id is None:
        dossier_id, barcodes = house.dossier(**fields)
    line_id = house.ask(dossier_id, login=login)
    assert house.decide(line_id).status_code == 302
    return line_id, barcodes


def state(house: House, barcode: str) -> Custody:
    return house.one(select(Volume.custody).where(Volume.barcode == barcode))[0]


def test_a_person_then_their_volumes(house: House, desk: Counter) -> None:
    line_id, barcodes = approved(house, volumes=3)
    person = desk.scan("READER")
    assert (person.status_code, said(person)) == (200, "Rea Reader is at the desk.")
    assert all(barcode in person.text for barcode in barcodes)
    for barcode in barcodes:
        answer = desk.scan(barcode.lower())
        assert said(answer) == f"{barcode} for Rea Reader: press Enter to hand it out."
        done = desk.press(answer)
        assert (done.status_code, tone(done)) == (200, "ok")
        assert "Due back on Thu, Mar 5, 2026." in said(done)
        assert "They hold:" in done.text
    assert house.count(Loan, Loan.state == LoanState.ON_LOAN) == 3
    assert house.one(select(RequestLine.state).where(RequestLine.id == line_id)) == (LineState.FULFILLED,)


def test_the_number_of_the_card_names_the_person(house: House, desk: Counter) -> None:
    with house.parts.writing() as work:
        work.session.scalars(select(Person).where(Person.login == "reader")).one().card_number = "C0000000195"
    assert said(desk.scan("c00000001 95")) == "Rea Reader is at the desk."
    assert desk.scan("C0000000196").status_code == 404


def test_the_card_of_somebody_who_has_left_is_called_that(house: House, desk: Counter) -> None:
    with house.parts.writing() as work:
        reader = work.session.scalars(select(Person).where(Person.login == "reader")).one()
        reader.departed_at, card = work.now, reader.card_number
    answer = desk.scan(card)
    assert (answer.status_code, tone(answer)) == (404, "refused")
    assert said(answer).startswith("This card is of somebody who has left")
    assert "Rea Reader" not in answer.text


def test_somebody_elses_volume_is_refused(house: House, desk: Counter) -> None:
    _, (barcode,) = approved(house)
    _, (free,) = house.dossier()
    desk.scan("colleague")
    answer = desk.scan(barcode)
    assert (tone(answer), "is reserved for Rea Reader" in said(answer)) == ("refused", True)
    assert "<form" not in answer.text
    assert "no approved request of theirs" in said(desk.scan(free))


def test_taking_back_in_any_order_counts_and_condition(house: House, desk: Counter) -> None:
    barcodes = []
    for login in ("reader", "colleague"):
        line_id, found = approved(house, login)
        house.issue(line_id)
        barcodes += found
    first, second = barcodes[::-1]
    answer = desk.scan(first)
    assert said(answer) == f"{first} is out with Col League, due on Thu, Mar 5, 2026."
    done = desk.press(answer)
    assert (tone(done), said(done).startswith(f"{first} is back. Its place is A-01-")) == ("ok", True)
    answer = desk.scan(second)
    refused = desk.press(answer, condition="damaged", sheets="39", to_repair="y")
    assert (refused.status_code, tone(refused)) == (422, "refused")
    assert said(refused) == "40 sheets went out and 39 came back: say what happened."
    assert state(house, second) == Custody.ON_LOAN
    repair = re.search(r'<input[^>]*name="to_repair"[^>]*>', refused.text)
    assert repair and " checked" in repair[0], "what was ticked before the refusal is ticked after it"
    done = desk.press(refused, remark="One sheet torn out", to_repair="y")
    assert said(done) == f"{second} is back and goes to repair."
    assert "40 sheets were handed out, 39 came back" in done.text
    assert house.one(select(Volume.custody, Volume.condition, Volume.sheets).where(Volume.barcode == second)) == (
        Custody.IN_REPAIR,
        Condition.DAMAGED,
        39,
    )
    mended = desk.press(desk.scan(second), condition="worn")
    assert said(mended).startswith(f"{second} belongs on the shelf")


def test_back_from_scanning_at_the_counter(house: House, desk: Counter) -> None:
    _, (barcode,) = house.dossier()
    here = f"/volumes/{house.one(select(Volume.id).where(Volume.barcode == barcode))[0]}"
    house.as_("clerk").post(f"{here}/scanning", {"remark": "Asked for as a scan"}, shown_at=here)
    answer = desk.scan(barcode)
    assert said(answer) == f"{barcode} is being scanned."
    done = desk.press(answer, "/desk/scanned/")
    assert (tone(done), said(done).startswith(f"{barcode} belongs on the shelf")) == ("ok", True)
    assert state(house, barcode) == Custody.ON_SHELF


def test_sent_twice_it_acts_once_and_says_how_it_stands(house: House, desk: Counter) -> None:
    line_id, (barcode,) = approved(house)
    address, fields = desk.form(desk.scan(barcode))
    client = desk.visitor.client
    assert tone(client.post(address, data=fields)) == "ok"
    again = client.post(address, data=fields, follow_redirects=True)
    assert (again.status_code, again.request.path) == (200, "/desk/look")
    assert "nothing was done twice" in again.text
    assert "is out with Rea Reader" in said(again)
    assert house.count(Loan) == 1


def test_what_was_taken_back_twice_comes_back_once(house: House, desk: Counter) -> None:
    line_id, (barcode,) = approved(house)
    house.issue(line_id)
    one, two = desk.form(desk.scan(barcode)), desk.form(desk.scan(barcode))
    client = desk.visitor.client
    assert tone(client.post(one[0], data=one[1])) == "ok"
    late = client.post(two[0], data=two[1])
    assert (late.status_code, tone(late)) == (409, "refused")
    assert "Someone else changed this" in said(late)


def test_what_needs_a_word_is_asked_first(house: House, desk: Counter) -> None:
    dossier_id, (barcode,) = house.dossier()
    approved(house, dossier_id=dossier_id)
    approved(house, "colleague", dossier_id)
    desk.scan("colleague")
    answer = desk.scan(barcode)
    assert (tone(answer), "is reserved for Rea Reader" in answer.text) == ("ask", True)
    address, fields = desk.form(answer)
    fields.pop("confirmed")
    asked = desk.visitor.client.post(address, data=fields)
    assert (asked.status_code, tone(asked)) == (409, "refused")
    assert "is reserved for Rea Reader" in asked.text
    assert tone(desk.press(asked)) == "ok"
    assert house.one(select(Person.login).join(Loan, Loan.borrower_id == Person.id)) == ("colleague",)


def test_a_block_and_who_may_lift_it(house: House, clock: Any) -> None:
    late, _ = approved(house)
    house.issue(late)
    clock.advance(days=4)
    house.visitors.clear()
    _, (barcode,) = approved(house, "colleague")
    with house.parts.writing() as work:  # The request of before the file was late.
        line = work.session.scalars(select(RequestLine).where(RequestLine.state == LineState.READY)).one()
        line.reader_id = work.session.scalars(select(Person.id).where(Person.login == "reader")).one()
    clerk, manager = Counter(house), Counter(house, "records")
    person = clerk.scan("reader")
    assert (tone(person), "Holds an overdue file" in person.text) == ("ask", True)
    answer = clerk.scan(barcode)
    assert (tone(answer), "overdue file" in said(answer), "<form" in answer.text) == ("refused", True, False)
    answer = manager.scan(barcode)
    assert tone(answer) == "ask"
    assert manager.press(answer).status_code == 409
    assert tone(manager.press(answer, override_reason="The court sits today")) == "ok"
    assert house.one(select(Loan.override_reason).order_by(Loan.id.desc()).limit(1)) == ("The court sits today",)


def test_in_the_reading_room(house: House, desk: Counter) -> None:
    _, (barcode,) = approved(house)
    done = desk.press(desk.scan(barcode), in_reading_room="y")
    assert "Due back on Mon, Mar 2, 2026." in said(done)
    assert house.one(select(Loan.in_reading_room)) == (True,)


def test_handed_on_over_the_counter(house: House, desk: Counter) -> None:
    dossier_id, (barcode,) = house.dossier()
    line_id, _ = approved(house, dossier_id=dossier_id)
    house.issue(line_id)
    approved(house, "colleague", dossier_id)
    answer = desk.scan(barcode)
    assert "Hand it on to Col League" in answer.text
    done = desk.press(answer, "/desk/hand-on/")
    assert said(done) == f"{barcode} went from Rea Reader to Col League. Due back on Thu, Mar 5, 2026."
    with house.parts.looking() as work:
        states = work.session.scalars(select(Loan.state).order_by(Loan.id)).all()
    assert states == [LoanState.RETURNED, LoanState.ON_LOAN]


def test_missing_and_lost_volumes_turn_up(house: House, desk: Counter) -> None:
    line_id, (barcode,) = approved(house)
    house.issue(line_id)
    loan_id = house.one(select(Loan.id))[0]
    here = f"/loans/{loan_id}"
    house.as_("clerk").post(f"{here}/lose", {"reason": "Left in a taxi"}, shown_at=here)
    answer = desk.scan(barcode)
    assert said(answer) == f"{barcode} was lost by Rea Reader."
    assert tone(desk.press(answer)) == "ok"
    assert state(house, barcode) == Custody.ON_SHELF


@pytest.mark.parametrize("code", ["", "<b>X</b>", "V99999999", "C12"])
def test_codes_of_nothing(house: House, desk: Counter, code: str) -> None:
    answer = desk.scan(code)
    assert (answer.status_code, tone(answer)) == (404, "refused")
    assert "<b>X" not in answer.text


def test_what_the_clerk_may_not_know_of_answers_like_nothing(house: House, desk: Counter) -> None:
    _, (barcode,) = house.dossier(Level.CORE, name="Hengda Secret Ltd")
    assert "Hengda" in desk.scan(barcode).text
    with house.parts.writing() as work:
        work.session.scalars(select(Person).where(Person.login == "clerk")).one().clearance = Level.GENERAL
    house.visitors.clear()
    blind = Counter(house)
    secret, nothing = blind.scan(barcode), blind.scan("V99999999")
    assert secret.status_code == nothing.status_code == 404
    assert secret.text.replace(barcode, "V99999999") == nothing.text


def test_the_counter_is_for_the_clerks(house: House, desk: Counter) -> None:
    line_id, (barcode,) = approved(house)
    address, fields = desk.form(desk.scan(barcode))
    reader = house.as_("reader")
    assert reader.get("/desk/look?code=reader").status_code == 403
    token = reader.hidden_fields("/requests/new?dossier=1&kind=read")["csrf_token"]
    assert reader.client.post(address, data={**fields, "csrf_token": token}).status_code == 403
    assert house.count(Loan) == 0


def test_a_script_without_a_log_in_is_not_led_to_a_page(house: House, app: Any) -> None:
    answer = app.test_client().get("/desk/look?code=x", headers={"Accept": "application/json, text/html;q=0.5"})
    assert answer.status_code == 401


@contextmanager
def counted_queries(parts: Any) -> Iterator[list[str]]:
    found: list[str] = []
    with parts.looking() as work:
        engine = work.session.get_bind()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("SELECT", "WITH", "INSERT", "UPDATE")):
            found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def test_a_scan_asks_the_database_little_however_full_the_desk(house: House, desk: Counter) -> None:
    lines = [approved(house, volumes=2) for _ in range(4)]
    for line_id, _ in lines[:2]:
        house.issue(line_id)
    numbers = {}
    for code in ("reader", lines[0][1][0], lines[2][1][0], "V99999999"):
        with counted_queries(house.parts) as found:
            desk.scan(code)
        numbers[code] = len(found)
    assert max(numbers.values()) <= 15, numbers
    with counted_queries(house.parts) as found:
        house.as_("clerk").get("/desk")
    assert len(found) <= 15, len(found)


def test_renewed_announced_and_called_back_on_the_page_of_the_loan(house: House) -> None:
    line_id, (barcode,) = approved(house)
    house.issue(line_id)
    here = f"/loans/{house.one(select(Loan.id))[0]}"
    reader, clerk = house.as_("reader"), house.as_("clerk")
    assert reader.post(f"{here}/renew", {}, shown_at=here, action=f"{here}/renew").location == here
    page = reader.get(here).text
    assert ("Mon, Mar 9" in page or "Mar 9" in page, "cannot be renewed any more" in page) == (True, True)
    assert reader.post(f"{here}/announce", {}, shown_at=here, action=f"{here}/announce").location == here
    assert "On their way back" in clerk.get("/desk").text
    recall = f"{here}/recall"
    assert clerk.post(recall, {"reason": ""}, shown_at=here).status_code == 422
    assert clerk.post(recall, {"reason": "The auditors are here"}, shown_at=here).location == here
    page = reader.get(here).text
    assert "This file has been called back." in page
    assert "auditors" not in page
    assert house.as_("colleague").client.post(f"{here}/renew").status_code in (400, 404)
