"""The search by keyboard in a real browser: typing, suggestions, narrowing, corrections, saving, and what is new."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.accounts.models import Person
from portal.core.permissions import Level, Role
from portal.documents.models import DocumentKind
from portal.dossiers.models import Dossier
from tests.browser.people import Colleague
from tests.factories import make_client, make_department, make_document, make_dossier, make_person, make_responsible

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LANGUAGES = ("en", "es", "zh")
PAGE = {
    "en": "Please confirm the delivery of forty castings before Friday.",
    "es": "Le rogamos confirme la entrega de cuarenta piezas antes del viernes.",
    "zh": "请于周五前确认四十件铸件的交货日期。",
}
QUESTION = {"en": "castings delivery", "es": "piezas entregas", "zh": "铸件 交货"}
WRONG = {"en": "castngs", "es": "piesas", "zh": "shangaii"}
RIGHT = {"en": "castings", "es": "piezas", "zh": "shanghai"}


@pytest.fixture
def archive(parts: Any, clock: Any) -> int:
    """Three letters in each language, of one client, and somebody for each language who looks after it."""
    clock.put(datetime(2026, 3, 2, 2, 0, tzinfo=UTC))
    with parts.writing() as work:
        session = work.session
        sales = make_department(session, "Sales")
        clerk = make_person(session, sales, Role.CLERK, login="clerk", language="en")
        client = make_client(session, clerk, "恒达机械有限公司 Shanghai")
        for rank, language in enumerate(LANGUAGES):
            person = make_person(session, sales, login=f"reader-{language}", language=language)
            if rank < 2:
                make_responsible(session, person, client, rank=rank + 1)
            else:
                person.department.head_id = person.id
        dossier = make_dossier(session, clerk, client, number="2026-0042", level=Level.GENERAL)
        for year in (2024, 2025, 2026):
            for language, text in PAGE.items():
                make_document(
                    session,
                    clerk,
                    dossier,
                    "—",
                    f"{text} {year}",
                    subject=f"Letter {language} {year}",
                    kind=DocumentKind.FAX if year == 2024 else DocumentKind.LETTER,
                    dated=date(year, 2, 3),
                )
        work.want("index", f"dossier:{dossier.id}")
        return dossier.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_from_the_keyboard_to_the_page(
    browser: Any, served: str, parts: Any, archive: int, shoot: Any, language: str
) -> None:
    reader = Colleague(browser, served, f"reader-{language}", language)
    page = reader.page
    found = page.locator("[data-hit]")

    # Nothing is indexed at first: asking again finds it once it is.
    for _ in range(40):
        reader.search(QUESTION[language])
        if found.count():
            break
        page.wait_for_timeout(250)
    expect(found).to_have_count(3)
    assert page.locator("mark").count() >= 3
    shoot(page, f"search-results-{language}")

    # Narrowed to a year by its link, and back; the address can be passed on.
    with page.expect_navigation():
        page.get_by_role("complementary").get_by_role("link", name="2025").click()
    expect(found).to_have_count(1)
    address = page.url
    page.goto(f"{served}/")
    page.goto(address)
    expect(found).to_have_count(1)
    reader.follow("Show all results")
    expect(found).to_have_count(3)
    with page.expect_navigation():
        page.get_by_role("link", name=reader.say("Oldest first")).click()
    expect(found.first).to_contain_text("2024")

    # From the box to the first hit, down, and open it: the page on which it stands.
    page.locator("#q").focus()
    page.keyboard.press("ArrowDown")
    expect(found.first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(found.nth(1)).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "/pages/2" in page.url

    # The help card, open on the page without a question, with what was asked lately.
    page.goto(f"{served}/search")
    expect(page.get_by_role("link", name=QUESTION[language])).to_be_visible()
    expect(page.locator("details.help-card code").first).to_be_visible()
    shoot(page, f"search-question-{language}")
    page.get_by_role("button", name=reader.say("Forget these")).click()
    expect(page.get_by_role("link", name=QUESTION[language])).to_be_hidden()
    reader.leave()


@pytest.mark.parametrize("language", LANGUAGES)
def test_suggestions_and_corrections(
    browser: Any, served: str, queues: Any, archive: int, shoot: Any, language: str
) -> None:
    reader = Colleague(browser, served, f"reader-{language}", language)
    page = reader.page
    box = page.get_by_role("combobox", name=reader.say("Search the archive"))
    for _ in range(40):
        box.fill("")
        box.press_sequentially("heng")
        try:
            expect(page.get_by_role("option", name="恒达机械有限公司")).to_be_visible(timeout=700)
            break
        except AssertionError:
            continue
    expect(page.get_by_role("option", name="恒达机械有限公司")).to_be_visible()
    shoot(page, f"search-suggestions-{language}")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_have_count(1)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("[data-hit]").first).to_be_visible()
    assert "2026-0042" in page.inner_text("main")

    # A word that nobody wrote: what was perhaps meant is one key away.
    page.goto(f"{served}/search?q={WRONG[language]}")
    meant = page.get_by_role("link", name=RIGHT[language], exact=True)
    expect(meant).to_be_visible()
    shoot(page, f"search-meant-{language}")
    with page.expect_navigation():
        meant.click()
    expect(page.locator("[data-hit]").first).to_be_visible()

    # A mistake says where it is, and what could be understood is found.
    page.goto(f"{served}/search?q=({QUESTION[language]} kind:submarine")
    expect(page.locator(".said-warning")).to_have_count(2)
    expect(page.locator("[data-hit]").first).to_be_visible()
    shoot(page, f"search-troubles-{language}")
    reader.leave()


def test_a_saved_search_tells_what_is_new(browser: Any, served: str, parts: Any, archive: int, shoot: Any) -> None:
    reader = Colleague(browser, served, "reader-es", "es")
    page = reader.page
    page.goto(f"{served}/search?q=kind:contract")
    expect(page.get_by_role("status").first).to_be_visible()
    page.goto(f"{served}/search?q=2026-0042")
    for _ in range(40):
        if page.locator("[data-hit]").count():
            break
        page.wait_for_timeout(250)
        page.reload()
    reader.fill("Name of the saved search", "恒达 2026")
    reader.press("Save this search")
    expect(page.get_by_role("heading", name="恒达 2026")).to_be_visible()
    expect(page.get_by_text(reader.say("Nothing new."))).to_be_visible()
    shoot(page, "search-saved-es")
    with parts.writing() as work:
        session = work.session
        from_dossier = session.get_one(Dossier, archive)
        clerk = session.scalars(select(Person).where(Person.login == "clerk")).one()
        document = make_document(session, clerk, from_dossier, "nuevo", subject="La carta nueva")
        document.filed_at = work.now
        work.want("index", f"document:{document.id}")
    for _ in range(60):
        page.goto(f"{served}/")
        if reader.sees("恒达 2026"):
            break
        page.wait_for_timeout(250)
    assert reader.sees(reader.say("New for your saved searches"))
    shoot(page, "front-page-news-es")
    with page.expect_navigation():
        page.get_by_role("link", name="恒达 2026").click()
    expect(page.get_by_role("link", name="La carta nueva")).to_be_visible()
    page.get_by_role("heading", name="恒达 2026").get_by_role("link").click()
    expect(page.locator("[data-hit]").first).to_be_visible()
    page.goto(f"{served}/search/saved")
    expect(page.get_by_text(reader.say("Nothing new."))).to_be_visible()
    with page.expect_navigation():
        page.get_by_role("button", name=reader.say("Delete the saved search %(name)s", name="恒达 2026")).click()
    expect(page.get_by_role("heading", name="恒达 2026")).to_have_count(0)
    reader.leave()
