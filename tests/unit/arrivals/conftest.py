"""A watched folder of a test, with the portal that takes from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from portal.documents.reading.reader import PageReader
from tests.arrivals_world import Folder


@pytest.fixture(scope="module")
def reader() -> Iterator[PageReader]:
    """One child process for all tests here: it takes longer to start than most files take to be examined."""
    with PageReader() as reader:
        yield reader


@pytest.fixture
def folder(parts: Any, queues: Any, clock: Any, reader: PageReader, tmp_path: Path) -> Folder:
    (tmp_path / "arrivals").mkdir()
    queues.bind(replace(parts, reader=reader))
    return Folder(queues.parts, queues, clock, tmp_path / "arrivals")
