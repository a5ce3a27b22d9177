"""Opening a dossier: what is made, who decides, what the states allow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.access.models import Responsibility
from portal.accounts.models import Person
from portal.clients.errors import NeedsConfirmation
from portal.clients.models import Client, ClientKind, ClientRank
from portal.clients.rules import ClientData, ContactData
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted, StaleVersion
from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry
from portal.dossiers.models import Dossier
from portal.dossiers.queries import openings_to_decide, own_openings
from portal.dossiers.services import (
    DraftData,
    VolumeData,
    decide_opening,
    edit_draft,
    open_dossier,
    submit_opening,
)
from portal.dossiers.states import DossierState
from tests.factories import actor, make_department, make_dossier, make_grant, make_person, make_place, make_responsible

DATA = ClientData(name="Acme Trading Ltd", kind=ClientKind.BUYER, country="GB", contacts=(ContactData("Bob", "Buyer"),))


@dataclass
class House:
    session: Session
    work: Callable[[Person], Any]
    head: Person
    deputy: Person
    employee: Person
    colleague: Person
    general: Person
    records: Person
    outsider: Person

    def open(self, by: Person | None = None, level: Level = Level.GENERAL, **options: Any) -> Dossier:
        by = by or self.employee
        data = options.pop("data", DATA)
        options.setdefault("responsible", [by.id])
        draft = DraftData(by.department_id, level)
        return open_dossier(self.work(by), data, draft, **options)

    def submitted(self, by: Person | None = None, level: Level = Level.GENERAL) -> Dossier:
        by = by or self.employee
        dossier = self.open(by, level)
        return submit_opening(self.work(by), dossier.id, dossier.row_version)

    def decide(self, by: Person, dossier: Dossier, approve: bool = True, comment: str = "") -> Dossier:
        return decide_opening(self.work(by), dossier.id, dossier.row_version, approve=approve, comment=comment)


@pytest.fixture
def house(session: Session, work_as: Any) -> House:
    sales, records_department = make_department(session), make_department(session)
    cleared = {"clearance": Level.CORE}
    return House(
        session=session,
        work=lambda person: work_as(actor(session, person)),
        head=make_person(session, sales, head=True),
        deputy=make_person(session, sales, deputy=True),
        employee=make_person(session, sales, **cleared),
        colleague=make_person(session, sales),
        general=make_person(session, None, Role.GENERAL_MANAGER, **cleared),
        records=make_person(session, records_department, Role.RECORDS_MANAGER, head=True, **cleared),
        outsider=make_person(session, head=True),
    )


def count(session: Session, table: Any) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_opening_makes_client_contacts_dossier_volumes_and_responsibilities_at_once(house: House) -> None:
    volumes = [VolumeData("A-03-2-14", 120), VolumeData("A-03-2-15", 7)]
    for volume in volumes:
        make_place(house.session, volume.place)
    dossier = house.open(volumes=volumes, responsible=[house.employee.id, house.colleague.id])
    assert (dossier.state, dossier.number, dossier.opened_by_id) == (DossierState.DRAFT, None, house.employee.id)
    assert [(v.ordinal, v.place, v.sheets) for v in dossier.volumes] == [(1, "A-03-2-14", 120), (2, "A-03-2-15", 7)]
    assert dossier.client.name_key == "acme trading"
    assert [contact.name for contact in dossier.client.contacts] == ["Bob"]
    rows = house.session.execute(select(Responsibility.person_id, Responsibility.rank).order_by(Responsibility.rank))
    assert [tuple(row) for row in rows] == [(house.employee.id, 1), (house.colleague.id, 2)]
    actions = house.session.scalars(select(TrailEntry.action).order_by(TrailEntry.id)).all()
    assert actions == ["client:add", "responsibility:begin", "responsibility:begin", "dossier:draft"]
    assert set(house.session.scalars(select(TrailEntry.dossier_id))) == {dossier.id}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"responsible": []}, "responsible"),
        ({"responsible": [10**6]}, "responsible"),
        ({"volumes": []}, "volumes"),
        ({"volumes": [VolumeData()] * 51}, "volumes"),
        ({"volumes": [VolumeData(place="x" * 61)]}, "place"),
        ({"volumes": [VolumeData(sheets=-1)]}, "sheets"),
        ({"data": replace(DATA, name="")}, "name"),
        ({"data": replace(DATA, contacts=[ContactData("Bob", email="bob")])}, "contacts-0-email"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_made(house: House, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        house.open(**changes)
    assert field in caught.value.fields
    assert (count(house.session, Client), count(house.session, Dossier)) == (0, 0)


def test_the_same_person_is_not_first_and_second_contact(house: House) -> None:
    with pytest.raises(Invalid) as caught:
        house.open(responsible=[house.employee.id, house.employee.id])
    assert set(caught.value.fields) == {"second_responsible"}


def test_core_is_opened_by_and_for_cleared_people_only(house: House) -> None:
    with pytest.raises(Invalid) as caught:
        house.open(house.colleague, Level.CORE)
    assert {"level", "responsible"} == set(caught.value.fields)
    assert house.open(level=Level.CORE).level == Level.CORE


def test_a_client_like_another_is_saved_after_a_confirmation_of_exactly_that(house: House) -> None:
    first = house.open()
    house.decide(house.head, submit_opening(house.work(house.employee), first.id, first.row_version))
    again = replace(DATA, name="ACME Trading Limited")
    with pytest.raises(NeedsConfirmation) as caught:
        house.open(house.outsider, data=again)
    (warning,) = caught.value.warnings
    assert (warning.key, warning.dossier_id) == (f"client:{first.client_id}", first.id)
    with pytest.raises(NeedsConfirmation):
        house.open(house.outsider, data=again, confirmed=["client:999"])
    assert count(house.session, Client) == 1
    assert house.open(house.outsider, data=again, confirmed=[warning.key]).client_id != first.client_id


def test_a_draft_of_somebody_else_is_not_named_in_the_warning(house: House) -> None:
    house.open()
    assert house.open(house.outsider).id


def test_a_key_client_with_one_responsible_employee_is_asked_about(house: House) -> None:
    data = replace(DATA, rank=ClientRank.KEY)
    with pytest.raises(NeedsConfirmation) as caught:
        house.open(data=data)
    assert [warning.key for warning in caught.value.warnings] == ["one_responsible"]
    assert house.open(data=data, responsible=[house.employee.id, house.colleague.id]).id


def test_a_further_dossier_is_for_those_who_may_read_the_client(house: House) -> None:
    client = make_dossier(house.session, house.employee).client
    make_responsible(house.session, house.employee, client)
    hidden = make_dossier(house.session, house.employee, level=Level.CORE).client
    granted = make_dossier(house.session, house.employee)
    make_grant(house.session, house.outsider, granted, house.head, house.work(house.head).today)
    before = count(house.session, Responsibility)
    draft = DraftData(house.employee.department_id, title="Second contract")
    assert open_dossier(house.work(house.employee), client.id, draft).client_id == client.id
    with pytest.raises(NotPermitted):
        open_dossier(house.work(house.colleague), client.id, draft)
    with pytest.raises(NotPermitted):  # A draft would outlive the grant.
        open_dossier(house.work(house.outsider), granted.client_id, draft)
    with pytest.raises(NotFound):
        open_dossier(house.work(house.colleague), hidden.id, draft)
    with pytest.raises(NotFound):
        open_dossier(house.work(house.employee), 10**6, draft)
    assert count(house.session, Responsibility) == before, "nobody makes themselves responsible this way"


def test_approval_numbers_the_dossier_and_makes_it_official(house: House) -> None:
    dossier = house.submitted()
    rights = dossier.rights_version
    house.decide(house.head, dossier)
    assert (dossier.state, dossier.number) == (DossierState.OPEN, "2026-0001")
    assert (dossier.decided_by_id, str(dossier.opened_on)) == (house.head.id, "2026-03-02")
    assert dossier.rights_version > rights
    entry = house.session.scalars(select(TrailEntry).where(TrailEntry.action == "dossier:approve")).one()
    assert entry.details == {"number": "2026-0001"}


def test_sending_back_needs_a_comment_and_the_draft_can_be_submitted_again(house: House) -> None:
    dossier = house.submitted()
    with pytest.raises(Invalid) as caught:
        house.decide(house.head, dossier, approve=False, comment="  ")
    assert set(caught.value.fields) == {"comment"}
    house.decide(house.head, dossier, approve=False, comment="The fax\0 number is missing.")
    assert (dossier.state, dossier.number) == (DossierState.DRAFT, None)
    assert dossier.decision_comment == "The fax number is missing."
    submit_opening(house.work(house.employee), dossier.id, dossier.row_version)
    assert house.decide(house.deputy, dossier).number == "2026-0001"


@pytest.mark.parametrize(
    ("opener", "may", "may_not"),
    [
        ("employee", {"head", "deputy"}, {"employee", "colleague", "general", "records", "outsider"}),
        ("head", {"deputy"}, {"head", "colleague", "general", "records"}),
        ("records", {"general"}, {"records", "head", "deputy"}),
        ("general", {"records"}, {"general", "head"}),
        ("outsider", {"general"}, {"outsider", "head", "records"}),
    ],
)
def test_who_decides(house: House, opener: str, may: set[str], may_not: set[str]) -> None:
    dossier = house.submitted(getattr(house, opener))
    for name in sorted(may_not):
        with pytest.raises((NotPermitted, NotFound)):
            house.decide(getattr(house, name), dossier)
        assert openings_to_decide(house.session, actor(house.session, getattr(house, name))) == []
    for name in sorted(may):
        assert openings_to_decide(house.session, actor(house.session, getattr(house, name))) == [dossier]
    house.decide(getattr(house, min(may)), dossier)


def test_a_core_opening_needs_a_cleared_signer(house: House) -> None:
    dossier = house.submitted(level=Level.CORE)
    for signer in (house.head, house.deputy):
        with pytest.raises(NotFound):
            house.decide(signer, dossier)
    with pytest.raises(NotPermitted):
        house.decide(house.records, dossier)
    # Neither head nor deputy is cleared: the general manager, who is, decides.
    assert openings_to_decide(house.session, actor(house.session, house.general)) == [dossier]
    house.deputy.clearance = Level.CORE
    with pytest.raises(NotPermitted):
        house.decide(house.general, dossier)
    assert house.decide(house.deputy, dossier).number == "K2026-0001"


def test_states_allow_only_what_the_table_says(house: House) -> None:
    draft = house.open()
    with pytest.raises(Conflict):
        house.decide(house.head, draft)
    submit_opening(house.work(house.employee), draft.id, draft.row_version)
    with pytest.raises(Conflict):
        submit_opening(house.work(house.employee), draft.id, draft.row_version)
    with pytest.raises(Conflict):
        edit_draft(house.work(house.employee), draft.id, draft.row_version, DraftData(draft.department_id))
    house.decide(house.head, draft)
    with pytest.raises(Conflict):
        house.decide(house.head, draft)


def test_only_the_opener_and_the_records_department_work_on_a_draft(house: House) -> None:
    draft = house.open()
    changed = DraftData(draft.department_id, Level.IMPORTANT, " \0Steel\n")
    with pytest.raises(NotPermitted):
        edit_draft(house.work(house.head), draft.id, draft.row_version, changed)
    with pytest.raises(NotFound):
        edit_draft(house.work(house.colleague), draft.id, draft.row_version, changed)
    with pytest.raises(NotPermitted):
        submit_opening(house.work(house.head), draft.id, draft.row_version)
    rights = draft.rights_version
    edit_draft(house.work(house.records), draft.id, draft.row_version, changed)
    assert (draft.level, draft.title, draft.rights_version) == (Level.IMPORTANT, "Steel", rights + 1)


def test_a_draft_is_not_made_core_over_the_head_of_its_responsible_employee(house: House) -> None:
    draft = house.open(responsible=[house.colleague.id])
    with pytest.raises(Invalid) as caught:
        edit_draft(house.work(house.employee), draft.id, draft.row_version, DraftData(draft.department_id, Level.CORE))
    assert set(caught.value.fields) == {"level"}


def test_stale_forms_are_refused(house: House) -> None:
    draft = house.open()
    version = draft.row_version
    edit_draft(house.work(house.employee), draft.id, version, DraftData(draft.department_id, title="One"))
    with pytest.raises(StaleVersion):
        edit_draft(house.work(house.employee), draft.id, version, DraftData(draft.department_id, title="Two"))
    with pytest.raises(StaleVersion):
        submit_opening(house.work(house.employee), draft.id, version)
    submit_opening(house.work(house.employee), draft.id, draft.row_version)
    with pytest.raises(StaleVersion):
        decide_opening(house.work(house.head), draft.id, version, approve=True)
    assert draft.title == "One"


def test_own_openings_are_mine_until_they_are_official(house: House) -> None:
    first, second = house.open(), house.open(data=replace(DATA, name="Zebra"))
    mine = actor(house.session, house.employee)
    assert own_openings(house.session, mine) == [first, second]
    submit_opening(house.work(house.employee), first.id, first.row_version)
    house.decide(house.head, first)
    assert own_openings(house.session, mine) == [second]
    assert own_openings(house.session, actor(house.session, house.head)) == []
