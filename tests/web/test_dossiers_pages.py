"""The register and a dossier's pages: who sees what, what is refused, what a stale form shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.permissions import Level, Role
from portal.core.spine import OutVolume, Panel, RegisterEntry, SpineAction, SpineParts, SpineTab
from portal.core.trail import TrailEntry
from portal.dossiers.models import Dossier, Volume
from portal.dossiers.pages import SPINE_PARTS
from portal.dossiers.states import DossierState
from tests.factories import (
    make_client,
    make_department,
    make_dossier,
    make_grant,
    make_person,
    make_place,
    make_responsible,
)
from tests.web.visitor import Visitor


@dataclass
class Archive:
    general: int
    important: int
    core: int
    draft: int
    client: int
    volume: int


@pytest.fixture
def archive(parts: Any) -> Archive:
    """A client with a general and an important dossier, a core client, a draft; one log-in per part to play."""
    with parts.writing() as work:
        session = work.session
        sales = make_department(session, "Sales")
        owner = make_person(session, sales, login="owner")
        make_person(session, sales, login="head", head=True)
        make_person(session, login="stranger")
        make_person(session, None, Role.CLERK, login="clerk")
        cleared = make_person(session, None, Role.CLERK, login="cleared", clearance=Level.CORE)
        reader = make_person(session, login="reader")
        client = make_client(
            session, owner, "Acme Trading Ltd", country="GB", phone="+44 20 7946 0958", industry="Steel"
        )
        make_responsible(session, owner, client)
        general = make_dossier(session, owner, client, number="2026-0001", title="Framework contract")
        important = make_dossier(session, owner, client, number="2026-0002", level=Level.IMPORTANT)
        make_grant(session, reader, general, owner, date(2026, 12, 31))
        for place in ("B-07", "C-01", "D-01"):
            make_place(session, place)
        secret = make_client(session, owner, "Secret Partners")
        core = make_dossier(session, cleared, secret, number="K2026-0001", level=Level.CORE)
        draft_client = make_client(session, owner, "Newcomer")
        draft = make_dossier(session, owner, draft_client, state=DossierState.DRAFT)
        return Archive(general.id, important.id, core.id, draft.id, client.id, general.volumes[0].id)


def trail(parts: Any, action: str) -> list[TrailEntry]:
    with parts.looking() as work:
        return list(work.session.scalars(select(TrailEntry).where(TrailEntry.action == action)))


def test_the_register_names_what_one_may_know_and_no_more(app: Any, archive: Archive) -> None:
    page = Visitor(app, "stranger").get("/dossiers").text
    assert "Acme Trading Ltd" in page
    assert "2026-0002" in page
    assert "2 in all" in page
    for hidden in ("Secret Partners", "K2026-0001", "Newcomer", "Framework contract"):
        assert hidden not in page
    assert "<td>Supplier</td>" not in page, "the kind is a field of the client"
    cleared = Visitor(app, "cleared").get("/dossiers").text
    for shown in ("Secret Partners", "Newcomer", "Framework contract", "<td>Supplier</td>", "4 in all"):
        assert shown in cleared


def test_filters_and_sorting_are_links_that_keep_each_other(app: Any, archive: Archive) -> None:
    page = Visitor(app, "cleared").get("/dossiers?level=core&text=secret&sort=-number").text
    assert "1 in all" in page
    assert "Acme" not in page
    assert "level=core&amp;text=secret&amp;sort=name" in page
    assert 'aria-sort="descending"' in page


@pytest.mark.parametrize(
    "query",
    [
        "page=99999999999999999999",
        "page=x",
        "page=-1",
        "kind=nonsense",
        "level=nonsense&where=x&rank=x&mine=x",
        "department=99999999999999999999",
        "department=²",
        "sort=--x",
        "text=%25_'\"",
        "text=" + "a" * 5000,
    ],
)
def test_nonsense_in_the_address_is_harmless(app: Any, archive: Archive, query: str) -> None:
    assert Visitor(app, "clerk").get(f"/dossiers?{query}").status_code == 200


def test_an_empty_register_says_what_it_will_hold(app: Any, parts: Any) -> None:
    with parts.writing() as work:
        make_person(work.session, login="first")
    visitor = Visitor(app, "first")
    assert "This will list every dossier" in visitor.get("/dossiers").text
    lost = visitor.get("/dossiers?text=x").text
    assert "matches this filter" in lost
    assert 'href="/search?q=x"' in lost, "what to try next"


def test_what_may_be_known_but_not_read_is_an_entry_and_two_buttons(app: Any, archive: Archive) -> None:
    page = Visitor(app, "stranger").get(f"/dossiers/{archive.general}").text
    assert "2026-0001" in page
    assert "On shelf" in page
    assert f'href="/requests/new?dossier={archive.general}&amp;kind=read"' in page
    assert f'href="/requests/new?dossier={archive.general}&amp;kind=borrow"' in page
    for hidden in (
        "Framework contract",
        "Steel",
        "+44",
        "A-01",
        "/client",
        "/volumes",
        "/clients/",
        "dossiers/new?client",
    ):
        assert hidden not in page, hidden


@pytest.mark.parametrize("login", ["stranger", "reader", "owner", "head", "clerk", "cleared"])
def test_who_reads_the_clients_fields(app: Any, parts: Any, archive: Archive, login: str) -> None:
    visitor = Visitor(app, login)
    expected = {"stranger": (404, 404), "reader": (200, 404)}.get(login, (200, 200))
    general = visitor.get(f"/dossiers/{archive.general}/client")
    important = visitor.get(f"/dossiers/{archive.important}/client")
    assert (general.status_code, important.status_code) == expected
    assert ("Steel" in general.text) == (expected[0] == 200)
    looks = [entry.dossier_id for entry in trail(parts, "client:look")]
    shown = [archive.general] * (expected[0] == 200) + [archive.important] * (expected[1] == 200)
    assert looks == shown, "each look is logged"


@pytest.mark.parametrize("path", ["", "/client", "/volumes", "/level", "/edit", "/decide"])
def test_what_may_not_be_known_is_not_there(app: Any, archive: Archive, path: str) -> None:
    clerk = Visitor(app, "clerk")
    unknown, missing = clerk.get(f"/dossiers/{archive.core}{path}"), clerk.get(f"/dossiers/424242{path}")
    assert (unknown.status_code, missing.status_code) == (404, 404)
    assert unknown.text.partition("<main")[2] == missing.text.partition("<main")[2] != ""


def test_a_reader_with_a_grant_does_not_edit_the_client(app: Any, archive: Archive) -> None:
    reader = Visitor(app, "reader")
    assert "/edit" not in reader.get(f"/dossiers/{archive.general}/client").text
    assert reader.get(f"/clients/{archive.client}/edit").status_code == 404
    assert Visitor(app, "owner").get(f"/clients/{archive.client}/edit").status_code == 200


def test_pages_for_the_records_department_refuse_others_and_record_it(app: Any, parts: Any, archive: Archive) -> None:
    owner = Visitor(app, "owner")
    for path in (f"/dossiers/{archive.general}/level", f"/volumes/{archive.volume}/edit"):
        assert owner.get(path).status_code == 403
    assert [entry.details["path"] for entry in trail(parts, "access:refused")] == [
        f"/dossiers/{archive.general}/level",
        f"/volumes/{archive.volume}/edit",
    ]


def test_the_level_is_changed_and_a_stale_form_is_not_saved(app: Any, parts: Any, archive: Archive) -> None:
    clerk, path = Visitor(app, "clerk"), f"/dossiers/{archive.general}/level"
    old = clerk.hidden_fields(path)
    saved = clerk.post(path, {"level": "important"}, shown_at=path)
    assert saved.status_code == 302
    stale = clerk.client.post(path, data={**old, "level": "general"})
    assert stale.status_code == 409
    assert "Someone else changed this" in stale.text
    assert '<option selected value="important">' in stale.text, "the present value is shown"
    with parts.looking() as work:
        assert work.session.get_one(Dossier, archive.general).level == Level.IMPORTANT


def test_a_clerk_without_clearance_is_not_offered_core(app: Any, archive: Archive) -> None:
    path = f"/dossiers/{archive.general}/level"
    clerk = Visitor(app, "clerk")
    assert 'value="core"' not in clerk.get(path).text
    assert clerk.post(path, {"level": "core"}, shown_at=path).status_code == 422
    assert 'value="core"' in Visitor(app, "cleared").get(path).text


def test_volumes_are_listed_added_and_edited(app: Any, parts: Any, archive: Archive) -> None:
    clerk, path = Visitor(app, "clerk"), f"/dossiers/{archive.general}/volumes"
    added = clerk.post(f"{path}/add", {"place": "B-07", "sheets": "12"}, shown_at=f"{path}/add")
    assert added.status_code == 302
    assert "B-07" in clerk.get(path).text
    edit = f"/volumes/{archive.volume}/edit"
    old = clerk.hidden_fields(edit)
    assert clerk.post(edit, {"place": "C-01", "sheets": "41"}, shown_at=edit).status_code == 302
    stale = clerk.client.post(edit, data={**old, "place": "D-01", "sheets": "1"})
    assert stale.status_code == 409
    assert 'value="C-01"' in stale.text
    bad = clerk.post(edit, {"place": "C-01", "sheets": "-1"}, shown_at=edit)
    assert bad.status_code == 422
    with parts.looking() as work:
        volume = work.session.get_one(Volume, archive.volume)
        assert (volume.place, volume.sheets) == ("C-01", 41)


def test_adding_a_volume_twice_with_one_form_adds_one(app: Any, parts: Any, archive: Archive) -> None:
    clerk, path = Visitor(app, "clerk"), f"/dossiers/{archive.general}/volumes/add"
    form = {**clerk.hidden_fields(path), "place": "B-07", "sheets": "1"}
    first, second = clerk.client.post(path, data=form), clerk.client.post(path, data=form)
    assert first.headers["Location"] == second.headers["Location"]
    with parts.looking() as work:
        assert len(work.session.get_one(Dossier, archive.general).volumes) == 2


def test_the_department_is_changed(app: Any, parts: Any, archive: Archive) -> None:
    with parts.writing() as work:
        target = make_department(work.session, "Purchasing").id
    path = f"/dossiers/{archive.general}/department"
    answer = Visitor(app, "clerk").post(path, {"department_id": str(target)}, shown_at=path)
    assert answer.status_code == 302
    assert "Purchasing" in Visitor(app, "stranger").get(f"/dossiers/{archive.general}").text


@pytest.fixture
def spine_parts(app: Any) -> None:
    """What documents and lending would contribute."""

    def actions(work: Any, entry: RegisterEntry) -> list[SpineAction]:
        return [SpineAction("Add documents", f"/dossiers/{entry.id}/documents/add")]

    def contents(work: Any, entry: RegisterEntry) -> Panel:
        return Panel("macros/tables.html", {"documents": []})

    def loans(work: Any, dossier_ids: Any) -> list[OutVolume]:
        return [OutVolume(1, "Lena Holder", date(2026, 3, 5))]

    tabs = [SpineTab("loans", "Loans", "/dossiers/{id}/loans")]
    app.extensions[SPINE_PARTS] = SpineParts([actions], tabs, contents, loans)


@pytest.mark.usefixtures("spine_parts")
def test_other_features_add_actions_tabs_and_custody(app: Any, archive: Archive) -> None:
    owner = Visitor(app, "owner").get(f"/dossiers/{archive.general}").text
    assert f'href="/dossiers/{archive.general}/loans"' in owner
    assert f'class="btn btn-primary" href="/dossiers/{archive.general}/documents/add"' in owner
    assert "out to Lena Holder until Thu" in owner
    stranger = Visitor(app, "stranger").get(f"/dossiers/{archive.general}").text
    assert "out until Thu" in stranger
    for hidden in ("Lena", "/loans", "/documents/add"):
        assert hidden not in stranger


def test_links_keep_the_prefix_the_portal_is_served_under(app: Any, archive: Archive) -> None:
    page = Visitor(app, "owner").get(f"/dossiers/{archive.general}", environ_overrides={"SCRIPT_NAME": "/archive"}).text
    assert f'href="/archive/dossiers/{archive.general}/client"' in page
    assert f'href="/archive/requests/new?dossier={archive.general}' in page
