"""The watched folder and SIGKILL, with real processes: a file is filed once and never lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.arrivals.models import Arrival
from portal.core.outbox import OutboxRow
from portal.core.trail import TrailEntry
from portal.documents.checking import check_archive
from portal.documents.models import Document
from tests.web.documents_world import LETTER, World, make_world, pdf

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
"""Seconds to wait for another process; nothing depends on how long it really takes."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "arrivals"
    path.mkdir()
    return path


@pytest.fixture
def environment(settings: Any, folder: Path) -> dict[str, str]:
    """What another process of the same portal is started with."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "FLASK_APP": "wsgi",
        "PORTAL_DATA": str(settings.data),
        "PORTAL_DATABASE": settings.database_url,
        "PORTAL_TRAIL_KEY": settings.trail_key.decode(),
        "PORTAL_ARRIVALS": str(folder),
    }


@pytest.fixture
def world(parts: Any) -> World:
    return make_world(parts)


def worker(environment: dict[str, str], step: str) -> subprocess.Popen[bytes]:
    """`flask worker run` in a process that kills itself at `step` (or goes unharmed) and looks more often."""
    command = [sys.executable, "-m", "tests.process.dying", f"arrival {step}", "worker", "run"]
    return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextmanager
def working(environment: dict[str, str]) -> Iterator[None]:
    """A worker that is stopped in good order."""
    process = worker(environment, "unharmed")
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def wait_for(holds: Callable[[], bool]) -> None:
    """Wait until something another process does has happened."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def counted(parts: Any) -> tuple[int, int, int]:
    """Arrivals, documents, and entries of the trail about filing."""
    with parts.looking() as work:
        arrivals, documents = (
            work.session.scalar(select(func.count()).select_from(table)) for table in (Arrival, Document)
        )
        entries = work.session.scalar(select(func.count()).where(TrailEntry.action == "arrival:file"))
        return arrivals, documents, entries


def nothing_left(parts: Any) -> bool:
    with parts.looking() as work:
        return not work.session.scalars(select(OutboxRow.id).where(OutboxRow.wanted > OutboxRow.done)).all()


@pytest.mark.parametrize(
    ("step", "before"),
    [
        ("stored", (0, 0, 0)),
        ("written", (0, 0, 0)),
        ("committed", (1, 1, 1)),
    ],
)
def test_a_crash_at_any_line_files_a_file_once(
    parts: Any, environment: dict[str, str], world: World, folder: Path, step: str, before: tuple[int, int, int]
) -> None:
    scan = folder / f"{world.general_number} letter.pdf"
    scan.write_bytes(pdf(LETTER))
    assert worker(environment, step).wait(PATIENCE) == -signal.SIGKILL
    assert counted(parts) == before
    assert scan.exists()
    with working(environment):
        wait_for(lambda: not scan.exists() and counted(parts) == (1, 1, 1) and nothing_left(parts))
    assert counted(parts) == (1, 1, 1)
    assert len(list(parts.store.keys())) == 1
    assert check_archive(parts).sound


def test_two_processes_on_one_folder_file_each_file_once(
    parts: Any, environment: dict[str, str], world: World, folder: Path
) -> None:
    with ExitStack() as both:
        for _ in range(2):
            both.enter_context(working(environment))
        for number in range(12):
            (folder / f"{world.general_number} letter {number}.pdf").write_bytes(pdf(f"{number} {LETTER}"))
        wait_for(lambda: not any(folder.iterdir()) and nothing_left(parts))
    assert counted(parts) == (12, 12, 12)
    with parts.looking() as work:
        assert len(set(work.session.scalars(select(Document.subject)))) == 12
