"""Two at once, with real threads and connections: one loan, one request, and a clear word to the other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.errors import Conflict, PortalError
from portal.core.unit_of_work import UnitOfWork
from portal.database import begin_writing
from portal.lending import services
from portal.lending.errors import AlreadyOnLoan, AlreadyRequested
from portal.lending.models import Loan, RequestedVolume, RequestLine
from portal.lending.states import LineState, LoanState, RequestKind
from tests.conftest import TRAIL_KEY
from tests.unit.lending_world import TEXTS, World, confirming, make_world

ROUNDS = 5


@pytest.fixture
def world(session: Any, work_as: Callable[..., Any]) -> World:
    return make_world(session, work_as)


@pytest.fixture
def race(engine: Any, clock: Any) -> Callable[..., list[Any]]:
    """`race(one, two)` runs both acts at the same moment, each in a transaction of its own; returns outcomes."""

    def run(*acts: tuple[Any, Callable[[UnitOfWork], Any]]) -> list[Any]:
        start = threading.Barrier(len(acts))
        outcomes: list[Any] = [None] * len(acts)

        def go(number: int, actor: Any, act: Callable[[UnitOfWork], Any]) -> None:
            with Session(engine, expire_on_commit=False) as session:
                start.wait()
                begin_writing(session)
                work = UnitOfWork(session, clock, ZoneInfo("Asia/Shanghai"), TRAIL_KEY, actor)
                try:
                    outcomes[number] = act(work)
                    work.commit()
                except Exception as error:  # noqa: BLE001 — the outcome is what the test looks at
                    outcomes[number] = error

        threads = [threading.Thread(target=go, args=(n, *act)) for n, act in enumerate(acts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return outcomes

    return run


def _one_won(outcomes: list[Any], refusal: type[PortalError]) -> Any:
    lost = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert [type(error) for error in lost] == [refusal], outcomes
    return lost[0]


@pytest.mark.parametrize("same_request", [True, False])
def test_two_clerks_one_volume(world: World, race: Callable[..., list[Any]], same_request: bool) -> None:
    rounds = []
    for _ in range(ROUNDS):
        dossier = world.dossier()
        one = world.approved(dossier)
        two = one if same_request else world.approved(dossier, by=world.colleague)
        rounds.append([(line.id, dossier.volumes[0].id, line.row_version) for line in (one, two)])
    clerks = [world.act(world.clerk), world.act(world.records)]
    world.session.commit()

    def issue(line_id: int, volume_id: int, version: int) -> Callable[[UnitOfWork], Any]:
        return lambda work: confirming(
            lambda keys: services.issue_volume(work, line_id, volume_id, version, confirmed=keys)
        )

    for lines in rounds:
        acts = [(clerk, issue(*line)) for clerk, line in zip(clerks, lines, strict=True)]
        error = _one_won(race(*acts), AlreadyOnLoan)
        assert error.holder in ("Rea Reader", "Col League")
        open_loans = world.session.scalar(
            select(func.count()).where(Loan.volume_id == lines[0][1], Loan.state == LoanState.ON_LOAN)
        )
        assert open_loans == 1
        world.session.commit()


def test_the_same_request_twice_at_once(world: World, race: Callable[..., list[Any]]) -> None:
    dossiers = [world.dossier().id for _ in range(ROUNDS)]
    reader, colleague = world.act(world.reader), world.act(world.colleague)
    world.session.commit()
    for dossier_id in dossiers:

        def ask(work: UnitOfWork, dossier_id: int = dossier_id) -> Any:
            return services.file_request(
                work, kind=RequestKind.READ, dossier_ids=[dossier_id], reader_id=reader.id, **TEXTS
            )

        outcomes = race((reader, ask), (colleague, ask))
        # Who is later hears why, but a colleague nothing of what the reader has asked for.
        reader_was_late = isinstance(outcomes[0], Exception)
        _one_won(outcomes, AlreadyRequested if reader_was_late else Conflict)
        states = world.session.scalars(select(RequestLine.state).where(RequestLine.dossier_id == dossier_id)).all()
        assert states == [LineState.SUBMITTED]
        world.session.commit()


def test_a_return_and_an_approval_at_once_leave_the_volume_reserved(
    world: World, race: Callable[..., list[Any]]
) -> None:
    rounds = []
    for _ in range(ROUNDS):
        dossier = world.dossier()
        loan = world.lend(dossier)
        line = world.ask(dossier, by=world.colleague)
        rounds.append((dossier.volumes[0].id, loan.id, loan.row_version, line.id, line.row_version))
    clerk, head = world.act(world.clerk), world.act(world.head)
    world.session.commit()
    for volume_id, loan_id, loan_version, line_id, line_version in rounds:
        outcomes = race(
            (clerk, lambda work, i=loan_id, v=loan_version: services.return_volume(work, i, v, sheets=40)),
            (head, lambda work, i=line_id, v=line_version: services.decide_as_head(work, i, v, approve=True)),
        )
        assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)], outcomes
        world.session.expire_all()
        loan = world.session.get_one(Loan, loan_id)
        assert (loan.volume_id, loan.volume.custody.value) == (volume_id, "reserved")
        world.session.commit()


def test_bulk_against_bulk_in_opposite_order(world: World, race: Callable[..., list[Any]]) -> None:
    """Both ask for the same volumes, each in the order of their own form: one gets all, nobody waits in a circle."""
    rounds = []
    for _ in range(ROUNDS):
        dossier = world.dossier(volumes=4)
        ids = [volume.id for volume in dossier.volumes]
        one, two = world.approved(dossier), world.approved(dossier, by=world.colleague)
        for row in list(two.volumes):
            world.session.delete(row)
        world.session.flush()
        world.session.expire(two, ["volumes"])
        two.volumes = [RequestedVolume(volume_id=volume_id) for volume_id in reversed(ids)]
        world.session.flush()
        rounds.append([(one.id, one.row_version, ids), (two.id, two.row_version, ids[::-1])])
    clerks = [world.act(world.clerk), world.act(world.records)]
    world.session.commit()

    def issue(line_id: int, version: int, ids: list[int]) -> Callable[[UnitOfWork], Any]:
        return lambda work: confirming(
            lambda keys: services.issue_line(work, line_id, version, volume_ids=ids, confirmed=keys)
        )

    for lines in rounds:
        acts = [(clerk, issue(*line)) for clerk, line in zip(clerks, lines, strict=True)]
        _one_won(race(*acts), AlreadyOnLoan)
        count = select(func.count()).where(Loan.volume_id.in_(lines[0][2]), Loan.state == LoanState.ON_LOAN)
        assert world.session.scalar(count) == 4
        world.session.commit()


def test_a_renewal_and_an_approval_at_once(world: World, race: Callable[..., list[Any]]) -> None:
    """Whoever is later sees the other: a loan is not renewed over a request that was approved before."""
    rounds = []
    for _ in range(ROUNDS):
        dossier = world.dossier()
        loan = world.lend(dossier)
        line = world.ask(dossier, by=world.colleague)
        rounds.append((loan.id, loan.row_version, line.id, line.row_version))
    reader, head = world.act(world.reader), world.act(world.head)
    world.session.commit()
    for loan_id, loan_version, line_id, line_version in rounds:

        def renew(work: UnitOfWork, key: int = loan_id, version: int = loan_version) -> Any:
            return services.renew_loan(work, key, version)

        def approve(work: UnitOfWork, key: int = line_id, version: int = line_version) -> Any:
            return services.decide_as_head(work, key, version, approve=True)

        renewed, approved = race((reader, renew), (head, approve))
        assert not isinstance(approved, Exception), approved
        assert not isinstance(renewed, Exception) or type(renewed) is Conflict, renewed
        world.session.commit()


def test_the_end_of_a_hold_and_an_issue_past_it_at_once(
    world: World, race: Callable[..., list[Any]], clock: Any
) -> None:
    """Both take request and volume in the same order, so neither database has to break a circle."""
    rounds = []
    for _ in range(ROUNDS):
        dossier = world.dossier()
        loan = world.lend(dossier)
        first, second = world.approved(dossier, by=world.colleague), world.approved(dossier, by=world.deputy)
        world.give_back(loan)
        rounds.append((dossier.volumes[0].id, first.id, second.id, second.row_version))
    clerk = world.act(world.clerk)
    world.session.commit()
    clock.advance(days=3)
    for volume_id, first_id, second_id, version in rounds:

        def issue(work: UnitOfWork, line: int = second_id, volume: int = volume_id, shown: int = version) -> Any:
            return confirming(lambda keys: services.issue_volume(work, line, volume, shown, confirmed=keys))

        outcomes = race((None, services.end_holds), (clerk, issue))
        assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)], outcomes
        assert world.session.get(Loan, outcomes[1].id).borrower_id == world.deputy.id
        # Ended, or waiting again because the volume went out before: never "kept" for a volume that is out.
        row = world.session.get(RequestLine, first_id).volumes[0]
        assert (row.outcome, row.hold_until) == ("wanted", None) or row.outcome == "not_fetched"
        world.session.commit()
