"""Open loans when the calendar changes: what moves, what stays, what is kept of it. On both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted
from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry
from portal.core.unit_of_work import UnitOfWork
from portal.database import begin_writing
from portal.lending import services as lending
from portal.lending.models import Loan, LoanEvent
from portal.lending.services.due_dates import LoansByCalendar
from portal.lending.states import LoanEventKind
from portal.notices.kinds import NoticeKind
from portal.notices.models import Notice
from portal.policy import services
from portal.policy.models import CalendarException, PolicyChange
from portal.policy.queries import current_policy, office_calendar
from portal.policy.rules import OfficeCalendar, due_date
from portal.policy.services import CalendarRules, DaysApart
from tests.conftest import START, TRAIL_KEY
from tests.factories import make_department, make_person
from tests.unit.lending_world import World, make_world

LOANS = LoansByCalendar()
MONDAY = date(2026, 3, 2)
"""Where the clock of the tests stands: a loan of that day is due on Thursday, 5 March."""
THURSDAY, FRIDAY, NEXT_MONDAY = date(2026, 3, 5), date(2026, 3, 6), date(2026, 3, 9)


@pytest.fixture
def world(session: Any, work_as: Callable[..., Any]) -> World:
    return make_world(session, work_as)


def close(world: World, first: date, last: date | None = None, *, is_open: bool = False) -> CalendarException:
    """The records manager sets days apart."""
    days = DaysApart(first, last or first, is_open, "Stocktaking")
    return services.set_days(world.work(world.records), days, LOANS)


def undo(world: World, row: CalendarException) -> None:
    services.undo_days(world.work(world.records), row.id, LOANS)


def rules(world: World, **changes: Any) -> None:
    """The records manager changes the rules."""
    work = world.work(world.records)
    present = CalendarRules.of(current_policy(work.session))
    version = services.policy_version(work.session)
    services.change_rules(work, version, CalendarRules(**{**vars(present), **changes}), LOANS)


def due(world: World, loan: Loan) -> date:
    world.session.refresh(loan)
    return loan.due_on


def events(world: World, loan: Loan) -> Sequence[LoanEvent]:
    query = select(LoanEvent).where(LoanEvent.loan_id == loan.id).order_by(LoanEvent.id)
    return world.session.scalars(query).all()


def test_a_closed_due_day_moves_the_loan_and_the_first_date_stays(world: World) -> None:
    loan = world.lend(world.dossier())
    close(world, THURSDAY, FRIDAY)
    assert due(world, loan) == NEXT_MONDAY
    assert loan.original_due_on == THURSDAY
    (event,) = events(world, loan)
    assert (event.what, event.due_before, event.due_after) == (LoanEventKind.DUE_CHANGED, THURSDAY, NEXT_MONDAY)
    assert event.by_id == world.records.id


def test_each_move_is_in_the_trail_and_the_borrower_is_told_once(world: World) -> None:
    loan, other = world.lend(world.dossier()), world.lend(world.dossier(), by=world.colleague)
    close(world, THURSDAY)
    close(world, date(2026, 8, 3))  # Touches nobody: nothing is recorded and nobody is told anything.
    entries = world.session.scalars(select(TrailEntry).where(TrailEntry.action == "loan:due_date")).all()
    assert {entry.subject for entry in entries} == {f"loans:{loan.id}", f"loans:{other.id}"}
    assert all(entry.details["due_on"] == {"old": "2026-03-05", "new": "2026-03-06"} for entry in entries)
    assert all(entry.dossier_id for entry in entries)
    told = world.session.scalars(select(Notice).where(Notice.kind == NoticeKind.DUE_DATE_CHANGED)).all()
    assert sorted(notice.person_id for notice in told) == sorted([world.reader.id, world.colleague.id])


def test_an_undone_exception_gives_the_old_date_back_and_leaves_its_history(world: World) -> None:
    loan = world.lend(world.dossier())
    row = close(world, THURSDAY, FRIDAY)
    undo(world, row)
    assert due(world, loan) == THURSDAY
    assert [(event.due_before, event.due_after) for event in events(world, loan)] == [
        (THURSDAY, NEXT_MONDAY),
        (NEXT_MONDAY, THURSDAY),
    ]
    assert (row.set_by_id, row.undone_by_id) == (world.records.id, world.records.id)
    assert row.undone_at == START
    with pytest.raises(NotFound):
        undo(world, row)


def test_closed_loans_stay_as_they_are(world: World) -> None:
    returned, lost, voided = (world.lend(world.dossier()) for _ in range(3))
    world.give_back(returned)
    lending.lose_loan(world.work(world.clerk), lost.id, lost.row_version, remark="Gone")
    lending.void_loan(world.work(world.records), voided.id, voided.row_version, reason="By mistake")
    close(world, THURSDAY)
    assert [due(world, loan) for loan in (returned, lost, voided)] == [THURSDAY] * 3


def test_no_due_date_moves_before_today(world: World, clock: Any) -> None:
    """On Friday the exception that had moved the date is taken back: the borrower is not overdue at once."""
    loan = world.lend(world.dossier())
    row = close(world, THURSDAY, FRIDAY)
    clock.advance(days=4)
    undo(world, row)
    assert due(world, loan) == FRIDAY


def test_a_date_that_would_move_before_today_waits_for_the_next_open_day(world: World, clock: Any) -> None:
    loan = world.lend(world.dossier())
    rules(world, closed_day_moves="previous")
    clock.advance(days=3)
    close(world, THURSDAY, FRIDAY)  # On Thursday itself: back would be Wednesday, which is over.
    assert due(world, loan) == NEXT_MONDAY


def test_an_overdue_loan_may_become_less_late_but_never_later(world: World, clock: Any) -> None:
    loan = world.lend(world.dossier())
    clock.advance(days=7)
    row = close(world, THURSDAY)  # It was closed that day, and somebody says so only now.
    assert due(world, loan) == FRIDAY
    undo(world, row)
    assert due(world, loan) == FRIDAY


def test_a_loan_in_the_reading_room_is_due_on_its_day(world: World) -> None:
    line = world.approved(world.dossier())
    (loan,) = world.issue(line, in_reading_room=True)
    assert loan.due_on == MONDAY
    close(world, MONDAY)
    assert due(world, loan) == MONDAY


def test_a_renewed_loan_is_counted_from_its_renewal(world: World) -> None:
    loan = world.lend(world.dossier())
    lending.renew_loan(world.work(world.reader), loan.id, loan.row_version)
    assert loan.due_on == NEXT_MONDAY  # Three days from Thursday are a Sunday.
    row = close(world, NEXT_MONDAY, date(2026, 3, 10))
    assert due(world, loan) == date(2026, 3, 11)
    close(world, THURSDAY)  # The day of before the renewal decides no longer.
    assert due(world, loan) == date(2026, 3, 11)
    undo(world, row)
    assert due(world, loan) == NEXT_MONDAY
    assert loan.original_due_on == THURSDAY


def test_a_recalled_loan_stays_recalled(world: World) -> None:
    loan = world.lend(world.dossier())
    lending.recall_loan(world.work(world.clerk), loan.id, loan.row_version, reason="Needed in court")
    assert loan.due_on == date(2026, 3, 3)
    close(world, date(2026, 8, 3))
    assert due(world, loan) == date(2026, 3, 3)
    row = close(world, date(2026, 3, 3))
    assert due(world, loan) == date(2026, 3, 4)
    undo(world, row)
    assert due(world, loan) == date(2026, 3, 3)


def test_a_recall_that_came_too_late_to_matter_does_not_matter_later(world: World, clock: Any) -> None:
    """Due on a closed Saturday that stays, called back on Friday: a change in August must not make it Monday."""
    rules(world, closed_day_moves="stay")
    clock.put(datetime(2026, 3, 4, 2, tzinfo=UTC))
    loan = world.lend(world.dossier())
    clock.put(datetime(2026, 3, 6, 2, tzinfo=UTC))
    lending.recall_loan(world.work(world.clerk), loan.id, loan.row_version, reason="Needed in court")
    assert loan.due_on == date(2026, 3, 7)
    close(world, date(2026, 8, 3))
    assert due(world, loan) == date(2026, 3, 7)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"open_weekdays": (0, 1, 2)}, NEXT_MONDAY),
        ({"open_weekdays": (0, 1, 2), "closed_day_moves": "previous"}, date(2026, 3, 4)),
        ({"open_weekdays": (0, 2, 4), "loan_days_counted": "working"}, NEXT_MONDAY),
        ({"open_weekdays": (0, 1, 2), "closed_day_moves": "stay"}, THURSDAY),
        ({"loan_days_counted": "working"}, THURSDAY),
    ],
)
def test_the_rules_move_due_dates_too(world: World, changes: dict[str, Any], expected: date) -> None:
    loan = world.lend(world.dossier())
    rules(world, **changes)
    assert due(world, loan) == expected
    names = {row.name for row in world.session.scalars(select(PolicyChange))}
    assert names == set(changes)


def test_the_holidays_of_a_country_move_due_dates(world: World, clock: Any) -> None:
    clock.advance(days=28)  # Monday, 30 March 2026; Friday, 3 April, is Good Friday.
    early, late = world.lend(world.dossier()), None
    clock.advance(days=1)
    late = world.lend(world.dossier(), by=world.colleague)
    rules(world, holiday_country="ES")
    assert (due(world, early), due(world, late)) == (date(2026, 4, 2), date(2026, 4, 6))


def test_what_is_previewed_is_what_happens(world: World) -> None:
    loan = world.lend(world.dossier())
    work = world.work(world.records)
    days = DaysApart(THURSDAY, FRIDAY, False, "Stocktaking")
    (moved,) = services.preview_days(work, days, LOANS)
    assert (moved.barcode, moved.dossier) == (loan.volume.barcode, loan.volume.dossier.number)
    assert (moved.old, moved.new) == (THURSDAY, NEXT_MONDAY)
    assert due(world, loan) == THURSDAY
    row = services.set_days(work, days, LOANS)
    assert due(world, loan) == moved.new
    (back,) = services.preview_undo(work, row.id, LOANS)
    assert (back.old, back.new) == (NEXT_MONDAY, THURSDAY)


def test_loans_of_core_dossiers_move_without_being_named(world: World) -> None:
    loan = world.lend(world.dossier(Level.CORE))
    plain = make_person(world.session, make_department(world.session), Role.ADMINISTRATOR)
    days = DaysApart(THURSDAY, THURSDAY, False, "Stocktaking")
    assert services.preview_days(world.work(plain), days, LOANS) == []
    assert len(services.preview_days(world.work(world.records), days, LOANS)) == 1
    services.set_days(world.work(plain), days, LOANS)
    assert due(world, loan) == FRIDAY


def test_only_who_may_changes_the_calendar(world: World) -> None:
    row = close(world, THURSDAY)
    days = DaysApart(FRIDAY, FRIDAY, False, "Stocktaking")
    present = CalendarRules.of(current_policy(world.session))
    for person in (world.reader, world.clerk, world.head, world.general):
        work = world.work(person)
        acts: list[Callable[[], Any]] = [
            lambda work=work: services.set_days(work, days, LOANS),
            lambda work=work: services.preview_days(work, days, LOANS),
            lambda work=work: services.undo_days(work, row.id, LOANS),
            lambda work=work: services.preview_undo(work, row.id, LOANS),
            lambda work=work: services.change_rules(work, 0, present, LOANS),
            lambda work=work: services.preview_rules(work, present, LOANS),
        ]
        for act in acts:
            with pytest.raises(NotPermitted):
                act()


def test_rules_changed_meanwhile_are_not_overwritten(world: World) -> None:
    work = world.work(world.records)
    version = services.policy_version(work.session)
    rules(world, holiday_country="CN")
    mine = CalendarRules((0, 1, 2, 3, 4, 5), "", "calendar", "next")
    with pytest.raises(Conflict):
        services.change_rules(work, version, mine, LOANS)
    with pytest.raises(Conflict):
        rules(world)  # What is in force already is no change.


@pytest.mark.parametrize(
    "wrong",
    [
        {"open_weekdays": ()},
        {"open_weekdays": (7,)},
        {"open_weekdays": (1, 0)},
        {"holiday_country": "XX"},
        {"loan_days_counted": "lunar"},
        {"closed_day_moves": "sideways"},
    ],
)
def test_rules_that_make_no_sense_are_refused(world: World, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refusal:
        rules(world, **wrong)
    assert set(refusal.value.fields) == set(wrong)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(1, 9), st.integers(0, 3), st.booleans()), min_size=1, max_size=4))
def test_after_any_changes_every_loan_is_due_when_its_calendar_says(
    world: World, changes: list[tuple[int, int, bool]]
) -> None:
    """All on the day of issue, so nothing is past: the due date is the rule's; all taken back, it is the first one."""
    loan = world.lend(world.dossier())
    rows = []
    for start, length, is_open in changes:
        first = date.fromordinal(MONDAY.toordinal() + start)
        rows.append(close(world, first, date.fromordinal(first.toordinal() + length), is_open=is_open))
        policy = current_policy(world.session)
        assert due(world, loan) == due_date(MONDAY, policy, office_calendar(world.session, policy))
    for row in reversed(rows):
        undo(world, row)
    assert due(world, loan) == loan.original_due_on == THURSDAY
    chain = events(world, loan)
    assert all(one.due_after == two.due_before for one, two in zip(chain, chain[1:], strict=False))
    world.give_back(loan)


