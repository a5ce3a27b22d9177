"""The office calendar in a real browser: a stocktaking entered with the keyboard alone, looked at on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.core.permissions import Role
from portal.lending.models import Loan
from portal.policy.models import PolicyValue
from tests.browser.people import Colleague
from tests.factories import make_department, make_person
from tests.unit.lending_world import make_world

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def archive(parts: Any) -> None:
    """A loan due on Thursday, 5 March 2026, and a manager of the records for each language."""
    with parts.writing() as work:
        world = make_world(work.session, lambda actor=None: parts.unit(work.session, actor))
        world.lend(world.dossier())
        work.session.add(PolicyValue(name="holiday_country", value="CN"))
        for language in ("en", "es", "zh"):
            office = make_department(work.session)
            make_person(
                work.session,
                office,
                Role.RECORDS_MANAGER,
                login=f"rosa-{language}",
                name="Rosa Archivo",
                language=language,
            )


def test_a_stocktaking_by_keyboard(browser: Any, served: str, parts: Any, archive: None, shoot: Any) -> None:
    rosa = Colleague(browser, served, "rosa-en", "en")
    page = rosa.page
    page.goto(f"{served}/calendar")
    page.get_by_role("link", name="Set days apart").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Set days apart")
    page.get_by_label("First day").fill("2026-03-05")
    page.get_by_label("Last day").fill("2026-03-06")
    page.get_by_label("The office is").select_option("closed")
    page.get_by_label("Reason").fill("Stocktaking")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 open loan gets another due date.")).to_be_visible()
    expect(page.get_by_role("cell", name="Mon, Mar 9, 2026")).to_be_visible()
    shoot(page, "calendar-confirm")
    page.get_by_role("button", name="Change the calendar").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The office is closed on these days.")
    with parts.looking() as work:
        assert work.session.scalars(select(Loan.due_on)).one().isoformat() == "2026-03-09"
    page.get_by_role("link", name="Undo: Thu, Mar 5, 2026 to Fri, Mar 6, 2026").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Change the calendar").click()
    expect(page.get_by_text("Follow the week again · Stocktaking")).to_be_visible()
    assert rosa.complaints == []


@pytest.mark.parametrize("language", ["en", "es", "zh"])
def test_a_year_on_a_phone(browser: Any, served: str, archive: None, shoot: Any, language: str) -> None:
    rosa = Colleague(browser, served, f"rosa-{language}", language)
    page = rosa.page
    for path, name in (
        ("/calendar?year=2026", "2026"),
        ("/calendar?year=2031", "2031"),
        ("/calendar/days", "days"),
        ("/calendar/rules", "rules"),
    ):
        page.set_viewport_size({"width": 390, "height": 860})
        page.goto(f"{served}{path}")
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, path
        shoot(page, f"calendar-{name}-{language}")
    assert rosa.complaints == []
