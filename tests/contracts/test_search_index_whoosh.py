"""What is Whoosh's own: its files damaged in every way, its locks, an index made by another version."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from search_index import IndexBusy, IndexDamaged, IndexOutdated, IndexState, SearchIndexError, generations
from search_index.whoosh import WhooshIndex, schema
from tests.contracts.search_corpus import CORPUS, HENGDA, document, query

QUERY = query("合同")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """An index of two segments, closed."""
    index = WhooshIndex(tmp_path / "index")
    index.write(CORPUS[:5])
    index.write(CORPUS[5:])
    index.close()
    return tmp_path / "index"


def generation(directory: Path) -> Path:
    return directory / (directory / "current").read_text().strip()


def truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def garbled(path: Path) -> None:
    path.write_bytes(bytes(byte ^ 0x5A for byte in path.read_bytes()))


def one_bit_flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def deleted(path: Path) -> None:
    path.unlink()


DAMAGES = (truncated, emptied, garbled, one_bit_flipped, deleted)
FILES = ("*.toc", "*.seg", "*.toc.crc", "*.seg.crc", "format.json", "../current")


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("pattern", FILES)
@pytest.mark.parametrize("is_open", [False, True], ids=["closed", "open"])
def test_a_damaged_file_is_noticed_told_and_healed_by_a_rebuild(
    directory: Path, pattern: str, damage: Callable[[Path], None], is_open: bool
) -> None:
    index = WhooshIndex(directory)
    if is_open:
        assert index.search(QUERY).total == 2
    victim = max(generation(directory).glob(pattern), key=lambda path: (path.stat().st_mtime_ns, path.name))
    damage(victim)
    needed = {"current": True, ".seg": True, ".toc": damage is deleted}
    if is_open and not needed.get(victim.suffix or victim.name):
        # An open reader needs the names of the last commit and its segments, and goes on answering.
        assert index.search(QUERY).total == 2
    else:
        with pytest.raises(IndexDamaged):
            index.search(QUERY)
    if not (is_open and victim.suffix == ".crc"):
        # What has been compared once in a process is known to be whole.
        assert index.state() is IndexState.DAMAGED
        with pytest.raises(IndexDamaged):
            index.write([document(9, "pump", of=HENGDA)])
    assert WhooshIndex(directory).state() is IndexState.DAMAGED
    index.rebuild(CORPUS)
    assert index.state() is IndexState.OK
    assert index.search(QUERY).total == 2
    assert WhooshIndex(directory).search(QUERY).total == 2


def test_a_missing_index_is_made_and_one_that_vanishes_is_told(directory: Path) -> None:
    index = WhooshIndex(directory)
    assert index.search(QUERY).total == 2
    shutil.rmtree(directory)
    assert index.state() is IndexState.MISSING
    with pytest.raises(IndexDamaged):
        index.search(QUERY)
    with pytest.raises(IndexDamaged):
        list(index.ids())
    assert WhooshIndex(directory).state() is IndexState.OK
    assert index.search(QUERY).total == 0


def test_a_directory_that_cannot_be_made_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no directory")
    with pytest.raises(SearchIndexError):
        WhooshIndex(tmp_path / "file" / "index")


def test_another_analysis_is_outdated_but_answers_until_the_rebuild(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = WhooshIndex(directory)
    monkeypatch.setattr(generations, "analysis_hash", lambda: "another")
    assert index.state() is IndexState.OUTDATED
    assert index.search(QUERY).total == 2
    index.write([document(9, "pump", of=HENGDA)])
    assert index.state() is IndexState.OUTDATED
    index.rebuild(CORPUS)
    assert index.state() is IndexState.OK


def test_another_schema_is_outdated_and_says_so(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "SCHEMA_VERSION", schema.SCHEMA_VERSION + 1)
    index = WhooshIndex(directory)
    assert index.state() is IndexState.OUTDATED
    for attempt in (lambda: index.search(QUERY), lambda: index.write(CORPUS), lambda: list(index.ids())):
        with pytest.raises(IndexOutdated):
            attempt()
    index.rebuild(CORPUS)
    assert index.state() is IndexState.OK
    assert index.search(QUERY).total == 2


def test_a_writer_that_waits_too_long_says_busy_and_readers_do_not_wait(directory: Path) -> None:
    index = WhooshIndex(directory, lock_timeout=0.05)
    with (directory / "writer.lock").open("a") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        with pytest.raises(IndexBusy):
            index.write([document(9, "pump", of=HENGDA)])
        assert index.search(QUERY).total == 2
    index.write([document(9, "pump", of=HENGDA)])


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
