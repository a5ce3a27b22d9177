"""A department asks for a list of its own, two sign, and the draft is there on the first working day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from portal.core.permissions import Role
from portal.reports.regular.jobs import ScheduleClock
from tests.browser.people import Colleague
from tests.factories import make_client, make_department, make_dossier, make_person, make_responsible

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def people(parts: Any) -> None:
    with parts.writing() as work:
        session = work.session
        sales, records = make_department(session, "Ventas"), make_department(session, "Records")
        make_person(session, sales, login="hanna", name="Hanna Head", head=True, language="es")
        rea = make_person(session, sales, login="rea", name="Rea Reader")
        make_person(session, records, Role.RECORDS_MANAGER, login="keeper", name="Kim Keeper", language="zh")
        make_person(session, records, Role.CLERK, login="carl", name="Carl Clerk")
        make_person(session, make_department(session, "Board"), Role.GENERAL_MANAGER, login="boss", name="Bo Boss")
        for number in range(1, 26):
            client = make_client(session, rea, f"Castings {number:02d}" if number % 2 else f"恒达机械{number}有限公司")
            make_dossier(session, rea, client)
            make_responsible(session, rea, client)


def test_a_list_of_ones_own(browser: Any, served: str, people: None, parts: Any, clock: Any, shoot: Any) -> None:
    hanna = Colleague(browser, served, "hanna", "es")
    hanna.page.get_by_role("navigation").get_by_role("link", name=hanna.say("Reports")).click()
    hanna.follow("Regular reports")
    hanna.follow("Ask for a regular report")
    hanna.page.get_by_role("combobox", name=hanna.say("What is reported")).select_option("clients")
    hanna.press("Show it")
    hanna.page.get_by_label(hanna.say("Country"), exact=True).uncheck()
    hanna.press("Show it")
    table = hanna.page.get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(21)
    expect(table.get_by_role("columnheader", name=hanna.say("Country"))).to_have_count(0)
    expect(table.get_by_text("Castings 01")).to_be_visible()
    shoot(hanna.page, "regular-new-es")
    hanna.page.set_viewport_size({"width": 360, "height": 780})
    assert hanna.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    hanna.page.set_viewport_size({"width": 1280, "height": 860})
    hanna.fill("Title", "Los clientes de ventas")
    hanna.fill("What for", "Planificar las visitas")
    hanna.page.get_by_label("Rea Reader").check()
    hanna.press("Send the request")
    expect(hanna.page.get_by_role("heading", level=1, name="Los clientes de ventas")).to_be_visible()
    shoot(hanna.page, "regular-waiting-es")
    hanna.leave()

    keeper = Colleague(browser, served, "keeper", "zh")
    keeper.open("/inbox")
    keeper.page.get_by_role("link", name=keeper.say("A regular report waits for your signature")).click()
    keeper.page.get_by_label(keeper.say("Who prepares it")).select_option(label="Carl Clerk")
    shoot(keeper.page, "regular-sign-zh")
    keeper.press("Sign")
    keeper.leave()

    boss = Colleague(browser, served, "boss", "en")
    boss.open("/reports/regular")
    expect(boss.page.get_by_role("heading", name="Waiting for your signature")).to_be_visible()
    boss.follow("Los clientes de ventas")
    boss.press("Sign")
    expect(boss.page.get_by_role("row", name="Los clientes de ventas")).to_contain_text("Active")
    shoot(boss.page, "regular-list-en")
    boss.leave()

    clock.put(datetime(2026, 4, 1, 2, 0, tzinfo=UTC))
    ScheduleClock().look(parts)
    carl = Colleague(browser, served, "carl", "en")
    carl.open("/inbox")
    carl.follow("The draft of a regular report is there")
    expect(carl.page.get_by_role("heading", level=1)).to_contain_text("Los clientes de ventas")
    carl.open("/reports/regular")
    carl.follow("Los clientes de ventas")
    expect(carl.page.get_by_role("row", name="March 2026")).to_contain_text("Draft")
    shoot(carl.page, "regular-page-en")
    carl.leave()
