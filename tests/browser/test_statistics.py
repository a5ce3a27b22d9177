"""The statistics at a browser: by mouse and by keys, on a desk and on a phone, in three languages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from portal.core.permissions import Level, Role
from portal.documents.models import DocumentKind
from portal.reports.queries.sections import SECTIONS, figure_named
from tests.browser.people import Colleague
from tests.factories import make_client, make_department, make_document, make_dossier, make_person

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def archive(parts: Any, clock: Any) -> None:
    """Three dossiers of two departments, one of them core, with letters and a contract."""
    clock.put(datetime(2026, 3, 2, 2, 0, tzinfo=UTC))
    with parts.writing() as work:
        session = work.session
        sales = make_department(session, "Departamento de Ventas y Atención a Distribuidores")
        purchasing = make_department(session, "采购部")
        for login, language in (("ana", "es"), ("wei", "zh"), ("tom", "en")):
            make_person(session, sales, Role.MANAGER, login=login, language=language)
        mei = make_person(session, sales, Role.RECORDS_MANAGER, login="mei", language="en", clearance=Level.CORE)
        for department, level in ((sales, Level.GENERAL), (purchasing, Level.IMPORTANT), (sales, Level.CORE)):
            client = make_client(session, mei, f"Client of {level.value}")
            dossier = make_dossier(session, mei, client, department=department, level=level, number=f"N-{level.value}")
            make_document(session, mei, dossier, "a page", subject=f"Letter of {level.value}")
            make_document(session, mei, dossier, "a", "b", subject="Contract", kind=DocumentKind.CONTRACT)


def _title(name: str) -> str:
    figure = figure_named(name)
    assert figure is not None
    return figure.title


@pytest.mark.usefixtures("archive")
def test_from_a_period_to_a_number_to_its_rows_and_back(browser: Any, served: str, shoot: Any) -> None:
    mei = Colleague(browser, served, "mei", "en")
    page, say = mei.page, mei.say
    mei.open("/reports/statistics")
    expect(page.get_by_role("heading", level=1, name=say("Statistics of the client archive"))).to_be_visible()
    expect(page.get_by_role("link", name=say("Month"), exact=True)).to_have_attribute("aria-current", "page")
    page.get_by_role("link", name=say("Quarter"), exact=True).click()
    expect(page.get_by_text(say("The period is not over"), exact=False)).to_be_visible()
    page.get_by_label(say("For whom")).select_option("core")
    page.get_by_role("button", name=say("Show the figures")).click()
    holdings = page.get_by_role("table", name=say("Holdings"))
    row = holdings.get_by_role("row", name=say(_title("documents-held")))
    expect(row.get_by_role("link").first).to_have_text("6")
    shoot(page, "statistics")
    row.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1, name=say(_title("documents-held")))).to_be_visible()
    rows = page.get_by_role("table", name=say("What was counted")).get_by_role("row")
    expect(rows).to_have_count(7)
    expect(page.get_by_role("link", name="Letter of core")).to_be_visible()
    shoot(page, "statistics-rows")
    page.get_by_role("link", name=say("Back to the statistics")).click()
    expect(page.get_by_label(say("For whom"))).to_have_value("core")
    # The way back leads to the figure, and it is open.
    expect(page.get_by_text(say(figure_named("documents-held").definition))).to_be_visible()  # type: ignore[union-attr]
    page.get_by_role("link", name=say("Previous")).click()
    expect(page.get_by_role("link", name=say("Next"))).to_be_visible()
    assert not mei.complaints


@pytest.mark.usefixtures("archive")
def test_a_chart_has_its_table_and_both_can_be_reached_with_keys_alone(browser: Any, served: str, shoot: Any) -> None:
    tom = Colleague(browser, served, "tom", "en")
    page, say = tom.page, tom.say
    tom.open("/reports/statistics?kind=quarter&on=2026-01-01")
    summary = page.locator("summary", has_text=say(_title("dossiers-held"))).first
    summary.focus()
    page.keyboard.press("Enter")
    chart = page.get_by_role("figure").filter(has_text=say("By level")).first
    expect(chart.get_by_role("img")).to_be_visible()
    assert "2" in (chart.get_by_role("img").get_attribute("aria-label") or "")
    page.locator("figure", has_text=say("By level")).locator("summary").first.focus()
    page.keyboard.press("Enter")
    table = chart.get_by_role("table")
    expect(table).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name=say(_title("dossiers-held")))).to_be_visible()
    expect(page.get_by_role("link", name="N-general")).to_be_visible()
    expect(page.get_by_text("core", exact=False)).to_have_count(1)  # For whom it was counted, and no dossier.
    assert not tom.complaints


@pytest.mark.usefixtures("archive")
def test_the_button_says_that_the_figures_are_being_counted(browser: Any, served: str) -> None:
    tom = Colleague(browser, served, "tom", "en")
    page, say = tom.page, tom.say
    tom.open("/reports/statistics")
    # As while the server counts: the page stays, because nothing has come back yet.
    page.evaluate("addEventListener('submit', (event) => event.preventDefault())")
    page.get_by_role("button", name=say("Show the figures")).click()
    button = page.get_by_role("button", name=say("The figures are being counted …"))
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_role("status").filter(has_text=say("The figures are being counted …"))).to_be_visible()


@pytest.mark.usefixtures("archive")
def test_what_cannot_be_loaded_says_so_and_keeps_its_link(browser: Any, served: str) -> None:
    tom = Colleague(browser, served, "tom", "en")
    page, say = tom.page, tom.say
    tom.open("/reports/statistics")
    page.route("**/reports/statistics/figures/**", lambda route: route.abort())
    page.locator("summary", has_text=say(_title("dossiers-held"))).first.click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.unroute("**/reports/statistics/figures/**")
    page.get_by_role("link", name=say("Definition, charts and tables")).locator("visible=true").click()
    expect(page.get_by_role("heading", level=1, name=say(_title("dossiers-held")))).to_be_visible()


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize(("login", "language"), [("ana", "es"), ("wei", "zh"), ("tom", "en")])
def test_nothing_is_wider_than_a_phone(browser: Any, served: str, login: str, language: str) -> None:
    somebody = Colleague(browser, served, login, language, viewport={"width": 360, "height": 780})
    page = somebody.page
    somebody.open("/reports/statistics?kind=half_year&on=2026-01-01")
    for name in ("dossiers-held", "documents-held", "volumes-overdue"):
        page.locator(f"#{name} > summary").click()
        expect(page.locator(f"#{name} .definition")).to_be_visible()
    for table in page.locator("#dossiers-held figure summary").all():
        table.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for path in ("rows/documents-held", "figures/dossiers-held"):
        somebody.open(f"/reports/statistics/{path}?kind=half_year&on=2026-01-01")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert not somebody.complaints


@pytest.mark.usefixtures("archive")
def test_without_scripts_everything_is_reached_by_links(browser: Any, served: str) -> None:
    tom = Colleague(browser, served, "tom", "en", java_script_enabled=False)
    page, say = tom.page, tom.say
    tom.open("/reports/statistics?kind=quarter&on=2026-01-01")
    assert page.locator("section h2").count() == 1 + len(SECTIONS)
    page.get_by_label(say("Which one")).select_option("2025-10-01")
    page.get_by_role("button", name=say("Show the figures")).click()
    page.locator("#dossiers-held > summary").click()
    page.locator("#dossiers-held").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1, name=say(_title("dossiers-held")))).to_be_visible()
    expect(page.get_by_text("4th quarter 2025")).to_be_visible()
