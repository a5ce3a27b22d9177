"""What is Tantivy's own: its files damaged in every way, its locks, an index made by another version, and the numbers
that are worked out of its scores."""

from __future__ import annotations

import fcntl
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tantivy

from search_index import (
    IndexBusy,
    IndexDamaged,
    IndexDocument,
    IndexOutdated,
    IndexState,
    SearchIndexError,
    generations,
)
from search_index.tantivy import TantivyIndex, engine
from search_index.tantivy.errors import tantivy_errors
from search_index.tantivy.snapshot import Snapshot
from tests.contracts.search_corpus import CORPUS, EMPLOYEE, HENGDA, SECRET, document, query

QUERY = query("购销合同")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """An index of two segments, an entry of the first one replaced; closed."""
    index = TantivyIndex(tmp_path / "index")
    index.write([document(99, "pump", of=HENGDA), *CORPUS[:5]])
    index.write(CORPUS[4:], ["document:99"])
    index.close()
    return tmp_path / "index"


def generation(directory: Path) -> Path:
    return directory / (directory / "current").read_text().strip()


def replaced(path: Path, content: bytes) -> None:
    """Put another file in its place: the one that is mapped into memory stays what it is. (Just opened, Tantivy looks
    at its files once more in a thread of its own, and a mapped file that shrinks then would end the test.)"""
    other = path.with_name(path.name + ".other")
    other.write_bytes(content)
    other.replace(path)


