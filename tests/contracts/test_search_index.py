"""What every search engine must find, hide and keep. A new engine joins `search_corpus.ENGINES`."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from search_index import Filter, IndexDocument, Query, Rights, SearchIndex
from tests.contracts.search_corpus import (
    CORPUS,
    EMPLOYEE,
    ENGINES,
    HENGDA,
    MEANING,
    Meaning,
    ask,
    document,
    dossier,
    found,
    responsible_for,
)

RECORDS = responsible_for(1)


class TestMeaning:
    @pytest.mark.parametrize("meaning", MEANING, ids=lambda meaning: meaning.question)
    def test_a_question_is_answered_by_what_means_the_same(self, archive: SearchIndex, meaning: Meaning) -> None:
        assert found(archive, meaning.question) == meaning.answers

    def test_nothing_is_found_for_a_question_without_words(self, archive: SearchIndex) -> None:
        for text in ("", "   ", "“”", "…—!?", '""'):
            results = ask(archive, text)
            assert results.total == 0
            assert "no_words" in results.problems

    def test_an_unclosed_quotation_mark_is_told_and_the_words_are_searched(self, archive: SearchIndex) -> None:
        results = ask(archive, '"alpha beta')
        assert "unclosed_quote" in results.problems
        assert [hit.id for hit in results.hits] == ["document:5"]

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
        results = ask(archive, text, EMPLOYEE)
        assert not any(match.group == "dossier:3" for match in results.matched)


class TestRights:
    def test_a_document_that_may_not_be_found_does_not_exist(self, archive: SearchIndex) -> None:
        assert found(archive, "takeover") == {"document:4"}
        assert found(archive, "takeover", EMPLOYEE) == set()
        assert found(archive, "devoluciones", EMPLOYEE) == set()

    def test_a_dossier_that_is_not_known_does_not_exist(self, archive: SearchIndex) -> None:
        assert found(archive, "blackwater") == {"dossier:3", "document:4"}
        assert found(archive, "blackwater", EMPLOYEE) == set()
        assert found(archive, "D-0003", EMPLOYEE) == set()

    def test_a_known_dossier_is_found_by_its_register_though_nothing_in_it_may_be_found(
        self, archive: SearchIndex
    ) -> None:
        assert found(archive, "iberica", EMPLOYEE) == {"dossier:2"}

    def test_text_of_a_document_that_may_be_found_is_found_and_marked_unreadable(self, archive: SearchIndex) -> None:
        (hit,) = ask(archive, "电汇", EMPLOYEE).hits
        assert (hit.id, hit.group, hit.readable) == ("document:1", "dossier:1", False)
        (hit,) = ask(archive, "电汇", RECORDS).hits
        assert (hit.id, hit.readable) == ("document:1", True)

    def test_the_title_matches_for_readers_only(self, archive: SearchIndex) -> None:
        assert found(archive, "采购合同", RECORDS) == {"document:1"}
        assert found(archive, "采购合同", EMPLOYEE) == set()
        assert found(archive, "采购 电汇", EMPLOYEE) == set()
        assert found(archive, "cover", RECORDS) == {"document:5"}
        assert found(archive, "cover", EMPLOYEE) == set()

    def test_the_register_alone_finds_the_dossier_and_no_unreadable_document(self, archive: SearchIndex) -> None:
        assert found(archive, "D-0001", EMPLOYEE) == {"dossier:1"}
        assert found(archive, "D-0001", RECORDS) == {"dossier:1", "document:1", "document:5"}
        assert found(archive, "D-0001 电汇", EMPLOYEE) == {"document:1"}

    def test_rights_are_nested_whatever_the_filters_say(self, archive: SearchIndex) -> None:
        nothing, everything = Filter.nothing(), Filter.everything()
        assert found(archive, "合同", Rights(nothing, everything, everything)) == set()
        assert found(archive, "合同", Rights(everything, nothing, everything)) == set()
        assert found(archive, "恒达", Rights(everything, nothing, everything)) == {"dossier:1"}

    def test_all_tokens_of_one_set_are_needed_and_none_of_those_without(self, archive: SearchIndex) -> None:
        both = Filter((frozenset({"dept:2", "level:general"}), frozenset({"client:1"})))
        assert found(archive, "合同", Rights(both, both, both)) == {"document:1", "document:2"}
        less = dataclasses.replace(both, without=frozenset({"dossier:4"}))
        assert found(archive, "合同", Rights(less, less, less)) == {"document:1"}
        unmet = Filter((frozenset({"dept:1", "dept:2"}), frozenset({"client:99"})))
        assert found(archive, "合同", Rights(unmet, unmet, unmet)) == set()

    def test_excluded_tokens_leave_their_entries_out_of_hits_and_counts(self, archive: SearchIndex) -> None:
        assert found(archive, "合同", exclude=frozenset({"dossier:1"})) == {"document:2"}
        assert found(archive, "合同", exclude=frozenset({"dossier:1", "dossier:4", "dossier:9"})) == set()

    def test_types_narrow_the_answer(self, archive: SearchIndex) -> None:
        assert found(archive, "恒达机械", types=frozenset({"dossier"})) == {"dossier:1"}
        assert found(archive, "恒达机械", types=frozenset({"document"})) == {"document:1", "document:5"}

    def test_a_token_is_no_word(self, archive: SearchIndex) -> None:
        for text in ("general", "level", "level:core", "document", "client"):
            assert found(archive, text) == set()

    def test_hidden_documents_do_not_move_ranking_or_scores(self, index: SearchIndex) -> None:
        mine = [document(n, "pump " * n, "valve", of=HENGDA, title="pump") for n in range(1, 6)]
        secret = dossier(9, "Pump Works", level="core")
        rights = responsible_for(1)
        index.write([HENGDA, *mine])
        before = ask(index, "pump valve", rights).matched
        index.write([secret, *(document(n, "pump " * 50, of=secret) for n in range(50, 80))])
        assert ask(index, "pump valve", rights).matched == before
        assert len(before) == 5

    def test_a_title_does_not_move_the_ranking_for_those_who_may_not_read_it(self, index: SearchIndex) -> None:
        plain = document(1, "pump", of=HENGDA)
        titled = document(2, "pump", of=HENGDA, title="pump pump")
        index.write([plain, titled])
        first, second = ask(index, "pump", EMPLOYEE).matched
        assert first.score == second.score
        assert ask(index, "pump").matched[0].id == "document:2"


VOCABULARY = ("pump", "valve", "合同", "电汇")
TOKENS = ("level:a", "level:b", "dept:1", "dept:2")

some_tokens = st.frozensets(st.sampled_from(TOKENS), max_size=2)
some_words = st.lists(st.sampled_from(VOCABULARY), max_size=2).map("，".join)
filters = st.builds(Filter, st.lists(some_tokens, max_size=2).map(tuple), some_tokens)
archives = st.lists(
    st.tuples(st.booleans(), some_tokens, some_words, some_words, st.lists(some_words, max_size=2)),
    min_size=1,
    max_size=8,
).map(
    lambda entries: [
        IndexDocument(f"entry:{n}", "dossier" if is_dossier else "document", tokens, register, title, tuple(pages))
        if not is_dossier
        else IndexDocument(f"entry:{n}", "dossier", tokens, register)
        for n, (is_dossier, tokens, register, title, pages) in enumerate(entries)
    ]
)


def allowed_answer(entry: IndexDocument, words: list[str], query: Query) -> bool | None:
    """The contract in its plainest form: None if the entry must not be answered with, else its `readable`."""
    known = query.rights.known.passes(entry.tokens) and query.exclude.isdisjoint(entry.tokens)
    findable = known and query.rights.findable.passes(entry.tokens)
    readable = findable and query.rights.readable.passes(entry.tokens)
    pages = " ".join(entry.pages)
    if readable:
        return True if all(word in entry.register + entry.title + pages for word in words) else None
    if entry.type == "document" and findable:
        matches = all(word in entry.register + pages for word in words)
        return False if matches and any(word in pages for word in words) else None
    if entry.type == "dossier" and known:
        return False if all(word in entry.register for word in words) else None
    return None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    entries=archives,
    rights=st.builds(Rights, filters, filters, filters),
    exclude=some_tokens,
    words=st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=2, unique=True),
)
@pytest.mark.parametrize("engine", ENGINES)
def test_an_answer_is_exactly_what_the_rights_allow(  # noqa: PLR0913  (what hypothesis chooses)
    engine: str,
    tmp_path_factory: pytest.TempPathFactory,
    entries: list[IndexDocument],
    rights: Rights,
    exclude: frozenset[str],
    words: list[str],
) -> None:
    index = ENGINES[engine](tmp_path_factory.mktemp("rights") / "index")
    index.write(entries)
    query = Query(" ".join(words), rights, exclude=exclude)
    expected = {entry.id: allowed_answer(entry, words, query) for entry in entries}
    answered = {match.id: match.readable for match in index.search(query).matched}
    index.close()
    assert answered == {id_: readable for id_, readable in expected.items() if readable is not None}


class TestAnswers:
    def test_hits_are_a_window_on_all_matches(self, index: SearchIndex) -> None:
        index.write([HENGDA, *(document(n, "pump " * n, of=HENGDA) for n in range(1, 31))])
        whole = ask(index, "pump", limit=100)
        assert whole.total == 30
        pages = [ask(index, "pump", limit=7, offset=offset) for offset in range(0, 35, 7)]
        assert all(page.total == 30 and page.matched == whole.matched for page in pages)
        assert list(itertools.chain(*(page.hits for page in pages))) == list(whole.hits)
        assert ask(index, "pump", limit=0).hits == ()
        with pytest.raises(ValueError, match="negative"):
            ask(index, "pump", offset=-1)

    def test_a_hit_gives_back_what_was_kept_with_the_entry(self, archive: SearchIndex) -> None:
        (hit,) = ask(archive, "电汇").hits
        assert (hit.type, hit.group, hit.date) == ("document", "dossier:1", datetime.date(2026, 1, 10))
        assert hit.stored == {"dossier": 1, "document": 1}
        assert hit.tokens == HENGDA.tokens

    def test_the_name_in_the_register_comes_before_a_mention_in_a_text(self, index: SearchIndex) -> None:
        named = dossier(7, "Acme")
        other = dossier(8, "Other")
        index.write([named, other, document(1, "a word on acme among others " * 3, of=other)])
        assert [hit.id for hit in ask(index, "acme").hits] == ["dossier:7", "document:1"]

    def test_more_of_the_word_in_less_text_comes_first(self, index: SearchIndex) -> None:
        index.write(
            [
                document(1, "valve " + "filler " * 900, of=HENGDA),
                document(2, "valve valve valve", of=HENGDA),
                document(3, "valve", of=HENGDA),
            ]
        )
        assert [hit.id for hit in ask(index, "valve").hits] == ["document:2", "document:3", "document:1"]

    def test_the_rarer_word_weighs_more(self, index: SearchIndex) -> None:
        index.write(
            [
                document(1, "common common rare", of=HENGDA),
                document(2, "common rare rare", of=HENGDA),
                *(document(n, "common", of=HENGDA) for n in range(3, 20)),
            ]
        )
        assert [hit.id for hit in ask(index, "common rare").hits] == ["document:2", "document:1"]

    def test_newest_first_when_asked(self, index: SearchIndex) -> None:
        day = datetime.date(2026, 1, 1)
        index.write(
            [
                document(1, "pump", of=HENGDA, date=day),
                document(2, "pump", of=HENGDA, date=day + datetime.timedelta(30)),
                document(3, "pump pump pump", of=HENGDA),
            ]
        )
        newest = ask(index, "pump", order="newest").matched
        assert [match.id for match in newest] == ["document:2", "document:1", "document:3"]


class TestWriting:
    def test_an_update_replaces_the_entry(self, index: SearchIndex) -> None:
        index.write([document(1, "pump", of=HENGDA)])
        index.write([document(1, "valve", of=HENGDA)])
        assert found(index, "pump") == set()
        assert found(index, "valve") == {"document:1"}
        assert len(list(index.ids())) == 1

    def test_changed_rights_take_effect_with_the_write(self, index: SearchIndex) -> None:
        index.write([document(1, "pump", of=HENGDA)])
        assert found(index, "pump", EMPLOYEE) == {"document:1"}
        index.write([document(1, "pump", of=dossier(1, "恒达", level="core"))])
        assert found(index, "pump", EMPLOYEE) == set()

    def test_a_removed_entry_is_gone_and_removing_it_again_does_nothing(self, index: SearchIndex) -> None:
        index.write([document(1, "pump", of=HENGDA), document(2, "pump", of=HENGDA)])
        index.write([], ["document:1", "document:99"])
        assert found(index, "pump") == {"document:2"}
        index.write([], ["document:1"])
        assert [id_ for id_, _ in index.ids()] == ["document:2"]

    def test_writing_the_same_again_changes_nothing(self, index: SearchIndex) -> None:
        for _ in range(3):
            index.write(CORPUS)
        assert sorted(index.ids()) == sorted((entry.id, entry.fingerprint()) for entry in CORPUS)
        before = ask(index, "合同").matched
        index.write(CORPUS)
        assert ask(index, "合同").matched == before

    def test_of_two_updates_of_one_entry_the_later_counts_and_both_over_a_removal(self, index: SearchIndex) -> None:
        twice = [document(1, "pump", of=HENGDA), document(1, "valve", of=HENGDA)]
        index.write(twice, ["document:1"])
        assert found(index, "valve") == {"document:1"}
        assert found(index, "pump") == set()

    def test_an_entry_without_text_is_kept_and_found_by_its_register(self, index: SearchIndex) -> None:
        index.write([document(1, "", "", of=HENGDA), document(2, of=HENGDA)])
        assert found(index, "hengda") == {"document:1", "document:2"}

    def test_many_small_writes_and_removals_keep_the_index_whole(self, index: SearchIndex) -> None:
        for n in range(40):
            removals = [f"document:{n - 3}"] if n % 2 else []
            index.write([document(n, f"pump number{n}", of=HENGDA)], removals)
        expected = {f"document:{n}" for n in range(40)} - {f"document:{n - 3}" for n in range(1, 40, 2)}
        assert found(index, "pump") == expected == {id_ for id_, _ in index.ids()}
        assert found(index, "number39") == {"document:39"}

    def test_a_failing_source_of_updates_leaves_the_index_as_it_was(self, index: SearchIndex) -> None:
        index.write([document(1, "pump", of=HENGDA)])

        def source() -> Iterator[IndexDocument]:
            yield document(2, "pump", of=HENGDA)
            raise RuntimeError("the database went away")

        with pytest.raises(RuntimeError, match="went away"):
            index.write(source())
        assert found(index, "pump") == {"document:1"}
        index.write([document(3, "pump", of=HENGDA)])
        assert found(index, "pump") == {"document:1", "document:3"}

    def test_text_of_any_kind_is_taken(self, index: SearchIndex) -> None:
        odd = "\ud800 lone \x00\x1f \U0001f600 x" + "y" * 5000 + " \u0301\u0301 ﷺ ﬃ pump"
        entry = IndexDocument(
            "document:1", "document", frozenset(), odd, odd, (odd,), stored={"title": odd, "page": -1}
        )
        index.write([entry])
        (hit,) = ask(index, "pump").hits
        assert hit.stored == {"title": odd, "page": -1}
        assert list(index.ids()) == [("document:1", entry.fingerprint())]


class TestLongDocuments:
    def test_a_thousand_pages_of_han_text(self, index: SearchIndex) -> None:
        alphabet = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳"
        pages = [
            "".join(alphabet[(n * n + 7 * n * page + page) % len(alphabet)] for n in range(400)) for page in range(1000)
        ]
        pages[776] += "滞纳金按日计算"
        pages[777] = "违约方承担" + pages[777]
        index.write([document(1, *pages, of=HENGDA), document(2, "滞纳金", of=HENGDA)])
        assert found(index, "滞纳金按日计算") == {"document:1"}
        assert found(index, "滞纳金") == {"document:1", "document:2"}
        assert found(index, '"计算违约"') == set()
        assert found(index, "计算 违约") == {"document:1"}
        assert found(index, "方") == {"document:1"}


class TestFingerprint:
    BASE = IndexDocument("document:1", "document", frozenset({"a:1"}), "r", "t", ("p", "q"), "g", {"k": 1})

    @pytest.mark.parametrize(
        "change",
        [
            {"id": "document:2"},
            {"type": "dossier"},
            {"tokens": frozenset({"a:2"})},
            {"register": "R"},
            {"title": "T"},
            {"pages": ("pq",)},
            {"pages": ("p", "q", "")},
            {"group": "h"},
            {"stored": {"k": 2}},
            {"stored": {"k": "1"}},
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
