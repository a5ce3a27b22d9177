"""The trail's pages and `flask audit verify`: who reads what, and what is said when somebody tampered."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

import portal
from portal.accounts.models import Person
from portal.audit.names import ACTION_NAMES, AREA_NAMES
from portal.audit.queries import PAGE_SIZE, TrailFilter, trail_page
from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry
from portal.dossiers.models import Dossier
from tests.factories import actor, make_client, make_department, make_dossier, make_person, make_responsible
from tests.web.visitor import Visitor


@pytest.fixture
def world(parts: Any) -> dict[str, int]:
    """A general and a core dossier with an entry each, about the inside too; two auditors, one of them cleared."""
    with parts.writing() as work:
        session = work.session
        sales = make_department(session, "Sales")
        ana = make_person(session, sales, login="ana", name="Ana Gil")
        make_person(session, None, Role.AUDITOR, login="plain", name="Paul Plain")
        make_person(session, None, Role.AUDITOR, login="cleared", name="Clara Cleared", clearance=Level.CORE)
        make_person(session, None, Role.RECORDS_MANAGER, login="keeper", name="Kim Keeper")
        open_client, secret_client = make_client(session, ana, "Hengda"), make_client(session, ana, "Secret Works")
        make_responsible(session, ana, open_client)
        general = make_dossier(session, ana, open_client, number="2026-0001")
        core = make_dossier(session, ana, secret_client, number="K2026-0001", level=Level.CORE)
        work.actor = actor(session, ana)
        for dossier, client in ((general, open_client), (core, secret_client)):
            work.record(
                "client:edit",
                f"clients:{client.id}",
                dossier_id=dossier.id,
                details={"changed": {"address": {"old": f"Old street of {client.name}", "new": "New street"}}},
                personal={"legal_representative": f"Owner of {client.name}"},
            )
            work.record(
                "dossier:edit_draft", f"dossiers:{dossier.id}", dossier_id=dossier.id, details={"n": client.name}
            )
        work.record(
            "loan:issue", "loans:1", dossier_id=general.id, details={"borrower": ana.id, "due_on": "2026-03-05"}
        )
        return {"general": general.id, "core": core.id, "ana": ana.id}


def rows(page: str) -> list[str]:
    """The text of each row of the table, tags dropped."""
    body = page[page.index("<tbody>") : page.index("</tbody>")] if "<tbody>" in page else ""
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in body.split("<tr>")[1:]]


def total(page: str) -> int:
    found = re.search(r"([\d,]+) in all", page)
    return int(found[1].replace(",", "")) if found else 0


def last_entry(parts: Any) -> TrailEntry:
    with parts.looking() as work:
        return work.session.scalars(select(TrailEntry).order_by(TrailEntry.id.desc())).first()


def test_the_trail_is_read_newest_first_in_words(app: Any, world: dict[str, int]) -> None:
    first, *others = rows(Visitor(app, "cleared").get("/audit").text)
    assert "Logged in" in first
    assert "Clara Cleared" in first
    assert "Volume issued" in others[0]
    assert "2026-0001" in others[0]
    assert "Borrower: Ana Gil" in others[0]
    assert "Due on: Mar 5, 2026" in others[0]


def test_what_an_entry_is_about_reads_as_separate_words(app: Any, world: dict[str, int], parts: Any) -> None:
    with parts.writing() as work:
        work.record("page:look", "pages:1", dossier_id=world["general"], details={"page": 3, "shown": "text"})
    text = Visitor(app, "cleared").get("/audit").text
    cells = [unescape(re.sub(r"<[^>]+>", "", row.split("</td>")[3])).split() for row in text.split("<tr>")[2:]]
    assert cells[0] == ["Person", "Clara", "Cleared"]
    assert cells[1] == ["Page", "1", "·", "2026-0001"]
    assert ["Dossier", "2026-0001"] in cells


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", ("Nivel: General → Esencial", "A devolver: 5 mar 2026", "Mostrado: texto de la página")),
        ("zh", ("密级： 一般 → 核心", "应还日期： 2026年3月5日", "显示内容： 本页文字")),
    ],
)
def test_details_are_in_the_readers_language(
    app: Any, world: dict[str, int], parts: Any, language: str, words: tuple[str, ...]
) -> None:
    with parts.writing() as work:
        change = {"old": "general", "new": "core", "grants_ended": []}
        work.record("dossier:level", f"dossiers:{world['general']}", dossier_id=world["general"], details=change)
        work.record("page:look", "pages:1", dossier_id=world["general"], details={"page": 3, "shown": "text"})
    visitor = Visitor(app, "cleared")
    visitor.post("/language", {"language": language}, shown_at="/account")
    text = " ".join(rows(visitor.get("/audit").text))
    for line in words:
        assert line in text


def test_a_change_reads_old_and_new(app: Any, world: dict[str, int]) -> None:
    page = Visitor(app, "keeper").get("/audit").text
    assert any("Address: Old street of Hengda → New street" in row for row in rows(page))
    assert any("Legal representative: Owner of Hengda" in row for row in rows(page))


def test_without_clearance_nothing_of_a_core_dossier_is_named_or_counted(app: Any, world: dict[str, int]) -> None:
    plain, cleared = Visitor(app, "plain").get("/audit").text, Visitor(app, "cleared").get("/audit").text
    assert "Secret Works" not in plain
    assert "K2026" not in plain
    assert f"/dossiers/{world['core']}" not in plain
    assert any("K2026-0001" in row for row in rows(cleared))
    # Seen by the second: their own log-in, the first one's look, and the two entries about the core dossier.
    assert total(cleared) == total(plain) + 4


def test_an_auditor_reads_no_contents_by_virtue_of_the_role(app: Any, world: dict[str, int]) -> None:
    for login in ("plain", "cleared"):
        page = Visitor(app, login).get("/audit").text
        assert "Old street" not in page
        assert "Owner of" not in page
        assert any("Client changed" in row and "for those who may read the dossier" in row for row in rows(page))
    keeper = Visitor(app, "keeper").get("/audit").text
    assert "Owner of Hengda" in keeper
    assert "Owner of Secret Works" not in keeper


def test_a_dossier_that_becomes_core_takes_its_entries_along(app: Any, world: dict[str, int], parts: Any) -> None:
    assert "2026-0001" in Visitor(app, "plain").get("/audit").text
    with parts.writing() as work:
        work.session.execute(update(Dossier).values(level=Level.CORE))
    assert "2026-0001" not in Visitor(app, "plain").get("/audit").text


@pytest.mark.parametrize("subject", ["clients:7", "dossiers:7", "documents:7", "pages:7", "loans:7", "request_lines:7"])
def test_an_entry_that_forgot_its_dossier_needs_clearance(
    app: Any, world: dict[str, int], parts: Any, subject: str
) -> None:
    with parts.writing() as work:
        work.record("thing:do", subject, details={"title": "could be core"})
    assert "thing:do" not in Visitor(app, "plain").get("/audit").text
    assert "thing:do" in Visitor(app, "cleared").get("/audit").text


def test_drafts_are_known_to_those_who_work_on_them_only(app: Any, world: dict[str, int], parts: Any) -> None:
    with parts.writing() as work:
        ana = work.session.get_one(Person, world["ana"])
        draft = make_dossier(work.session, ana, state="draft", title="A plan")
        work.record("dossier:draft", f"dossiers:{draft.id}", dossier_id=draft.id, details={"title": "A plan"})
    assert "A plan" not in Visitor(app, "plain").get("/audit").text
    assert "A plan" in Visitor(app, "keeper").get("/audit").text


def shown(app: Any, login: str, **query: Any) -> list[str]:
    return rows(Visitor(app, login).get("/audit", query_string=query).text)


def test_the_filter_by_person(app: Any, world: dict[str, int]) -> None:
    found = shown(app, "cleared", person=world["ana"])
    assert len(found) == 5
    assert all("Ana Gil" in row for row in found)


def test_the_filter_by_what_happened(app: Any, world: dict[str, int]) -> None:
    found = shown(app, "cleared", area="client")
    assert len(found) == 2
    assert all("Client changed" in row for row in found)
    assert shown(app, "cleared", area="department") == []


def test_the_filter_by_dossier_number(app: Any, world: dict[str, int]) -> None:
    assert len(shown(app, "cleared", number="2026-0001")) == 3
    assert len(shown(app, "cleared", number=" k2026-0001 ")) == 2
    assert shown(app, "cleared", number="2026-01") == []
    assert shown(app, "plain", number="K2026-0001") == []


def test_a_core_number_asked_for_is_not_written_where_others_read_it(
    app: Any, world: dict[str, int], parts: Any
) -> None:
    shown(app, "cleared", number="K2026-0001")
    entry = last_entry(parts)
    assert (entry.action, entry.dossier_id) == ("trail:view", world["core"])
    shown(app, "plain", number="K2026-0001")
    assert last_entry(parts).dossier_id is None
    with parts.looking() as work:
        assert "K2026" not in str([row.details for row in work.session.scalars(select(TrailEntry))])
    assert "K2026" not in "".join(shown(app, "plain"))


def test_the_filter_by_office_dates(app: Any, world: dict[str, int], parts: Any, clock: Any) -> None:
    """Midnight in Shanghai is 16:00 UTC: both ends are the office's."""
    for hour, name in ((15, "late on the tenth"), (16, "early on the eleventh")):
        clock.put(datetime(2026, 3, 10, hour, 59 if hour == 15 else 0, tzinfo=UTC))
        with parts.writing() as work:
            work.record("department:add", "departments:9", details={"name": name})
    clock.put(datetime(2026, 3, 20, tzinfo=UTC))
    tenth = shown(app, "plain", first="2026-03-10", last="2026-03-10")
    eleventh = shown(app, "plain", first="2026-03-11", last="2026-03-11")
    assert len(tenth) == len(eleventh) == 1
    assert "late on the tenth" in tenth[0]
    assert "early on the eleventh" in eleventh[0]


