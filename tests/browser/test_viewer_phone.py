"""The viewer on a phone: fingers, and tools that leave room for the page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from portal.accounts.models import Person
from tests.browser.people import Colleague
from tests.browser.viewer_letter import file_letter, loaded

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LONG = "castings here " + "and nothing else " * 50


@pytest.fixture
def document(app: Any, parts: Any, queues: Any) -> int:
    return file_letter(app, parts, queues)


def test_fingers_swipe_and_pinch(document: int, served: str, browser: Any, shoot: Any) -> None:
    amparo = Colleague(browser, served, "amparo", "en", has_touch=True, viewport={"width": 390, "height": 860})
    page = amparo.page
    amparo.open(f"/documents/{document}/pages/1")
    loaded(page)
    hand = amparo.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    place = page.get_by_role("region", name="Image of the page").bounding_box()
    y = place["y"] + place["height"] / 2
    touch("touchStart", (300, y))
    for x in (250, 180, 90):
        touch("touchMove", (x, y))
    touch("touchEnd")
    expect(page.get_by_role("img", name="Image of page 2")).to_be_visible()
    loaded(page)
    before = page.evaluate("document.querySelector('.sheet').clientWidth")
    touch("touchStart", (180, y), (220, y))
    for apart in (30, 60, 90):
        touch("touchMove", (200 - apart, y), (200 + apart, y))
    touch("touchEnd")
    fit_width = page.get_by_role("button", name="Fit width", include_hidden=True)
    expect(fit_width).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("document.querySelector('.sheet').clientWidth") > 2 * before
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    expect(page.get_by_role("img", name="Image of page 2")).to_be_visible()
    amparo.leave()


@pytest.mark.parametrize("language", ["en", "es", "zh"])
def test_on_a_phone_the_tools_take_two_rows(
    parts: Any, document: int, served: str, browser: Any, shoot: Any, language: str
) -> None:
    with parts.writing() as work:
        work.session.query(Person).filter_by(login="amparo").one().language = language
    amparo = Colleague(browser, served, "amparo", language, viewport={"width": 390, "height": 860})
    page, say = amparo.page, amparo.say
    amparo.open(f"/documents/{document}/pages/2?q=castings")
    loaded(page)
    bar = page.locator(".viewer-bar")
    expect(bar.get_by_role("link", name=say("Next hit"))).to_be_visible()
    assert bar.bounding_box()["height"] <= 2 * 40 + 30
    more = bar.locator("summary")
    shown = [*bar.get_by_role("link").all(), *bar.get_by_role("button").all(), more]
    names = ("Previous page", "Next page", "Previous hit", "Next hit")
    assert len(shown) == len(names) + 3
    for target in shown:
        box = target.bounding_box()
        assert box["width"] >= 40 and box["height"] >= 40 and box["x"] + box["width"] <= 390
    for name in names:
        expect(bar.get_by_role("link", name=say(name))).to_be_visible()
    expect(page.get_by_role("button", name=say("Turn right"))).to_be_hidden()
    more.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name=say("Turn right")).click()
    expect(page.locator(".sheet")).to_have_attribute("data-own", re.compile("turn=90"))
    page.get_by_role("button", name=say("Fit page")).focus()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name=say("Fit page"))).to_be_hidden()
    expect(more).to_be_focused()
    more.click()
    page.locator("h1").click(position={"x": 300, "y": 5})
    expect(page.get_by_role("button", name=say("Fit page"))).to_be_hidden()
    page.set_viewport_size({"width": 1280, "height": 860})
    expect(page.get_by_role("button", name=say("Fit page"))).to_be_visible()
    shoot(page, f"viewer-{language}")
    amparo.leave()
