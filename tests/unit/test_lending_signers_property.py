"""Who may sign what, against a second implementation written from the design and nothing else.

Random houses: people with roles, clearances and departures, heads and deputies named or not. The design: the head of
the reader's department signs, or the deputy while named. Nobody decides on their own request: a head's goes to the
deputy, else to the general manager; the records manager's to the general manager, the general manager's to the
records manager. Important and core dossiers need the records manager too; where one person would sign twice, the
general manager signs second. Whoever filed it for somebody else does not sign either, and core is only for those who
are cleared for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.accounts.models import Department, Person
from portal.core.errors import Conflict, NotFound, NotPermitted
from portal.core.permissions import Level, Role
from portal.lending import queries, services
from portal.lending.models import RequestLine
from portal.lending.states import LineState, RequestKind
from tests.factories import LONG_AGO, actor, make_department, make_dossier, make_person
from tests.unit.lending_world import TEXTS, World, make_world

_ROLES = (Role.CLERK, Role.RECORDS_MANAGER, Role.GENERAL_MANAGER)


@dataclass
class Somebody:
    """A person of the house, as plain values."""

    department: int
    roles: frozenset[Role]
    cleared: bool
    gone: bool
    leaving: bool
    """A handover of theirs is open: as if they were named nowhere and held no role."""
    row: Any = field(default=None, repr=False)


@dataclass
class House:
    """Everyone, who leads which department, and the request."""

    people: list[Somebody]
    leaders: list[tuple[int | None, int | None]]
    reader: int
    filer: int
    level: Level


@st.composite
def houses(draw: st.DrawFn) -> House:
    departments = draw(st.integers(1, 3))
    person = st.builds(
        Somebody,
        st.integers(0, departments - 1),
        st.frozensets(st.sampled_from(_ROLES), max_size=2),
        st.booleans(),
        st.integers(0, 5).map(lambda chance: chance == 0),
        st.integers(0, 4).map(lambda chance: chance == 0),
    )
    people = draw(st.lists(person, min_size=3, max_size=7))
    place = st.integers(0, len(people) - 1)
    leaders = draw(
        st.lists(st.tuples(st.none() | place, st.none() | place), min_size=departments, max_size=departments)
    )
    return House(people, leaders, draw(place), draw(place), draw(st.sampled_from(Level)))


def oracle(house: House, stage: str, signed_first: int | None = None) -> set[int]:
    """Places of those who may sign at this stage."""
    reader = house.people[house.reader]

    def holders(role: Role) -> set[int]:
        return {place for place, person in enumerate(house.people) if role in person.roles}

    head, deputy = (
        None if place is None or house.people[place].leaving else place for place in house.leaders[reader.department]
    )
    out = {house.reader, house.filer}
    if stage == "records":
        out |= {signed_first} if signed_first is not None else set()
        able = {place for place in holders(Role.RECORDS_MANAGER) - out if _able(house, place)}
        found = able or holders(Role.GENERAL_MANAGER)
    elif Role.GENERAL_MANAGER in reader.roles:
        found = holders(Role.RECORDS_MANAGER)
    elif Role.RECORDS_MANAGER in reader.roles:
        found = holders(Role.GENERAL_MANAGER)
    elif house.reader == head:
        found = {deputy} if deputy is not None and deputy != head else holders(Role.GENERAL_MANAGER)
    else:
        named = {place for place in (head, deputy) if place is not None and place != house.reader}
        found = named or holders(Role.GENERAL_MANAGER)
    return {place for place in found - out if _able(house, place)}


def _able(house: House, place: int) -> bool:
    person = house.people[place]
    return not person.gone and not person.leaving and (person.cleared or house.level != Level.CORE)


def build(session: Any, house: House) -> None:
    """The rows of the house."""
    departments: list[Department] = [make_department(session) for _ in house.leaders]
    for somebody in house.people:
        clearance = Level.CORE if somebody.cleared else Level.GENERAL
        somebody.row = make_person(session, departments[somebody.department], *somebody.roles, clearance=clearance)
    for department, (head, deputy) in zip(departments, house.leaders, strict=True):
        department.head_id = None if head is None else house.people[head].row.id
        department.deputy_id = None if deputy is None else house.people[deputy].row.id
    session.flush()


def leave(session: Any, house: House) -> None:
    """Those who have left have left after the request was filed: a request of the departed waits for nobody else."""
    for somebody in house.people:
        if somebody.gone:
            somebody.row.departed_at = LONG_AGO
        if somebody.leaving:
            somebody.row.leaving_on = LONG_AGO.date()
    session.flush()


def signers(session: Any, house: House, line: RequestLine) -> set[int]:
    found = queries.signers_of(session, line)
    assert found is not None
    ids = {person.id for person in found.people}
    return {place for place, person in enumerate(house.people) if person.row.id in ids}


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(house=houses(), choice=st.randoms(use_true_random=False))
def test_exactly_those_the_design_names_sign(session: Any, work_as: Any, house: House, choice: Any) -> None:
    session.expunge_all()  # What an example before this one left behind was rolled back.
    with session.begin_nested() as trial:
        build(session, house)
        owner = make_person(session, make_department(session))
        dossier = make_dossier(session, owner, level=house.level)
        reader, filer = house.people[house.reader], house.people[house.filer]
        if house.level == Level.CORE:
            reader.row.clearance = filer.row.clearance = Level.CORE
            reader.cleared = filer.cleared = True
        work = work_as(actor(session, filer.row))
        line = services.file_request(
            work, kind=RequestKind.BORROW, dossier_ids=[dossier.id], reader_id=reader.row.id, **TEXTS
        ).lines[0]
        leave(session, house)
        first = _signed(session, work_as, house, line, "head", None, choice)
        if first is not None and line.state == LineState.HEAD_APPROVED:
            _signed(session, work_as, house, line, "records", first, choice)
        assert (line.state == LineState.READY) == (len(line.decisions) == (1 if house.level == Level.GENERAL else 2))
        trial.rollback()
    session.expunge_all()


def _signed(
    session: Any, work_as: Any, house: House, line: RequestLine, stage: str, first: int | None, choice: Any
) -> int | None:
    """Compare, let everybody else try in vain, and have one of them sign; returns who, None where nobody may."""
    expected = oracle(house, stage, first)
    assert signers(session, house, line) == expected
    assert not expected & {house.reader, house.filer, first}
    decide = services.decide_as_head if stage == "head" else services.decide_as_records
    for place, somebody in enumerate(house.people):
        if place in expected or somebody.gone:
            continue
        with pytest.raises((NotPermitted, NotFound, Conflict)):
            decide(work_as(actor(session, somebody.row)), line.id, line.row_version, approve=True)
    if not expected:
        return None
    signer = choice.choice(sorted(expected))
    decide(work_as(actor(session, house.people[signer].row)), line.id, line.row_version, approve=True)
    return int(signer)


def test_a_deputy_signs_only_while_named(session: Any, work_as: Any) -> None:
    world = make_world(session, work_as)
    department = session.get_one(Department, world.reader.department_id)
    one, two = world.ask(world.dossier()), world.ask(world.dossier())
    world.sign(one, by=world.deputy)
    department.deputy_id = None
    session.flush()
    with pytest.raises((NotPermitted, NotFound)):
        world.sign(two, by=world.deputy)
    department.deputy_id = world.colleague.id
    session.flush()
    world.sign(two, by=world.colleague)
    assert [line.state for line in (one, two)] == [LineState.READY, LineState.READY]


def test_with_two_records_managers_there_is_always_somebody(session: Any, work_as: Any) -> None:
    """One alone is too few where the request is theirs or the general manager's; the page then says whom to name."""
    world = make_world(session, work_as)
    line = world.ask(world.dossier(Level.IMPORTANT), by=world.records)
    world.sign(line, by=world.general)
    assert signing(world, line) == ()
    make_person(session, world.records.department, Role.RECORDS_MANAGER, clearance=Level.CORE)
    assert len(signing(world, line)) == 1
    everyone: list[Person] = [world.reader, world.head, world.deputy, world.clerk, world.records, world.general]
    for reader in everyone:
        for filer in {reader, world.colleague}:
            for level in Level:
                line = world.ask(world.dossier(level), by=filer, reader_id=reader.id)
                first = signing(world, line)
                assert first, (reader.name, filer.name, level)
                assert not {reader, filer} & set(first)
                world.sign(line, by=first[0])
                if level != Level.GENERAL:
                    second = signing(world, line)
                    assert second, (reader.name, filer.name, level)
                    assert first[0] not in second
                    world.sign_second(line, by=second[0])
                assert line.state == LineState.READY


def signing(world: World, line: RequestLine) -> tuple[Person, ...]:
    found = queries.signers_of(world.session, line)
    assert found is not None
    return found.people
