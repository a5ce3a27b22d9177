"""Nobody waits while a report is counted or its pages are set; and its figures are all of one moment."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.core.permissions import Role
from portal.core.trail import TrailEntry
from portal.database import begin_writing
from portal.reports.models.issued import Report, ReportStep
from portal.reports.queries.declaring import Rows, Scope
from portal.reports.queries.sections import SECTIONS, figure_named
from portal.reports.services import counting
from portal.reports.services.contents import CONTENTS
from portal.reports.services.issuing import withdraw_report
from portal.reports.states import ReportAction, ReportKind, ReportState
from portal.reports.statistics.storing import checksum, read
from tests.factories import make_dossier, make_person
from tests.unit.reports.issuing_world import Office, make_office
from tests.web.visitor import Visitor

MARCH = "kind=month&on=2026-03-01"


@pytest.fixture
def open_dossier(engine: Any) -> Callable[[], None]:
    """Somebody else opens a dossier, over a connection of their own; who may not write does not wait long."""
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def impatient(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA busy_timeout = 200")

    def act() -> None:
        with Session(engine) as session:
            begin_writing(session)
            make_dossier(session, session.scalars(select(Person).order_by(Person.id)).first())
            session.commit()

    return act


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch, open_dossier: Callable[[], None]) -> list[str]:
    """Two figures that count the same, and between them somebody opens a dossier. Who did it stands in the list."""
    held = figure_named("dossiers-held")
    assert held is not None
    written: list[str] = []

    def rows(scope: Scope) -> Rows:
        if not written:
            open_dossier()
            written.append("a dossier")
        found: Rows = held.rows(scope)
        return found

    figures = [replace(held, by=(), crossed=()), replace(held, name="held-again", rows=rows, by=(), crossed=())]
    monkeypatch.setattr(counting, "SECTIONS", (replace(SECTIONS[0], figures=figures),))
    return written


@pytest.fixture
def clerk(app: Any, parts: Any) -> Visitor:
    """A clerk, and a dossier."""
    with parts.writing() as work:
        make_dossier(work.session, make_person(work.session, None, Role.CLERK, login="clerk"))
    return Visitor(app, "clerk")


@pytest.fixture
def office(parts: Any, app: Any) -> Callable[[Callable[[Office], Any]], Any]:
    """`office(act)`: the people around a report act in a transaction of their own; made at the first time."""

    def do(act: Callable[[Office], Any]) -> Any:
        with parts.writing() as work:
            logins = ("cle", "man", "kee", "dir", "rea")
            there = {one.login: one for one in work.session.scalars(select(Person).where(Person.login.in_(logins)))}

            def work_as(actor: Any) -> Any:
                return parts.unit(work.session, actor)

            if there:
                return act(Office(work.session, work_as, parts.store, *(there[login] for login in logins)))
            return act(make_office(work.session, work_as, parts.store))

    return do


def while_made(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object], *, counting_too: bool = False) -> None:
    """Have `act` happen while a report's file is made, and instead of the pages a line; or while it is counted."""
    real = CONTENTS[ReportKind.STATISTICS]

    def pdf(*_given: Any) -> bytes:
        act()
        return b"%PDF"

    def file(*given: Any) -> bytes:
        act()
        return real.file(*given)

    def frozen(work: Any, report: Report) -> bytes:
        data = real.frozen(work, report)
        act()
        return data

    changed = replace(real, frozen=frozen) if counting_too else replace(real, pdf=pdf, file=file)
    monkeypatch.setitem(CONTENTS, ReportKind.STATISTICS, changed)


@pytest.mark.parametrize("ending", ["pdf", "xlsx", "csv", "json"])
def test_others_write_while_statistics_are_counted(clerk: Visitor, counted: list[str], parts: Any, ending: str) -> None:
    assert clerk.get(f"/reports/statistics.{ending}?{MARCH}").status_code == 200
    assert counted
    with parts.looking() as work:
        assert work.session.scalars(select(TrailEntry).where(TrailEntry.action == "report:print")).one()


def test_the_figures_of_a_file_are_of_one_moment(clerk: Visitor, counted: list[str]) -> None:
    for held in (1, 2):
        statistics = read(clerk.get(f"/reports/statistics.json?{MARCH}").data)
        assert [figure.total.this for figure in statistics.figures()] == [held, held]
        assert counted


