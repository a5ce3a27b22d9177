"""Who moved, left or lost their clearance between the signatures of a regular report and the issue of its lists."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import event, select

from portal.accounts.services import change_rights
from portal.core.errors import Conflict
from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry
from portal.notices.kinds import NoticeKind
from portal.notices.models import Notice
from portal.policy.queries import current_policy, office_calendar
from portal.reports.models.issued import Report, ReportRecipient
from portal.reports.models.regular import RegularReport
from portal.reports.periods import PeriodKind
from portal.reports.queries.issued import report_for
from portal.reports.regular import queries
from portal.reports.regular.services import (
    NewRegular,
    ask_for_report,
    decide_regular,
    hand_regular_on,
    make_due_drafts,
    name_preparer,
)
from portal.reports.services.distributing import add_recipients
from portal.reports.services.issuing import issue_report
from portal.reports.services.preparing import submit_report
from portal.reports.services.reviewing import approve_report
from portal.reports.statistics.counted import Audience
from portal.reports.statistics.lists import ListOf, ListSpec
from tests.factories import actor, make_person
from tests.unit.lending_world import World, make_world

CLIENTS = ListSpec(ListOf.CLIENTS, ("kind", "dossiers"))


@pytest.fixture
def world(parts: Any) -> Iterator[World]:
    """The people of lending, with units of work as the application makes them: it listens to moves."""
    with parts.writing() as work:
        yield make_world(work.session, lambda who=None: parts.unit(work.session, who))


def active(world: World, audience: Audience = Audience.EVERYONE, spec: ListSpec | None = CLIENTS) -> RegularReport:
    """A regular report of the reader's department, prepared by the clerk, for the reader and a colleague."""
    if audience is Audience.CORE:
        for person in (world.head, world.clerk, world.reader, world.colleague, world.records, world.general):
            person.clearance = Level.CORE
        world.session.flush()
    recipients = [world.reader.id, world.colleague.id]
    wanted = NewRegular("Secret Works", PeriodKind.MONTH, audience, "en", "Planning", recipients, spec)
    regular = ask_for_report(world.work(world.head), world.head.department_id, wanted)
    for signer in (world.records, world.general):
        regular = decide_regular(
            world.work(signer), regular.id, regular.row_version, approve=True, preparer_id=world.clerk.id
        )
    return regular


def due(world: World, clock: Any, day: date = date(2026, 4, 1)) -> list[Report]:
    """The reports there are after the clock of the queue has looked at noon of a day."""
    clock.put(datetime(day.year, day.month, day.day, 4, 0, tzinfo=UTC))
    work = world.work_as()
    make_due_drafts(work, work.today)
    return list(world.session.scalars(select(Report).order_by(Report.id)))


def reviewed(world: World, report: Report, store: Any) -> Report:
    submit_report(world.work(world.clerk), store, report.id, report.row_version)
    return approve_report(world.work(world.records), report.id, report.row_version)


def issued(world: World, report: Report, store: Any) -> Report:
    reviewed(world, report, store)
    return issue_report(world.work(world.general), store, report.id, report.row_version)


def move(world: World, person: Any) -> None:
    """The administrator puts somebody into the owner's department."""
    admin = make_person(world.session, world.records.department, Role.ADMINISTRATOR)
    change_rights(
        world.work(admin),
        person,
        version=person.row_version,
        roles=[],
        department_id=world.owner.department_id,
        clearance=person.clearance,
    )
    world.session.flush()


def told(world: World, kind: NoticeKind) -> list[int]:
    return sorted(world.session.scalars(select(Notice.person_id).where(Notice.kind == kind)))


def may_see(world: World, person: Any, report: Report) -> bool:
    return report_for(world.session, actor(world.session, person), report.id) is not None


def test_no_draft_for_core_readers_is_made_for_somebody_who_is_not_one(world: World, clock: Any) -> None:
    """A draft for everybody would bear the title, which may name what only core readers know of."""
    regular = active(world, Audience.CORE)
    world.clerk.clearance = Level.IMPORTANT
    assert due(world, clock) == []
    assert due(world, clock) == []
    assert told(world, NoticeKind.REGULAR_UNCLEARED) == sorted([world.records.id, world.head.id])
    other = make_person(world.session, world.records.department, Role.CLERK, clearance=Level.CORE)
    name_preparer(world.work(world.records), regular.id, regular.row_version, other.id)
    (report,) = due(world, clock)
    assert (report.audience, report.prepared_by_id) == (Audience.CORE, other.id)


