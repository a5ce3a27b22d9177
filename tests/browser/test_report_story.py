"""A month's report at the browser: prepared, sent back, sent again, reviewed, issued, fetched; everybody their part."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from portal.core.permissions import Role
from tests.browser.conftest import SHOTS
from tests.browser.people import Colleague
from tests.browser.test_pages import TWICE, UNNAMED
from tests.factories import make_client, make_department, make_dossier, make_person

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def office(parts: Any, clock: Any) -> None:
    """A clerk, the records manager, the general manager, and an employee who is to receive the report."""
    clock.put(datetime(2026, 3, 2, 2, 0, tzinfo=UTC))
    with parts.writing() as work:
        session = work.session
        records, board = make_department(session, "Records"), make_department(session, "Board")
        make_person(session, records, Role.CLERK, login="tom", name="Tom Reed")
        keeper = make_person(session, records, Role.RECORDS_MANAGER, login="mei", name="Mei Li", head=True)
        make_person(session, board, Role.GENERAL_MANAGER, login="carmen", name="Carmen Rueda", head=True)
        make_person(session, make_department(session, "Sales"), login="ana", name="Ana Ruiz")
        make_dossier(session, keeper, make_client(session, keeper, "恒达机械有限公司"))


def check(page: Any, name: str) -> None:
    """Nothing wider than the phone, every control named, no id twice; and a picture at both widths to look at."""
    SHOTS.mkdir(exist_ok=True)
    page.evaluate("document.querySelectorAll('details').forEach(it => { it.open = true; })")
    assert page.evaluate(UNNAMED) == [], name
    assert page.evaluate(TWICE) == [], name
    for width, suffix in ((360, "360"), (1280, "desktop")):
        page.set_viewport_size({"width": width, "height": 860})
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        page.screenshot(path=SHOTS / f"report-{name}-{suffix}.png", full_page=True)
        assert wide <= 0, f"{name} is {wide} px too wide at {width}"


def waits(person: Colleague, about: str) -> None:
    """From the front page to the report that waits there."""
    person.open("/")
    section = person.page.get_by_role("region", name="Reports that wait for you")
    expect(section).to_contain_text(about)
    with person.page.expect_navigation():
        section.get_by_role("link").first.click()


def test_the_month_is_reported(served: str, browser: Any, office: None) -> None:
    tom, mei, carmen, ana = (Colleague(browser, served, login, "en") for login in ("tom", "mei", "carmen", "ana"))

    tom.open("/reports")
    expect(tom.page.get_by_text("There is no report yet.")).to_be_visible()
    tom.open("/reports/statistics?kind=month&on=2026-02-01")
    tom.follow("Prepare a report of this period")
    check(tom.page, "new")
    tom.press("Begin the draft")
    tom.press("Send for review")
    expect(tom.page.get_by_text("Its figures are frozen")).to_be_visible()

    waits(mei, "For you to review")
    check(mei.page, "in-review")  # It opens what is folded away.
    mei.fill("What is to be changed", "Give it a title, please.")
    mei.press("Send the report back")

    waits(tom, "Draft")
    expect(tom.page.get_by_role("status").filter(has_text="Give it a title, please.")).to_be_visible()
    tom.page.get_by_text("More to do with this report").click()
    tom.fill("Title", "The archive in February")
    tom.press("Change the draft")
    tom.press("Send for review")

    waits(mei, "For you to review")
    mei.page.get_by_text("Add people to the list").click()
    mei.page.get_by_role("group", name="Who receives the report").get_by_label("Ana Ruiz, Sales").check()
    mei.press("Add to the list")
    expect(mei.page.get_by_role("cell", name="Ana Ruiz", exact=True)).to_be_visible()
    mei.press("Sign as reviewed")

    waits(carmen, "For you to issue")
    carmen.press("Issue the report")
    expect(carmen.page.get_by_role("heading", level=1, name="R2026-0001")).to_be_visible()
    expect(carmen.page.get_by_text("Not fetched yet")).to_be_visible()
    check(carmen.page, "issued")

    ana.open("/inbox")
    ana.follow("A report was issued for you")
    expect(ana.page.get_by_role("heading", level=1, name="The archive in February")).to_be_visible()
    check(ana.page, "received")
    href = ana.page.get_by_role("link", name="PDF English").get_attribute("href")
    answer = ana.context.request.get(f"{served}{href}")
    assert answer.body().startswith(b"%PDF")
    ana.follow("All figures of this report")
    expect(ana.page.get_by_role("heading", level=2, name="Holdings")).to_be_visible()
    check(ana.page, "figures")

    carmen.page.reload()
    expect(carmen.page.get_by_text("Not fetched yet")).to_have_count(0)
    carmen.open("/reports")
    expect(carmen.page.get_by_role("row", name="R2026-0001")).to_be_visible()
    check(carmen.page, "index")
    for person in (tom, mei, carmen, ana):
        person.leave()
