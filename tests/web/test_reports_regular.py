"""Regular reports in the browser's terms: who asks, who signs, what is shown to whom."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pypdfium2 as pdfium
import pytest
from sqlalchemy import event, select

from portal.accounts.models import Person
from portal.core.permissions import Level, Role
from portal.reports.models.issued import Report
from portal.reports.models.regular import RegularReport
from portal.reports.regular.jobs import ScheduleClock
from portal.reports.regular.states import RegularState
from portal.reports.states import ReportState
from tests.factories import make_client, make_department, make_dossier, make_person, make_responsible
from tests.web.visitor import Visitor

NEW, ALL = "/reports/regular/new", "/reports/regular"
CLIENTS = f"{NEW}?what=clients&field=kind&field=dossiers"


@dataclass(frozen=True)
class House:
    """Everybody is known by their log-in name; only `keeper` and `boss` are cleared for core."""

    app: Any
    parts: Any
    sales: int
    hanna: int
    rea: int
    carl: int

    def visitor(self, login: str) -> Visitor:
        return Visitor(self.app, login)

    def regular(self) -> RegularReport:
        with self.parts.looking() as work:
            return work.session.scalars(select(RegularReport).order_by(RegularReport.id.desc())).first()

    def clear(self, person_id: int) -> None:
        with self.parts.writing() as work:
            work.session.get_one(Person, person_id).clearance = Level.CORE


@pytest.fixture
def house(app: Any, parts: Any) -> House:
    core = {"clearance": Level.CORE}
    with parts.writing() as work:
        session = work.session
        sales, records = make_department(session, "Sales"), make_department(session, "Records")
        hanna = make_person(session, sales, login="hanna", name="Hanna Head", head=True)
        rea = make_person(session, sales, login="rea", name="Rea Reader")
        make_person(session, make_department(session, "Stores"), login="stefan", name="Stefan Strange")
        make_person(session, records, Role.RECORDS_MANAGER, login="keeper", name="Kim Keeper", **core)
        carl = make_person(session, records, Role.CLERK, login="carl", name="Carl Clerk")
        make_person(
            session, make_department(session, "Board"), Role.GENERAL_MANAGER, login="boss", name="Bo Boss", **core
        )
        client = make_client(session, rea, "Open Castings")
        make_dossier(session, rea, client, number="2026-0500")
        make_responsible(session, rea, client)
        make_dossier(session, rea, client, number="K2026-0078", level=Level.CORE)
        make_dossier(session, rea, make_client(session, rea, "Secret Works"), number="K2026-0077", level=Level.CORE)
        return House(app, parts, sales.id, hanna.id, rea.id, carl.id)


def ask(visitor: Visitor, house: House, address: str = CLIENTS, **changes: Any) -> Any:
    data = {
        "title": "Our clients",
        "every": "month",
        "language": "en",
        "purpose": "Planning the visits",
        "recipients": [house.rea],
        **changes,
    }
    return visitor.post(address, data, shown_at=NEW)


def decide(visitor: Visitor, regular_id: int, decision: str = "approve", **data: Any) -> Any:
    page, action = f"{ALL}/{regular_id}", f"{ALL}/{regular_id}/decide"
    return visitor.post(action, {"decision": decision, **data}, shown_at=page, action=action)


def active(house: House, address: str = CLIENTS) -> RegularReport:
    assert ask(house.visitor("hanna"), house, address).status_code == 302
    regular = house.regular()
    assert decide(house.visitor("keeper"), regular.id, preparer_id=house.carl).status_code == 302
    assert decide(house.visitor("boss"), regular.id).status_code == 302
    assert house.regular().state is RegularState.ACTIVE
    return regular


def test_from_the_request_to_the_draft(house: House, clock: Any) -> None:
    hanna, keeper, boss, carl = (house.visitor(login) for login in ("hanna", "keeper", "boss", "carl"))
    page = hanna.get(ALL).text
    assert "Ask for a regular report" in page
    assert "Nothing is reported regularly yet" in page
    answer = ask(hanna, house)
    assert answer.status_code == 302
    regular = house.regular()
    page = hanna.get(answer.location).text
    assert "Waiting for the records manager" in page
    assert "Kim Keeper" in page
    assert "Hanna Head asks for the regular report “Our clients”" in keeper.get("/inbox").text
    assert "Waiting for your signature" in keeper.get(ALL).text
    assert "Waiting for your signature" not in boss.get(ALL).text
    assert "Regular reports that wait for your signature" in keeper.get("/").text
    assert "Our clients" not in boss.get("/").text
    decide(keeper, regular.id, preparer_id=house.carl, comment="As discussed.")
    assert "Our clients" not in keeper.get("/").text
    assert "Our clients" in boss.get("/").text
    assert "Waiting for your signature" in boss.get(ALL).text
    assert "As discussed." in boss.get(f"{ALL}/{regular.id}").text
    decide(boss, regular.id)
    assert "is approved" in hanna.get("/inbox").text
    clock.put(datetime(2026, 4, 1, 4, 0, tzinfo=UTC))
    ScheduleClock().look(house.parts)
    hanna, keeper, carl = (house.visitor(login) for login in ("hanna", "keeper", "carl"))  # A month later.
    inbox = carl.get("/inbox")
    assert "The draft of “Our clients” for" in inbox.text
    link = re.findall(r'href="(/inbox/\d+)"', inbox.text)[0]
    with house.parts.looking() as work:
        report = work.session.scalars(select(Report)).one()
    assert carl.get(link).location == f"/reports/{report.id}"
    assert carl.get(f"/reports/{report.id}").status_code == 200
    page = hanna.get(f"{ALL}/{regular.id}").text
    assert "March 2026" in page
    assert f"/reports/{report.id}" not in page  # The draft is not hers to see.
    sent = carl.post(
        f"/reports/{report.id}/submit", {}, shown_at=f"/reports/{report.id}", action=f"/reports/{report.id}/submit"
    )
    assert sent.status_code == 302
    with house.parts.looking() as work:
        row = work.session.get_one(Report, report.id)
        assert row.state is ReportState.IN_REVIEW
        with house.parts.store.open(row.data_key) as stream:
            kept = stream.read().decode()
    assert "Open Castings" in kept
    assert "Supplier" in kept
    assert "Secret" not in kept
    assert "K2026" not in kept
    page, boss, rea = f"/reports/{report.id}", house.visitor("boss"), house.visitor("rea")
    assert rea.get(page).status_code == 404
    assert keeper.post(f"{page}/approve", {}, shown_at=page, action=f"{page}/approve").status_code == 302
    assert boss.post(f"{page}/issue", {}, shown_at=page, action=f"{page}/issue").status_code == 302
    assert rea.get(page).status_code == 200  # She is on the distribution list that was asked for.
    for language in ("en", "es", "zh"):
        pdf = rea.get(f"{page}/files/pdf?language={language}")
        text = "".join(one.get_textpage().get_text_range() for one in pdfium.PdfDocument(pdf.data))
        assert "Open Castings" in text
        assert "Our clients" in text
    for ending in ("xlsx", "csv", "json"):
        assert rea.get(f"{page}/files/{ending}").status_code == 200
    assert house.visitor("stefan").get(f"{page}/files/pdf").status_code == 404


def test_a_stranger_finds_nothing(house: House) -> None:
    regular = active(house)
    stefan = house.visitor("stefan")
    assert "Ask for a regular report" not in stefan.get(ALL).text
    assert "Our clients" not in stefan.get(ALL).text
    assert stefan.get(NEW).status_code == 403
    assert stefan.get(f"{ALL}/{regular.id}").status_code == 404
    assert stefan.get(f"{ALL}/schedules/new").status_code == 403
    assert "Our clients" in house.visitor("rea").get(ALL).text
    assert "Reports" in house.visitor("hanna").get("/").text


def test_nobody_signs_for_another(house: House) -> None:
    ask(house.visitor("hanna"), house)
    regular = house.regular()
    for login, status in (("hanna", 403), ("carl", 403), ("boss", 403), ("stefan", 403)):
        visitor = house.visitor(login)
        hidden = {
            "once": "x" * 20,
            "row_version": regular.row_version,
            "decision": "approve",
            "preparer_id": house.carl,
        }
        answer = visitor.post(f"{ALL}/{regular.id}/decide", hidden, shown_at=ALL)
        assert answer.status_code == status, login
    assert house.regular().state is RegularState.FOR_RECORDS


def test_a_refusal_without_a_reason_is_asked_for_one(house: House) -> None:
    ask(house.visitor("hanna"), house)
    regular, keeper = house.regular(), house.visitor("keeper")
    answer = decide(keeper, regular.id, "refuse")
    assert answer.status_code == 422
    assert "Please fill in this field." in answer.text
    assert house.regular().state is RegularState.FOR_RECORDS
    decide(keeper, regular.id, "refuse", comment="The yearly one says it all.")
    page = house.visitor("hanna").get(f"{ALL}/{regular.id}").text
    assert "The yearly one says it all." in page
    assert "Refused" in page


def test_signing_without_naming_who_prepares(house: House) -> None:
    ask(house.visitor("hanna"), house)
    answer = decide(house.visitor("keeper"), house.regular().id)
    assert answer.status_code == 422
    assert "Choose a records clerk or a manager who stays." in answer.text


@pytest.mark.parametrize("what", ["clients", "dossiers"])
def test_the_preview_shows_rows_and_nothing_of_core(house: House, what: str) -> None:
    page = house.visitor("hanna").get(f"{NEW}?what={what}").text
    assert "Open Castings" in page
    assert "2026-0500" in page
    for secret in ("Secret", "K2026"):
        assert secret not in page
        assert secret not in house.visitor("hanna").get(f"{NEW}?what={what}&audience=core").text
    assert house.visitor("hanna").get(f"{NEW}?what={what}&audience=core").status_code == 404
    house.clear(house.hanna)
    cleared = house.visitor("hanna")
    assert "Secret Works" not in cleared.get(f"{NEW}?what={what}").text
    assert "Secret Works" in cleared.get(f"{NEW}?what={what}&audience=core").text


def test_the_rows_of_loans_are_not_shown_before_it_is_approved(house: House) -> None:
    page = house.visitor("hanna").get(f"{NEW}?what=loans").text
    assert "The rows of this list are shown once it is approved." in page
    assert "<caption" not in page


def test_a_field_that_is_not_offered_is_refused(house: House) -> None:
    hanna = house.visitor("hanna")
    address = f"{NEW}?what=clients&field=phone"
    assert ask(hanna, house, address).status_code in (404, 422)
    assert house.regular() is None
    assert ask(hanna, house, f"{NEW}?what=clients&kind=friend").status_code in (404, 422)
    assert ask(hanna, house, f"{NEW}?what=clients&for_department=999").status_code in (404, 422)
    assert house.regular() is None


def test_what_is_wrong_is_said_and_nothing_is_lost(house: House) -> None:
    answer = ask(house.visitor("hanna"), house, title="", purpose="Kept as it was typed")
    assert answer.status_code == 422
    assert "Please fill in this field." in answer.text
    assert "Kept as it was typed" in answer.text
    answer = ask(house.visitor("hanna"), house, recipients=[])
    assert "Name at least one person who is to receive it." in answer.text
    assert house.regular() is None


def test_a_core_report_is_unknown_to_whoever_is_not_cleared(house: House) -> None:
    house.clear(house.hanna)
    house.clear(house.rea)
    house.clear(house.carl)
    regular = active(house, f"{NEW}?what=statistics&audience=core")
    with house.parts.writing() as work:
        for person_id in (house.rea, house.carl):
            work.session.get_one(Person, person_id).clearance = Level.IMPORTANT
    for login in ("rea", "carl"):
        visitor = house.visitor(login)
        assert visitor.get(f"{ALL}/{regular.id}").status_code == 404
        assert "Our clients" not in visitor.get(ALL).text
        assert "Our clients" not in visitor.get("/inbox").text
    assert house.visitor("hanna").get(f"{ALL}/{regular.id}").status_code == 200


def test_handing_on_and_ending(house: House) -> None:
    regular = active(house)
    page, hanna = f"{ALL}/{regular.id}", house.visitor("hanna")
    give = f"{page}/hand-on"
    assert hanna.post(give, {"person_id": 999}, shown_at=page, action=give).status_code == 422
    assert hanna.post(give, {"person_id": house.rea}, shown_at=page, action=give).status_code == 302
    assert house.regular().owner_id == house.rea
    rea, end = house.visitor("rea"), f"{page}/close"
    assert rea.post(end, {"what": "end"}, shown_at=page, action=end).status_code == 302
    assert house.regular().state is RegularState.ENDED
    assert "Ended" in rea.get(page).text


def test_the_records_manager_sets_one_up_and_changes_who_prepares_it(house: House) -> None:
    keeper, address = house.visitor("keeper"), f"{ALL}/schedules/new"
    data = {
        "title": "The quarter",
        "every": "quarter",
        "language": "es",
        "purpose": "Review",
        "audience": "everyone",
        "recipients": [house.rea],
    }
    answer = keeper.post(address, data, shown_at=address)
    assert answer.status_code == 422
    answer = keeper.post(address, {**data, "preparer_id": house.carl}, shown_at=address)
    assert answer.status_code == 302
    regular = house.regular()
    assert (regular.state, regular.active_on) == (RegularState.ACTIVE, date(2026, 3, 2))
    page = keeper.get(answer.location).text
    assert "Signatures" not in page
    assert "Carl Clerk" in page
    name = f"{ALL}/{regular.id}/preparer"
    answer = keeper.post(name, {"preparer_id": house.rea}, shown_at=f"{ALL}/{regular.id}", action=name)
    assert answer.status_code == 422


def test_an_id_that_no_column_holds_is_nobody(house: House) -> None:
    regular, nobody = active(house), str(10**20)
    page = f"{ALL}/{regular.id}"
    hanna, keeper = house.visitor("hanna"), house.visitor("keeper")
    give, name = f"{page}/hand-on", f"{page}/preparer"
    assert hanna.post(give, {"person_id": nobody}, shown_at=page, action=give).status_code == 422
    assert keeper.post(name, {"preparer_id": nobody}, shown_at=page, action=name).status_code == 422
    assert ask(hanna, house, recipients=[nobody]).status_code == 422
    assert hanna.get(f"{NEW}?for_department={nobody}").status_code == 404
    ask(hanna, house)
    assert decide(keeper, house.regular().id, preparer_id=nobody).status_code == 422


@pytest.mark.parametrize("address", [ALL, NEW, CLIENTS, f"{ALL}/1"])
def test_pages_ask_the_database_little(house: House, address: str) -> None:
    for _ in range(3):
        active(house)
    visitor = house.visitor("hanna")
    assert visitor.get(address).status_code == 200
    counted = count_statements(house, visitor, address)
    assert counted <= 15, counted


def count_statements(house: House, visitor: Visitor, address: str) -> int:
    engine = house.parts.new_session().get_bind()
    seen: list[str] = []

    def note(*args: Any) -> None:
        seen.append(args[2])

    event.listen(engine, "before_cursor_execute", note)
    try:
        visitor.get(address)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)
