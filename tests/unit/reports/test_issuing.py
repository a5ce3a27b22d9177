"""From draft to issue: frozen, signed by three people, numbered, kept, withdrawn (R16)."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from archive_store.filesystem import FilesystemStore
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted, StaleVersion
from portal.core.permissions import Level
from portal.home.inbox import inbox_page, target_of
from portal.notices.kinds import NoticeKind
from portal.notices.models import Notice
from portal.reports.models.issued import Report, ReportFetch, ReportStep
from portal.reports.queries.issued import (
    ReportFilter,
    fetched_by,
    kept_contents,
    report_for,
    reports,
    signers,
    waiting_reports,
    years_of_issue,
)
from portal.reports.services.distributing import add_recipients, record_fetch, remove_recipient
from portal.reports.services.issuing import issue_report, name_successor, withdraw_report
from portal.reports.services.loading import NobodyLeavingSigns
from portal.reports.services.preparing import (
    change_draft,
    discard_report,
    hand_report_on,
    submit_report,
    take_report_back,
)
from portal.reports.services.rendering import DamagedReport, kept_file, report_data, report_pdf
from portal.reports.services.reviewing import approve_report, send_report_back
from portal.reports.states import REPORT, REPORT_ACTION_NAMES, REPORT_STATE_NAMES, ReportAction, ReportState
from portal.reports.statistics.counted import Audience
from portal.reports.statistics.storing import read
from tests.factories import actor, make_dossier
from tests.unit.reports.issuing_world import MARCH, Office, make_office


@pytest.fixture
def store(tmp_path: Path) -> FilesystemStore:
    return FilesystemStore(tmp_path / "files")


@pytest.fixture
def office(session: Any, work_as: Any, store: Any, light_figures: None) -> Office:
    return make_office(session, work_as, store)


def told(office: Office, kind: NoticeKind) -> list[int]:
    return sorted(office.session.scalars(select(Notice.person_id).where(Notice.kind == kind)))


def dossiers_held(office: Office, report: Report) -> int | None:
    work = office.work(office.keeper)
    return read(report_data(work, office.store, report)).figure("dossiers-held").total.this


def test_the_table_of_states_leads_from_a_draft_to_issue_and_nowhere_back_from_there() -> None:
    kept = {ReportState.ISSUED, ReportState.WITHDRAWN}
    assert {after for (state, _), (after, _) in REPORT.items() if state in kept} <= kept
    assert {state for (state, _) in REPORT} | {ReportState.DISCARDED} == set(ReportState)
    assert {after for after, _ in REPORT.values()} == set(ReportState)
    assert {action for _, action in REPORT} | {ReportAction.PREPARE} == set(ReportAction)
    assert REPORT_STATE_NAMES.keys() == set(ReportState)
    assert REPORT_ACTION_NAMES.keys() == set(ReportAction)


def test_the_way_of_a_report(office: Office) -> None:
    report = office.issued(office.reader)
    assert report.number == "R2026-0001"
    assert (report.submitted_by, report.reviewed_by, report.issued_by) == (
        office.clerk,
        office.keeper,
        office.director,
    )
    assert hashlib.sha256(kept_file(office.store, report.pdf_key)).hexdigest() == report.pdf_key
    assert read(kept_file(office.store, report.data_key)).periods.this == report.period
    office.session.expire_all()
    assert [step.action.value for step in report.steps] == ["prepare", "submit", "approve", "issue"]
    assert told(office, NoticeKind.REPORT_TO_REVIEW) == [office.keeper.id]
    assert told(office, NoticeKind.REPORT_TO_ISSUE) == [office.director.id]
    assert told(office, NoticeKind.REPORT_ISSUED) == [office.reader.id]
    assert {report.data_key, report.pdf_key} <= kept_contents(office.session)


def test_what_is_frozen_stays_when_the_archive_goes_on(office: Office) -> None:
    report = office.submitted()
    before = dossiers_held(office, report)
    make_dossier(office.session, office.clerk)
    assert dossiers_held(office, report) == before == 0
    approve_report(office.work(office.keeper), report.id, report.row_version)
    issue_report(office.work(office.director), office.store, report.id, report.row_version)
    pdf = kept_file(office.store, report.pdf_key)
    make_dossier(office.session, office.clerk)
    assert dossiers_held(office, report) == 0
    assert report_pdf(office.work(office.reader), office.store, report, "en") == pdf


def test_what_is_sent_back_counts_anew_and_what_was_frozen_stays_in_its_history(office: Office) -> None:
    report = office.submitted()
    first = report.data_key
    make_dossier(office.session, office.clerk)
    send_report_back(office.work(office.keeper), report.id, report.row_version, "Which month is this?")
    assert (report.state, report.data_key, report.submitted_by) == (ReportState.DRAFT, None, None)
    assert dossiers_held(office, report) == 1
    assert told(office, NoticeKind.REPORT_RETURNED) == [office.clerk.id]
    submit_report(office.work(office.clerk), office.store, report.id, report.row_version)
    assert report.data_key != first
    assert {first, report.data_key} <= kept_contents(office.session)
    assert len(told(office, NoticeKind.REPORT_TO_REVIEW)) == 2
    remarks = [step.remark.content for step in report.steps if step.remark]
    assert remarks == ["Which month is this?"]


def test_remarks_are_asked_for(office: Office) -> None:
    report = office.submitted()
    for nothing in ("", "  ", "x" * 501):
        with pytest.raises(Invalid) as error:
            send_report_back(office.work(office.keeper), report.id, report.row_version, nothing)
        assert set(error.value.fields) == {"remark"}
    assert report.state == ReportState.IN_REVIEW


def test_the_report_of_a_period_that_is_not_over_is_not_sent(office: Office, clock: Any) -> None:
    report = office.draft(period=MARCH)
    with pytest.raises(Invalid, match="2026-03-31"):
        submit_report(office.work(office.clerk), office.store, report.id, report.row_version)
    clock.advance(days=29)
    with pytest.raises(Invalid):  # The last day of March is not over yet.
        submit_report(office.work(office.clerk), office.store, report.id, report.row_version)
    clock.advance(days=1)
    assert submit_report(office.work(office.clerk), office.store, report.id, report.row_version).data_key


def test_nobody_signs_twice_and_nobody_signs_what_they_prepared(office: Office) -> None:
    own = office.submitted(by=office.keeper)
    with pytest.raises(NotPermitted):
        approve_report(office.work(office.keeper), own.id, own.row_version)
    assert list(signers(office.session, own)) == []
    take_report_back(office.work(office.keeper), own.id, own.row_version)
    hand_report_on(office.work(office.keeper), own.id, own.row_version, office.clerk.id)
    submit_report(office.work(office.clerk), office.store, own.id, own.row_version)
    with pytest.raises(NotPermitted):  # They have begun it, and handed it on.
        approve_report(office.work(office.keeper), own.id, own.row_version)
    directors = office.submitted(by=office.director)
    approve_report(office.work(office.keeper), directors.id, directors.row_version)
    with pytest.raises(NotPermitted):
        issue_report(office.work(office.director), office.store, directors.id, directors.row_version)


@pytest.mark.parametrize("login", ["clerk", "manager", "reader"])
def test_only_the_records_manager_reviews_and_only_the_general_manager_issues(office: Office, login: str) -> None:
    person = getattr(office, login)
    waits = office.submitted()
    with pytest.raises(NotPermitted):
        approve_report(office.work(person), waits.id, waits.row_version)
    with pytest.raises(NotPermitted):
        approve_report(office.work(office.director), waits.id, waits.row_version)
    reviewed = office.reviewed()
    for nobody in (person, office.keeper):
        with pytest.raises(NotPermitted):
            issue_report(office.work(nobody), office.store, reviewed.id, reviewed.row_version)


def test_whoever_leaves_signs_nothing(office: Office, clock: Any) -> None:
    draft, waits, reviewed = office.draft(), office.submitted(), office.reviewed()
    for person in (office.clerk, office.keeper, office.director):
        person.leaving_on = clock.now().date()
    office.session.flush()
    with pytest.raises(NobodyLeavingSigns):
        submit_report(office.work(office.clerk), office.store, draft.id, draft.row_version)
    with pytest.raises(NobodyLeavingSigns):
        approve_report(office.work(office.keeper), waits.id, waits.row_version)
    with pytest.raises(NobodyLeavingSigns):
        issue_report(office.work(office.director), office.store, reviewed.id, reviewed.row_version)
    assert list(signers(office.session, waits)) == []


def test_a_form_over_an_older_state_changes_nothing(office: Office) -> None:
    report = office.draft()
    old = report.row_version
    change_draft(office.work(office.clerk), report.id, old, title="  February,  all ", language="zh")
    assert (report.title, report.language) == ("February, all", "zh")
    with pytest.raises(StaleVersion):
        submit_report(office.work(office.clerk), office.store, report.id, old)
    submit_report(office.work(office.clerk), office.store, report.id, report.row_version)
    with pytest.raises(Conflict):
        submit_report(office.work(office.clerk), office.store, report.id, report.row_version)
    with pytest.raises(Conflict):
        change_draft(office.work(office.clerk), report.id, report.row_version, title="", language="en")
    with pytest.raises(Conflict):
        discard_report(office.work(office.clerk), report.id, report.row_version)


def test_a_discarded_draft_is_kept_and_counted_nowhere(office: Office) -> None:
    report = office.draft()
    discard_report(office.work(office.clerk), report.id, report.row_version)
    clerk = actor(office.session, office.clerk)
    assert office.session.scalars(reports(clerk, ReportFilter())).all() == []
    assert office.session.scalars(reports(clerk, ReportFilter(ReportState.DISCARDED))).all() == [report]
    with pytest.raises(Conflict):
        report_data(office.work(office.clerk), office.store, report)


def test_withdrawn_reports_stay_and_name_their_successor(office: Office, clock: Any) -> None:
    old = office.issued(office.reader)
    clock.advance(minutes=1)
    new = office.issued()
    with pytest.raises(Invalid):
        withdraw_report(office.work(office.director), old.id, old.row_version, " ")
    with pytest.raises(Invalid):  # An earlier one takes nobody's place.
        withdraw_report(office.work(office.director), new.id, new.row_version, "Wrong", old.id)
    with pytest.raises(NotPermitted):
        withdraw_report(office.work(office.keeper), old.id, old.row_version, "Wrong")
    issued = report_pdf(office.work(office.reader), office.store, old, "en")
    withdraw_report(office.work(office.director), old.id, old.row_version, "A loan was counted twice.")
    assert told(office, NoticeKind.REPORT_WITHDRAWN) == sorted([office.reader.id, office.clerk.id, office.keeper.id])
    assert report_pdf(office.work(office.reader), office.store, old, "en") != issued
    assert kept_file(office.store, old.pdf_key) == issued
    name_successor(office.work(office.director), old.id, old.row_version, new.id)
    assert told(office, NoticeKind.REPORT_REPLACED) == [office.reader.id]
    with pytest.raises(Conflict):
        name_successor(office.work(office.director), old.id, old.row_version, new.id)
    with pytest.raises(Conflict):
        withdraw_report(office.work(office.director), old.id, old.row_version, "Again")


def test_numbers_have_no_gaps_and_core_reports_a_series_of_their_own(office: Office, clock: Any) -> None:
    numbers = [office.issued(audience=audience).number for audience in (*Audience, *Audience)]
    assert sorted(numbers) == ["R2026-0001", "R2026-0002", "RC2026-0001", "RC2026-0002"]
    clock.advance(days=366)
    assert office.issued().number == "R2027-0001"
    keeper = actor(office.session, office.keeper)
    assert years_of_issue(office.session, keeper) == [2027, 2026]
    of_2027 = office.session.scalars(reports(keeper, ReportFilter(year=2027))).all()
    assert [row.number for row in of_2027] == ["R2027-0001"]


def test_a_report_for_core_readers_is_unknown_to_all_others(office: Office, clock: Any) -> None:
    for person in (office.manager, office.reader):
        person.clearance = Level.IMPORTANT
    report = office.submitted(audience=Audience.CORE)
    with pytest.raises(Invalid):
        add_recipients(office.work(office.keeper), report.id, [office.reader.id])
    with pytest.raises(NotPermitted):
        office.draft(by=office.manager, audience=Audience.CORE)
    add_recipients(office.work(office.keeper), report.id, [office.manager.id, office.clerk.id][1:])
    approve_report(office.work(office.keeper), report.id, report.row_version)
    issue_report(office.work(office.director), office.store, report.id, report.row_version)
    manager = actor(office.session, office.manager)
    assert report_for(office.session, manager, report.id) is None
    assert office.session.scalars(reports(manager, ReportFilter())).all() == []
    assert years_of_issue(office.session, manager) == []
    with pytest.raises(NotFound):
        submit_report(office.work(office.manager), office.store, report.id, report.row_version)
    # Clearance that is taken away takes the report away too, and what was told of it.
    assert len(inbox_page(office.session, actor(office.session, office.clerk), 1, report.last)[1]) == 1
    office.clerk.clearance = Level.GENERAL
    clerk = actor(office.session, office.clerk)
    assert report_for(office.session, clerk, report.id) is None
    assert inbox_page(office.session, clerk, 1, report.last)[1] == []


def test_recipients_see_what_was_sent_to_them_and_nothing_else(office: Office) -> None:
    office.issued()
    draft, sent = office.draft(), office.reviewed()
    add_recipients(office.work(office.keeper), sent.id, [office.reader.id])
    add_recipients(office.work(office.keeper), draft.id, [office.reader.id])
    reader = actor(office.session, office.reader)
    assert office.session.scalars(reports(reader, ReportFilter())).all() == []
    issue_report(office.work(office.director), office.store, sent.id, sent.row_version)
    assert office.session.scalars(reports(reader, ReportFilter())).all() == [sent]
    notice = office.session.scalars(select(Notice).where(Notice.person_id == reader.id)).one()
    target = target_of(office.work(office.reader), notice)
    assert target is not None
    assert (target.endpoint, target.values) == ("reports.report", {"report_id": sent.id})
    remove_recipient(office.work(office.keeper), sent.id, office.reader.id)
    assert office.session.scalars(reports(reader, ReportFilter())).all() == []
    assert target_of(office.work(office.reader), notice) is None
    with pytest.raises(NotFound):
        remove_recipient(office.work(office.keeper), sent.id, office.reader.id)
    with pytest.raises(NotPermitted):
        add_recipients(office.work(office.clerk), sent.id, [office.reader.id])


def test_who_was_added_later_is_told_and_who_fetched_it_is_known(office: Office) -> None:
    report = office.issued(office.manager)
    add_recipients(office.work(office.director), report.id, [office.reader.id, office.manager.id])
    assert told(office, NoticeKind.REPORT_ISSUED) == sorted([office.manager.id, office.reader.id])
    record_fetch(office.work(office.reader), report, "pdf", "en")
    record_fetch(office.work(office.reader), report, "xlsx", "es")
    record_fetch(office.work(office.clerk), report, "json", "en")
    office.session.expire_all()
    rows = [(row.name, row.listed, row.times, row.last_format) for row in fetched_by(office.session, report)]
    assert rows == [("Man Ager", True, 0, ""), ("Rea Der", True, 2, "xlsx"), ("Cle Rk", False, 1, "json")]


def test_what_waits_is_shown_to_whoever_can_do_it(office: Office) -> None:
    draft, waits, reviewed = office.draft(), office.submitted(), office.reviewed()
    expected = {"clerk": [draft], "keeper": [waits], "director": [reviewed], "manager": [], "reader": []}
    for name, rows in expected.items():
        person = actor(office.session, getattr(office, name))
        assert list(waiting_reports(office.session, person, 9)) == rows, name
    own = office.submitted(by=office.keeper)
    assert own not in waiting_reports(office.session, actor(office.session, office.keeper), 9)


def test_a_file_that_was_changed_is_not_given_out(office: Office, store: FilesystemStore, tmp_path: Path) -> None:
    report = office.issued()
    for key in (report.pdf_key, report.data_key):
        assert key is not None
        (path,) = _file_of(tmp_path / "files", key)
        content = bytearray(path.read_bytes())
        content[-9] ^= 1
        path.chmod(0o600)
        path.write_bytes(bytes(content))
    with pytest.raises(DamagedReport, match="flask archive check"):
        report_pdf(office.work(office.clerk), store, report, "en")
    with pytest.raises(DamagedReport):
        report_pdf(office.work(office.clerk), store, report, "es")
    with pytest.raises(DamagedReport):
        kept_file(store, hashlib.sha256(b"never put").hexdigest())


def _file_of(folder: Path, key: str) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and key in "".join(path.parts[-3:])]


REFUSED = [
    "UPDATE reports SET title = 'Another'",
    "UPDATE reports SET number = 'R2026-0009'",
    "UPDATE reports SET pdf_key = data_key",
    "UPDATE reports SET data_key = pdf_key",
    "UPDATE reports SET audience = 'core'",
    "UPDATE reports SET issued_on = '2026-01-01'",
    "UPDATE reports SET state = 'reviewed', number = NULL",
    "DELETE FROM reports",
    "UPDATE report_steps SET action = 'approve'",
    "DELETE FROM report_steps",
    "UPDATE report_fetches SET file_format = 'csv'",
    "DELETE FROM report_fetches",
]


@pytest.mark.parametrize("statement", REFUSED)
def test_the_database_itself_refuses_to_change_what_was_issued(office: Office, statement: str) -> None:
    report = office.issued()
    record_fetch(office.work(office.clerk), report, "pdf", "en")
    office.session.flush()
    table = statement.split()[1 if statement.startswith("UPDATE") else 2]
    before = office.session.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608 - a name of this test
    with pytest.raises(DBAPIError), office.session.begin_nested():
        office.session.execute(text(statement))
    assert office.session.execute(text(f"SELECT * FROM {table}")).all() == before  # noqa: S608


def test_a_withdrawn_report_is_not_issued_again_and_three_people_are_three(office: Office) -> None:
    report = office.issued()
    withdraw_report(office.work(office.director), report.id, report.row_version, "Wrong")
    with pytest.raises(DBAPIError), office.session.begin_nested():
        office.session.execute(update(Report).values(state=ReportState.ISSUED))
    other = office.reviewed()
    with pytest.raises(DBAPIError), office.session.begin_nested():
        office.session.execute(update(Report).where(Report.id == other.id).values(reviewed_by_id=other.submitted_by_id))
    with pytest.raises(DBAPIError), office.session.begin_nested():
        office.session.execute(delete(Report).where(Report.id == other.id))
    assert office.session.scalar(select(ReportFetch.id)) is None
    assert office.session.scalars(select(ReportStep.id).where(ReportStep.report_id == other.id)).all()


def test_a_crash_between_file_and_row_leaves_a_file_and_no_number(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = office.reviewed()
    office.session.commit()

    class Crash(Exception):
        pass

    put = office.store.put

    def put_and_stop(stream: io.BytesIO) -> Any:
        put(stream)
        raise Crash()

    monkeypatch.setattr(office.store, "put", put_and_stop)
    with pytest.raises(Crash):
        issue_report(office.work(office.director), office.store, report.id, report.row_version)
    office.session.rollback()
    monkeypatch.undo()
    assert report.state == ReportState.REVIEWED
    assert set(office.store.keys()) - kept_contents(office.session)
    issue_report(office.work(office.director), office.store, report.id, report.row_version)
    assert report.number == "R2026-0001"