def test_a_loan_issued_while_the_calendar_changes_follows_it(world: World, engine: Any, clock: Any) -> None:
    """Whichever comes first, the loan is due by the new calendar: the other waits for it."""
    rounds = []
    for _ in range(5):
        line = world.approved(world.dossier())
        rounds.append((line.id, line.volumes[0].volume_id, line.row_version))
    clerk, records = world.act(world.clerk), world.act(world.records)
    world.session.commit()
    outcomes: list[Any] = []

    def go(start: threading.Barrier, actor: Any, act: Callable[[UnitOfWork], Any]) -> None:
        with Session(engine) as session:
            start.wait()
            begin_writing(session)
            work = UnitOfWork(session, clock, ZoneInfo("Asia/Shanghai"), TRAIL_KEY, actor)
            try:
                act(work)
                work.commit()
            except Exception as error:  # noqa: BLE001 — the outcome is what the test looks at
                outcomes.append(error)

    for number, (line_id, volume_id, version) in enumerate(rounds):
        start = threading.Barrier(2)
        day = date.fromordinal(THURSDAY.toordinal() + number)
        days = DaysApart(day, day, False, "Stocktaking")
        pair = [
            (clerk, lambda work, a=(line_id, volume_id, version): lending.issue_volume(work, *a)),
            (records, lambda work, days=days: services.set_days(work, days, LOANS)),
        ]
        threads = [threading.Thread(target=go, args=(start, *one)) for one in pair]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert outcomes == []
    world.session.expire_all()
    calendar: OfficeCalendar = office_calendar(world.session, current_policy(world.session))
    loans = world.session.scalars(select(Loan)).all()
    assert len(loans) == 5
    assert {loan.due_on for loan in loans} == {due_date(MONDAY, current_policy(world.session), calendar)}
