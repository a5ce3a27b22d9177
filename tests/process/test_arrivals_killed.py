"""The watched folder and SIGKILL, with real processes: a file is filed once and never lost."""

from __future__ import annotations

import signal
import subprocess
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.arrivals.models import Arrival
from portal.core.trail import TrailEntry
from portal.documents.checking import check_archive
from portal.documents.models import Document
from tests.process.processes import PATIENCE, environment_of, nothing_left, running, start, wait_for
from tests.web.documents_world import LETTER, World, pdf

pytestmark = pytest.mark.process


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "arrivals"
    path.mkdir()
    return path


@pytest.fixture
def environment(settings: Any, folder: Path) -> dict[str, str]:
    """What another process of the same portal is started with."""
    return environment_of(settings, PORTAL_ARRIVALS=str(folder))


def worker(environment: dict[str, str], step: str) -> subprocess.Popen[bytes]:
    """`flask worker run` in a process that kills itself at `step`, and looks more often."""
    return start(environment, *dying(step))


def working(environment: dict[str, str]) -> AbstractContextManager[Any]:
    """A worker that is stopped in good order."""
    return running(environment, *dying("unharmed"))


def dying(step: str) -> tuple[str, ...]:
    return ("tests.process.dying", f"arrival {step}", "worker", "run")


def counted(parts: Any) -> tuple[int, int, int]:
    """Arrivals, documents, and entries of the trail about filing."""
    with parts.looking() as work:
        arrivals, documents = (
            work.session.scalar(select(func.count()).select_from(table)) for table in (Arrival, Document)
        )
        entries = work.session.scalar(select(func.count()).where(TrailEntry.action == "arrival:file"))
        return arrivals, documents, entries


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
