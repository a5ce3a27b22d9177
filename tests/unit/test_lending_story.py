"""Whatever people do, in whatever order: what must always hold about requests, grants and loans."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, event, inspect, select
from sqlalchemy.orm import Session

from portal.access.models import ReadingGrant
from portal.core.clock import SetClock
from portal.core.errors import PortalError
from portal.core.permissions import Level
from portal.core.tables import Base
from portal.core.unit_of_work import UnitOfWork
from portal.database import begin_writing, prepare_engine
from portal.dossiers.models import Volume
from portal.dossiers.states import CUSTODY, Custody
from portal.lending import queries, services
from portal.lending.models import Decision, Loan, RequestLine
from portal.lending.states import LINE, LOAN, LineState, LoanState, RequestKind
from tests.conftest import START, TRAIL_KEY
from tests.unit.lending_world import TEXTS, confirming, make_world

_STEPS = {
    RequestLine: ("state", {(state, after) for (state, _), (after, _) in LINE.items()}),
    Loan: ("state", {(state, after) for (state, _), (after, _) in LOAN.items()}),
    Volume: ("custody", {(state, after) for (state, _), (after, _) in CUSTODY.items()}),
}
_PEOPLE = ("reader", "colleague", "head", "deputy", "owner", "clerk", "records", "general")
_person = st.sampled_from(_PEOPLE)
_pick = st.integers(0, 30)


def _due(issued: date) -> date:
    """Three days, not counting the first; from Saturday and Sunday on to Monday. Computed by another way."""
    due = date.fromordinal(issued.toordinal() + 3)
    return {6: due + timedelta(2), 7: due + timedelta(1)}.get(due.isoweekday(), due)


class Office:
    """Random people do random things; a refusal is as good as a success, as long as the invariants hold."""

    def __init__(self, session: Session, blind: set[str]) -> None:
        self.session = session
        self.clock = SetClock(START)
        self.world = make_world(self.session, self._unit)
        self.dossiers = [
            self.world.dossier(level, volumes)
            for level, volumes in ((Level.GENERAL, 1), (Level.IMPORTANT, 2), (Level.CORE, 1), (Level.GENERAL, 3))
        ]
        for name in blind:
            getattr(self.world, name).clearance = Level.IMPORTANT
        self.session.flush()
        self.faults: list[str] = []
        event.listen(self.session, "before_flush", self._watch)

    def _unit(self, actor: Any = None) -> UnitOfWork:
        return UnitOfWork(self.session, self.clock, ZoneInfo("Asia/Shanghai"), TRAIL_KEY, actor)

    def _watch(self, session: Session, *_: Any) -> None:
        for row in session.dirty:
            if type(row) in _STEPS:
                column, steps = _STEPS[type(row)]
                history = inspect(row).attrs[column].history
                if history.deleted and (history.deleted[0], history.added[0]) not in steps:
                    self.faults.append(f"{row} went {history.deleted[0]} → {history.added[0]}")

    def _try(self, act: Any, *args: Any, **fields: Any) -> None:
        try:
            with self.session.begin_nested():
                act(*args, **fields)
        except PortalError:
            self.session.expire_all()

    def _work(self, name: str) -> UnitOfWork:
        return self.world.work(getattr(self.world, name))

    def _one(self, kind: Any, pick: int) -> Any:
        rows = self.session.scalars(select(kind).order_by(kind.id.desc())).all()
        return rows[pick % len(rows)] if rows else None

    def ask(self, by: str, reader: str, kind: RequestKind, which: int, draft: bool) -> None:
        self._try(
            services.file_request,
            self._work(by),
            kind=kind,
            dossier_ids=[self.dossiers[which].id],
            reader_id=getattr(self.world, reader).id,
            draft=draft,
            **TEXTS,
        )

    def ask_and_get(self, by: str, kind: RequestKind, which: int, fate: str) -> None:
        """The whole way as it is meant to go, so that much of it is under way at any time."""
        self.ask(by, by, kind, which, False)
        self.decide_by_whoever_may(0, approve=fate != "reject")
        self.decide_by_whoever_may(0)
        if fate in ("issue", "lose", "void", "take_back"):
            self.issue("clerk", 0, True)
        if fate == "take_back":
            self.take_back("clerk", 0, 40)
        elif fate in ("lose", "void"):
            getattr(self, fate)(0)
        elif fate == "withdraw":
            self.withdraw(0)
        elif fate == "gone":
            for number in range(3):
                self.not_found(0, number)

    def send_or_withdraw(self, by: str, pick: int, act: Any) -> None:
        if line := self._one(RequestLine, pick):
            self._try(act, self._work(by), line.id, line.row_version)

    def decide(self, by: str, pick: int, approve: bool) -> None:
        line = self._one(RequestLine, pick)
        if line is None:
            return
        for act in (services.decide_as_head, services.decide_as_records):
            self._try(act, self._work(by), line.id, line.row_version, approve=approve, comment="Because")

    def decide_by_whoever_may(self, pick: int, approve: bool = True) -> None:
        line = self._one(RequestLine, pick)
        signers = queries.signers_of(self.session, line) if line else None
        if signers and signers.people:
            actor = self.world.act(signers.people[0])
            act = services.decide_as_head if signers.stage == "head" else services.decide_as_records
            fields = {"approve": approve, "comment": "Because"}
            self._try(act, self._unit(actor), line.id, line.row_version, **fields)

    def withdraw(self, pick: int) -> None:
        if line := self._one(RequestLine, pick):
            self._try(services.cancel_line, self._unit(self.world.act(line.reader)), line.id, line.row_version)

    def issue(self, by: str, pick: int, sure: bool) -> None:
        if line := self._one(RequestLine, pick):
            act = partial(services.issue_line, self._work(by), line.id, line.row_version)
            self._try((lambda: confirming(lambda keys: act(confirmed=keys))) if sure else act)

    def not_found(self, pick: int, which: int) -> None:
        line = self._one(RequestLine, pick)
        if line and line.volumes:
            volume_id = line.volumes[which % len(line.volumes)].volume_id
            self._try(services.report_volume_not_found, self._work("clerk"), line.id, volume_id, line.row_version)

    def take_back(self, by: str, pick: int, sheets: int) -> None:
        if loan := self._one(Loan, pick):
            fields = {"sheets": sheets, "remark": "Counted"}
            self._try(services.return_volume, self._work(by), loan.id, loan.row_version, **fields)

    def lose(self, pick: int) -> None:
        if loan := self._one(Loan, pick):
            self._try(services.lose_loan, self._work("clerk"), loan.id, loan.row_version, remark="Lost")

    def find(self, pick: int) -> None:
        if loan := self._one(Loan, pick):
            self._try(services.find_loan, self._work("clerk"), loan.id, loan.row_version, sheets=40)
        volume = self._one(Volume, pick)
        self._try(services.put_back, self._work("clerk"), volume.id, volume.row_version)

    def void(self, pick: int) -> None:
        if loan := self._one(Loan, pick):
            self._try(services.void_loan, self._work("records"), loan.id, loan.row_version, reason="Wrong")

    def wait(self, days: int) -> None:
        self.clock.advance(days=days)

    def sweep(self) -> None:
        services.expire_requests(self._unit())

    def let_lapse(self) -> None:
        self.clock.advance(days=15)
        self.sweep()

    def the_rules_of_the_house_hold(self) -> None:
        self.session.flush()
        assert not self.faults, self.faults
        loans = self.session.scalars(select(Loan)).all()
        volumes = self.session.scalars(select(Volume)).all()
        open_loans = [loan.volume_id for loan in loans if loan.state == LoanState.ON_LOAN]
        assert len(open_loans) == len(set(open_loans))
        assert sorted(open_loans) == sorted(row.id for row in volumes if row.custody == Custody.ON_LOAN)
        for loan in loans:
            assert loan.due_on == (loan.issued_on if loan.in_reading_room else _due(loan.issued_on))
            assert loan.borrower.clearance == Level.CORE or loan.volume.dossier.level != Level.CORE
            assert sum(row.approved for row in loan.line.decisions) == (
                1 if loan.volume.dossier.level == Level.GENERAL else 2
            )
        for decision in self.session.scalars(select(Decision)):
            line = decision.line
            assert decision.decided_by_id not in (line.reader_id, line.request.filed_by_id)
            assert len({row.decided_by_id for row in line.decisions}) == len(line.decisions)
        for grant in self.session.scalars(select(ReadingGrant)):
            line = self.session.scalars(select(RequestLine).where(RequestLine.grant_id == grant.id)).one()
            assert line.reader_id == grant.person_id
            if line.dossier.level == Level.CORE:
                assert line.reader.clearance == Level.CORE
                assert grant.both_signed
        self._reservations_are_true(volumes)

    def _reservations_are_true(self, volumes: Any) -> None:
        today = self._unit().today
        for volume in volumes:
            wanted = queries.first_in_line(self.session, volume.id, today)
            assert not (wanted and volume.custody == Custody.ON_SHELF)
            unswept = self.session.scalars(
                select(RequestLine).where(RequestLine.state == LineState.READY, RequestLine.expires_on < today)
            ).first()
            assert wanted or unswept or volume.custody != Custody.RESERVED


def _steps() -> st.SearchStrategy[tuple[str, tuple[Any, ...]]]:
    """What can happen next: the name of the method and its arguments. The ways that lead on come more often."""
    which, kind, yes = st.integers(0, 3), st.sampled_from(RequestKind), st.booleans()
    desk, recent = st.sampled_from(["clerk", "records"]), st.integers(0, 3)
    fate = st.sampled_from(["issue", "issue", "take_back", "wait", "reject", "withdraw", "gone", "lose", "void"])
    whole_way = ("ask_and_get", _person, kind, which, fate)
    kinds: list[tuple[Any, ...]] = [
        whole_way,
        whole_way,
        whole_way,
        ("ask", _person, _person, kind, which, yes),
        ("send_or_withdraw", _person, _pick, st.sampled_from([services.submit_line, services.cancel_line])),
        ("decide", _person, _pick, st.sampled_from([True, True, False])),
        ("decide_by_whoever_may", recent, yes),
        ("withdraw", recent),
        ("issue", st.sampled_from(["clerk", "records", "reader"]), recent, yes),
        ("not_found", recent, which),
        ("take_back", desk, recent, st.sampled_from([40, 40, 39])),
        ("take_back", desk, recent, st.just(40)),
        ("lose", recent),
        ("find", recent),
        ("void", recent),
        ("wait", st.sampled_from([1, 2, 4])),
        ("sweep",),
        ("let_lapse",),
    ]
    return st.one_of([st.tuples(st.just(name), st.tuples(*arguments)) for name, *arguments in kinds])


@pytest.fixture
def fresh_session(tmp_path: Path) -> Any:
    """Sessions on one file, each of which leaves nothing behind."""
    engine = create_engine(f"sqlite:///{tmp_path / 'portal.db'}")
    prepare_engine(engine)
    Base.metadata.create_all(engine)

    @contextmanager
    def begin() -> Iterator[Session]:
        with Session(engine) as session:
            begin_writing(session)
            yield session
            session.rollback()

    yield begin
    engine.dispose()


@pytest.mark.slow
def test_the_rules_hold_whatever_people_do(fresh_session: Any) -> None:
    reached: set[LineState | LoanState] = set()

    @settings(max_examples=18, deadline=None, derandomize=True, phases=[Phase.generate])
    @given(blind=st.sets(_person, max_size=2), steps=st.lists(_steps(), min_size=30, max_size=45))
    def tell(blind: set[str], steps: list[Any]) -> None:
        with fresh_session() as session:
            office = Office(session, blind)
            for name, arguments in steps:
                getattr(office, name)(*arguments)
                office.the_rules_of_the_house_hold()
                reached.update(session.scalars(select(Loan.state).distinct()))
                reached.update(session.scalars(select(RequestLine.state).distinct()))

    tell()
    # Invariants over requests that came to nothing would hold of themselves.
    assert reached == set(LineState) | set(LoanState)
