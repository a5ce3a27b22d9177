"""What every search engine must survive: writers killed at any moment, several at once, a full disk."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from search_index import IndexBusy, IndexDocument, IndexState, SearchIndexError
from tests.contracts.search_corpus import CORPUS, ENGINES, HENGDA, document, found, query

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[2]
BATCH = 6
KILLS = int(os.environ.get("SEARCH_KILLS", "8"))
"""How often a writer is killed; more for a trial of another distribution."""

WRITE_VERSIONS = """
import itertools, sys
from pathlib import Path
from tests.contracts.search_corpus import ENGINES, HENGDA, document
index = ENGINES[sys.argv[1]](Path(sys.argv[2]))
for version in itertools.count(int(sys.argv[3])):
    text = f"pump version{version} " + "filler " * 200
    batch = [document(number, text, of=HENGDA) for number in range(int(sys.argv[4]))]
    print(version, flush=True)
    if version % 5 == 4:
        index.rebuild(batch, chunk=2)
    else:
        index.write(batch)
"""

WRITE_RANGE = """
import sys
from pathlib import Path
from tests.contracts.search_corpus import ENGINES, HENGDA, document
index = ENGINES[sys.argv[1]](Path(sys.argv[2]))
for number in range(int(sys.argv[3]), int(sys.argv[4])):
    index.write([document(number, "pump", of=HENGDA)])
"""

HOLD_THE_TURN = """
import sys, time
from pathlib import Path
from tests.contracts.search_corpus import ENGINES
with ENGINES[sys.argv[1]](Path(sys.argv[2])).turn():
    print("held", flush=True)
    time.sleep(600)
"""

WRITE_ON_A_FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from search_index import SearchIndexError
from tests.contracts.search_corpus import ENGINES, HENGDA, document
index = ENGINES[sys.argv[1]](Path(sys.argv[2]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    index.write([document(n, f"pump word{n} " * 500, of=HENGDA) for n in range(200)])
except SearchIndexError as error:
    print("refused", error)
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", script, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def versions_found(index_directory: Path, engine: str) -> set[int]:
    """The versions of which documents are found; checks that each is there with all its documents."""
    index = ENGINES[engine](index_directory)
    assert index.state() is IndexState.OK
    everything = index.search(query("pump")).total
    ids = dict(index.ids())
    found = {
        version
        for version in range(2000)
        if ids
        and ids.get("document:0") == document(0, f"pump version{version} " + "filler " * 200, of=HENGDA).fingerprint()
    }
    for version in found:
        expected = {
            f"document:{n}": document(n, f"pump version{version} " + "filler " * 200, of=HENGDA).fingerprint()
            for n in range(BATCH)
        }
        assert ids == expected
        assert index.search(query(f"version{version}")).total == BATCH
    assert everything == len(ids)
    index.close()
    return found


@pytest.mark.parametrize("engine", ENGINES)
def test_a_writer_killed_at_any_moment_leaves_the_old_state_or_the_new(engine: str, tmp_path: Path) -> None:
    directory = tmp_path / "index"
    chance = random.Random(20261121)
    version = 0
    before: set[int] = set()
    for _ in range(KILLS):
        writer = start(WRITE_VERSIONS, engine, directory, version, BATCH)
        assert writer.stdout is not None
        announced = writer.stdout.readline()
        assert announced, writer.communicate()[1]
        first = int(announced)
        time.sleep(chance.uniform(0.0, 0.3))
        writer.send_signal(signal.SIGKILL)
        rest, problems = writer.communicate()
        assert writer.returncode == -signal.SIGKILL, problems
        last = int(rest.split()[-1]) if rest.split() else first
        found = versions_found(directory, engine)
        # The last version announced may have been committed or not; the one before it has been.
        old = {last - 1} if last > first else before
        assert found in ({last}, old)
        before, version = found, last + 1


@pytest.mark.parametrize("engine", ENGINES)
def test_two_processes_and_two_threads_write_at_once(engine: str, tmp_path: Path) -> None:
    directory = tmp_path / "index"
    index = ENGINES[engine](directory)

    def write(numbers: range) -> None:
        for number in numbers:
            index.write([document(number, "pump", of=HENGDA)])

    writers = [start(WRITE_RANGE, engine, directory, base, base + 8) for base in (100, 200)]
    threads = [Thread(target=write, args=(range(base, base + 8),)) for base in (300, 400)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for writer in writers:
        _, problems = writer.communicate()
        assert writer.returncode == 0, problems
    expected = {f"document:{base + n}" for base in (100, 200, 300, 400) for n in range(8)}
    assert found(index, "pump").keys() == expected
    assert {id_ for id_, _ in index.ids()} == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_another_process_sees_a_commit_at_once(engine: str, tmp_path: Path) -> None:
    index = ENGINES[engine](tmp_path / "index")
    assert index.search(query("pump")).total == 0
    writer = start(WRITE_RANGE, engine, tmp_path / "index", 1, 4)
    _, problems = writer.communicate()
    assert writer.returncode == 0, problems
    assert index.search(query("pump")).total == 3


@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "postgres"])
def test_a_write_that_finds_no_room_is_refused_and_the_old_state_stays(engine: str, tmp_path: Path) -> None:
    index = ENGINES[engine](tmp_path / "index")
    index.write(CORPUS)
    writer = start(WRITE_ON_A_FULL_DISK, engine, tmp_path / "index")
    answer, problems = writer.communicate()
    assert answer.startswith("refused"), problems
    assert {id_ for id_, _ in index.ids()} == {entry.id for entry in CORPUS}
    index.write([document(77, "pump", of=HENGDA)])
    assert index.search(query("pump")).total == 1
    assert index.state() is IndexState.OK


@pytest.mark.parametrize("engine", ENGINES)
def test_a_second_rebuild_is_refused_while_one_runs(engine: str, tmp_path: Path) -> None:
    index = ENGINES[engine](tmp_path / "index")

    def source() -> Iterator[IndexDocument]:
        yield from CORPUS[:2]
        with pytest.raises(SearchIndexError):
            index.rebuild(CORPUS)
        yield from CORPUS[2:]

    assert index.rebuild(source(), chunk=2) == len(CORPUS)
    assert {id_ for id_, _ in index.ids()} == {entry.id for entry in CORPUS}


@pytest.mark.parametrize("engine", ENGINES)
def test_the_turn_is_held_by_one_at_a_time_and_ends_with_its_holder(engine: str, tmp_path: Path) -> None:
    index = ENGINES[engine](tmp_path / "index")
    holder = start(HOLD_THE_TURN, engine, tmp_path / "index")
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n", holder.communicate()[1]
    with pytest.raises(IndexBusy), index.turn(timeout=0.05):
        pass
    index.write([document(1, "pump", of=HENGDA)])
    assert index.search(query("pump")).total == 1
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    with index.turn():
        pass
    other = ENGINES[engine](tmp_path / "index")
    with index.turn(), pytest.raises(IndexBusy), other.turn(timeout=0.05):
        pass
    with other.turn(timeout=0.05):
        pass
