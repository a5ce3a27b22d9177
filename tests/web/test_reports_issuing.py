"""Reports at the browser: each step by whoever may take it, and nothing shown to anybody else."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, select

from portal.accounts.models import Person
from portal.core.permissions import Level
from portal.core.trail import TrailEntry
from portal.documents.checking import ORPHAN_AFTER, check_archive
from portal.reports.models.issued import Report, ReportFetch
from portal.reports.services.distributing import add_recipients
from portal.reports.services.issuing import issue_report
from portal.reports.services.preparing import submit_report
from portal.reports.services.reviewing import approve_report, send_report_back
from portal.reports.states import ReportState
from portal.reports.statistics.counted import Audience
from tests.unit.reports.issuing_world import Office, make_office
from tests.web.visitor import Visitor

FEBRUARY = "kind=month&on=2026-02-01&audience=everyone"
NEW = f"/reports/new?{FEBRUARY}"
LOGINS = ("cle", "man", "kee", "dir", "rea")
"""Clerk, manager, records manager, general manager, employee."""


@pytest.fixture
def at_work(parts: Any) -> Callable[[Callable[[Office], Any]], Any]:
    """`at_work(act)` lets the office act in a transaction of its own; the first time the people are made."""

    def do(act: Callable[[Office], Any]) -> Any:
        with parts.writing() as work:
            found = work.session.scalars(select(Person).where(Person.login.in_(LOGINS)))
            people = {person.login: person for person in found}

            def work_as(actor: Any) -> Any:
                return parts.unit(work.session, actor)

            if people:
                five = [people[login] for login in LOGINS]
                office = Office(work.session, work_as, parts.store, *five)
            else:
                office = make_office(work.session, work_as, parts.store)
            return act(office)

    return do


@pytest.fixture
def people(app: Any, at_work: Any) -> dict[str, Visitor]:
    """Everybody's browser, by log-in name."""
    at_work(lambda office: None)
    return {login: Visitor(app, login) for login in LOGINS}


def step(visitor: Visitor, report_id: int, action: str, **data: Any) -> Any:
    shown_at = f"/reports/{report_id}"
    return visitor.post(f"{shown_at}/{action}", data, shown_at=shown_at, action=f"{shown_at}/{action}")


def state(parts: Any, report_id: int) -> ReportState:
    with parts.looking() as work:
        found: ReportState = work.session.get_one(Report, report_id).state
        return found


def test_a_report_from_the_statistics_page_to_whoever_receives_it(parts: Any, people: dict[str, Visitor]) -> None:
    clerk, keeper, director, reader = (people[login] for login in ("cle", "kee", "dir", "rea"))
    assert "/reports/new?" in clerk.get(f"/reports/statistics?{FEBRUARY}").text
    answer = clerk.post(NEW, {"title": "", "language": "es"}, shown_at=NEW, action=NEW)
    assert answer.status_code == 302
    report_id = int(answer.location.rpartition("/")[2])
    assert step(clerk, report_id, "submit").status_code == 302
    assert "A report waits for your review" in keeper.get("/inbox").text
    without = step(keeper, report_id, "send-back", remark=" ")
    assert without.status_code == 422
    assert "Please say what is to be changed." in without.text
    assert step(keeper, report_id, "send-back", remark="Which <b>month</b>?").status_code == 302
    page = clerk.get(f"/reports/{report_id}").text
    assert "Which &lt;b&gt;month&lt;/b&gt;?" in page
    assert step(clerk, report_id, "submit").status_code == 302
    assert step(keeper, report_id, "approve").status_code == 302
    with parts.looking() as work:
        reader_id = work.session.scalars(select(Person.id).where(Person.login == "rea")).one()
    assert step(keeper, report_id, "recipients", people=[reader_id]).status_code == 302
    assert reader.get(f"/reports/{report_id}").status_code == 404
    assert step(director, report_id, "issue").status_code == 302
    assert state(parts, report_id) == ReportState.ISSUED
    assert "R2026-0001" in reader.get("/reports").text
    assert "A report was issued for you" in reader.get("/inbox").text
    pdf = reader.get(f"/reports/{report_id}/files/pdf?language=es")
    assert pdf.status_code == 200
    assert pdf.data.startswith(b"%PDF")
    with parts.looking() as work:
        assert parts.store.open(work.session.get_one(Report, report_id).pdf_key or "").read() == pdf.data
        fetch = work.session.scalars(select(ReportFetch)).one()
        assert (fetch.person_id, fetch.file_format, fetch.language) == (reader_id, "pdf", "es")
    assert "What was done" not in reader.get(f"/reports/{report_id}").text
    assert "Rea Der" in keeper.get(f"/reports/{report_id}").text


