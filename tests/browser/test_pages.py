"""Every page, in three languages, at desktop and phone width: named controls, no sideways scrolling, nothing broken."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from portal.accounts.queries import actor_of
from portal.application import OBLIGATIONS
from portal.arrivals.rules import NamedNumber
from portal.arrivals.services import Taken, take_in
from portal.arrivals.states import DAMAGED
from portal.core.messages import Message
from portal.core.permissions import Level, Role
from portal.dossiers.states import DossierState
from portal.handover.services import open_handover
from portal.handover.states import HandoverKind
from portal.reports.models.issued import Report
from portal.reports.periods import Period, PeriodKind
from portal.reports.regular.services import NewRegular, ask_for_report
from portal.reports.services.preparing import NewReport, prepare_report, submit_report
from portal.reports.states import ReportKind
from portal.reports.statistics.counted import Audience
from portal.reports.statistics.lists import ListOf, ListSpec
from tests.browser.people import Colleague
from tests.factories import (
    make_client,
    make_department,
    make_document,
    make_dossier,
    make_person,
    make_responsible,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

UNNAMED = """() => [...document.querySelectorAll(
    'input:not([type=hidden]), select, textarea, button, a[href], summary, img')].filter(it => {
  const labels = it.labels ? [...it.labels].map(label => label.innerText).join('') : '';
  const name = it.getAttribute('aria-label') || it.getAttribute('alt') || labels || it.textContent || it.value
    || it.querySelector('img[alt]')?.alt || '';
  return it.getClientRects().length && !name.trim();
}).map(it => it.outerHTML.slice(0, 200))"""

TWICE = """() => { const ids = [...document.querySelectorAll('[id]')].map(it => it.id);
  return ids.filter((id, place) => ids.indexOf(id) !== place); }"""


def _named(number: str) -> Taken:
    return Taken(f"{number} fax.pdf", 9, "0" * 64, "pdf", named=[NamedNumber(number, core=False)])


@pytest.fixture
def paths(parts: Any, clock: Any) -> list[str]:
    """A small archive, and an address for every page that can be looked at."""
    clock.put(datetime(2026, 3, 2, 2, 0, tzinfo=UTC))
    with parts.writing() as work:
        session = work.session
        office = make_department(session, "Information Department")
        roles = (Role.RECORDS_MANAGER, Role.CLERK, Role.ADMINISTRATOR, Role.MANAGER)
        for language in ("en", "es", "zh"):
            keeper = make_person(
                session, office, *roles, clearance=Level.CORE, login=f"keeper-{language}", language=language
            )
        client = make_client(session, keeper, "恒达机械有限公司")
        make_responsible(session, keeper, client)
        dossier = make_dossier(session, keeper, client, level=Level.IMPORTANT, volumes=2)
        make_document(session, keeper, dossier, "Forty castings of amber steel", "The second page")
        draft = make_dossier(session, make_person(session, office), client, state=DossierState.DRAFT)
        work.want("index", f"dossier:{dossier.id}")
        scans = [Taken("scan0001.pdf", 9, "0" * 64, None, problem=Message(DAMAGED)), _named(dossier.number or "")]
        waits, filed = take_in(work, "0" * 64, scans, keeper.id)
        ids = {"arrival": waits.id, "filed": filed.id}
        leaver = make_person(session, office, name="Lea Ver")
        make_responsible(session, leaver, client, rank=2)
        as_keeper = parts.unit(session, actor_of(session, keeper))
        handover = open_handover(as_keeper, OBLIGATIONS, leaver.id, HandoverKind.LEAVING, date(2026, 3, 6))
        ids["handover"] = handover.id
        month = Period.containing(PeriodKind.MONTH, date(2026, 2, 1))
        for key, audience in (("report", Audience.CORE), ("draft_report", Audience.EVERYONE)):
            report = prepare_report(as_keeper, NewReport(ReportKind.STATISTICS, month, audience, "zh"))
            ids[key] = report.id
        first = work.session.get_one(Report, ids["report"])
        submit_report(as_keeper, parts.store, first.id, first.row_version)
        spec = ListSpec(ListOf.CLIENTS, ("dossiers", "kind"))
        monthly = NewRegular("The month", PeriodKind.MONTH, Audience.EVERYONE, "en", "Planning", [keeper.id], spec)
        ids["regular"] = ask_for_report(as_keeper, office.id, monthly).id
        ids |= {"dossier": dossier.id, "draft": draft.id, "client": client.id, "volume": dossier.volumes[0].id}
    return [
        "/",
        "/inbox",
        "/account",
        "/search",
        "/search?q=castings",
        "/search?q=nothinglikeit",
        "/dossiers",
        "/dossiers/new",
        f"/dossiers/{ids['dossier']}",
        f"/dossiers/{ids['dossier']}/client",
        f"/dossiers/{ids['dossier']}/loans",
        f"/dossiers/{ids['dossier']}/documents/new",
        f"/dossiers/{ids['dossier']}/level",
        f"/dossiers/{ids['draft']}",
        f"/clients/{ids['client']}/edit",
        f"/clients/{ids['client']}/responsible",
        "/clients/by-person",
        "/clients/by-person/1",
        "/clients/common-pool",
        "/clients/common-pool?show=one",
        "/documents/1",
        "/documents/1/pages/1",
        "/requests",
        f"/requests/new?dossier={ids['dossier']}&kind=borrow",
        "/requests/new?kind=read&numbers=2099-7777",
        "/requests/chosen",
        f"/requests/outside/new?dossier={ids['dossier']}",
        "/requests/decide",
        "/grants",
        "/grants?show=all",
        "/desk",
        "/desk/missing",
        "/arrivals",
        f"/arrivals/{ids['arrival']}",
        f"/arrivals/{ids['arrival']}/discard",
        f"/arrivals/{ids['filed']}/check",
        f"/dossiers/{ids['dossier']}/cover-sheet",
        "/loans",
        "/reports/statistics",
        "/reports",
        "/reports/new?kind=month&on=2026-02-01",
        f"/reports/{ids['report']}",
        f"/reports/{ids['report']}/figures",
        f"/reports/{ids['draft_report']}",
        "/reports/statistics/figures/dossiers-held",
        "/reports/statistics/rows/dossiers-held",
        "/reports/regular",
        "/reports/regular/new",
        "/reports/regular/new?what=clients",
        "/reports/regular/schedules/new",
        f"/reports/regular/{ids['regular']}",
        "/people",
        "/people/new",
        "/people/1",
        "/people/departments",
        "/people/departments/1",
        f"/dossiers/{ids['dossier']}/volumes",
        f"/volumes/{ids['volume']}",
        f"/volumes/{ids['volume']}/edit",
        "/places",
        "/places?open=0",
        "/places/1",
        "/places/1/add",
        "/places/1/edit",
        "/places/1/shelf-list",
        "/undertaking",
        "/undertaking/versions",
        "/undertaking/draft",
        "/undertaking/people",
        "/undertaking/breaches",
        "/undertaking/breaches/new",
        "/calendar",
        "/calendar/days",
        "/calendar/rules",
        "/labels/volumes",
        "/labels/places",
        "/labels/cards",
        "/audit",
        "/audit/verify",
        "/handovers",
        "/handovers/new",
        f"/handovers/{ids['handover']}",
        f"/handovers/{ids['handover']}/clients",
        f"/handovers/{ids['handover']}/letters",
        f"/handovers/{ids['handover']}/watched",
        "/handovers/letter-text/en",
        "/handovers/letter-text/es",
        "/handovers/letter-text/zh",
    ]


@pytest.mark.parametrize("language", ["en", "es", "zh"])
def test_pages(browser: Any, served: str, paths: list[str], shoot: Any, language: str) -> None:
    keeper = Colleague(browser, served, f"keeper-{language}", language)
    page = keeper.page
    for path in paths:
        answer = page.goto(f"{served}{path}")
        assert answer.status == 200, f"{path}: {answer.status}"
        assert page.locator("html").get_attribute("lang") == {"zh": "zh-Hans"}.get(language, language)
        assert page.locator("h1").count() == 1, f"{path}: one heading says what the page is"
        page.evaluate("document.querySelectorAll('details').forEach(it => { it.open = true; })")
        assert page.evaluate(UNNAMED) == [], f"{path}: controls without a name"
        assert page.evaluate(TWICE) == [], f"{path}: ids used twice"
        page.set_viewport_size({"width": 390, "height": 860})
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{path} is {wide} px wider than a phone"
        page.set_viewport_size({"width": 1280, "height": 860})
        name = path.strip("/").replace("/", "-").replace("?", "-").replace("=", "-").replace("&", "-") or "front"
        shoot(page, f"page-{language}-{name}")
    keeper.leave()


def test_on_a_phone_the_whole_menu_is_seen(browser: Any, served: str, paths: list[str]) -> None:
    keeper = Colleague(browser, served, "keeper-en", "en")
    keeper.page.set_viewport_size({"width": 390, "height": 860})
    menu = keeper.page.get_by_role("navigation", name="Places")
    expect(menu.get_by_role("link", name="Reports")).to_be_visible()
    beyond = "links => links.filter(link => link.getBoundingClientRect().right > innerWidth).length"
    assert menu.get_by_role("link").evaluate_all(beyond) == 0
    keeper.leave()
