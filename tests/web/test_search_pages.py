"""The search page and `flask search`, from rows in the database to what a person is shown."""

from __future__ import annotations

import json
import logging
import re
import shutil
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.core.outbox import OutboxRow
from portal.core.permissions import Level, Role
from portal.documents.models import DocumentKind
from search_index import SearchIndexError
from tests.factories import make_document
from tests.unit.search_world import SearchWorld
from tests.web.visitor import Visitor


@pytest.fixture
def world(parts: Any, queues: Any) -> SearchWorld:
    world = SearchWorld(parts, queues)
    world.add_person("employee")
    world.add_person("clerk", Role.CLERK)
    world.add_dossier(
        "2026-0001",
        "Harbour & Sons <Ltd>",
        {
            "Price <b>list</b>": ("Nothing here.", 'Prices of <script>alert("x")</script> lanterns & ropes'),
            "Second letter": ("More lanterns.",),
        },
        kind=DocumentKind.FAX,
        title="Chandlery",
    )
    world.add_dossier("K2026-0001", "Hidden Holdings", {"Secret": ("Secret lanterns.",)}, level=Level.CORE)
    world.index_now()
    return world


@pytest.fixture
def employee(app: Flask, world: SearchWorld) -> Visitor:
    return Visitor(app, "employee")


@pytest.fixture
def clerk(app: Flask, world: SearchWorld) -> Visitor:
    return Visitor(app, "clerk")


def hits(page: str) -> list[str]:
    """The results of a page, as HTML."""
    return re.findall(r"<h[23]><a data-hit .*?(?=<h[23]>|</ol>)", page, re.DOTALL)


def test_without_a_question_the_page_says_what_can_be_asked(employee: Visitor) -> None:
    for address in ("/search", "/search?q=", "/search?q=%20%20"):
        answer = employee.get(address)
        assert answer.status_code == 200
        assert "What is searched" in answer.text
        assert 'name="q"' in answer.text
        assert not hits(answer.text)


def test_the_box_at_the_top_is_focused_by_a_key(employee: Visitor) -> None:
    page = employee.get("/search?q=lanterns").text
    assert 'data-focus-key="/"' in page


def test_a_reader_is_shown_page_and_marked_passage(clerk: Visitor, world: SearchWorld) -> None:
    page = clerk.get("/search?q=lanterns ropes").text
    (hit,) = hits(page)
    with world.parts.looking() as work:
        number = world.document(work.session, "Price <b>list</b>").id
    link = re.search(r'<h2><a data-hit href="([^"]+)"', hit)
    assert link is not None
    assert unescape(link[1]) in (
        f"/documents/{number}/pages/2?q=lanterns+ropes",
        f"/documents/{number}/pages/2?q=lanterns%20ropes",
    )
    assert clerk.get(unescape(link[1])).status_code == 200
    assert "page 2" in hit
    assert "<mark>lanterns</mark> &amp; <mark>ropes</mark>" in hit
    for fact in ("Fax", "2026-0001", "Harbour &amp; Sons &lt;Ltd&gt;", "General", "On shelf", "Jan"):
        assert fact in hit


