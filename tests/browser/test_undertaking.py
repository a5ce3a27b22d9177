"""The undertaking in a browser: written, approved, read and accepted in three languages, by keyboard and on a phone."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from portal.core.permissions import Role
from tests.browser.conftest import SHOTS
from tests.browser.people import Colleague, Words
from tests.browser.test_pages import TWICE, UNNAMED
from tests.factories import PASSWORD, make_person
from tests.undertaking_world import House

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LANGUAGES = ("en", "es", "zh")
NARROW = {"width": 360, "height": 780}


def make_house(parts: Any, clock: Any, *, in_force: bool) -> None:
    """One person for each language, the two who make rules, and somebody with a breach."""
    clock.put(datetime(2026, 3, 2, 2, 0, tzinfo=UTC))
    with parts.writing() as work:

        def unit(actor: Any = None) -> Any:
            return parts.unit(work.session, actor)

        house = House(work.session, unit)
        for language in LANGUAGES:
            house.person(login=f"reader-{language}", name=f"Reader {language}", language=language)
            roles = (Role.RECORDS_MANAGER, Role.GENERAL_MANAGER, Role.ADMINISTRATOR)
            make_person(work.session, house.board, *roles, login=f"both-{language}", language=language)
        if in_force:
            house.in_force()


def check(page: Any, name: str) -> None:
    """Nothing wider than the phone, every control named, no id twice; and a picture at both widths to look at."""
    SHOTS.mkdir(exist_ok=True)
    page.evaluate("document.querySelectorAll('details').forEach(it => { it.open = true; })")
    assert page.evaluate(UNNAMED) == []
    assert page.evaluate(TWICE) == []
    assert page.locator("h1").count() == 1
    for size, suffix in ((NARROW, "360"), ({"width": 1280, "height": 860}, "desktop")):
        page.set_viewport_size(size)
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{name} is {wide} px too wide at {size['width']}"
        page.screenshot(path=SHOTS / f"undertaking-{name}-{suffix}.png", full_page=True)


def log_in_held(browser: Any, served: str, login: str, language: str, **options: Any) -> Any:
    """Log in as somebody who is led to the rules; returns their page."""
    say = Words(language)
    locale = {"en": "en-GB", "es": "es-ES", "zh": "zh-CN"}[language]
    page = browser.new_context(locale=locale, **options).new_page()
    page.goto(f"{served}/loans")
    page.get_by_label(say("Log-in name")).first.fill(login)
    page.get_by_label(say("Password")).first.fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/undertaking\?next=/loans$"))
    return page


@pytest.mark.parametrize("language", LANGUAGES)
def test_read_and_accepted_on_a_phone(browser: Any, served: str, parts: Any, clock: Any, language: str) -> None:
    make_house(parts, clock, in_force=True)
    say = Words(language)
    page = log_in_held(browser, served, f"both-{language}", language, viewport=NARROW, has_touch=True)
    expect(page.get_by_role("heading", level=1, name=say("Confidentiality undertaking"))).to_be_visible()
    lang = {"zh": "zh-Hans"}.get(language, language)
    expect(page.locator(f"div.undertaking[lang={lang}]")).to_be_visible()
    check(page, f"{language}-held")
    page.set_viewport_size(NARROW)
    button = page.get_by_role("button", name=say("Accept the rules"))
    button.tap()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(
        say("Please tick this box once you have read the rules. Without it nothing is accepted.")
    )
    check(page, f"{language}-not-ticked")
    page.set_viewport_size(NARROW)
    page.get_by_label(say("I have read these rules, and I accept them.")).check()
    button.tap()
    page.wait_for_url(f"{served}/loans")
    expect(page.get_by_role("status").first).to_be_visible()
    for path, name in (
        ("/undertaking", "accepted"),
        ("/undertaking/versions", "versions"),
        ("/undertaking/versions/1", "version"),
        ("/undertaking/acceptances/1", "confirmation"),
        ("/undertaking/draft", "draft"),
        ("/undertaking/decide", "nothing-to-decide"),
        ("/undertaking/people", "people"),
        ("/undertaking/breaches", "no-breaches"),
        ("/undertaking/breaches/new", "new-breach"),
    ):
        answer = page.goto(f"{served}{path}")
        assert answer.status == 200, path
        check(page, f"{language}-{name}")
    page.context.close()


def test_with_the_keyboard_alone(browser: Any, served: str, parts: Any, clock: Any) -> None:
    make_house(parts, clock, in_force=True)
    page = log_in_held(browser, served, "reader-en", "en")
    box = page.get_by_role("checkbox", name="I have read these rules, and I accept them.")
    for _ in range(20):
        page.keyboard.press("Tab")
        if box.evaluate("it => it === document.activeElement"):
            break
    page.keyboard.press("Space")
    expect(box).to_be_checked()
    page.keyboard.press("Enter")
    page.wait_for_url("**/loans")
    page.context.close()


def test_from_the_first_draft_to_a_breach_that_is_settled(browser: Any, served: str, parts: Any, clock: Any) -> None:
    make_house(parts, clock, in_force=False)
    mei, carmen = Colleague(browser, served, "mei", "en"), Colleague(browser, served, "carmen", "en")
    mei.follow("House rules")
    check(mei.page, "nothing-yet")
    mei.follow("Write a new version")
    check(mei.page, "first-draft")
    expect(mei.page.get_by_label("Español")).to_have_value(re.compile("Los expedientes de nuestros clientes"))
    mei.press("Save the draft")
    mei.press("Send for approval")
    expect(mei.page.get_by_text("Waiting for approval")).to_be_visible()
    check(mei.page, "sent-draft")
    carmen.open("/inbox")
    carmen.follow("A confidentiality undertaking waits for your approval")
    carmen.follow("A new version waits for your approval")
    check(carmen.page, "decide")
    carmen.page.get_by_label("What is to be changed").fill("Say something about telephones.")
    carmen.press("Send the draft back")
    mei.open("/undertaking/draft")
    expect(mei.page.get_by_text("Say something about telephones.")).to_be_visible()
    mei.press("Send for approval")
    carmen.open("/undertaking/decide")
    carmen.press("Approve this version")
    expect(carmen.page.get_by_text("Before you go on, please read these rules")).to_be_visible()
    for colleague in (carmen, mei):
        colleague.open("/undertaking/people")
        colleague.page.get_by_label("I have read these rules, and I accept them.").check()
        colleague.press("Accept the rules")
    expect(mei.page.get_by_role("heading", name="Who has not accepted")).to_be_visible()
    check(mei.page, "who-has-not")
    mei.follow("Information Department")
    expect(mei.page.get_by_role("cell", name="Reader es", exact=True)).to_be_visible()
    mei.open("/undertaking/breaches/new")
    mei.page.get_by_label("Person").select_option(label="Reader es")
    mei.page.get_by_label("What was done").select_option(label="Passed on to somebody")
    mei.fill("Day it happened", "2026-02-27")
    mei.fill("What happened", "A price list was read out on the telephone.")
    mei.press("Record the breach")
    mei.fill("What was done about it", "A talk with the head; the client was told.")
    check(mei.page, "breach-open")
    mei.press("Note it")
    mei.press("Close this breach")
    expect(mei.page.get_by_text("The breach is closed.")).to_be_visible()
    check(mei.page, "breach-closed")
    mei.open("/undertaking/breaches?show=all")
    check(mei.page, "breaches")
    carmen.leave()
    mei.leave()
