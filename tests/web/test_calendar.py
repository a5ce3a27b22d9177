"""The pages of the office calendar: looked at by all, changed by few, nothing changed before it was shown."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import Person
from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry
from portal.dossiers.models import Volume
from portal.lending.models import Loan, LoanEvent
from portal.policy.models import CalendarException, PolicyChange, PolicyValue
from portal.policy.queries import current_policy
from tests.factories import make_department, make_person
from tests.unit.lending_world import make_world
from tests.web.visitor import Visitor

STOCKTAKING = {"from_day": "2026-03-05", "until_day": "2026-03-06", "office": "closed", "reason": "Stocktaking"}
"""The clock of the tests stands on Monday, 2 March 2026: a loan of that day is due on Thursday, the 5th."""


@pytest.fixture
def loan(parts: Any) -> dict[str, Any]:
    """An open loan of a general dossier and one of a core dossier, both due on 5 March; a manager of the records."""
    with parts.writing() as portal:
        session = portal.session
        world = make_world(session, lambda actor=None: parts.unit(session, actor))
        general = world.lend(world.dossier())
        core = world.lend(world.dossier(Level.CORE))
        barcodes = {loan.id: session.get_one(Volume, loan.volume_id).barcode for loan in (general, core)}
        make_person(session, make_department(session), Role.RECORDS_MANAGER, login="rosa", name="Rosa Records")
        make_person(session, make_department(session), login="amaya")
        reader = session.get_one(Person, general.borrower_id).login
        return {"general": general.id, "core": core.id, "barcodes": barcodes, "reader": reader}


@pytest.fixture
def rosa(app: Any, loan: dict[str, Any]) -> Visitor:
    """The records manager, not cleared for core dossiers."""
    return Visitor(app, "rosa")


def due_dates(parts: Any, loan: dict[str, Any]) -> tuple[date, date]:
    """The due dates of the two loans."""
    with parts.looking() as work:
        rows = {row.id: row for row in work.session.scalars(select(Loan))}
        assert all(row.original_due_on == date(2026, 3, 5) for row in rows.values())
        return rows[loan["general"]].due_on, rows[loan["core"]].due_on


def confirm(visitor: Visitor, data: dict[str, Any], **options: Any) -> Any:
    """Send the form, and then the page that shows what moves."""
    preview = visitor.post("/calendar/days", data, shown_at="/calendar/days")
    assert preview.status_code == 200, preview.text
    return visitor.client.post("/calendar/days/confirm", data=hidden(preview.text), headers=visitor.headers, **options)


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page that asks for confirmation."""
    fields = {}
    for tag in re.findall(r"<input[^>]*>", page.split("<main")[1]):
        values = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        fields[values["name"]] = values.get("value", "")
    return fields


def test_everybody_sees_the_calendar_and_nobody_else_changes_it(app: Any, loan: dict[str, Any]) -> None:
    amaya = Visitor(app, "amaya")
    page = amaya.get("/calendar")
    assert page.status_code == 200
    assert "Office calendar 2026" in page.text
    assert "Thu, Mar 5, 2026" in page.text  # Issued today, due back then.
    assert "Set days apart" not in page.text
    for address in ("/calendar/days", "/calendar/rules", "/calendar/days/1/undo"):
        assert amaya.get(address).status_code == 403
    assert Visitor(app).get("/calendar").status_code == 302


def test_nothing_changes_before_it_was_shown(parts: Any, rosa: Visitor, loan: dict[str, Any]) -> None:
    preview = rosa.post("/calendar/days", STOCKTAKING, shown_at="/calendar/days")
    assert "1 open loan gets another due date" in preview.text
    assert loan["barcodes"][loan["general"]] in preview.text
    assert loan["barcodes"][loan["core"]] not in preview.text  # Not cleared: neither shown nor counted.
    assert "Mon, Mar 9, 2026" in preview.text
    assert due_dates(parts, loan) == (date(2026, 3, 5), date(2026, 3, 5))
    with parts.looking() as work:
        assert work.session.scalars(select(CalendarException)).all() == []


