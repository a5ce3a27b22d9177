"""An index of files: damaged in every way, gone, locked, made by another version."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

import pytest

from search_index import IndexBusy, IndexDamaged, IndexOutdated, IndexState, SearchIndexError, generations
from tests.contracts.file_indexes import Damage, FileEngine, generation, of_each_engine, of_each_file
from tests.contracts.search_corpus import CORPUS, HENGDA, document, query

QUERY = query("购销合同")
FOUND = 2


def filled(engine: FileEngine, directory: Path) -> Path:
    """An index of two segments, an entry of the first one replaced; closed."""
    index = engine.make(directory)
    index.write([document(99, "pump", of=HENGDA), *CORPUS[:5]])
    index.write(CORPUS[4:], ["document:99"])
    index.close()
    return directory


def truncated(content: bytes) -> bytes:
    return content[: len(content) // 2]


def emptied(_: bytes) -> bytes:
    return b""


def garbled(content: bytes) -> bytes:
    return bytes(byte ^ 0x5A for byte in content)


def one_bit_flipped(content: bytes) -> bytes:
    return bytes([content[0] ^ 1]) + content[1:]


def deleted(_: bytes) -> None:
    return None


DAMAGES = (truncated, emptied, garbled, one_bit_flipped, deleted)


@pytest.mark.parametrize("damage", DAMAGES)
@of_each_file
@pytest.mark.parametrize("is_open", [False, True], ids=["closed", "open"])
def test_a_damaged_file_is_noticed_told_and_healed_by_a_rebuild(
    tmp_path: Path, engine: FileEngine, pattern: str, damage: Damage, is_open: bool
) -> None:
    directory = filled(engine, tmp_path / "index")
    index = engine.make(directory)
    if is_open:
        assert index.search(QUERY).total == FOUND
    victim = max(generation(directory).glob(pattern), key=lambda path: (path.stat().st_mtime_ns, path.name)).resolve()
    left = damage(victim.read_bytes())
    if left is None:
        victim.unlink()
    else:
        engine.put(victim, left)
    if is_open and not engine.needs_while_open(victim, left is None):
        assert index.search(QUERY).total == FOUND
    else:
        with pytest.raises(IndexDamaged):
            index.search(QUERY)
    if not is_open or engine.state_notices(victim):
        assert index.state() is IndexState.DAMAGED
    if not is_open or engine.writer_notices(victim):
        with pytest.raises(IndexDamaged):
            index.write([document(9, "pump", of=HENGDA)])
    assert engine.make(directory).state() is IndexState.DAMAGED
    index.rebuild(CORPUS)
    assert index.state() is IndexState.OK
    assert index.search(QUERY).total == FOUND
    assert engine.make(directory).search(QUERY).total == FOUND


@of_each_engine
class TestIndexOfFiles:
    @pytest.fixture
    def directory(self, tmp_path: Path, engine: FileEngine) -> Path:
        return filled(engine, tmp_path / "index")

    def test_a_missing_index_is_made_and_one_that_vanishes_is_told(self, directory: Path, engine: FileEngine) -> None:
        index = engine.make(directory)
        assert index.search(QUERY).total == FOUND
        shutil.rmtree(directory)
        assert index.state() is IndexState.MISSING
        with pytest.raises(IndexDamaged):
            index.search(QUERY)
        with pytest.raises(IndexDamaged):
            list(index.ids())
        assert engine.make(directory).state() is IndexState.OK
        assert index.search(QUERY).total == 0

    def test_a_directory_that_cannot_be_made_is_an_error_of_ours(self, tmp_path: Path, engine: FileEngine) -> None:
        (tmp_path / "file").write_text("no directory")
        with pytest.raises(SearchIndexError):
            engine.make(tmp_path / "file" / "index")

    def test_another_analysis_is_outdated_but_answers_until_the_rebuild(
        self, directory: Path, engine: FileEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        index = engine.make(directory)
        monkeypatch.setattr(generations, "analysis_hash", lambda: "another")
        assert index.state() is IndexState.OUTDATED
        assert index.search(QUERY).total == FOUND
        index.write([document(9, "pump", of=HENGDA)])
        assert index.state() is IndexState.OUTDATED
        index.rebuild(CORPUS)
        assert index.state() is IndexState.OK

    def test_another_schema_is_outdated_and_says_so(
        self, directory: Path, engine: FileEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(engine.schema, "SCHEMA_VERSION", "another")
        index = engine.make(directory)
        assert index.state() is IndexState.OUTDATED
        for attempt in (lambda: index.search(QUERY), lambda: index.write(CORPUS), lambda: list(index.ids())):
            with pytest.raises(IndexOutdated):
                attempt()
        index.rebuild(CORPUS)
        assert index.state() is IndexState.OK
        assert index.search(QUERY).total == FOUND

    def test_a_writer_that_waits_too_long_says_busy_and_readers_do_not_wait(
        self, directory: Path, engine: FileEngine
    ) -> None:
        index = engine.make(directory, lock_timeout=0.05)
        with (directory / "writer.lock").open("a") as holder:
            fcntl.flock(holder, fcntl.LOCK_EX)
            with pytest.raises(IndexBusy):
                index.write([document(9, "pump", of=HENGDA)])
            assert index.search(QUERY).total == FOUND
        index.write([document(9, "pump", of=HENGDA)])
