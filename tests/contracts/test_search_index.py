"""What every search engine must find and hide. A new engine joins `search_corpus.ENGINES`."""

from __future__ import annotations

import dataclasses
import datetime
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from search_index import Filter, IndexDocument, Query, Right, Rights, SearchIndex
from search_index.conditions import Dated, Field, HasLabel, HasToken, Not, Text
from tests.contracts.search_corpus import (
    CORPUS,
    EMPLOYEE,
    EVERYTHING,
    HENGDA,
    MEANING,
    TAIWAN,
    Meaning,
    document,
    dossier,
    found,
    inside,
    query,
    responsible_for,
    word,
)

KNOW, FIND, READ = Right.KNOW, Right.FIND, Right.READ
RECORDS = responsible_for(1)
DAY = datetime.date(2026, 1, 10)


class TestMeaning:
    @pytest.mark.parametrize("meaning", MEANING, ids=lambda meaning: meaning.question)
    def test_a_question_is_answered_by_what_means_the_same(self, archive: SearchIndex, meaning: Meaning) -> None:
        assert found(archive, meaning.question) == dict.fromkeys(meaning.answers, READ)

    @pytest.mark.parametrize("meaning", MEANING, ids=lambda meaning: meaning.question)
    def test_the_expected_hit_is_among_the_first_three(self, archive: SearchIndex, meaning: Meaning) -> None:
        rows = archive.search(query(meaning.question, limit=3)).rows
        assert len(rows) == min(3, len(meaning.answers))
        assert {row.document or row.group for row in rows} <= meaning.answers

    def test_nothing_is_found_without_a_condition(self, archive: SearchIndex) -> None:
        results = archive.search(
            Query(None, EVERYTHING, facets=("level",), group_sets={"all": frozenset({"dossier:1"})})
        )
        assert (results.rows, results.total, dict(results.facets["level"]), results.groups["all"]) == ((), 0, {}, 0)
        for text in ("", "   ", "“”", "…—!?", '""'):
            assert archive.search(query(text)).total == 0

    @settings(max_examples=150, deadline=None)
    @given(st.text(max_size=60) | st.text(alphabet="\"“”'*~()[]{}:-+^\\/合同 aA0\x00\ud800\u0301\n", max_size=60))
    @example('"' * 99)
    @example("合" * 3000)
    @example("a" * 5000)
    @example("NOT AND OR (")
    @example("tokens:level:core")
    @example("*:*")
    @example("-" * 500 + "a")
    @example("a-" * 900)
    def test_no_question_whatever_raises(self, archive: SearchIndex, text: str) -> None:
        assert not any(row.group == "dossier:3" for row in archive.search(query(text, EMPLOYEE, limit=99)).rows)


