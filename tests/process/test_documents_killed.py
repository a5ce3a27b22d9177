"""SIGKILL at the worst moments, with real processes: started again, the work is done by itself, and once."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.outbox import OutboxRow
from portal.documents.checking import check_archive
from portal.documents.models import DocumentVersion, ReadingState
from tests.process.processes import PATIENCE, ROOT, environment_of, nothing_left, running, wait_for
from tests.web.documents_world import LETTER, World, counts, pdf

pytestmark = pytest.mark.process

PHRASE = "forty castings"


@pytest.fixture
def environment(settings: Any) -> dict[str, str]:
    """What another process of the same portal is started with."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return environment_of(settings, PORTAL_PORT=str(port))


@pytest.fixture
def letter(tmp_path: Path) -> str:
    """Three pages with a phrase on the first."""
    path = tmp_path / "letter.pdf"
    path.write_bytes(pdf(LETTER, LETTER.replace("forty", "sixty"), LETTER.replace("forty", "eighty")))
    return str(path)


def flask(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the portal in a process of its own, to its end."""
    command = [sys.executable, "-m", "flask", *arguments]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)


def killed(environment: dict[str, str], step: str, *arguments: str) -> None:
    """Run a command in a process that kills itself at `step`."""
    command = [sys.executable, "-m", "tests.process.dying", step, *arguments]
    ended = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert ended.returncode == -signal.SIGKILL, ended.stderr


def adding(world: World, letter: str, *more: str) -> tuple[str, ...]:
    return ("documents", "add", "--dossier", world.general_number, "--kind", "letter", "--as", "amparo", *more, letter)


def states(parts: Any) -> list[ReadingState]:
    with parts.looking() as work:
        return list(work.session.scalars(select(DocumentVersion.state)))


def assert_there_once(app: Any, parts: Any) -> None:
    """One document, one version, its three pages, one file; found by the phrase on its first page, once."""
    assert states(parts) == [ReadingState.READ]
    assert counts(parts) == (1, 1, 3)
    assert len(list(parts.store.keys())) == 1
    answer = app.test_cli_runner().invoke(args=["search", "query", f'"{PHRASE}"', "--as", "amparo", "--json"])
    (hit,) = json.loads(answer.stdout)["hits"]
    assert (hit["type"], hit["title"], hit["page"]) == ("document", "letter", 1)
    assert check_archive(parts).sound


def test_killed_after_the_file_was_stored(
    app: Any, parts: Any, environment: dict[str, str], world: World, letter: str
) -> None:
    killed(environment, "stored", *adding(world, letter))
    assert counts(parts) == (0, 0, 0)
    (orphan,) = parts.store.keys()
    path = parts.settings.files / orphan[:2] / orphan[2:4] / orphan
    os.utime(path, (parts.clock.now().timestamp() - 3700,) * 2)
    assert check_archive(parts).orphans == [orphan]
    sent_again = app.test_cli_runner().invoke(args=adding(world, letter))
    assert sent_again.exit_code == 0, sent_again.stderr
    assert_there_once(app, parts)


def test_killed_after_the_commit(app: Any, parts: Any, environment: dict[str, str], world: World, letter: str) -> None:
    killed(environment, "committed", *adding(world, letter))
    assert states(parts) == [ReadingState.WAITING] and counts(parts) == (1, 1, 0)
    with running(environment, "flask", "serve"):
        wait_for(lambda: nothing_left(parts))
    assert_there_once(app, parts)


def test_killed_while_a_page_was_read(
    app: Any, parts: Any, environment: dict[str, str], world: World, letter: str
) -> None:
    killed(environment, "reading", *adding(world, letter))
    assert states(parts) == [ReadingState.WAITING] and counts(parts) == (1, 1, 3)
    with parts.looking() as work:
        assert work.session.scalars(select(OutboxRow).where(OutboxRow.lease.is_not(None))).one().kind == "read_page"
    with running(environment, "flask", "serve"):
        wait_for(lambda: nothing_left(parts))
    assert_there_once(app, parts)


def test_a_server_killed_at_work_ends_its_children_and_the_next_one_goes_on(
    app: Any, parts: Any, environment: dict[str, str], world: World, letter: str
) -> None:
    assert app.test_cli_runner().invoke(args=adding(world, letter, "--no-wait")).exit_code == 0
    with running(environment, "flask", "serve") as server:
        wait_for(lambda: bool(children_of(server.pid)))
        children = children_of(server.pid)
        server.kill()
        server.wait(PATIENCE)
        wait_for(lambda: not any(Path(f"/proc/{child}").exists() for child in children))
    with running(environment, "flask", "serve"):
        wait_for(lambda: nothing_left(parts))
    assert_there_once(app, parts)


def children_of(pid: int) -> list[int]:
    """Processes that this one started."""
    try:
        return [
            int(number) for path in Path(f"/proc/{pid}/task").glob("*/children") for number in path.read_text().split()
        ]
    except FileNotFoundError:
        return []


def test_a_command_waits_for_what_a_running_server_has_taken_on(
    app: Any, parts: Any, environment: dict[str, str], world: World, letter: str
) -> None:
    with running(environment, "flask", "serve"):
        ended = flask(environment, *adding(world, letter))
    assert ended.returncode == 0, ended.stderr
    assert_there_once(app, parts)
