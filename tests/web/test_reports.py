"""The statistics page: periods, comparison, charts with their tables, and who may see what."""

from __future__ import annotations

import re
from html import unescape
from random import Random
from typing import Any

import pytest

from portal.core.permissions import Level, Role
from portal.reports.queries.sections import SECTIONS, figure_named
from portal.reports.routes.rows import NOT_A_DIMENSION
from tests.factories import make_client, make_document, make_dossier, make_person
from tests.web.visitor import Visitor

CORE_CLIENT = "Quiet Harbour Holdings"
MARCH = "/reports/statistics?kind=month&on=2026-03-01"


@pytest.fixture
def archive(parts: Any) -> dict[str, int]:
    """One general and one core dossier; a manager without and a records manager with core clearance."""
    with parts.writing() as work:
        session = work.session
        manager = make_person(session, None, Role.MANAGER, login="manager")
        make_person(session, None, Role.RECORDS_MANAGER, login="keeper", clearance=Level.CORE)
        make_person(session, login="employee")
        general = make_dossier(session, manager, make_client(session, manager, "恒达机械有限公司"), number="2026-7001")
        core = make_dossier(
            session, manager, make_client(session, manager, CORE_CLIENT), level=Level.CORE, number="S-7002"
        )
        for dossier in (general, core):
            make_document(session, manager, dossier, "one page", subject="Minutes of the talks")
        return {"general": general.id, "core": core.id, "core_client": core.client_id}


@pytest.fixture
def manager(app: Any, archive: dict[str, int]) -> Visitor:
    """Makes reports, is not cleared for core."""
    return Visitor(app, "manager")


@pytest.fixture
def keeper(app: Any, archive: dict[str, int]) -> Visitor:
    """The records manager, cleared for core."""
    return Visitor(app, "keeper")


def _part(visitor: Visitor, address: str) -> str:
    """What the page's script asks for when something is opened."""
    answer = visitor.client.get(address, headers={**visitor.headers, "X-Part": "1"})
    assert answer.status_code == 200
    return str(answer.text)


def _dossiers_held(page: str) -> str:
    """The value of that key figure."""
    figure = figure_named("dossiers-held")
    assert figure is not None
    found = re.search(rf"<dt>{figure.title}</dt><dd>(?:<a[^>]*>)?([^<]*)", page)
    assert found
    return found[1]


def test_the_page_has_key_figures_sections_charts_and_tables(manager: Visitor) -> None:
    page = manager.get(MARCH)
    figures = [figure for section in SECTIONS for figure in section.figures]
    assert page.status_code == 200
    assert "March 2026" in page.text
    drawn = re.findall(r'<figcaption><h3>(.*?) <span class="division-by">', page.text)
    assert {"Dossiers held", "Documents held"} <= set(drawn)  # Key figures are drawn at once, the others when opened.
    assert not set(drawn) & {one.title for one in figures if not one.is_key}
    for section in SECTIONS:
        assert f'id="section-{section.name}"' in page.text
    assert _dossiers_held(page.text) == "1"


def test_a_figure_has_its_definition_charts_and_tables(manager: Visitor) -> None:
    figure = figure_named("dossiers-held")
    assert figure is not None
    address = "/reports/statistics/figures/dossiers-held?kind=month&on=2026-03-01"
    whole, part = manager.get(address).text, _part(manager, address)
    for text in (whole, part):
        assert figure.definition in unescape(text)
        assert text.count("<svg") >= 4
        assert text.count("As a table") == text.count("<svg")
        assert text.count("<caption") == text.count("<svg")
    assert "<html" in whole
    assert "<html" not in part
    assert manager.get("/reports/statistics/figures/no-such-figure").status_code == 404
    assert manager.get("/reports/statistics/figures/dossiers-held?audience=core").status_code == 403
    assert manager.get("/reports/statistics/figures/dossiers-held?kind=year&on=2090-01-01").status_code == 404


def test_everyone_is_the_audience_unless_somebody_cleared_chooses_otherwise(keeper: Visitor) -> None:
    assert _dossiers_held(keeper.get(MARCH).text) == "1"
    assert _dossiers_held(keeper.get(f"{MARCH}&audience=core").text) == "2"


def test_nobody_without_clearance_is_offered_or_given_core_dossiers(manager: Visitor) -> None:
    assert 'name="audience"' not in manager.get(MARCH).text
    for page in ("statistics", "statistics/rows/dossiers-held", "statistics.pdf", "statistics.xlsx", "statistics.json"):
        assert manager.get(f"/reports/{page}?kind=month&on=2026-03-01&audience=core").status_code == 403