@pytest.mark.parametrize(
    "query",
    [{"first": "yesterday"}, {"last": "2026-02-30"}, {"person": "99999"}, {"person": "x"}, {"area": "everything'--"}],
)
def test_a_filter_that_makes_no_sense_is_explained(app: Any, world: dict[str, int], query: dict[str, str]) -> None:
    answer = Visitor(app, "plain").get("/audit", query_string=query)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert rows(answer.text) == []


def test_the_trail_comes_in_pages_without_loss(app: Any, world: dict[str, int], parts: Any) -> None:
    with parts.writing() as work:
        for number in range(PAGE_SIZE * 2):
            work.record("department:add", "departments:9", details={"number": f"row {number:03d}"})
    visitor = Visitor(app, "plain")
    found: list[str] = []
    for page in (1, 2, 3):
        text = visitor.get("/audit", query_string={"area": "department", "page": page}).text
        found += re.findall(r"row \d\d\d", " ".join(rows(text)))
        assert (f"page={page + 1}" in text) == (page < 2)
    # A page beyond the last shows the last one.
    assert found[: PAGE_SIZE * 2] == [f"row {number:03d}" for number in reversed(range(PAGE_SIZE * 2))]
    assert found[PAGE_SIZE * 2 :] == found[PAGE_SIZE : PAGE_SIZE * 2]


