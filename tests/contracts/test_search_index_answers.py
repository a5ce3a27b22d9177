"""In what form every search engine answers: windows of rows, order, counts."""

from __future__ import annotations

import datetime
import itertools

import pytest

from search_index import IndexDocument, Query, Right, SearchIndex
from search_index.analysis import phrase_of
from search_index.conditions import AnyOf, Dated, HasLabel, HasToken, Not, Text
from tests.contracts.search_corpus import (
    EMPLOYEE,
    EVERYTHING,
    HENGDA,
    TAIWAN,
    document,
    dossier,
    found,
    query,
    responsible_for,
    word,
)

DAY = datetime.date(2026, 1, 1)


def documents(index: SearchIndex, asked: Query) -> list[str]:
    """The documents of the rows, in order; the group where a row is a dossier's."""
    return [row.document or row.group for row in index.search(asked).rows]


class TestRows:
    def test_rows_are_a_window_on_the_whole_answer(self, index: SearchIndex) -> None:
        index.write([HENGDA, *(document(n, "pump " * n, of=HENGDA) for n in range(1, 31))])
        whole = index.search(query("pump", limit=100))
        assert whole.total == 30
        pages = [index.search(query("pump", limit=7, offset=offset)) for offset in range(0, 35, 7)]
        assert all(page.total == 30 for page in pages)
        assert list(itertools.chain(*(page.rows for page in pages))) == list(whole.rows)
        assert index.search(query("pump", limit=0)).rows == ()
        assert index.search(query("pump", limit=5, offset=10**9)).rows == ()
        for wrong in ({"offset": -1}, {"limit": -1}):
            with pytest.raises(ValueError, match="negative"):
                index.search(query("pump", **wrong))

    def test_the_same_question_gives_the_same_rows(self, index: SearchIndex) -> None:
        entries = [document(n, "pump", of=HENGDA) for n in range(1, 26)]
        index.write(entries[::2])
        before = documents(index, query("pump", limit=99))
        assert before == sorted(before)
        index.write(entries[1::2])
        everything = [documents(index, query("pump", limit=4, offset=offset)) for offset in range(0, 25, 4)]
        assert list(itertools.chain(*everything)) == sorted(entry.id for entry in entries)

    def test_a_row_tells_date_right_and_where(self, archive: SearchIndex) -> None:
        (row,) = archive.search(query("电汇")).rows
        assert (row.group, row.document, row.right) == ("dossier:1", "document:1", Right.READ)
        assert (row.inside, row.date) == (True, datetime.date(2026, 1, 10))
        assert row.score > 0
        (row,) = archive.search(query("blackwater", types=frozenset({"dossier"}))).rows
        assert (row.group, row.document, row.right) == ("dossier:3", "", Right.READ)
        assert (row.inside, row.date) == (False, None)

    def test_of_equals_dossiers_come_first_then_ids(self, index: SearchIndex) -> None:
        index.write([document(1, of=TAIWAN), document(10, of=TAIWAN), document(9, of=TAIWAN), TAIWAN, HENGDA])
        everyone = Query(HasToken(frozenset({"level:general"})), EVERYTHING)
        assert documents(index, everyone) == ["dossier:1", "dossier:4", "document:1", "document:10", "document:9"]


class TestRanking:
    def test_the_name_in_the_register_comes_before_a_mention_in_a_text(self, index: SearchIndex) -> None:
        named = dossier(7, "Acme")
        other = dossier(8, "Other")
        index.write([named, other, document(1, "a word on acme among others " * 3, of=other)])
        assert documents(index, query("acme")) == ["dossier:7", "document:1"]

    def test_more_of_the_word_in_less_text_comes_first(self, index: SearchIndex) -> None:
        index.write(
            [
                document(1, "valve " + "filler " * 900, of=HENGDA),
                document(2, "valve valve valve", of=HENGDA),
                document(3, "valve", of=HENGDA),
            ]
        )
        assert documents(index, query("valve")) == ["document:2", "document:3", "document:1"]

    def test_the_rarer_word_weighs_more(self, index: SearchIndex) -> None:
        index.write(
            [
                document(1, "common common rare", of=HENGDA),
                document(2, "common rare rare", of=HENGDA),
                *(document(n, "common", of=HENGDA) for n in range(3, 20)),
            ]
        )
        assert documents(index, query("common rare")) == ["document:2", "document:1"]

    def test_what_speaks_against_an_entry_does_not_move_it(self, index: SearchIndex) -> None:
        index.write([document(1, "pump valve", of=HENGDA), document(2, "pump other", of=HENGDA)])
        with_not = index.search(query("pump", also=Not(Text(word("absent"))))).rows
        assert with_not == index.search(query("pump")).rows

    def test_newest_and_oldest_first_when_asked(self, index: SearchIndex) -> None:
        index.write(
            [
                document(1, "pump", of=HENGDA, date=DAY),
                document(2, "pump", of=HENGDA, date=DAY + datetime.timedelta(30)),
                document(3, "pump pump pump", of=HENGDA),
                document(4, "pump pump", of=HENGDA, date=DAY),
            ]
        )
        newest = ["document:2", "document:1", "document:4", "document:3"]
        assert documents(index, query("pump", order="newest")) == newest
        assert documents(index, query("pump", order="oldest")) == [*newest[1:3], newest[0], newest[3]]
        assert documents(index, query("pump", order="newest", limit=2, offset=1)) == newest[1:3]

    def test_the_date_of_an_unreadable_document_does_not_move_its_row(self, index: SearchIndex) -> None:
        index.write([document(1, "pump", of=TAIWAN, date=DAY), document(2, "pump", of=HENGDA)])
        rows = index.search(query("pump", EMPLOYEE, order="newest")).rows
        assert [(row.group, row.date) for row in rows] == [("dossier:1", None), ("dossier:4", None)]