def test_a_period_that_is_not_over_says_so(manager: Visitor) -> None:
    assert "The period is not over" in manager.get(MARCH).text
    assert "The period is not over" not in manager.get("/reports/statistics?kind=month&on=2026-02-01").text


def test_one_goes_from_period_to_period(manager: Visitor) -> None:
    page = unescape(manager.get("/reports/statistics?kind=quarter&on=2026-01-01").text)
    assert "kind=quarter&on=2025-10-01" in page
    assert 'rel="next"' not in page  # The next quarter has not begun.
    days = unescape(manager.get("/reports/statistics?first=2026-01-01&last=2026-01-10").text)
    assert "kind=days&first=2025-12-22&last=2025-12-31" in days
    assert "kind=days&first=2026-01-11&last=2026-01-20" in days


@pytest.mark.parametrize(
    "query",
    [
        "first=2026-03-02&last=2026-01-01",
        "first=nonsense&last=2026-01-01",
        "first=2026-01-01",
        "kind=days",
        "kind=month&on=nonsense",
        "kind=fortnight",
        "kind=month&on=2026-04-01",
        "kind=year&on=1930-01-01",
        "kind=year&on=9999-01-01",
        "audience=nobody",
    ],
)
def test_a_wrong_period_is_explained(manager: Visitor, query: str) -> None:
    page = manager.get(f"/reports/statistics?{query}")
    assert page.status_code == 422
    assert "Please correct the marked fields" in page.text


def test_employees_have_no_reports(app: Any, archive: dict[str, int]) -> None:
    employee = Visitor(app, "employee")
    for page in ("statistics", "statistics/rows/dossiers-held", "statistics.csv"):
        assert employee.get(f"/reports/{page}").status_code == 403


def test_no_dimension_is_called_like_another_part_of_the_address() -> None:
    names = {one.name for section in SECTIONS for figure in section.figures for one in figure.dimensions}
    assert not names & NOT_A_DIMENSION
    assert not [name for name in names if "-" in name]  # A crossing's name is two of them with a dash between.


def _whole(visitor: Visitor, query: str) -> str:
    """The statistics page with everything that can be opened on it."""
    page = visitor.get(f"/reports/statistics?{query}").text
    parts = [unescape(part) for part in re.findall(r'data-part="([^"]*)"', page)]
    assert len(parts) == sum(len(section.figures) for section in SECTIONS)
    return page + "".join(_part(visitor, part) for part in parts)


def _links(page: str) -> set[str]:
    return {unescape(link) for link in re.findall(r'href="(/reports/statistics/rows/[^"]*)"', page)}


def _number(text: str) -> str:
    return unescape(text).strip()


@pytest.mark.parametrize(
    ("login", "audience", "times"), [("manager", "everyone", 1), ("keeper", "everyone", 1), ("keeper", "core", 2)]
)
def test_every_number_leads_to_its_rows(
    app: Any, archive: dict[str, int], login: str, audience: str, times: int
) -> None:
    """Each number of the page is the number on top of the list it leads to, and the list has as many rows."""
    visitor = Visitor(app, login)
    page = _whole(visitor, f"kind=quarter&on=2026-01-01&audience={audience}")
    numbers = list(dict.fromkeys(re.findall(r'<a href="(/reports/statistics/rows/[^"]*)">([^<]*)</a>', page)))
    assert len(numbers) > 60 * times
    for link, number in Random(times).sample(numbers, 40):
        behind = visitor.get(unescape(link))
        assert behind.status_code == 200, link
        shown = re.search(r'<p class="rows-value">(.*?)</p>', behind.text)
        assert shown is not None
        assert _number(shown[1]) == _number(number), link


def test_no_list_and_no_name_leads_to_a_core_dossier(
    keeper: Visitor, manager: Visitor, archive: dict[str, int]
) -> None:
    """Neither for who is not cleared, nor for who is and made the statistics for everyone."""
    for visitor in (manager, keeper):
        page = _whole(visitor, "kind=quarter&on=2026-01-01")
        lists = Random(1).sample(sorted(_links(page)), 40)
        for text in (page, *(visitor.get(link).text for link in lists)):
            assert CORE_CLIENT not in text
            assert "S-7002" not in text
            assert f'"/dossiers/{archive["core"]}' not in text
    assert CORE_CLIENT in keeper.get("/reports/statistics/rows/dossiers-held?audience=core").text


