"""One engine of `bench.search`, in a process of its own: takes orders as lines of JSON and answers with figures."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from psycopg import sql

from bench.search_archive import FACETS, QUESTIONS, Archive
from bench.search_limits import BARE, Bare
from search_index import IndexDocument, Query, Rights, SearchIndex
from search_index.language import parse
from search_index.postgres import PostgresIndex
from search_index.tantivy import TantivyIndex
from search_index.whoosh import WhooshIndex

Figures = dict[str, Any]
Asking = Callable[[], object]


class Measured:
    """An engine behind the contract."""

    def __init__(self, index: SearchIndex, archive: Archive) -> None:
        self.index = index
        self.archive = archive
        self._groups = archive.group_sets()

    def fill(self, entries: Iterator[IndexDocument]) -> int:
        """Index everything."""
        return self.index.rebuild(entries)

    def asking(self, question: str, *, narrow: bool) -> Asking:
        """A search with facets and groups, as the result page makes it."""
        rights = self.archive.an_employee() if narrow else Rights.everything()
        query = Query(parse(question).condition, rights, facets=FACETS, group_sets=self._groups)
        return lambda: self.index.search(query)

    def write(self, times: int) -> Figures:
        """From the writing of one document to its being found, one document a commit."""
        taken = []
        for number in range(times):
            entry = replace(self.archive.document(number), id=f"document:new{number}", title=f"uploaded{number}")
            asked = Query(parse(f"uploaded{number}").condition, Rights.everything())
            start = time.perf_counter()
            self.index.write([entry])
            assert self.index.search(asked).total == 1
            taken.append(time.perf_counter() - start)
        self.index.write([], [f"document:new{number}" for number in range(times)])
        return {"elapsed": summary(taken)}


class MeasuredBare:
    """A bare index."""

    def __init__(self, bare: Bare) -> None:
        self._bare = bare

    def fill(self, entries: Iterator[IndexDocument]) -> int:
        """Index everything."""
        return self._bare.fill(entries)

    def asking(self, question: str, *, narrow: bool) -> Asking:
        """A search for the best; there are no rights in it."""
        return lambda: self._bare.ask(question)

    def write(self, times: int) -> Figures:
        """Not measured."""
        return {}


def summary(seconds: list[float]) -> str:
    """Half were as fast as the first figure (p50), 95 of 100 as the second (p95), in milliseconds."""
    p50, p95 = np.percentile(seconds, (50, 95)) * 1000
    return f"{p50:.1f} / {p95:.1f}"


def fill(measured: Measured | MeasuredBare, archive: Archive) -> Figures:
    """Index the archive; making up its texts is not counted."""
    making = 0.0

    def entries() -> Iterator[IndexDocument]:
        nonlocal making
        source = archive.entries()
        while True:
            start = time.perf_counter()
            batch = list(islice(source, 200))
            making += time.perf_counter() - start
            if not batch:
                return
            yield from batch

    start = time.perf_counter()
    measured.fill(entries())
    seconds = time.perf_counter() - start - making
    return {
        "documents a second": round(archive.documents / seconds),
        "peak MiB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def ask(measured: Measured | MeasuredBare, kind: str, *, narrow: bool, times: int) -> Figures:
    """The times of one kind of question; the first time of each is among them. `processor`: what this process alone
    needed, whatever else the machine does (and PostgreSQL's server in processes of its own)."""
    taken, processor = [], []
    for question in islice(cycle(QUESTIONS[kind]), times):
        asking = measured.asking(question, narrow=narrow)
        start, used = time.perf_counter(), time.process_time()
        asking()
        taken.append(time.perf_counter() - start)
        processor.append(time.process_time() - used)
    return {"elapsed": summary(taken), "processor": summary(processor)}


def rate(measured: Measured | MeasuredBare, readers: int, queries: int) -> Figures:
    """Searches a second of so many readers (threads), all kinds of questions mixed."""
    kinds = [question for questions in zip(*QUESTIONS.values(), strict=True) for question in questions]
    asked = [
        measured.asking(question, narrow=number % 2 == 1)
        for number, question in enumerate(islice(cycle(kinds), queries * 2))
    ]
    start = time.perf_counter()
    with ThreadPoolExecutor(readers) as pool:
        list(pool.map(lambda asking: asking(), asked))
    return {"a second": round(len(asked) / (time.perf_counter() - start), 1)}


def resident() -> Figures:
    """The memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {"MiB": round(pages * resource.getpagesize() / 2**20)}


def database_size(schema: str) -> float:
    """MiB of all tables and indexes of a schema."""
    server = os.environ["PORTAL_TEST_DATABASE"].replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(server) as connection:
        found = connection.execute(
            sql.SQL(
                "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
                " WHERE nspname = {} AND relkind IN ('r', 'm')"
            ).format(schema)
        ).fetchone()
    return float(found[0] or 0) / 2**20 if found else 0.0


def main() -> None:
    """Take orders until there are no more."""
    name, documents, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    archive = Archive(documents)
    directory = folder / f"{name.partition(' (')[0].replace(' ', '-')}-{'bare-' if name in BARE else ''}{documents}"
    schema = f"bench_{documents}"
    notes = directory.with_suffix(".json")
    measured: Measured | MeasuredBare
    if name in BARE:
        measured = MeasuredBare(BARE[name](directory))
    elif name == "postgres":
        measured = Measured(PostgresIndex(os.environ["PORTAL_TEST_DATABASE"], schema), archive)
    else:
        measured = Measured({"whoosh": WhooshIndex, "tantivy": TantivyIndex}[name](directory), archive)
    for line in sys.stdin:
        order = json.loads(line)
        match order.pop("order"):
            case "fill":
                if not notes.exists():
                    notes.write_text(json.dumps(fill(measured, archive)))
                answer: Figures = {}
            case "open":
                start = time.perf_counter()
                measured.asking("nothing", narrow=False)()
                answer = json.loads(notes.read_text())
                answer["first search, ms"] = round((time.perf_counter() - start) * 1000)
                size = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file()) / 2**20
                answer["MiB on disk"] = round(database_size(schema) if name == "postgres" else size, 1)
            case "ask":
                answer = ask(measured, order["kind"], narrow=order["narrow"], times=order["times"])
            case "rate":
                answer = rate(measured, order["readers"], order["queries"])
            case "memory":
                answer = resident()
            case _:
                answer = measured.write(order["times"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