@pytest.mark.parametrize("page", ["0", "-3", "x", ""])
def test_a_page_number_that_makes_no_sense_shows_the_first(app: Any, world: dict[str, int], page: str) -> None:
    assert "Logged in" in shown(app, "plain", page=page)[0]


def test_looking_at_the_trail_is_recorded_once_for_each_page(app: Any, world: dict[str, int], parts: Any) -> None:
    visitor = Visitor(app, "plain")
    for _ in range(2):
        visitor.get("/audit", query_string={"person": world["ana"], "first": "2026-03-01"})
    with parts.looking() as work:
        looks = work.session.scalars(select(TrailEntry).where(TrailEntry.action == "trail:view")).all()
    assert [look.details for look in looks] == [{"person": world["ana"], "from": "2026-03-01"}] * 2
    assert looks[0].address == "127.0.0.1"


def test_an_empty_answer_says_what_to_do(app: Any, world: dict[str, int]) -> None:
    page = Visitor(app, "plain").get("/audit", query_string={"area": "department"}).text
    assert "No entry fits." in page


def test_every_recorded_action_has_a_name() -> None:
    """Actions are written in the services; each must read as words on the page."""
    written: set[str] = set()
    pattern = re.compile(r"[a-z]+:[a-z_]+")
    for path in Path(portal.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in (
                "record",
                "_record",
                "_rights_changed",
            ):
                written |= {
                    item.value
                    for argument in node.args
                    for item in ast.walk(argument)
                    if isinstance(item, ast.Constant)
                    and isinstance(item.value, str)
                    and pattern.fullmatch(item.value)
                    and not item.value.startswith(("people:", "reports:", "files:", "trail:entries"))
                }
    assert len(written) > 30
    assert written - ACTION_NAMES.keys() == set()
    assert {action.partition(":")[0] for action in ACTION_NAMES} <= AREA_NAMES.keys()


def tamper(parts: Any) -> int:
    """Alter the first entry past the portal; returns its id."""
    with parts.new_session() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("DROP TRIGGER trail_entries_insert_only ON trail_entries"))
        else:
            session.execute(text("DROP TRIGGER trail_entries_no_update"))
        first = session.scalars(select(TrailEntry.id).order_by(TrailEntry.id)).first()
        session.execute(text("UPDATE trail_entries SET subject = 'clients:99' WHERE id = :id"), {"id": first})
        session.commit()
    return first


