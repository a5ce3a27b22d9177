"""Measures the records desk: time and number of statements of each page of the counter and of a borrower.

    python -m bench.desk --folder /tmp/desk [--share 1.0] [--times 30] [--profile PAGE]

1,000 people, 20,000 volumes, 200,000 past loans, 2,000 open (--share 0.1 for a tenth of them). The folder keeps the
filled database; PORTAL_DATABASE takes another one. One reader, whole requests through the WSGI application, on the
clock.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bench.browsing import Browser, Measure
from bench.desk_archive import BORROWER, CLERK, HEAD, PASSWORD, Size, fill
from portal.accounts.models import Person
from portal.application import create_app
from portal.config import load_settings
from portal.core.permissions import Level
from portal.dossiers.models import Dossier, Volume
from portal.extensions import db
from portal.lending.models import Loan, RequestedVolume, RequestLine
from portal.lending.queries.loans import overdue
from portal.lending.states import LineState, LoanState
from portal.migrations.change import upgrade
from portal.server import settle_memory


def open_portal(folder: Path, size: Size) -> Any:
    """The portal over the archive, filled if it is new."""
    settings = {"PORTAL_DATA": str(folder), "PORTAL_WORKER": "external"}
    if database := os.environ.get("PORTAL_DATABASE"):
        settings["PORTAL_DATABASE"] = database
    app = create_app(load_settings(settings))
    if not (folder / "filled").exists():
        with app.app_context():
            upgrade(db.engine)
            parts = app.extensions["legajo"]
            with parts.looking() as work:
                today = work.today
            with parts.new_session() as session:
                fill(session, size, today)
        (folder / "filled").touch()
    settle_memory()  # As `flask serve` does.
    return app


def measure(app: Any, times: int) -> None:
    """Print a row for each page."""
    with app.app_context():
        engine = db.engine
    clerk, borrower, head = (Browser(app, login, PASSWORD) for login in (CLERK, BORROWER, HEAD))
    row = Measure(engine)
    with app.extensions["legajo"].looking() as work:
        barcodes = work.session.scalars(select(Volume.barcode).order_by(Volume.id.desc()).limit(times + 1)).all()
        lines = work.session.execute(
            select(RequestLine.id, RequestLine.reader_id, Volume.id, Volume.barcode)
            .join(RequestedVolume, RequestedVolume.line_id == RequestLine.id)
            .join(Volume, Volume.id == RequestedVolume.volume_id)
            .join(RequestLine.dossier)
            .where(RequestLine.state == LineState.READY, Dossier.level == Level.GENERAL)
            .limit(times + 1)
        ).all()
        loans = work.session.execute(
            select(Loan.id, Loan.borrower_id, Loan.sheets_issued, Volume.barcode)
            .join(Loan.volume)
            .join(Volume.dossier)
            .where(Loan.state == LoanState.ON_LOAN, ~overdue(work.today), Dossier.level == Level.GENERAL)
            .limit(times + 1)
        ).all()
        readers = work.session.scalars(
            select(Person.id)
            .join(RequestLine, RequestLine.reader_id == Person.id)
            .where(RequestLine.state == LineState.READY)
            .distinct()
            .limit(times + 1)
        ).all()
    repeat = range(times + 1)
    row("desk", [lambda: clerk.get("/desk") for _ in repeat])
    row("desk, its last page", [lambda: clerk.get("/desk?page=1000") for _ in repeat])
    row("desk without scripts: a person", [lambda each=each: clerk.get(f"/desk?person={each}") for each in readers])
    row("desk without scripts: a volume", [lambda each=each: clerk.get(f"/desk?barcode={each}") for each in barcodes])
    row("overdue list", [lambda: clerk.get("/loans?show=overdue") for _ in repeat])
    row("loan register, all", [lambda: clerk.get("/loans?show=all") for _ in repeat])
    row("loan register, page 1,000", [lambda: clerk.get("/loans?show=all&page=1000") for _ in repeat])
    row("requests, as a clerk", [lambda: clerk.get("/requests") for _ in repeat])
    row("requests, page 1,000", [lambda: clerk.get("/requests?page=1000") for _ in repeat])
    row("requests, as a borrower", [lambda: borrower.get("/requests") for _ in repeat])
    row("requests, as a head", [lambda: head.get("/requests") for _ in repeat])
    row("my page, a borrower", [lambda: borrower.get("/") for _ in repeat])
    row("my page, a head", [lambda: head.get("/") for _ in repeat])
    row("my page, a clerk", [lambda: clerk.get("/") for _ in repeat])
    row("scan a volume to hand out", [_scanning(clerk, code, person) for _, person, _, code in lines])
    row(
        "issue",
        [_sending(clerk, code, person, f"/desk/issue/{line}/{volume}", {}) for line, person, volume, code in lines],
    )
    row("scan a volume that comes back", [_scanning(clerk, code, person) for _, person, _, code in loans])
    row(
        "return",
        [
            _sending(clerk, code, person, f"/desk/return/{loan}", {"sheets": str(sheets), "condition": "good"})
            for loan, person, sheets, code in loans
        ],
    )


def _scanning(clerk: Browser, barcode: str, person: int) -> Callable[[], Any]:
    return lambda: clerk.get(_look(barcode, person))


def _sending(clerk: Browser, barcode: str, person: int, path: str, fields: dict[str, str]) -> Callable[[], Any]:
    """Do what the counter offers for a volume; the form is fetched beforehand, as a scan is."""
    form = {**clerk.hidden(_look(barcode, person), path), **fields, "person": str(person)}
    return lambda: clerk.post(path, form, 200)


def _look(barcode: str, person: int) -> str:
    return f"/desk/look?code={barcode}&person={person}"


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--share", type=float, default=1.0, help="of the number of loans")
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--profile", help="a page of the clerk's, such as /desk: where its time goes, by function")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    size = Size() if options.share == 1.0 else Size().part(options.share)
    app = open_portal(options.folder, size)
    if options.profile:
        clerk = Browser(app, CLERK, PASSWORD)
        profiler = cProfile.Profile()
        profiler.runcall(lambda: [clerk.get(options.profile) for _ in range(options.times)])
        pstats.Stats(profiler).sort_stats("cumulative").print_stats(60)
    else:
        measure(app, options.times)
    app.extensions["legajo"].close()


if __name__ == "__main__":
    main()
