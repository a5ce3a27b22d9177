"""Requests served in part, and loans that never came back: what the register says of them stays true."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.dossiers.states import Custody
from portal.lending import queries, services
from portal.lending.models import Loan, RequestLine
from portal.lending.states import LineState, LoanState
from portal.reports.periods import Period, PeriodKind
from portal.reports.services.counting import count
from portal.reports.statistics.counted import Audience
from tests.unit.lending_world import World, make_world


@pytest.fixture
def world(session: Any, work_as: Callable[..., Any]) -> World:
    return make_world(session, work_as)


def served_in_part(world: World) -> tuple[RequestLine, Loan]:
    """Two volumes asked for and approved, one handed out."""
    line = world.approved(world.dossier(volumes=2))
    first, second = line.volumes
    (loan,) = world.issue(line, volume_ids=[first.volume_id])
    assert (line.state, second.volume.custody) == (LineState.READY, Custody.RESERVED)
    return line, loan


def end_by_the_reader(world: World, line: RequestLine, _clock: Any) -> None:
    services.cancel_line(world.work(world.reader), line.id, line.row_version)


def end_by_time(world: World, _line: RequestLine, clock: Any) -> None:
    clock.advance(days=60)
    assert services.expire_requests(world.work_as()) == 1


@pytest.mark.parametrize("end", [end_by_the_reader, end_by_time])
def test_what_was_handed_out_ends_as_fulfilled_and_the_rest_is_free(
    world: World, clock: Any, end: Callable[..., None]
) -> None:
    line, loan = served_in_part(world)
    end(world, line, clock)
    assert (line.state, loan.state) == (LineState.FULFILLED, LoanState.ON_LOAN)
    assert line.closed_at == clock.now()
    assert [row.volume.custody for row in line.volumes] == [Custody.ON_LOAN, Custody.ON_SHELF]
    world.give_back(loan)
    assert line.volumes[0].volume.custody == Custody.ON_SHELF


def test_what_was_not_served_at_all_ends_as_withdrawn_or_expired(world: World, clock: Any) -> None:
    withdrawn, lapsed = world.approved(world.dossier()), world.approved(world.dossier())
    end_by_the_reader(world, withdrawn, clock)
    end_by_time(world, lapsed, clock)
    assert (withdrawn.state, lapsed.state) == (LineState.CANCELLED, LineState.EXPIRED)


def test_a_loss_is_recorded_with_who_and_when(world: World, clock: Any) -> None:
    loan = world.lend(world.dossier())
    clock.advance(hours=2)
    services.lose_loan(world.work(world.clerk), loan.id, loan.row_version, remark="burnt")
    assert (loan.recorded_at, loan.received_by_id, loan.returned_on) == (clock.now(), world.clerk.id, None)


def test_what_is_lost_is_nowhere_overdue(world: World, clock: Any) -> None:
    lost, late = world.lend(world.dossier()), world.lend(world.dossier(), by=world.colleague)
    services.lose_loan(world.work(world.clerk), lost.id, lost.row_version, remark="burnt")
    clock.advance(days=20)
    today, records = world.work_as().today, world.act(world.records)
    period = Period(PeriodKind.DAYS, today.replace(day=1), today)
    overdue = count(world.work(world.records), Audience.EVERYONE, period).figure("volumes-overdue")
    assert overdue.register
    borrower = [column.heading for column in overdue.register.columns].index("Borrower")
    assert [row[borrower] for row in overdue.register.rows] == ["Col League"]
    assert queries.loan_counts(world.session, records, today).overdue == 1
    assert not queries.holds_overdue(world.session, lost.borrower_id, today)
    assert queries.holds_overdue(world.session, late.borrower_id, today)
