"""From rows in the database, through the jobs and the index, to what each person is shown."""

from __future__ import annotations

from dataclasses import astuple
from datetime import date
from typing import Any

import pytest

from portal.access.models import ReadingGrant
from portal.accounts.models import Department
from portal.clients.models import Client
from portal.core.errors import NotPermitted
from portal.core.permissions import Level, Role
from portal.documents.models import DocumentKind
from portal.dossiers.models import Dossier
from portal.dossiers.states import Custody
from portal.search.hits import DocumentHit, RegisterHit
from portal.search.queries import Asked, search
from search_index.language import Problem
from tests import factories
from tests.unit.search_world import SearchWorld

TODAY = date(2026, 3, 2)


@pytest.fixture
def world(parts: Any, queues: Any) -> SearchWorld:
    world = SearchWorld(parts, queues)
    world.add_person("employee")
    world.add_person("clerk", Role.CLERK)
    world.add_person("cleared", clearance=Level.CORE)
    world.add_person("manager", Role.RECORDS_MANAGER, clearance=Level.CORE)
    return world


@pytest.fixture
def archive(world: SearchWorld) -> SearchWorld:
    """Three languages, three levels."""
    world.add_dossier(
        "2026-0001",
        "恒达机械有限公司",
        {"购销合同": ("第一页", "本合同由恒达机械与買方簽訂，交货期为三十天。")},
        kind=DocumentKind.CONTRACT,
    )
    world.add_dossier(
        "2026-0002",
        "Suministros Ibérica S.A.",
        {"Devolución de mercancía": ("Muy señores míos: las devoluciones se aceptan en treinta días.",)},
        kind=DocumentKind.FAX,
        level=Level.IMPORTANT,
        title="Reclamaciones",
    )
    world.add_dossier(
        "K2026-0001",
        "Blackwater Holdings",
        {"Merger memo": ("The merger agreements were signed in secret.",)},
        level=Level.CORE,
    )
    world.add_dossier(
        "2026-0003",
        "Northern Tools Ltd",
        {
            "Price list": ("Hammers and saws.", "All agreements about deliveries end in June."),
            "Visit report": ("We discussed deliveries.",),
        },
        title="Hand tools",
    )
    world.index_now()
    return world


@pytest.mark.parametrize(
    ("text", "subject", "page", "marked"),
    [
        ("恒达 交货期", "购销合同", 2, "交货期"),
        ("買方簽訂", "购销合同", 2, "買方簽訂"),
        ("买方签订", "购销合同", 2, "買方簽訂"),
        ("devolucion", "Devolución de mercancía", 1, "devoluciones"),
        ('"treinta días"', "Devolución de mercancía", 1, "treinta días"),
        ("agreement delivery", "Price list", 2, "agreements"),
    ],
)
def test_a_reader_finds_the_page_in_three_languages(
    archive: SearchWorld, text: str, subject: str, page: int, marked: str
) -> None:
    (hit,) = archive.ask("clerk", text).hits
    assert isinstance(hit, DocumentHit)
    assert (hit.subject, hit.page) == (subject, page)
    assert hit.snippet is not None
    assert marked in [part for part, matched in hit.snippet.parts if matched]


@pytest.mark.parametrize("word", ["contract", "contrato", "合同"])
def test_a_document_is_found_by_its_kind_by_readers_only(archive: SearchWorld, word: str) -> None:
    archive.add_dossier("2026-0009", "Zhang Trading", {"Untitled": ("Nothing.",)}, kind=DocumentKind.CONTRACT)
    archive.index_now()
    assert "Untitled" in archive.found("clerk", word)
    assert "[2026-0009]" not in archive.found("employee", word)


def test_what_matched_nothing_on_a_page_shows_no_page(archive: SearchWorld) -> None:
    (hit,) = archive.ask("clerk", "2026-0003 visit").hits
    assert isinstance(hit, DocumentHit)
    assert (hit.subject, hit.page, hit.snippet) == ("Visit report", None, None)
    assert ("Visit", True) in hit.title


def test_a_name_is_found_by_its_pinyin_and_a_number_by_its_parts(archive: SearchWorld) -> None:
    for text in ("hengda", "hdjx", "2026-0001", "20260001"):
        assert "[2026-0001]" in archive.found("employee", text)


def test_found_but_not_readable_is_the_register_entry_alone(archive: SearchWorld) -> None:
    page = archive.ask("employee", "deliveries")
    (hit,) = page.hits
    assert page.total == 1, "two documents of one dossier are one thing to ask for"
    assert isinstance(hit, RegisterHit)
    assert hit.inside
    assert not hit.readable
    assert hit.register.number == "2026-0003"
    told = repr(astuple(hit))
    for secret in ("Price list", "Visit report", "Hand tools", "Hammers", "agreements", "deliveries", "2026, 1, 20"):
        assert secret not in told


