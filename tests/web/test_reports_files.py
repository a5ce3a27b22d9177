"""The statistics as files: the same digits everywhere, recorded, and for nobody whose downloads are stopped."""

from __future__ import annotations

import csv
import json
import re
from html import unescape
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from portal.accounts.models import Person
from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry
from portal.dossiers.models import Dossier
from portal.reports.files.cells import csv_number, xlsx_number
from portal.reports.statistics.counted import Unit, Values
from portal.reports.statistics.storing import checksum, read
from portal.reports.statistics.wording import value_text
from tests.factories import PASSWORD_HASH, make_client, make_document, make_dossier, make_person
from tests.unit.reports.archives import make_archive
from tests.web.visitor import Visitor

YEAR = "kind=year&on=2024-01-01"
CORE_CLIENT = "Quiet Harbour Holdings"
FORMATS = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "json": "application/json",
}


def as_it_is(text: str) -> str:
    """English message ids are English."""
    return text


def text_of(pdf: bytes) -> str:
    """All text of a PDF, in one line."""
    document = pypdfium2.PdfDocument(pdf)
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())


@pytest.fixture
def random_archive(app: Any, parts: Any, clock: Any) -> Visitor:
    """Somebody who makes reports, in an archive with a few hundred rows of everything."""
    with parts.writing() as work:
        drawing = make_archive(work.session, 0)
        assert drawing.zone == work.zone
        work.session.get_one(Person, 1).password_hash = PASSWORD_HASH
    clock.put(drawing.now)
    return Visitor(app, "person1")


def _texts(values: Values, unit: Unit) -> list[str]:
    """The three values as they are read."""
    return [value_text(one, unit, language="en", translate=as_it_is) for one in values]


def _numbers(row: str) -> list[str]:
    """What stands in the cells of numbers of a table's row."""
    return [unescape(re.sub("<[^>]*>", "", cell)).strip() for cell in re.findall(r'<td class="num">(.*?)</td>', row)]


@pytest.mark.parametrize("audience", ["everyone", "core"])
def test_every_rendering_shows_the_same_digits(random_archive: Visitor, audience: str) -> None:
    query = f"{YEAR}&audience={audience}&language=en"
    data = random_archive.get(f"/reports/statistics.json?{query}").data
    page = random_archive.get(f"/reports/statistics?{query}").text
    pdf = text_of(random_archive.get(f"/reports/statistics.pdf?{query}").data)
    table = csv.reader(StringIO(random_archive.get(f"/reports/statistics.csv?{query}").data.decode("utf-8-sig")))
    lines = {(line[0], line[1]): line[6:] for line in table if line[2] == "" and line[4] == "In all"}
    workbook = load_workbook(BytesIO(random_archive.get(f"/reports/statistics.xlsx?{query}").data))
    statistics = read(data)
    assert checksum(data)
    counted = [(section, figure) for section in statistics.sections for figure in section.figures]
    assert sum(1 for _, figure in counted if figure.total.this) > 25
    for section, figure in counted:
        texts = _texts(figure.total, figure.unit)
        row = re.search(
            rf'<th scope="row">{re.escape(figure.title)}</th>(.*?)</tr>', page.replace("&#39;", "'"), re.DOTALL
        )
        assert row is not None, figure.title
        assert _numbers(row[1]) == texts[:2], figure.name  # Of a year, the period before is last year's.
        sheet = workbook.worksheets[1 + statistics.sections.index(section)]
        values = next(line for line in sheet.iter_rows(values_only=True) if line[0] == figure.title and line[4])[1:4]
        assert values == tuple(None if one is None else xlsx_number(one, figure.unit) for one in figure.total)
        assert lines[section.title, figure.title] == [csv_number(one, figure.unit) for one in figure.total]
        assert " ".join(texts[0].split()) in pdf, figure.name


def test_the_digits_of_the_parts_are_the_same_in_the_page_and_in_the_data(random_archive: Visitor) -> None:
    quarter = "kind=quarter&on=2024-01-01"
    for figure in read(random_archive.get(f"/reports/statistics.json?{quarter}").data).figures():
        page = random_archive.get(f"/reports/statistics/figures/{figure.name}?{quarter}").text
        tables = re.findall(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
        compared = figure.total.previous is not None or figure.total.last_year is not None
        drawn = [part for part in figure.breakdowns if any(value for group in part.groups for value in group.values)]
        for part, table in zip(drawn, tables, strict=False):
            rows = [_numbers(row) for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)]
            values = [group.values for group in part.groups] + ([part.rest] if part.rest else [])
            texts = [
                [value_text(one, figure.unit, language="en", translate=as_it_is) for one in all_] for all_ in values
            ]
            assert rows == [all_ if compared else all_[:1] for all_ in texts], (figure.name, part.name)


