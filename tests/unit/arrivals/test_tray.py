"""The tray: who may know of what waits there, and what is done with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import Person
from portal.arrivals import queries, services
from portal.arrivals.models import Arrival
from portal.arrivals.rules import NamedNumber, Sheet
from portal.arrivals.services import Taken
from portal.arrivals.states import ArrivalState
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted, StaleVersion
from portal.core.messages import Message
from portal.core.outbox import OutboxRow
from portal.core.permissions import Actor, Level, Role
from portal.core.trail import TrailEntry, TrailPersonal
from portal.documents.errors import AlreadyFiled
from portal.documents.models import Document, DocumentKind
from portal.documents.services import DocumentFacts
from portal.dossiers.models import Dossier
from tests.factories import actor, make_dossier, make_person

FACTS = DocumentFacts("letter", "in", date(2026, 2, 27), "A waybill")
SOURCE = "s" * 64
KEY = "0" * 64


@dataclass
class House:
    """A clerk, a records manager with core clearance, an employee; an open, a core and a second open dossier."""

    clerk: Actor
    keeper: Actor
    employee: Actor
    general: Dossier
    core: Dossier


@pytest.fixture
def house(session: Any) -> House:
    clerk = make_person(session, None, Role.CLERK)
    keeper = make_person(session, None, Role.RECORDS_MANAGER, clearance=Level.CORE)
    employee = make_person(session, None, clearance=Level.CORE)
    return House(
        clerk=actor(session, clerk),
        keeper=actor(session, keeper),
        employee=actor(session, employee),
        general=make_dossier(session, keeper, number="2026-0042"),
        core=make_dossier(session, keeper, level=Level.CORE, number="K2026-0007"),
    )


def taken(name: str = "scan.pdf", **values: Any) -> Taken:
    return Taken(**{"name": name, "size": 9, "key": KEY, "kind": "pdf", **values})


def take(work: Any, house: House, *parts: Taken, source: str = SOURCE) -> list[Arrival]:
    return services.take_in(work, source, parts, house.keeper.id)


def named(*numbers: str) -> list[NamedNumber]:
    return [NamedNumber(number, number.startswith("K")) for number in numbers]


def sees(session: Any, who: Actor) -> list[str]:
    return [row.file_name for row in queries.tray_page(session, who).rows]


def test_what_belongs_to_nobody_yet_is_seen_by_all_who_place_it(work_as: Any, session: Any, house: House) -> None:
    take(work_as(), house, taken())
    assert sees(session, house.clerk) == sees(session, house.keeper) == ["scan.pdf"]
    assert queries.waiting_count(session, house.clerk) == 1
    assert queries.waiting_count(session, house.employee) == 0


@pytest.mark.parametrize(
    "values",
    [
        {"named": named("K2026-0007"), "problem": Message("damaged")},
        {"named": named("2026-0042"), "sheets": (Sheet("K2026-0007"),)},
        {"named": named("K2026-0007"), "sheets": (Sheet("2026-0042"),)},
        {"named": named("2026-0042", "K2026-0007")},
        {"named": named("2031-0001", "2026-0042", "K2026-0007")},
        {"named": named("K2031-0001")},
        {"sheets": (Sheet("K2031-0001"),)},
        {"named": named("2026-0042"), "sheets": (Sheet("K2031-0001"),)},
        {"sheets": (Sheet("2026-0042"), Sheet("K2026-0007")), "problem": Message("not to be split")},
    ],
)
def test_a_clerk_learns_nothing_of_core_dossiers(
    work_as: Any, session: Any, house: House, values: dict[str, Any]
) -> None:
    """Neither of those there are nor, by the difference, of those there are not."""
    (row,) = take(work_as(), house, taken(**values))
    assert row.state == ArrivalState.WAITING
    assert sees(session, house.clerk) == [] and queries.waiting_count(session, house.clerk) == 0
    assert sees(session, house.keeper) == ["scan.pdf"]
    for act in (
        lambda work: services.record_look(work, row.id),
        lambda work: services.file_arrival(work, row.id, row.row_version, "2026-0042", FACTS),
        lambda work: services.discard_arrival(work, row.id, row.row_version, "empty"),
        lambda work: services.put_back(work, row.id, row.row_version),
    ):
        with pytest.raises(NotFound):
            act(work_as(house.clerk))
    entry = session.scalars(select(TrailEntry).where(TrailEntry.action == "arrival:wait")).one()
    assert entry.dossier_id in (None, house.core.id)


def test_a_third_dossier_that_is_core_hides_it_too(work_as: Any, session: Any, house: House) -> None:
    keeper = session.scalars(select(Dossier)).first().opened_by_id
    by = session.get_one(Person, keeper)
    make_dossier(session, by, number="2026-0043")
    make_dossier(session, by, number="2026-0044", level=Level.CORE)
    take(work_as(), house, taken(named=named("2026-0042", "2026-0043", "2026-0044")))
    assert sees(session, house.clerk) == [] and sees(session, house.keeper) == ["scan.pdf"]


def test_a_dossier_made_core_takes_its_arrivals_out_of_sight(work_as: Any, session: Any, house: House) -> None:
    take(work_as(), house, taken(named=named("2026-0042"), problem=Message("damaged")))
    assert sees(session, house.clerk) == ["scan.pdf"]
    house.general.level = Level.CORE
    session.flush()
    assert sees(session, house.clerk) == []


def test_what_was_filed_in_a_core_dossier_is_news_for_the_cleared_only(
    work_as: Any, session: Any, house: House
) -> None:
    work = work_as()
    take(work, house, taken("K2026-0007.pdf", named=named("K2026-0007")))
    take(work, house, taken("2026-0042.pdf", named=named("2026-0042")), source="t" * 64)

    def news(who: Actor) -> list[str]:
        return [row.file_name for row in queries.filed_by_the_folder(session, who, work.today, work.now)]

    assert news(house.clerk) == ["2026-0042.pdf"]
    assert sorted(news(house.keeper)) == ["2026-0042.pdf", "K2026-0007.pdf"]


def test_a_person_files_what_waits(work_as: Any, session: Any, house: House) -> None:
    (row,) = take(work_as(), house, taken())
    document = services.file_arrival(work_as(house.clerk), row.id, row.row_version, " 2026-0042 ", FACTS)
    assert (document.dossier_id, document.subject, document.filed_by_id) == (
        house.general.id,
        "A waybill",
        house.clerk.id,
    )
    assert (row.state, row.document_id, row.closed_by_id) == (ArrivalState.FILED, document.id, house.clerk.id)
    assert document.current.content_key == KEY
    assert sees(session, house.clerk) == []
    with pytest.raises(Conflict):
        services.file_arrival(work_as(house.clerk), row.id, row.row_version, "2026-0042", FACTS, again=True)


@pytest.mark.parametrize("number", ["K2026-0007", "2031-0001", "", "K2031-0001"])
def test_a_number_the_person_may_not_know_is_like_one_that_does_not_exist(
    work_as: Any, session: Any, house: House, number: str
) -> None:
    (row,) = take(work_as(), house, taken())
    with pytest.raises(Invalid) as raised:
        services.file_arrival(work_as(house.clerk), row.id, row.row_version, number, FACTS)
    assert str(raised.value.fields["number"]) == f"There is no dossier with the number {number}."
    assert session.scalars(select(Document)).all() == []


def test_the_same_content_is_filed_twice_only_when_asked(work_as: Any, session: Any, house: House) -> None:
    (row,) = take(work_as(), house, taken())
    (other,) = take(work_as(), house, taken(), source="t" * 64)
    work = work_as(house.clerk)
    services.file_arrival(work, row.id, row.row_version, "2026-0042", FACTS)
    with pytest.raises(AlreadyFiled):
        services.file_arrival(work, other.id, other.row_version, "2026-0042", FACTS)
    services.file_arrival(work, other.id, other.row_version, "2026-0042", FACTS, again=True)
    assert len(session.scalars(select(Document)).all()) == 2


def test_what_the_archive_does_not_take_cannot_be_filed(work_as: Any, house: House) -> None:
    for number, values in enumerate(({"kind": None}, {"key": None, "kind": None})):
        (row,) = take(work_as(), house, taken(problem=Message("wrong"), **values), source=str(number) * 64)
        with pytest.raises(Conflict):
            services.file_arrival(work_as(house.clerk), row.id, row.row_version, "2026-0042", FACTS)


def test_discarding_asks_for_a_reason_and_can_be_undone_for_a_month(
    work_as: Any, session: Any, house: House, clock: Any
) -> None:
    (row,) = take(work_as(), house, taken())
    work = work_as(house.clerk)
    for nothing in ("", "  \n "):
        with pytest.raises(Invalid):
            services.discard_arrival(work, row.id, row.row_version, nothing)
    with pytest.raises(StaleVersion):
        services.discard_arrival(work, row.id, row.row_version + 1, "blank")
    services.discard_arrival(work, row.id, row.row_version, "blank page")
    session.flush()
    assert (row.state, row.remark, row.closed_by_id) == (ArrivalState.DISCARDED, "blank page", house.clerk.id)
    assert queries.kept_contents(session, work.now) == {KEY}
    assert [item.id for item in queries.discarded(session, house.clerk, work.now)] == [row.id]
    services.put_back(work, row.id, row.row_version)
    session.flush()
    assert (row.state, row.closed_at, row.closed_by_id) == (ArrivalState.WAITING, None, None)
    services.discard_arrival(work, row.id, row.row_version, "blank page")
    session.flush()
    clock.advance(days=30)
    assert queries.kept_contents(session, work.now) == set()
    assert queries.discarded(session, house.clerk, work.now) == []
    with pytest.raises(Conflict):
        services.put_back(work, row.id, row.row_version)
    actions = session.scalars(select(TrailEntry.action).order_by(TrailEntry.id)).all()
    assert actions == ["arrival:wait", "arrival:discard", "arrival:put_back", "arrival:discard"]
    assert "blank page" in [item.content.get("comment") for item in session.scalars(select(TrailPersonal))]


def test_the_assumed_kind_is_checked_by_a_person(work_as: Any, session: Any, house: House) -> None:
    (row,) = take(work_as(), house, taken("2026-0042.pdf", named=named("2026-0042")))
    assert row.to_check
    work = work_as(house.clerk)
    session.flush()
    before = session.scalars(select(OutboxRow.wanted).where(OutboxRow.key == f"document:{row.document_id}")).one()
    services.check_arrival(work, row.id, row.row_version, FACTS)
    session.flush()
    document = session.get_one(Document, row.document_id)
    assert (document.kind, document.subject, row.to_check) == (DocumentKind.LETTER, "A waybill", False)
    entry = session.scalars(select(TrailEntry).where(TrailEntry.action == "document:correct")).one()
    assert entry.details["changed"]["kind"] == {"old": "other", "new": "letter"}
    assert entry.actor_id == house.clerk.id
    after = session.scalars(select(OutboxRow.wanted).where(OutboxRow.key == f"document:{row.document_id}")).one()
    assert after == before + 1, "what is said of it is searched anew"
    with pytest.raises(Conflict):
        services.check_arrival(work, row.id, row.row_version, FACTS)


def test_an_assumption_that_was_right_changes_nothing(work_as: Any, session: Any, house: House) -> None:
    work = work_as()
    (row,) = take(work, house, taken("2026-0042.pdf", named=named("2026-0042")))
    session.flush()
    services.check_arrival(work_as(house.clerk), row.id, row.row_version, DocumentFacts("other", "in", work.today))
    assert session.scalars(select(TrailEntry).where(TrailEntry.action == "document:correct")).all() == []
    assert not row.to_check


def test_others_do_not_touch_the_tray(work_as: Any, house: House) -> None:
    (row,) = take(work_as(), house, taken())
    work = work_as(house.employee)
    for act in (
        lambda: services.record_look(work, row.id),
        lambda: services.file_arrival(work, row.id, row.row_version, "2026-0042", FACTS),
        lambda: services.discard_arrival(work, row.id, row.row_version, "why"),
        lambda: services.put_back(work, row.id, row.row_version),
        lambda: services.check_arrival(work, row.id, row.row_version, FACTS),
        lambda: services.record_sheet(work, house.general.id),
    ):
        with pytest.raises(NotPermitted):
            act()


def test_sheets_are_printed_of_open_dossiers_one_works_on(work_as: Any, session: Any, house: House) -> None:
    assert services.record_sheet(work_as(house.clerk), house.general.id).number == "2026-0042"
    with pytest.raises(NotFound):
        services.record_sheet(work_as(house.clerk), house.core.id)
    assert services.record_sheet(work_as(house.keeper), house.core.id).number == "K2026-0007"
    house.general.state = "submitted"
    session.flush()
    with pytest.raises(Conflict):
        services.record_sheet(work_as(house.keeper), house.general.id)


def test_the_tray_is_shown_page_by_page_oldest_first(
    work_as: Any, session: Any, house: House, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE_SIZE", 2)
    for number in range(3):
        take(work_as(), house, taken(f"{number}.pdf"), source=str(number) * 64)
        clock.advance(minutes=1)
    pages = [queries.tray_page(session, house.clerk, number) for number in (1, 2, 9)]
    assert [[row.file_name for row in page.rows] for page in pages] == [["0.pdf", "1.pdf"], ["2.pdf"], ["2.pdf"]]
    assert {(page.total, page.pages) for page in pages} == {(3, 2)}
