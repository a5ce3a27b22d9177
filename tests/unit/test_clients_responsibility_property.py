"""Random days of naming, releasing and handing over: what the rules say in words, said again in plain Python.

`may` repeats the table of `portal.clients.responsibility.rules` without sharing code with it. After every change, and
for every moment between the first and the last of them, each client has at most one first and one second contact, two
people; whoever is one reads the client from that commit on, and whoever is one no longer does not.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.models import Responsibility, ResponsibilityReason
from portal.access.queries import looks_after, readable_by
from portal.accounts.models import Person
from portal.clients.responsibility.queries import clients_of, open_responsibilities
from portal.clients.responsibility.rules import may_change
from portal.clients.responsibility.services import Assignment, transfer_clients
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted
from portal.core.permissions import Actor, Level, Role
from portal.dossiers.models import Dossier
from portal.search.rights import search_rights
from portal.search.rules import client_token
from tests.conftest import START
from tests.factories import actor, make_client, make_department, make_dossier, make_person

CLIENTS, PEOPLE = 3, 6
LOOSE = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def may(who: Actor, contacts: set[tuple[int, int]], named: tuple[int, int] | None) -> bool:
    """`contacts` and `named` are people with their departments."""
    if Role.RECORDS_MANAGER in who.roles:
        return bool(contacts) or named is not None
    led = set(who.headed_departments)
    if named is None or named[0] != who.id:
        led |= who.deputised_departments
    if contacts:
        return any(department in led for _, department in contacts)
    return named is not None and named[1] in led


_ids = st.integers(1, 3)
ACTORS = st.builds(
    Actor,
    id=_ids,
    name=st.just("Somebody"),
    department_id=_ids,
    clearance=st.sampled_from(Level),
    roles=st.frozensets(st.sampled_from(Role), max_size=2).map(lambda roles: roles | {Role.EMPLOYEE}),
    headed_departments=st.frozensets(_ids, max_size=2),
    deputised_departments=st.frozensets(_ids, max_size=2),
)


@given(ACTORS, st.frozensets(st.tuples(_ids, _ids), max_size=2), st.none() | st.tuples(_ids, _ids))
@settings(max_examples=500, deadline=None)
def test_who_may_is_what_the_table_says(
    who: Actor, contacts: frozenset[tuple[int, int]], named: tuple[int, int] | None
) -> None:
    departments = {department for _, department in contacts}
    expected = may(who, set(contacts), named)
    event(f"may: {expected}")
    assert may_change(who, departments, *(named or (None, None))) == expected


_choice = st.tuples(
    st.integers(0, CLIENTS - 1), st.sampled_from([1, 2]), st.none() | st.integers(0, PEOPLE - 1), st.booleans()
)


@dataclass(frozen=True)
class Step:
    """Somebody hands over: how long after the step before, who, and which ranks of which clients go to whom.

    The last part of each change: whether it is based on what is there now.
    """

    later: timedelta
    by: int
    changes: tuple[tuple[int, int, int | None, bool], ...]


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from([timedelta(minutes=5), timedelta(hours=9), timedelta(days=1), timedelta(days=3)]),
        st.integers(0, PEOPLE - 1),
        st.lists(_choice, min_size=1, max_size=4, unique_by=lambda row: row[:2]).map(tuple),
    ),
    min_size=1,
    max_size=8,
)
LEVELS = st.lists(st.lists(st.sampled_from(Level), min_size=1, max_size=2), min_size=CLIENTS, max_size=CLIENTS)


@dataclass
class House:
    """What is there, and who should be whose contact by the words of the rules."""

    people: list[Person]
    clients: list[int]
    levels: list[list[Level]]
    contacts: list[dict[int, int]] = field(default_factory=lambda: [{} for _ in range(CLIENTS)])


def make(session: Session, levels: list[list[Level]]) -> House:
    """Two departments with head and deputy, the records manager; the even ones have core clearance."""
    sales, buying = make_department(session), make_department(session)
    clearance = [Level.CORE if number % 2 == 0 else Level.IMPORTANT for number in range(PEOPLE)]
    people = [
        make_person(session, sales, clearance=clearance[0], head=True),
        make_person(session, sales, clearance=clearance[1], deputy=True),
        make_person(session, sales, clearance=clearance[2]),
        make_person(session, buying, clearance=clearance[3], head=True),
        make_person(session, buying, clearance=clearance[4]),
        make_person(session, None, Role.RECORDS_MANAGER, clearance=clearance[5]),
    ]
    clients = []
    for of_client in levels:
        client = make_client(session, people[5])
        for level in of_client:
            make_dossier(session, people[5], client, level=level)
        clients.append(client.id)
    return House(people, clients, levels)


def outcome(house: House, who: Actor, step: Step) -> tuple[type[Exception] | None, list[dict[int, int]]]:
    """What should come of the step: an error, or the contacts after it."""
    departments = {place: person.department_id for place, person in enumerate(house.people)}
    by_id = {person.id: place for place, person in enumerate(house.people)}
    after = [dict(contacts) for contacts in house.contacts]
    named = [client for client, *_ in step.changes]
    if not who.cleared_for_core and any(set(house.levels[client]) == {Level.CORE} for client in named):
        return NotFound, house.contacts
    if any(rank in house.contacts[client] for client, rank, _, fresh in step.changes if not fresh):
        return Conflict, house.contacts
    for client, rank, person, _ in step.changes:
        if person is None:
            after[client].pop(rank, None)
        else:
            after[client][rank] = person
    changes = [row for row in step.changes if house.contacts[row[0]].get(row[1]) != row[2]]
    for client, _, person, _ in changes:
        contacts = {(place, departments[place]) for place in house.contacts[client].values()}
        acting = Actor(
            by_id[who.id],
            who.name,
            who.department_id,
            who.clearance,
            who.roles,
            who.headed_departments,
            who.deputised_departments,
        )
        if not may(acting, contacts, None if person is None else (person, departments[person])):
            return NotPermitted, house.contacts
    for client, _, person, _ in changes:
        if person is None:
            continue
        uncleared = house.people[person].clearance != Level.CORE
        if list(after[client].values()).count(person) > 1:
            return Invalid, house.contacts
        if who.cleared_for_core and uncleared and Level.CORE in house.levels[client]:
            return Invalid, house.contacts
    return None, after


@LOOSE
@given(LEVELS, STEPS)
def test_every_client_has_at_most_two_contacts_at_every_moment(
    session: Session, work_as: Any, clock: Any, levels: list[list[Level]], steps: list[Step]
) -> None:
    savepoint = session.begin_nested()
    clock.put(START)
    try:
        house = make(session, levels)
        moments: list[tuple[datetime, date]] = []
        for step in steps:
            clock.put(clock.now() + step.later)
            work = work_as(actor(session, house.people[step.by]))
            moments.append((work.now, work.today))
            expected, after = outcome(house, work.person, step)
            changes = [
                Assignment(
                    house.clients[client],
                    rank,
                    None if person is None else house.people[person].id,
                    _seen(house, client, rank) if fresh else None,
                )
                for client, rank, person, fresh in step.changes
            ]
            error: Exception | None = None
            try:
                transfer_clients(work, changes, Dossier, reason=ResponsibilityReason.WORKLOAD)
            except Exception as raised:  # noqa: BLE001  # Which one is compared below.
                error = raised
            event(f"came to: {type(error).__name__}")
            assert isinstance(error, expected) if expected else error is None, error
            house.contacts = after
            check_now(session, house, work.today)
        check_history(session, house, moments)
    finally:
        savepoint.rollback()
        session.expunge_all()


def _seen(house: House, client: int, rank: int) -> int | None:
    place = house.contacts[client].get(rank)
    return None if place is None else house.people[place].id


def check_now(session: Session, house: House, today: date) -> None:
    """The database holds these contacts; they, their heads and the records department read, nobody else."""
    rows = session.execute(
        select(Responsibility.client_id, Responsibility.rank, Responsibility.person_id).where(looks_after(today))
    ).all()
    assert len(rows) == len(set(rows))
    for client, contacts in enumerate(house.contacts):
        held = {row.rank: row.person_id for row in rows if row.client_id == house.clients[client]}
        assert held == {rank: house.people[place].id for rank, place in contacts.items()}
    for place, person in enumerate(house.people):
        who = actor(session, person)
        mine = {client for client, contacts in enumerate(house.contacts) if place in contacts.values()}
        led = {
            client
            for client, contacts in enumerate(house.contacts)
            if any(house.people[other].department_id in who.headed_departments for other in contacts.values())
        }
        everything = set(range(CLIENTS)) if Role.RECORDS_MANAGER in who.roles else set()
        expected = {
            house.clients[client]
            for client in mine | led | everything
            if who.cleared_for_core or any(level != Level.CORE for level in house.levels[client])
        }
        readable = select(Dossier.client_id).where(readable_by(who, Dossier, today))
        assert set(session.scalars(readable)) == expected
        if not everything:
            tokens = {token for tokens in search_rights(session, who, today).readable.any_of for token in tokens}
            assert tokens == {client_token(house.clients[client]) for client in mine | led}
        assert {row.client_id for row in clients_of(session, person.id)} == {house.clients[client] for client in mine}
        owed = session.scalars(select(Responsibility.client_id).where(open_responsibilities(person.id)))
        assert set(owed) == {house.clients[client] for client in mine}


def check_history(session: Session, house: House, moments: list[tuple[datetime, date]]) -> None:
    """By the days and by the moments alike: of each rank of each client never more than one, and never one person
    twice; where one ended for another, the next began at that moment and on that day."""
    rows = session.scalars(select(Responsibility)).all()
    days = {day + timedelta(days=by) for _, day in moments for by in (-1, 0, 1)}
    for on in days:
        holding = [row for row in rows if row.from_date <= on and (row.until_date is None or row.until_date > on)]
        assert max(Counter((row.client_id, row.rank) for row in holding).values(), default=0) <= 1
        assert max(Counter((row.client_id, row.person_id) for row in holding).values(), default=0) <= 1
    for at, _ in moments:
        holding = [row for row in rows if row.named_at <= at and (row.ended_at is None or row.ended_at > at)]
        assert max(Counter((row.client_id, row.rank) for row in holding).values(), default=0) <= 1
        assert max(Counter((row.client_id, row.person_id) for row in holding).values(), default=0) <= 1
    for row in rows:
        assert (row.until_date is None) == (row.ended_at is None) == (row.ended_by_id is None)
        assert row.until_date is None or row.from_date <= row.until_date