def test_nothing_of_a_file_becomes_markup(clerk: Visitor) -> None:
    page = clerk.get("/search?q=lanterns price").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(" in page
    assert "<b>list</b>" not in page
    assert "&lt;b&gt;list&lt;/b&gt;" in page
    page = clerk.get('/search?q="><script>alert(1)</script>').text
    assert "<script>alert" not in page


def test_what_may_only_be_found_is_the_register_entry_and_two_ways_to_ask(
    employee: Visitor, world: SearchWorld
) -> None:
    page = employee.get("/search?q=lanterns").text
    (hit,) = hits(page)
    assert "1 result" in page
    with world.parts.looking() as work:
        number = world.dossier(work.session, "2026-0001").id
    for fact in (
        "2026-0001",
        "Harbour &amp; Sons",
        "stands inside this dossier",
        f"/requests/new?dossier={number}&amp;kind=read",
        f"/requests/new?dossier={number}&amp;kind=borrow",
        "Ask to read",
        "Ask to borrow",
    ):
        assert fact in hit
    for secret in ("Price", "Second letter", "lanterns", "ropes", "/documents/", "<mark>", "2026-01-20", "Chandlery"):
        assert secret not in hit


def test_a_reader_is_not_asked_to_ask(clerk: Visitor) -> None:
    page = clerk.get("/search?q=2026-0001").text
    assert len(hits(page)) == 3
    assert "/requests/new" not in page
    assert "Chandlery" in page


def test_results_are_turned_page_by_page(clerk: Visitor, world: SearchWorld) -> None:
    world.add_dossier("2026-0002", "Many Ltd", {f"Note {n}": ("plenty",) for n in range(45)})
    world.index_now()
    seen: set[str] = set()
    for number in (1, 2, 3):
        page = clerk.get(f"/search?q=plenty&page={number}").text
        assert "45 results" in page
        seen |= set(re.findall(r"Note \d+", page))
    assert len(seen) == 45
    assert "/search?q=plenty&amp;page=2" in clerk.get("/search?q=plenty").text
    assert "Note " in clerk.get("/search?q=plenty&page=99999999999999999999").text
    assert "Note " in clerk.get("/search?q=plenty&page=x").text


def test_nothing_found_says_what_to_try(employee: Visitor) -> None:
    page = employee.get("/search?q=xylophone").text
    assert "What you can try" in page
    page = employee.get("/search?q=secret").text
    assert "What you can try" in page
    assert "Hidden" not in page


def test_what_of_a_question_was_not_understood_is_said(clerk: Visitor) -> None:
    page = clerk.get('/search?q=more "lanterns').text
    assert "The quotation mark at character 6 is not closed" in page
    assert len(hits(page)) == 1
    page = clerk.get("/search?q=%3F%3F").text
    assert "no word in this" in page
    assert "What you can try" not in page


def test_a_log_in_is_needed(app: Flask, world: SearchWorld) -> None:
    answer = Visitor(app).get("/search?q=lanterns")
    assert answer.status_code == 302
    assert "/log-in" in answer.location


def test_questions_are_not_written_down(
    employee: Visitor, world: SearchWorld, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(query: Any) -> None:
        raise RuntimeError("out of order")

    with caplog.at_level(logging.DEBUG):
        employee.get("/search?q=lanterns")
        with monkeypatch.context() as patched:
            patched.setattr(world.parts.index, "search", fail)
            assert employee.get("/search?q=lanterns").status_code == 500
    assert "lanterns" not in caplog.text


def test_a_deleted_index_is_said_and_healed(clerk: Visitor, world: SearchWorld) -> None:
    shutil.rmtree(world.parts.settings.index)
    for _ in range(3):
        answer = clerk.get("/search?q=lanterns")
        assert answer.status_code == 503
        assert "is being made anew" in answer.text
    assert clerk.get("/search").status_code == 200
    assert clerk.get("/dossiers").status_code == 200
    with world.parts.looking() as work:
        rows = work.session.scalars(select(OutboxRow).where(OutboxRow.kind == "rebuild_index")).all()
        assert [row.wanted for row in rows] == [1], "asked for once while it waits"
    world.index_now()
    answer = clerk.get("/search?q=lanterns")
    assert answer.status_code == 200
    assert len(hits(answer.text)) == 2


def test_a_garbled_index_is_said_and_healed(clerk: Visitor, world: SearchWorld) -> None:
    for path in world.parts.settings.index.rglob("*"):
        if path.is_file() and path.suffix in {".seg", ".toc"}:
            path.write_bytes(b"\x00" * 100)
    assert clerk.get("/search?q=lanterns").status_code == 503
    world.index_now()
    assert len(hits(clerk.get("/search?q=lanterns").text)) == 2


def test_an_unreadable_index_is_said_without_a_rebuild(
    clerk: Visitor, world: SearchWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(query: Any) -> None:
        raise SearchIndexError("the disk does not answer")

    monkeypatch.setattr(world.parts.index, "search", unreadable)
    answer = clerk.get("/search?q=lanterns")
    assert answer.status_code == 503
    assert "tell the administrator" in answer.text
    assert "disk" not in answer.text
    with world.parts.looking() as work:
        assert work.session.scalar(select(OutboxRow.id).where(OutboxRow.kind == "rebuild_index")) is None


def run(app: Flask, *arguments: str) -> Any:
    """`flask search …`"""
    return app.test_cli_runner().invoke(args=["search", *arguments])


def test_the_command_answers_as_a_person(app: Flask, world: SearchWorld) -> None:
    result = run(app, "query", "lanterns ropes", "--as", "clerk", "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    (hit,) = answer["hits"]
    assert answer["total"] == 1
    assert hit["type"] == "document"
    assert hit["dossier"] == "2026-0001"
    assert hit["title"] == "Price <b>list</b>"
    assert hit["page"] == 2
    assert "lanterns & ropes" in hit["snippet"]
    assert hit["score"] > 0
    result = run(app, "query", "lanterns ropes", "--as", "clerk")
    assert "page 2" in result.output
    assert "1 found, 1 shown." in result.output


def test_the_command_tells_no_more_than_the_page(app: Flask, world: SearchWorld) -> None:
    result = run(app, "query", "lanterns", "--as", "employee", "--json")
    answer = json.loads(result.stdout)
    (hit,) = answer["hits"]
    assert hit.keys() == {"type", "id", "dossier", "client", "score"}
    assert (hit["type"], hit["dossier"]) == ("dossier", "2026-0001")
    for output in (result.output, run(app, "query", "lanterns", "--as", "employee").output):
        for secret in ("Price", "Second", "ropes", "lanterns", "Chandlery", "Secret"):
            assert secret not in output


def test_the_command_limits_what_it_lists_and_counts_all(app: Flask, world: SearchWorld) -> None:
    answer = json.loads(run(app, "query", "lanterns", "--as", "clerk", "--limit", "1", "--json").stdout)
    assert (answer["total"], len(answer["hits"])) == (2, 1)


def test_the_command_says_what_is_wrong(app: Flask, world: SearchWorld) -> None:
    result = run(app, "query", "lanterns", "--as", "nobody")
    assert result.exit_code == 1
    assert "nobody" in result.output
    shutil.rmtree(world.parts.settings.index)
    result = run(app, "query", "lanterns", "--as", "clerk")
    assert result.exit_code == 1
    assert "flask search rebuild" in result.output


def test_check_finds_and_repairs_drift(app: Flask, world: SearchWorld) -> None:
    result = run(app, "check")
    assert (result.exit_code, result.output) == (0, "Index and database agree on 5 entries.\n")
    with world.parts.writing() as work:
        document = world.document(work.session, "Second letter")
        document.subject = "Third letter"
        key = f"document:{document.id}"
    result = run(app, "check")
    assert result.exit_code == 1
    assert f"{key}: indexed with another content" in result.output
    report = json.loads(run(app, "check", "--json").stdout)
    assert (report["agrees"], report["stale"], report["missing"]) == (False, [key], [])
    result = run(app, "check", "--repair")
    assert result.exit_code == 0, result.output
    assert world.found("clerk", "third") == ["Third letter"]
    assert run(app, "check").exit_code == 0


def test_rebuild_makes_a_new_index(app: Flask, world: SearchWorld) -> None:
    shutil.rmtree(world.parts.settings.index)
    assert run(app, "check").exit_code == 1
    result = run(app, "rebuild")
    assert (result.exit_code, result.output) == (0, "The index holds 5 entries.\n")
    assert run(app, "check").exit_code == 0
    assert len(world.found("clerk", "lanterns")) == 2


def test_opening_a_saved_search_is_looking_at_its_news(app: Flask, clerk: Visitor, world: SearchWorld) -> None:
    clerk.post("/search/saved", {"name": "Lamps"}, shown_at="/search?q=lanterns", action="/search/saved")
    with world.parts.writing() as work:
        keeper, dossier = world.person(work.session, "keeper"), world.dossier(work.session, "2026-0001")
        document = make_document(work.session, keeper, dossier, "lanterns", subject="Third letter")
        document.filed_at = work.now
        work.want("index", f"document:{document.id}")
    world.index_now()
    page = clerk.get("/search/saved").text
    assert "1 new result" in page
    (address,) = re.findall(r'<h2><a href="([^"]+)">Lamps</a>', page)
    assert Visitor(app, "employee").get(address).status_code == 404
    assert "1 new result" in clerk.get("/search/saved").text, "nobody else looks at them"
    results = clerk.get(address)
    assert results.status_code == 302 and results.location == "/search?q=lanterns&sort=newest"
    assert "Nothing new." in clerk.get("/search/saved").text