class TestRights:
    def test_a_document_that_may_not_be_found_does_not_exist(self, archive: SearchIndex) -> None:
        assert found(archive, "takeover") == {"document:4": READ}
        assert found(archive, "takeover", EMPLOYEE) == {}
        assert found(archive, "devoluciones", EMPLOYEE) == {}

    def test_a_dossier_that_is_not_known_does_not_exist(self, archive: SearchIndex) -> None:
        assert found(archive, "blackwater") == {"dossier:3": READ, "document:4": READ}
        assert found(archive, "blackwater", EMPLOYEE) == {}
        assert found(archive, "D-0003", EMPLOYEE) == {}

    def test_a_known_dossier_is_found_by_its_register_though_nothing_in_it_may_be_found(
        self, archive: SearchIndex
    ) -> None:
        assert found(archive, "iberica", EMPLOYEE) == {"dossier:2": KNOW}
        assert not inside(archive, "iberica", EMPLOYEE)

    def test_text_of_a_document_that_may_be_found_shows_the_dossier_only(self, archive: SearchIndex) -> None:
        (row,) = archive.search(query("电汇", EMPLOYEE)).rows
        assert (row.group, row.document, row.right, row.inside, row.date) == ("dossier:1", "", FIND, True, None)
        (row,) = archive.search(query("电汇", RECORDS)).rows
        assert (row.group, row.document, row.right, row.inside) == ("dossier:1", "document:1", READ, True)

    def test_the_unreadable_documents_of_a_dossier_and_its_entry_are_one_row(self, index: SearchIndex) -> None:
        index.write(
            [HENGDA, *(document(n, "恒达 pump", of=HENGDA) for n in range(5)), document(9, "恒达 pump", of=TAIWAN)]
        )
        assert found(index, "恒达", EMPLOYEE) == {"dossier:1": KNOW, "dossier:4": FIND}
        assert inside(index, "恒达", EMPLOYEE) == {"dossier:1", "dossier:4"}
        assert found(index, "pump", EMPLOYEE) == {"dossier:1": FIND, "dossier:4": FIND}

    def test_the_title_matches_for_readers_only(self, archive: SearchIndex) -> None:
        assert found(archive, "采购合同", RECORDS) == {"document:1": READ}
        assert found(archive, "采购合同", EMPLOYEE) == {}
        assert found(archive, "采购 电汇", EMPLOYEE) == {}
        assert found(archive, "cover", RECORDS) == {"document:5": READ}
        assert found(archive, "cover", EMPLOYEE) == {}

    def test_the_correspondent_labels_and_date_match_for_readers_only(self, index: SearchIndex) -> None:
        index.write([document(1, "pump", of=HENGDA, correspondent="Acme", kind="fax", date=DAY), HENGDA])
        for condition in (Text(word("acme")), HasLabel(frozenset({"kind:fax"})), Dated(DAY, DAY)):
            assert found(index, Query(condition, RECORDS)) == {"document:1": READ}
            for asked in (condition, Not(condition)):
                assert "dossier:1" not in inside(index, Query(asked, EMPLOYEE))
            both = query("pump", EMPLOYEE, also=Not(condition))
            assert found(index, both) == ({"dossier:1": FIND} if isinstance(condition, Text) else {})
        titled = Text(word("acme"), frozenset({Field.TITLE, Field.CORRESPONDENT}))
        assert found(index, query("pump", EMPLOYEE, also=Not(titled))) == {}

    def test_a_filter_alone_tells_nothing_of_documents_that_may_not_be_read(self, archive: SearchIndex) -> None:
        general = HasToken(frozenset({"level:general"}))
        dossiers = {entry.id for entry in CORPUS if entry.type == "dossier" and "level:general" in entry.tokens}
        assert found(archive, Query(general, EMPLOYEE)) == dict.fromkeys(dossiers, KNOW)
        assert not inside(archive, Query(general, EMPLOYEE))
        assert found(archive, Query(HasToken(frozenset()), EVERYTHING)) == {}

    def test_the_register_alone_finds_the_dossier_and_no_unreadable_document(self, archive: SearchIndex) -> None:
        assert found(archive, "D-0001", EMPLOYEE) == {"dossier:1": KNOW}
        assert found(archive, "D-0001", RECORDS) == {"dossier:1": READ, "document:1": READ, "document:5": READ}
        assert found(archive, "D-0001 电汇", EMPLOYEE) == {"dossier:1": FIND}

    def test_rights_are_nested_whatever_the_filters_say(self, archive: SearchIndex) -> None:
        nothing, everything = Filter.nothing(), Filter.everything()
        assert found(archive, "合同", Rights(nothing, everything, everything)) == {}
        assert found(archive, "合同", Rights(everything, nothing, everything)) == {}
        assert found(archive, "恒达", Rights(everything, nothing, everything)) == {"dossier:1": KNOW}

    def test_all_tokens_of_one_set_are_needed_and_none_of_those_without(self, archive: SearchIndex) -> None:
        both = Filter((frozenset({"dept:2", "level:general"}), frozenset({"client:1"})))
        assert found(archive, "合同", Rights(both, both, both)).keys() == {"document:1", "document:2"}
        less = dataclasses.replace(both, without=frozenset({"dossier:4"}))
        assert found(archive, "合同", Rights(less, less, less)).keys() == {"document:1"}
        unmet = Filter((frozenset({"dept:1", "dept:2"}), frozenset({"client:99"})))
        assert found(archive, "合同", Rights(unmet, unmet, unmet)) == {}

    def test_excluded_tokens_leave_their_entries_out_of_rows_and_counts(self, archive: SearchIndex) -> None:
        assert found(archive, "合同", exclude=frozenset({"dossier:1"})).keys() == {"document:2"}
        assert found(archive, "合同", exclude=frozenset({"dossier:1", "dossier:4", "dossier:9"})) == {}

    def test_types_narrow_the_answer(self, archive: SearchIndex) -> None:
        assert found(archive, "恒达机械", types=frozenset({"dossier"})).keys() == {"dossier:1"}
        assert found(archive, "恒达机械", types=frozenset({"document"})).keys() == {"document:1", "document:5"}

    def test_a_token_is_no_word(self, archive: SearchIndex) -> None:
        for text in ("general", "level", "level:core", "document", "client"):
            assert found(archive, text) == {}

    def test_hidden_documents_do_not_move_ranking_or_scores(self, index: SearchIndex) -> None:
        mine = [document(n, "pump " * n, "valve", of=HENGDA, title="pump") for n in range(1, 6)]
        secret = dossier(9, "Pump Works", level="core")
        asked = query("pump valve", responsible_for(1))
        index.write([HENGDA, *mine])
        before = index.search(asked).rows
        index.write([secret, *(document(n, "pump " * 50, of=secret) for n in range(50, 80))])
        assert index.search(asked).rows == before
        assert len(before) == 5

    def test_a_title_does_not_move_the_ranking_for_those_who_may_not_read_it(self, index: SearchIndex) -> None:
        index.write([document(1, "pump", of=HENGDA), document(2, "pump", of=TAIWAN, title="pump pump")])
        assert [row.document for row in index.search(query("pump")).rows] == ["document:2", "document:1"]
        first, second = index.search(query("pump", EMPLOYEE)).rows
        assert first.score == second.score
        assert (first.group, second.group) == ("dossier:1", "dossier:4")


