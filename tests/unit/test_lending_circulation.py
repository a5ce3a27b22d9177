"""While a file is out: renewal, recall, announcement, transfer, and the days it is kept for the next in line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted, StaleVersion
from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry
from portal.dossiers.services import change_level
from portal.dossiers.states import Condition, Custody
from portal.lending import queries, services
from portal.lending.errors import AlreadyOnLoan, ConfirmationNeeded, ReaderOverdue
from portal.lending.models import Loan, LoanEvent
from portal.lending.states import LineState, LoanEventKind, LoanState
from portal.notices.kinds import NoticeKind
from portal.notices.models import Notice
from portal.policy.models import PolicyValue
from tests.factories import make_person
from tests.unit.lending_world import World, make_world

MONDAY = date(2026, 3, 2)
THURSDAY, FRIDAY = date(2026, 3, 5), date(2026, 3, 6)


@pytest.fixture
def world(session: Any, work_as: Callable[..., Any]) -> World:
    return make_world(session, work_as)


def renew(world: World, loan: Loan, by: Any = None) -> Loan:
    return services.renew_loan(world.work(by or world.reader), loan.id, loan.row_version)


def recall(world: World, loan: Loan, by: Any = None, reason: str = "The auditors are here") -> Loan:
    return services.recall_loan(world.work(by or world.clerk), loan.id, loan.row_version, reason=reason)


def told(world: World, person: Any) -> Sequence[NoticeKind]:
    return world.session.scalars(select(Notice.kind).where(Notice.person_id == person.id).order_by(Notice.id)).all()


def trail(world: World, action: str) -> Sequence[TrailEntry]:
    return world.session.scalars(select(TrailEntry).where(TrailEntry.action == action)).all()


class TestRenewal:
    def test_time_is_added_to_the_old_due_date_and_both_are_kept(self, world: World) -> None:
        loan = world.lend(world.dossier())
        assert loan.due_on == THURSDAY
        renew(world, loan)
        assert (loan.due_on, loan.original_due_on) == (date(2026, 3, 9), THURSDAY)  # Sunday moves to Monday.
        [(event, by)] = queries.loan_history(world.session, loan.id)
        assert (event.what, event.due_before, event.due_after) == (LoanEventKind.RENEWED, THURSDAY, loan.due_on)
        assert by == "Rea Reader"
        assert len(trail(world, "loan:renew")) == 1

    def test_the_counter_may_do_it_and_nobody_else(self, world: World) -> None:
        loan = world.lend(world.dossier())
        with pytest.raises(NotFound):
            renew(world, loan, world.colleague)
        with pytest.raises(NotPermitted):  # The head sees all loans of the house, and still does not renew them.
            renew(world, loan, world.head)
        assert renew(world, loan, world.clerk).due_on > THURSDAY

    def test_not_more_often_than_the_policy_says(self, world: World) -> None:
        loan = world.lend(world.dossier())
        renew(world, loan)
        with pytest.raises(Conflict, match="cannot be renewed any more"):
            renew(world, loan)
        world.session.add(PolicyValue(name="most_renewals", value=2))
        world.session.flush()
        renew(world, loan)
        assert queries.marks_of(world.session, loan.id).renewals == 2

    def test_not_while_somebody_waits(self, world: World) -> None:
        dossier = world.dossier()
        loan = world.lend(dossier)
        line = world.ask(dossier, by=world.colleague)
        renewable = services.renewal_obstacle(world.work(world.reader), loan)
        assert renewable is None  # An unsigned wish is no claim yet.
        world.sign(line)
        with pytest.raises(Conflict, match="Somebody else waits"):
            renew(world, loan)

    def test_not_for_a_blocked_borrower(self, world: World, clock: Any) -> None:
        late = world.lend(world.dossier())
        clock.advance(days=3)
        fresh = world.issue(world.approved(world.dossier()))[0]
        clock.advance(days=1)
        for loan in (late, fresh):
            with pytest.raises(ReaderOverdue):
                renew(world, loan)

    def test_not_when_a_signature_has_come_to_be_missing(self, world: World) -> None:
        dossier = world.dossier()
        loan = world.lend(dossier)
        change_level(world.work(world.records), dossier.id, dossier.row_version, Level.IMPORTANT)
        with pytest.raises(Conflict, match="a signature is missing"):
            renew(world, loan)

    def test_not_over_an_older_page(self, world: World) -> None:
        loan = world.lend(world.dossier())
        shown = loan.row_version
        renew(world, loan)
        with pytest.raises(StaleVersion):
            services.renew_loan(world.work(world.reader), loan.id, shown)

    def test_not_what_has_come_back(self, world: World) -> None:
        loan = world.lend(world.dossier())
        world.give_back(loan)
        with pytest.raises(Conflict):
            renew(world, loan, world.clerk)


class TestRecall:
    def test_due_on_the_next_open_day_and_told(self, world: World) -> None:
        loan = world.lend(world.dossier())
        recall(world, loan)
        assert (loan.due_on, loan.original_due_on) == (date(2026, 3, 3), THURSDAY)
        assert told(world, world.reader)[-1] == NoticeKind.LOAN_RECALLED
        assert queries.marks_of(world.session, loan.id).recalled_at is not None
        with pytest.raises(Conflict, match="called back already"):
            recall(world, loan)
        with pytest.raises(Conflict, match="called back"):
            renew(world, loan)

    def test_it_never_gives_more_time(self, world: World, clock: Any) -> None:
        loan = world.lend(world.dossier())
        clock.advance(days=3)
        recall(world, loan)
        assert loan.due_on == THURSDAY

    def test_by_the_records_department_and_with_a_reason(self, world: World) -> None:
        loan = world.lend(world.dossier())
        for other in (world.reader, world.head):
            with pytest.raises(NotPermitted):
                recall(world, loan, other)
        with pytest.raises(Invalid):
            recall(world, loan, reason=" ")


def test_the_borrower_announces_the_return_once_and_the_counter_sees_it(world: World) -> None:
    loan = world.lend(world.dossier())
    work = world.work(world.clerk)

    def announced() -> list[int]:
        found = queries.some_loans(world.session, work.person, work.today, queries.LoanFilter.ANNOUNCED, 50)
        return [row.loan.id for row in found.rows]

    assert announced() == []
    for _ in range(2):
        services.announce_return(world.work(world.reader), loan.id, loan.row_version)
    assert [event.what for event, _ in queries.loan_history(world.session, loan.id)] == [LoanEventKind.ANNOUNCED]
    assert announced() == [loan.id]
    with pytest.raises(NotPermitted):
        services.announce_return(world.work(world.clerk), loan.id, loan.row_version)
    world.give_back(loan)
    assert announced() == []


def test_the_database_refuses_to_change_the_history(world: World) -> None:
    loan = world.lend(world.dossier())
    renew(world, loan)
    for statement in (update(LoanEvent).values(reason_id=None), delete(LoanEvent)):
        with pytest.raises(DBAPIError, match="insert-only"), world.session.begin_nested():
            world.session.execute(statement)


class TestTransfer:
    def hand_on(self, world: World, loan: Loan, line: Any, **fields: Any) -> Loan:
        values = {"sheets": loan.sheets_issued, **fields}
        return services.transfer_loan(
            world.work(world.clerk), loan.id, loan.row_version, line.id, line.row_version, **values
        )

    def test_back_and_out_again_in_one(self, world: World) -> None:
        dossier = world.dossier()
        loan = world.lend(dossier)
        line = world.approved(dossier, by=world.colleague)
        after = self.hand_on(world, loan, line, sheets=39, remark="One sheet filed elsewhere")
        assert (loan.state, loan.sheets_returned) == (LoanState.RETURNED, 39)
        assert (after.borrower_id, after.sheets_issued, after.state) == (world.colleague.id, 39, LoanState.ON_LOAN)
        assert line.state == LineState.FULFILLED
        assert dossier.volumes[0].custody == Custody.ON_LOAN
        assert NoticeKind.HOLD_READY not in told(world, world.colleague)  # It is in their hands already.
        assert len(trail(world, "loan:transfer")) == 1

    def test_nothing_happens_where_the_count_needs_a_word(self, world: World) -> None:
        dossier = world.dossier()
        loan = world.lend(dossier)
        line = world.approved(dossier, by=world.colleague)
        with pytest.raises(Invalid):
            self.hand_on(world, loan, line, sheets=39)
        assert (loan.state, line.state) == (LoanState.ON_LOAN, LineState.READY)

    def test_past_the_next_in_line_only_when_confirmed(self, world: World) -> None:
        dossier = world.dossier()
        loan = world.lend(dossier)
        world.approved(dossier, by=world.colleague)
        second = world.approved(dossier, by=world.deputy)
        world.session.commit()
        with pytest.raises(ConfirmationNeeded) as asked:
            self.hand_on(world, loan, second)
        world.session.rollback()
        assert loan.state == LoanState.ON_LOAN
        assert self.hand_on(world, loan, second, confirmed=asked.value.keys).borrower_id == world.deputy.id

    def test_only_to_an_approved_request(self, world: World) -> None:
        dossier = world.dossier()
        loan = world.lend(dossier)
        with pytest.raises(Conflict):
            self.hand_on(world, loan, world.ask(dossier, by=world.colleague))


class TestHolds:
    def waiting(self, world: World, *people: Any) -> tuple[Any, Loan, list[Any]]:
        dossier = world.dossier()
        loan = world.lend(dossier)
        return dossier.volumes[0], loan, [world.approved(dossier, by=person) for person in people]

    def hold(self, line: Any) -> date | None:
        return line.volumes[0].hold_until

    def test_the_next_in_line_is_told_and_it_is_kept_some_open_days(self, world: World, clock: Any) -> None:
        volume, loan, [line] = self.waiting(world, world.colleague)
        clock.advance(days=3)
        world.give_back(loan)
        assert volume.custody == Custody.RESERVED
        assert self.hold(line) == date(2026, 3, 9)  # From Thursday on: Friday and Monday.
        assert told(world, world.colleague)[-1] == NoticeKind.HOLD_READY

    def test_not_fetched_it_passes_to_the_next_and_then_to_the_shelf(
        self, world: World, work_as: Callable[..., Any], clock: Any
    ) -> None:
        volume, loan, [first, second] = self.waiting(world, world.colleague, world.deputy)
        world.give_back(loan)
        assert self.hold(first) == date(2026, 3, 4)
        clock.advance(days=2)
        assert not queries.any_hold_over(world.session, work_as().today)
        assert services.end_holds(work_as()) == 0
        clock.advance(days=1)
        assert queries.first_in_line(world.session, volume.id, work_as().today).id == second.id  # Before any sweep.
        assert queries.any_hold_over(world.session, work_as().today)
        assert services.end_holds(work_as()) == 1
        assert (first.state, first.volumes[0].outcome) == (LineState.EXPIRED, "not_fetched")
        assert (second.state, self.hold(second)) == (LineState.READY, date(2026, 3, 9))
        assert told(world, world.deputy)[-1] == NoticeKind.HOLD_READY
        clock.advance(days=5)
        services.end_holds(work_as())
        assert (second.state, volume.custody) == (LineState.EXPIRED, Custody.ON_SHELF)
        assert len(trail(world, "request:hold_end")) == 2

    def test_withdrawn_while_it_is_kept_it_passes_on(self, world: World) -> None:
        volume, loan, [first, second] = self.waiting(world, world.colleague, world.deputy)
        world.give_back(loan)
        services.cancel_line(world.work(world.colleague), first.id, first.row_version)
        assert (volume.custody, self.hold(second)) == (Custody.RESERVED, date(2026, 3, 4))
        assert told(world, world.deputy)[-1] == NoticeKind.HOLD_READY

    def test_a_request_lasts_as_long_as_its_hold(self, world: World, work_as: Callable[..., Any], clock: Any) -> None:
        _volume, loan, [line] = self.waiting(world, world.colleague)
        line.expires_on = FRIDAY
        clock.advance(days=4)
        world.give_back(loan)
        assert self.hold(line) == date(2026, 3, 10)
        clock.advance(days=4)
        assert not queries.has_lapsed(line, work_as().today)
        assert services.expire_requests(work_as()) == 0
        assert world.issue(line)[0].borrower_id == world.colleague.id

    def test_nothing_runs_out_while_the_volume_is_out_with_another(
        self, world: World, work_as: Callable[..., Any], clock: Any
    ) -> None:
        _volume, loan, [first, second] = self.waiting(world, world.colleague, world.deputy)
        world.give_back(loan)
        again = world.issue(second, confirmed=True)[0]
        assert self.hold(first) is None
        clock.advance(days=3)
        services.end_holds(work_as())
        assert first.state == LineState.READY
        world.give_back(again)
        assert self.hold(first) == date(2026, 3, 9)

    def test_in_repair_nobody_is_told_until_it_is_mended(self, world: World) -> None:
        volume, loan, [line] = self.waiting(world, world.colleague)
        world.give_back(loan, condition=Condition.DAMAGED, remark="Spine torn", to_repair=True)
        assert (volume.custody, volume.condition, self.hold(line)) == (Custody.IN_REPAIR, Condition.DAMAGED, None)
        with pytest.raises(Conflict):
            world.issue(line, volume_ids=[volume.id])
        services.end_repair(world.work(world.clerk), volume.id, volume.row_version, condition=Condition.WORN)
        assert (volume.custody, volume.condition) == (Custody.RESERVED, Condition.WORN)
        assert self.hold(line) == date(2026, 3, 4)


class TestOverride:
    @pytest.fixture
    def line(self, world: World, clock: Any) -> Any:
        line = world.approved(world.dossier())
        world.lend(world.dossier())
        clock.advance(days=4)
        return line

    def test_the_clerk_gives_nothing_to_a_blocked_borrower(self, world: World, line: Any) -> None:
        with pytest.raises(ReaderOverdue):
            world.issue(line, confirmed=True, override_reason="They asked nicely")

    def test_the_records_manager_needs_a_reason(self, world: World, line: Any) -> None:
        with pytest.raises(ConfirmationNeeded) as caught:
            world.issue(line, by=world.records, confirmed=True)
        assert caught.value.needs_reason
        with pytest.raises(ConfirmationNeeded):
            world.issue(line, by=world.records, override_reason="The court sits today")
        [loan] = world.issue(line, by=world.records, confirmed=True, override_reason="The court sits today")
        assert loan.override_reason == "The court sits today"
        assert len(trail(world, "loan:override")) == 1

    def test_nobody_lets_themselves_off(self, world: World, clock: Any) -> None:
        line = world.sign(world.ask(world.dossier(), by=world.records), by=world.general)
        world.lend(world.dossier())
        own = world.sign(world.ask(world.dossier(), by=world.records), by=world.general)
        world.issue(own, by=world.clerk)
        clock.advance(days=4)
        with pytest.raises(ReaderOverdue):
            world.issue(line, by=world.records, confirmed=True, override_reason="I need it")

    def test_a_core_loan_is_not_counted_for_who_may_not_know_of_it(self, world: World) -> None:
        world.lend(world.dossier(Level.CORE))
        line = world.approved(world.dossier())
        clerk = make_person(world.session, world.clerk.department, Role.CLERK)
        for person, told in ((world.clerk, True), (clerk, False)):
            check = services.check_issue(world.work(person), line, line.volumes[0].volume)
            assert any("holds" in message.id for message in check.worth_knowing) is told

    def test_without_a_block_no_reason_is_kept(self, world: World) -> None:
        line = world.approved(world.dossier())
        [loan] = world.issue(line, by=world.records, confirmed=True, override_reason="Just in case")
        assert (loan.override_reason, trail(world, "loan:override")) == ("", [])


class TestReadingRoom:
    def test_due_on_the_same_day_and_overdue_from_the_next(self, world: World, clock: Any) -> None:
        [loan] = world.issue(world.approved(world.dossier()), in_reading_room=True)
        assert (loan.in_reading_room, loan.due_on) == (True, MONDAY)
        assert not queries.holds_overdue(world.session, world.reader.id, MONDAY)
        assert queries.holds_overdue(world.session, world.reader.id, MONDAY + timedelta(days=1))
        with pytest.raises(Conflict, match="on the same day"):
            renew(world, loan)


class TestCondition:
    def test_worse_than_it_went_out_needs_a_word(self, world: World) -> None:
        dossier = world.dossier()
        loan = world.lend(dossier)
        with pytest.raises(Invalid) as caught:
            world.give_back(loan, condition=Condition.DAMP)
        assert set(caught.value.fields) == {"remark"}
        world.give_back(loan, condition=Condition.DAMP, remark="Left in the rain")
        assert (loan.condition_issued, loan.condition_returned) == (Condition.GOOD, Condition.DAMP)
        assert dossier.volumes[0].condition == Condition.DAMP

    def test_as_handed_out_needs_none_and_what_has_suffered_is_asked_about(self, world: World) -> None:
        dossier = world.dossier()
        dossier.volumes[0].condition = Condition.MOULD
        line = world.approved(dossier)
        with pytest.raises(ConfirmationNeeded):
            world.issue(line)
        [loan] = world.issue(line, confirmed=True)
        world.give_back(loan)
        assert (loan.condition_returned, loan.remark) == (Condition.MOULD, "")


def test_the_name_of_who_has_it_when_it_is_out(world: World) -> None:
    dossier = world.dossier()
    world.lend(dossier)
    with pytest.raises(AlreadyOnLoan) as caught:
        world.issue(world.approved(dossier, by=world.colleague), volume_ids=[dossier.volumes[0].id])
    assert caught.value.holder == "Rea Reader"
