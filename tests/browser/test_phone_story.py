"""A borrower and a head with nothing but a phone: asking for several, signing in part, reading, renewing, bringing."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import select

from portal.accounts.models import Person
from portal.core.permissions import Role
from portal.lending import services
from portal.lending.models import Loan, RequestedVolume, RequestLine
from portal.lending.queries import marks_of
from portal.lending.states import LineState, RequestKind
from tests.browser.people import Colleague
from tests.browser.test_pages import TWICE, UNNAMED
from tests.browser.viewer_letter import loaded
from tests.factories import actor, make_client, make_department, make_dossier, make_person
from tests.web.documents_world import Visitor, pdf, upload

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PHONE = {"width": 390, "height": 844}
NARROW = {"width": 360, "height": 780}
SMALL = """() => [...document.querySelectorAll('main button, main input:not([type=hidden]), main select, main summary')]
  .filter(it => it.checkVisibility({visibilityProperty: true}) && !it.matches('.visually-hidden'))
  .filter(it => Math.min(it.getBoundingClientRect().width, it.getBoundingClientRect().height) < 20)
  .map(it => it.outerHTML.slice(0, 200))"""
APPROVED = "Approved. The records department fetches the file now."
NOTHING_WAITS = "Nothing waits for your signature. Requests of the people you sign for come here."
LETTER = "We confirm the delivery of the castings in the second week of March, carriage paid to the warehouse."


class OnThePhone(Colleague):
    """Somebody who has a phone in their hand."""

    def __init__(self, browser: Any, address: str, login: str, language: str, shoot: Any) -> None:
        super().__init__(browser, address, login, language, viewport=PHONE, has_touch=True, is_mobile=True)
        self._shoot = shoot
        self.language = language

    def tap(self, role: Any, label: str, within: Any = None) -> None:
        """Touch the control with this name, and wait for the page that answers."""
        name = re.compile(rf"^{re.escape(self.say(label))}")
        with self.page.expect_navigation():
            (within or self.page).get_by_role(role, name=name).first.tap()

    def chip(self, label: str) -> Locator:
        """The chips with this word: a sign stands before it."""
        return self.page.get_by_text(re.compile(rf"^\S {re.escape(self.say(label))}$"))

    def section(self, heading: str) -> Locator:
        """The part of the page under this heading."""
        return self.page.get_by_role("region", name=self.say(heading))

    def look(self, name: str) -> None:
        """What every page on a phone must be: not wider than it, controls that have names and fit a thumb."""
        for size in (NARROW, PHONE):
            self.page.set_viewport_size(size)
            assert self.page.evaluate("document.documentElement.scrollWidth") <= size["width"], name
        assert self.page.evaluate(UNNAMED) == []
        assert self.page.evaluate(TWICE) == []
        assert self.page.evaluate(SMALL) == []
        self._shoot(self.page, f"phone-{name}-{self.language}")
        self.page.set_viewport_size(PHONE)


@pytest.fixture(params=["en", "es", "zh"])
def language(request: Any) -> str:
    """The language of everybody in the story."""
    return str(request.param)


@pytest.fixture
def dossiers(app: Any, parts: Any, queues: Any, language: str) -> list[tuple[int, str]]:
    """Id and number of two dossiers of two volumes; the first holds a letter. ana asks, wei signs, tom hands out."""
    with parts.writing() as work:
        session = work.session
        sales, records = make_department(session, "Sales"), make_department(session, "Information Department")
        make_person(session, sales, login="ana", name="Ana Ruiz", language=language)
        make_person(session, sales, login="wei", name="魏建国", language=language, head=True)
        make_person(session, sales, login="lin", name="Lin Deputy", deputy=True)
        tom = make_person(session, records, Role.CLERK, login="tom", name="Tom Reed")
        client = make_client(session, tom, "Distribuidora Nopalera de Occidente y del Bajío Alto, S.A. de C.V.")
        made = [make_dossier(session, tom, client, volumes=2) for _ in range(2)]
        ids = [(row.id, row.number or "") for row in made]
    upload(Visitor(app, "tom"), ids[0][0], ("letter.pdf", pdf(LETTER, LETTER)), subject="Delivery of castings")
    queues.work_until_idle()
    return ids


def hand_out(parts: Any) -> None:
    """At the counter, the clerk gives out what is approved."""
    with parts.writing() as work:
        work.actor = actor(work.session, work.session.scalars(select(Person).where(Person.login == "tom")).one())
        for line in work.session.scalars(select(RequestLine).where(RequestLine.state == LineState.READY)):
            services.issue_line(work, line.id, line.row_version)


def ask(ana: OnThePhone, kind: str, numbers: str) -> None:
    """Ask for dossiers by number, from the page of one's requests."""
    ana.tap("link", "Requests")
    ana.tap("link", "Ask for dossiers by number")
    if kind != "Ask to borrow":
        ana.tap("link", kind)
    ana.fill("Add dossiers by number", numbers)
    ana.tap("button", "Add")
    ana.fill("What you are looking for", "The date of delivery")
    ana.fill("Purpose", "Answer a complaint")
    ana.fill("Reason", "The client asks for the paper they signed")