def test_whoever_begins_a_report_is_told_of_those_of_the_same_period(people: dict[str, Visitor]) -> None:
    """A colleague's draft is not opened to them: that there is one, and whose, is enough not to do it twice."""
    clerk, manager, reader = (people[login] for login in ("cle", "man", "rea"))
    told = "There are reports of this period already."
    assert told not in manager.get(NEW).text
    answer = clerk.post(NEW, {"title": "My secret title", "language": "es"}, shown_at=NEW, action=NEW)
    page = manager.get(NEW).text
    assert told in page
    assert f'href="{answer.location}"' not in page
    assert "My secret title" not in page
    assert "Cle Rk" in page
    assert f'href="{answer.location}"' in clerk.get(NEW).text
    assert told not in manager.get("/reports/new?kind=month&on=2026-01-01&audience=everyone").text
    assert reader.get(NEW).status_code == 403
    assert step(clerk, int(answer.location.rpartition("/")[2]), "discard").status_code == 302
    assert told not in manager.get(NEW).text


def test_nobody_is_told_of_a_report_for_core_readers_without_being_one(
    people: dict[str, Visitor], at_work: Any
) -> None:
    def begin(office: Office) -> None:
        office.draft(audience=Audience.CORE)
        office.manager.clearance = Level.IMPORTANT

    at_work(begin)
    told = "There are reports of this period already."
    assert told in people["kee"].get(NEW.replace("everyone", "core")).text
    assert told not in people["kee"].get(NEW).text
    assert told not in people["man"].get(NEW.replace("everyone", "core")).text


def test_every_format_is_of_the_same_frozen_figures(people: dict[str, Visitor], at_work: Any) -> None:
    report_id = at_work(lambda office: office.issued(office.reader).id)
    reader = people["rea"]
    data = json.loads(reader.get(f"/reports/{report_id}/files/json").data)
    assert data["periods"]["this"] == {"kind": "month", "first": "2026-02-01", "last": "2026-02-28"}
    for file_format, begins in (("xlsx", b"PK"), ("csv", b"\xef\xbb\xbf"), ("pdf", b"%PDF")):
        for language in ("en", "es", "zh"):
            answer = reader.get(f"/reports/{report_id}/files/{file_format}?language={language}")
            assert answer.data.startswith(begins), (file_format, language)
            assert f"R2026-0001-{language}.{file_format}" in answer.headers["Content-Disposition"]
    assert reader.get(f"/reports/{report_id}/figures").status_code == 200
    for nothing in ("doc", "pdf?language=fr"):
        assert reader.get(f"/reports/{report_id}/files/{nothing}").status_code == 404


FORMS = (
    *("change", "submit", "discard", "take-back", "hand-on"),
    *("approve", "send-back", "issue", "withdraw", "successor"),
)


def test_whoever_may_not_see_a_report_may_do_nothing_with_it(
    parts: Any, people: dict[str, Visitor], at_work: Any
) -> None:
    ids = at_work(lambda office: [office.draft().id, office.submitted().id, office.reviewed().id])
    pages = ("", "/figures", "/files/pdf", "/files/json", "/issued.pdf")
    for report_id in ids:
        for visitor in (people["rea"], people["man"]):
            statuses = {visitor.get(f"/reports/{report_id}{page}").status_code for page in pages}
            assert statuses <= {403, 404}
            for form in FORMS:
                hidden = visitor.hidden_fields("/account")
                data = {**hidden, "row_version": "1", "once": "x" * 20, "remark": "No", "person_id": "1"}
                answer = visitor.client.post(f"/reports/{report_id}/{form}", data=data)
                assert answer.status_code in (403, 404, 422), form
    assert [state(parts, report_id).value for report_id in ids] == ["draft", "in_review", "reviewed"]


