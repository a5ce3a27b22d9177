"""The register: filters, sorting, pages, honest counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.clients.models import ClientKind, ClientRank
from portal.clients.names import name_key
from portal.core.permissions import Level, Role
from portal.dossiers.models import Dossier
from portal.dossiers.queries import RegisterFilter, RegisterSort, WhereFilter, register_page
from portal.dossiers.rules import CustodyCount
from portal.dossiers.states import Custody, DossierState
from tests.factories import actor, make_client, make_department, make_dossier, make_person, make_responsible

TODAY = date(2026, 3, 2)


@dataclass
class Register:
    session: Session
    clerk: Person
    employee: Person

    def add(self, name: str, number: str | None = None, **options: Any) -> Dossier:
        fields = options.pop("fields", {})
        client = make_client(self.session, self.clerk, name, **fields)
        client.name_key = name_key(name)
        return make_dossier(self.session, self.clerk, client, number=number, **options)

    def names(
        self, who: Person, sort: RegisterSort = RegisterSort.NAME, descending: bool = False, **wanted: Any
    ) -> list[str]:
        page = register_page(
            self.session, actor(self.session, who), TODAY, RegisterFilter(**wanted), sort, descending=descending
        )
        assert page.total == len(page.rows)
        return [row.dossier.client.name for row in page.rows]


@pytest.fixture
def register(session: Session) -> Register:
    clerk = make_person(session, make_department(session, "Records"), Role.CLERK)
    return Register(session, clerk, make_person(session))


def test_text_matches_name_and_number_without_regard_to_writing(register: Register) -> None:
    register.add("Comercial Pérez S.L.", "2026-7001")
    register.add("恒达机械有限公司", "2026-7002")
    register.add("100% Steel_Works", "2026-7003")
    for text, expected in [
        ("perez", ["Comercial Pérez S.L."]),
        ("PÉREZ, SL", ["Comercial Pérez S.L."]),
        ("恆達機械", ["恒达机械有限公司"]),
        ("7003", ["100% Steel_Works"]),
        ("0%", ["100% Steel_Works"]),
        ("zzz", []),
        ("l_W", ["100% Steel_Works"]),
        ("r_z", []),
    ]:
        assert register.names(register.clerk, text=text) == expected, text


def test_kind_and_rank_match_only_what_the_person_may_read(register: Register) -> None:
    bank = register.add("Bank", fields={"kind": ClientKind.BANK, "rank": ClientRank.KEY})
    register.add("Shop")
    assert register.names(register.clerk, kind=ClientKind.BANK) == ["Bank"]
    assert register.names(register.clerk, rank=ClientRank.KEY) == ["Bank"]
    assert register.names(register.employee, kind=ClientKind.BANK) == []
    assert register.names(register.employee, rank=ClientRank.KEY) == []
    make_responsible(register.session, register.employee, bank.client)
    assert register.names(register.employee, kind=ClientKind.BANK) == ["Bank"]
    assert register.names(register.employee, mine=True) == ["Bank"]


def test_level_department_and_place(register: Register) -> None:
    sales = make_department(register.session, "Sales")
    out = register.add("Out", level=Level.IMPORTANT, volumes=2)
    register.add("Home", department=sales)
    out.volumes[1].custody = Custody.ON_LOAN
    register.session.flush()
    assert register.names(register.employee, level=Level.IMPORTANT) == ["Out"]
    assert register.names(register.employee, department_id=sales.id) == ["Home"]
    assert register.names(register.employee, where=WhereFilter.OUT) == ["Out"]
    assert register.names(register.employee, where=WhereFilter.ON_SHELF) == ["Home"]
    page = register_page(
        register.session, actor(register.session, register.employee), TODAY, RegisterFilter(where=WhereFilter.OUT)
    )
    assert page.rows[0].custody == [CustodyCount(Custody.ON_LOAN, 1), CustodyCount(Custody.ON_SHELF, 1)]


def test_a_reserved_volume_is_still_in_its_place(register: Register) -> None:
    dossier = register.add("Reserved")
    dossier.volumes[0].custody = Custody.RESERVED
    register.session.flush()
    assert register.names(register.employee, where=WhereFilter.ON_SHELF) == ["Reserved"]


def test_core_and_drafts_of_others_are_not_counted(register: Register) -> None:
    register.add("Plain")
    register.add("Secret", level=Level.CORE)
    register.add("Draft", state=DossierState.DRAFT)
    assert register.names(register.employee) == ["Plain"]
    assert register.names(register.employee, level=Level.CORE) == []
    assert register.names(register.clerk) == ["Draft", "Plain"]


def test_sorting(register: Register) -> None:
    a, b = make_department(register.session, "Aaa"), make_department(register.session, "Bbb")
    one = register.add("One", "2026-7003", department=b)
    two = register.add("Two", "2026-7001", department=a)
    three = register.add("Three", "2026-7002", department=a)
    one.opened_on, two.opened_on, three.opened_on = date(2026, 1, 2), date(2026, 1, 3), date(2026, 1, 1)
    draft = register.add("Draft", state=DossierState.DRAFT, department=b)
    register.session.flush()
    assert draft.number is None
    expected = {
        RegisterSort.NAME: ["Draft", "One", "Three", "Two"],
        RegisterSort.NUMBER: ["Two", "Three", "One", "Draft"],
        RegisterSort.DEPARTMENT: ["Three", "Two", "Draft", "One"],
        RegisterSort.OPENED: ["Three", "One", "Two", "Draft"],
    }
    for sort, names in expected.items():
        assert register.names(register.clerk, sort) == names, sort
    assert register.names(register.clerk, RegisterSort.NUMBER, descending=True) == ["One", "Three", "Two", "Draft"]


def test_pages_hold_twenty_five_and_cover_everything_once(register: Register) -> None:
    for number in range(60):
        register.add(f"Client {number % 7}")
    who = actor(register.session, register.employee)
    seen: list[int] = []
    for number in (1, 2, 3):
        page = register_page(register.session, who, TODAY, RegisterFilter(), number=number)
        assert (page.number, page.pages, page.total) == (number, 3, 60)
        seen += [row.dossier.id for row in page.rows]
    assert len(seen) == len(set(seen)) == 60
    assert register_page(register.session, who, TODAY, RegisterFilter(), number=99).number == 3
    assert register_page(register.session, who, TODAY, RegisterFilter(), number=-5).number == 1
    assert register_page(register.session, who, TODAY, RegisterFilter(text="zzz"), number=2).pages == 1
