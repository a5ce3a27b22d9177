"""Custom lists: what they hold, what they keep from whom, how they are kept and printed."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pypdfium2 as pdfium
import pytest

from portal.clients.models import ClientKind, ClientRank
from portal.core.permissions import Level
from portal.documents.models import DocumentVersion
from portal.dossiers.states import Custody
from portal.reports.papers.standing import Signed, Standing
from portal.reports.periods import Period, PeriodKind
from portal.reports.queries.counting import as_audience
from portal.reports.queries.declaring import Scope
from portal.reports.queries.lists import count_list
from portal.reports.regular.contents import list_file, list_pdf
from portal.reports.services.exporting import FileFormat
from portal.reports.services.rendering import translator
from portal.reports.statistics.counted import Audience
from portal.reports.statistics.lists import FIELDS, ListOf, ListReport, ListSpec, read_list, stored_list
from portal.reports.statistics.storing import checksum
from tests.factories import make_client, make_document, make_dossier, make_responsible
from tests.unit.lending_world import World, make_world

FEBRUARY = Period.containing(PeriodKind.MONTH, date(2026, 2, 1))
MARCH = Period.containing(PeriodKind.MONTH, date(2026, 3, 1))


@pytest.fixture
def world(session: Any, work_as: Any) -> World:
    return make_world(session, work_as)


def everything(of: ListOf, **filters: str) -> ListSpec:
    return ListSpec(of, tuple(one.name for one in FIELDS[of]), **filters)


def counted(
    world: World,
    person: Any,
    spec: ListSpec,
    *,
    audience: Audience = Audience.EVERYONE,
    period: Period = FEBRUARY,
    most: int = 100,
) -> ListReport:
    work = world.work(person)
    scope = Scope(work.session, as_audience(work.person, audience), period, work.today, work.now, work.zone)
    return count_list(spec, scope, audience, most=most)


def rows(report: ListReport) -> list[dict[str, Any]]:
    """Each row by the names of its fields."""
    names = [one.name for one in FIELDS[report.of]]
    return [dict(zip(names, row, strict=True)) for row in report.register.rows]


def test_a_clients_data_stand_there_for_whoever_may_read_them(world: World) -> None:
    client = make_client(
        world.session,
        world.owner,
        "Acme Castings",
        rank=ClientRank.KEY,
        industry="Foundry",
        size="200 people",
        cooperation_began=date(2019, 5, 1),
    )
    first = make_dossier(world.session, world.owner, client, level=Level.IMPORTANT)
    second = make_dossier(world.session, world.owner, client)
    make_responsible(world.session, world.reader, client)
    make_responsible(world.session, world.colleague, client, 2)
    (row,) = rows(counted(world, world.head, everything(ListOf.CLIENTS)))
    assert row == {
        "client": "Acme Castings",
        "dossiers": ", ".join(sorted([first.number or "", second.number or ""])),
        "department": "Purchasing",
        "kind": "Supplier",
        "rank": "Key client",
        "country": "CN",
        "industry": "Foundry",
        "size": "200 people",
        "first": "Rea Reader",
        "second": "Col League",
        "began": date(2019, 5, 1),
    }
    # The general manager may not read it: name, dossiers and department are all they are told.
    (row,) = rows(counted(world, world.general, everything(ListOf.CLIENTS)))
    assert {name for name, value in row.items() if value is not None} == {"client", "dossiers", "department"}


@pytest.mark.parametrize("filters", [{"kind": "supplier"}, {"rank": "ordinary"}])
@pytest.mark.parametrize("of", ListOf)
def test_a_condition_tells_nothing_of_who_may_not_be_read(world: World, of: ListOf, filters: dict[str, str]) -> None:
    """That a row is there would say of which kind the client is."""
    dossier = make_dossier(
        world.session, world.owner, make_client(world.session, world.owner, kind=ClientKind.SUPPLIER)
    )
    world.lend(dossier)
    assert counted(world, world.general, everything(of, **filters), period=MARCH).register.rows == ()
    assert len(counted(world, world.records, everything(of, **filters), period=MARCH).register.rows) == 1


@pytest.mark.parametrize("of", ListOf)
def test_core_is_in_no_list_for_everybody(world: World, of: ListOf) -> None:
    client = make_client(world.session, world.owner, "Secret Works")
    world.lend(make_dossier(world.session, world.owner, client, level=Level.CORE, number="K2026-0077"))
    mixed = make_client(world.session, world.owner, "Open Works")
    world.lend(make_dossier(world.session, world.owner, mixed, level=Level.CORE, number="K2026-0078"))
    make_dossier(world.session, world.owner, mixed, number="2026-0500")
    for person in (world.head, world.records):  # Both are cleared: the audience decides.
        said = str(counted(world, person, everything(of), period=MARCH))
        assert "Secret" not in said
        assert "K2026" not in said
    said = str(counted(world, world.head, everything(of), audience=Audience.CORE, period=MARCH))
    assert "Secret Works" in said
    assert "K2026-0078" in said
    world.head.clearance = Level.IMPORTANT
    said = str(counted(world, world.head, everything(of), audience=Audience.CORE, period=MARCH))
    assert "K2026" not in said


def test_a_dossiers_documents_are_counted_for_whoever_may_read_it(world: World) -> None:
    dossier = make_dossier(world.session, world.owner, volumes=3)
    dossier.volumes[0].custody, dossier.volumes[1].custody = Custody.DISPOSED, Custody.ON_LOAN
    document = make_document(world.session, world.owner, dossier, "one", "two")
    document.versions.append(_better(document, pages=5))
    after = make_document(world.session, world.owner, dossier, "three")
    after.filed_at += timedelta(days=90)
    world.session.flush()
    (row,) = rows(counted(world, world.clerk, everything(ListOf.DOSSIERS)))
    assert (row["volumes"], row["on_loan"], row["documents"], row["pages"]) == (2, 1, 1, 5)
    (row,) = rows(counted(world, world.general, everything(ListOf.DOSSIERS)))
    assert (row["volumes"], row["on_loan"], row["documents"], row["pages"]) == (2, 1, None, None)


def _better(document: Any, pages: int) -> DocumentVersion:
    old = document.versions[0]
    return DocumentVersion(
        number=2,
        content_key=old.content_key,
        file_name="better.pdf",
        file_kind="pdf",
        byte_size=1,
        page_count=pages,
        state=old.state,
        added_at=old.added_at,
        added_by_id=old.added_by_id,
    )


def test_loans_of_the_period_with_the_days_they_are_late(world: World, clock: Any) -> None:
    early, late = world.dossier(), world.dossier()
    world.give_back(world.lend(early))
    loan = world.lend(late)
    clock.put(clock.now() + timedelta(days=10))
    found = {row["dossier"]: row for row in rows(counted(world, world.head, everything(ListOf.LOANS), period=MARCH))}
    assert found[early.number]["days_late"] == 0
    assert found[early.number]["returned_on"] == date(2026, 3, 2)
    assert found[late.number]["returned_on"] is None
    assert found[late.number]["days_late"] == (date(2026, 3, 12) - loan.due_on).days > 0
    assert found[late.number]["borrower_department"] == "Sales"
    assert found[late.number]["volume"] == "1"
    assert "Rea Reader" not in str(found)
    assert counted(world, world.head, everything(ListOf.LOANS), period=FEBRUARY).register.rows == ()


def test_conditions_and_the_end_of_the_period(world: World) -> None:
    general = make_dossier(world.session, world.owner)
    important = make_dossier(world.session, world.clerk, level=Level.IMPORTANT)
    later = make_dossier(world.session, world.owner)
    later.opened_on = date(2026, 3, 1)
    draft = make_dossier(world.session, world.owner, state="draft")
    world.session.flush()

    def numbers(**filters: str) -> set[str]:
        return {
            str(row["dossier"]) for row in rows(counted(world, world.records, everything(ListOf.DOSSIERS, **filters)))
        }

    assert numbers() == {general.number, important.number}
    assert numbers(level="important") == {important.number}
    assert numbers(department=str(world.owner.department_id)) == {general.number}
    assert draft.number is None
    clients = counted(world, world.records, everything(ListOf.CLIENTS, level="important"))
    assert [row["client"] for row in rows(clients)] == [important.client.name]
    assert [(heading, name.text) for heading, name in clients.filters] == [("Level", "Important")]


def test_rows_beyond_the_limit_are_counted(world: World) -> None:
    for _ in range(5):
        make_dossier(world.session, world.owner)
    for of in (ListOf.CLIENTS, ListOf.DOSSIERS):
        register = counted(world, world.head, everything(of), most=3).register
        assert (len(register.rows), register.left_out) == (3, 2)


def test_only_the_columns_chosen_are_there_in_their_order(world: World) -> None:
    make_dossier(world.session, world.owner)
    report = counted(world, world.head, ListSpec(ListOf.DOSSIERS, ("level", "client")))
    assert [column.heading for column in report.register.columns] == ["Dossier", "Client", "Level"]
    assert all(len(row) == 3 for row in report.register.rows)


def test_no_field_tells_how_to_reach_a_client() -> None:
    names = {one.name for fields in FIELDS.values() for one in fields}
    assert not names & {"phone", "fax", "email", "address", "postcode", "legal_representative", "contacts"}


@pytest.fixture
def kept(world: World) -> bytes:
    client = make_client(world.session, world.owner, "=恒达机械（集团）有限公司")
    make_dossier(world.session, world.owner, client)
    make_responsible(world.session, world.reader, client)
    return stored_list(counted(world, world.head, everything(ListOf.CLIENTS)))


def test_what_is_kept_is_read_back_and_always_the_same_bytes(kept: bytes) -> None:
    report = read_list(kept)
    assert stored_list(report) == kept
    other = replace(report, counted_at=report.counted_at + timedelta(seconds=1))
    assert checksum(stored_list(other)) != checksum(kept)
    with pytest.raises(ValueError, match="no list"):
        read_list(b'{"format":"legajo statistics 1"}')


@pytest.mark.parametrize("language", ["en", "es", "zh"])
def test_a_list_as_paper_says_what_it_is(kept: bytes, language: str) -> None:
    report = read_list(kept)
    standing = Standing("Draft", "R2026-0007", checksum(kept), (Signed("Prepared by", "Cle Rk"),), report.counted_at)
    document = pdfium.PdfDocument(list_pdf(kept, standing, language, translator(language), "La lista 清单"))
    said = "".join(page.get_textpage().get_text_range() for page in document)
    headings = [translator(language)(column.heading) for column in report.register.columns]
    for words in (
        *headings,
        "R2026-0007",
        checksum(kept),
        "恒达机械（集团）有限公司",
        "Rea Reader",
        "Cle Rk",
        "La lista 清单",
    ):
        assert words.replace(" ", "") in said.replace("\r", "").replace("\n", "").replace(" ", "")


def test_a_list_as_files(kept: bytes) -> None:
    standing = Standing("Withdrawn", "R2026-0007", checksum(kept), (), read_list(kept).counted_at)
    of_its_own = "en", translator("en"), "La lista 清单"
    table = list_file(kept, standing, FileFormat.CSV, *of_its_own).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(table)))
    heads = lines.index([]) + 1
    about = dict(lines[: heads - 1])
    assert about["Title"] == "La lista 清单"
    assert (about["State"], about["Report number"]) == ("Withdrawn", "R2026-0007")
    assert {"Period", "Made for", "Rows"} <= set(about)
    assert about["Checksum of the data (SHA-256)"] == checksum(kept)
    assert lines[heads][:3] == ["Client", "Dossiers", "Department"]
    assert "恒达机械" in lines[heads + 1][0]
    assert not lines[heads + 1][0].startswith("=")  # No spreadsheet takes a client's name for a formula.
    book = openpyxl.load_workbook(io.BytesIO(list_file(kept, standing, FileFormat.XLSX, *of_its_own)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {"La lista 清单", "Withdrawn", "R2026-0007", checksum(kept)} <= {cell.value for cell in cells}
    assert any("恒达机械" in str(cell.value) and cell.data_type == "s" for cell in cells)
    assert read_list(kept).zone == ZoneInfo("Asia/Shanghai").key
