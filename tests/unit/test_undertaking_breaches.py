"""Who has not accepted the undertaking, and breaches of it: who may, what stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import Person
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted, StaleVersion
from portal.core.permissions import Role
from portal.core.trail import TrailEntry, TrailPersonal
from portal.undertaking import queries
from portal.undertaking.models import BreachNote
from portal.undertaking.queries import Day
from portal.undertaking.services import (
    add_measure,
    close_breach,
    erase_breach,
    record_breach,
)
from portal.undertaking.states import BreachKind
from tests.factories import make_department, make_person
from tests.undertaking_world import House

TODAY = date(2026, 3, 2)


@pytest.fixture
def house(session: Any, work_as: Callable[..., Any]) -> House:
    return House(session, work_as)


def day_of(house: House, clock: Any) -> Day:
    work = house.work_as()
    return Day(work.today, work.zone, 12)


class TestWhoHasNot:
    def test_by_department_with_since_when(self, house: House, clock: Any) -> None:
        east, west = make_department(house.session, "East"), make_department(house.session, "West")
        anna, bert = house.person(east, name="Anna"), house.person(east, name="Bert")
        house.person(west, name="Cora")
        gone = house.person(west, name="Dora")
        gone.departed_at = house.work_as().now
        version = house.in_force()
        house.accepts(anna, version)
        seen = queries.missing_by_department(
            house.session, house.work(house.manager).person, version.id, day_of(house, clock)
        )
        assert [(row.name, row.people, row.missing) for row in seen] == [
            ("Board", 1, 1),
            ("East", 2, 1),
            ("Information Department", 1, 1),
            ("West", 1, 1),
        ]
        found = queries.missing_people(house.session, {east.id, west.id}, version, day_of(house, clock), 1)
        assert [(row.person.name, row.since, row.accepted_on) for row in found.rows] == [
            ("Bert", TODAY, None),
            ("Cora", TODAY, None),
        ]
        clock.put(datetime(2027, 3, 3, 1, 0, tzinfo=UTC))
        bert.created_at = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)  # 1 January in the office.
        house.session.flush()
        found = queries.missing_people(house.session, {east.id}, version, day_of(house, clock), 1)
        assert [(row.person.name, row.since, row.accepted_on) for row in found.rows] == [
            ("Anna", date(2027, 3, 3), TODAY),
            ("Bert", date(2027, 1, 1), None),
        ]

    def test_a_head_sees_their_own_department_only(self, house: House, clock: Any) -> None:
        east = make_department(house.session, "East")
        head, deputy = house.person(east, head=True), house.person(east, deputy=True)
        version = house.in_force()
        for leader in (head, deputy):
            seen = queries.missing_by_department(
                house.session, house.work(leader).person, version.id, day_of(house, clock)
            )
            assert [(row.name, row.people, row.missing) for row in seen] == [("East", 2, 2)]
        plain = house.work(house.person(east)).person
        assert queries.missing_by_department(house.session, plain, version.id, day_of(house, clock)) == []

    def test_the_list_is_paged(self, house: House, clock: Any) -> None:
        crowd = make_department(house.session, "Crowd")
        for number in range(queries.PAGE + 3):
            house.person(crowd, name=f"P{number:03d}")
        version = house.in_force()
        pages = [
            queries.missing_people(house.session, {crowd.id}, version, day_of(house, clock), n) for n in (1, 2, 99)
        ]
        assert [len(page.rows) for page in pages] == [queries.PAGE, 3, 3]
        assert {page.total for page in pages} == {queries.PAGE + 3}
        assert pages[2].number == 2
        assert [row.person.name for row in pages[1].rows] == ["P050", "P051", "P052"]

    def test_a_confirmation_is_for_oneself_the_head_and_who_sees_everybody(self, house: House) -> None:
        east = make_department(house.session, "East")
        person, head, other = house.person(east), house.person(east, head=True), house.person()
        admin = make_person(house.session, house.office, Role.ADMINISTRATOR)
        row = house.accepts(person, house.in_force())
        may = [
            queries.acceptance_of(house.session, house.work(who).person, row.id) is not None
            for who in (person, head, house.manager, admin, other)
        ]
        assert may == [True, True, True, True, False]


class TestBreaches:
    def make(self, house: House, by: Person, person: Person) -> Any:
        return record_breach(house.work(by), person.id, BreachKind.KEPT_FILE, TODAY, "A file lay in a drawer.")

    def test_recorded_measured_closed_erased(self, house: House) -> None:
        person = house.person()
        row = self.make(house, house.manager, person)
        with pytest.raises(Conflict):
            close_breach(house.work(house.manager), row.id, row.row_version)
        seen = row.row_version
        add_measure(house.work(house.manager), row.id, seen, "A talk with the head.")
        with pytest.raises(StaleVersion):
            add_measure(house.work(house.manager), row.id, seen, "Another one.")
        with pytest.raises(Conflict):
            erase_breach(house.work(house.manager), row.id, row.row_version)
        close_breach(house.work(house.manager), row.id, row.row_version)
        with pytest.raises(Conflict):
            add_measure(house.work(house.manager), row.id, row.row_version, "Too late.")
        erase_breach(house.work(house.manager), row.id, row.row_version)
        house.session.flush()
        assert list(house.session.scalars(select(BreachNote.text))) == [None, None]
        assert (row.person_id, row.kind, row.closed_by_id) == (person.id, BreachKind.KEPT_FILE, house.manager.id)
        with pytest.raises(Conflict):
            erase_breach(house.work(house.manager), row.id, row.row_version)

    def test_the_trail_holds_nothing_of_what_happened(self, house: House) -> None:
        row = self.make(house, house.manager, house.person())
        add_measure(house.work(house.manager), row.id, row.row_version, "A talk with the head.")
        subject = f"undertaking_breaches:{row.id}"
        entries = house.session.scalars(select(TrailEntry).where(TrailEntry.subject == subject)).all()
        assert [(entry.action, entry.details) for entry in entries] == [
            ("breach:record", {"kind": "kept_file"}),
            ("breach:measure", {}),
        ]
        personal = house.session.scalars(select(TrailPersonal.content)).all()
        assert "drawer" not in str(personal)
        assert "talk" not in str(personal)

    def test_what_is_needed(self, house: House) -> None:
        person = house.person()
        with pytest.raises(Invalid):
            record_breach(house.work(house.manager), person.id, BreachKind.OTHER, TODAY, "  ")
        with pytest.raises(Invalid):
            record_breach(house.work(house.manager), person.id, BreachKind.OTHER, TODAY + timedelta(days=1), "What")

    def test_who_records_of_whom(self, house: House) -> None:
        east = make_department(house.session, "East")
        head, person, other = house.person(east, head=True), house.person(east), house.person()
        auditor = make_person(house.session, house.board, Role.AUDITOR)

        def may(by: Person, about: Person) -> bool:
            try:
                self.make(house, by, about)
            except NotPermitted:
                return False
            return True

        assert may(head, person)
        assert not may(head, other)
        assert not may(head, head)
        assert may(house.manager, head)
        assert not may(house.manager, house.manager)
        assert may(house.director, house.manager)
        assert not may(house.director, person)
        assert may(house.manager, house.director)
        assert not may(auditor, person)
        assert not may(person, other)

    def test_who_sees_it(self, house: House) -> None:
        east, west = make_department(house.session, "East"), make_department(house.session, "West")
        head, person, colleague = house.person(east, head=True), house.person(east), house.person(east)
        other_head = house.person(west, head=True)
        auditor = make_person(house.session, house.board, Role.AUDITOR)
        administrator = make_person(house.session, house.board, Role.ADMINISTRATOR)
        row = self.make(house, house.manager, person)

        def sees(who: Person) -> bool:
            actor = house.work(who).person
            listed = {item.id for item in queries.breaches(house.session, actor, only_open=False, number=1).rows}
            alone = queries.breach_for(house.session, actor, row.id) is not None
            assert alone == (row.id in listed)
            return alone

        assert [sees(who) for who in (house.manager, house.director, auditor, head)] == [True] * 4
        assert [sees(who) for who in (person, colleague, other_head, administrator)] == [False] * 4

    def test_nobody_deals_with_their_own(self, house: House) -> None:
        row = self.make(house, house.director, house.manager)
        for act in (add_measure, close_breach, erase_breach):
            words = ("Nothing.",) if act is add_measure else ()
            with pytest.raises(NotFound):
                act(house.work(house.manager), row.id, row.row_version, *words)
        assert queries.breaches(house.session, house.work(house.manager).person, only_open=False, number=1).total == 0

    def test_who_only_looks_changes_nothing(self, house: House) -> None:
        auditor = make_person(house.session, house.board, Role.AUDITOR)
        row = self.make(house, house.manager, house.person())
        with pytest.raises(NotPermitted):
            add_measure(house.work(auditor), row.id, row.row_version, "None.")
        with pytest.raises(NotPermitted):
            erase_breach(house.work(auditor), row.id, row.row_version)

    def test_a_head_does_not_erase(self, house: House) -> None:
        east = make_department(house.session, "East")
        head = house.person(east, head=True)
        row = self.make(house, head, house.person(east))
        add_measure(house.work(head), row.id, row.row_version, "A talk.")
        close_breach(house.work(head), row.id, row.row_version)
        with pytest.raises(NotPermitted):
            erase_breach(house.work(head), row.id, row.row_version)

    def test_confidentiality_lasts_after_leaving(self, house: House) -> None:
        gone = house.person()
        gone.departed_at = house.work_as().now
        house.session.flush()
        assert gone in queries.people_handled(house.session, house.work(house.manager).person)
        assert self.make(house, house.manager, gone).person_id == gone.id
