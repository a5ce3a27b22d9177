"""Drafts of regular reports: once for each period, made up for after a pause, by clock and by command."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Person
from portal.accounts.queries import actor_of
from portal.core.permissions import Level, Role
from portal.notices.kinds import NoticeKind
from portal.notices.models import Notice
from portal.policy.models import CalendarException
from portal.reports.models.issued import Report
from portal.reports.models.regular import RegularDraft, RegularReport
from portal.reports.periods import PeriodKind
from portal.reports.regular.jobs import ScheduleClock
from portal.reports.regular.queries import Due
from portal.reports.regular.services import NewRegular, end_regular, make_draft, make_due_drafts, set_up_schedule
from portal.reports.statistics.counted import Audience
from tests.factories import make_department, make_person

FEBRUARY, MARCH = date(2026, 2, 1), date(2026, 3, 1)


@dataclass(frozen=True)
class House:
    """A records department with a monthly schedule, active since Monday, 2 March 2026."""

    parts: Any
    manager: int
    clerk: int
    reader: int
    regular: int

    def drafts(self) -> list[tuple[date, str, Audience]]:
        """First day, preparer and audience of each draft, in the order in which they were made."""
        with self.parts.looking() as work:
            rows = work.session.execute(
                select(RegularDraft.first, Report.prepared_by_id, Report.audience)
                .join(Report, Report.id == RegularDraft.report_id)
                .order_by(Report.id)
            )
            return [tuple(row) for row in rows]

    def told(self, person_id: int) -> list[NoticeKind]:
        with self.parts.looking() as work:
            kinds = select(Notice.kind).where(Notice.person_id == person_id).order_by(Notice.id)
            return [kind for kind in work.session.scalars(kinds) if kind.value.startswith("report_")]


def wanted(reader: int, every: PeriodKind = PeriodKind.MONTH, audience: Audience = Audience.EVERYONE) -> NewRegular:
    return NewRegular("The month", every, audience, "en", "Planning", [reader])


@pytest.fixture
def house(parts: Any) -> House:
    core = {"clearance": Level.CORE}
    with parts.writing() as work:
        records = make_department(work.session, "Records")
        manager = make_person(work.session, records, Role.RECORDS_MANAGER, head=True, **core)
        clerk = make_person(work.session, records, Role.CLERK, **core)
        reader = make_person(work.session, make_department(work.session), **core)
        actor = actor_of(work.session, manager)
        ids = manager.id, clerk.id, reader.id
    with parts.writing(actor) as work:
        regular = set_up_schedule(work, wanted(ids[2]), ids[1])
        return House(parts, *ids, regular.id)


def at(house: House, clock: Any, day: date) -> None:
    """Noon in Shanghai on a day, and the clock of the queue looks."""
    clock.put(datetime(day.year, day.month, day.day, 4, 0, tzinfo=UTC))
    ScheduleClock().look(house.parts)


def test_a_draft_appears_on_the_first_working_day(house: House, clock: Any) -> None:
    at(house, clock, date(2026, 3, 31))
    assert house.drafts() == []
    clock.put(datetime(2026, 3, 31, 15, 59, tzinfo=UTC))  # 23:59 in Shanghai.
    ScheduleClock().look(house.parts)
    assert house.drafts() == []
    clock.put(datetime(2026, 3, 31, 16, 0, tzinfo=UTC))  # Midnight there; 1 April is a Wednesday.
    ScheduleClock().look(house.parts)
    assert house.drafts() == [(MARCH, house.clerk, Audience.EVERYONE)]
    assert house.told(house.clerk) == [NoticeKind.REPORT_DRAFT_READY]
    assert house.told(house.manager) == [NoticeKind.REPORT_DRAFT_BEGUN]
    assert house.told(house.reader) == []
    with house.parts.looking() as work:
        report = work.session.scalars(select(Report)).one()
        assert (report.title, report.first, report.last) == ("The month", MARCH, date(2026, 3, 31))
        assert [row.person_id for row in report.recipients] == [house.reader]


def test_the_office_calendar_says_which_day_that_is(house: House, clock: Any) -> None:
    with house.parts.writing() as work:
        closed = CalendarException(
            from_day=date(2026, 4, 1),
            until_day=date(2026, 4, 6),
            is_open=False,
            reason="Stocktaking",
            set_at=work.now,
            set_by_id=house.manager,
        )
        work.session.add(closed)
    at(house, clock, date(2026, 4, 6))
    assert house.drafts() == []
    at(house, clock, date(2026, 4, 7))
    assert [first for first, *_ in house.drafts()] == [MARCH]


def test_looking_again_makes_nothing_again(house: House, clock: Any) -> None:
    at(house, clock, date(2026, 4, 1))
    at(house, clock, date(2026, 4, 1))
    at(house, clock, date(2026, 4, 30))
    with house.parts.writing() as work:
        assert make_due_drafts(work, work.today) == 0
    assert len(house.drafts()) == 1
    assert house.told(house.clerk) == [NoticeKind.REPORT_DRAFT_READY]


def test_what_was_missed_is_made_up_for_oldest_first_and_twelve_at_most(house: House, clock: Any) -> None:
    at(house, clock, date(2026, 6, 20))
    assert [first for first, *_ in house.drafts()] == [date(2026, month, 1) for month in (3, 4, 5)]
    at(house, clock, date(2028, 1, 15))
    firsts = [first for first, *_ in house.drafts()]
    assert firsts[3:] == [date(2027, month, 1) for month in range(1, 13)]


def test_the_clock_rests_until_it_is_time_or_another_day(house: House, clock: Any) -> None:
    schedule = ScheduleClock()
    clock.put(datetime(2026, 3, 31, 15, 58, tzinfo=UTC))
    schedule.look(house.parts)
    clock.put(datetime(2026, 3, 31, 16, 1, tzinfo=UTC))  # Three minutes later, but another day.
    schedule.look(house.parts)
    assert len(house.drafts()) == 1


def test_nothing_is_made_of_what_has_ended(house: House, clock: Any) -> None:
    at(house, clock, date(2026, 4, 1))
    with house.parts.looking() as work:
        manager = actor_of(work.session, work.session.get_one(Person, house.manager))
    with house.parts.writing(manager) as work:
        end_regular(work, house.regular, work.session.get_one(RegularReport, house.regular).row_version)
    at(house, clock, date(2026, 5, 4))
    assert len(house.drafts()) == 1


@pytest.mark.parametrize("round_", range(3))
def test_once_however_many_look_at_the_same_moment(house: House, clock: Any, round_: int) -> None:
    clock.put(datetime(2026, 5, 4, 4, round_, tzinfo=UTC))
    ready = Barrier(4)

    def look() -> None:
        ready.wait()
        ScheduleClock().look(house.parts)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(look) for _ in range(4)]:
            done.result()
    assert sorted(first for first, *_ in house.drafts()) == [MARCH, date(2026, 4, 1)]
    assert len(house.told(house.clerk)) == 2


def test_the_database_itself_takes_a_period_once(house: House, clock: Any) -> None:
    at(house, clock, date(2026, 4, 1))
    with house.parts.writing() as work:
        made = work.session.scalars(select(RegularDraft)).one()
        again = RegularDraft(regular_id=made.regular_id, first=made.first, report_id=made.report_id)
        with pytest.raises(IntegrityError), work.session.begin_nested():
            work.session.add(again)


def test_made_meanwhile_is_not_made(house: House, clock: Any) -> None:
    """Another process was faster: what was found due before is asked for again under the lock."""
    at(house, clock, date(2026, 4, 1))
    with house.parts.looking() as work:
        period = work.session.scalars(select(Report)).one().period
    with house.parts.writing() as work:
        assert make_draft(work, Due(house.regular, period)) is None
    assert len(house.drafts()) == 1


def test_whoever_moved_or_left_receives_nothing(house: House, clock: Any) -> None:
    with house.parts.writing() as work:
        work.session.get_one(Person, house.reader).departed_at = work.now
    at(house, clock, date(2026, 4, 1))
    with house.parts.looking() as work:
        assert work.session.scalars(select(Report)).one().recipients == []


def test_the_command_does_the_same(house: House, app: Any, clock: Any) -> None:
    clock.put(datetime(2026, 5, 4, 4, 0, tzinfo=UTC))
    run = app.test_cli_runner().invoke
    assert run(args=["reports", "due", "--on", "2026-04-01"]).output == "2026-04-01: 1 drafts made.\n"
    assert run(args=["reports", "due"]).output == "2026-05-04: 1 drafts made.\n"
    assert run(args=["reports", "due"]).output == "2026-05-04: 0 drafts made.\n"
    early = run(args=["reports", "due", "--on", "2026-06-01"])
    assert early.exit_code == 1
    assert [first for first, *_ in house.drafts()] == [MARCH, date(2026, 4, 1)]
