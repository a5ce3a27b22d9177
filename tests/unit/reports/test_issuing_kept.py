"""What stays of a report for ever: who withdrew it, who was on its list, who was shown it, who was handed it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from archive_store.filesystem import FilesystemStore
from portal.core.errors import NotPermitted
from portal.core.permissions import Role
from portal.core.trail import TrailEntry
from portal.home.inbox import target_of
from portal.notices.kinds import NoticeKind
from portal.notices.models import Notice
from portal.reports.models.issued import ON_SCREEN, Report, ReportRecipient
from portal.reports.queries.issued import fetched_by, may_see_work
from portal.reports.services.distributing import add_recipients, record_look, remove_recipient
from portal.reports.services.issuing import withdraw_report
from portal.reports.services.preparing import hand_report_on
from tests.factories import actor, make_person
from tests.unit.reports.issuing_world import Office, make_office


@pytest.fixture
def office(session: Any, work_as: Any, tmp_path: Path, light_figures: None) -> Office:
    return make_office(session, work_as, FilesystemStore(tmp_path / "files"))


@pytest.mark.parametrize(
    "change",
    [
        "withdrawn_by_id = prepared_by_id",
        "withdrawn_by_id = NULL",
        "withdrawn_at = '2020-01-01 00:00:00'",
        "withdrawn_at = NULL",
    ],
)
def test_the_database_itself_keeps_who_withdrew_a_report_and_when(office: Office, change: str) -> None:
    report = office.issued()
    withdraw_report(office.work(office.director), report.id, report.row_version, "Wrong")
    with pytest.raises(DBAPIError, match="never changes"), office.session.begin_nested():
        office.session.execute(text(f"UPDATE reports SET {change}"))  # noqa: S608 - changes of this test


@pytest.mark.parametrize("change", ["state = 'withdrawn'", "withdrawn_by_id = prepared_by_id"])
def test_no_report_is_withdrawn_by_nobody(office: Office, change: str) -> None:
    office.issued()
    with pytest.raises(IntegrityError, match="withdrawn_whole"), office.session.begin_nested():
        office.session.execute(text(f"UPDATE reports SET {change}"))  # noqa: S608 - changes of this test


def test_whoever_is_put_on_the_list_again_has_two_lines_of_it(office: Office, clock: Any) -> None:
    report = office.issued(office.reader)
    first = clock.now()
    clock.advance(minutes=5)
    remove_recipient(office.work(office.director), report.id, office.reader.id)
    taken_off = clock.now()
    clock.advance(minutes=5)
    add_recipients(office.work(office.director), report.id, [office.reader.id])
    rows = office.session.scalars(select(ReportRecipient).order_by(ReportRecipient.id)).all()
    assert [(row.added_at, row.added_by_id, row.removed_at) for row in rows] == [
        (first, office.keeper.id, taken_off),
        (clock.now(), office.director.id, None),
    ]
    twice = ReportRecipient(
        report_id=report.id, person_id=office.reader.id, added_at=clock.now(), added_by_id=office.keeper.id
    )
    with pytest.raises(IntegrityError), office.session.begin_nested():
        office.session.add(twice)


def test_whoever_leaves_begins_no_report(office: Office, clock: Any) -> None:
    office.clerk.leaving_on = clock.now().date()
    office.session.flush()
    with pytest.raises(NotPermitted, match="you begin no new report"):
        office.draft()
    assert office.session.scalar(select(Report.id)) is None


def test_whoever_is_handed_a_report_is_told_and_led_to_it(office: Office) -> None:
    report = office.draft()
    hand_report_on(office.work(office.keeper), report.id, report.row_version, office.manager.id)
    notice = office.session.scalars(select(Notice).where(Notice.kind == NoticeKind.REPORT_GIVEN)).one()
    assert (notice.person_id, notice.about_id) == (office.manager.id, office.keeper.id)
    target = target_of(office.work(office.manager), notice)
    assert target is not None
    assert target.values == {"report_id": report.id}


def test_who_was_shown_the_figures_is_known_like_who_fetched_them(office: Office) -> None:
    report, draft = office.issued(office.reader), office.submitted()
    record_look(office.work(office.reader), report, "es")
    record_look(office.work(office.keeper), draft, "en")  # Not issued: the trail alone has it.
    (row,) = fetched_by(office.session, report)
    assert (row.person_id, row.times, row.last_format, row.last_language) == (office.reader.id, 1, ON_SCREEN, "es")
    assert fetched_by(office.session, draft) == []
    entries = office.session.scalars(select(TrailEntry).where(TrailEntry.action == "report:look")).all()
    assert [entry.subject for entry in entries] == [f"reports:{report.id}", f"reports:{draft.id}"]


def test_remarks_list_and_fetches_are_for_who_had_a_part_in_it(office: Office) -> None:
    report = office.draft()
    hand_report_on(office.work(office.clerk), report.id, report.row_version, office.manager.id)
    stranger = make_person(office.session, office.clerk.department, Role.CLERK)
    insiders = {office.clerk: True, office.manager: True, office.keeper: True, office.director: True}
    for person, may in {**insiders, stranger: False, office.reader: False}.items():
        assert may_see_work(actor(office.session, person), report) is may, person.name
