"""Gathering dossiers from search results in a real browser: with a mouse, with the keyboard alone, on a phone."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from portal.core.permissions import Level
from tests.browser.conftest import SHOTS
from tests.browser.people import Colleague
from tests.factories import make_client, make_department, make_document, make_dossier, make_person

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LIST = re.compile("/requests/chosen")


@pytest.fixture
def archive(parts: Any, queues: Any, clock: Any) -> None:
    """Thirty dossiers in which lanterns are written of, one of them core, and somebody who may read none."""
    clock.put(datetime(2026, 3, 2, 2, 0, tzinfo=UTC))
    with parts.writing() as work:
        session = work.session
        owner = make_person(session, make_department(session, "Purchasing"), login="owner")
        make_person(session, make_department(session, "Sales"), login="ana", language="en")
        for serial in range(1, 31):
            level = Level.CORE if serial == 30 else Level.GENERAL
            client = make_client(session, owner, f"Lighthouse Supplies {serial}")
            dossier = make_dossier(session, owner, client, number=f"2026-{serial:04d}", level=level, volumes=1)
            make_document(session, owner, dossier, "Lanterns and ropes")
            work.want("index", f"dossier:{dossier.id}")
    queues.work_until_idle()


def ticks(page: Any) -> Any:
    return page.get_by_role("checkbox", name="Mark 2026")


def test_from_two_pages_of_results_to_one_request(browser: Any, served: str, archive: None, shoot: Any) -> None:
    ana = Colleague(browser, served, "ana", "en")
    page = ana.page
    ana.search("lighthouse")
    first = ticks(page).first.get_attribute("aria-label").removeprefix("Mark ")

    # With the keyboard alone: the box stands just before the link to what was found.
    page.locator("[data-hit]").first.focus()
    page.keyboard.press("Shift+Tab")
    expect(ticks(page).first).to_be_focused()
    page.keyboard.press("Space")
    expect(ticks(page).first).to_be_checked()
    page.keyboard.press("Tab")
    expect(page.locator("[data-hit]").first).to_be_focused()
    shoot(page, "choosing-results")
    page.get_by_role("button", name="Ask for the chosen dossiers").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(LIST)
    expect(page.get_by_role("button", name=f"Take it off {first}")).to_be_visible()

    ana.follow("Back to the search results")
    expect(page.get_by_role("link", name="Chosen before: 1")).to_be_visible()
    ana.follow("Next page")
    second = ticks(page).last.get_attribute("aria-label").removeprefix("Mark ")
    ticks(page).last.check()
    ana.press("Ask for the chosen dossiers")
    page.wait_for_url(LIST)
    table = page.get_by_role("table", name="Dossiers to ask for")
    expect(table).to_contain_text(first)
    expect(table).to_contain_text(second)
    shoot(page, "choosing-list")

    ana.follow("Ask to borrow")
    for label in ("What you are looking for", "Purpose", "Reason"):
        ana.fill(label, f"{label} of the talks in May")
    ana.press("Ask to borrow")
    expect(page.get_by_text("The request is sent.")).to_be_visible()
    ana.open("/requests/chosen")
    expect(page.get_by_text("No dossier is chosen yet.")).to_be_visible()
    shoot(page, "choosing-nothing")
    ana.leave()


def test_on_a_phone_the_button_stays_in_sight(browser: Any, served: str, archive: None) -> None:
    ana = Colleague(browser, served, "ana", "en", viewport={"width": 360, "height": 640})
    page = ana.page
    for address in ("/search?q=lighthouse", "/dossiers"):
        ana.open(address)
        ticks(page).nth(3).check()
        button = page.get_by_role("button", name="Ask for the chosen dossiers")
        for place in (0, 400, 1200):
            page.evaluate("top => window.scrollTo(0, top)", place)
        expect(button).to_be_in_viewport()
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
        page.screenshot(path=SHOTS / f"choosing-phone{address.split('?')[0].replace('/', '-')}.png")
    button.click()
    page.wait_for_url(LIST)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    ana.open("/dossiers/1")
    page.get_by_role("button", name="Add to my request").click()
    page.wait_for_url(LIST)
    expect(page.get_by_role("link", name="Ask to read in the reading room")).to_be_visible()
    ana.leave()
