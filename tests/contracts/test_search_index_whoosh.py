"""What is Whoosh's own: what a killed writer leaves, and how many files there may be."""

from __future__ import annotations

from pathlib import Path

import pytest

from search_index.whoosh import WhooshIndex
from tests.contracts.file_indexes import generation
from tests.contracts.search_corpus import CORPUS, HENGDA, document, query


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """An index of two segments, closed."""
    index = WhooshIndex(tmp_path / "index")
    index.write(CORPUS[:5])
    index.write(CORPUS[5:])
    index.close()
    return tmp_path / "index"


def test_files_a_killed_writer_left_do_not_block_and_are_removed(directory: Path) -> None:
    current = generation(directory)
    left = ["_MAIN_99.toc.crc", "_MAIN_9.toc.1700000000.5", "MAIN_0123456789abcdef.trm", "abcdef.ctmp"]
    for name in left:
        (current / name).write_bytes(b"left")
    (current / "MAIN.tmp").mkdir()
    (current / "MAIN.tmp" / "run").write_bytes(b"left")
    (current / "MAIN_WRITELOCK").write_bytes(b"")
    abandoned = directory / "generation-50"
    abandoned.mkdir()
    index = WhooshIndex(directory)
    index.write([document(9, "pump", of=HENGDA)])
    assert index.search(query("pump")).total == 1
    assert not [name for name in [*left, "MAIN.tmp"] if (current / name).exists()]
    index.rebuild(CORPUS)
    assert [path.name for path in directory.glob("generation-*")] == ["generation-2"]


def test_many_writes_do_not_leave_many_files(directory: Path) -> None:
    index = WhooshIndex(directory)
    for number in range(30):
        index.write([document(number, f"pump {number}", of=HENGDA)])
    assert len(list(generation(directory).glob("*.seg"))) <= 16
    assert len(list(generation(directory).glob("*.toc"))) == 1
    assert len(list(generation(directory).glob("*.toc.crc"))) <= 3
