"""Editing a client: who may, stale forms, the trail field by field, warnings of duplicates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.clients.errors import NeedsConfirmation
from portal.clients.models import Client, ClientKind, ClientRank
from portal.clients.queries import similar_clients
from portal.clients.rules import ClientData, ContactData
from portal.clients.services import edit_client
from portal.core.errors import Invalid, NotFound, StaleVersion
from portal.core.outbox import OutboxRow
from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry, TrailPersonal
from portal.dossiers.models import Dossier
from portal.dossiers.services import DraftData, open_dossier
from tests.factories import actor, make_department, make_dossier, make_grant, make_person, make_responsible

DATA = ClientData(
    name="Acme Trading Ltd",
    kind=ClientKind.BUYER,
    country="GB",
    phone="020 7946 0958",
    registration_number="GB980780684",
    registered_capital="5000",
    capital_currency="GBP",
    legal_representative="Ann Smith",
    contacts=(ContactData("Bob", "Buyer"), ContactData("Cy", phone="020 7946 0001")),
)


@dataclass
class World:
    session: Session
    owner: Person
    stranger: Person
    dossier: Dossier
    client: Client
    edit: Callable[..., Client]


@pytest.fixture
def world(session: Session, work_as: Any) -> World:
    """A client whose draft was opened by its owner; a stranger in another department."""
    owner = make_person(session, make_department(session))
    stranger = make_person(session)
    dossier = open_dossier(work_as(actor(session, owner)), DATA, DraftData(owner.department_id), responsible=[owner.id])

    def edit(data: ClientData, by: Person = owner, version: int | None = None, **options: Any) -> Client:
        work = work_as(actor(session, by))
        given = dossier.client.row_version if version is None else version
        return edit_client(work, dossier.client_id, given, data, Dossier, **options)

    return World(session, owner, stranger, dossier, dossier.client, edit)


def present(client: Client) -> ClientData:
    """The data of a form over the client, nothing changed."""
    contacts = [ContactData(row.name, row.position, row.phone, row.email, id=row.id) for row in client.contacts]
    return replace(DATA, contacts=contacts)


def entries(session: Session, action: str) -> list[TrailEntry]:
    query = select(TrailEntry).where(TrailEntry.action == action).order_by(TrailEntry.id)
    return list(session.scalars(query))


def test_old_and_new_of_each_field_go_into_the_trail(world: World) -> None:
    old = present(world.client)
    new = replace(
        old, phone="020 7946 0002", registered_capital="6000", legal_representative="Ann Jones", rank=ClientRank.KEY
    )
    world.edit(new)
    entry = entries(world.session, "client:edit")[0]
    assert entry.details["changed"] == {
        "rank": {"old": "ordinary", "new": "key"},
        "phone": {"old": "+44 20 7946 0958", "new": "+44 20 7946 0002"},
        "registered_capital": {"old": "5000.00", "new": "6000.00"},
    }
    personal = world.session.get_one(TrailPersonal, entry.id)
    assert personal.content == {"legal_representative": {"old": "Ann Smith", "new": "Ann Jones"}}
    assert "Ann" not in str(entry.details)
    assert entry.dossier_id == world.dossier.id


def test_contact_persons_are_added_changed_and_removed(world: World) -> None:
    bob, cy = present(world.client).contacts
    version = world.client.row_version
    world.edit(replace(DATA, contacts=[replace(cy, position="Boss"), ContactData("Di")]))
    assert [(row.name, row.position) for row in world.client.contacts] == [("Cy", "Boss"), ("Di", "")]
    assert world.client.row_version == version + 1, "contact persons count for the version of the form"
    entry = entries(world.session, "client:edit")[0]
    changes = world.session.get_one(TrailPersonal, entry.id).content["contacts"]
    assert [
        (change["old"] and change["old"]["name"], change["new"] and change["new"]["name"]) for change in changes
    ] == [
        ("Cy", "Cy"),
        (None, "Di"),
        ("Bob", None),
    ]
    assert "Bob" not in str(entry.details)


def test_a_contact_of_another_client_is_not_taken_over(world: World, work_as: Any) -> None:
    other = open_dossier(
        work_as(actor(world.session, world.owner)),
        replace(DATA, name="Quite Different", registration_number="", contacts=[ContactData("Eve")]),
        DraftData(world.owner.department_id),
        responsible=[world.owner.id],
    )
    theirs = other.client.contacts[0]
    world.edit(replace(DATA, contacts=[ContactData("Mallory", id=theirs.id)]))
    assert theirs.name == "Eve"
    assert [row.name for row in world.client.contacts] == ["Mallory"]


def test_saving_without_a_change_changes_nothing(world: World) -> None:
    version = world.client.row_version
    world.edit(present(world.client))
    assert world.client.row_version == version
    assert entries(world.session, "client:edit") == []


def test_a_change_is_indexed_for_every_dossier_of_the_client(world: World) -> None:
    second = make_dossier(world.session, world.owner, world.client)
    world.edit(replace(present(world.client), industry="Steel"))
    keys = set(world.session.scalars(select(OutboxRow.key).where(OutboxRow.kind == "index")))
    assert {f"dossier:{world.dossier.id}", f"dossier:{second.id}"} <= keys


def test_a_form_over_an_older_version_changes_nothing(world: World) -> None:
    first = world.client.row_version
    world.edit(replace(present(world.client), industry="Steel"))
    with pytest.raises(StaleVersion):
        world.edit(replace(present(world.client), industry="Wood"), version=first)
    assert world.client.industry == "Steel"


def test_wrong_fields_change_nothing(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        world.edit(replace(present(world.client), phone="1", industry="Wood"))
    assert set(caught.value.fields) == {"phone"}
    assert world.client.industry == ""


def test_only_those_who_work_on_the_client_edit_it(world: World) -> None:
    official = make_dossier(world.session, world.owner, world.client)
    with pytest.raises(NotFound):
        world.edit(present(world.client), by=world.stranger)
    make_grant(world.session, world.stranger, official, world.owner, date(2026, 12, 31))
    with pytest.raises(NotFound):
        world.edit(present(world.client), by=world.stranger)
    make_responsible(world.session, world.stranger, world.client, rank=2)
    world.edit(replace(present(world.client), industry="Steel"), by=world.stranger)
    assert world.client.industry == "Steel"


def test_the_capital_survives_the_database(world: World) -> None:
    world.edit(replace(present(world.client), registered_capital="9999999999999.99"))
    world.session.expire_all()
    assert world.client.registered_capital == Decimal("9999999999999.99")


def test_a_rename_to_another_clients_name_asks_first(world: World, work_as: Any) -> None:
    other = make_dossier(world.session, world.owner)
    other.client.name, other.client.name_key = "Borealis Ltd", "borealis"
    world.session.flush()
    renamed = replace(present(world.client), name="Borealis Limited")
    with pytest.raises(NeedsConfirmation) as caught:
        world.edit(renamed)
    assert [warning.dossier_id for warning in caught.value.warnings] == [other.id]
    assert world.client.name == "Acme Trading Ltd"
    world.edit(renamed, confirmed=[warning.key for warning in caught.value.warnings])
    assert world.client.name == "Borealis Limited"


def test_the_warning_names_only_clients_the_person_may_know(session: Session, work_as: Any) -> None:
    owner = make_person(session, None, clearance=Level.CORE)
    plain = make_person(session)
    make_dossier(session, owner, level=Level.CORE).client.name_key = "acme"
    mixed = make_dossier(session, owner, level=Level.CORE)
    mixed.client.name_key = "acme"
    make_dossier(session, owner, mixed.client, level=Level.IMPORTANT)
    session.flush()

    def found(person: Person) -> int:
        return len(similar_clients(session, actor(session, person), Dossier, "ACME Ltd", ""))

    assert found(owner) == 2
    assert found(plain) == 1, "a client with nothing but core dossiers is core itself"


def test_the_same_number_comes_first_however_it_is_written(session: Session) -> None:
    clerk = make_person(session, None, Role.CLERK)
    make_dossier(session, clerk).client.name_key = "acme"
    make_dossier(session, clerk).client.registration_number = "B-64717838"
    session.flush()
    found = similar_clients(session, actor(session, clerk), Dossier, "Acme", "b64717838")
    assert [client.same_number for client in found] == [True, False]
    assert similar_clients(session, actor(session, clerk), Dossier, "Zebra", "") == []
