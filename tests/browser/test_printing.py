"""Choosing labels with the keyboard, at desktop and phone width, in three languages."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from portal.core.permissions import Level, Role
from tests.browser.people import Colleague
from tests.browser.test_pages import TWICE, UNNAMED
from tests.factories import make_client, make_department, make_dossier, make_person

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize("language", ["en", "es", "zh"])
def test_a_clerk_chooses_labels_with_the_keyboard(
    browser: Any, served: str, parts: Any, shoot: Any, language: str
) -> None:
    with parts.writing() as work:
        office = make_department(work.session, "Information Department")
        roles = (Role.RECORDS_MANAGER, Role.ADMINISTRATOR)
        keeper = make_person(work.session, office, *roles, login="keeper", language=language, clearance=Level.CORE)
        dossier = make_dossier(work.session, keeper, make_client(work.session, keeper, "恒达机械有限公司"), volumes=3)
        number, barcodes, name = dossier.number or "", [volume.barcode for volume in dossier.volumes], keeper.name
    clerk = Colleague(browser, served, "keeper", language)
    page, say = clerk.page, clerk.say
    page.goto(f"{served}/labels")
    page.get_by_label(say("Number of a dossier")).fill(number)
    page.get_by_label(say("Number of a dossier")).press("Enter")
    printing = page.get_by_role("region", name=say("To be printed")).get_by_role("link").first
    expect(printing).to_contain_text("3")
    for barcode in barcodes:
        expect(page.get_by_role("cell", name=barcode)).to_be_visible()
    with page.expect_popup():
        printing.press("Enter")
    _check(page)
    shoot(page, f"labels-volumes-{language}")
    page.get_by_role("link", name=say("Cards"), exact=True).click()
    page.get_by_label(say("Single people")).select_option(label=name)
    page.get_by_role("button", name=say("Show what would be printed")).click()
    expect(page.get_by_role("cell", name=name)).to_be_visible()
    _check(page)
    shoot(page, f"labels-cards-{language}")
    page.goto(f"{served}/labels/places?within=nowhere&first=99")
    expect(page.get_by_role("alert")).to_be_visible()
    _check(page)
    shoot(page, f"labels-places-{language}")
    page.goto(f"{served}/people/1")
    shoot(page, f"labels-person-{language}")
    clerk.leave()


def _check(page: Any) -> None:
    assert page.evaluate(UNNAMED) == []
    assert page.evaluate(TWICE) == []
    page.set_viewport_size({"width": 390, "height": 860})
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    page.set_viewport_size({"width": 1280, "height": 860})
