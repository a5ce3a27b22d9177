"""The last day passes: who is told, daily and once a day; and that the clock notes what comes up in between."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import Person
from portal.accounts.queries import actor_of
from portal.application import OBLIGATIONS
from portal.core.permissions import Role
from portal.core.trail import TrailEntry
from portal.dossiers.models import Dossier
from portal.handover.jobs import HandoverClock
from portal.handover.models import HandoverItem
from portal.handover.services import open_handover
from portal.handover.states import HandoverKind
from portal.notices.kinds import NoticeKind
from portal.notices.models import Notice
from tests.factories import make_client, make_department, make_dossier, make_person


class House:
    """A leaver with a draft, their head, the records manager; the handover is open."""

    def __init__(self, parts: Any) -> None:
        self.parts = parts
        with parts.writing() as work:
            session = work.session
            sales, records = make_department(session, "Sales"), make_department(session, "Records")
            leaver, head = make_person(session, sales), make_person(session, sales, head=True)
            manager = make_person(session, records, Role.RECORDS_MANAGER, head=True)
            self.draft = make_dossier(session, leaver, make_client(session, leaver), state="draft").id
            self.leaver, self.head, self.manager = leaver.id, head.id, manager.id
            actor = actor_of(session, head)
        with parts.writing(actor) as work:
            open_handover(work, OBLIGATIONS, self.leaver, HandoverKind.LEAVING, date(2026, 3, 4))

    def told(self, kind: NoticeKind) -> list[tuple[int, str]]:
        with self.parts.looking() as work:
            rows = work.session.scalars(select(Notice).where(Notice.kind == kind).order_by(Notice.id))
            return [(row.person_id, row.occasion) for row in rows]

    def look(self) -> None:
        HandoverClock().look(self.parts)


@pytest.fixture
def house(parts: Any) -> House:
    return House(parts)


def test_the_leaver_and_those_who_sign_hear_of_the_opening(house: House) -> None:
    assert {person for person, _ in house.told(NoticeKind.HANDOVER_OPENED)} == {house.leaver, house.manager}


def test_nobody_is_pressed_before_the_last_day_is_over(house: House, clock: Any) -> None:
    clock.advance(days=2)  # The fourth of March itself.
    house.look()
    assert house.told(NoticeKind.HANDOVER_LATE) == []


def test_each_day_late_is_told_once(house: House, clock: Any) -> None:
    clock.advance(days=3)
    house.look()
    house.look()
    day_one = [(house.head, "1:2026-03-05"), (house.manager, "1:2026-03-05")]
    assert house.told(NoticeKind.HANDOVER_LATE) == day_one
    clock.advance(days=2)  # A day on which the server was off is not made up for: the next one says it all.
    house.look()
    assert house.told(NoticeKind.HANDOVER_LATE)[2:] == [(house.head, "1:2026-03-07"), (house.manager, "1:2026-03-07")]


def test_those_who_sign_are_told_when_nothing_is_open_any_more(house: House, clock: Any) -> None:
    house.look()
    assert house.told(NoticeKind.HANDOVER_TO_SIGN) == []
    with house.parts.writing() as work:
        work.session.get_one(Dossier, house.draft).opened_by_id = house.head
    house.look()
    assert house.told(NoticeKind.HANDOVER_TO_SIGN) == []  # The last day is still to come.
    clock.advance(days=2)
    house.look()
    house.look()
    told = [(person, occasion.split(":")[1]) for person, occasion in house.told(NoticeKind.HANDOVER_TO_SIGN)]
    assert told == [(house.head, "department"), (house.manager, "records")]


def test_what_comes_up_between_two_looks_is_noted_without_a_trail_of_looking(house: House) -> None:
    with house.parts.writing() as work:
        leaver = work.session.get_one(Person, house.leaver)
        make_dossier(work.session, leaver, make_client(work.session, leaver), state="draft")
        entries = len(work.session.scalars(select(TrailEntry)).all())
    house.look()
    with house.parts.looking() as work:
        assert len(work.session.scalars(select(HandoverItem)).all()) == 2
        assert len(work.session.scalars(select(TrailEntry)).all()) == entries


def test_the_clock_rests_between_its_looks(house: House, clock: Any) -> None:
    ticking = HandoverClock()
    ticking.look(house.parts)
    with house.parts.writing() as work:
        leaver = work.session.get_one(Person, house.leaver)
        make_dossier(work.session, leaver, make_client(work.session, leaver), state="draft")
    ticking.look(house.parts)
    assert count(house) == 1
    clock.advance(seconds=61)
    ticking.look(house.parts)
    assert count(house) == 2


def count(house: House) -> int:
    with house.parts.looking() as work:
        return len(work.session.scalars(select(HandoverItem)).all())
