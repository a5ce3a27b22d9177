"""A borrower asks for several dossiers and for somebody from outside; a head decides with one key, also on a phone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.accounts.models import Person
from portal.core.permissions import Level, Role
from portal.dossiers.models import Dossier
from portal.lending.models import RequestLine
from portal.lending.states import LineState
from tests.browser.people import Colleague
from tests.browser.test_pages import TWICE, UNNAMED
from tests.factories import make_client, make_department, make_dossier, make_grant, make_person
from tests.web.documents_world import pdf

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def numbers(parts: Any) -> list[str]:
    """The numbers of four dossiers; ana asks, wei signs, rosa keeps the records."""
    with parts.writing() as work:
        session = work.session
        sales, records = make_department(session, "Sales"), make_department(session, "Information Department")
        make_person(session, sales, login="ana", name="Ana Ruiz")
        make_person(session, sales, login="wei", name="魏建国", head=True)
        rosa = make_person(session, records, Role.RECORDS_MANAGER, Role.CLERK, login="rosa", name="Rosa Marin")
        client = make_client(session, rosa, "恒达机械有限公司")
        made = [make_dossier(session, rosa, client, volumes=2) for _ in range(3)]
        made.append(make_dossier(session, rosa, client, level=Level.IMPORTANT))
        return [row.number or "" for row in made]


def states(parts: Any) -> list[LineState]:
    with parts.looking() as work:
        return list(work.session.scalars(select(RequestLine.state).order_by(RequestLine.id)))


def check(page: Any) -> None:
    """What every page must be: controls with names, ids used once, no wider than a phone."""
    assert page.evaluate(UNNAMED) == []
    assert page.evaluate(TWICE) == []
    page.set_viewport_size({"width": 390, "height": 860})
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    page.set_viewport_size({"width": 1280, "height": 860})


def test_several_are_asked_for_and_decided_with_one_key(
    browser: Any, served: str, parts: Any, numbers: list[str], shoot: Any
) -> None:
    ana = Colleague(browser, served, "ana", "en")
    ana.open("/dossiers")
    for number in numbers[:2]:
        ana.page.get_by_label(f"Mark {number}").check()
    check(ana.page)
    shoot(ana.page, "asking-register")
    ana.press("Ask for the chosen dossiers")
    check(ana.page)
    shoot(ana.page, "asking-chosen")
    ana.follow("Ask to borrow")
    ana.fill("Add dossiers by number", " ".join(numbers[2:]))
    ana.press("Add")
    for label in ("What you are looking for", "Purpose", "Reason"):
        ana.fill(label, f"{label} of the talks in May")
    check(ana.page)
    shoot(ana.page, "asking-several")
    ana.press("Ask to borrow")
    expect(ana.page.get_by_text("The request is sent.")).to_be_visible()
    ana.leave()

    wei = Colleague(browser, served, "wei", "en")
    wei.open("/requests")
    wei.follow("Decide them one after the other")
    rows = wei.page.locator("[data-decide]")
    expect(rows).to_have_count(4)
    expect(rows.nth(0)).to_be_focused()
    check(wei.page)
    shoot(wei.page, "deciding-list")
    with wei.page.expect_navigation():
        wei.page.keyboard.press("a")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_be_focused()
    wei.page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    wei.page.keyboard.press("r")
    expect(rows.nth(1).get_by_label("Comment")).to_be_focused()
    wei.page.keyboard.type("already answered")
    with wei.page.expect_navigation():
        wei.page.keyboard.press("Enter")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_be_focused()
    wei.page.keyboard.press("k")
    wei.page.set_viewport_size({"width": 390, "height": 860})
    rows.nth(0).get_by_label("Volume 2").check()
    with wei.page.expect_navigation():
        rows.nth(0).get_by_role("button", name="Approve").click()
    expect(rows).to_have_count(1)
    wei.leave()
    assert states(parts) == [LineState.READY, LineState.READY, LineState.REJECTED, LineState.SUBMITTED]


def test_an_outside_reader_is_announced_and_their_papers_looked_at(
    browser: Any, served: str, numbers: list[str], shoot: Any, tmp_path: Path
) -> None:
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(pdf("We introduce Ignacio Soler, who studies the trade in castings at our university."))
    ana = Colleague(browser, served, "ana", "en")
    ana.open(f"/requests/outside/new?numbers={numbers[0]}")
    ana.fill("Name of the outside reader", "Ignacio Soler")
    ana.fill("Organisation", "University of Cuenca")
    ana.fill("Day of the visit", "2026-03-04")
    for label in ("What you are looking for", "Purpose", "Reason"):
        ana.fill(label, "A study of the trade in castings")
    check(ana.page)
    shoot(ana.page, "asking-outside")
    ana.page.get_by_label("Letter of introduction").set_input_files(letter)
    ana.page.get_by_label("Identity document").set_input_files(letter)
    ana.press("Send the request")
    expect(ana.page.get_by_text("Ignacio Soler, University of Cuenca")).to_be_visible()
    check(ana.page)
    shoot(ana.page, "outside-request")
    ana.leave()
    wei = Colleague(browser, served, "wei", "en")
    wei.open("/requests/decide")
    shoot(wei.page, "deciding-outside")
    wei.page.get_by_role("link", name=re.compile(r"^Request \d+$")).click()
    wei.page.get_by_role("link", name="Letter of introduction").click()
    picture = wei.page.get_by_role("img", name="Page 1 of 1")
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") > 500
    check(wei.page)
    shoot(wei.page, "outside-paper")
    wei.leave()


def test_the_records_manager_looks_after_grants(
    browser: Any, served: str, parts: Any, numbers: list[str], shoot: Any
) -> None:
    with parts.writing() as work:
        people = {row.login: row for row in work.session.scalars(select(Person))}
        dossier = work.session.scalars(select(Dossier).where(Dossier.number == numbers[0])).one()
        make_grant(work.session, people["ana"], dossier, people["wei"], work.today)
    rosa = Colleague(browser, served, "rosa", "en")
    rosa.open("/requests")
    rosa.follow("Reading grants")
    expect(rosa.page.get_by_role("cell", name="none yet")).to_be_visible()
    check(rosa.page)
    shoot(rosa.page, "grants")
    rosa.follow("Ana Ruiz")
    check(rosa.page)
    shoot(rosa.page, "grant")
    rosa.fill("Reason", "The talks are over")
    rosa.press("Take the grant back")
    expect(rosa.page.get_by_text("taken back by the records manager")).to_be_visible()
    shoot(rosa.page, "grant-taken-back")
    rosa.leave()
