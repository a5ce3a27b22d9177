"""Naming, releasing and handing over responsible employees: who may, whom, from when, and what is written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.access.models import Responsibility, ResponsibilityReason
from portal.access.queries import readable_by
from portal.accounts.models import Person
from portal.clients.models import Client, ClientRank
from portal.clients.responsibility.queries import (
    clients_of,
    common_pool,
    history_of_client,
    known_clients_of,
    loads,
    open_responsibilities,
    short_handed,
    shortage,
)
from portal.clients.responsibility.services import Assignment, assign, release, transfer_clients
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted, PortalError
from portal.core.permissions import Actor, Level, Role
from portal.core.trail import TrailEntry, TrailPersonal
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Dossier
from portal.notices.kinds import NoticeKind
from portal.notices.models import Notice
from tests.factories import (
    actor,
    make_client,
    make_department,
    make_dossier,
    make_person,
    make_responsible,
)

WHY = ResponsibilityReason.WORKLOAD


@dataclass
class Office:
    """Sales and purchasing with a head and a deputy each, and two employees; the records manager (cleared)."""

    session: Session
    work_as: Callable[..., UnitOfWork]
    sales_head: Person
    sales_deputy: Person
    ana: Person
    ben: Person
    buying_head: Person
    carla: Person
    keeper: Person

    def act(self, person: Person) -> Actor:
        return actor(self.session, person)

    def work(self, person: Person) -> UnitOfWork:
        return self.work_as(self.act(person))

    def client(self, *people: Person, level: Level = Level.GENERAL, **fields: Any) -> Client:
        """A client with an official dossier, looked after by these, first contact first."""
        client = make_client(self.session, self.keeper, **fields)
        make_dossier(self.session, self.keeper, client, level=level)
        for rank, person in enumerate(people, start=1):
            make_responsible(self.session, person, client, rank)
        return client

    def contacts(self, client: Client) -> dict[int, int]:
        rows = self.session.execute(
            select(Responsibility.rank, Responsibility.person_id).where(
                Responsibility.client_id == client.id, Responsibility.until_date.is_(None)
            )
        )
        return {row.rank: row.person_id for row in rows}

    def reads(self, person: Person, client: Client) -> bool:
        right = readable_by(self.act(person), Dossier, self.work(person).today)
        return self.session.scalar(select(Dossier.id).where(Dossier.client_id == client.id, right)) is not None

    def entries(self, *actions: str) -> Sequence[TrailEntry]:
        query = select(TrailEntry).where(TrailEntry.action.in_(actions)).order_by(TrailEntry.id)
        return self.session.scalars(query).all()

    def notices(self, person: Person) -> list[tuple[NoticeKind, int | None]]:
        rows = self.session.scalars(select(Notice).where(Notice.person_id == person.id).order_by(Notice.id))
        return [(row.kind, row.params.get("count")) for row in rows]


@pytest.fixture
def office(session: Session, work_as: Any) -> Office:
    sales, buying = make_department(session, "Sales"), make_department(session, "Buying")
    records = make_department(session, "Records")
    return Office(
        session=session,
        work_as=work_as,
        sales_head=make_person(session, sales, head=True, name="Sales Head"),
        sales_deputy=make_person(session, sales, deputy=True, name="Sales Deputy"),
        ana=make_person(session, sales, name="Ana"),
        ben=make_person(session, sales, name="Ben"),
        buying_head=make_person(session, buying, head=True, name="Buying Head"),
        carla=make_person(session, buying, name="Carla"),
        keeper=make_person(session, records, Role.RECORDS_MANAGER, clearance=Level.CORE, name="Keeper"),
    )


def test_the_new_one_reads_at_once_and_the_old_one_no_more(office: Office) -> None:
    client = office.client(office.ana)
    assert office.reads(office.ana, client)
    assert not office.reads(office.carla, client)
    assign(office.work(office.sales_head), client.id, 1, office.carla.id, Dossier, instead_of=office.ana.id, reason=WHY)
    assert office.reads(office.carla, client)
    assert not office.reads(office.ana, client)
    assert office.reads(office.buying_head, client), "the head of the new one"
    assert not office.reads(office.sales_head, client), "the head of the old one"


def test_where_one_ends_the_next_begins(office: Office, clock: Any) -> None:
    client = office.client(office.ana)
    work = office.work(office.sales_head)
    assign(work, client.id, 1, office.ben.id, Dossier, instead_of=office.ana.id, reason=WHY)
    new, old = history_of_client(office.session, client.id)
    assert (old.person, old.until_date, old.ended_at, old.ended_by, old.ended_reason) == (
        "Ana",
        work.today,
        work.now,
        "Sales Head",
        WHY,
    )
    assert (new.person, new.from_date, new.until_date) == ("Ben", work.today, None)
    assert (new.named_at, new.named_by, new.reason) == (work.now, "Sales Head", WHY)


def test_first_and_second_change_places_in_one_act(office: Office) -> None:
    client = office.client(office.ana, office.ben)
    swap = [
        Assignment(client.id, 1, office.ben.id, office.ana.id),
        Assignment(client.id, 2, office.ana.id, office.ben.id),
    ]
    assert transfer_clients(office.work(office.sales_head), swap, Dossier, reason=WHY) == 2
    assert office.contacts(client) == {1: office.ben.id, 2: office.ana.id}
    assert office.notices(office.ana) == office.notices(office.ben) == [], "they look after it as before"


def test_whoever_is_released_without_a_successor_leaves_the_client_to_the_pool(office: Office) -> None:
    client = office.client(office.ana, name="Aceros del Sur")
    release(office.work(office.sales_head), client.id, 1, office.ana.id, Dossier, reason=WHY)
    assert office.contacts(client) == {}
    work = office.work(office.buying_head)
    pool = common_pool(office.session, work.person, Dossier, work.today, 1)
    assert [(row.name, row.last, row.since) for row in pool.rows] == [("Aceros del Sur", "Ana", work.today)]
    assert not office.reads(office.buying_head, client), "what is in the pool is known, not read"
    assign(work, client.id, 1, office.carla.id, Dossier, reason=ResponsibilityReason.POOL)
    assert office.reads(office.carla, client)
    assert common_pool(office.session, work.person, Dossier, work.today, 1).total == 0


def test_the_trail_says_who_was_named_in_place_of_whom_and_why(office: Office) -> None:
    client = office.client(office.ana, office.ben)
    work = office.work(office.sales_head)
    changes = [
        Assignment(client.id, 1, office.carla.id, office.ana.id),
        Assignment(client.id, 2, None, office.ben.id),
    ]
    transfer_clients(work, changes, Dossier, reason=WHY, remark=" Ana has\ttoo much. ")
    began, ended = office.entries("responsibility:begin", "responsibility:end")
    assert began.details == {
        "client": client.id,
        "rank": 1,
        "why": "workload",
        "person": office.carla.id,
        "instead_of": office.ana.id,
    }
    assert ended.details == {"client": client.id, "rank": 2, "why": "workload", "person": office.ben.id}
    remarks = [row.content for row in office.session.scalars(select(TrailPersonal).order_by(TrailPersonal.entry_id))]
    assert remarks == [{"remark": "Ana has too much."}] * 2


def test_an_entry_goes_with_a_dossier_that_is_not_core_where_there_is_one(office: Office) -> None:
    client = office.client(office.ana, level=Level.CORE)
    general = make_dossier(office.session, office.keeper, client)
    core_only = office.client(office.keeper, level=Level.CORE)
    release(office.work(office.keeper), client.id, 1, office.ana.id, Dossier)
    release(office.work(office.keeper), core_only.id, 1, office.keeper.id, Dossier)
    first, second = office.entries("responsibility:end")
    assert first.dossier_id == general.id
    core = office.session.scalars(select(Dossier).where(Dossier.client_id == core_only.id)).one()
    assert second.dossier_id == core.id


def test_who_was_seen_there_must_still_be_there(office: Office) -> None:
    client = office.client(office.ana)
    for instead_of in (None, office.ben.id):
        with pytest.raises(Conflict):
            assign(office.work(office.sales_head), client.id, 1, office.carla.id, Dossier, instead_of=instead_of)
    with pytest.raises(Conflict):
        assign(office.work(office.sales_head), client.id, 2, office.carla.id, Dossier, instead_of=office.ben.id)
    assert office.contacts(client) == {1: office.ana.id}


def test_nothing_changes_where_nothing_is_different(office: Office) -> None:
    client = office.client(office.ana)
    assign(office.work(office.sales_head), client.id, 1, office.ana.id, Dossier, instead_of=office.ana.id)
    assert office.entries("responsibility:begin") == []
    assert len(history_of_client(office.session, client.id)) == 1


@pytest.mark.parametrize("state", ["departed", "leaving", "unknown"])
def test_only_those_who_stay_can_be_named(office: Office, state: str) -> None:
    client = office.client(office.ana)
    work = office.work(office.keeper)
    if state == "departed":
        office.ben.departed_at = work.now
    elif state == "leaving":
        office.ben.leaving_on = work.today
    named = 999_999 if state == "unknown" else office.ben.id
    office.session.flush()
    with pytest.raises(Invalid) as refused:
        assign(work, client.id, 2, named, Dossier)
    assert refused.value.fields.keys() == {"second"}
    assert office.contacts(client) == {1: office.ana.id}


def test_first_and_second_are_two_people(office: Office) -> None:
    client = office.client(office.ana)
    with pytest.raises(Invalid) as refused:
        assign(office.work(office.keeper), client.id, 2, office.ana.id, Dossier)
    assert "Ana" in str(refused.value.fields["second"])
    with pytest.raises(IntegrityError), office.session.begin_nested():
        make_responsible(office.session, office.ana, client, 2)


def test_who_looks_after_core_dossiers_has_core_clearance(office: Office) -> None:
    client = office.client(office.keeper)
    make_dossier(office.session, office.keeper, client, level=Level.CORE)
    with pytest.raises(Invalid):
        assign(office.work(office.keeper), client.id, 2, office.ana.id, Dossier)
    office.ana.clearance = Level.CORE
    assign(office.work(office.keeper), client.id, 2, office.ana.id, Dossier)
    assert office.contacts(client) == {1: office.keeper.id, 2: office.ana.id}


def test_a_refusal_tells_nobody_that_there_are_core_dossiers(office: Office) -> None:
    """A head without clearance gets the same answer whether or not the client has core dossiers beside others."""
    plain, mixed = office.client(office.ana), office.client(office.ana)
    make_dossier(office.session, office.keeper, mixed, level=Level.CORE)
    for client in (plain, mixed):
        assign(office.work(office.sales_head), client.id, 2, office.ben.id, Dossier)
        assert office.reads(office.ben, client)
    right = readable_by(office.act(office.ben), Dossier, office.work(office.ben).today)
    assert office.session.scalars(select(Dossier.id).where(right, Dossier.level == Level.CORE)).all() == []


def test_a_client_with_nothing_but_core_dossiers_does_not_exist_for_others(office: Office) -> None:
    client = office.client(office.ana, level=Level.CORE)
    work = office.work(office.sales_head)
    with pytest.raises(NotFound):
        assign(work, client.id, 2, office.ben.id, Dossier)
    assert known_clients_of(office.session, work.person, Dossier, office.ana.id, work.today) == []
    assert [row.total for row in loads(office.session, work.person, Dossier, work.today, person_id=office.ana.id)] == [
        0
    ]
    cleared = office.work(office.keeper)
    assert len(known_clients_of(office.session, cleared.person, Dossier, office.ana.id, cleared.today)) == 1
    release(cleared, client.id, 1, office.ana.id, Dossier)
    assert shortage(office.session, work.person, Dossier, work.today).pool == 0
    assert shortage(office.session, cleared.person, Dossier, cleared.today).pool == 1


def test_all_or_nothing(office: Office) -> None:
    mine, theirs = office.client(office.ana), office.client(office.carla)
    changes = [
        Assignment(mine.id, 1, office.ben.id, office.ana.id),
        Assignment(theirs.id, 1, office.ben.id, office.carla.id),
    ]
    with pytest.raises(NotPermitted):
        transfer_clients(office.work(office.sales_head), changes, Dossier, reason=WHY)
    assert office.contacts(mine) == {1: office.ana.id}
    assert office.contacts(theirs) == {1: office.carla.id}
    assert office.entries("responsibility:begin", "responsibility:end") == []


def test_one_notice_however_many_clients(office: Office) -> None:
    clients = [office.client(office.ana) for _ in range(3)]
    one = office.client(office.ana)
    changes = [Assignment(client.id, 1, office.ben.id, office.ana.id) for client in clients]
    transfer_clients(office.work(office.sales_head), changes, Dossier, reason=WHY)
    assign(office.work(office.sales_head), one.id, 1, office.ben.id, Dossier, instead_of=office.ana.id)
    assert office.notices(office.ben) == [(NoticeKind.CLIENTS_GIVEN, 3), (NoticeKind.CLIENT_GIVEN, None)]
    assert office.notices(office.ana) == [(NoticeKind.CLIENTS_TAKEN, 3), (NoticeKind.CLIENT_TAKEN, None)]
    assert office.notices(office.sales_head) == []


def test_core_clients_are_told_of_apart(office: Office) -> None:
    office.carla.clearance = Level.CORE
    plain = [office.client() for _ in range(2)]
    core = [office.client(level=Level.CORE) for _ in range(2)]
    changes = [Assignment(client.id, 1, office.carla.id) for client in (*plain, *core)]
    transfer_clients(office.work(office.keeper), changes, Dossier, reason=WHY)
    rows = office.session.scalars(select(Notice).where(Notice.person_id == office.carla.id)).all()
    assert sorted((row.params["count"], row.dossier_id is None) for row in rows) == [(2, False), (2, True)]


def test_what_somebody_would_have_to_hand_over(office: Office) -> None:
    names = ["Zapatos Ñandú", "恒达机械有限公司", "Álamo S.L.", "Harbour Ltd"]
    for name in names:
        office.client(office.ana, name=name, rank=ClientRank.KEY if name == "Harbour Ltd" else ClientRank.ORDINARY)
    released = office.client(office.ana, name="Bygone")
    release(office.work(office.sales_head), released.id, 1, office.ana.id, Dossier)
    rows = clients_of(office.session, office.ana.id)
    assert [(row.name, row.key) for row in rows] == [
        ("Álamo S.L.", False),
        ("Harbour Ltd", True),
        ("恒达机械有限公司", False),
        ("Zapatos Ñandú", False),
    ], "by pinyin, accents aside"
    owed = office.session.scalars(select(Responsibility.id).where(open_responsibilities(office.ana.id))).all()
    assert sorted(owed) == sorted(row.responsibility_id for row in rows)


def test_loads_count_first_second_and_key_clients(office: Office) -> None:
    office.client(office.ana, office.ben, rank=ClientRank.KEY)
    office.client(office.ben, office.ana)
    office.client(office.ben)
    work = office.work(office.keeper)
    rows = {row.name: row for row in loads(office.session, work.person, Dossier, work.today)}
    assert (rows["Ana"].first, rows["Ana"].second, rows["Ana"].key, rows["Ana"].total) == (1, 1, 1, 2)
    assert (rows["Ben"].first, rows["Ben"].second, rows["Ben"].key) == (2, 1, 1)
    assert rows["Carla"].total == 0
    outside = office.work(office.buying_head)
    rows = {row.name: row for row in loads(office.session, outside.person, Dossier, outside.today)}
    assert (rows["Ben"].total, rows["Ben"].key) == (3, 0), "what rank a client has is for those who may read of it"


def test_key_and_promising_clients_with_one_contact_are_short(office: Office) -> None:
    key = office.client(office.ana, rank=ClientRank.KEY, name="Key Ltd")
    office.client(office.ana, office.ben, rank=ClientRank.KEY)
    office.client(office.ana)
    office.client(office.carla, rank=ClientRank.POTENTIAL, name="Promising Ltd")
    office.client(rank=ClientRank.KEY)

    def short(person: Person) -> list[tuple[str, str | None, int]]:
        work = office.work(person)
        rows = short_handed(office.session, work.person, Dossier, work.today, 1).rows
        assert shortage(office.session, work.person, Dossier, work.today).short == len(rows)
        return [(row.name, row.last, row.free_rank) for row in rows]

    assert short(office.keeper) == [("Key Ltd", "Ana", 2), ("Promising Ltd", "Carla", 2)]
    assert short(office.sales_head) == [("Key Ltd", "Ana", 2)]
    assert short(office.sales_deputy) == []
    assign(office.work(office.sales_head), key.id, 2, office.ben.id, Dossier)
    assert short(office.sales_head) == []
    release(office.work(office.sales_head), key.id, 1, office.ana.id, Dossier)
    assert short(office.sales_head) == [("Key Ltd", "Ben", 1)]


def test_five_hundred_clients_take_few_statements(office: Office) -> None:
    clients = [office.client(office.ana) for _ in range(500)]
    changes = [
        Assignment(client.id, 1, (office.ben if number % 2 else office.carla).id, office.ana.id)
        for number, client in enumerate(clients)
    ]
    office.session.commit()
    statements: list[str] = []
    event.listen(office.session.get_bind(), "before_cursor_execute", lambda *given: statements.append(given[2]))
    assert transfer_clients(office.work(office.sales_head), changes, Dossier, reason=WHY) == 500
    office.session.flush()
    rows = ("INSERT INTO responsibilities", "INSERT INTO trail_entries")
    assert len([text for text in statements if not text.startswith(rows)]) < 30
    assert clients_of(office.session, office.ana.id) == []
    assert len(clients_of(office.session, office.ben.id)) == 250
    assert len(office.entries("responsibility:begin")) == 500


def test_two_contacts_of_one_rank_are_refused_by_the_database(office: Office) -> None:
    client = office.client(office.ana)
    with pytest.raises(IntegrityError), office.session.begin_nested():
        make_responsible(office.session, office.ben, client, 1)
    with pytest.raises(IntegrityError), office.session.begin_nested():
        office.session.execute(
            update(Responsibility).values(until_date=office.work(office.ana).today.replace(year=2025))
        )


def test_the_same_place_twice_is_a_mistake_of_the_program(office: Office) -> None:
    client = office.client(office.ana)
    twice = [Assignment(client.id, 2, office.ben.id), Assignment(client.id, 2, office.carla.id)]
    with pytest.raises(ValueError, match="named once"):
        transfer_clients(office.work(office.keeper), twice, Dossier, reason=WHY)


def test_a_remark_is_short(office: Office) -> None:
    client = office.client(office.ana)
    with pytest.raises(PortalError) as refused:
        release(office.work(office.keeper), client.id, 1, office.ana.id, Dossier, remark="x" * 301)
    assert isinstance(refused.value, Invalid)
    assert "remark" in refused.value.fields
