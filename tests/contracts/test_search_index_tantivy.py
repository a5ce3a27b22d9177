"""What is Tantivy's own: the seal on its commits, its panics, and the numbers that are worked out of its scores."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import tantivy

from search_index import IndexDamaged, IndexDocument, IndexState
from search_index.tantivy import TantivyIndex
from search_index.tantivy.errors import tantivy_errors
from search_index.tantivy.snapshot import Snapshot
from tests.contracts.file_indexes import generation
from tests.contracts.search_corpus import CORPUS, EMPLOYEE, HENGDA, SECRET, document, query


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """An index of two segments, closed."""
    index = TantivyIndex(tmp_path / "index")
    index.write(CORPUS[:5])
    index.write(CORPUS[5:])
    index.close()
    return tmp_path / "index"


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
