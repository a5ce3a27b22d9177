"""Measures search engines on an archive of their own: how fast they index, how much they need, how fast they answer.

    python -m bench.search_engines whoosh 10000 --folder /tmp/archive

An index that is there already is used as it is, unless --rebuild is given.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from bench.search_archive import FACETS, QUESTIONS, Archive
from search_index import IndexDocument, Query, Rights, SearchIndex
from search_index.language import parse
from search_index.tantivy import TantivyIndex
from search_index.whoosh import WhooshIndex

ENGINES: dict[str, Callable[[Path], SearchIndex]] = {"whoosh": WhooshIndex, "tantivy": TantivyIndex}


def fill(index: SearchIndex, archive: Archive) -> dict[str, float]:
    """Rebuild the index from the archive; making up the texts is not counted."""
    making = 0.0

    def entries() -> Iterator[IndexDocument]:
        nonlocal making
        source = archive.entries()
        while True:
            start = time.process_time()
            batch = list(islice(source, 200))
            making += time.process_time() - start
            if not batch:
                return
            yield from batch

    start, processor = time.perf_counter(), time.process_time()
    count = index.rebuild(entries())
    seconds = time.perf_counter() - start - making
    return {
        "entries": count,
        "documents a second": round(archive.documents / seconds, 1),
        "processor seconds": round(time.process_time() - processor - making, 1),
        "peak MiB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def write_one(index: SearchIndex, archive: Archive, times: int) -> dict[str, float]:
    """Milliseconds from a new document to its being found, one document a commit."""
    taken = []
    for number in range(times):
        entry = replace(archive.document(number), id=f"document:new{number}", title=f"uploaded{number}")
        asked = Query(parse(f"uploaded{number}").condition, Rights.everything())
        start = time.perf_counter()
        index.write([entry])
        assert index.search(asked).total == 1
        taken.append((time.perf_counter() - start) * 1000)
    index.write([], [f"document:new{number}" for number in range(times)])
    return _summary(taken)


def ask(
    index: SearchIndex, archive: Archive, questions: tuple[str, ...], rights: Rights, times: int
) -> dict[str, float]:
    """Milliseconds of a search with facets and two group sets, the first of each question included."""
    groups = archive.group_sets()
    taken, processor = [], []
    for text in islice(cycle(questions), times):
        query = Query(parse(text).condition, rights, facets=FACETS, group_sets=groups)
        start, used = time.perf_counter(), time.process_time()
        index.search(query)
        taken.append((time.perf_counter() - start) * 1000)
        processor.append((time.process_time() - used) * 1000)
    return {
        **_summary(taken),
        "first": round(taken[0], 1),
        "processor p95": round(float(np.percentile(processor, 95)), 1),
    }


def _summary(taken: list[float]) -> dict[str, float]:
    return {
        "p50": round(float(np.percentile(taken, 50)), 1),
        "p95": round(float(np.percentile(taken, 95)), 1),
        "max": round(max(taken), 1),
    }


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 2**20


def main() -> None:
    """Measure one engine at one size; a line of JSON for each thing measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("documents", type=int)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--rebuild", action="store_true")
    parser.add_argument("--times", type=int, default=30, help="searches of each kind")
    parser.add_argument("--writes", type=int, default=10)
    options = parser.parse_args()
    archive = Archive(options.documents)
    directory = options.folder / f"{options.engine}-{options.documents}"
    filled = directory.exists()
    index = ENGINES[options.engine](directory)

    def tell(what: str, measured: object) -> None:
        print(json.dumps({"what": what, "measured": measured}), flush=True)

    if options.rebuild or not filled:
        tell("filling", fill(index, archive))
    tell("MiB on disk", round(sum(path.stat().st_size for path in directory.rglob("*") if path.is_file()) / 2**20, 1))
    index.close()
    before, start = _resident(), time.perf_counter()
    index.search(Query(parse("nothing").condition, Rights.everything()))
    tell("first search, ms", round((time.perf_counter() - start) * 1000))
    for who, rights in (("all", Rights.everything()), ("employee", archive.an_employee())):
        for kind, questions in QUESTIONS.items():
            tell(f"{kind}, {who}", ask(index, archive, questions, rights, options.times))
    tell("MiB in memory", {"before": before, "after": _resident()})
    if options.writes:
        tell("write and find one", write_one(index, archive, options.writes))


if __name__ == "__main__":
    sys.exit(main())
