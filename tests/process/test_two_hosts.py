"""Two hosts of one portal: they share the PostgreSQL database and the folder of documents, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from portal.core.permissions import Level
from portal.dossiers.models import Dossier
from tests.web.documents_world import LETTER, World, make_world, pdf

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]
PATIENCE = 180
"""Seconds to wait for another process; nothing depends on how long it really takes."""


class Host:
    """A machine with a data folder of its own; every command is a process of its own."""

    def __init__(self, name: str, settings: Any, shared: Path, folder: Path) -> None:
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "FLASK_APP": "wsgi",
            "PORTAL_DATA": str(folder / name),
            "PORTAL_DATABASE": settings.database_url,
            "PORTAL_TRAIL_KEY": settings.trail_key.decode(),
            "PORTAL_FILES": str(shared),
            "PORTAL_SEARCH": "postgres",
        }

    def run(self, *command: str) -> str:
        """What a command prints; it must succeed."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", *command],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def finds(self, question: str, login: str) -> list[dict[str, Any]]:
        """The hits of a question."""
        answer = json.loads(self.run("search", "query", question, "--as", login, "--json"))
        assert answer["total"] == len(answer["hits"])
        return list(answer["hits"])


@pytest.fixture
def hosts(settings: Any, tmp_path: Path) -> tuple[Host, Host]:
    if settings.uses_sqlite:
        pytest.skip("Several hosts share a PostgreSQL database (PORTAL_TEST_DATABASE).")
    shared = tmp_path / "shared"
    shared.mkdir()
    return Host("one", settings, shared, tmp_path), Host("two", settings, shared, tmp_path)


def test_what_one_host_files_the_other_finds_and_shows(hosts: tuple[Host, Host], parts: Any, tmp_path: Path) -> None:
    world: World = make_world(parts)
    one, two = hosts
    one.run("search", "rebuild")
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(pdf(LETTER))
    printed = one.run(
        "documents", "add", "--dossier", world.general_number, "--kind", "letter", "--as", "amparo", str(letter)
    )
    number = printed.split()[0]

    (hit,) = two.finds('"forty castings"', "amparo")
    assert (hit["type"], str(hit["id"])) == ("document", number)
    assert "forty castings" in two.run("documents", "text", number, "--as", "amparo")
    assert "agree" in two.run("search", "check")

    # A level that is raised through one host counts on the other with the next question.
    with parts.writing() as work:
        dossier = work.session.get_one(Dossier, world.general)
        dossier.level = Level.CORE
        dossier.rights_version += 1
        work.want("index", f"dossier:{dossier.id}")
    for host in hosts:
        assert host.finds('"forty castings"', "amparo") == []

    # A rebuild by the other host leaves the first one's searches whole.
    two.run("search", "rebuild")
    assert one.finds("castings", "amparo") == []
    assert "agree" in one.run("search", "check")
