"""The figures of holdings and intake. Small examples, counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from portal.clients.models import ClientKind, ClientRank
from portal.core.permissions import Level
from portal.documents.models import DocumentKind
from portal.dossiers.states import Condition, Custody, DossierState
from portal.reports.periods import Period, PeriodKind
from portal.reports.queries.bands import AGES, SIZES
from portal.reports.statistics.counted import Audience
from tests.factories import make_department
from tests.unit.reports.figures_archive import AFTER_MARCH, BEFORE_MARCH, MARCH_BEGINS, MARCH_ENDS, Archive, by, cells


@pytest.fixture
def archive(session: Any) -> Archive:
    return Archive(session)


# Holdings


def test_dossiers_held_are_those_opened_by_the_last_day(archive: Archive) -> None:
    archive.dossier(date(2026, 2, 28))
    archive.dossier(date(2026, 3, 31), level=Level.IMPORTANT)
    archive.dossier(date(2026, 4, 1))
    archive.dossier(state=DossierState.DRAFT)
    counted = archive.count("dossiers-held")
    assert (counted.total.this, counted.total.previous, counted.total.last_year) == (2, 1, 0)
    assert by(counted, "level") == {"general": 1, "important": 1}


def test_core_dossiers_are_not_counted_for_everyone_even_if_the_asker_is_cleared(archive: Archive) -> None:
    archive.dossier(volumes=2)
    archive.document(archive.dossier(volumes=4, level=Level.CORE))
    for name, everyone, cleared in (
        ("dossiers-held", 1, 2),
        ("volumes-held", 2, 6),
        ("documents-held", 0, 1),
        ("pages-held", 0, 1),
        ("dossiers-opened", 1, 2),
        ("documents-filed", 0, 1),
        ("pages-filed", 0, 1),
        ("clients-known", 1, 2),
        ("new-clients", 1, 2),
        ("clients-incomplete", 1, 2),
        ("clients-short-of-people", 1, 2),
        ("clients-without-anyone", 1, 2),
    ):
        assert archive.count(name).total.this == everyone, name
        assert archive.count(name, audience=Audience.CORE).total.this == cleared, name
    levels = [group.key for group in archive.count("dossiers-held").breakdown("level").groups]
    assert levels == ["general", "important"]
    assert by(archive.count("dossiers-held"), "size") == {"2": 1}


@pytest.mark.parametrize(
    ("opened_on", "last", "age"),
    [
        (date(2024, 2, 29), date(2025, 2, 28), "0"),
        (date(2024, 2, 29), date(2025, 3, 1), "1"),
        (date(2024, 2, 29), date(2027, 2, 28), "1"),
        (date(2024, 2, 29), date(2027, 3, 1), "3"),
        (date(2023, 2, 28), date(2024, 2, 29), "1"),
        (date(2023, 3, 1), date(2024, 2, 29), "0"),
        (date(2020, 2, 29), date(2026, 2, 28), "3"),
        (date(2020, 2, 29), date(2026, 3, 1), "6"),
        (date(2015, 3, 31), date(2026, 3, 31), "11"),
        (date(2015, 4, 1), date(2026, 3, 31), "6"),
    ],
)
def test_a_dossier_is_a_year_older_on_the_day_it_was_opened(
    archive: Archive, opened_on: date, last: date, age: str
) -> None:
    dossier = archive.dossier(opened_on)
    archive.document(dossier, datetime(2020, 1, 1, tzinfo=UTC), dated=opened_on)
    period = Period(PeriodKind.DAYS, last, last)
    assert by(archive.count("dossiers-held", period, today=date(2028, 1, 1)), "age") == {age: 1}
    assert by(archive.count("documents-held", period, today=date(2028, 1, 1)), "age") == {age: 1}


def test_a_dossier_is_as_old_as_today_where_the_period_is_not_over(archive: Archive) -> None:
    archive.dossier(date(2025, 3, 20))
    year = Period.containing(PeriodKind.YEAR, date(2026, 1, 1))
    assert by(archive.count("dossiers-held", year, today=date(2026, 3, 19)), "age") == {"0": 1}
    assert by(archive.count("dossiers-held", year, today=date(2026, 3, 20)), "age") == {"1": 1}


def test_dossiers_by_the_number_of_their_volumes_without_disposed_ones(archive: Archive) -> None:
    for number in (0, 1, 2, 3, 4, 9, 10, 12):
        archive.dossier(volumes=number)
    archive.dossier(volumes=1).volumes[0].custody = Custody.DISPOSED
    archive.dossier(volumes=4).volumes[3].custody = Custody.DISPOSED
    counted = archive.count("dossiers-held")
    assert by(counted, "size") == {"0": 2, "1": 1, "2": 3, "4": 2, "10": 2}
    assert [group.key for group in counted.breakdown("size").groups] == list(SIZES)
    assert [group.key for group in counted.breakdown("age").groups] == list(AGES)


def test_dossiers_by_department_and_level(archive: Archive) -> None:
    sales, legal = (make_department(archive.session, name) for name in ("Sales", "Legal"))
    archive.dossier(department=sales, level=Level.IMPORTANT)
    archive.dossier(department=sales)
    archive.dossier(department=legal)
    counted = archive.count("dossiers-held")
    assert by(counted, "department") == {str(sales.id): 2, str(legal.id): 1}
    assert cells(counted, "department-level") == {
        (str(sales.id), "general"): 1,
        (str(sales.id), "important"): 1,
        (str(legal.id), "general"): 1,
    }


def test_volumes_are_counted_as_they_stand_now(archive: Archive) -> None:
    bank = archive.client(kind=ClientKind.BANK, rank=ClientRank.KEY)
    first, second, third = archive.dossier(date(2026, 4, 10), bank, volumes=3).volumes
    first.custody, second.condition, third.custody = Custody.ON_LOAN, Condition.DAMP, Custody.DISPOSED
    archive.dossier(volumes=1, state=DossierState.DRAFT)
    counted = archive.count("volumes-held")
    assert (counted.total.this, counted.total.previous, counted.total.last_year) == (2, None, None)
    assert by(counted, "custody") == {"on_loan": 1, "on_shelf": 1}
    assert "disposed" not in [group.key for group in counted.breakdown("custody").groups]
    assert by(counted, "condition") == {"good": 1, "damp": 1}
    assert by(counted, "client_kind") == {"bank": 2}
    assert by(counted, "client_rank") == {"key": 2}


def test_documents_held_are_those_filed_before_midnight_of_the_office(archive: Archive) -> None:
    dossier = archive.dossier()
    archive.document(dossier, BEFORE_MARCH, kind=DocumentKind.CONTRACT)
    archive.document(dossier, MARCH_ENDS, dated=date(2026, 12, 24))
    archive.document(dossier, AFTER_MARCH)
    archive.document(archive.dossier(state=DossierState.DRAFT), BEFORE_MARCH)
    counted = archive.count("documents-held")
    assert (counted.total.this, counted.total.previous) == (2, 1)
    assert by(counted, "document_kind") == {"contract": 1, "letter": 1}
    assert by(counted, "age") == {"0": 2}


def test_pages_held_are_those_of_the_newest_version_of_that_time(archive: Archive) -> None:
    dossier = archive.dossier()
    scanned_again = archive.document(dossier, BEFORE_MARCH, pages=3)
    archive.better_scan(scanned_again, MARCH_ENDS, pages=5)
    archive.better_scan(scanned_again, AFTER_MARCH, pages=100)
    unread = archive.document(dossier, MARCH_BEGINS, kind=DocumentKind.FAX)
    unread.versions[0].page_count = None
    unread_again = archive.document(dossier, MARCH_BEGINS, pages=7, kind=DocumentKind.OTHER)
    archive.better_scan(unread_again, MARCH_BEGINS, pages=None)
    counted = archive.count("pages-held")
    assert (counted.total.this, counted.total.previous) == (5, 3)
    assert by(counted, "document_kind") == {"letter": 5}
    april = Period.containing(PeriodKind.MONTH, date(2026, 4, 1))
    assert archive.count("pages-held", april).total.this == 100


# Intake


def test_dossiers_opened_on_the_first_and_on_the_last_day_count(archive: Archive) -> None:
    for day in (date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1)):
        archive.dossier(day)
    counted = archive.count("dossiers-opened")
    assert (counted.total.this, counted.total.previous) == (2, 1)
    assert by(counted, "day") == {"2026-03-01": 1, "2026-03-31": 1}


def test_the_time_to_open_a_dossier_is_the_mean_of_those_that_were_handed_in(archive: Archive) -> None:
    noon = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
    for hours in (1, 2.5, 48):
        dossier = archive.dossier()
        dossier.submitted_at, dossier.decided_at = noon, noon + timedelta(hours=hours)
    archive.dossier()  # Brought in from the old system: nobody handed it in.
    before = archive.dossier(date(2026, 2, 27))
    before.submitted_at, before.decided_at = noon, noon + timedelta(hours=1000)
    # 51.5 hours, divided by three, are 17.17 hours.
    assert archive.count("hours-to-open").total.this == 172
    assert archive.count("hours-to-open").total.last_year is None


def test_documents_are_filed_on_days_of_the_office(archive: Archive) -> None:
    dossier = archive.dossier()
    for moment in (BEFORE_MARCH, MARCH_BEGINS, MARCH_ENDS, AFTER_MARCH):
        archive.document(dossier, moment)
    archive.document(archive.dossier(state=DossierState.DRAFT), MARCH_BEGINS)
    counted = archive.count("documents-filed")
    assert (counted.total.this, counted.total.previous) == (2, 1)
    assert by(counted, "day") == {"2026-03-01": 1, "2026-03-31": 1}
    assert by(counted, "department") == {str(dossier.department_id): 2}


def test_pages_filed_are_those_of_each_file_added(archive: Archive) -> None:
    document = archive.document(archive.dossier(), BEFORE_MARCH, pages=2)
    archive.better_scan(document, MARCH_BEGINS, pages=4)
    archive.better_scan(document, MARCH_BEGINS, pages=None)
    archive.better_scan(document, MARCH_ENDS, pages=8)
    archive.better_scan(document, AFTER_MARCH, pages=16)
    counted = archive.count("pages-filed")
    assert (counted.total.this, counted.total.previous) == (12, 2)
    assert by(counted, "day") == {"2026-03-01": 4, "2026-03-31": 8}
    assert archive.count("better-scans").total.this == 3
    assert archive.count("better-scans").total.previous == 0
