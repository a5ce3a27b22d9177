"""Handing out and taking back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted, StaleVersion
from portal.core.permissions import Level
from portal.dossiers.queries import volume_with_barcode
from portal.dossiers.states import Custody
from portal.lending import queries, services
from portal.lending.errors import AlreadyOnLoan, ConfirmationNeeded
from portal.lending.models import Loan
from portal.lending.queries import LoanFilter
from portal.lending.states import LineState, LoanState
from portal.policy.models import CalendarException
from tests.factories import make_place
from tests.unit.lending_world import World, make_world

TODAY = date(2026, 3, 2)


@pytest.fixture
def world(session: Any, work_as: Callable[..., Any]) -> World:
    return make_world(session, work_as)


def test_issue_fulfils_the_line_in_the_same_transaction(world: World) -> None:
    dossier = world.dossier(volumes=2)
    line = world.approved(dossier)
    first = services.issue_volume(world.work(world.clerk), line.id, dossier.volumes[0].id, line.row_version)
    assert line.state == LineState.READY
    (second,) = world.issue(line)
    assert line.state == LineState.FULFILLED
    assert [loan.volume_id for loan in (first, second)] == [volume.id for volume in dossier.volumes]
    assert {volume.custody for volume in dossier.volumes} == {Custody.ON_LOAN}
    assert (first.borrower_id, first.issued_on, first.due_on, first.sheets_issued) == (
        world.reader.id,
        TODAY,
        date(2026, 3, 5),
        40,
    )
    with pytest.raises(Conflict):
        world.issue(line)


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        (datetime(2026, 3, 2, 1, 0, tzinfo=UTC), date(2026, 3, 5)),
        # 23:30 in Shanghai is still Monday, half past midnight is Tuesday: whatever UTC says.
        (datetime(2026, 3, 2, 15, 30, tzinfo=UTC), date(2026, 3, 5)),
        (datetime(2026, 3, 2, 16, 30, tzinfo=UTC), date(2026, 3, 6)),
        # Three days after Wednesday is Saturday: due on Monday.
        (datetime(2026, 3, 4, 1, 0, tzinfo=UTC), date(2026, 3, 9)),
    ],
)
def test_due_is_a_date_in_the_offices_zone(world: World, clock: Any, moment: datetime, due: date) -> None:
    clock.put(moment)
    assert world.lend(world.dossier()).due_on == due


def test_exceptions_of_the_calendar_win(world: World, session: Any) -> None:
    session.add(CalendarException(from_day=date(2026, 3, 5), until_day=date(2026, 3, 6), is_open=False))
    session.add(CalendarException(from_day=date(2026, 3, 7), until_day=date(2026, 3, 7), is_open=True))
    assert world.lend(world.dossier()).due_on == date(2026, 3, 7)


def test_overdue_begins_the_day_after_in_the_offices_zone(world: World, clock: Any) -> None:
    loan = world.lend(world.dossier())

    def late() -> list[int]:
        work = world.work(world.reader)
        return [row.days_late for row in queries.my_loans(world.session, work.person, work.today)]

    clock.put(datetime(2026, 3, 5, 15, 59, tzinfo=UTC))
    assert late() == [0]
    clock.put(datetime(2026, 3, 5, 16, 0, tzinfo=UTC))
    assert late() == [1]
    for who in (world.reader, world.clerk, world.head):
        work = world.work(who)
        rows = queries.some_loans(world.session, work.person, work.today, LoanFilter.OVERDUE, 50).rows
        assert [row.loan.id for row in rows] == [loan.id]
        assert queries.loan_counts(world.session, work.person, work.today).overdue == 1
    other = world.work(world.colleague)
    assert not queries.some_loans(world.session, other.person, other.today, LoanFilter.OPEN, 50).rows


def test_a_volume_out_is_refused_with_holder_and_date(world: World) -> None:
    dossier = world.dossier()
    world.lend(dossier)
    line = world.approved(dossier, by=world.colleague)
    with pytest.raises(AlreadyOnLoan) as refusal:
        services.issue_volume(world.work(world.clerk), line.id, dossier.volumes[0].id, line.row_version)
    assert (refusal.value.holder, refusal.value.since) == ("Rea Reader", TODAY)
    assert line.state == LineState.READY


def test_the_database_itself_refuses_a_second_open_loan(world: World) -> None:
    loan = world.lend(world.dossier())
    fields = ("volume_id", "line_id", "borrower_id", "issued_at", "issued_on", "issued_by_id", "due_on")
    twin = Loan(**{name: getattr(loan, name) for name in fields}, original_due_on=loan.due_on, sheets_issued=1)
    world.session.add(twin)
    with pytest.raises(IntegrityError):
        world.session.flush()


def test_the_index_is_explained_when_the_guard_saw_nothing(world: World) -> None:
    """What the slower of two counters meets: its guard still saw the volume on the shelf."""
    dossier = world.dossier()
    world.lend(dossier)
    line = world.approved(dossier, by=world.colleague)
    dossier.volumes[0].custody = Custody.ON_SHELF
    with pytest.raises(AlreadyOnLoan) as refusal:
        services.issue_volume(world.work(world.clerk), line.id, dossier.volumes[0].id, line.row_version)
    assert refusal.value.holder == "Rea Reader"


def test_only_the_desk_issues(world: World) -> None:
    line = world.approved(world.dossier())
    for who in (world.reader, world.head):
        with pytest.raises(NotPermitted):
            world.issue(line, by=who)


def test_an_unsigned_request_is_not_served(world: World) -> None:
    line = world.ask(world.dossier())
    with pytest.raises(Conflict):
        world.issue(line)
    important = world.sign(world.ask(world.dossier(Level.IMPORTANT)))
    with pytest.raises(Conflict):
        world.issue(important)


def test_a_level_raised_after_the_signature_asks_for_the_missing_one(world: World) -> None:
    dossier = world.dossier()
    line = world.approved(dossier)
    dossier.level = Level.IMPORTANT
    with pytest.raises(Conflict, match="signature is missing"):
        world.issue(line)


def test_a_reader_who_lost_the_clearance_gets_nothing(world: World) -> None:
    line = world.approved(world.dossier(Level.CORE))
    world.reader.clearance = Level.IMPORTANT
    with pytest.raises(Conflict):
        world.issue(line)


def test_a_clerk_without_clearance_does_not_see_core_requests_or_loans(world: World) -> None:
    dossier = world.dossier(Level.CORE)
    line = world.approved(dossier)
    world.clerk.clearance = Level.IMPORTANT
    actor = world.act(world.clerk)
    assert not queries.desk_queue(world.session, actor, TODAY).rows
    assert volume_with_barcode(world.session, actor, dossier.volumes[0].barcode) is None
    with pytest.raises(NotFound):
        world.issue(line)
    loan = world.issue(line, by=world.records)[0]
    assert not queries.some_loans(world.session, actor, TODAY, LoanFilter.OPEN, 50).rows
    assert queries.loan_counts(world.session, actor, TODAY).on_loan == 0
    assert not queries.loans_of_dossier(world.session, actor, dossier.id, TODAY)
    assert queries.where_is(world.session, actor, dossier.id, TODAY).volumes == ()
    with pytest.raises(NotFound):
        world.give_back(loan)


def test_a_file_in_hand_stays_on_ones_list_unnamed_when_the_clearance_is_gone(world: World) -> None:
    world.lend(world.dossier(Level.CORE))
    world.reader.clearance = Level.GENERAL
    (row,) = queries.my_loans(world.session, world.act(world.reader), TODAY)
    assert not row.dossier_known


def test_whoever_was_approved_first_comes_first_unless_the_clerk_confirms(world: World) -> None:
    dossier = world.dossier()
    late_filer, first = world.ask(dossier, by=world.reader), world.ask(dossier, by=world.colleague)
    world.sign(first)
    world.sign(late_filer)
    check = services.check_issue(world.work(world.clerk), late_filer, dossier.volumes[0])
    assert (len(check.impossible), len(check.needs_confirmation)) == (0, 1)
    with pytest.raises(ConfirmationNeeded) as question:
        world.issue(late_filer)
    assert "Col League" in str(question.value.questions[0])
    assert world.issue(late_filer, confirmed=True)


def test_handing_out_to_oneself_needs_a_word(world: World) -> None:
    line = world.sign(world.ask(world.dossier(), by=world.clerk), by=world.records)
    with pytest.raises(ConfirmationNeeded):
        world.issue(line)


def test_a_volume_not_found_is_missing_and_the_line_goes_on_without_it(world: World) -> None:
    dossier = world.dossier(volumes=2)
    gone, there = dossier.volumes
    line = world.approved(dossier)
    other = world.approved(dossier, by=world.colleague, volume_ids=[gone.id])
    services.report_volume_not_found(world.work(world.clerk), line.id, gone.id, line.row_version)
    assert (gone.custody, line.state) == (Custody.MISSING, LineState.READY)
    assert world.issue(line)[0].volume_id == there.id
    assert line.state == LineState.FULFILLED
    with pytest.raises(Conflict):
        world.issue(other, volume_ids=[gone.id])
    services.report_volume_not_found(world.work(world.clerk), other.id, gone.id, other.row_version)
    assert other.state == LineState.NOT_FOUND
    services.put_back(world.work(world.clerk), gone.id, gone.row_version)
    assert (other.state, other.closed_at) == (LineState.READY, None), "who waited for it is served after all"
    assert gone.custody == Custody.RESERVED
    assert world.issue(other)[0].volume_id == gone.id


def test_what_somebody_holds_is_not_missing(world: World) -> None:
    dossier = world.dossier()
    loan = world.lend(dossier)
    line = world.approved(dossier, by=world.colleague)
    with pytest.raises(AlreadyOnLoan):
        services.report_volume_not_found(world.work(world.clerk), line.id, loan.volume_id, line.row_version)
    assert dossier.volumes[0].custody == Custody.ON_LOAN


def test_return_counts_the_sheets_and_asks_about_a_difference(world: World, clock: Any) -> None:
    dossier = world.dossier()
    loan = world.lend(dossier)
    clock.advance(days=2)
    with pytest.raises(Invalid) as refusal:
        world.give_back(loan, sheets=39)
    assert "remark" in refusal.value.fields
    world.give_back(loan, sheets=39, remark="Sheet 12 is gone")
    assert (loan.state, loan.sheets_returned, loan.remark) == (LoanState.RETURNED, 39, "Sheet 12 is gone")
    assert (dossier.volumes[0].custody, dossier.volumes[0].sheets) == (Custody.ON_SHELF, 39)
    line = world.approved(dossier, by=world.colleague)
    (remark,) = services.check_issue(world.work(world.clerk), line, dossier.volumes[0]).worth_knowing
    assert (remark.params["issued"], remark.params["returned"]) == (40, 39)


def test_the_date_of_return_may_be_earlier_than_its_recording(world: World, clock: Any) -> None:
    loan = world.lend(world.dossier())
    clock.advance(days=7)
    for day in (date(2026, 3, 1), date(2026, 3, 10)):
        with pytest.raises(Invalid) as refusal:
            world.give_back(loan, returned_on=day)
        assert "returned_on" in refusal.value.fields
    world.give_back(loan, returned_on=date(2026, 3, 5))
    assert (loan.returned_on, loan.recorded_at) == (date(2026, 3, 5), clock.now())
    assert queries.days_late(loan, date(2026, 3, 9)) == 0


def test_a_return_happens_once(world: World) -> None:
    loan = world.lend(world.dossier())
    version = loan.row_version
    world.give_back(loan)
    with pytest.raises(StaleVersion):
        services.return_volume(world.work(world.clerk), loan.id, version, sheets=40)
    with pytest.raises(Conflict):
        world.give_back(loan)
    with pytest.raises(NotPermitted):
        services.return_volume(world.work(world.reader), loan.id, loan.row_version, sheets=40)


def test_a_returned_volume_is_kept_for_whoever_waits(world: World) -> None:
    dossier = world.dossier()
    loan = world.lend(dossier)
    line = world.approved(dossier, by=world.colleague)
    assert dossier.volumes[0].custody == Custody.ON_LOAN
    world.give_back(loan)
    assert dossier.volumes[0].custody == Custody.RESERVED
    assert queries.first_in_line(world.session, dossier.volumes[0].id, TODAY) is line


def test_lost_and_found(world: World, clock: Any) -> None:
    dossier = world.dossier()
    loan = world.lend(dossier)
    work = world.work(world.clerk)
    with pytest.raises(Invalid):
        services.lose_loan(work, loan.id, loan.row_version, remark="")
    services.lose_loan(work, loan.id, loan.row_version, remark="Left on the train")
    assert (loan.state, dossier.volumes[0].custody) == (LoanState.LOST, Custody.MISSING)
    with pytest.raises(Conflict):
        services.put_back(work, dossier.volumes[0].id, dossier.volumes[0].row_version)
    clock.advance(days=30)
    services.find_loan(world.work(world.clerk), loan.id, loan.row_version, sheets=40)
    assert (loan.state, dossier.volumes[0].custody) == (LoanState.RETURNED, Custody.ON_SHELF)
    assert (loan.returned_on, loan.remark) == (date(2026, 4, 1), "Left on the train")


def test_void_is_for_the_records_manager_on_the_same_day_and_reopens_the_request(world: World, clock: Any) -> None:
    dossier = world.dossier()
    line = world.approved(dossier)
    loan = world.issue(line)[0]
    with pytest.raises(NotPermitted):
        services.void_loan(world.work(world.clerk), loan.id, loan.row_version, reason="Wrong file")
    with pytest.raises(Invalid):
        services.void_loan(world.work(world.records), loan.id, loan.row_version, reason="")
    services.void_loan(world.work(world.records), loan.id, loan.row_version, reason="Wrong file")
    assert (loan.state, loan.remark, line.state) == (LoanState.VOIDED, "Wrong file", LineState.READY)
    assert dossier.volumes[0].custody == Custody.RESERVED
    again = world.issue(line)[0]
    clock.advance(days=1)
    with pytest.raises(Conflict):
        services.void_loan(world.work(world.records), again.id, again.row_version, reason="Too late")


def test_void_leaves_the_request_closed_when_the_reader_has_asked_anew(world: World) -> None:
    dossier = world.dossier()
    line = world.approved(dossier)
    loan = world.issue(line)[0]
    anew = world.ask(dossier)
    services.void_loan(world.work(world.records), loan.id, loan.row_version, reason="Wrong file")
    assert (line.state, anew.state) == (LineState.FULFILLED, LineState.SUBMITTED)
    assert dossier.volumes[0].custody == Custody.ON_SHELF


def test_the_register_says_out_to_everyone_and_the_name_to_those_who_may(world: World) -> None:
    dossier = world.dossier(volumes=2)
    line = world.approved(dossier, volume_ids=[dossier.volumes[1].id])
    world.issue(line)
    for who, name in (
        (world.owner, None),
        (world.colleague, None),
        (world.reader, "Rea Reader"),
        (world.clerk, "Rea Reader"),
        (world.general, "Rea Reader"),
    ):
        place = queries.where_is(world.session, world.act(who), dossier.id, TODAY)
        assert place.custody == Custody.ON_LOAN
        assert place.told is not None
        assert (place.told.ordinal, place.told.due_on, place.told.holder) == (2, date(2026, 3, 5), name)
        assert [row.custody for row in place.volumes] == [Custody.ON_SHELF, Custody.ON_LOAN]


def test_the_desk_fetches_in_shelf_order(world: World) -> None:
    dossiers = [world.dossier() for _ in range(3)]
    for dossier, place in zip(dossiers, ("B-01", "A-02", "A-01"), strict=True):
        dossier.volumes[0].home_place_id = make_place(world.session, place).id
    out = world.dossier()
    out.volumes[0].home_place_id = make_place(world.session, "A-00").id
    world.lend(out)
    waiting = world.approved(out, by=world.colleague)
    lines = [world.approved(dossier) for dossier in dossiers]
    queue = queries.desk_queue(world.session, world.act(world.clerk), TODAY)
    assert [line.id for line in queue.rows] == [lines[2].id, lines[1].id, lines[0].id, waiting.id]


def test_the_register_is_filtered(world: World, clock: Any) -> None:
    back = world.lend(world.dossier(), by=world.colleague)
    world.give_back(back)
    lost = world.lend(world.dossier(), by=world.colleague)
    services.lose_loan(world.work(world.clerk), lost.id, lost.row_version, remark="Fire")
    late = world.lend(world.dossier())
    clock.advance(days=8)
    fresh = world.lend(world.dossier(), by=world.colleague)
    actor, today = world.act(world.clerk), date(2026, 3, 10)
    parts = {
        part: [loan.id for loan in world.session.scalars(queries.register(actor, today, part))] for part in LoanFilter
    }
    assert parts == {
        LoanFilter.OPEN: [late.id, fresh.id],
        LoanFilter.OVERDUE: [late.id],
        LoanFilter.ANNOUNCED: [],
        LoanFilter.RETURNED: [back.id],
        LoanFilter.LOST: [lost.id],
        LoanFilter.ALL: [fresh.id, late.id, lost.id, back.id],
    }
