"""The figures of reading, text recognition, handovers and disk use. Small examples, counted by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from portal.documents.models import DocumentKind, Page, ReadingState, TextSource, TextVersion
from portal.handover.states import HandoverState
from portal.reports.statistics.counted import Audience
from tests.unit.reports.figures_archive import AFTER_MARCH, BEFORE_MARCH, MARCH_BEGINS, MARCH_ENDS, by
from tests.unit.reports.lending_archive import LendingArchive, office

DAY = date(2026, 3, 4)
NOON = office(DAY)


@pytest.fixture
def archive(session: Any) -> LendingArchive:
    return LendingArchive(session)


# Reading on screen


def test_grants_given(archive: LendingArchive) -> None:
    for at in (BEFORE_MARCH, MARCH_BEGINS, MARCH_ENDS, AFTER_MARCH):
        archive.grant(at, date(2026, 4, 30))
    archive.grant(NOON, date(2026, 4, 30), of=archive.core)
    counted = archive.count("grants-given")
    assert (counted.total.this, counted.total.previous) == (2, 1)
    assert by(counted, "day") == {"2026-03-01": 1, "2026-03-31": 1}
    assert by(counted, "level") == {"general": 2}
    assert by(counted, "department") == {str(archive.sales.id): 2}
    assert archive.count("grants-given", audience=Audience.CORE).total.this == 3


def test_grants_open(archive: LendingArchive) -> None:
    archive.grant(NOON, date(2026, 3, 31))
    archive.grant(MARCH_ENDS, date(2026, 4, 30), ended_at=AFTER_MARCH)
    archive.grant(NOON, date(2026, 3, 30))  # over
    archive.grant(NOON, date(2026, 4, 30), ended_at=MARCH_ENDS)  # ended
    archive.grant(AFTER_MARCH, date(2026, 4, 30))  # not given yet
    archive.grant(NOON, date(2026, 4, 30), of=archive.core)
    counted = archive.count("grants-open")
    assert (counted.total.this, counted.total.previous) == (2, 0)
    assert by(counted, "department") == {str(archive.sales.id): 2}
    assert by(archive.count("grants-open", audience=Audience.CORE), "level") == {"general": 2, "core": 1}


def test_looks_and_downloads(archive: LendingArchive) -> None:
    archive.trail("page:look", BEFORE_MARCH, archive.file, archive.ana)
    archive.trail("page:look", MARCH_BEGINS, archive.file, archive.ana)
    archive.trail("page:look", MARCH_ENDS, archive.file, archive.bo)
    archive.trail("page:look", AFTER_MARCH, archive.file, archive.ana)
    archive.trail("page:look", NOON, archive.core, archive.ana)
    archive.trail("page:look", NOON + timedelta(hours=1), None, archive.ana)
    archive.trail("page:turn", NOON + timedelta(hours=2), archive.file, archive.ana)
    archive.trail("document:download", NOON + timedelta(hours=3), archive.file, archive.bo)
    archive.trail("document:download", NOON + timedelta(hours=4), archive.file, None)
    looks, downloads = archive.count("page-looks"), archive.count("downloads")
    assert (looks.total.this, looks.total.previous) == (2, 1)
    assert by(looks, "day") == {"2026-03-01": 1, "2026-03-31": 1}
    assert by(looks, "department") == {str(archive.sales.id): 1, str(archive.purchasing.id): 1}
    assert by(downloads, "department") == {str(archive.purchasing.id): 1, "": 1}
    assert by(archive.count("page-looks", audience=Audience.CORE), "level") == {"general": 2, "core": 1}


# Text recognition


def page_of(archive: LendingArchive, state: ReadingState, core: bool = False, **fields: Any) -> Page:
    page = archive.document(archive.core if core else archive.file).versions[0].pages[0]
    page.state = state
    for name, value in fields.items():
        setattr(page, name, value)
    return page


def test_pages_read(archive: LendingArchive) -> None:
    for at in (BEFORE_MARCH, MARCH_BEGINS, MARCH_ENDS, AFTER_MARCH):
        page_of(archive, ReadingState.READ, read_at=at)
    page_of(archive, ReadingState.READ, read_at=NOON, source=TextSource.RECOGNISED)
    page_of(archive, ReadingState.FAILED, read_at=NOON)
    page_of(archive, ReadingState.READ, core=True, read_at=NOON)
    counted = archive.count("pages-read")
    assert (counted.total.this, counted.total.previous) == (3, 1)
    assert by(counted, "day") == {"2026-03-01": 1, "2026-03-04": 1, "2026-03-31": 1}
    assert by(counted, "text_source") == {"embedded": 2, "recognised": 1}
    assert archive.count("pages-read", audience=Audience.CORE).total.this == 4


def test_pages_not_read_are_of_the_newest_file(archive: LendingArchive) -> None:
    page_of(archive, ReadingState.FAILED)
    page_of(archive, ReadingState.NOT_READABLE)
    page_of(archive, ReadingState.FAILED, core=True)
    page_of(archive, ReadingState.WAITING)
    replaced = archive.document(archive.file, kind=DocumentKind.CONTRACT, pages=3)
    for page, state in zip(replaced.versions[0].pages, list(ReadingState)[:3], strict=True):
        page.state = state
    archive.better_scan(replaced, NOON, 2)
    replaced.versions[1].pages = [
        Page(number=1, state=ReadingState.FAILED),
        Page(number=2, state=ReadingState.WAITING),
    ]
    failed, waiting = archive.count("pages-failed"), archive.count("pages-waiting")
    assert (failed.total.this, failed.total.previous) == (3, None)
    assert by(failed, "document_kind") == {"letter": 2, "contract": 1}
    assert by(failed, "reading_state") == {"failed": 2, "not_readable": 1}
    assert by(waiting, "document_kind") == {"letter": 1, "contract": 1}


def test_pages_corrected(archive: LendingArchive) -> None:
    page = page_of(archive, ReadingState.READ)
    hidden = page_of(archive, ReadingState.READ, core=True)
    archive.session.flush()
    moments = (BEFORE_MARCH, MARCH_BEGINS, MARCH_ENDS, AFTER_MARCH)
    for number, at in enumerate(moments, 1):
        archive.session.add(
            TextVersion(page_id=page.id, number=number, source=TextSource.CORRECTED, text="", made_at=at)
        )
    archive.session.add(TextVersion(page_id=page.id, number=5, source=TextSource.RECOGNISED, text="", made_at=NOON))
    archive.session.add(TextVersion(page_id=hidden.id, number=1, source=TextSource.CORRECTED, text="", made_at=NOON))
    counted = archive.count("pages-corrected")
    assert (counted.total.this, counted.total.previous) == (2, 1)
    assert by(counted, "day") == {"2026-03-01": 1, "2026-03-31": 1}
    assert by(counted, "document_kind") == {"letter": 2}


# Handovers


def test_handovers(archive: LendingArchive) -> None:
    archive.handover(BEFORE_MARCH)
    archive.handover(MARCH_BEGINS, HandoverState.SIGNED_OFF, MARCH_ENDS)
    archive.handover(MARCH_ENDS, HandoverState.SIGNED_OFF, AFTER_MARCH, to=archive.purchasing)
    archive.handover(NOON, HandoverState.CALLED_OFF, NOON)
    archive.handover(AFTER_MARCH)
    opened, signed, left = (archive.count(f"handovers-{what}") for what in ("opened", "signed-off", "open"))
    assert (opened.total.this, opened.total.previous) == (3, 1)
    assert by(opened, "handover_kind") == {"leaving": 2, "transfer": 1}
    assert by(opened, "department") == {str(archive.sales.id): 3}
    assert (signed.total.this, by(signed, "handover_kind")) == (1, {"leaving": 1})
    assert (left.total.this, left.total.previous) == (2, 1)
    assert by(left, "handover_kind") == {"leaving": 1, "transfer": 1}


# Disk use


def test_disk_use(archive: LendingArchive) -> None:
    letter = archive.document(archive.file, BEFORE_MARCH)  # 1,000 bytes
    archive.better_scan(letter, MARCH_BEGINS, 1)  # 2,000 bytes
    archive.better_scan(letter, AFTER_MARCH, 1)
    archive.document(archive.file, MARCH_ENDS, kind=DocumentKind.CONTRACT).versions[0].file_kind = "tif"
    archive.document(archive.core, NOON)
    kept, added = archive.count("bytes-kept"), archive.count("bytes-added")
    assert (kept.total.this, kept.total.previous, kept.total.last_year) == (4000, 1000, 0)
    assert by(kept, "file_kind") == {"pdf": 3000, "tif": 1000}
    assert by(kept, "document_kind") == {"letter": 3000, "contract": 1000}
    assert by(kept, "department") == {str(archive.clerk.department_id): 4000}
    assert (added.total.this, added.total.previous) == (3000, 1000)
    assert by(added, "day") == {"2026-03-01": 2000, "2026-03-31": 1000}
    assert archive.count("bytes-kept", audience=Audience.CORE).total.this == 5000
