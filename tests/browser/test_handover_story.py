"""The day someone leaves, at a browser: from the opening to the certificate, everybody doing their part (R17)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pypdfium2
import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import select

from portal.accounts.models import Person
from portal.accounts.queries import actor_of
from portal.core.permissions import Role
from portal.lending import services
from portal.lending.states import RequestKind
from portal.search.saved.models import SavedSearch
from tests.browser.conftest import SHOTS
from tests.browser.counter import Counter
from tests.browser.people import Colleague
from tests.browser.test_pages import TWICE, UNNAMED
from tests.factories import PASSWORD, make_client, make_department, make_dossier, make_person, make_responsible
from tests.unit.lending_world import TEXTS

pytestmark = [pytest.mark.browser, pytest.mark.story, pytest.mark.xdist_group("browser")]

CLIENTS = {"恒达机械有限公司": "CN", "Álamo & Hijos": "ES", "Harbour Holdings Ltd": "GB"}
LAST_DAY = "2026-03-06"


@dataclass(frozen=True)
class House:
    """A client's id, its dossier's, and the barcode of the file the leaver holds."""

    client: int
    dossier: int
    barcode: str


def _actor(parts: Any, login: str) -> Any:
    with parts.looking() as work:
        return actor_of(work.session, work.session.scalars(select(Person).where(Person.login == login)).one())


def _ask(parts: Any, dossier_id: int) -> tuple[int, int]:
    with parts.writing(_actor(parts, "ana")) as work:
        [line] = services.file_request(work, kind=RequestKind.BORROW, dossier_ids=[dossier_id], **TEXTS).lines
        work.session.flush()
        return line.id, line.row_version


@pytest.fixture
def house(parts: Any, clock: Any) -> House:
    """Ana looks after three clients, holds a file, has asked for another, and keeps a saved search."""
    clock.put(datetime(2026, 3, 2, 2, 0, tzinfo=UTC))
    with parts.writing() as work:
        session = work.session
        sales, records = make_department(session, "Sales"), make_department(session, "Information Department")
        ana = make_person(session, sales, login="ana", name="Ana Ruiz", language="es")
        make_person(session, sales, login="luis", name="Luis Ortega", language="es")
        make_person(session, sales, login="wei", name="魏建国", language="zh", head=True)
        keeper = make_person(session, records, Role.RECORDS_MANAGER, login="mei", name="李敏", language="zh", head=True)
        make_person(session, records, Role.CLERK, login="tom", name="Tom Reed")
        make_person(session, records, Role.ADMINISTRATOR, login="sam", name="Sam Brooks")
        ids = []
        for name, country in CLIENTS.items():
            client = make_client(session, keeper, name, country=country, address="1 Harbour Road\n0451 Oldtown")
            dossier = make_dossier(session, ana, client)
            make_responsible(session, ana, client)
            ids.append((client.id, dossier.id))
        held = make_dossier(session, keeper, make_client(session, keeper, "Blue Pipes"))
        asked = make_dossier(session, keeper, make_client(session, keeper, "Amber Castings"))
        session.add(SavedSearch(person_id=ana.id, name="Bridas", question="bridas", saved_at=work.now))
        session.flush()
        held_id, barcode, asked_id = held.id, held.volumes[0].barcode, asked.id
    line_id, version = _ask(parts, held_id)
    with parts.writing(_actor(parts, "wei")) as work:
        line = services.decide_as_head(work, line_id, version, approve=True)
        work.session.flush()
        version = line.row_version
    with parts.writing(_actor(parts, "tom")) as work:
        services.issue_line(work, line_id, version)
    _ask(parts, asked_id)
    return House(*ids[0], barcode)


def check(page: Any, name: str) -> None:
    """Nothing wider than the phone, every control named, no id twice; and a picture at both widths to look at."""
    SHOTS.mkdir(exist_ok=True)
    page.evaluate("document.querySelectorAll('details').forEach(it => { it.open = true; })")
    assert page.evaluate(UNNAMED) == [], name
    assert page.evaluate(TWICE) == [], name
    for width, suffix in ((360, "360"), (1280, "desktop")):
        page.set_viewport_size({"width": width, "height": 860})
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        page.screenshot(path=SHOTS / f"handover-{name}-{suffix}.png", full_page=True)
        assert wide <= 0, f"{name} is {wide} px too wide at {width}"


def keep_pages(pdf: bytes, name: str) -> str:
    """Pictures of the pages of a paper to look at; returns its text."""
    document = pypdfium2.PdfDocument(pdf)
    for number, page in enumerate(document, start=1):
        page.render(scale=1.2).to_pil().save(SHOTS / f"handover-{name}-{number}.png")
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())


def paper(person: Colleague, link: str, name: str, **values: object) -> str:
    """The PDF a link of the page leads to; its text."""
    href = person.page.get_by_role("link", name=person.say(link, **values)).first.get_attribute("href")
    answer = person.context.request.get(f"{person.address}{href}")
    assert answer.headers["content-type"] == "application/pdf", link
    return keep_pages(answer.body(), name)


def tab_to(page: Any, target: Locator) -> None:
    """Press Tab until this has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if target.evaluate("it => it === document.activeElement"):
            return
    raise AssertionError(f"Tab does not lead to {target}")


