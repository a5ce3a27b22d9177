"""The company in which it plays, and how one person tries one act in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from portal.access.queries import readable_by
from portal.access.services import end_grants_of_departed, end_grants_of_mover
from portal.accounts.models import Person
from portal.core.clock import SetClock
from portal.core.errors import NotPermitted, PortalError
from portal.core.permissions import Actor, Level, Role
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Dossier
from portal.lending import services as lending
from portal.policy.models import PolicyValue
from tests.conftest import START, TRAIL_KEY
from tests.factories import (
    actor,
    make_client,
    make_department,
    make_dossier,
    make_person,
    make_place,
    make_responsible,
)
from tests.unit.lending_property.acts import ACTS
from tests.unit.lending_property.facts import Facts, read_facts
from tests.unit.lending_property.rights import On, may
from tests.unit.lending_property.rules import How, possible

ZONES = ("Asia/Shanghai", "Europe/Madrid", "America/Santiago")


@dataclass(frozen=True)
class Numbers:
    """The numbers of the policy, and where the office is."""

    loan_days: int
    renewal_days: int
    most_renewals: int
    hold_days: int
    grant_days: int
    request_days: int
    loan_days_counted: str
    closed_day_moves: str
    zone: str


@dataclass(frozen=True)
class Outcome:
    """What came of an act: the facts before and after, and why it was refused."""

    before: Facts
    after: Facts
    refused: PortalError | None


class House:
    """An archive on a connection whose transaction the test rolls back; within it each act commits or rolls back."""

    def __init__(self, connection: Connection, numbers: Numbers, uncleared: set[int]) -> None:
        self.connection, self.zone = connection, ZoneInfo(numbers.zone)
        self.clock = SetClock(START)
        with self._session() as session:
            for name, value in vars(numbers).items():
                if name != "zone":
                    session.add(PolicyValue(name=name, value=value))
            _fill(session, uncleared)
            session.commit()
        self.facts = self.look()

    def look(self) -> Facts:
        """What the database says now."""
        return read_facts(self.connection, self.clock.now(), self.zone)

    def try_act(self, act: str, who: int, on: On, how: How) -> Outcome:
        """Somebody tries something: done exactly when the table and the rules say so, and else nothing changes."""
        self.clock.advance(seconds=1)  # Nothing happens at the very moment of something else.
        before = Facts(self.facts.tables, self.clock.now(), self.facts.today)
        allowed = may(before, act, who, on)
        expected = allowed and possible(before, act, who, on, how)
        refused = None
        with self._session() as session:
            work = self._work(session, session.get_one(Person, who))
            try:
                ACTS[act][1](work, before, on, how)
                session.flush()
            except PortalError as error:
                session.rollback()
                refused = error
            else:
                work.commit()
        self.facts = self.look()
        assert (refused is None) == expected, f"{act}: expected {expected} (may: {allowed}), but {refused!r}"
        if refused is not None:
            assert not (allowed and isinstance(refused, NotPermitted)), f"{act} is theirs to do: {refused!r}"
            assert self.facts.tables == before.tables, f"{act} was refused, but something changed"
        return Outcome(before, self.facts, refused)

    def sweep(self) -> Outcome:
        """What the portal's timer does while nobody acts."""
        before = self.facts
        with self._session() as session:
            work = self._work(session, None)
            lending.expire_requests(work)
            lending.end_holds(work)
            end_grants_of_departed(work)
            work.commit()
        self.facts = self.look()
        return Outcome(before, self.facts, None)

    def set_departure(self, who: int, gone: bool) -> Outcome:
        """Somebody leaves the company, or comes back."""
        before = self.facts
        with self._session() as session:
            session.get_one(Person, who).departed_at = self.clock.now() if gone else None
            session.commit()
        self.facts = self.look()
        return Outcome(before, self.facts, None)

    def pass_time(self, hours: int) -> Outcome:
        """Time passes; nobody does anything."""
        before = self.facts
        self.clock.advance(hours=hours)
        self.facts = self.look()
        return Outcome(before, self.facts, None)

    def readable(self, who: int) -> set[int]:
        """The dossiers that the portal lets a person read today."""
        row = self.facts.people[who]
        led = self.facts.departments.values()
        person = Actor(
            row.id,
            row.name,
            row.department_id,
            row.clearance,
            frozenset(self.facts.roles[who]),
            frozenset(one.id for one in led if one.head_id == who),
            frozenset(one.id for one in led if one.deputy_id == who),
        )
        query = select(Dossier.id).where(readable_by(person, Dossier, self.facts.today))
        return set(self.connection.scalars(query))

    def _session(self) -> Session:
        return Session(self.connection, join_transaction_mode="create_savepoint")

    def _work(self, session: Session, person: Person | None) -> UnitOfWork:
        acting = actor(session, person) if person else None
        return UnitOfWork(session, self.clock, self.zone, TRAIL_KEY, acting, move_listeners=(end_grants_of_mover,))


def _fill(session: Session, uncleared: set[int]) -> None:
    """Twelve people in four departments, four dossiers with eight volumes in boxes on two shelves."""
    sales, buying, records, board = (make_department(session) for _ in range(4))
    people = [
        make_person(session, sales),
        make_person(session, sales),
        make_person(session, sales, Role.MANAGER, head=True),
        make_person(session, sales, deputy=True),
        make_person(session, buying),
        make_person(session, buying, head=True),
        make_person(session, records, Role.CLERK),
        make_person(session, records, Role.CLERK),
        make_person(session, records, Role.RECORDS_MANAGER, head=True),
        make_person(session, board, Role.GENERAL_MANAGER, head=True),
        make_person(session, board, Role.ADMINISTRATOR),
        make_person(session, board, Role.AUDITOR),
    ]
    for number, person in enumerate(people):
        person.clearance = Level.GENERAL if number in uncleared else Level.CORE
    reader, buyer = people[0], people[4]
    of_buyer, of_reader = make_client(session, buyer), make_client(session, buyer)
    make_responsible(session, buyer, of_buyer)
    make_responsible(session, reader, of_reader).until_date = date(2026, 3, 9)
    for level, client, volumes, shelf in (
        (Level.GENERAL, of_buyer, 3, 1),
        (Level.GENERAL, of_reader, 1, 1),
        (Level.IMPORTANT, of_buyer, 2, 2),
        (Level.CORE, of_buyer, 2, 2),
    ):
        make_dossier(session, buyer, client, level=level, volumes=volumes, place=f"A-01-{shelf}-{shelf}")
    make_place(session, "A-01-2-1")