def test_days_are_set_apart_and_due_dates_follow(app: Any, parts: Any, rosa: Visitor, loan: dict[str, Any]) -> None:
    assert confirm(rosa, STOCKTAKING).status_code == 302
    assert due_dates(parts, loan) == (date(2026, 3, 9), date(2026, 3, 9))
    page = rosa.get("/calendar?year=2026").text
    assert "Closed by the office" in page
    assert "Stocktaking" in page
    assert "Rosa Records" in page
    with parts.looking() as work:
        entries = work.session.scalars(select(TrailEntry).where(TrailEntry.action == "loan:due_date")).all()
        assert {entry.subject for entry in entries} == {f"loans:{loan['general']}", f"loans:{loan['core']}"}
        for entry in entries:
            assert entry.details["due_on"] == {"old": "2026-03-05", "new": "2026-03-09"}
        change = work.session.scalars(select(TrailEntry).where(TrailEntry.action == "calendar:set")).one()
        assert change.details["open_days"] == {"old": 2, "new": 0}
    told = Visitor(app, loan["reader"]).get(f"/loans/{loan['general']}").text
    assert "Mar 9, 2026" in told


def test_an_exception_is_taken_back_and_stays_in_the_history(parts: Any, rosa: Visitor, loan: dict[str, Any]) -> None:
    confirm(rosa, STOCKTAKING)
    with parts.looking() as work:
        row_id = work.session.scalars(select(CalendarException.id)).one()
    address = f"/calendar/days/{row_id}/undo"
    assert "1 open loan gets another due date" in rosa.get(address).text
    assert rosa.post(address, {}, shown_at=address).status_code == 302
    assert due_dates(parts, loan) == (date(2026, 3, 5), date(2026, 3, 5))
    page = rosa.get("/calendar").text
    assert "Follow the week again" in page
    assert rosa.get(address).status_code == 404
    with parts.looking() as work:
        row = work.session.scalars(select(CalendarException)).one()
        assert row.undone_by_id == row.set_by_id
        assert [event.due_after.day for event in work.session.scalars(select(LoanEvent)) if event.loan_id == 1] == [
            9,
            5,
        ]


def test_a_form_sent_twice_acts_once(parts: Any, rosa: Visitor) -> None:
    preview = rosa.post("/calendar/days", STOCKTAKING, shown_at="/calendar/days")
    for _ in range(2):
        rosa.client.post("/calendar/days/confirm", data=hidden(preview.text), headers=rosa.headers)
    with parts.looking() as work:
        assert len(work.session.scalars(select(CalendarException)).all()) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"until_day": "2026-03-04"}, "The last day cannot be before the first."),
        ({"until_day": "2028-03-04"}, "At most 366 days at one time, please."),
        ({"reason": "   "}, "Please say why: everyone who looks at the calendar reads it."),
        ({"from_day": "yesterday"}, "Please correct the marked fields."),
        ({"office": "ajar"}, "Please correct the marked fields."),
        ({"reason": "x" * 121}, "Please correct the marked fields."),
    ],
)
def test_a_form_that_makes_no_sense_is_refused(rosa: Visitor, changes: dict[str, str], sentence: str) -> None:
    answer = rosa.post("/calendar/days", {**STOCKTAKING, **changes}, shown_at="/calendar/days")
    assert answer.status_code == 422
    assert sentence in answer.text


RULES = {
    "open_weekdays": ["0", "1", "2", "3", "4", "5"],
    "holiday_country": "CN",
    "loan_days_counted": "working",
    "closed_day_moves": "previous",
}


def test_the_rules_are_shown_changed_and_kept_in_the_history(parts: Any, rosa: Visitor, loan: dict[str, Any]) -> None:
    preview = rosa.post("/calendar/rules", {**RULES, "open_weekdays": ["0", "2", "4"]}, shown_at="/calendar/rules")
    assert preview.status_code == 200
    assert "Monday, Wednesday, Friday" in preview.text
    assert "None: only the week counts → China" in preview.text
    fields = {**hidden(preview.text), "open_weekdays": ["0", "2", "4"]}
    assert rosa.client.post("/calendar/rules/confirm", data=fields, headers=rosa.headers).status_code == 302
    # Wednesday the 4th, Friday the 6th, Monday the 9th: three days on which the office is open.
    assert due_dates(parts, loan) == (date(2026, 3, 9), date(2026, 3, 9))
    with parts.looking() as work:
        assert current_policy(work.session).open_weekdays == (0, 2, 4)
        changes = work.session.scalars(select(PolicyChange)).all()
        assert {row.name for row in changes} == set(RULES)
    page = rosa.get("/calendar").text
    assert "Spring Festival" in page
    assert "Make-up working day" in page
    assert "Rosa Records" in page


