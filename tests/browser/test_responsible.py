"""Who looks after which client, at a browser: a head hands a client over and empties the common pool."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from portal.clients.models import ClientRank
from portal.core.permissions import Level
from tests.browser.people import Colleague
from tests.factories import make_client, make_department, make_dossier, make_person, make_responsible

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

NAMES = ("恒达机械有限公司", "Suministros Ibéricos de Maquinaria y Repuestos del Mediterráneo S.L.", "Álamo & Hijos")


@dataclass(frozen=True)
class Office:
    """Ids of the key client and of its dossier."""

    client: int
    dossier: int


@pytest.fixture
def office(parts: Any, clock: Any) -> Office:
    clock.put(datetime(2026, 3, 2, 2, 0, tzinfo=UTC))
    with parts.writing() as work:
        session = work.session
        sales = make_department(session, "Ventas 销售部")
        boss = {}
        for language in ("en", "es", "zh"):
            boss[language] = make_person(
                session, sales, clearance=Level.CORE, login=f"boss-{language}", language=language, head=language == "en"
            )
        sales.deputy_id = boss["zh"].id
        other = make_department(session, "Compras 采购部")
        other.head_id = boss["es"].id
        ana = make_person(session, sales, login="ana", name="Ana Belén Rodríguez")
        make_person(session, sales, login="wei", name="王伟", language="zh")
        key = make_client(session, ana, "Harbour Holdings Ltd", rank=ClientRank.KEY)
        dossier = make_dossier(session, ana, key)
        make_responsible(session, ana, key)
        for name in NAMES:
            make_dossier(session, ana, make_client(session, ana, name))
        return Office(key.id, dossier.id)


def test_a_head_hands_a_client_over_and_empties_the_pool(browser: Any, served: str, office: Office, shoot: Any) -> None:
    boss = Colleague(browser, served, "boss-en", "en")
    page = boss.page
    boss.follow("3 clients in the common pool")
    listed = page.get_by_role("row").filter(has=page.get_by_role("checkbox"))
    expect(listed).to_have_count(3)
    assert [row.split("\t")[1] for row in listed.all_inner_texts()] == [NAMES[2], NAMES[0], NAMES[1]], "á, h, s"
    for name in NAMES:
        page.get_by_label(f"Mark {name}").check()
    page.get_by_label("Who looks after them").select_option(label="王伟 · Ventas 销售部 · 0")
    boss.press("Name for the marked clients")
    expect(page.get_by_text("Clients that have somebody now: 3.")).to_be_visible()
    expect(page.get_by_text("Every client has somebody.")).to_be_visible()

    boss.open(f"/dossiers/{office.dossier}/client")
    expect(page.get_by_text("this one has one")).to_be_visible()
    boss.follow("Change who is responsible")
    page.get_by_label("Responsible employee", exact=True).select_option(label="王伟 · Ventas 销售部 · 3")
    page.get_by_label("Second responsible employee").select_option(label="Ana Belén Rodríguez · Ventas 销售部 · 1")
    page.get_by_label("Why").select_option(label="a long absence")
    boss.press("Save who is responsible")
    expect(page.get_by_text("Who looks after Harbour Holdings Ltd is saved.")).to_be_visible()
    expect(page.get_by_text("this one has one")).to_have_count(0)
    expect(page.get_by_text("a long absence.")).to_have_count(3)

    boss.open("/clients/by-person")
    wei = page.get_by_role("row").filter(has_text="王伟")
    expect(wei.get_by_label("4 clients")).to_be_visible()
    boss.follow("王伟")
    expect(page.get_by_role("link", name="Harbour Holdings Ltd")).to_be_visible()
    boss.leave()

    colleague = Colleague(browser, served, "wei", "zh")
    colleague.open(f"/dossiers/{office.dossier}/client")
    expect(colleague.page.get_by_role("heading", name="Harbour Holdings Ltd")).to_be_visible()
    colleague.leave()


@pytest.mark.parametrize("language", ["es", "zh"])
def test_the_pages_fit_a_small_phone(browser: Any, served: str, office: Office, shoot: Any, language: str) -> None:
    boss = Colleague(browser, served, f"boss-{language}", language)
    page = boss.page
    paths = {
        "pool": "/clients/common-pool",
        "one": "/clients/common-pool?show=one",
        "by-person": "/clients/by-person",
        "of-person": "/clients/by-person/4",
        "front": "/",
    }
    if language == "zh":
        paths["responsible"] = f"/clients/{office.client}/responsible"
    for name, path in paths.items():
        assert page.goto(f"{served}{path}").status == 200, path
        shoot(page, f"responsible-{language}-{name}")
        page.set_viewport_size({"width": 360, "height": 780})
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{path} is {wide} px wider than a small phone"
        page.set_viewport_size({"width": 1280, "height": 860})
    boss.leave()