def truncated(path: Path) -> None:
    replaced(path, path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    replaced(path, b"")


def garbled(path: Path) -> None:
    replaced(path, bytes(byte ^ 0x5A for byte in path.read_bytes()))


def one_bit_flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    replaced(path, bytes(content))


def deleted(path: Path) -> None:
    path.unlink()


DAMAGES = (truncated, emptied, garbled, one_bit_flipped, deleted)
SEGMENT = ("*.idx", "*.pos", "*.term", "*.store", "*.fast", "*.fieldnorm", "*.del")
OTHERS = ("meta.json", "meta.crc", "format.json", "../current")
NEEDED_WHILE_OPEN = {*SEGMENT, "meta.json", "../current"}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("pattern", [*SEGMENT, *OTHERS])
@pytest.mark.parametrize("is_open", [False, True], ids=["closed", "open"])
def test_a_damaged_file_is_noticed_told_and_healed_by_a_rebuild(
    directory: Path, pattern: str, damage: Callable[[Path], None], is_open: bool
) -> None:
    index = TantivyIndex(directory)
    if is_open:
        assert index.search(QUERY).total == 2
    damage(max(generation(directory).glob(pattern), key=lambda path: path.stat().st_mtime_ns))
    if is_open and pattern not in NEEDED_WHILE_OPEN:
        assert index.search(QUERY).total == 2
    else:
        with pytest.raises(IndexDamaged):
            index.search(QUERY)
        assert index.state() is IndexState.DAMAGED
    with pytest.raises(IndexDamaged):
        index.write([document(9, "pump", of=HENGDA)])
    assert TantivyIndex(directory).state() is IndexState.DAMAGED
    index.rebuild(CORPUS)
    assert index.state() is IndexState.OK
    assert index.search(QUERY).total == 2
    assert TantivyIndex(directory).search(QUERY).total == 2


def test_a_missing_index_is_made_and_one_that_vanishes_is_told(directory: Path) -> None:
    index = TantivyIndex(directory)
    assert index.search(QUERY).total == 2
    shutil.rmtree(directory)
    assert index.state() is IndexState.MISSING
    with pytest.raises(IndexDamaged):
        index.search(QUERY)
    with pytest.raises(IndexDamaged):
        list(index.ids())
    assert TantivyIndex(directory).state() is IndexState.OK
    assert index.search(QUERY).total == 0


def test_a_directory_that_cannot_be_made_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no directory")
    with pytest.raises(SearchIndexError):
        TantivyIndex(tmp_path / "file" / "index")


def test_another_analysis_is_outdated_but_answers_until_the_rebuild(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = TantivyIndex(directory)
    monkeypatch.setattr(generations, "analysis_hash", lambda: "another")
    assert index.state() is IndexState.OUTDATED
    assert index.search(QUERY).total == 2
    index.write([document(9, "pump", of=HENGDA)])
    assert index.state() is IndexState.OUTDATED
    index.rebuild(CORPUS)
    assert index.state() is IndexState.OK


def test_another_schema_is_outdated_and_says_so(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "SCHEMA_VERSION", engine.SCHEMA_VERSION + 1)
    index = TantivyIndex(directory)
    assert index.state() is IndexState.OUTDATED
    for attempt in (lambda: index.search(QUERY), lambda: index.write(CORPUS), lambda: list(index.ids())):
        with pytest.raises(IndexOutdated):
            attempt()
    index.rebuild(CORPUS)
    assert index.state() is IndexState.OK
    assert index.search(QUERY).total == 2


def test_a_writer_that_waits_too_long_says_busy_and_readers_do_not_wait(directory: Path) -> None:
    index = TantivyIndex(directory, lock_timeout=0.05)
    with (directory / "writer.lock").open("a") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        with pytest.raises(IndexBusy):
            index.write([document(9, "pump", of=HENGDA)])
        assert index.search(QUERY).total == 2
    index.write([document(9, "pump", of=HENGDA)])


def test_a_writer_killed_between_its_commit_and_the_seal_leaves_the_new_state(directory: Path) -> None:
    seal, announcement = generation(directory) / "meta.crc", generation(directory) / "writing"
    before = seal.read_text()
    TantivyIndex(directory).write([document(9, "pump", of=HENGDA)])
    seal.write_text(before)
    announcement.write_text("")
    index = TantivyIndex(directory)
    assert index.state() is IndexState.OK
    assert index.search(query("pump")).total == 1
    index.write([document(10, "pump", of=HENGDA)])
    assert not announcement.exists()
    assert TantivyIndex(directory).search(query("pump")).total == 2


def test_many_writes_do_not_leave_many_files(directory: Path) -> None:
    index = TantivyIndex(directory)
    for number in range(40):
        index.write([document(number % 10, f"pump {number}", of=HENGDA)])
    assert len(list(generation(directory).glob("*.idx"))) <= 12
    assert not list(generation(directory).glob("*.new"))
    assert index.search(query("pump")).total == 10


def test_a_panic_inside_tantivy_is_an_error_of_ours() -> None:
    schema = tantivy.SchemaBuilder().add_text_field("text").build()
    with pytest.raises(IndexDamaged, match="phrase"), tantivy_errors("it could not be read", IndexDamaged):
        tantivy.Query.phrase_query(schema, "text", ["alone"])


def test_how_often_a_word_or_a_phrase_occurs_is_worked_out_of_the_score(tmp_path: Path) -> None:
    chance = random.Random(20261122)
    index = TantivyIndex(tmp_path / "index")
    texts = {
        number: ["pump"] * chance.randint(1, 60)
        + ["blue valve"] * chance.randint(1, 9)
        + ["filler"] * chance.randint(0, 3000)
        for number in range(60)
    }
    for words in texts.values():
        chance.shuffle(words)
    entries = [document(number, " ".join(words), of=HENGDA) for number, words in texts.items()]
    for first in range(0, 60, 20):
        index.write(entries[first : first + 20], ["document:3"])
    del texts[3]
    snapshot = index._snapshot()
    schema = snapshot.schema
    phrase = tantivy.Query.phrase_query(schema, "pages", ["blue", "valv"])
    for asked, counted in (
        (tantivy.Query.term_query(schema, "pages", "pump"), "pump"),
        (phrase, "blue valve"),
    ):
        expected = {f"document:{number}": float(words.count(counted)) for number, words in texts.items()}
        assert frequencies(snapshot, asked) == expected


def test_hidden_entries_move_no_score_by_a_hair(tmp_path: Path) -> None:
    chance = random.Random(20261122)
    words = ["pump", "valve", "blue", "合同", "filler"]

    def texts(number: int, of: IndexDocument) -> IndexDocument:
        return document(number, " ".join(chance.choices(words, k=chance.randint(3, 900))), of=of)

    told = [HENGDA, *(texts(number, HENGDA) for number in range(30))]
    hidden = [SECRET, *(texts(number, SECRET) for number in range(100, 140))]
    alone, among = TantivyIndex(tmp_path / "alone"), TantivyIndex(tmp_path / "among")
    alone.write(told)
    among.write([*hidden[:20], *told[:15]])
    among.write([*told[15:], *hidden[20:]])
    for asked in ("pump", "blue valve", '"blue pump"', "合同", "恒达"):
        answer = alone.search(query(asked, EMPLOYEE, limit=100))
        assert answer.total > 0
        assert among.search(query(asked, EMPLOYEE, limit=100)) == answer


def frequencies(snapshot: Snapshot, asked: tantivy.Query) -> dict[str, float]:
    found = snapshot.scored(asked)
    assert np.all(np.diff(found.slots) > 0)
    ids = snapshot.columns.ids[found.slots]
    return {id_.decode(): float(count) for id_, count in zip(ids, found.frequencies, strict=True)}
