"""The documentation says what the code does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
import pytest

from portal.accounts.rules import FREE_ATTEMPTS, LONGEST_DELAY
from portal.config import variables

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "admin-guide.md").read_text()
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def settings_table() -> dict[str, tuple[str, str]]:
    """Variable → default and meaning, as the guide's table has them."""
    rows = re.findall(r"^\| `(PORTAL_\w+)` \| (.+?) \| (.+) \|$", GUIDE, re.MULTILINE)
    assert len(rows) == len({name for name, _, _ in rows})
    return {name: ("" if default == "(empty)" else default.strip("`"), meaning) for name, default, meaning in rows}


def test_the_guide_lists_exactly_the_settings_with_their_defaults() -> None:
    assert settings_table() == variables()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_speaks_of_settings_that_do_not_exist(document: Path) -> None:
    named = set(re.findall(r"\bPORTAL_[A-Z_]*[A-Z]\b", document.read_text()))
    assert named - variables().keys() - {"PORTAL_TEST_DATABASE", "PORTAL_TEST_RANDOM", "PORTAL_SAMPLES"} == set()


def commands_in(text: str) -> set[tuple[str, ...]]:
    """The words after `flask` (and its --app) in code of a document, up to the first option or argument."""
    found = set()
    for code in re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL):
        for words in re.findall(r"\bflask(?: --app \w+)?((?: [a-z][a-z-]*)+)", code):
            found.add(tuple(words.split()))
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_speaks_of_commands_that_do_not_exist(app: Any, document: Path) -> None:
    for words in commands_in(document.read_text()):
        command: click.Command = app.cli
        for place, word in enumerate(words):
            if not isinstance(command, click.Group):
                break  # The rest are arguments.
            assert word in command.commands, " ".join(words[: place + 1])
            command = command.commands[word]


def test_the_reader_of_commands_finds_them() -> None:
    text = "`flask audit verify --json` and\n```sh\n.venv/bin/flask --app wsgi user add adam --role x\n```"
    assert commands_in(text) == {
        ("audit", "verify"),
        ("user", "add", "adam"),
    }


def test_the_guide_tells_the_delays_as_they_are() -> None:
    words = {2: "two", 3: "three", 4: "four", 5: "five"}
    assert f"after {words[FREE_ATTEMPTS]} wrong passwords" in GUIDE
    assert f"up to {int(LONGEST_DELAY.total_seconds() // 60)} minutes" in GUIDE


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", document.read_text()):
        assert (document.parent / target).exists(), target