@pytest.mark.parametrize("figure", ["requests-submitted", "volumes-issued"])
def test_a_guessed_dossier_is_not_named(manager: Visitor, archive: dict[str, int], figure: str) -> None:
    core = manager.get(f"/reports/statistics/rows/{figure}?dossier={archive['core']}")
    none = manager.get(f"/reports/statistics/rows/{figure}?dossier=987654")
    assert core.status_code == none.status_code == 200
    assert CORE_CLIENT not in core.text
    assert re.sub(r"\d+", "#", core.text) == re.sub(r"\d+", "#", none.text)


@pytest.mark.parametrize(
    "path",
    [
        "no-such-figure",
        "dossiers-held?colour=red",
        "dossiers-held?department=sales",
        "dossiers-held?department=99999999999999999999",
        "dossiers-held?when=tomorrow",
        "dossiers-held?page=0",
        "dossiers-held?page=99999999999999999999",
        "dossiers-held?_external=1",
        "dossiers-held?endpoint=x",
        "dossiers-held?kind=fortnight",
        "dossiers-held?first=2026-03-02&last=2026-01-01",
        "dossiers-opened?day=soon",
        "dossiers-opened?day=9999-12-31",
        "volumes-held?when=previous",
    ],
)
def test_what_there_is_not_is_not_found(manager: Visitor, path: str) -> None:
    assert manager.get(f"/reports/statistics/rows/{path}").status_code == 404


@pytest.mark.parametrize("keys", ["level=none", "level=", "department=", "client_kind=%00x"])
def test_a_key_without_rows_has_an_empty_list(manager: Visitor, keys: str) -> None:
    answer = manager.get(f"/reports/statistics/rows/dossiers-held?{keys}")
    assert answer.status_code == (400 if "%00" in keys else 200)
    if answer.status_code == 200:
        assert "Nothing was counted here" in answer.text


def test_a_subject_is_for_those_who_may_read_the_dossier(manager: Visitor, keeper: Visitor) -> None:
    rows = "/reports/statistics/rows/documents-held"
    assert "Minutes of the talks" in keeper.get(rows).text
    unread = manager.get(rows).text
    assert "Minutes of the talks" not in unread
    assert "2026-7001" not in unread
    assert "What was counted is not yours to see" in unread


def test_a_chosen_rank_names_no_client_one_may_not_read_of(manager: Visitor, keeper: Visitor) -> None:
    for figure, cell in (("clients-known", "恒达机械有限公司"), ("dossiers-held", "2026-7001")):
        rows = f"/reports/statistics/rows/{figure}"
        assert cell in manager.get(rows).text
        chosen = next(link for link in sorted(_links(_part_of(keeper, figure))) if "client_rank=" in link)
        told, untold = keeper.get(chosen).text, manager.get(chosen).text
        assert cell in told
        assert cell not in untold
        assert '<p class="rows-value">1</p>' in told
        assert '<p class="rows-value">1</p>' in untold


def _part_of(visitor: Visitor, figure: str) -> str:
    return _part(visitor, f"/reports/statistics/figures/{figure}?kind=month&on=2026-03-01")


def test_long_lists_are_paged(app: Any, parts: Any, archive: dict[str, int]) -> None:
    with parts.writing() as work:
        somebody = make_person(work.session)
        client = make_client(work.session, somebody)
        for _ in range(60):
            make_dossier(work.session, somebody, client)
    visitor = Visitor(app, "manager")
    first = visitor.get("/reports/statistics/rows/dossiers-held").text
    second = visitor.get("/reports/statistics/rows/dossiers-held?page=2").text
    assert first.count("<tr>") == 1 + 50
    assert second.count("<tr>") == 1 + 11
    assert "The list ends before this page" in visitor.get("/reports/statistics/rows/dossiers-held?page=3").text


def test_a_list_costs_a_fixed_number_of_statements(app: Any, parts: Any, archive: dict[str, int]) -> None:
    from tests.web.test_handover_costs import MOST, counted

    visitor = Visitor(app, "keeper")
    for section in SECTIONS:
        for figure in section.figures:
            with counted() as asked:
                assert visitor.get(f"/reports/statistics/rows/{figure.name}?kind=year&on=2026-01-01").status_code == 200
            assert len(asked) <= MOST, (figure.name, len(asked))
