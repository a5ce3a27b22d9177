"""A clerk furnishes a room, scans volumes into it and moves a box, with the keyboard and a barcode reader."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from portal.core.permissions import Role
from tests.browser.conftest import SHOTS
from tests.browser.people import Colleague
from tests.factories import make_client, make_dossier, make_person, make_place

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def barcodes(parts: Any) -> list[str]:
    """Two volumes of a client in room A."""
    with parts.writing() as work:
        clerk = make_person(work.session, None, Role.CLERK, login="clerk")
        client = make_client(work.session, clerk, "恒达机械有限公司 Hengda Machinery")
        dossier = make_dossier(work.session, clerk, client, volumes=2, place="A-03-2-14")
        make_place(work.session, "A-03-2-15")
        return [volume.barcode for volume in dossier.volumes]


def test_a_room_is_furnished_and_a_box_is_moved(browser: Any, served: str, barcodes: list[str], shoot: Any) -> None:
    clerk = Colleague(browser, served, "clerk", "en")
    page = clerk.page
    clerk.open("/dossiers")
    clerk.follow("Storage places")
    shoot(page, "places-tree")
    clerk.follow("Add a site or a room")
    page.get_by_label("Kind").select_option(label="Room")
    clerk.fill("Code", "C")
    clerk.fill("Name of the place", "Cellar 地下室")
    page.get_by_label("Name").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("C Cellar 地下室")
    clerk.follow("Add a place in it")
    page.get_by_label("Kind").select_option(label="Shelf")
    clerk.fill("Code", "1")
    shoot(page, "places-add")
    page.get_by_label("Code").press("Enter")
    page.get_by_role("link", name="C-1", exact=True).click()
    expect(page.get_by_label("Barcode of the volume")).to_be_visible()
    page.keyboard.type("NOSUCH1")  # Nothing has the focus: the reader is heard all the same.
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("There is no volume with the barcode NOSUCH1")
    for barcode in barcodes:
        expect(page.get_by_label("Barcode of the volume")).to_have_value("")
        expect(page.get_by_label("Barcode of the volume")).to_be_focused()
        page.keyboard.type(barcode)
        page.keyboard.press("Enter")  # As the barcode reader does.
        expect(page.get_by_text(f"Volume {barcode} is entered at C-1.")).to_be_visible()
    expect(page.get_by_role("link", name=barcodes[1]).first).to_be_visible()
    shoot(page, "places-place")
    page.get_by_text("Move it with everything in it").click()
    clerk.fill("Into which place", "A-03")
    clerk.fill("Reason", "The cellar is damp")
    page.get_by_role("button", name="Move the place").click()
    expect(page.get_by_text("It is now A-03-1, with everything in it.")).to_be_visible()
    clerk.open("/places?place=A-03-1")
    page.get_by_role("link", name=barcodes[0]).first.click()
    expect(page.get_by_text("The place was moved with its contents: C-1 → A-03-1")).to_be_visible()
    expect(page.get_by_text("The cellar is damp")).to_be_visible()
    page.get_by_text("Send it to repair or to scanning").click()
    clerk.fill("What for", "Loose pages")
    shoot(page, "places-volume")
    page.get_by_role("button", name="Send it to scanning").click()
    expect(page.get_by_role("button", name="It is back from scanning")).to_be_visible()
    shoot(page, "places-volume-scanned")
    page.get_by_role("button", name="It is back from scanning").click()
    expect(page.get_by_text("is back. Its place is A-03-1.")).to_be_visible()
    clerk.open("/places?place=A")
    clerk.follow("Shelf list")
    shoot(page, "places-shelf-list")
    expect(page.get_by_role("link", name="Print as PDF")).to_be_visible()
    clerk.leave()


def test_the_tree_is_walked_down_with_the_keyboard_on_a_phone(
    browser: Any, served: str, barcodes: list[str], parts: Any
) -> None:
    with parts.writing() as work:
        for number in range(70):
            make_place(work.session, f"B-01-1-{number + 1}")
    clerk = Colleague(browser, served, "clerk", "en", viewport={"width": 360, "height": 740})
    page = clerk.page
    clerk.open("/places")

    def toggle(path: str) -> Any:
        return page.get_by_role("link", name=f"What is in {path}", exact=True)

    expect(toggle("B-01-1")).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_role("link", name="B-01-1-1", exact=True)).to_have_count(0)
    toggle("B-01-1").focus()
    page.keyboard.press("Enter")
    expect(toggle("B-01-1")).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("link", name="B-01-1-50", exact=True)).to_have_count(1)
    expect(page.get_by_role("link", name="70 places in it; the first are shown, all are on its page")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    page.screenshot(path=SHOTS / "places-tree-360.png")
    toggle("B").focus()
    page.keyboard.press("Enter")
    expect(toggle("B-01")).to_have_count(0)
    clerk.leave()