class TestNarrowView:
    """Counts are worked out by the engine: they must not tell more than the rows."""

    def test_facets_and_totals_count_only_what_the_person_is_shown(self, index: SearchIndex) -> None:
        other = dossier(2, "Other", dept=2)
        secret = dossier(3, "Secret", level="core", dept=3)
        entries: list[IndexDocument] = [HENGDA, other, secret]
        entries += [document(n, "pump", of=HENGDA, kind="fax") for n in range(10, 13)]
        entries += [document(n, "pump", of=other, kind="minutes") for n in range(20, 26)]
        entries += [document(n, "pump", of=secret, kind="plan") for n in range(30, 39)]
        index.write(entries)
        sets = {"mine": frozenset({"dossier:1"}), "theirs": frozenset({"dossier:2", "dossier:3"})}
        asked = query("pump", responsible_for(1), limit=2, facets=("kind", "dept", "level", "none"), group_sets=sets)
        results = index.search(asked)
        assert results.total == 4
        assert len(results.rows) == 2
        assert results.facets == {
            "kind": {"fax": 3},
            "dept": {"1": 3, "2": 1},
            "level": {"general": 4},
            "none": {},
        }
        assert results.groups == {"mine": 3, "theirs": 1}
        everything = index.search(dataclasses.replace(asked, rights=EVERYTHING))
        assert (everything.total, everything.facets["kind"]) == (18, {"fax": 3, "minutes": 6, "plan": 9})

    def test_pages_of_the_answer_do_not_overlap_and_miss_nothing(self, archive: SearchIndex) -> None:
        for rights in (EVERYTHING, EMPLOYEE, RECORDS):
            asked = query("合同", rights, limit=99)
            whole = archive.search(asked).rows
            single = [archive.search(dataclasses.replace(asked, limit=1, offset=n)).rows for n in range(len(whole) + 1)]
            assert [row for rows in single for row in rows] == list(whole)
            assert all(before.score >= after.score for before, after in pairwise(whole))
