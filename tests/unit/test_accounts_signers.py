"""Who signs as head: the rule, and the WHERE clause for lists, hold the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.accounts.models import Department, Person, PersonRole
from portal.accounts.queries import actor_of, people_signed_for, signs_as_head_for
from portal.accounts.rules import Signatories, head_signers
from portal.core.permissions import Role
from tests.factories import make_department, make_person

GENERAL_MANAGER = (frozenset(), frozenset({Role.GENERAL_MANAGER}))
RECORDS_MANAGER = (frozenset(), frozenset({Role.RECORDS_MANAGER}))
EMPLOYEE = frozenset({Role.EMPLOYEE})


def test_an_employees_request_goes_to_head_or_deputy() -> None:
    assert head_signers(1, EMPLOYEE, Signatories(2, 3)) == (frozenset({2, 3}), frozenset())
    assert head_signers(1, EMPLOYEE, Signatories(2, None)) == (frozenset({2}), frozenset())


def test_a_heads_goes_to_the_deputy_else_to_the_general_manager() -> None:
    assert head_signers(2, EMPLOYEE, Signatories(2, 3)) == (frozenset({3}), frozenset())
    assert head_signers(2, EMPLOYEE, Signatories(2, None)) == GENERAL_MANAGER
    assert head_signers(2, EMPLOYEE, Signatories(2, 2)) == GENERAL_MANAGER


def test_a_deputys_goes_to_the_head_else_to_the_general_manager() -> None:
    assert head_signers(3, EMPLOYEE, Signatories(2, 3)) == (frozenset({2}), frozenset())
    assert head_signers(3, EMPLOYEE, Signatories(None, 3)) == GENERAL_MANAGER


def test_a_department_without_anybody_goes_to_the_general_manager() -> None:
    assert head_signers(1, EMPLOYEE, Signatories(None, None)) == GENERAL_MANAGER


def test_the_records_managers_goes_to_the_general_manager_and_back() -> None:
    records, general = EMPLOYEE | {Role.RECORDS_MANAGER}, EMPLOYEE | {Role.GENERAL_MANAGER}
    for department in (Signatories(1, 3), Signatories(2, 1), Signatories(2, 3), Signatories(None, None)):
        assert head_signers(1, records, department) == GENERAL_MANAGER
        assert head_signers(1, general, department) == RECORDS_MANAGER
        assert head_signers(1, records | general, department) == RECORDS_MANAGER


@dataclass(frozen=True)
class House:
    """People by place: department and roles of each; head and deputy of each department, by place."""

    people: list[tuple[int, frozenset[Role]]]
    leaders: list[tuple[int | None, int | None]]


@st.composite
def houses(draw: st.DrawFn) -> House:
    departments = draw(st.integers(1, 3))
    roles = st.frozensets(st.sampled_from([Role.GENERAL_MANAGER, Role.RECORDS_MANAGER, Role.CLERK]), max_size=2)
    people = draw(st.lists(st.tuples(st.integers(0, departments - 1), roles), min_size=2, max_size=6))
    somebody = st.none() | st.integers(0, len(people) - 1)
    leaders = draw(st.lists(st.tuples(somebody, somebody), min_size=departments, max_size=departments))
    return House(people, leaders)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(house=houses())
def test_the_list_holds_exactly_those_the_rule_names(session: Any, house: House) -> None:
    session.rollback()
    departments = [make_department(session) for _ in house.leaders]
    people = [make_person(session, departments[place], *roles) for place, roles in house.people]
    for department, (head, deputy) in zip(departments, house.leaders, strict=True):
        department.head_id = None if head is None else people[head].id
        department.deputy_id = None if deputy is None else people[deputy].id
    session.flush()
    for one in people:
        acting = actor_of(session, one)
        listed = set(
            session.scalars(
                select(Person.id)
                .join(Department, Department.id == Person.department_id)
                .where(people_signed_for(acting))
            )
        )
        by_rule = {other.id for other in people if signs_as_head_for(session, acting, other, other.department)}
        assert listed == by_rule
        assert one.id not in listed


def test_nobody_is_without_a_signer_while_both_managers_are_there(session: Any) -> None:
    """Whoever files a request, somebody else can decide it."""
    department = make_department(session)
    people = [
        make_person(session, department, Role.GENERAL_MANAGER),
        make_person(session, department, Role.RECORDS_MANAGER),
        make_person(session, department, head=True),
        make_person(session, department),
    ]
    assert session.scalars(select(PersonRole)).all()
    for person in people:
        assert any(signs_as_head_for(session, actor_of(session, one), person, department) for one in people)
