"""Measures the year's statistics: counting, page, PDF, peak memory, and which figures take longest.

    python -m bench.reports --folder /tmp/reports [--share 0.1] [--times 5]

10,000 clients, 100,000 documents, 300,000 loans over five years with their requests, 200,000 looks at pages
(--share 0.1 for a tenth: does it grow faster than the rows?). The folder keeps the filled database; PORTAL_DATABASE
takes another one. The year before this one, with two years beside it to compare with; one reader, on the clock.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
from sqlalchemy import select, text

from bench.browsing import Browser, counting
from bench.desk_archive import PASSWORD
from bench.reports_archive import REPORTER, Amounts, fill_archive
from portal.accounts.models import Person
from portal.accounts.queries import actor_of
from portal.application import create_app
from portal.config import load_settings
from portal.core.unit_of_work import UnitOfWork
from portal.extensions import db
from portal.migrations.change import upgrade
from portal.reports.papers import Standing, statistics_pdf
from portal.reports.periods import Period, PeriodKind, compared
from portal.reports.queries.counting import as_audience, count_figure
from portal.reports.queries.declaring import Scope
from portal.reports.queries.listings import listed
from portal.reports.queries.sections import SECTIONS
from portal.reports.services.counting import count
from portal.reports.statistics.counted import Audience, Statistics
from portal.server import settle_memory

_SLOWEST = 10


def open_portal(folder: Path, amounts: Amounts) -> Any:
    """The portal over the archive, filled if it is new."""
    settings = {"PORTAL_DATA": str(folder), "PORTAL_WORKER": "external"}
    if database := os.environ.get("PORTAL_DATABASE"):
        settings["PORTAL_DATABASE"] = database
    app = create_app(load_settings(settings))
    with app.app_context():
        upgrade(db.engine)
    if not (folder / "filled").exists():
        with app.extensions["legajo"].looking() as work:
            today = work.today
        with app.extensions["legajo"].new_session() as session:
            fill_archive(session, amounts, today)
            if session.get_bind().dialect.name == "sqlite":
                session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))  # As the last one to close does.
        (folder / "filled").touch()
    settle_memory()  # As `flask serve` does.
    return app


class Year:
    """The statistics of the last whole year, counted for a reporter."""

    def __init__(self, app: Any) -> None:
        self._parts = app.extensions["legajo"]
        with self._parts.looking() as work:
            self._actor = actor_of(work.session, work.session.scalars(select(Person).filter_by(login=REPORTER)).one())
            self.period = Period.containing(PeriodKind.YEAR, work.today).before()

    def count(self, audience: Audience = Audience.EVERYONE) -> Statistics:
        """All of it."""
        with self._parts.looking(self._actor) as work:
            return count(work, audience, self.period)

    def figures(self) -> list[tuple[float, str]]:
        """Seconds for each figure with the years beside it, the slowest first."""
        with self._parts.looking(self._actor) as work:
            scopes = self._scopes(work)
            return sorted(
                (
                    (_seconds(lambda each=figure: count_figure(each, scopes, listing=listed)), figure.name)
                    for section in SECTIONS
                    for figure in section.figures
                ),
                reverse=True,
            )

    def _scopes(self, work: UnitOfWork) -> tuple[Scope, ...]:
        seer = as_audience(self._actor, Audience.EVERYONE)
        return tuple(
            Scope(work.session, seer, period, work.today, work.now, work.zone)
            for period in compared(self.period, work.today)
        )


def in_print(statistics: Statistics) -> bytes:
    """The statistics as a PDF, in English."""
    standing = Standing(mark=None, number=None, checksum=None, signed=(), made_at=statistics.counted_at)
    return statistics_pdf(statistics, standing, language="en", translate=lambda text: text)


def _seconds(act: Callable[[], Any]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


class Rows:
    """Prints a row for each thing: time on the clock, and of it what this process computed (a busy machine shows)."""

    def __init__(self, engine: Any, times: int) -> None:
        self._engine, self._times = engine, times
        print("| what | times | p50 ms | p95 ms | processor p50 ms | statements |")
        print("|---|---|---|---|---|---|")

    def __call__(self, name: str, act: Callable[[], Any]) -> None:
        """Do it once to warm up, then `times` times."""
        with counting(self._engine) as statements:
            act()
        clock, processor = [], []
        for _ in range(self._times):
            start = time.process_time()
            clock.append(_seconds(act) * 1000)
            processor.append((time.process_time() - start) * 1000)
        figures = (np.percentile(clock, 50), np.percentile(clock, 95), np.percentile(processor, 50))
        shown = " | ".join(f"{each:.0f}" for each in figures)
        print(f"| {name} | {self._times} | {shown} | {len(statements)} |", flush=True)


def measure(app: Any, times: int) -> None:
    """Print a row for each thing, and the slowest figures."""
    year = Year(app)
    with app.app_context():
        row = Rows(db.engine, times)
    row("count, for every employee", year.count)
    row("count, with core dossiers", lambda: year.count(Audience.CORE))
    browser = Browser(app, REPORTER, PASSWORD)
    page = f"/reports/statistics?kind=year&on={year.period.first}"
    row("statistics, the page", lambda: browser.get(page))
    statistics = year.count()
    row("PDF of counted figures", lambda: in_print(statistics))
    pdf = in_print(statistics)
    print(f"\nPDF: {len(pypdfium2.PdfDocument(io.BytesIO(pdf)))} pages, {len(pdf):,} bytes\n")
    print("| slowest figures | ms |\n|---|---|")
    for seconds, name in year.figures()[:_SLOWEST]:
        print(f"| {name} | {seconds * 1000:.0f} |")


def _peak_of_child(what: str) -> int:
    """Peak memory in MB of a process that does nothing else."""
    found = subprocess.run(  # noqa: S603 - itself
        [sys.executable, "-m", "bench.reports", *sys.argv[1:], "--alone", what],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(found.stdout.split()[-1])


def _alone(app: Any, what: str) -> None:
    if what != "nothing":
        statistics = Year(app).count()
        if what == "pdf":
            in_print(statistics)
    # Not ru_maxrss: over an exec the kernel keeps what the parent had there.
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(int(peak.split()[1]) // 1024)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--share", type=float, default=1.0, help="of the number of rows")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--alone", choices=("nothing", "count", "pdf"), help="do this, and print the peak memory in MB")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    amounts = Amounts() if options.share == 1.0 else Amounts().part(options.share)
    app = open_portal(options.folder, amounts)
    if options.alone:
        _alone(app, options.alone)
    else:
        measure(app, options.times)
        print("\n| peak memory | MB |\n|---|---|")
        for what in ("nothing", "count", "pdf"):
            print(f"| {what} | {_peak_of_child(what)} |", flush=True)
    app.extensions["legajo"].close()


if __name__ == "__main__":
    main()
