"""The statistics page, its PDF and its command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from portal.core.permissions import Level, Role
from tests.factories import make_client, make_dossier, make_person
from tests.web.visitor import Visitor


@pytest.fixture
def archive(parts: Any) -> None:
    """One general and one core dossier; a manager without and a records manager with core clearance."""
    with parts.writing() as work:
        manager = make_person(work.session, None, Role.MANAGER, login="manager")
        make_person(work.session, None, Role.RECORDS_MANAGER, login="keeper", clearance=Level.CORE)
        make_person(work.session, login="employee")
        make_dossier(work.session, manager, make_client(work.session, manager, "恒达机械有限公司"))
        make_dossier(work.session, manager, level=Level.CORE)


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


@pytest.mark.usefixtures("archive")
def test_the_page_shows_the_figures_and_a_chart(app: Any) -> None:
    page = Visitor(app, "manager").get("/reports/statistics?first=2026-01-01&last=2026-03-02")
    assert page.status_code == 200
    assert "<svg" in page.text
    assert "Overdue loans" in page.text


@pytest.mark.usefixtures("archive")
def test_core_dossiers_are_in_no_figure_of_people_without_clearance(app: Any) -> None:
    address = "/reports/statistics.pdf?first=2026-01-01&last=2026-03-02&language=en"
    without = text_of(Visitor(app, "manager").get(address).data)
    cleared = text_of(Visitor(app, "keeper").get(address).data)
    assert "Core" not in without.replace("core dossiers are not counted", "")
    assert "Core" in cleared


@pytest.mark.usefixtures("archive")
def test_the_pdf_is_recorded(app: Any, parts: Any) -> None:
    answer = Visitor(app, "manager").get("/reports/statistics.pdf?first=2026-01-01&last=2026-03-02&language=zh")
    assert answer.mimetype == "application/pdf"
    with parts.looking() as work:
        from portal.core.trail import TrailEntry

        entry = work.session.query(TrailEntry).filter_by(action="report:print").one()
    assert entry.details["language"] == "zh"


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize(
    "query", ["first=2026-03-02&last=2026-01-01", "first=nonsense&last=2026-01-01", "first=2026-01-01"]
)
def test_a_wrong_period_is_explained(app: Any, query: str) -> None:
    page = Visitor(app, "manager").get(f"/reports/statistics?{query}")
    assert page.status_code == 422
    assert "Please correct the marked fields" in page.text


@pytest.mark.usefixtures("archive")
def test_employees_have_no_reports(app: Any) -> None:
    assert Visitor(app, "employee").get("/reports/statistics").status_code == 403


@pytest.mark.usefixtures("archive")
def test_the_command_writes_the_pdf(app: Any, tmp_path: Path) -> None:
    output = tmp_path / "statistics.pdf"
    arguments = ["reports", "make", "statistics", "--from", "2026-01-01", "--to", "2026-03-02", "--language", "es"]
    result = app.test_cli_runner().invoke(args=[*arguments, "--as", "keeper", "-o", str(output)])
    assert result.exit_code == 0, result.output
    assert output.read_bytes().startswith(b"%PDF")
    refused = app.test_cli_runner().invoke(args=[*arguments, "--as", "employee", "-o", str(output)])
    assert refused.exit_code == 1
    assert "not allowed" in refused.stderr