def test_the_page_says_that_the_trail_is_sound(app: Any, world: dict[str, int], parts: Any, queues: Any) -> None:
    queues.seal()
    answer = Visitor(app, "plain").get("/audit/verify")
    assert answer.status_code == 200
    assert "The trail is sound" in answer.text
    entry = last_entry(parts)
    assert entry.action == "trail:verify"
    assert entry.details["faults"] == 0
    assert entry.details["hash"] in answer.text


def test_the_page_names_the_first_broken_entry(app: Any, world: dict[str, int], parts: Any, queues: Any) -> None:
    queues.seal()
    broken = tamper(parts)
    page = Visitor(app, "plain").get("/audit/verify").text
    assert f"First broken entry: {broken}." in page
    assert "altered" in rows(page)[0]
    assert "The trail is sound" not in page


def command(app: Any, *arguments: str) -> Any:
    return app.test_cli_runner().invoke(args=["audit", "verify", *arguments])


def test_the_command_prints_count_and_last_hash(app: Any, world: dict[str, int], queues: Any) -> None:
    queues.seal()
    answer = command(app)
    assert answer.exit_code == 0
    assert re.fullmatch(r"5 entries, 5 seals\.\nLast hash: [0-9a-f]{64}\nThe trail is sound\.\n", answer.stdout), (
        answer.stdout
    )
    assert answer.stderr == ""


def test_the_command_names_the_first_broken_entry_and_ends_with_1(
    app: Any, world: dict[str, int], parts: Any, queues: Any
) -> None:
    queues.seal()
    broken = tamper(parts)
    answer = command(app)
    assert answer.exit_code == 1
    assert answer.stderr == f"First broken entry: {broken}, seal 1: altered, does not say what was sealed\n"
    assert "5 entries, 5 seals." in answer.stdout


def test_the_command_speaks_json(app: Any, world: dict[str, int], parts: Any, queues: Any) -> None:
    queues.seal()
    sound = command(app, "--json")
    assert sound.exit_code == 0
    assert json.loads(sound.stdout)["sound"] is True
    broken = tamper(parts)
    answer = command(app, "--json")
    assert answer.exit_code == 1
    found = json.loads(answer.stdout)
    assert (found["sound"], found["entries"], found["seals"]) == (False, 5, 5)
    assert found["faults"] == [
        {"kind": "altered", "entry_id": broken, "sequence": 1, "explanation": "does not say what was sealed"}
    ]


def test_the_command_finds_a_lost_key(app: Any, world: dict[str, int], queues: Any) -> None:
    """A portal restored without its trail key cannot vouch for what was sealed with it."""
    queues.seal()
    parts = app.extensions["legajo"]
    app.extensions["legajo"] = replace(parts, settings=replace(parts.settings, trail_key=b"another key, a new one"))
    answer = command(app)
    assert answer.exit_code == 1
    assert "seal 1" in answer.stderr


def test_the_three_filters_hold_in_the_query_itself(parts: Any, world: dict[str, int]) -> None:
    """Not only on the page: a count is what it lists, for each reader."""
    with parts.looking() as work:
        for login in ("plain", "cleared", "keeper"):
            person = work.session.scalars(select(Person).where(Person.login == login)).one()
            page = trail_page(
                work.session,
                actor(work.session, person),
                work.today,
                work.zone,
                TrailFilter(first=work.today - timedelta(days=1), last=work.today),
            )
            assert page.total == len(page.rows) == (5 if login == "cleared" else 3)
