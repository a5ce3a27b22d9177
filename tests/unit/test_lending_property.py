"""Random people, days and acts at the counter: whatever is tried, the loan register stays true."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from portal.access.queries import known_to
from portal.accounts.models import Person, PersonRole
from portal.core.errors import PortalError
from portal.core.permissions import Level, Permission, Role
from portal.core.trail import TrailEntry
from portal.dossiers.models import Dossier, Volume
from portal.dossiers.states import Custody
from portal.lending import queries, services
from portal.lending.models import Decision, Loan, RequestLine
from portal.lending.states import LineState, LoanState, RequestKind
from tests.unit.lending_world import TEXTS, World, make_world

PLACE = st.integers(0, 99)
LEVELS = (Level.GENERAL, Level.GENERAL, Level.IMPORTANT, Level.CORE)
OF_CLERKS = (Role.CLERK, Role.RECORDS_MANAGER)


@dataclass
class Counter:
    """The archive under the hands of everybody. Each act takes who acts and a number to choose by; what the rules
    refuse changes nothing."""

    world: World
    clock: Any
    dossiers: list[Dossier]
    seen_loans: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    """Closed loans as they were when they were first seen closed."""
    grown: tuple[int, ...] = (0, 0, 0, 0)
    acting: Person | None = None

    @property
    def session(self) -> Any:
        return self.world.session

    @property
    def people(self) -> list[Person]:
        world = self.world
        return [
            *(world.reader, world.colleague, world.head, world.deputy),
            *(world.owner, world.clerk, world.records, world.general),
        ]

    def person(self, who: int, able: Collection[int] = ()) -> Person:
        """Mostly one of those who may well do it, sometimes anybody."""
        fit = [person for person in self.people if person.id in able] if who % 4 else []
        return (fit or self.people)[who % len(fit or self.people)]

    def clerks(self) -> set[int]:
        return {person.id for person in self.people if person.role_set & set(OF_CLERKS)}

    def signing(self, who: int, line: RequestLine) -> Any:
        found = queries.signers_of(self.session, line)
        return self.work(who, {person.id for person in found.people} if found else ())

    def at_the_desk(self, who: int) -> Any:
        return self.work(who, self.clerks())

    def work(self, who: int, able: Collection[int] = ()) -> Any:
        self.acting = self.person(who, able)
        return self.world.work(self.acting)

    def _one_of(self, rows: Any, which: int) -> Any:
        rows = list(rows)
        return rows[which % len(rows)] if rows else None

    def _line(self, which: int, *states: LineState) -> RequestLine | None:
        query = select(RequestLine).where(RequestLine.state.in_(states)).order_by(RequestLine.id)
        line: RequestLine | None = self._one_of(self.session.scalars(query), which)
        return line

    def _loan(self, which: int, *states: LoanState) -> Loan | None:
        query = select(Loan).where(Loan.state.in_(states)).order_by(Loan.id)
        loan: Loan | None = self._one_of(self.session.scalars(query), which)
        return loan

    def ask(self, who: int, which: int) -> None:
        kind = RequestKind.READ if which % 5 == 0 else RequestKind.BORROW
        work = self.work(who)
        reader = self.people[which % len(self.people)] if which % 7 == 0 else self.acting
        services.file_request(
            work,
            kind=kind,
            dossier_ids=[self.dossiers[which % len(self.dossiers)].id],
            reader_id=reader.id,
            **TEXTS,
        )

    def sign(self, who: int, which: int) -> None:
        if line := self._line(which, LineState.SUBMITTED):
            services.decide_as_head(
                self.signing(who, line),
                line.id,
                line.row_version,
                approve=which % 8 != 0,
                comment="Because.",
            )

    def sign_second(self, who: int, which: int) -> None:
        if line := self._line(which, LineState.HEAD_APPROVED):
            services.decide_as_records(
                self.signing(who, line),
                line.id,
                line.row_version,
                approve=which % 8 != 0,
                comment="Because.",
            )

    def withdraw(self, who: int, which: int) -> None:
        if line := self._line(which, *LineState):
            services.cancel_line(self.work(who, {line.reader_id}), line.id, line.row_version)

    def issue(self, who: int, which: int) -> None:
        states = (LineState.READY,) if which % 3 else (LineState.READY, LineState.HEAD_APPROVED, LineState.FULFILLED)
        if line := self._line(which, *states):
            services.issue_line(self.at_the_desk(who), line.id, line.row_version, confirmed=which % 2 == 0)

    def not_found(self, who: int, which: int) -> None:
        line = self._line(which, LineState.READY)
        if line and line.volumes:
            services.report_volume_not_found(
                self.at_the_desk(who), line.id, line.volumes[0].volume_id, line.row_version
            )

    def put_back(self, who: int, which: int) -> None:
        query = select(Volume).where(Volume.custody == Custody.MISSING).order_by(Volume.id)
        if volume := self._one_of(self.session.scalars(query), which):
            services.put_back(self.at_the_desk(who), volume.id, volume.row_version)

    def take_back(self, who: int, which: int) -> None:
        if loan := self._loan(which, LoanState.ON_LOAN, LoanState.LOST):
            act = services.find_loan if loan.state == LoanState.LOST else services.return_volume
            act(
                self.at_the_desk(who),
                loan.id,
                loan.row_version,
                sheets=loan.sheets_issued - which % 2,
                remark="Counted.",
            )

    def lose(self, who: int, which: int) -> None:
        if loan := self._loan(which, LoanState.ON_LOAN):
            services.lose_loan(self.at_the_desk(who), loan.id, loan.row_version, remark="Left on a train.")

    def void(self, who: int, which: int) -> None:
        if loan := self._loan(which, LoanState.ON_LOAN):
            services.void_loan(self.at_the_desk(who), loan.id, loan.row_version, reason="Entered by mistake.")

    def serve(self, who: int, which: int) -> None:
        """A request on its whole way, by those who may: signed, and handed out where it can be."""
        reader = (self.world.reader, self.world.colleague)[who % 2]
        dossier = self.dossiers[which % len(self.dossiers)]
        line = services.file_request(
            self.world.work(reader), kind=RequestKind.BORROW, dossier_ids=[dossier.id], **TEXTS
        ).lines[0]
        while (found := queries.signers_of(self.session, line)) and found.people:
            act = services.decide_as_records if line.state == LineState.HEAD_APPROVED else services.decide_as_head
            act(self.world.work(found.people[who % len(found.people)]), line.id, line.row_version, approve=True)
        if which % 3:
            self.acting = self.person(who, self.clerks())
            services.issue_line(self.world.work(self.acting), line.id, line.row_version)

    def renew(self, who: int, which: int) -> None:
        if loan := self._loan(which, LoanState.ON_LOAN):
            services.renew_loan(self.work(who, {loan.borrower_id}), loan.id, loan.row_version)

    def recall(self, who: int, which: int) -> None:
        if loan := self._loan(which, LoanState.ON_LOAN):
            services.recall_loan(self.at_the_desk(who), loan.id, loan.row_version, reason="Needed at court.")

    def hand_on(self, who: int, which: int) -> None:
        """From one to the next, over the counter."""
        loan = self._loan(which, LoanState.ON_LOAN)
        line = self._line(which, LineState.READY)
        if loan and line:
            services.transfer_loan(
                self.at_the_desk(who),
                loan.id,
                loan.row_version,
                line.id,
                line.row_version,
                sheets=loan.sheets_issued,
                confirmed=True,
            )

    def end_holds(self, _who: int, _which: int) -> None:
        services.end_holds(self.world.work_as())

    def expire(self, _who: int, _which: int) -> None:
        services.expire_requests(self.world.work_as())

    def pass_days(self, _who: int, which: int) -> None:
        self.clock.advance(days=1 + which % 6)

    def change_clearance(self, _who: int, which: int) -> None:
        person = self.people[which % len(self.people)]
        person.clearance = Level.GENERAL if person.clearance == Level.CORE else Level.CORE

    def change_level(self, _who: int, which: int) -> None:
        self.dossiers[which % len(self.dossiers)].level = LEVELS[which % len(LEVELS)]

    def change_roles(self, _who: int, which: int) -> None:
        person = self.people[which % len(self.people)]
        role = OF_CLERKS[which % 2]
        held = [row for row in person.roles if row.role == role]
        if held:
            person.roles.remove(held[0])
        else:
            person.roles.append(PersonRole(role=role))


ACTS: dict[str, tuple[Callable[[Counter, int, int], None], Permission | None]] = {
    "ask": (Counter.ask, Permission.REQUEST_FILE),
    "sign": (Counter.sign, Permission.REQUEST_DECIDE),
    "sign_second": (Counter.sign_second, Permission.REQUEST_DECIDE_RECORDS),
    "withdraw": (Counter.withdraw, Permission.REQUEST_FILE),
    "issue": (Counter.issue, Permission.LOAN_ISSUE),
    "serve": (Counter.serve, None),
    "not_found": (Counter.not_found, Permission.LOAN_ISSUE),
    "put_back": (Counter.put_back, Permission.LOAN_RETURN),
    "take_back": (Counter.take_back, Permission.LOAN_RETURN),
    "lose": (Counter.lose, Permission.LOAN_RETURN),
    "void": (Counter.void, Permission.LOAN_VOID),
    "renew": (Counter.renew, Permission.REQUEST_FILE),
    "recall": (Counter.recall, Permission.LOAN_ISSUE),
    "hand_on": (Counter.hand_on, Permission.LOAN_ISSUE),
    "end_holds": (Counter.end_holds, None),
    "expire": (Counter.expire, None),
    "pass_days": (Counter.pass_days, None),
    "change_clearance": (Counter.change_clearance, None),
    "change_level": (Counter.change_level, None),
    "change_roles": (Counter.change_roles, None),
}
"""What may be tried, and the permission without which it must change nothing."""

OFTEN = (
    *("ask", "sign", "sign", "sign_second", "issue", "issue", "issue", "take_back"),
    *("serve", "serve", "serve", "serve", "pass_days"),
    *ACTS,
)
STEPS = st.lists(st.tuples(st.sampled_from(OFTEN), PLACE, PLACE), min_size=20, max_size=60)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(STEPS)
def test_the_register_stays_true(session: Any, work_as: Any, clock: Any, steps: list[tuple[str, int, int]]) -> None:
    savepoint = session.begin_nested()
    began = clock.now()
    try:
        world = make_world(session, work_as)
        counter = Counter(world, clock, [world.dossier(level, volumes=2) for level in LEVELS])
        check_all(counter)
        for name, who, which in steps:
            try_act(counter, name, who, which)
            check_all(counter)
    finally:
        savepoint.rollback()
        session.expunge_all()
        clock.put(began)


def try_act(counter: Counter, name: str, who: int, which: int) -> None:
    """Try it as the portal does: what is refused is undone as a whole."""
    act, permission = ACTS[name]
    session = counter.session
    session.flush()
    before = history(counter)
    loans = set(session.scalars(select(Loan.id)))
    overdue = {person.id for person in counter.people if owes(counter, person)}
    savepoint = session.begin_nested()
    try:
        act(counter, who, which)
        session.flush()
        savepoint.commit()
    except PortalError:
        savepoint.rollback()
        session.expire_all()
        assert history(counter) == before
        return
    if permission is not None and counter.acting and not counter.world.act(counter.acting).may(permission):
        assert history(counter) == before, f"{name} without {permission}"
    for loan in session.scalars(select(Loan).where(Loan.id.not_in(loans))):
        check_new_loan(counter, loan, overdue)


def today(counter: Counter) -> date:
    day: date = counter.world.work_as().today
    return day


def owes(counter: Counter, person: Person) -> bool:
    query = select(Loan.due_on).where(Loan.borrower_id == person.id, Loan.state == LoanState.ON_LOAN)
    return any(due < today(counter) for due in counter.session.scalars(query))


def check_new_loan(counter: Counter, loan: Loan, overdue: set[int]) -> None:
    """Nobody is given what their clearance forbids, nor anything while they owe a file; three days, no closed day."""
    session, borrower = counter.session, counter.session.get_one(Person, loan.borrower_id)
    assert borrower.departed_at is None
    assert loan.borrower_id not in overdue
    dossier_id = session.get_one(Volume, loan.volume_id).dossier_id
    known = select(Dossier.id).where(Dossier.id == dossier_id, known_to(counter.world.act(borrower), Dossier))
    assert session.scalar(known) is not None
    signed = session.scalars(select(Decision).where(Decision.line_id == loan.line_id, Decision.approved)).all()
    level = session.get_one(Dossier, dossier_id).level
    assert len({row.decided_by_id for row in signed}) >= (1 if level == Level.GENERAL else 2)
    filed_by = loan.line.request.filed_by_id
    assert not {row.decided_by_id for row in signed} & {loan.borrower_id, filed_by}
    day = loan.issued_on
    expected = next(each for n in range(3, 10) if (each := day + timedelta(days=n)).weekday() < 5)
    assert (loan.due_on, loan.original_due_on) == (expected, expected)


def check_all(counter: Counter) -> None:
    session = counter.session
    session.expire_all()
    volumes = session.scalars(select(Volume)).all()
    lent = session.scalars(select(Loan.volume_id).where(Loan.state == LoanState.ON_LOAN)).all()
    assert len(lent) == len(set(lent)), "a volume on two loans"
    assert set(lent) == {volume.id for volume in volumes if volume.custody == Custody.ON_LOAN}
    for volume in volumes:
        waits = queries.first_in_line(session, volume.id, today(counter)) is not None
        if volume.custody == Custody.ON_SHELF:
            assert not waits, "on the shelf though an approved request wants it"
    for loan in session.scalars(select(Loan).where(Loan.state.in_([LoanState.RETURNED, LoanState.VOIDED]))):
        facts = (loan.state, loan.returned_on, loan.borrower_id, loan.due_on, loan.sheets_returned, loan.remark)
        assert counter.seen_loans.setdefault(loan.id, facts) == facts, "a closed loan has changed"
    now = history(counter)
    assert all(later >= earlier for later, earlier in zip(now, counter.grown, strict=True)), "history was removed"
    counter.grown = now


def history(counter: Counter) -> tuple[int, ...]:
    """How much there is of what only grows."""
    tables = (Loan, RequestLine, Decision, TrailEntry)
    return tuple(counter.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)