def test_rules_changed_meanwhile_are_not_overwritten(parts: Any, rosa: Visitor) -> None:
    stale = rosa.hidden_fields("/calendar/rules")
    first = rosa.post("/calendar/rules", RULES, shown_at="/calendar/rules")
    fields = {**hidden(first.text), "open_weekdays": RULES["open_weekdays"]}
    assert rosa.client.post("/calendar/rules/confirm", data=fields, headers=rosa.headers).status_code == 302
    late = rosa.client.post("/calendar/rules", data={**stale, **RULES, "holiday_country": "ES"}, headers=rosa.headers)
    assert late.status_code == 409
    assert "Somebody else changed the rules while you were editing." in late.text
    with parts.looking() as work:
        assert current_policy(work.session).holiday_country == "CN"


@pytest.mark.parametrize(
    "changes", [{"open_weekdays": []}, {"holiday_country": "XX"}, {"loan_days_counted": "x"}, {"open_weekdays": ["7"]}]
)
def test_rules_that_make_no_sense_are_refused(parts: Any, rosa: Visitor, changes: dict[str, Any]) -> None:
    assert rosa.post("/calendar/rules", {**RULES, **changes}, shown_at="/calendar/rules").status_code == 422
    with parts.looking() as work:
        assert work.session.scalars(select(PolicyValue)).all() == []


def test_rules_already_in_force_change_nothing(rosa: Visitor) -> None:
    same = {"open_weekdays": ["0", "1", "2", "3", "4"], "holiday_country": "", "loan_days_counted": "calendar"}
    answer = rosa.post("/calendar/rules", {**same, "closed_day_moves": "next"}, shown_at="/calendar/rules")
    assert answer.status_code == 409
    assert "These rules are in force already" in answer.text


def test_a_year_without_data_warns_who_looks(app: Any, parts: Any, clock: Any, rosa: Visitor) -> None:
    with parts.writing() as portal:
        portal.session.add(PolicyValue(name="holiday_country", value="CN"))
    assert "are not known yet" not in rosa.get("/calendar?year=2026").text
    clock.put(datetime(2030, 12, 20, tzinfo=UTC))
    rosa = Visitor(app, "rosa")
    assert "The public holidays of 2031 are not known yet." in rosa.get("/").text
    assert "are not known yet" not in Visitor(app, "amaya").get("/").text
    assert "The public holidays of 2031 are not known yet." in rosa.get("/calendar?year=2031").text
    assert rosa.get("/calendar?year=9999").status_code == 404


@pytest.mark.parametrize(
    ("language", "words"),
    [("es", "marzo de 2026"), ("zh", "2026年3月")],
)
def test_months_are_named_in_the_readers_language(app: Any, loan: dict[str, Any], language: str, words: str) -> None:
    visitor = Visitor(app, "amaya")
    visitor.post("/language", {"language": language}, shown_at="/calendar")
    assert words in visitor.get("/calendar").text


def test_a_stored_value_that_makes_no_sense_is_named(parts: Any, rosa: Visitor) -> None:
    with parts.writing() as portal:
        portal.session.add(PolicyValue(name="loan_days", value="three"))
    answer = rosa.get("/calendar")
    assert answer.status_code == 500
    assert "loan_days" in answer.text
    assert "it has to be a whole number from 1 to 366." in answer.text


def test_a_command_has_open_loans_follow_newer_data(app: Any, parts: Any, loan: dict[str, Any]) -> None:
    with parts.writing() as portal:
        thursday = date(2026, 3, 5)
        portal.session.add(CalendarException(from_day=thursday, until_day=thursday, is_open=False))
    answer = app.test_cli_runner().invoke(args=["lending", "due-dates"])
    assert answer.output == "2 open loans have another due date now.\n"
    assert due_dates(parts, loan) == (date(2026, 3, 6), date(2026, 3, 6))
    assert app.test_cli_runner().invoke(args=["lending", "due-dates"]).output.startswith("0 open loans")


def test_the_desk_says_before_the_issue_when_a_file_is_due(app: Any, parts: Any, clock: Any, rosa: Visitor) -> None:
    clock.advance(days=4)  # Friday, 6 March.
    rosa = Visitor(app, "rosa")
    assert "A volume issued today is due back on Mon, Mar 9, 2026" in rosa.get("/desk").text
    with parts.writing() as portal:
        portal.session.add(PolicyValue(name="loan_days_counted", value="working"))
    assert "A volume issued today is due back on Wed, Mar 11, 2026" in rosa.get("/desk").text
