"""Measures the search engines side by side on archives of one making, and prints the figures as Markdown.

    python -m bench.search --documents 1000 10000 --engines whoosh tantivy --keep /tmp/archives

Every engine runs in a process of its own, and all are asked the same kind of question before the next kind, so that
whatever else the machine does falls on all of them. `postgres` needs PORTAL_TEST_DATABASE, the address of a server.
Indexes that are in the folder of --keep already are used as they are.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.search_archive import QUESTIONS
from bench.search_limits import BARE

ENGINES = ("whoosh", "tantivy", "postgres", *BARE)
PEOPLE = ("who sees all", "narrow view")
READERS = 8

Figures = dict[str, Any]


class Engine:
    """One engine at one size, in a process of its own that answers one order after the other."""

    def __init__(self, name: str, documents: int, folder: Path) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "bench.search_child", name, str(documents), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.communicate()

    def do(self, order: str, **arguments: object) -> Figures:
        """Have something done, and wait for its figures."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({"order": order, **arguments}), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.name} gave up while it was to {order}")
        figures: Figures = json.loads(answer)
        return figures


def measure(documents: int, names: list[str], queries: int, folder: Path, clock: str) -> Iterator[str]:
    """The report on one size, line by line."""
    for name in names:
        with Engine(name, documents, folder) as engine:
            tell(f"{documents} documents: {name} is filled")
            engine.do("fill")
    with ExitStack() as stack:
        engines = [stack.enter_context(Engine(name, documents, folder)) for name in names]
        opened = {engine.name: engine.do("open") for engine in engines}
        asked = {
            (kind, person): {engine.name: asked_of(engine, kind, person, queries) for engine in engines}
            for kind in QUESTIONS
            for person in PEOPLE
        }
        memory = {engine.name: engine.do("memory") for engine in engines}
        rates = {
            (readers, engine.name): engine.do("rate", readers=readers, queries=queries)
            for readers in (1, READERS)
            for engine in engines
        }
        written = {engine.name: engine.do("write", times=10) for engine in engines}
    yield f"\n## {documents:,} documents\n"
    yield (
        "| engine | documents/s | MiB on disk | MiB while filling | MiB while searching | first search, ms | "
        f"written to found, ms | searches/s, 1 reader | {READERS} readers |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for name in names:
        filled = opened[name]
        cells = [
            filled["documents a second"],
            filled["MiB on disk"],
            filled["peak MiB"],
            memory[name]["MiB"],
            filled["first search, ms"],
            written[name].get("elapsed", "–"),
            rates[1, name]["a second"],
            rates[READERS, name]["a second"],
        ]
        yield f"| {name} | " + " | ".join(map(str, cells)) + " |"
    yield f"\np50 / p95 in milliseconds ({clock}), with facets:\n"
    yield "| question | " + " | ".join(names) + " |"
    yield "|---" * (len(names) + 1) + "|"
    for (kind, person), of_engines in asked.items():
        yield f"| {kind}, {person} | " + " | ".join(of_engines[name].get(clock, "–") for name in names) + " |"


def asked_of(engine: Engine, kind: str, person: str, queries: int) -> Figures:
    """The times of one kind of question; none of the bare indexes for a person, since they know no rights."""
    if engine.name in BARE and person != PEOPLE[0]:
        return {}
    tell(f"  {kind}, {person}: {engine.name}")
    return engine.do("ask", kind=kind, narrow=person != PEOPLE[0], times=queries)


def tell(what: str) -> None:
    """Say on the side how far it is."""
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr)


def main() -> None:
    """Measure, and print the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, nargs="+", default=[1_000, 10_000])
    possible = [name for name in ENGINES if name != "postgres" or os.environ.get("PORTAL_TEST_DATABASE")]
    parser.add_argument("--engines", nargs="+", choices=possible, default=possible)
    parser.add_argument("--queries", type=int, default=60, help="searches of each kind")
    parser.add_argument(
        "--clock", choices=("elapsed", "processor"), default="elapsed", help="processor: on a machine that is not idle"
    )
    parser.add_argument("--keep", type=Path, help="folder of the indexes; without it they are removed at the end")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder = options.keep or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        for documents in options.documents:
            for line in measure(documents, options.engines, options.queries, folder.absolute(), options.clock):
                print(line, flush=True)


if __name__ == "__main__":
    main()
