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
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import event, select

from bench.desk_archive import BORROWER, CLERK, HEAD, PASSWORD, Size, fill
from portal.application import create_app
from portal.config import load_settings
from portal.core.permissions import Level
from portal.dossiers.models import Dossier, Volume
from portal.extensions import db
from portal.lending.models import Loan, RequestedVolume, RequestLine
from portal.lending.queries.loans import overdue
from portal.lending.states import LineState, LoanState
from portal.migrations.change import upgrade

_FIELD = re.compile(r'<input[^>]*type="hidden"[^>]*>')
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


class Browser:
    """A logged-in client that fills in the hidden fields of the form it was shown."""

    def __init__(self, app: Any, login: str) -> None:
        self._client = app.test_client()
        answer = self._client.post(
            "/log-in", data={**self.hidden("/log-in", "/log-in"), "login": login, "password": PASSWORD}
        )
        assert answer.status_code == 302, answer.text

    def get(self, path: str) -> Any:
        """A page, which must be there."""
        answer = self._client.get(path)
        assert answer.status_code == 200, (path, answer.status)
        return answer

    def hidden(self, page: str, action: str) -> dict[str, str]:
        """The hidden fields of the form on `page` that is sent to `action` (by default to the page itself)."""
        text = self._client.get(page).text
        start = max(0, text.find(f'action="{action}"')) if action == page else text.index(f'action="{action}"')
        form = text[start : text.index("</form>", start)]
        fields = [dict(_ATTRIBUTE.findall(found)) for found in _FIELD.findall(form)]
        return {each["name"]: unescape(each.get("value", "")) for each in fields}

    def post(self, path: str, data: dict[str, str]) -> Any:
        """Send a form; it must be accepted."""
        answer = self._client.post(path, data=data)
        assert answer.status_code == 302, (path, answer.status, answer.text[:2000])
        return answer


@contextmanager
def counting(engine: Any) -> Iterator[list[str]]:
    """The statements that reach the database inside the block."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


class Measure:
    """Times of whole requests, page by page."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        print("| page | times | p50 ms | p95 ms | statements |")
        print("|---|---|---|---|---|")

    def __call__(self, name: str, acts: list[Callable[[], Any]]) -> None:
        """Do each act once; the first of them warms up and is not counted."""
        taken: list[float] = []
        counts: list[int] = []
        for act in acts:
            with counting(self._engine) as statements:
                start = time.perf_counter()
                act()
                taken.append((time.perf_counter() - start) * 1000)
            counts.append(len(statements))
        taken, counts = taken[1:], counts[1:]
        p50, p95 = np.percentile(taken, 50), np.percentile(taken, 95)
        print(f"| {name} | {len(taken)} | {p50:.0f} | {p95:.0f} | {max(counts)} |", flush=True)


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
    return app


def measure(app: Any, times: int) -> None:
    """Print a row for each page."""
    with app.app_context():
        engine = db.engine
    clerk, borrower, head = (Browser(app, login) for login in (CLERK, BORROWER, HEAD))
    row = Measure(engine)
    with app.extensions["legajo"].looking() as work:
        barcodes = work.session.scalars(select(Volume.barcode).order_by(Volume.id.desc()).limit(times + 1)).all()
        lines = work.session.execute(
            select(RequestLine.id, RequestedVolume.volume_id)
            .join(RequestedVolume)
            .join(RequestLine.dossier)
            .where(RequestLine.state == LineState.READY, Dossier.level == Level.GENERAL)
            .limit(times + 1)
        ).all()
        late, today = overdue(work.today), work.today.isoformat()
        loans = work.session.execute(
            select(Loan.id, Loan.sheets_issued).where(Loan.state == LoanState.ON_LOAN, ~late).limit(times + 1)
        ).all()
    repeat = range(times + 1)
    row("desk", [lambda: clerk.get("/desk") for _ in repeat])
    row("desk, a volume scanned", [lambda each=each: clerk.get(f"/desk?barcode={each}") for each in barcodes])
    row("overdue list", [lambda: clerk.get("/loans?show=overdue") for _ in repeat])
    row("loan register, all", [lambda: clerk.get("/loans?show=all") for _ in repeat])
    row("requests, as a clerk", [lambda: clerk.get("/requests") for _ in repeat])
    row("my page, a borrower", [lambda: borrower.get("/") for _ in repeat])
    row("my page, a head", [lambda: head.get("/") for _ in repeat])
    row("my page, a clerk", [lambda: clerk.get("/") for _ in repeat])
    row("issue", [_issuing(clerk, *line) for line in lines])
    row("return", [_returning(clerk, today, *loan) for loan in loans])


def _issuing(clerk: Browser, line_id: int, volume_id: int) -> Callable[[], Any]:
    path = f"/requests/{line_id}/issue"
    form = {**clerk.hidden("/desk", path), "volume_ids": str(volume_id), "confirmed": "y"}
    return lambda: clerk.post(path, form)


def _returning(clerk: Browser, today: str, loan_id: int, sheets: int) -> Callable[[], Any]:
    path = f"/loans/{loan_id}/return"
    form = {**clerk.hidden(f"/loans/{loan_id}", path), "sheets": str(sheets), "returned_on": today}
    return lambda: clerk.post(path, form)


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
        clerk = Browser(app, CLERK)
        profiler = cProfile.Profile()
        profiler.runcall(lambda: [clerk.get(options.profile) for _ in range(options.times)])
        pstats.Stats(profiler).sort_stats("cumulative").print_stats(60)
    else:
        measure(app, options.times)
    app.extensions["legajo"].close()


if __name__ == "__main__":
    main()