def test_the_figures_of_the_page_are_of_one_moment(
    clerk: Visitor, counted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []

    def count(*given: Any, **named: Any) -> Any:
        found.append(counting.count(*given, **named))
        return found[-1]

    monkeypatch.setattr("portal.reports.routes.statistics.count", count)
    assert clerk.get(f"/reports/statistics?{MARCH}").status_code == 200
    assert counted
    assert [figure.total.this for figure in found[0].figures()] == [1, 1]


def test_others_write_while_the_command_counts(clerk: Visitor, counted: list[str], app: Any, tmp_path: Path) -> None:
    output = tmp_path / "march.pdf"
    days = ["--from", "2026-03-01", "--to", "2026-03-31"]
    arguments = ["reports", "make", "statistics", "--as", "clerk", *days, "-o", str(output)]
    result = app.test_cli_runner().invoke(args=arguments)
    assert result.exit_code == 0, result.output
    assert counted
    assert output.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("ending", ["pdf", "xlsx", "csv"])
def test_others_write_while_the_file_of_a_report_is_made(
    office: Any, open_dossier: Any, app: Any, parts: Any, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    report_id = office(lambda people: people.submitted().id)
    while_made(monkeypatch, open_dossier)
    answer = Visitor(app, "kee").get(f"/reports/{report_id}/files/{ending}?language=en")
    assert answer.status_code == 200
    assert f'filename="report-{report_id}-in-review-en.{ending}"' in answer.headers["Content-Disposition"]
    with parts.looking() as work:
        assert work.session.scalars(select(TrailEntry).where(TrailEntry.action == "report:fetch")).one()


def test_who_may_not_see_the_report_any_more_when_it_is_made_is_not_given_it(
    office: Any, app: Any, parts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    report_id = office(lambda people: people.issued(people.reader).id)

    def take_off() -> None:
        with parts.writing() as work:
            work.session.get_one(Report, report_id).recipients[0].removed_at = work.now

    while_made(monkeypatch, take_off)
    answer = Visitor(app, "rea").get(f"/reports/{report_id}/files/pdf?language=es")
    assert answer.status_code == 404
    with parts.looking() as work:
        assert not work.session.scalars(select(TrailEntry).where(TrailEntry.action == "report:fetch")).all()


def test_others_write_while_a_report_is_sent_for_review(office: Any, counted: list[str], app: Any, parts: Any) -> None:
    report_id = office(lambda people: people.draft().id)
    shown_at = f"/reports/{report_id}"
    clerk = Visitor(app, "cle")
    fields = clerk.hidden_fields(shown_at, f"{shown_at}/submit")
    first, second = (clerk.client.post(f"{shown_at}/submit", data=fields) for _ in range(2))
    assert (first.status_code, first.location) == (second.status_code, second.location) == (302, shown_at)
    assert counted
    assert "This had already been done" in clerk.get(shown_at).text
    with parts.looking() as work:
        report = work.session.get_one(Report, report_id)
        assert report.state == ReportState.IN_REVIEW
        with parts.store.open(report.data_key) as kept:
            totals = [figure.total.this for figure in read(kept.read()).figures()]
        assert totals[0] == totals[1]


def test_a_form_sent_again_while_the_first_one_counts_acts_once(
    office: Any, app: Any, parts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    report_id = office(lambda people: people.draft().id)
    shown_at = f"/reports/{report_id}"
    one, other = Visitor(app, "cle"), Visitor(app, "cle")
    fields, again = (visitor.hidden_fields(shown_at, f"{shown_at}/submit") for visitor in (one, other))
    answers: list[Any] = []

    def send_again() -> None:
        if not answers:
            answers.append(None)
            answers[0] = other.client.post(f"{shown_at}/submit", data={**again, "once": fields["once"]})

    while_made(monkeypatch, send_again, counting_too=True)
    answer = one.client.post(f"{shown_at}/submit", data=fields)
    assert (answer.status_code, answer.location) == (302, shown_at)
    assert (answers[0].status_code, answers[0].location) == (302, shown_at)
    assert "This had already been done" in one.get(shown_at).text
    with parts.looking() as work:
        steps = select(ReportStep).where(ReportStep.report_id == report_id, ReportStep.action == ReportAction.SUBMIT)
        assert len(work.session.scalars(steps).all()) == 1


def test_the_name_of_a_file_says_that_it_is_withdrawn(office: Any, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    while_made(monkeypatch, lambda: None)
    report_id = office(lambda people: people.issued(title="The month").id)
    keeper = Visitor(app, "kee")

    def named(address: str) -> str:
        answer = keeper.get(f"/reports/{report_id}/{address}")
        assert answer.status_code == 200
        return str(answer.headers["Content-Disposition"]).partition("filename=")[2].strip('"')

    assert named("files/xlsx?language=en") == "R2026-0001-en.xlsx"
    office(
        lambda people: withdraw_report(
            people.work(people.director),
            report_id,
            people.session.get_one(Report, report_id).row_version,
            "A loan was counted twice.",
        )
    )
    assert named("files/xlsx?language=en") == "R2026-0001-withdrawn-en.xlsx"
    assert named("files/pdf?language=en") == "R2026-0001-withdrawn-en.pdf"
    assert named("issued.pdf") == "R2026-0001-withdrawn-as-issued-en.pdf"
    table = keeper.get(f"/reports/{report_id}/files/csv?language=en").data.decode("utf-8-sig")
    assert "State,,,,Withdrawn,,,," in table
    assert "Report number,,,,R2026-0001,,,," in table
    assert "Title,,,,The month,,,," in table


def test_the_checksum_in_a_file_is_of_the_data_that_are_kept(
    office: Any, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept may have been written by an older portal, in bytes that this one would not write."""
    real = CONTENTS[ReportKind.STATISTICS]

    def frozen(work: Any, report: Report) -> bytes:
        return json.dumps(json.loads(real.frozen(work, report)), indent=1).encode()

    monkeypatch.setitem(CONTENTS, ReportKind.STATISTICS, replace(real, frozen=frozen))
    report_id = office(lambda people: people.submitted().id)
    keeper = Visitor(app, "kee")
    data = keeper.get(f"/reports/{report_id}/files/json").data
    table = keeper.get(f"/reports/{report_id}/files/csv?language=en").data.decode("utf-8-sig")
    assert f"Checksum of the data (SHA-256),,,,{checksum(data)},,,," in table