def test_titles_correspondents_and_dossier_titles_never_match_for_others(archive: SearchWorld) -> None:
    archive.add_dossier("2026-0010", "Quiet Ltd", {"Zanzibar": ("text",)}, correspondent="Mombasa", title="Nairobi")
    archive.index_now()
    for word in ("Zanzibar", "Mombasa"):
        assert archive.found("clerk", word) == ["Zanzibar"]
        assert archive.found("employee", word) == []
    assert archive.found("clerk", "Nairobi") == ["[2026-0010]"]
    assert archive.found("employee", "Nairobi") == []
    assert archive.found("employee", "text Zanzibar") == []


def test_important_text_is_found_by_its_readers_only(archive: SearchWorld) -> None:
    assert archive.found("employee", "devoluciones") == []
    assert archive.found("employee", "Ibérica") == ["[2026-0002]"]
    (hit,) = archive.ask("employee", "Ibérica").hits
    assert isinstance(hit, RegisterHit)
    assert not hit.inside
    assert archive.found("clerk", "devoluciones") == ["Devolución de mercancía"]


def test_core_dossiers_do_not_exist_for_people_without_clearance(archive: SearchWorld) -> None:
    for text in ("Blackwater", "merger", "K2026-0001", "secret", "K2026"):
        assert archive.found("employee", text) == []
        assert archive.found("clerk", text) == []
        assert archive.found("manager", text) != []
    assert archive.found("cleared", "Blackwater") == ["[K2026-0001]"], "a client with nothing but core"
    assert archive.found("cleared", "merger") == []


def test_a_readable_dossier_and_its_documents_are_rows_of_their_own(archive: SearchWorld) -> None:
    assert archive.found("clerk", "Northern") == ["Price list", "Visit report", "[2026-0003]"]
    hits = archive.ask("clerk", "Northern").hits
    (entry,) = [hit for hit in hits if isinstance(hit, RegisterHit)]
    assert (entry.readable, entry.title) == (True, "Hand tools")


def test_a_dossier_found_by_name_and_by_text_is_counted_once(archive: SearchWorld) -> None:
    archive.add_dossier("2026-0011", "Tamarind Ltd", {"One": ("Tamarind pods",), "Two": ("Tamarind seeds",)})
    archive.index_now()
    page = archive.ask("employee", "tamarind")
    assert page.total == 1
    (hit,) = page.hits
    assert isinstance(hit, RegisterHit)
    assert hit.inside


def test_counts_equal_what_is_listed_over_all_pages(world: SearchWorld) -> None:
    for number in range(7):
        world.add_dossier(
            f"2026-{number:04d}",
            f"Client {number}",
            {f"Letter {number}.{n}": ("common text",) for n in range(3)},
            level=Level.IMPORTANT if number == 3 else Level.GENERAL,
        )
    world.index_now()
    with world.parts.writing() as work:
        client = work.session.get_one(Client, world.clients["Client 5"])
        factories.make_responsible(work.session, world.person(work.session, "employee"), client)
    seen: list[str] = []
    page = world.ask("employee", "common", per_page=4)
    assert (page.total, page.pages) == (3 + 5, 2)
    for number in range(1, page.pages + 1):
        part = world.ask("employee", "common", page=number, per_page=4)
        assert part.total == page.total
        seen += [hit.subject if isinstance(hit, DocumentHit) else hit.register.number for hit in part.hits]
    assert len(seen) == len(set(seen)) == page.total
    assert world.ask("employee", "common", page=99, per_page=4).number == 2
    assert world.ask("employee", "common", page=-5, per_page=4).number == 1


def test_a_raised_level_counts_at_once(archive: SearchWorld) -> None:
    assert archive.found("employee", "deliveries") == ["[2026-0003]"]
    archive.change_level("2026-0003", Level.IMPORTANT)
    assert archive.found("employee", "deliveries") == []
    assert archive.found("clerk", "deliveries") == [], "left out until it is indexed again"
    archive.index_now()
    assert archive.found("clerk", "deliveries") == ["Price list", "Visit report"]
    assert archive.found("employee", "deliveries") == []
    assert archive.found("employee", "Northern") == ["[2026-0003]"]


def test_a_lowered_level_is_found_once_it_is_indexed(archive: SearchWorld) -> None:
    archive.change_level("K2026-0001", Level.GENERAL)
    assert archive.found("employee", "merger") == []
    archive.index_now()
    assert archive.found("employee", "merger") == ["[K2026-0001]"]


def test_a_level_changed_behind_the_index_shows_and_counts_nothing(archive: SearchWorld) -> None:
    """The page asks the database even if nobody told the index."""
    with archive.parts.writing() as work:
        archive.dossier(work.session, "2026-0003").level = Level.CORE
    for login in ("employee", "clerk"):
        page = archive.ask(login, "deliveries")
        assert (page.total, list(page.hits)) == (0, [])
    assert archive.found("manager", "deliveries") == ["Price list", "Visit report"]