def test_a_borrower_and_a_head_on_a_phone(
    parts: Any, dossiers: list[tuple[int, str]], served: str, browser: Any, shoot: Any, language: str
) -> None:
    (_, first), (_, second) = dossiers
    ana = OnThePhone(browser, served, "ana", language, shoot)
    ana.look("nothing-waits")

    # Ana asks to borrow two dossiers at once, adding the second when the form is filled in.
    ask(ana, "Ask to borrow", first)
    ana.fill("Add dossiers by number", second)
    ana.tap("button", "Add")
    expect(ana.page.get_by_label(ana.say("Purpose"))).to_have_value("Answer a complaint")
    expect(ana.page.get_by_role("checkbox", checked=True)).to_have_count(4)
    ana.look("asking")
    with ana.page.expect_navigation():
        ana.page.get_by_role("button", name=ana.say("Ask to borrow"), exact=True).tap()
    expect(ana.page.get_by_text(ana.say("The request is sent. You can follow it here."))).to_be_in_viewport()
    ana.look("asked")

    # She also asks to read the first on the screen.
    ask(ana, "Ask to read", first)
    ana.look("asking-to-read")
    with ana.page.expect_navigation():
        ana.page.get_by_role("button", name=ana.say("Ask to read"), exact=True).tap()
    expect(ana.page.get_by_text(ana.say("%(name)s (deputy)", name="Lin Deputy"))).to_be_visible()
    ana.look("followed")

    # The head is told, and decides from the list: one in part, one not at all, the reading in full.
    wei = OnThePhone(browser, served, "wei", language, shoot)
    wei.tap("link", "Inbox")
    expect(wei.chip("New")).to_have_count(3)
    wei.look("told")
    wei.open("/")
    wei.look("to-decide")
    wei.tap("link", "Decide them one after the other")
    rows = wei.page.get_by_role("listitem").filter(has=wei.page.get_by_role("heading", level=2))
    expect(rows).to_have_count(3)
    volumes = [rows.nth(0).get_by_label(wei.say("Volume %(number)s", number=number)) for number in (1, 2)]
    for volume in volumes:
        volume.tap()
    wei.tap("button", "Approve", rows.nth(0))
    expect(rows.nth(0).get_by_text(wei.say("Nothing would be left: reject the request instead."))).to_be_in_viewport()
    expect(volumes[1]).to_be_checked()
    wei.look("nothing-left")
    volumes[0].tap()
    wei.tap("button", "Approve", rows.nth(0))
    expect(rows).to_have_count(2)
    said = wei.page.get_by_role("status").filter(has_text=wei.say(APPROVED))
    expect(said).to_be_in_viewport()
    wei.look("deciding")
    rows.nth(0).get_by_text(wei.say("Reject…")).tap()
    rows.nth(0).get_by_role("textbox").fill("One of them is enough")
    wei.tap("button", "Reject the request", rows.nth(0))
    expect(rows).to_have_count(1)
    wei.tap("button", "Approve", rows.nth(0))
    expect(wei.page.locator(".empty")).to_have_text(wei.say(NOTHING_WAITS))
    wei.tap("link", "Inbox")
    expect(wei.chip("Settled")).to_have_count(3)
    wei.leave()

    # Ana opens what she may read now, down to the page.
    ana.open("/")
    ana.look("answered")
    expect(ana.section("What you did not get").get_by_text("One of them is enough")).to_be_visible()
    ana.section("What you may read").get_by_role("link", name=first).tap()
    ana.page.get_by_role("link", name="Delivery of castings").tap()
    ana.tap("link", "Open the first page")
    loaded(ana.page)
    ana.look("page")
    ana.tap("link", "Requests")
    ana.page.get_by_role("row").filter(has_text=ana.say("Approved, ready to fetch")).get_by_role("link").first.tap()
    expect(ana.chip("Left out")).to_be_visible()
    ana.look("in-part")

    # She has the paper: renews it, and says that she is bringing it.
    hand_out(parts)
    ana.open("/")
    ana.look("held")
    ana.tap("button", "Renew", ana.section("What you hold"))
    expect(ana.page.get_by_role("status")).to_be_in_viewport()
    ana.look("renewed")
    ana.open("/")
    ana.tap("button", "I am bringing it", ana.section("What you hold"))
    ana.open("/")
    held = ana.section("What you hold")
    expect(held.get_by_text(ana.say("The desk knows that you are bringing it."))).to_be_visible()
    ana.look("bringing")
    ana.leave()

    with parts.looking() as work:
        lines = work.session.execute(select(RequestLine.kind, RequestLine.state).order_by(RequestLine.id)).all()
        assert [tuple(line) for line in lines] == [
            (RequestKind.BORROW, LineState.FULFILLED),
            (RequestKind.BORROW, LineState.REJECTED),
            (RequestKind.READ, LineState.FULFILLED),
        ]
        outcomes = select(RequestedVolume.outcome).where(RequestedVolume.line_id == 1)
        in_order = work.session.scalars(outcomes.order_by(RequestedVolume.volume_id))
        assert list(in_order) == ["issued", "refused"]
        loan = work.session.scalars(select(Loan)).one()
        assert loan.due_on > loan.original_due_on > date(2026, 1, 1)
        assert marks_of(work.session, loan.id).announced_at is not None
