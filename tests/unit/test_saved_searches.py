"""Saved searches: what newly answers them is told once, to their owner, as far as their rights go at that moment."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from portal.access.models import Responsibility
from portal.arrivals.models import Arrival
from portal.arrivals.states import ArrivalState
from portal.clients.models import Client
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.permissions import Level, Role
from portal.search.saved.models import SavedSearch, SavedSearchFind
from portal.search.saved.queries import count_news, saved_searches
from portal.search.saved.services import MOST_SAVED, delete_search, mark_seen, save_search
from tests import factories
from tests.unit.search_world import SearchWorld

TODAY = date(2026, 3, 2)


@pytest.fixture
def world(parts: Any, queues: Any) -> SearchWorld:
    world = SearchWorld(parts, queues)
    world.add_person("employee")
    world.add_person("clerk", Role.CLERK)
    world.add_person("manager", Role.RECORDS_MANAGER, clearance=Level.CORE)
    world.add_dossier("2026-0001", "Harbour Ltd", {"Old letter": ("lanterns and ropes",)})
    world.index_now()
    return world


def save(world: SearchWorld, login: str, question: str, narrowing: str = "", name: str = "") -> int:
    """Somebody saves a question."""
    with world.parts.writing() as work:
        work.actor = factories.actor(work.session, world.person(work.session, login))
        return save_search(work, name or question, question, narrowing).id


def file(world: SearchWorld, number: str, subject: str, text: str, by: str = "keeper", **fields: Any) -> None:
    """A document is filed in a dossier, and read."""
    with world.parts.writing() as work:
        dossier = world.dossier(work.session, number)
        document = factories.make_document(
            work.session, world.person(work.session, by), dossier, text, subject=subject, **fields
        )
        document.filed_at = work.now
        work.want("index", f"document:{document.id}")
    world.index_now()


def news(world: SearchWorld, login: str) -> list[str]:
    """What the person is told: subjects, and numbers of dossiers in brackets."""
    with world.parts.looking() as work:
        actor = factories.actor(work.session, world.person(work.session, login))
        rows = saved_searches(work.session, actor, work.today)
        assert count_news(work.session, actor, work.today) == sum(1 for row in rows if row.news)
        return [
            each.document.subject if each.document else f"[{each.dossier.number}]" for row in rows for each in row.news
        ]


def test_something_new_is_told_once(world: SearchWorld) -> None:
    save(world, "clerk", "lanterns")
    assert news(world, "clerk") == [], "what was there before is not new"
    file(world, "2026-0001", "Second letter", "more lanterns")
    file(world, "2026-0001", "Third letter", "hammers")
    assert news(world, "clerk") == ["Second letter"]
    with world.parts.writing() as work:
        work.want("match_saved", f"document:{world.document(work.session, 'Second letter').id}")
    world.index_now()
    assert news(world, "clerk") == ["Second letter"]


def test_news_that_were_seen_are_not_news(world: SearchWorld) -> None:
    saved_id = save(world, "clerk", "lanterns")
    file(world, "2026-0001", "Second letter", "more lanterns")
    with world.parts.writing() as work:
        work.actor = factories.actor(work.session, world.person(work.session, "clerk"))
        mark_seen(work, saved_id)
    assert news(world, "clerk") == []
    file(world, "2026-0001", "Third letter", "lanterns again")
    assert news(world, "clerk") == ["Third letter"]


def test_who_files_a_document_needs_no_news_of_it(world: SearchWorld) -> None:
    save(world, "clerk", "lanterns")
    file(world, "2026-0001", "Mine", "lanterns", by="clerk")
    assert news(world, "clerk") == []


@pytest.mark.parametrize("by_hand", [False, True])
def test_whom_the_folder_names_as_having_filed_is_told(world: SearchWorld, by_hand: bool) -> None:
    save(world, "manager", "lanterns")
    with world.parts.writing() as work:
        manager = world.person(work.session, "manager")
        document = factories.make_document(
            work.session, manager, world.dossier(work.session, "2026-0001"), "lanterns", subject="From the folder"
        )
        document.filed_at = work.now
        arrival = Arrival(
            source="s" * 64,
            file_name="2026-0001.txt",
            byte_size=8,
            state=ArrivalState.FILED,
            document_id=document.id,
            arrived_at=work.now,
            closed_at=work.now,
            closed_by_id=manager.id if by_hand else None,
        )
        work.session.add(arrival)
        work.want("index", f"document:{document.id}")
    world.index_now()
    assert news(world, "manager") == ([] if by_hand else ["From the folder"])


def test_an_ordinary_employee_is_told_of_the_register_entry_once(world: SearchWorld) -> None:
    save(world, "employee", "lanterns")
    file(world, "2026-0001", "Second letter", "lanterns")
    file(world, "2026-0001", "Third letter", "lanterns")
    assert news(world, "employee") == ["[2026-0001]"]


def test_what_may_not_be_found_is_not_told(world: SearchWorld) -> None:
    world.add_dossier("2026-0002", "Quiet Ltd", level=Level.IMPORTANT)
    world.add_dossier("K2026-0001", "Secret Ltd", level=Level.CORE)
    world.index_now()
    for login in ("employee", "clerk", "manager"):
        save(world, login, "lanterns")
        save(world, login, "kind:fax", name="faxes")
    for number in ("2026-0002", "K2026-0001"):
        file(world, number, f"Letter of {number}", "lanterns")
    assert news(world, "employee") == []
    assert news(world, "clerk") == ["Letter of 2026-0002"]
    assert sorted(news(world, "manager")) == ["Letter of 2026-0002", "Letter of K2026-0001"]


def test_a_title_is_told_of_to_nobody_who_lost_the_right_to_read_it(world: SearchWorld) -> None:
    with world.parts.writing() as work:
        client = work.session.get_one(Client, world.clients["Harbour Ltd"])
        number = factories.make_responsible(work.session, world.person(work.session, "employee"), client).id
    save(world, "employee", "title:wonderful")
    file(world, "2026-0001", "Wonderful letter", "plain text")
    assert news(world, "employee") == ["Wonderful letter"]
    with world.parts.writing() as work:
        row = work.session.get_one(Responsibility, number)
        row.until_date = date(2026, 3, 1)
    assert news(world, "employee") == [], "not even that its dossier answers"


def test_a_raised_level_takes_the_news_back(world: SearchWorld) -> None:
    save(world, "employee", "lanterns")
    file(world, "2026-0001", "Second letter", "lanterns")
    world.change_level("2026-0001", Level.CORE)
    assert news(world, "employee") == []
    world.index_now()
    assert news(world, "employee") == []


def test_the_narrowing_is_kept_too(world: SearchWorld) -> None:
    save(world, "clerk", "lanterns", narrowing="year=2025&year=2024")
    file(world, "2026-0001", "New", "lanterns", dated=date(2026, 2, 1))
    file(world, "2026-0001", "Old", "lanterns", dated=date(2025, 2, 1))
    assert news(world, "clerk") == ["Old"]


def test_saved_searches_are_their_owners_alone(world: SearchWorld) -> None:
    saved_id = save(world, "clerk", "lanterns")
    for act in (delete_search, mark_seen):
        with world.parts.writing() as work, pytest.raises(NotFound):
            work.actor = factories.actor(work.session, world.person(work.session, "manager"))
            act(work, saved_id)
    file(world, "2026-0001", "Second letter", "more lanterns")
    with world.parts.writing() as work:
        work.actor = factories.actor(work.session, world.person(work.session, "clerk"))
        delete_search(work, saved_id)
    with world.parts.looking() as work:
        assert work.session.query(SavedSearch).count() == 0
        assert work.session.query(SavedSearchFind).count() == 0


@pytest.mark.parametrize(
    ("name", "question"), [("", "lanterns"), ("x" * 81, "lanterns"), ("a", "  "), ("a", "x" * 2001)]
)
def test_what_cannot_be_saved_says_so(world: SearchWorld, name: str, question: str) -> None:
    with world.parts.writing() as work, pytest.raises(Invalid):
        work.actor = factories.actor(work.session, world.person(work.session, "clerk"))
        save_search(work, name, question, "")


def test_names_are_taken_once_and_there_are_not_too_many(world: SearchWorld) -> None:
    save(world, "clerk", "lanterns", name="mine")
    save(world, "manager", "lanterns", name="mine")
    with pytest.raises(Conflict):
        save(world, "clerk", "ropes", name="mine")
    for number in range(MOST_SAVED - 1):
        save(world, "clerk", "ropes", name=f"ropes {number}")
    with pytest.raises(Conflict):
        save(world, "clerk", "ropes", name="one more")


def test_somebody_who_left_is_told_nothing(world: SearchWorld) -> None:
    save(world, "clerk", "lanterns")
    with world.parts.writing() as work:
        world.person(work.session, "clerk").departed_at = work.now
    file(world, "2026-0001", "Second letter", "lanterns")
    with world.parts.looking() as work:
        assert work.session.query(SavedSearchFind).count() == 0


def test_news_that_nobody_looks_at_do_not_grow_for_ever(world: SearchWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.search.saved.services.MOST_UNSEEN", 2)
    save(world, "clerk", "lanterns")
    for number in range(4):
        file(world, "2026-0001", f"Letter {number}", "lanterns")
    assert len(news(world, "clerk")) == 2