def test_a_responsibility_a_head_and_a_grant_take_effect_on_the_next_query(archive: SearchWorld) -> None:
    with archive.parts.writing() as work:
        boss = factories.make_person(work.session, None, login="boss")
        person = factories.make_person(work.session, None, login="keen")
        person.department.head_id = boss.id
    assert archive.found("keen", "devoluciones") == archive.found("boss", "devoluciones") == []
    with archive.parts.writing() as work:
        client = work.session.get_one(Client, archive.clients["Suministros Ibérica S.A."])
        row = factories.make_responsible(work.session, archive.person(work.session, "keen"), client)
        number = row.id
    assert archive.found("keen", "devoluciones") == ["Devolución de mercancía"]
    assert archive.found("boss", "devoluciones") == ["Devolución de mercancía"]
    with archive.parts.writing() as work:
        department = archive.person(work.session, "keen").department_id
        work.session.get_one(Department, department).head_id = None
        responsibility = work.session.get_one(type(row), number)
        responsibility.until_date = TODAY  # Handed over today: nothing more is read today.
    assert archive.found("keen", "devoluciones") == archive.found("boss", "devoluciones") == []
    with archive.parts.writing() as work:
        dossier = archive.dossier(work.session, "2026-0002")
        person, by = archive.person(work.session, "keen"), archive.person(work.session, "manager")
        grant_id = factories.make_grant(work.session, person, dossier, by, TODAY).id
    assert archive.found("keen", "devoluciones") == ["Devolución de mercancía"]
    with archive.parts.writing() as work:
        grant = work.session.get_one(ReadingGrant, grant_id)
        grant.ended_at = work.now
    assert archive.found("keen", "devoluciones") == []


@pytest.mark.parametrize(
    ("login", "both_signed", "expected"),
    [
        ("employee", True, []),
        ("cleared", False, []),
        ("cleared", True, ["Merger memo"]),
    ],
)
def test_a_core_dossier_needs_clearance_and_both_signatures(
    archive: SearchWorld, login: str, both_signed: bool, expected: list[str]
) -> None:
    with archive.parts.writing() as work:
        dossier = archive.dossier(work.session, "K2026-0001")
        person, by = archive.person(work.session, login), archive.person(work.session, "manager")
        factories.make_grant(work.session, person, dossier, by, TODAY, both_signed=both_signed)
    assert archive.found(login, "merger") == expected


def test_drafts_are_not_found(world: SearchWorld) -> None:
    with world.parts.writing() as work:
        keeper = world.person(work.session, "keeper")
        client = factories.make_client(work.session, keeper, "Draftwood Ltd")
        draft = factories.make_dossier(work.session, keeper, client, state="draft")
        document = factories.make_document(work.session, keeper, draft, "draft text")
        work.want("index", f"dossier:{draft.id}")
        work.want("index", f"document:{document.id}")
    world.index_now()
    assert world.found("keeper", "Draftwood") == []
    assert world.found("keeper", "draft text") == []


def test_the_register_entry_says_where_the_paper_is(archive: SearchWorld) -> None:
    with archive.parts.writing() as work:
        archive.dossier(work.session, "2026-0003").volumes[0].custody = Custody.ON_LOAN
    (hit,) = archive.ask("employee", "deliveries").hits
    assert [count.custody for count in hit.register.custody] == [Custody.ON_LOAN]


HOSTILE = [
    '"',
    "AND OR NOT",
    "*?~^:()[]{}\\/",
    "level:core",
    "\x00\x01\x02",
    "a" * 50_000,
    '"' * 999,
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "\ud800",
    "%s%(x)s{0}",
    "tokens:dossier",
    "🦊" * 40,
    "的 " * 5_000,
]


def test_hostile_questions_are_answered(archive: SearchWorld) -> None:
    for text in HOSTILE:
        page = archive.ask("employee", text)
        assert page.total == len(page.hits)
        assert all(hit.register.level != Level.CORE for hit in page.hits)
    assert archive.found("employee", "deliveries") == ["[2026-0003]"], "and the search goes on"


def test_what_of_a_question_was_not_understood_is_said(archive: SearchWorld) -> None:
    def troubles(text: str) -> list[Problem]:
        return [trouble.problem for trouble in archive.ask("clerk", text).troubles]

    assert troubles('"deliveries end') == [Problem.UNCLOSED_QUOTE]
    assert troubles("!!!") == [Problem.NO_WORDS]
    assert Problem.TOO_LONG in troubles("deliveries " * 500)


def test_nobody_searches_without_being_somebody(archive: SearchWorld) -> None:
    with archive.parts.looking() as work, pytest.raises(NotPermitted):
        search(work, archive.parts.index, Asked("deliveries"))


def test_a_renamed_client_is_found_by_the_new_name(archive: SearchWorld) -> None:
    with archive.parts.writing() as work:
        client = work.session.get_one(Client, archive.clients["Northern Tools Ltd"])
        client.name = "Southern Tools Ltd"
        dossier = archive.dossier(work.session, "2026-0003")
        assert isinstance(dossier, Dossier)
        work.want("index", f"dossier:{dossier.id}")
    archive.index_now()
    assert archive.found("employee", "Southern") == ["[2026-0003]"]
    assert archive.found("clerk", "Northern") == []