def test_a_core_report_is_nowhere_for_those_without_clearance(
    parts: Any, people: dict[str, Visitor], at_work: Any
) -> None:
    report_id = at_work(lambda office: office.issued(office.manager, office.clerk, audience=Audience.CORE).id)
    everyone_id = at_work(lambda office: office.issued(office.manager).id)
    assert people["man"].get(f"/reports/{report_id}").status_code == 200

    def lower(office: Office) -> None:
        office.manager.clearance = office.clerk.clearance = Level.IMPORTANT

    at_work(lower)
    for login in ("man", "cle"):
        visitor = people[login]
        for page in ("", "/figures", "/files/pdf", "/issued.pdf"):
            assert visitor.get(f"/reports/{report_id}{page}").status_code == 404
        for page in ("/", "/inbox", "/reports", f"/reports/{everyone_id}"):
            assert "RC2026" not in visitor.get(page).text, page
        assert "1 in all" in visitor.get("/reports").text
    assert "R2026-0001" in people["man"].get("/reports").text
    with parts.looking() as work:
        subjects = set(work.session.scalars(select(TrailEntry.subject).where(TrailEntry.action.like("report:%"))))
    assert subjects == {f"core_reports:{report_id}", f"reports:{everyone_id}"}


def test_the_trail_shows_core_reports_to_cleared_people_only(people: dict[str, Visitor], at_work: Any) -> None:
    at_work(lambda office: office.issued(audience=Audience.CORE).id)
    assert "RC2026-0001" in people["kee"].get("/audit").text

    def lower(office: Office) -> None:
        office.keeper.clearance = Level.IMPORTANT

    at_work(lower)
    page = people["kee"].get("/audit").text
    assert "RC2026-0001" not in page
    assert "Report issued" not in page


def test_a_period_that_is_not_over_says_when_its_report_can_be_sent(people: dict[str, Visitor]) -> None:
    address = "/reports/new?kind=month&on=2026-03-01&audience=everyone"
    answer = people["cle"].post(address, {"title": "", "language": "en"}, shown_at=address, action=address)
    page = people["cle"].get(answer.location).text
    assert "The period ends on Mar 31, 2026" in page
    assert "/submit" not in page
    ahead = "/reports/new?kind=month&on=2026-04-01&audience=everyone"
    refused = people["cle"].post(ahead, {"title": "", "language": "en"}, shown_at=ahead, action=ahead)
    assert refused.status_code == 422
    assert "The period has not begun yet." in refused.text


def test_a_form_over_an_older_state_is_answered_on_the_page(
    parts: Any, people: dict[str, Visitor], at_work: Any
) -> None:
    report_id = at_work(lambda office: office.draft().id)
    clerk, shown_at = people["cle"], f"/reports/{report_id}"
    fields = clerk.hidden_fields(shown_at, f"{shown_at}/submit")
    assert step(clerk, report_id, "change", title="February", language="en").status_code == 302
    answer = clerk.client.post(f"{shown_at}/submit", data=fields)
    assert answer.status_code == 409
    assert "Someone else changed this" in answer.text
    assert state(parts, report_id) == ReportState.DRAFT


