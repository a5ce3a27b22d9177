"""Texts longer than a vector of PostgreSQL can hold: nothing of them is lost where they are cut."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from search_index import IndexDocument, IndexState
from tests.contracts.search_corpus import CORPUS, ENGINES, HENGDA, document, found

pytestmark = pytest.mark.skipif("postgres" not in ENGINES, reason="needs a server: PORTAL_TEST_DATABASE")

if "postgres" in ENGINES:
    from search_index.postgres.passages import LAST_POSITION, OVERLAP, prepare
    from tests.contracts.postgres_indexes import make_index


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Stands for an index that holds nothing yet."""
    return tmp_path / "index"


class TestLongPages:
    """A vector of PostgreSQL holds 16,383 positions, 256 for each term, and a megabyte."""

    def test_no_phrase_of_a_long_page_is_lost_where_it_is_cut(self, directory: Path) -> None:
        index = make_index(directory)
        count = LAST_POSITION * 2 + 5_000
        index.write([document(90, " ".join(f"n{number}" for number in range(count)), of=HENGDA)])
        step = LAST_POSITION - OVERLAP
        cuts = [place for multiple in (1, 2) for place in range(multiple * step - 4, multiple * step + OVERLAP + 4)]
        for place in [0, 1, 5_000, *cuts[::7], count - 3]:
            assert set(found(index, f'"n{place} n{place + 1} n{place + 2}"')) == {"document:90"}, place
            assert set(found(index, f'"n{place} n{place + 2}"')) == set()
        longest = " ".join(f"n{number}" for number in range(step - 30, step + 30))
        assert set(found(index, f'"{longest}"')) == {"document:90"}

    def test_a_word_that_stands_everywhere_is_found_in_every_phrase(self, directory: Path) -> None:
        index = make_index(directory)
        index.write([document(90, " ".join(f"pump n{number}" for number in range(1_000)), of=HENGDA)])
        for place in range(0, 999, 11):
            assert set(found(index, f'"n{place} pump n{place + 1}"')) == {"document:90"}, place
            assert set(found(index, f'"n{place} n{place + 1}"')) == set()

    def test_a_single_han_character_is_found_in_every_phrase_of_a_long_page(self, directory: Path) -> None:
        index = make_index(directory)
        index.write([document(90, " ".join(f"书 n{number}" for number in range(9_000)), of=HENGDA)])
        for place in range(0, 8_999, 900):
            assert set(found(index, f'"n{place} 书 n{place + 1}"')) == {"document:90"}, place
        assert "document:90" in found(index, "书")

    def test_very_many_long_words_are_all_found(self, directory: Path) -> None:
        index = make_index(directory)
        words = [f"{number}{'é' * 60}" for number in range(12_000)]
        index.write([document(90, " ".join(words), of=HENGDA)])
        for place in range(0, 11_999, 600):
            assert set(found(index, f'"{words[place]} {words[place + 1]}"')) == {"document:90"}, place

    def test_what_was_written_during_a_rebuild_is_taken_over_whole(self, directory: Path) -> None:
        index = make_index(directory)
        long = document(90, " ".join(f"n{number}" for number in range(20_000)), "书 pump", of=HENGDA, title="valve")

        def source() -> Iterator[IndexDocument]:
            yield from CORPUS
            index.write([long], ["document:2"])

        index.rebuild(source())
        for text in ('"n16000 n16001"', '"n19998 n19999"', "书 n5", "n1600*", "valve", "pumq~", "hengda n7"):
            assert "document:90" in found(index, text), text
        assert dict(index.ids())["document:90"] == long.fingerprint()
        assert "document:2" not in dict(index.ids())
        assert index.state() is IndexState.OK

    def test_an_ordinary_document_is_one_vector(self) -> None:
        assert len(prepare(document(1, "word " * 200, "书" * 200, of=HENGDA)).vectors) == 1
        assert prepare(IndexDocument("document:1", "document", frozenset())).vectors == ()