def test_nor_for_an_owner_who_is_not_one(world: World, clock: Any) -> None:
    active(world, Audience.CORE)
    world.head.clearance = Level.IMPORTANT
    assert due(world, clock) == []
    assert told(world, NoticeKind.REGULAR_UNCLEARED) == [world.records.id]


def test_a_list_for_core_readers_is_not_frozen_with_less(world: World, clock: Any, parts: Any) -> None:
    regular = active(world, Audience.CORE)
    (report,) = due(world, clock)
    world.head.clearance = Level.IMPORTANT
    world.session.flush()
    with pytest.raises(Conflict, match="not cleared for core any more"):
        submit_report(world.work(world.clerk), parts.store, report.id, report.row_version)
    assert report.data_key is None
    hand_regular_on(world.work(world.records), regular.id, regular.row_version, world.colleague.id)
    assert submit_report(world.work(world.clerk), parts.store, report.id, report.row_version).data_key


def test_whoever_moved_before_the_issue_receives_nothing(world: World, clock: Any, parts: Any) -> None:
    regular = active(world, spec=None)  # Statistics: the move itself takes nobody off their list.
    (report,) = due(world, clock)
    by_hand = make_person(world.session, world.owner.department)
    reviewed(world, report, parts.store)
    add_recipients(world.work(world.records), report.id, [by_hand.id])
    move(world, world.reader)
    issue_report(world.work(world.general), parts.store, report.id, report.row_version)
    assert told(world, NoticeKind.REPORT_ISSUED) == sorted([world.colleague.id, by_hand.id])
    assert [may_see(world, person, report) for person in (world.reader, world.colleague, by_hand)] == [
        False,
        True,
        True,
    ]
    seen = queries.visible_to(actor(world.session, world.reader))
    assert world.session.scalar(select(RegularReport.id).where(seen, RegularReport.id == regular.id)) is None


def test_whoever_moves_afterwards_sees_the_lists_of_the_old_department_no_longer(
    world: World, clock: Any, parts: Any
) -> None:
    active(world)
    (report,) = due(world, clock)
    issued(world, report, parts.store)
    assert may_see(world, world.reader, report)
    move(world, world.reader)
    assert not may_see(world, world.reader, report)
    assert may_see(world, world.colleague, report)
    row = world.session.scalars(select(ReportRecipient).where(ReportRecipient.person_id == world.reader.id)).one()
    assert row.removed_at == clock.now()
    off = select(TrailEntry.subject).where(TrailEntry.action == "report:remove_recipient")
    assert world.session.scalars(off).all() == [f"reports:{report.id}"]


def test_statistics_that_were_sent_stay_with_who_moves(world: World, clock: Any, parts: Any) -> None:
    active(world, spec=None)
    (report,) = due(world, clock)
    issued(world, report, parts.store)
    move(world, world.reader)
    assert may_see(world, world.reader, report)


def test_who_is_put_on_the_list_with_the_draft_stands_in_the_trail(world: World, clock: Any) -> None:
    active(world)
    (report,) = due(world, clock)
    entries = world.session.scalars(select(TrailEntry).where(TrailEntry.action == "report:add_recipient")).all()
    assert {(row.subject, row.details["person"]) for row in entries} == {
        (f"reports:{report.id}", world.reader.id),
        (f"reports:{report.id}", world.colleague.id),
    }


def test_what_is_due_is_asked_without_the_drafts_of_all_years(world: World, clock: Any) -> None:
    """Every ten minutes: the rows that are read are those of the periods in question."""
    active(world)
    for month in range(4, 13):
        due(world, clock, date(2026, month, 10))
    due(world, clock, date(2028, 6, 10))
    read: list[int] = []

    def note(connection: Any, statement: Any, *rest: Any) -> None:
        if "regular_drafts" in str(statement):
            read.append(len(connection.exec_driver_sql(*_plain(statement, connection)).all()))

    calendar = office_calendar(world.session, current_policy(world.session))
    bind = world.session.connection()
    event.listen(bind, "before_execute", note)
    try:
        assert queries.due_drafts(world.session, calendar, date(2028, 6, 10)) == []
    finally:
        event.remove(bind, "before_execute", note)
    assert read == [12]


def _plain(statement: Any, connection: Any) -> tuple[str]:
    return (str(statement.compile(connection, compile_kwargs={"literal_binds": True})),)
