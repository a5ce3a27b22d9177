"""Cards for the counter: numbers with check digits, and what becomes of a lost card."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from portal.accounts import services
from portal.accounts.models import EndedCard, Person
from portal.accounts.queries import is_ended_card, person_by_card
from portal.accounts.rules import CARD_BODIES, card_number, read_card_number
from portal.core.errors import NotFound, NotPermitted, StaleVersion
from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry
from portal.migrations.change import downgrade, upgrade
from tests.factories import LONG_AGO, actor, make_department, make_person

BODIES = st.integers(0, CARD_BODIES - 1)


def test_a_number_worked_out_by_hand() -> None:
    # 1234567800 mod 97 is 9, and 98 - 9 is 89.
    assert card_number(12345678) == "C1234567889"
    assert read_card_number("C1234567889") == "C1234567889"


@given(BODIES)
def test_every_number_is_read_however_it_is_typed(body: int) -> None:
    number = card_number(body)
    assert len(number) == 11
    typed = f" {number[:1].lower()}{number[1:5]}-{number[5:9]} {number[9:]} "
    assert read_card_number(typed) == number


@given(BODIES, st.integers(1, 10), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(body: int, place: int, more: int) -> None:
    number = card_number(body)
    wrong = number[:place] + str((int(number[place]) + more) % 10) + number[place + 1 :]
    assert read_card_number(wrong) is None


@given(BODIES, st.integers(1, 9))
def test_two_digits_that_changed_places_are_noticed(body: int, place: int) -> None:
    number = card_number(body)
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert read_card_number(swapped) == (number if swapped == number else None)


@pytest.mark.parametrize("text", ["", "C", "C123456789", "L1234567889", "C12345678891", "C123456788３", "1234567889"])
def test_what_is_no_card_number(text: str) -> None:
    assert read_card_number(text) is None


@pytest.mark.parametrize("body", [-1, CARD_BODIES])
def test_there_are_eight_digits(body: int) -> None:
    with pytest.raises(ValueError, match="eight digits"):
        card_number(body)


def test_a_new_person_has_a_card(session: Any, work_as: Any) -> None:
    department = make_department(session)
    person = services.add_person(
        work_as(),
        login="nora",
        name="Nora",
        password="correct horse 7",
        roles=[],
        department_id=department.id,
        clearance=Level.GENERAL,
        password_length=10,
    )
    assert read_card_number(person.card_number or "") == person.card_number
    assert person_by_card(session, person.card_number or "") is person


def test_a_lost_card_is_never_good_again(session: Any, work_as: Any, monkeypatch: Any) -> None:
    person = make_person(session)
    old = person.card_number or ""
    work = work_as(actor(session, person))
    assert services.replace_card(work, person.id, person.row_version) is person
    new = person.card_number or ""
    assert new != old
    assert person_by_card(session, old) is None
    assert is_ended_card(session, old)
    assert person_by_card(session, new.lower()) is person
    assert not is_ended_card(session, new)
    entry = session.scalars(select(TrailEntry).where(TrailEntry.action == "person:card")).one()
    assert (entry.subject, entry.actor_id) == (f"people:{person.id}", person.id)
    # The same chance a second time: a number that was ever given is drawn again.
    other = make_person(session)
    draws = iter([int(old[1:9]), int(new[1:9]), 5])
    monkeypatch.setattr("portal.accounts.services.secrets.randbelow", lambda _: next(draws))
    services.replace_card(work_as(actor(session, other)), other.id, other.row_version)
    assert other.card_number == card_number(5)


def test_who_may_replace_whose_card(session: Any, work_as: Any) -> None:
    person, colleague = make_person(session), make_person(session)
    administrator = make_person(session, None, Role.ADMINISTRATOR)
    for stranger in (colleague, make_person(session, None, Role.CLERK)):
        with pytest.raises(NotPermitted):
            services.replace_card(work_as(actor(session, stranger)), person.id, person.row_version)
    by_administrator = work_as(actor(session, administrator))
    version = person.row_version
    services.replace_card(by_administrator, person.id, version)
    with pytest.raises(StaleVersion):
        services.replace_card(by_administrator, person.id, version)
    assert session.scalar(select(func.count()).select_from(EndedCard)) == 1
    person.departed_at = LONG_AGO
    session.flush()
    with pytest.raises(NotFound):
        services.replace_card(by_administrator, person.id, person.row_version)
    with pytest.raises(NotFound):
        services.replace_card(by_administrator, 10**6, 1)


def test_the_card_of_a_leaver_opens_nothing(session: Any) -> None:
    person = make_person(session)
    person.departed_at = LONG_AGO
    session.flush()
    assert person_by_card(session, person.card_number or "") is None


def test_the_migration_gives_everybody_a_card_and_keeps_the_people(engine: Any) -> None:
    downgrade(engine, "20261122d")
    rows = ", ".join(f"({n}, 'p{n}', 'P{n}', '', 1, 'general', 'en', '', 0, '2026-01-01', 1)" for n in range(1, 61))
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO departments (id, name, row_version) VALUES (1, 'Sales', 1)"))
        connection.execute(
            text(
                "INSERT INTO people (id, login, name, email, department_id, clearance, language, password_hash,"
                f" failed_logins, created_at, row_version) VALUES {rows}"
            )
        )
    upgrade(engine)
    with engine.connect() as connection:
        numbers = connection.scalars(select(Person.card_number)).all()
    assert len(set(numbers)) == 60
    assert all(number and read_card_number(number) == number for number in numbers)
