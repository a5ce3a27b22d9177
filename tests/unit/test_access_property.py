"""The three rights against a plain statement of the table in the architecture, for random worlds.

`known`, `findable` and `readable` below say in Python over plain facts what the queries say in SQL. They share
no code with `portal.access.queries`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.access.models import ReadingGrant, Responsibility
from portal.access.queries import client_known_to, client_readable_by, findable_by, known_to, readable_by
from portal.accounts.models import Department
from portal.clients.models import Client
from portal.core.permissions import Level, Role
from portal.database import begin_writing
from portal.dossiers.models import Dossier
from portal.dossiers.queries import RegisterFilter, register_page
from portal.dossiers.states import DossierState
from tests.factories import actor, make_client, make_department, make_dossier, make_person

TODAY = date(2026, 3, 2)
DEPARTMENTS, PEOPLE, CLIENTS = 3, 5, 3
RECORDS_STAFF = {Role.CLERK, Role.RECORDS_MANAGER}


@dataclass(frozen=True)
class PersonFacts:
    department: int
    roles: frozenset[Role]
    cleared: bool


@dataclass(frozen=True)
class DossierFacts:
    client: int
    department: int
    level: Level
    state: DossierState
    opened_by: int


@dataclass(frozen=True)
class ResponsibilityFacts:
    client: int
    person: int
    begins: int
    """Days from today."""
    ends: int | None
    """The first day on which they do no longer."""


@dataclass(frozen=True)
class GrantFacts:
    person: int
    dossier: int
    both_signed: bool
    until: int
    ended: bool


@dataclass(frozen=True)
class World:
    people: tuple[PersonFacts, ...]
    heads: tuple[int | None, ...]
    deputies: tuple[int | None, ...]
    dossiers: tuple[DossierFacts, ...]
    responsibilities: tuple[ResponsibilityFacts, ...]
    grants: tuple[GrantFacts, ...]


_person = st.integers(0, PEOPLE - 1)
_department = st.integers(0, DEPARTMENTS - 1)
_client = st.integers(0, CLIENTS - 1)
_days = st.integers(-2, 2)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    people = st.builds(
        PersonFacts,
        _department,
        st.frozensets(st.sampled_from([r for r in Role if r != Role.EMPLOYEE]), max_size=1),
        st.booleans(),
    )
    leaders = st.lists(st.none() | _person, min_size=DEPARTMENTS, max_size=DEPARTMENTS).map(tuple)
    dossiers = draw(
        st.lists(
            st.builds(
                DossierFacts, _client, _department, st.sampled_from(Level), st.sampled_from(DossierState), _person
            ),
            min_size=1,
            max_size=6,
        )
    )
    return World(
        people=tuple(draw(st.lists(people, min_size=PEOPLE, max_size=PEOPLE))),
        heads=draw(leaders),
        deputies=draw(leaders),
        dossiers=tuple(dossiers),
        responsibilities=tuple(
            draw(st.lists(st.builds(ResponsibilityFacts, _client, _person, _days, st.none() | _days), max_size=4))
        ),
        grants=tuple(
            draw(
                st.lists(
                    st.builds(
                        GrantFacts,
                        _person,
                        st.integers(0, len(dossiers) - 1),
                        st.booleans(),
                        _days,
                        st.sampled_from([False, False, True]),
                    ),
                    max_size=4,
                )
            )
        ),
    )


def works_on_opening(world: World, person: int, dossier: DossierFacts) -> bool:
    """Who opened it, who leads the department that signs, the general manager, the records department."""
    roles = world.people[person].roles
    return (
        dossier.opened_by == person
        or person in (world.heads[dossier.department], world.deputies[dossier.department])
        or bool(roles & (RECORDS_STAFF | {Role.GENERAL_MANAGER}))
    )


def known(world: World, person: int, dossier: DossierFacts) -> bool:
    """General and important: every employee; core: only with clearance; drafts: who works on the opening."""
    if dossier.level == Level.CORE and not world.people[person].cleared:
        return False
    return dossier.state == DossierState.OPEN or works_on_opening(world, person, dossier)


def readable(world: World, person: int, number: int, *, grants: bool = True) -> bool:
    """Responsible employees, their head, the records department, holders of a grant; core: cleared as well."""
    dossier = world.dossiers[number]
    if not known(world, person, dossier):
        return False
    if world.people[person].roles & RECORDS_STAFF:
        return True
    if dossier.state != DossierState.OPEN and works_on_opening(world, person, dossier):
        return True
    for row in world.responsibilities:
        current = row.begins <= 0 and (row.ends is None or row.ends > 0)
        if row.client == dossier.client and current:
            head = world.heads[world.people[row.person].department]
            if person in (row.person, head):
                return True
    return grants and any(
        grant.person == person
        and grant.dossier == number
        and not grant.ended
        and grant.until >= 0
        and (grant.both_signed or dossier.level != Level.CORE)
        for grant in world.grants
    )


def findable(world: World, person: int, number: int) -> bool:
    """General: every employee (who may know it); important and core: those who may read it."""
    dossier = world.dossiers[number]
    if dossier.level == Level.GENERAL:
        return known(world, person, dossier)
    return readable(world, person, number)


@dataclass
class Rows:
    """The world in the database: ids in the order of the facts."""

    people: list[Any]
    clients: list[int]
    dossiers: list[int]


def store(session: Session, world: World) -> Rows:
    departments = [make_department(session) for _ in range(DEPARTMENTS)]
    people = [
        make_person(
            session,
            departments[facts.department],
            *facts.roles,
            clearance=Level.CORE if facts.cleared else Level.IMPORTANT,
        )
        for facts in world.people
    ]
    for department, head, deputy in zip(departments, world.heads, world.deputies, strict=True):
        row = session.get_one(Department, department.id)
        row.head_id = None if head is None else people[head].id
        row.deputy_id = None if deputy is None else people[deputy].id
    clients = [make_client(session, people[0]) for _ in range(CLIENTS)]
    dossiers = [
        make_dossier(
            session,
            people[facts.opened_by],
            clients[facts.client],
            level=facts.level,
            department=departments[facts.department],
            state=facts.state,
        )
        for facts in world.dossiers
    ]
    taken: set[tuple[int, int]] = set()
    for facts in world.responsibilities:
        rank = 1 if (facts.client, 1) not in taken else 2
        taken.add((facts.client, rank))
        row = Responsibility(
            client_id=clients[facts.client].id,
            person_id=people[facts.person].id,
            rank=rank,
            from_date=TODAY + timedelta(days=facts.begins),
            until_date=None if facts.ends is None else TODAY + timedelta(days=max(facts.begins, facts.ends)),
        )
        session.add(row)
    for grant in world.grants:
        session.add(
            ReadingGrant(
                person_id=people[grant.person].id,
                dossier_id=dossiers[grant.dossier].id,
                both_signed=grant.both_signed,
                granted_at=datetime(2026, 1, 1, tzinfo=UTC),
                until_date=TODAY + timedelta(days=grant.until),
                ended_at=datetime(2026, 2, 1, tzinfo=UTC) if grant.ended else None,
                granted_by_id=people[0].id,
            )
        )
    session.flush()
    return Rows(people, [client.id for client in clients], [dossier.id for dossier in dossiers])


def open_at_most_two(world: World) -> bool:
    """The database keeps at most one open first and one open second contact of a client, two people."""
    rows = world.responsibilities
    pairs = {(row.client, row.person) for row in rows}
    return len(pairs) == len(rows) and all(sum(row.client == client for row in rows) <= 2 for client in range(CLIENTS))


@pytest.fixture
def quiet(engine: Engine) -> Iterator[Session]:
    """A session whose examples are rolled back."""
    with Session(engine) as session:
        yield session


@given(worlds().filter(open_at_most_two))
@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_the_three_rights_are_what_the_table_says(quiet: Session, world: World) -> None:
    quiet.rollback()
    begin_writing(quiet)
    try:
        check(quiet, world)
    finally:
        quiet.rollback()
        quiet.expunge_all()


def check(session: Session, world: World) -> None:
    rows = store(session, world)
    numbers = range(len(world.dossiers))

    def ids(clause: Any) -> set[int]:
        return set(session.scalars(select(Dossier.id).where(clause)))

    for person, row in enumerate(rows.people):
        who = actor(session, row)
        expected_known = {rows.dossiers[n] for n in numbers if known(world, person, world.dossiers[n])}
        expected_findable = {rows.dossiers[n] for n in numbers if findable(world, person, n)}
        expected_readable = {rows.dossiers[n] for n in numbers if readable(world, person, n)}
        expected_workable = {rows.dossiers[n] for n in numbers if readable(world, person, n, grants=False)}
        assert ids(known_to(who, Dossier)) == expected_known
        assert ids(findable_by(who, Dossier, TODAY)) == expected_findable
        assert ids(readable_by(who, Dossier, TODAY)) == expected_readable
        assert ids(readable_by(who, Dossier, TODAY, grants=False)) == expected_workable
        assert expected_readable <= expected_findable <= expected_known
        event(f"readable: {bool(expected_readable)}, fewer than known: {expected_readable < expected_known}")
        check_clients(session, world, rows, person, who)
        page = register_page(session, who, TODAY, RegisterFilter())
        assert page.total == len(expected_known)
        assert {line.dossier.id: line.readable for line in page.rows} == {
            number: number in expected_readable for number in expected_known
        }


def check_clients(session: Session, world: World, rows: Rows, person: int, who: Any) -> None:
    def client_ids(clause: Any) -> set[int]:
        return set(session.scalars(select(Client.id).where(clause)))

    numbers = range(len(world.dossiers))
    known_clients = {rows.clients[facts.client] for facts in world.dossiers if known(world, person, facts)}
    readable_clients = {rows.clients[world.dossiers[n].client] for n in numbers if readable(world, person, n)}
    assert client_ids(client_known_to(who, Client, Dossier)) == known_clients
    assert client_ids(client_readable_by(who, Client, Dossier, TODAY)) == readable_clients