def open_with_the_keyboard(wei: Colleague) -> None:
    """From the front page to the open handover, and never a mouse."""
    page, say = wei.page, wei.say
    tab_to(page, page.get_by_role("link", name=say("Handovers"), exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name=say("Handovers"))).to_be_visible()
    tab_to(page, page.get_by_role("link", name=say("Open a handover")))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label(say("Who leaves")))
    page.keyboard.type("Ana")
    tab_to(page, page.get_by_label(say("Last day")))
    page.get_by_label(say("Last day")).fill(LAST_DAY)  # How a date is typed is the browser's business.
    tab_to(page, page.get_by_role("button", name=say("Open the handover")))
    page.keyboard.press("Enter")
    page.wait_for_url("**/handovers/1")


def test_from_the_opening_to_the_certificate(browser: Any, served: str, clock: Any, house: House) -> None:
    wei = Colleague(browser, served, "wei", "zh")
    open_with_the_keyboard(wei)
    page, say = wei.page, wei.say
    expect(page.get_by_text(say("%(closed)s of %(total)s closed", closed=0, total=6))).to_be_visible()
    expect(page.get_by_text(say("You can sign when nothing is open."))).to_be_visible()
    check(page, "1-opened-zh")
    text = paper(wei, "Print the open items for the meeting", "meeting-zh")
    assert "Ana Ruiz" in text
    assert "Harbour Holdings Ltd" in text

    # The leaver is told, and closes what is theirs to close.
    ana = Colleague(browser, served, "ana", "es")
    expect(ana.page.get_by_role("heading", name=ana.say("Your handover"))).to_be_visible()
    check(ana.page, "2-front-page-es")
    ana.follow("Inbox")
    check(ana.page, "3-inbox-es")
    ana.follow("A handover has been opened")
    check(ana.page, "4-leaver-es")
    expect(ana.page.get_by_text(ana.say("Bring them to the desk of the records department."))).to_be_visible()
    assert not ana.page.get_by_role("link", name=ana.say("Hand clients over")).count()
    ana.press("Withdraw the request")
    expect(ana.page.get_by_role("status")).to_contain_text(ana.say("Closed."))
    searches = ana.page.get_by_role("region", name=ana.say("Saved searches"))
    searches.get_by_role("button", name=ana.say("Hand over")).click()  # To nobody yet.
    expect(ana.page.get_by_role("alert")).to_contain_text(ana.say("Choose a colleague who stays."))
    check(ana.page, "5-nobody-chosen-es")
    searches.get_by_label(ana.say("Takes over")).select_option(label="Luis Ortega, Sales")
    searches.get_by_role("button", name=ana.say("Hand over")).click()
    expect(searches.get_by_text(ana.say("All closed"))).to_be_visible()

    # The clerk takes the file back at the counter.
    tom = Counter(browser, served, "tom", "en")
    tom.follow("Handovers")
    tom.follow("Ana Ruiz")
    check(tom.page, "6-clerk-en")
    tom.follow("Take them back at the desk")
    expect(tom.page.get_by_text(house.barcode)).to_be_visible()
    tom.scan(house.barcode)
    expect(tom.answer).to_contain_text(f"{house.barcode} is out with Ana Ruiz")
    tom.enter()
    expect(tom.answer).to_contain_text(f"{house.barcode} is back.")

    # The head sees what would happen before it does, and hands all clients to one successor.
    page.reload()
    wei.follow("Hand clients over")
    check(page, "7-clients-zh")
    wei.press("Show what would be handed over")
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("radio", name=re.compile(str(len(CLIENTS)))).check()  # All three.
    page.get_by_label(say("Successor")).select_option(label="Luis Ortega, Sales (0)")
    wei.press("Show what would be handed over")
    for name in CLIENTS:
        expect(page.get_by_role("main").get_by_text(name)).to_be_visible()
    check(page, "8-preview-zh")
    wei.press("Hand over")
    page.wait_for_url("**/handovers/1")
    check(page, "9-handed-zh")
    luis = Colleague(browser, served, "luis", "es")
    luis.open(f"/dossiers/{house.dossier}/client")
    expect(luis.page.get_by_role("heading", name="恒达机械有限公司")).to_be_visible()

    # Each client is told in its language, on paper, and the letter is in its dossier.
    wei.follow("Letters to the clients")
    check(page, "10-letters-zh")
    page.get_by_role("button", name=re.compile(str(len(CLIENTS)))).click()  # Write three letters.
    expect(page.get_by_text(say("Told: %(told)s of %(total)s", told=3, total=3))).to_be_visible()
    letters = paper(wei, "Print the letters that go on paper", "letter")
    for words in ("Your contact at our company", "Su persona de contacto", "贵公司今后的联系人"):
        assert words in letters
    assert letters.count("Luis Ortega") == len(CLIENTS)
    filed = page.get_by_role("link", name=say("in the dossier"))
    for _ in range(60):
        if filed.count() == len(CLIENTS):
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(filed).to_have_count(len(CLIENTS))
    check(page, "11-told-zh")

    # Two people sign.
    wei.open("/")
    wei.follow("Ana Ruiz")
    wei.press("Sign for the department")
    expect(page.get_by_text(say("Signed. The other signature is still to come."))).to_be_visible()
    check(page, "12-signed-by-one-zh")
    mei = Colleague(browser, served, "mei", "zh")
    check(mei.page, "13-records-front-page-zh")
    mei.follow("Ana Ruiz")
    check(mei.page, "14-records-zh")
    mei.press("Sign for the records department")
    expect(mei.page.get_by_text(mei.say("Signed. The handover is complete."))).to_be_visible()
    check(mei.page, "15-complete-zh")
    certificate = paper(mei, "Clearance certificate %(number)s", "certificate-es", number="H2026-0001")
    assert "H2026-0001" in certificate
    assert "Luis Ortega" in certificate
    assert "李敏" in certificate

    # The leaver is out, and stays out.
    ana.page.reload()
    expect(ana.page).to_have_url(re.compile("/log-in"))
    ana.fill("Log-in name", "ana")
    ana.fill("Password", PASSWORD)
    ana.page.keyboard.press("Enter")
    expect(ana.page.get_by_role("alert")).to_be_visible()
    expect(ana.page).to_have_url(re.compile("/log-in"))

    # Nobody can choose them any more; in history they stay, and a breach of confidence is still recorded of them.
    sam = Colleague(browser, served, "sam", "en")
    for person, paths in (
        (mei, ("/handovers/new", f"/clients/{house.client}/responsible", "/clients/common-pool?show=one")),
        (mei, (f"/requests/outside/new?dossier={house.dossier}", "/handovers")),
        (sam, ("/people/departments/1", "/handovers/new", "/people/new")),
    ):
        for path in paths:
            answer = person.page.goto(f"{served}{path}")
            assert answer.status == 200, path
            chosen = person.page.locator("option, main input[type=checkbox] + label").all_inner_texts()
            assert not [text for text in chosen if "Ana Ruiz" in text], path
    mei.open("/handovers")
    expect(mei.page.get_by_role("link", name="Ana Ruiz")).to_be_visible()
    check(mei.page, "16-list-zh")
    for person in (wei, ana, tom, luis, mei, sam):
        person.leave()