@pytest.fixture
def archive(app: Any, parts: Any) -> Any:
    """A general dossier and a core one, a clerk and a records manager who is cleared."""
    with parts.writing() as work:
        session = work.session
        clerk = make_person(session, None, Role.CLERK, login="clerk")
        make_person(session, None, Role.RECORDS_MANAGER, login="keeper", clearance=Level.CORE)
        make_person(session, login="employee")
        core = make_dossier(session, clerk, make_client(session, clerk, CORE_CLIENT), level=Level.CORE)
        for dossier in (make_dossier(session, clerk), core):
            make_document(session, clerk, dossier, "a page")
    return app


@pytest.mark.parametrize("ending", list(FORMATS))
def test_a_file_is_named_typed_and_recorded(archive: Any, parts: Any, ending: str) -> None:
    answer = Visitor(archive, "clerk").get(f"/reports/statistics.{ending}?kind=month&on=2026-02-10&language=es")
    assert answer.status_code == 200
    assert answer.mimetype == FORMATS[ending]
    assert f"statistics-20260201-20260228-everyone-es.{ending}" in answer.headers["Content-Disposition"]
    with parts.looking() as work:
        entry = work.session.scalars(select(TrailEntry).where(TrailEntry.action == "report:print")).one()
    assert entry.details == {
        "from": "2026-02-01",
        "to": "2026-02-28",
        "language": "es",
        "format": ending,
        "audience": "everyone",
    }


@pytest.mark.parametrize("ending", list(FORMATS))
def test_whose_downloads_are_stopped_gets_no_file_and_no_link(archive: Any, parts: Any, ending: str) -> None:
    clerk = Visitor(archive, "clerk")
    assert f"/reports/statistics.{ending}" in clerk.get("/reports/statistics").text
    with parts.writing() as work:
        work.session.scalars(select(Person).where(Person.login == "clerk")).one().downloads_stopped = True
    answer = clerk.get(f"/reports/statistics.{ending}")
    assert answer.status_code == 403
    assert "Downloads are stopped for you" in answer.text
    assert f"/reports/statistics.{ending}" not in clerk.get("/reports/statistics").text
    with parts.looking() as work:
        assert not work.session.scalars(select(TrailEntry).where(TrailEntry.action == "report:print")).all()


@pytest.mark.parametrize("ending", list(FORMATS))
@pytest.mark.parametrize("query", ["kind=fortnight", "first=2026-03-02&last=2026-01-01", "language=xx", "on=soon"])
def test_nonsense_makes_no_file(archive: Any, ending: str, query: str) -> None:
    assert 400 <= Visitor(archive, "clerk").get(f"/reports/statistics.{ending}?{query}").status_code < 500


@pytest.mark.parametrize("login", ["clerk", "keeper"])
def test_no_file_for_everyone_holds_anything_of_core(archive: Any, parts: Any, login: str) -> None:
    visitor = Visitor(archive, login)
    with parts.looking() as work:
        number = work.session.scalars(select(Dossier.number).where(Dossier.level == Level.CORE)).one()
    query = "kind=quarter&on=2026-01-01"
    data = visitor.get(f"/reports/statistics.json?{query}").data
    statistics = read(data)
    assert statistics.figure("dossiers-held").total.this == 1
    assert "core" not in {group.key for group in statistics.figure("dossiers-held").breakdown("level").groups}
    workbook = load_workbook(BytesIO(visitor.get(f"/reports/statistics.xlsx?{query}").data))
    cells = [str(cell) for sheet in workbook for row in sheet.iter_rows(values_only=True) for cell in row if cell]
    texts = [
        json.dumps(json.loads(data), ensure_ascii=False),
        visitor.get(f"/reports/statistics.csv?{query}").data.decode(),
        " ".join(cells),
        text_of(visitor.get(f"/reports/statistics.pdf?{query}").data),
    ]
    for text in texts:
        assert CORE_CLIENT not in text
        assert number not in text
    core = read(Visitor(archive, "keeper").get(f"/reports/statistics.json?{query}&audience=core").data)
    assert core.figure("dossiers-held").total.this == 2


def test_the_command_writes_the_pdf(archive: Any, tmp_path: Path) -> None:
    output = tmp_path / "statistics.pdf"
    arguments = ["reports", "make", "statistics", "--from", "2026-01-01", "--to", "2026-03-02", "--language", "es"]
    result = archive.test_cli_runner().invoke(args=[*arguments, "--as", "keeper", "-o", str(output)])
    assert result.exit_code == 0, result.output
    assert output.read_bytes().startswith(b"%PDF")
    refused = archive.test_cli_runner().invoke(args=[*arguments, "--as", "employee", "-o", str(output)])
    assert refused.exit_code == 1
    assert "not allowed" in refused.stderr
    core = [*arguments, "--as", "clerk", "--audience", "core", "-o", str(output)]
    assert archive.test_cli_runner().invoke(args=core).exit_code == 1
