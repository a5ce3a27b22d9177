"""A records clerk goes through the pages to check: corrects one beside its image, and finds it at once."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from playwright.sync_api import expect

from portal.core.fonts import sans_path
from portal.documents.models import Page, ReadingState
from tests.browser.people import Colleague
from tests.web.documents_world import LETTER, Visitor, make_world, only_document, pdf, upload

LINES = (
    "HENGDA MACHINERY CO.    WAYBILL No. HT-2026-0042",
    "We confirm the delivery of forty castings on the",
    "second of March. 恒达机械有限公司 发货通知",
    "Please return the signed copy with the sheets.",
)


def scan() -> bytes:
    """Two pages as a bad fax sends them."""
    sheets = []
    for number in range(2):
        sheet = Image.new("L", (1100, 1500), 240)
        pen, font = ImageDraw.Draw(sheet), ImageFont.truetype(str(sans_path()), 34)
        for row, line in enumerate(LINES):
            pen.text((90, 140 + 70 * row + 200 * number), line, font=font, fill=60)
        sheets.append(sheet.filter(ImageFilter.GaussianBlur(1.2)))
    data = io.BytesIO()
    sheets[0].save(data, "TIFF", save_all=True, append_images=sheets[1:])
    return data.getvalue()


@pytest.fixture
def fax(app: Any, parts: Any, queues: Any) -> int:
    """A document of two pages; of the first recognition was not sure, the second could not be read.

    Made before the browser: the test client cannot work beside Playwright's loop.
    """
    world = make_world(parts)
    upload(Visitor(app, "clerk"), world.general, ("fax.tif", scan()), subject="Waybill of Hengda", kind="fax")
    queues.work_until_idle()
    with parts.writing() as work:
        first, second = work.session.query(Page).order_by(Page.number)
        first.confidence, first.text = 0.61, "forty castngs"
        second.state = second.version.state = ReadingState.FAILED
        second.reason, second.text, second.source = "Reading the file takes more time than is allowed.", "", None
    return only_document(parts)


def look_closely(page: Any) -> None:
    """Zoom into the image of the page, and turn it twice."""
    image = page.locator("#page-image")
    expect(image).to_have_js_property("complete", True)
    page.get_by_role("button", name="Actual size").click()
    expect(page.get_by_label("Zoom level")).to_have_text("100 %")
    page.get_by_role("button", name="Zoom in").click()
    expect(page.get_by_label("Zoom level")).to_have_text("125 %")
    for name, lies in (("Turn right", True), ("Turn left", False)):
        page.get_by_role("button", name=name).click()
        page.wait_for_function(
            "lies => { const it = document.getElementById('page-image');"
            " return it.complete && (it.naturalWidth > it.naturalHeight) === lies; }",
            arg=lies,
        )
        expect(page.get_by_role("button", name=name)).to_be_focused()


@pytest.mark.browser
def test_a_page_is_corrected_beside_its_image(fax: int, queues: Any, served: str, browser: Any, shoot: Any) -> None:
    clerk = Colleague(browser, served, "clerk", "en")
    clerk.follow("Pages to check")
    shoot(clerk.page, "pages-to-check")
    expect(clerk.page.get_by_role("row")).to_have_count(3)
    clerk.follow("Waybill of Hengda, page 1")
    expect(clerk.page.get_by_role("img", name="Image of page 1")).to_be_visible()
    text = clerk.page.get_by_label("Text of the page")
    expect(text).to_have_value("forty castngs")
    shoot(clerk.page, "correct-text")
    text.fill("forty hexagonal castings")
    look_closely(clerk.page)
    expect(text).to_have_value("forty hexagonal castings")
    clerk.press("Save the text")
    expect(clerk.page.get_by_role("status")).to_contain_text("The text of page 1 is saved")
    expect(clerk.page.get_by_role("row")).to_have_count(2)
    queues.work_until_idle()
    clerk.search("hexagonal")
    expect(clerk.page.get_by_role("main")).to_contain_text("Waybill of Hengda")
    clerk.open(f"/documents/{fax}/pages/1/text")
    shoot(clerk.page, "corrected-text")
    expect(clerk.page.get_by_role("main")).to_contain_text("Corrected by a person")
    clerk.leave()


@pytest.mark.browser
def test_a_better_scan_is_added(fax: int, queues: Any, served: str, browser: Any, shoot: Any) -> None:
    clerk = Colleague(browser, served, "clerk", "en")
    clerk.open(f"/documents/{fax}")
    clerk.follow("Add a better scan")
    shoot(clerk.page, "better-scan")
    better = {"name": "better.pdf", "mimeType": "application/pdf", "buffer": pdf(LETTER)}
    clerk.page.get_by_label("File", exact=True).set_input_files(better)
    clerk.press("Add this version")
    expect(clerk.page.get_by_role("status")).to_contain_text("Version 2 is added")
    queues.work_until_idle()
    clerk.open(f"/documents/{fax}")
    expect(clerk.page.get_by_role("main")).to_contain_text("shown and searched")
    shoot(clerk.page, "document-versions")
    clerk.follow("Open its pages")
    expect(clerk.page.get_by_role("img", name="Image of page 1")).to_be_visible()
    expect(clerk.page.get_by_role("main")).to_contain_text("its text is not searched")
    shoot(clerk.page, "old-version")
    clerk.leave()
