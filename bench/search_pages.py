"""Measures the whole result page: log-in session, rights, index, facets, database, snippets and HTML, in one process.

    python -m bench.search_pages 10000 --folder /tmp/archive [--engine whoosh] [--rounds 3] [--profile]

The folder keeps the filled portal; a second run uses it as it is. Times are of whole requests through the WSGI
application, one reader, on the clock and of the processor; the first round opens files and fills caches and is told
apart.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import re
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np

from bench.filling import CLERK, EMPLOYEE, PASSWORD, fill_database
from bench.search_archive import QUESTIONS, Archive
from portal.application import create_app
from portal.config import load_settings
from portal.extensions import db
from portal.migrations.change import upgrade
from portal.search import maintenance


def open_portal(folder: Path, engine: str, documents: int) -> Any:
    """The portal over the archive, filled if it is new."""
    settings = {"PORTAL_DATA": str(folder), "PORTAL_SEARCH": engine}
    if database := os.environ.get("PORTAL_DATABASE"):
        settings["PORTAL_DATABASE"] = database
    app = create_app(load_settings(settings))
    parts = app.extensions["legajo"]
    ready = folder / f"filled-{engine}"
    with app.app_context():
        if not (folder / "filled").exists():
            upgrade(db.engine)
            with parts.new_session() as session:
                fill_database(session, Archive(documents))
            (folder / "filled").touch()
        if not ready.exists():
            start = time.perf_counter()
            count = maintenance.rebuild(parts)
            print(
                f"{engine}: {count} entries rebuilt in {time.perf_counter() - start:.0f} s, {_peak():.0f} MiB at most"
            )
            ready.touch()
    return app


def log_in(app: Any, login: str) -> Any:
    """A logged-in test client."""
    client = app.test_client()
    page = client.get("/log-in").text
    token = unescape(re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1])  # type: ignore[index]
    answer = client.post("/log-in", data={"login": login, "password": PASSWORD, "csrf_token": token})
    assert answer.status_code == 302, answer.text
    return client


@dataclass(frozen=True)
class Taken:
    """Milliseconds that one page took: on the clock, and of the processor (which others' work does not lengthen)."""

    wall: float
    cpu: float


def ask(client: Any, questions: tuple[str, ...]) -> Iterator[Taken]:
    """What each result page took."""
    for question in questions:
        start, busy = time.perf_counter(), time.process_time()
        answer = client.get("/search", query_string={"q": question})
        taken = Taken((time.perf_counter() - start) * 1000, (time.process_time() - busy) * 1000)
        assert answer.status_code == 200, answer.status
        yield taken


def measure(app: Any, rounds: int) -> None:
    """Print a table: for each person and kind of question p50 and p95, and over all of them."""
    print("| who | question | first p50 ms | p50 ms | p95 ms | CPU p50 ms | CPU p95 ms |")
    print("|---|---|---|---|---|---|---|")
    for login in (CLERK, EMPLOYEE):
        client = log_in(app, login)
        everything: list[Taken] = []
        for kind, questions in QUESTIONS.items():
            first = list(ask(client, questions))
            later = [each for _ in range(rounds) for each in ask(client, questions)]
            everything += [*first, *later]
            print(f"| {login} | {kind} | {np.median([each.wall for each in first]):.1f} | {_percentiles(later)} |")
        print(f"| {login} | all, first ones too | | {_percentiles(everything)} |")
    print(f"{_peak():.0f} MiB at most")


def _percentiles(taken: list[Taken]) -> str:
    wall, cpu = [each.wall for each in taken], [each.cpu for each in taken]
    return " | ".join(f"{np.percentile(times, share):.1f}" for times in (wall, cpu) for share in (50, 95))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", type=int)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--engine", default="whoosh", choices=("whoosh", "tantivy", "postgres"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="where the time goes, by function")
    options = parser.parse_args()
    app = open_portal(options.folder, options.engine, options.documents)
    if options.profile:
        profiler = cProfile.Profile()
        profiler.runcall(measure, app, options.rounds)
        pstats.Stats(profiler).sort_stats("cumulative").print_stats(60)
    else:
        measure(app, options.rounds)
    app.extensions["legajo"].close()


if __name__ == "__main__":
    main()