class TestConditions:
    ENTRIES = (
        HENGDA,
        document(1, "pump", of=HENGDA, kind="fax", date=DAY),
        document(2, "valve", of=HENGDA, kind="letter", date=DAY + datetime.timedelta(1)),
        document(3, "pump valve", of=HENGDA, kind="letter"),
    )

    def test_labels_dates_and_opposites_narrow(self, index: SearchIndex) -> None:
        index.write(self.ENTRIES)

        def asked(condition: object) -> set[str]:
            return set(found(index, query("pump", also=condition)))  # type: ignore[arg-type]

        assert asked(HasLabel(frozenset({"kind:fax", "kind:plan"}))) == {"document:1"}
        assert asked(Not(HasLabel(frozenset({"kind:fax"})))) == {"document:3"}
        assert asked(Dated(DAY, DAY)) == {"document:1"}
        assert asked(Dated(None, DAY)) == {"document:1"}
        assert asked(Dated(DAY + datetime.timedelta(1), None)) == set()
        assert asked(Dated(None, None)) == {"document:1"}
        assert asked(Not(Dated(None, None))) == {"document:3"}
        assert asked(Not(Text(word("valve")))) == {"document:1"}
        assert asked(AnyOf((Dated(DAY, DAY), Text(word("valve"))))) == {"document:1", "document:3"}

    def test_a_phrase_that_must_not_occur_is_compared_term_by_term(self, index: SearchIndex) -> None:
        index.write([document(1, "blue pump here", of=HENGDA), document(2, "pump is blue", of=HENGDA)])
        phrase = phrase_of("blue pump")
        assert phrase is not None
        assert set(found(index, query("pump", also=Not(Text(phrase))))) == {"document:2"}


class TestCounts:
    def test_facets_count_rows_and_leave_out_what_has_none(self, archive: SearchIndex) -> None:
        results = archive.search(query("合同", facets=("kind", "year", "dept", "client", "colour")))
        assert results.facets == {
            "kind": {"letter": 2},
            "year": {"2026": 1},
            "dept": {"1": 1, "2": 1},
            "client": {"1": 1, "4": 1},
            "colour": {},
        }
        assert archive.search(query("合同")).facets == {}

    def test_a_row_of_several_entries_counts_once(self, index: SearchIndex) -> None:
        index.write([HENGDA, *(document(n, "pump 恒达", of=HENGDA) for n in range(5))])
        sets = {"here": frozenset({"dossier:1"}), "nowhere": frozenset({"dossier:2"}), "empty": frozenset[str]()}
        results = index.search(query("恒达", EMPLOYEE, facets=("level", "kind"), group_sets=sets))
        assert results.total == 1
        assert results.facets == {"level": {"general": 1}, "kind": {}}
        assert results.groups == {"here": 1, "nowhere": 0, "empty": 0}

    def test_counts_are_the_same_whatever_window_is_asked_for(self, index: SearchIndex) -> None:
        index.write([document(n, "pump", of=HENGDA, kind=f"k{n % 3}") for n in range(30)])
        rights = responsible_for(1)
        whole = index.search(query("pump", rights, facets=("kind",), limit=99))
        for limit, offset in ((0, 0), (1, 0), (5, 28), (5, 99)):
            part = index.search(query("pump", rights, facets=("kind",), limit=limit, offset=offset))
            assert (part.total, part.facets) == (whole.total, whole.facets)
        assert whole.facets["kind"] == {"k0": 10, "k1": 10, "k2": 10}

    def test_an_entry_without_a_group_counts_by_itself_when_it_may_be_read(self, index: SearchIndex) -> None:
        index.write([IndexDocument("document:1", "document", frozenset({"a:1"}), pages=("pump",))])
        results = index.search(query("pump", facets=("a",), group_sets={"some": frozenset({"dossier:1"})}))
        assert (results.total, results.facets, results.groups) == (1, {"a": {"1": 1}}, {"some": 0})
