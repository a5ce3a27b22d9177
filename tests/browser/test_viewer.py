"""The viewer in a real browser: pages, hits, zoom, turning, full screen; by mouse, keys and fingers."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from portal.accounts.models import Person
from portal.documents.boxes import packed
from portal.documents.models import Document, DocumentVersion, Page
from portal.documents.reading.results import TextBox
from portal.documents.routes.pages import COUNTED_AT_ONCE
from tests.browser.people import Colleague
from tests.browser.viewer_letter import file_letter, loaded
from tests.factories import make_document
from tests.web.documents_world import LETTER, pdf, trail_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LONG = "castings here " + "and nothing else " * 50


@pytest.fixture
def document(app: Any, parts: Any, queues: Any) -> int:
    return file_letter(app, parts, queues)


@pytest.fixture
def amparo(document: int, served: str, browser: Any) -> Any:
    colleague = Colleague(browser, served, "amparo", "en")
    yield colleague
    colleague.leave()


def looks(parts: Any, action: str = "page:look") -> list[int]:
    return [entry.details["page"] for entry in trail_of(parts, action)]


def test_pages_turn_in_place_and_the_next_is_there_already(amparo: Colleague, parts: Any, document: int) -> None:
    page = amparo.page
    with page.expect_response(lambda answer: "/pages/2/image" in answer.url):
        amparo.open(f"/documents/{document}/pages/1")
    loaded(page)
    expect(page.get_by_role("img", name="Image of page 1")).to_be_visible()
    page.evaluate("window.stillHere = true")
    asked: list[str] = []
    with page.expect_response(lambda answer: "/pages/3/image" in answer.url):
        page.on("request", lambda request: asked.append(request.url))
        page.get_by_role("link", name="Next page").click()
        expect(page.get_by_role("img", name="Image of page 2")).to_be_visible()
    expect(page).to_have_url(re.compile("/pages/2$"))
    expect(page.get_by_role("status").filter(has_text="Page 2 of 5")).to_be_attached()
    assert not [url for url in asked if "/pages/2/image" in url], "the image was fetched ahead"
    expect(page.get_by_role("link", name="Page 2", exact=True)).to_have_attribute("aria-current", "page")
    page.go_back()
    expect(page.get_by_role("img", name="Image of page 1")).to_be_visible()
    assert page.evaluate("window.stillHere"), "the page was never loaded anew"
    assert looks(parts) == [1, 2, 1], "one entry for each look, none for images, thumbnails and what is fetched ahead"
    assert set(looks(parts, "page:send_ahead")) == {2, 3}


def test_hits_are_boxed_and_walked_through(amparo: Colleague, parts: Any, document: int, shoot: Any) -> None:
    page = amparo.page
    amparo.open(f"/documents/{document}/pages/1?q=castings")
    loaded(page)
    hits = page.get_by_role("navigation", name="Hits")
    expect(hits).to_contain_text("Hit 1 of 4")
    current = page.locator("rect.current")
    expect(current).to_have_count(1)
    box, image = current.bounding_box(), page.locator("#page-image").bounding_box()
    assert image["x"] < box["x"] < box["x"] + box["width"] < image["x"] + image["width"]
    assert is_over_ink(page, box)
    expect(page.get_by_role("link", name="Page 2 2 hits")).to_be_visible()
    shoot(page, "viewer-hits")
    page.keyboard.press("n")
    expect(hits).to_contain_text("Hit 2 of 4")
    expect(page.get_by_role("img", name="Image of page 2")).to_be_visible()
    before = looks(parts)
    hits.get_by_role("link", name="Next hit").click()
    expect(hits).to_contain_text("Hit 3 of 4")
    expect(page).to_have_url(re.compile("/pages/2.*hit=3"))
    expect(page.locator("rect.current")).to_have_attribute("data-hit", "3")
    expect(page.locator("mark.current")).to_have_attribute("data-hit", "3")
    assert looks(parts) == before, "another hit on the same page is no new look"
    page.keyboard.press("n")
    expect(hits).to_contain_text("Hit 4 of 4")
    expect(page.get_by_role("img", name="Image of page 4")).to_be_visible()
    expect(hits.get_by_role("link", name="Next hit")).to_have_count(0)
    page.keyboard.press("p")
    expect(hits).to_contain_text("Hit 3 of 4")
    page.get_by_role("link", name="Page 3", exact=True).click()
    expect(hits).to_contain_text("4 hits, none on this page")
    page.keyboard.press("n")
    expect(hits).to_contain_text("Hit 4 of 4")


def is_over_ink(page: Any, box: dict[str, float]) -> bool:
    """Whether letters stand inside a place of the screen: drawn on a canvas from the image itself."""
    return bool(
        page.evaluate(
            """box => {
              const image = document.getElementById("page-image");
              const place = image.getBoundingClientRect();
              const scale = image.naturalWidth / place.width;
              const canvas = new OffscreenCanvas(Math.ceil(box.width * scale), Math.ceil(box.height * scale));
              const pen = canvas.getContext("2d");
              pen.drawImage(image, (place.x - box.x) * scale, (place.y - box.y) * scale);
              const dots = pen.getImageData(0, 0, canvas.width, canvas.height).data;
              let dark = 0;
              for (let at = 0; at < dots.length; at += 4) dark += dots[at] < 90;
              return dark > 0.04 * dots.length / 4;
            }""",
            box,
        )
    )


def test_zoom_keeps_the_watermark_and_fetches_more_pixels(amparo: Colleague, parts: Any, document: int) -> None:
    page = amparo.page
    amparo.open(f"/documents/{document}/pages/1")
    loaded(page)
    width = "document.querySelector('.sheet').clientWidth"
    fitted = page.evaluate(width)
    page.keyboard.press("h")
    expect(page.get_by_role("button", name="Fit page")).to_have_attribute("aria-pressed", "true")
    stage = page.get_by_role("region", name="Image of the page")
    assert stage.evaluate("it => it.scrollHeight <= it.clientHeight + 1"), "the whole page is seen"
    assert page.evaluate(width) < fitted
    page.keyboard.press("0")
    expect(page.get_by_label("Zoom level")).to_have_text("100 %")
    assert page.evaluate(width) == 1400
    with page.expect_response(lambda answer: "width=2400" in answer.url) as answer:
        page.get_by_role("button", name="Zoom in").click()
        page.keyboard.press("+")
    assert answer.value.ok and "look=" in answer.value.url
    expect(page.locator("#page-image")).to_have_js_property("naturalWidth", 2400)
    expect(page.get_by_label("Zoom level")).to_have_text("156 %")
    expect(page.get_by_role("img", name="Image of page 1")).to_be_visible()
    page.keyboard.press("-")
    expect(page.get_by_label("Zoom level")).to_have_text("125 %")
    page.keyboard.press("w")
    expect(page.get_by_role("button", name="Fit width")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate(width) == fitted
    assert looks(parts) == [1], "zooming is the same look"


def test_a_page_is_turned_for_everybody_with_its_boxes(
    amparo: Colleague, browser: Any, served: str, parts: Any, document: int, shoot: Any
) -> None:
    page = amparo.page
    amparo.open(f"/documents/{document}/pages/2?q=castings")
    loaded(page)
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile("hit=3"))
    page.keyboard.press("r")
    expect(page.locator(".sheet")).to_have_attribute("data-own", re.compile("turn=90"))
    loaded(page)
    assert page.locator("#page-image").evaluate("it => it.naturalWidth > it.naturalHeight")
    box = page.locator("rect.current").bounding_box()
    assert box["height"] > box["width"] and is_over_ink(page, box)
    expect(page.get_by_role("navigation", name="Hits")).to_contain_text("Hit 3 of 4")
    thumbnail = page.get_by_role("link", name="Page 2 2 hits").get_by_role("img")
    lying = "image => image.complete && image.naturalWidth > image.naturalHeight"
    page.wait_for_function(lying, arg=thumbnail.element_handle())
    shoot(page, "viewer-turned")
    colleague = Colleague(browser, served, "clerk", "en")
    colleague.open(f"/documents/{document}/pages/2")
    loaded(colleague.page)
    assert colleague.page.locator("#page-image").evaluate("it => it.naturalWidth > it.naturalHeight")
    colleague.page.get_by_role("button", name="Turn left").click()
    expect(colleague.page.locator(".sheet")).to_have_attribute("data-own", re.compile("turn=0"))
    colleague.leave()
    assert [entry.details["rotation"] for entry in trail_of(parts, "page:turn")] == [90, 0]


CONTRAST = """button => {
  const light = colour => {
    const parts = colour.match(/[\\d.]+/g).slice(0, 3).map(it => it / 255);
    const [r, g, b] = parts.map(it => it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const style = getComputedStyle(button);
  if (style.backgroundColor === "rgba(0, 0, 0, 0)" || button.getAnimations().length) return 0;
  const [dark, bright] = [light(style.color), light(style.backgroundColor)].sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_buttons_are_readable_under_the_mouse(amparo: Colleague, document: int, theme: str) -> None:
    page = amparo.page
    page.emulate_media(color_scheme=theme)
    amparo.open(f"/documents/{document}/pages/1")
    loaded(page)
    assert page.locator("html").get_attribute("data-bs-theme") == theme
    for name, pressed in (("Fit width", "true"), ("Fit page", "false")):
        button = page.get_by_role("button", name=name)
        expect(button).to_have_attribute("aria-pressed", pressed)
        for act in (button.hover, page.mouse.down):
            act()
            page.wait_for_function(f"button => ({CONTRAST})(button) >= 4.5", arg=button.element_handle())
        page.mouse.move(0, 0)
        page.mouse.up()


def test_keys_are_shown_and_letters_can_be_switched_off(amparo: Colleague, document: int) -> None:
    page = amparo.page
    amparo.open(f"/documents/{document}/pages/1")
    loaded(page)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Use keys that are single letters and signs").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("0")
    page.keyboard.press("PageDown")
    expect(page.get_by_role("img", name="Image of page 2")).to_be_visible()
    expect(page.get_by_role("button", name="Fit width")).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Go to page").fill("5")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.get_by_role("img", name="Image of page 5")).to_be_visible()
    expect(page.get_by_role("button", name="Go", exact=True)).to_be_focused()
    page.keyboard.press("PageUp")
    expect(page.get_by_role("img", name="Image of page 4")).to_be_visible()


def test_full_screen_and_back(amparo: Colleague, document: int) -> None:
    page = amparo.page
    amparo.open(f"/documents/{document}/pages/1")
    loaded(page)
    page.keyboard.press("f")
    expect(page.get_by_role("button", name="Full screen")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("img", name="Image of page 2")).to_be_visible()
    assert page.evaluate("document.fullscreenElement.id") == "viewer", "turning a page stays in full screen"
    assert page.get_by_role("region", name="Image of the page").bounding_box()["height"] > 600
    page.keyboard.press("f")
    expect(page.get_by_role("button", name="Full screen")).to_have_attribute("aria-pressed", "false")


def test_without_scripts_everything_is_a_link(document: int, served: str, browser: Any) -> None:
    amparo = Colleague(browser, served, "amparo", "en", java_script_enabled=False)
    page = amparo.page
    amparo.open(f"/documents/{document}/pages/1?q=castings")
    expect(page.get_by_role("navigation", name="Hits")).to_contain_text("Hit 1 of 4")
    expect(page.locator("rect.current")).to_have_count(1)
    expect(page.get_by_role("button", name="Zoom in")).to_be_hidden()
    amparo.follow("Next hit")
    amparo.follow("Next hit")
    expect(page.get_by_role("navigation", name="Hits")).to_contain_text("Hit 3 of 4")
    amparo.press("Turn right")
    expect(page.get_by_role("navigation", name="Hits")).to_contain_text("Hit 3 of 4")
    amparo.follow("Next page")
    expect(page.get_by_role("navigation", name="Pages")).to_contain_text("Page 3 of 5")
    amparo.leave()


def test_hits_of_a_long_document_come_after_its_page(amparo: Colleague, parts: Any) -> None:
    """The file is missing as well: boxes, text and the way through the hits are there all the same."""
    with parts.writing() as work:
        here = work.session.get(Document, 1)
        by = work.session.get(Person, here.filed_by_id)
        long = make_document(work.session, by, here.dossier, *[LONG] * 70)
        long.versions[0].pages[64].boxes = packed([TextBox(0.1, 0.1, 0.5, 0.2, "castings here")])
        assert len(LONG) * 70 > COUNTED_AT_ONCE
        address = f"/documents/{long.id}/pages/65?q=castings"
    page = amparo.page
    amparo.open(address)
    hits = page.get_by_role("navigation", name="Hits")
    expect(hits).to_contain_text("Hit 65 of 70")
    expect(page.locator("rect.current")).to_have_attribute("data-hit", "65")
    expect(page.locator("mark.current")).to_have_attribute("data-hit", "65")
    expect(page.get_by_role("link", name="Page 66 1 hit")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Hit 65 of 70")).to_be_attached()
    page.keyboard.press("n")
    expect(hits).to_contain_text("Hit 66 of 70")


def test_a_file_without_page_images_is_read_as_text(amparo: Colleague, parts: Any, shoot: Any) -> None:
    with parts.writing() as work:
        here = work.session.get(Document, 1)
        by = work.session.get(Person, here.filed_by_id)
        note = make_document(work.session, by, here.dossier, LETTER * 30, LETTER)
        note.versions[0].file_kind = "docx"
        address = f"/documents/{note.id}/pages/1?q=castings"
    page = amparo.page
    amparo.open(address)
    hits = page.get_by_role("navigation", name="Hits")
    for number in (1, 2, 3):
        expect(hits).to_contain_text(f"Hit {number} of 31")
        expect(page.locator("mark.current")).to_have_attribute("data-hit", str(number))
        page.keyboard.press("n")
    shoot(page, "viewer-text")
    page.keyboard.press("PageDown")
    expect(hits).to_contain_text("Hit 31 of 31")
    expect(page.get_by_role("region", name="Image of the page")).to_have_count(0)


def test_versions_scroll_side_by_side(
    amparo: Colleague, app: Any, parts: Any, queues: Any, document: int, shoot: Any
) -> None:
    better = parts.store.put(io.BytesIO(pdf(*[LETTER.replace("forty", "sixty")] * 3)))
    with parts.writing() as work:
        old = work.session.get(DocumentVersion, 1)
        work.session.add(
            DocumentVersion(
                document_id=document,
                number=2,
                content_key=better.key,
                file_name="better.pdf",
                file_kind="pdf",
                byte_size=1,
                page_count=3,
                state="read",
                added_at=old.added_at,
                added_by_id=old.added_by_id,
                pages=[Page(number=number, state="read", source="embedded", text=LETTER) for number in (1, 2, 3)],
            )
        )
    page = amparo.page
    amparo.open(f"/documents/{document}/pages/2")
    amparo.follow("Compare versions")
    left = page.get_by_role("region", name="Image of version 1")
    right = page.get_by_role("region", name="Image of version 2")
    for side in (left, right):
        expect(side.get_by_role("img")).to_have_js_property("complete", True)
    expect(page.get_by_role("navigation", name="Pages")).to_contain_text("Page 2 of 5")
    shoot(page, "viewer-compare")
    page.get_by_role("button", name="Actual size").click()
    left.hover()
    page.mouse.wheel(120, 300)
    page.wait_for_function(
        "() => { const [a, b] = document.querySelectorAll('.stage');"
        " return a.scrollTop > 100 && Math.abs(a.scrollTop - b.scrollTop) < 3 && a.scrollLeft === b.scrollLeft; }"
    )
    page.goto(f"{amparo.address}/documents/{document}/compare?left=1&right=2&page=5")
    assert amparo.sees("This version has no page 5.")
    assert looks(parts) == [2, 2, 2, 5]