def test_a_button_pressed_twice_acts_once(parts: Any, people: dict[str, Visitor], at_work: Any) -> None:
    report_id = at_work(lambda office: office.reviewed().id)
    director, shown_at = people["dir"], f"/reports/{report_id}"
    fields = director.hidden_fields(shown_at, f"{shown_at}/issue")
    answers = [director.client.post(f"{shown_at}/issue", data=fields) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    with parts.looking() as work:
        assert work.session.scalars(select(Report.number)).all() == ["R2026-0001"]


def test_a_withdrawn_report_is_marked_and_its_original_is_for_reviewers(
    people: dict[str, Visitor], at_work: Any
) -> None:
    report_id = at_work(lambda office: office.issued(office.reader).id)
    before = people["rea"].get(f"/reports/{report_id}/files/pdf?language=en").data
    assert step(people["dir"], report_id, "withdraw", remark="Counted twice", successor_id="0").status_code == 302
    page = people["rea"].get(f"/reports/{report_id}").text
    assert "This report is withdrawn" in page
    assert "Counted twice" in page
    after = people["rea"].get(f"/reports/{report_id}/files/pdf?language=en").data
    assert after != before
    assert people["rea"].get(f"/reports/{report_id}/issued.pdf").status_code == 403
    assert people["kee"].get(f"/reports/{report_id}/issued.pdf").data == before


def test_a_damaged_file_is_an_error_that_says_what_to_do(people: dict[str, Visitor], parts: Any, at_work: Any) -> None:
    report_id = at_work(lambda office: office.issued(office.reader).id)
    with parts.looking() as work:
        parts.store.remove(work.session.get_one(Report, report_id).pdf_key)
    answer = people["rea"].get(f"/reports/{report_id}/files/pdf?language=en")
    assert answer.status_code == 500
    assert "flask archive check" in answer.text
    with parts.looking() as work:
        assert work.session.scalar(select(ReportFetch.id)) is None


def test_a_report_whose_data_are_lost_can_still_be_withdrawn(
    people: dict[str, Visitor], parts: Any, at_work: Any
) -> None:
    report_id = at_work(lambda office: office.issued(office.reader).id)
    with parts.looking() as work:
        parts.store.remove(work.session.get_one(Report, report_id).data_key)
    page = people["dir"].get(f"/reports/{report_id}")
    assert page.status_code == 200
    assert "flask archive check" in page.text
    assert step(people["dir"], report_id, "withdraw", remark="Damaged", successor_id="0").status_code == 302
    assert state(parts, report_id) == ReportState.WITHDRAWN


def test_the_distribution_list_and_the_remarks_are_not_for_every_clerk(
    people: dict[str, Visitor], at_work: Any
) -> None:
    def made(office: Office) -> int:
        report = office.submitted()
        send_report_back(office.work(office.keeper), report.id, report.row_version, "Ask Sales again")
        report = submit_report(office.work(office.clerk), office.store, report.id, report.row_version)
        approve_report(office.work(office.keeper), report.id, report.row_version)
        add_recipients(office.work(office.keeper), report.id, [office.reader.id])
        return issue_report(office.work(office.director), office.store, report.id, report.row_version).id

    report_id = at_work(made)
    for login, inside in (("cle", True), ("kee", True), ("dir", True), ("man", False), ("rea", False)):
        page = people[login].get(f"/reports/{report_id}").text
        assert "R2026-0001" in page
        assert ("Ask Sales again" in page, "Distribution list" in page) == (inside, inside), login


def test_whoever_reads_the_figures_on_the_screen_is_noted(people: dict[str, Visitor], parts: Any, at_work: Any) -> None:
    report_id = at_work(lambda office: office.issued(office.reader).id)
    assert people["rea"].get(f"/reports/{report_id}/figures").status_code == 200
    with parts.looking() as work:
        assert work.session.scalars(select(ReportFetch.file_format)).all() == ["page"]
        assert work.session.scalar(select(TrailEntry.id).where(TrailEntry.action == "report:look")) is not None
    assert "On the screen" in people["kee"].get(f"/reports/{report_id}").text


def test_nobody_whose_downloads_are_stopped_is_given_a_file(people: dict[str, Visitor], at_work: Any) -> None:
    report_id = at_work(lambda office: office.issued(office.reader).id)

    def stop(office: Office) -> None:
        office.reader.downloads_stopped = True

    at_work(stop)
    for file_format in ("pdf", "xlsx", "csv", "json"):
        assert people["rea"].get(f"/reports/{report_id}/files/{file_format}").status_code == 403


def test_the_archive_check_keeps_what_reports_keep(parts: Any, at_work: Any, clock: Any) -> None:
    report_id = at_work(lambda office: office.issued().id)
    assert date(2026, 3, 2) == clock.now().date()
    with parts.looking() as work:
        report = work.session.get_one(Report, report_id)
        assert {report.pdf_key, report.data_key} <= parts.kept_contents(work.session, work.now)
    clock.advance(seconds=ORPHAN_AFTER.total_seconds() * 1000)
    found = check_archive(parts)
    assert found.orphans == []
    assert found.sound


@pytest.mark.parametrize("path", ["/reports", "/reports/{id}"])
def test_the_pages_ask_the_database_little(people: dict[str, Visitor], parts: Any, at_work: Any, path: str) -> None:
    ids = at_work(lambda office: [office.issued(office.reader, office.clerk).id for _ in range(3)])
    asked = 0

    def count(*_: Any) -> None:
        nonlocal asked
        asked += 1

    engine = parts.new_session().get_bind()
    people["dir"].get(path.format(id=ids[0]))
    event.listen(engine, "before_cursor_execute", count)
    try:
        assert people["dir"].get(path.format(id=ids[0])).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert asked <= 15
