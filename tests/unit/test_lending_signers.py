"""The rule of who signs, as Python for one request and as SQL for lists: the same answer for everyone, always."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.accounts.models import Department, Person
from portal.accounts.queries import actor_of, people_signed_for, signs_as_head_for
from portal.core.permissions import Actor, Level, Role
from portal.lending import queries
from portal.lending.models import Decision, DecisionStage, Request, RequestLine
from portal.lending.states import LineState, RequestKind
from tests.factories import LONG_AGO, make_department, make_dossier, make_person

TODAY = date(2026, 3, 2)
_ROLES = st.lists(st.sampled_from([Role.CLERK, Role.RECORDS_MANAGER, Role.GENERAL_MANAGER, Role.MANAGER]), max_size=2)
_PEOPLE = st.lists(
    st.tuples(st.integers(0, 1), _ROLES, st.sampled_from([Level.GENERAL, Level.CORE]), st.integers(0, 5)),
    min_size=5,
    max_size=5,
)
_LEADERS = st.tuples(*[st.one_of(st.none(), st.integers(0, 4))] * 4)


def _company(session: Any, people: list[Any], leaders: tuple[Any, ...]) -> list[Person]:
    departments = [make_department(session), make_department(session)]
    made = [
        make_person(session, departments[where], *roles, clearance=clearance) for where, roles, clearance, _ in people
    ]
    for person, (*_, chance) in zip(made, people, strict=True):
        person.departed_at = LONG_AGO if chance == 0 else None
    for department, (head, deputy) in zip(departments, (leaders[:2], leaders[2:]), strict=True):
        department.head_id = None if head is None else made[head].id
        department.deputy_id = None if deputy is None else made[deputy].id
    session.flush()
    return made


def _is_head_signer(signer: Actor, person: Person, department: Department) -> bool:
    """Design, word for word: a head's goes to the deputy, else to the general manager; …"""
    roles = person.role_set
    if signer.id == person.id:
        return False
    if Role.GENERAL_MANAGER in roles:
        return Role.RECORDS_MANAGER in signer.roles
    if Role.RECORDS_MANAGER in roles:
        return Role.GENERAL_MANAGER in signer.roles
    leaders = {department.head_id, department.deputy_id} - {None, person.id}
    if person.id == department.head_id:
        leaders = {department.deputy_id} - {None, person.id}
    return signer.id in leaders if leaders else Role.GENERAL_MANAGER in signer.roles


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(people=_PEOPLE, leaders=_LEADERS)
def test_head_signers_in_sql_and_python_agree(session: Any, people: Any, leaders: Any) -> None:
    with session.begin_nested() as trial:
        made = _company(session, people, leaders)
        for signer in [actor_of(session, person) for person in made]:
            rows = session.scalars(
                select(Person.id)
                .join(Department, Department.id == Person.department_id)
                .where(people_signed_for(signer), Person.id.in_([person.id for person in made]))
            )
            listed = set(rows)
            ruled = {p.id for p in made if signs_as_head_for(session, signer, p, p.department)}
            expected = {p.id for p in made if _is_head_signer(signer, p, p.department)}
            assert listed == ruled == expected
        trial.rollback()
    session.expunge_all()


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(
    people=_PEOPLE,
    leaders=_LEADERS,
    reader=st.integers(0, 4),
    filer=st.integers(0, 4),
    signed_first=st.integers(0, 4),
)
def test_a_request_is_listed_for_exactly_those_who_may_sign_it(
    session: Any, people: Any, leaders: Any, reader: int, filer: int, signed_first: int
) -> None:
    with session.begin_nested() as trial:
        made = _company(session, people, leaders)
        owner = make_person(session, make_department(session))
        lines = [
            _line(session, owner, level, state, made[reader], made[filer], made[signed_first])
            for level, state in product(Level, (LineState.SUBMITTED, LineState.HEAD_APPROVED))
        ]
        active = [person for person in made if person.departed_at is None]
        for line in lines:
            found = queries.signers_of(session, line)
            assert found is not None
            signers = {person.id for person in found.people}
            listed = {
                person.id
                for person in active
                if line in queries.waiting_for_my_decision(session, actor_of(session, person), TODAY)
            }
            assert listed == signers
            assert signers.isdisjoint({made[reader].id, made[filer].id})
            if line.dossier.level == Level.CORE:
                assert all(person.clearance == Level.CORE for person in found.people)
            if line.state == LineState.HEAD_APPROVED:
                assert made[signed_first].id not in signers
        trial.rollback()
    session.expunge_all()


def _line(
    session: Any, owner: Person, level: Level, state: LineState, reader: Person, filer: Person, first: Person
) -> RequestLine:
    line = RequestLine(
        dossier=make_dossier(session, owner, level=level),
        reader=reader,
        kind=RequestKind.BORROW,
        state=state,
        expires_on=TODAY,
        request=Request(filed_by=filer, object="o", purpose="p", reason="r", created_at=LONG_AGO),
    )
    if state == LineState.HEAD_APPROVED:
        line.decisions.append(
            Decision(stage=DecisionStage.HEAD, approved=True, decided_by_id=first.id, decided_at=LONG_AGO)
        )
    session.add(line)
    session.flush()
    return line


def test_the_agreement_is_not_empty(session: Any, work_as: Callable[..., Any]) -> None:
    """The properties above would hold for a rule that lets nobody sign."""
    made = _company(session, [(0, [], Level.CORE, 1)] * 5, (0, 1, None, None))
    line = _line(session, made[4], Level.CORE, LineState.SUBMITTED, reader=made[2], filer=made[2], first=made[0])
    found = queries.signers_of(session, line)
    assert found is not None
    assert {person.id for person in found.people} == {made[0].id, made[1].id}
