"""Statistics printed for the desk: who may, what the trail says of it, and the command."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import select

from portal.core.errors import DownloadsStopped, Invalid, NotPermitted
from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry
from portal.reports.periods import Period, PeriodKind
from portal.reports.services.exporting import FileFormat, export_statistics, record_export
from portal.reports.statistics.counted import Audience
from tests.factories import actor, make_client, make_dossier, make_person

MARCH = Period.containing(PeriodKind.MONTH, date(2026, 3, 1))


def printed(work: Any, audience: Audience = Audience.EVERYONE, period: Period = MARCH) -> Any:
    file = export_statistics(work, audience, period, FileFormat.PDF, language="en", translate=str)
    record_export(work, file)
    return file


def text_of(data: bytes) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data))


@pytest.mark.usefixtures("light_figures")
class TestPrinting:
    def test_it_says_on_every_page_that_it_is_not_issued(self, session: Any, work_as: Any) -> None:
        manager = actor(session, make_person(session, None, Role.MANAGER))
        file = printed(work_as(manager))
        pages = list(pypdfium2.PdfDocument(file.content))
        assert len(pages) >= 3
        assert all("Not an issued report" in page.get_textpage().get_text_range() for page in pages)
        assert file.name == "statistics-20260301-20260331-everyone-en.pdf"

    def test_the_trail_says_what_was_printed(self, session: Any, work_as: Any) -> None:
        manager = make_person(session, None, Role.MANAGER)
        printed(work_as(actor(session, manager)))
        session.flush()
        (entry,) = session.scalars(select(TrailEntry).where(TrailEntry.action == "report:print"))
        assert entry.actor_id == manager.id
        assert entry.details["from"] == "2026-03-01" and entry.details["audience"] == "everyone"

    def test_who_may_not_make_reports_prints_none(self, session: Any, work_as: Any) -> None:
        with pytest.raises(NotPermitted):
            printed(work_as(actor(session, make_person(session))))

    def test_core_figures_are_for_those_cleared(self, session: Any, work_as: Any) -> None:
        manager = actor(session, make_person(session, None, Role.MANAGER))
        with pytest.raises(NotPermitted):
            printed(work_as(manager), Audience.CORE)

    def test_nobody_whose_downloads_are_stopped(self, session: Any, work_as: Any) -> None:
        leaving = make_person(session, None, Role.MANAGER)
        leaving.downloads_stopped = True
        session.flush()
        with pytest.raises(DownloadsStopped):
            printed(work_as(actor(session, leaving)))

    @pytest.mark.parametrize(
        ("first", "last"),
        [(date(2026, 2, 1), date(2026, 1, 31)), (date(2000, 1, 1), date(2026, 1, 1)), (date(2090, 1, 1),) * 2],
    )
    def test_a_period_that_makes_no_sense_is_refused(self, session: Any, work_as: Any, first: date, last: date) -> None:
        manager = actor(session, make_person(session, None, Role.MANAGER))
        with pytest.raises(Invalid):
            printed(work_as(manager), period=Period(PeriodKind.DAYS, first, last))


class TestCommand:
    @pytest.fixture
    def archive(self, parts: Any) -> None:
        """One general and one core dossier; a manager without and a records manager with core clearance."""
        with parts.writing() as work:
            manager = make_person(work.session, None, Role.MANAGER, login="manager")
            make_person(work.session, None, Role.RECORDS_MANAGER, login="keeper", clearance=Level.CORE)
            make_person(work.session, login="employee")
            for level in (Level.GENERAL, Level.CORE):
                make_dossier(work.session, manager, make_client(work.session, manager, level.value), level=level)

    def make(self, app: Any, output: Path, login: str, *more: str) -> Any:
        args = ["reports", "make", "statistics", "--as", login, "--from", "2026-03-01", "--to", "2026-03-31"]
        return app.test_cli_runner().invoke(args=[*args, "-o", str(output), *more])

    @pytest.mark.usefixtures("archive", "light_figures")
    @pytest.mark.parametrize(
        ("login", "more", "held"),
        [("manager", (), 1), ("keeper", (), 2), ("keeper", ("--audience", "everyone"), 1)],
    )
    def test_it_writes_the_file_for_the_audience(
        self, app: Any, tmp_path: Path, login: str, more: tuple[str, ...], held: int
    ) -> None:
        output = tmp_path / "march.pdf"
        result = self.make(app, output, login, *more)
        assert result.exit_code == 0, result.output
        text = text_of(output.read_bytes())
        assert "March 2026" in text
        assert f"Dossiers held\r\n{held}\r\n" in text or f"Dossiers\r\n{held}\r\n" in text

    @pytest.mark.usefixtures("archive", "light_figures")
    @pytest.mark.parametrize(("login", "more"), [("employee", ()), ("manager", ("--audience", "core")), ("nobody", ())])
    def test_who_may_not_gets_no_file(self, app: Any, tmp_path: Path, login: str, more: tuple[str, ...]) -> None:
        output = tmp_path / "march.pdf"
        result = self.make(app, output, login, *more)
        assert result.exit_code == 1
        assert not output.exists()

    @pytest.mark.usefixtures("archive", "light_figures")
    def test_a_place_that_cannot_be_written_is_named(self, app: Any, tmp_path: Path, parts: Any) -> None:
        result = self.make(app, tmp_path / "nowhere" / "march.pdf", "manager")
        assert result.exit_code == 1 and "cannot write" in result.stderr
        with parts.looking() as work:
            assert not work.session.scalars(select(TrailEntry).where(TrailEntry.action == "report:print")).all()
