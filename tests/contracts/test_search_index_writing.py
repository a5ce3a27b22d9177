"""What every search engine must keep: updates, removals, odd and long texts."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator

import pytest

from search_index import IndexDocument, SearchIndex
from tests.contracts.search_corpus import CORPUS, EMPLOYEE, HENGDA, TAIWAN, document, dossier, found, query


class TestWriting:
    def test_an_update_replaces_the_entry(self, index: SearchIndex) -> None:
        index.write([document(1, "pump", of=HENGDA)])
        index.write([document(1, "valve", of=HENGDA)])
        assert set(found(index, "pump")) == set()
        assert set(found(index, "valve")) == {"document:1"}
        assert len(list(index.ids())) == 1

    def test_changed_rights_take_effect_with_the_write(self, index: SearchIndex) -> None:
        index.write([document(1, "pump", of=HENGDA)])
        assert set(found(index, "pump", EMPLOYEE)) == {"dossier:1"}
        index.write([document(1, "pump", of=dossier(1, "恒达", level="core"))])
        assert set(found(index, "pump", EMPLOYEE)) == set()

    def test_a_removed_entry_is_gone_and_removing_it_again_does_nothing(self, index: SearchIndex) -> None:
        index.write([document(1, "pump", of=HENGDA), document(2, "pump", of=HENGDA)])
        index.write([], ["document:1", "document:99"])
        assert set(found(index, "pump")) == {"document:2"}
        index.write([], ["document:1"])
        assert [id_ for id_, _ in index.ids()] == ["document:2"]

    def test_writing_the_same_again_changes_nothing(self, index: SearchIndex) -> None:
        for _ in range(3):
            index.write(CORPUS)
        assert sorted(index.ids()) == sorted((entry.id, entry.fingerprint()) for entry in CORPUS)
        before = index.search(query("合同")).rows
        index.write(CORPUS)
        assert index.search(query("合同")).rows == before

    def test_of_two_updates_of_one_entry_the_later_counts_and_both_over_a_removal(self, index: SearchIndex) -> None:
        twice = [document(1, "pump", of=HENGDA), document(1, "valve", of=HENGDA)]
        index.write(twice, ["document:1"])
        assert set(found(index, "valve")) == {"document:1"}
        assert set(found(index, "pump")) == set()

    def test_an_entry_without_text_is_kept_and_found_by_its_register(self, index: SearchIndex) -> None:
        index.write([document(1, "", "", of=HENGDA), document(2, of=HENGDA)])
        assert set(found(index, "hengda")) == {"document:1", "document:2"}

    def test_many_small_writes_and_removals_keep_the_index_whole(self, index: SearchIndex) -> None:
        for n in range(40):
            removals = [f"document:{n - 3}"] if n % 2 else []
            index.write([document(n, f"blue pump number{n} 合同书", of=HENGDA)], removals)
        expected = {f"document:{n}" for n in range(40)} - {f"document:{n - 3}" for n in range(1, 40, 2)}
        assert set(found(index, "pump")) == expected == {id_ for id_, _ in index.ids()}
        assert set(found(index, "number39")) == {"document:39"}
        assert set(found(index, '"blue pump"')) == set(found(index, "合同书")) == set(found(index, "书")) == expected
        assert set(found(index, '"pump number7 合同"')) == {"document:7"}

    def test_a_failing_source_of_updates_leaves_the_index_as_it_was(self, index: SearchIndex) -> None:
        index.write([document(1, "pump", of=HENGDA)])

        def source() -> Iterator[IndexDocument]:
            yield document(2, "pump", of=HENGDA)
            raise RuntimeError("the database went away")

        with pytest.raises(RuntimeError, match="went away"):
            index.write(source())
        assert set(found(index, "pump")) == {"document:1"}
        index.write([document(3, "pump", of=HENGDA)])
        assert set(found(index, "pump")) == {"document:1", "document:3"}

    def test_text_of_any_kind_is_taken(self, index: SearchIndex) -> None:
        odd = "\ud800 lone \x00\x1f \U0001f600 x" + "y" * 5000 + " \u0301\u0301 ﷺ ﬃ pump"
        entry = IndexDocument("document:1", "document", frozenset(), odd, odd, odd, odd, (odd, "", odd), group="é合:1")
        index.write([entry])
        (row,) = index.search(query("pump")).rows
        assert (row.group, row.document) == ("é合:1", "document:1")
        assert list(index.ids()) == [("document:1", entry.fingerprint())]


class TestPhrases:
    def test_a_phrase_crosses_neither_pages_nor_fields(self, index: SearchIndex) -> None:
        index.write(
            [
                document(1, "one blue", "pump two", of=HENGDA),
                document(2, "pump", of=HENGDA, title="blue", correspondent="blue"),
                document(3, "", "last blue", "", "pump", of=TAIWAN),
                document(4, "付合", "同款", of=TAIWAN),
                document(5, "blue pump", of=TAIWAN),
            ]
        )
        assert set(found(index, '"blue pump"')) == {"document:5"}
        assert set(found(index, "blue pump")) == {f"document:{n}" for n in (1, 2, 3, 5)}
        assert set(found(index, "合同")) == set()
        assert set(found(index, '"恒达机械有限公司 D"')) == set()
        assert set(found(index, "限公司")) == {"document:1", "document:2"}


class TestLongDocuments:
    def test_a_thousand_pages_of_han_text(self, index: SearchIndex) -> None:
        alphabet = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳"
        pages = [
            "".join(alphabet[(n * n + 7 * n * page + page) % len(alphabet)] for n in range(400)) for page in range(1000)
        ]
        pages[776] += "滞纳金按日计算"
        pages[777] = "违约方承担" + pages[777]
        index.write([document(1, *pages, of=HENGDA), document(2, "滞纳金", of=HENGDA)])
        assert set(found(index, "滞纳金按日计算")) == {"document:1"}
        assert set(found(index, "滞纳金")) == {"document:1", "document:2"}
        assert set(found(index, '"计算违约"')) == set()
        assert set(found(index, "计算 违约")) == {"document:1"}
        assert set(found(index, "方")) == {"document:1"}
        assert set(found(index, pages[999][100:160])) == {"document:1"}


class TestFingerprint:
    BASE = IndexDocument("document:1", "document", frozenset({"a:1"}), "c", "n", "t", "f", ("p", "q"), "g")

    @pytest.mark.parametrize(
        "change",
        [
            {"id": "document:2"},
            {"type": "dossier"},
            {"tokens": frozenset({"a:2"})},
            {"client": "C"},
            {"number": "N"},
            {"correspondent": "F"},
            {"labels": frozenset({"kind:fax"})},
            {"title": "T"},
            {"pages": ("pq",)},
            {"pages": ("p", "q", "")},
            {"group": "h"},
            {"date": datetime.date(2026, 1, 1)},
        ],
        ids=str,
    )
    def test_it_changes_with_whatever_is_indexed(self, change: dict[str, object]) -> None:
        changed = dataclasses.replace(self.BASE, **change)  # type: ignore[arg-type]
        assert changed.fingerprint() != self.BASE.fingerprint()

    def test_it_is_the_same_for_the_same(self) -> None:
        assert dataclasses.replace(self.BASE).fingerprint() == self.BASE.fingerprint()

    @pytest.mark.parametrize("id_", ["", "a\x1fb", "a\nb", "x" * 201])
    def test_an_id_that_no_engine_could_keep_is_refused(self, id_: str) -> None:
        with pytest.raises(ValueError, match="id"):
            IndexDocument(id_, "document", frozenset())
