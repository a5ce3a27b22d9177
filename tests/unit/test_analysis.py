"""The analysis on its own: offsets into the original text, terms, questions, passages."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search_index.analysis import (
    Kind,
    analysis_hash,
    best_page,
    fold,
    matches,
    parse,
    snippet,
    spellings,
    tokens,
)

MIXED = st.text(
    alphabet=st.sampled_from("aeñÉü购銷合書書 \n-_.@'ﬁ㈱①Ａ０İß\u0301\u00ad\ufe0f\U00020000한0９x"),
    max_size=40,
)


def terms(text: str) -> set[str]:
    return {token.text for token in tokens(text)}


class TestFolding:
    @pytest.mark.parametrize(
        ("written", "same"),
        [
            ("購銷合同書", "购销合同书"),
            ("ＨＴ－２０２６", "ht-2026"),
            ("Devolución", "devolucion"),
            ("e\u0301xito", "exito"),
            ("ﬁnance", "finance"),
            ("⼀⼆", "一二"),
            ("co\u00adoperate", "cooperate"),
            ("Straße", "strasse"),
            ("AÑO", "ano"),
            ("乾", "干"),
            ("後來", "后来"),
        ],
    )
    def test_writings_of_one_thing_are_brought_to_one_form(self, written: str, same: str) -> None:
        assert fold(written).text == same

    def test_korean_syllables_stay_whole(self) -> None:
        assert fold("한국").text == "한국"

    @given(MIXED)
    @example("ﬁ①e\u0301x")
    @example("\u0301a\u0301\u0301b")
    def test_every_folded_character_knows_where_it_came_from(self, text: str) -> None:
        folded = fold(text)
        for at, char in enumerate(folded.text):
            start, end = folded.span(at, at + 1)
            assert 0 <= start < end <= len(text)
            assert char in fold(text[start:end]).text

    @given(MIXED)
    def test_folding_twice_changes_nothing_more(self, text: str) -> None:
        once = fold(text).text
        assert fold(once).text == once


class TestTokens:
    @given(MIXED)
    def test_offsets_point_at_the_words_in_the_original(self, text: str) -> None:
        for token in tokens(text):
            assert 0 <= token.start < token.end <= len(text)
            assert terms(text[token.start : token.end]) & {token.text} or token.kind is Kind.HAN_LAST

    @given(MIXED)
    def test_positions_never_go_back(self, text: str) -> None:
        positions = [token.position for token in tokens(text)]
        assert positions == sorted(positions)

    def test_han_text_becomes_pairs_and_the_last_character_alone(self) -> None:
        assert [token.text for token in tokens("購銷 合\n同书")] == ["购销", "销合", "合同", "同书", "书"]
        assert [token.position for token in tokens("合同a书")] == [0, 1, 2, 3]

    def test_far_apart_han_characters_and_paragraphs_are_not_joined(self) -> None:
        assert "称数" not in terms("名称" + " " * 12 + "数量")
        assert "尾首" not in terms("段尾\n\n首段")

    def test_offsets_of_spaced_han_pairs_cover_both_characters(self) -> None:
        text = "见 合 同 书。"
        assert [text[token.start : token.end] for token in tokens(text)] == ["见 合", "合 同", "同 书", "书"]

    def test_numbers_are_found_by_parts_and_whole(self) -> None:
        assert terms("HT-2026-0042") == {"ht", "2026", "0042", "ht20260042"}
        assert terms("2026/0042") == {"2026", "0042", "20260042"}

    def test_words_broken_at_the_end_of_a_line_are_whole_too(self) -> None:
        assert "agreement" in terms("the agree-\nment")
        assert "agreement" in terms("the agree-\r\n  ment")

    def test_the_possessive_and_its_word_are_one(self) -> None:
        assert terms("client's") == terms("client’s") == {"client"}

    def test_very_long_words_are_cut(self) -> None:
        assert max(len(term) for term in terms("x" * 5000 + " " + "1-" * 500 + "1")) <= 64

    @pytest.mark.parametrize(
        ("asked", "written"),
        [
            ("devolucion", "devoluciones"),
            ("devolución", "devoluciones"),
            ("contratación", "contrataciones"),
            ("agreements", "agreement"),
            ("company", "companies"),
            ("factura", "facturas"),
            ("entregar", "entregado"),
            ("delivery", "deliveries"),
            ("proveedor", "proveedores"),
            ("pagar", "pagos"),
        ],
    )
    def test_forms_of_a_word_share_a_stem(self, asked: str, written: str) -> None:
        assert terms(asked) & terms(written)

    @pytest.mark.parametrize(("one", "other"), [("contract", "contact"), ("pago", "página"), ("bank", "bench")])
    def test_different_words_do_not(self, one: str, other: str) -> None:
        assert not terms(one) & terms(other)


class TestNames:
    def test_spellings_begin_at_every_character(self) -> None:
        assert {"hengdajixie", "dajixie", "jixie", "hdjx", "jx"} <= spellings("恒达机械")
        assert spellings("恒達機械") == spellings("恒达机械")

    def test_characters_with_several_readings_are_read_in_their_word(self) -> None:
        assert any(spelling.startswith("chongqing") for spelling in spellings("重庆长安"))

    def test_latin_names_have_none(self) -> None:
        assert spellings("Ibérica S.A. D-0001") == frozenset()


class TestParse:
    @given(st.text(max_size=80))
    @example('"' * 7)
    def test_nothing_raises_and_every_word_can_be_looked_for(self, text: str) -> None:
        parsed = parse(text)
        assert all(word.sequences and all(word.sequences) for word in parsed.words)
        assert all(sequence[0].offset == 0 for word in parsed.words for sequence in word.sequences)
        assert bool(parsed.words) != ("no_words" in parsed.problems)

    def test_a_phrase_is_one_word_and_curly_and_corner_quotes_count(self) -> None:
        for text in ('"the first page"', "“the first page”", "«the first page»", "「the first page」"):
            assert len(parse(text).words) == 1

    def test_a_mixed_question_is_cut_where_the_script_changes(self) -> None:
        assert [word.text for word in parse("contract恒达 HT-2026号").words] == [
            "contract",
            "恒达",
            "HT-2026",
            "号",
        ]

    def test_the_same_word_twice_is_one_word(self) -> None:
        assert len(parse("合同 合同 contract Contract").words) == 2

    def test_very_long_questions_are_cut_and_told(self) -> None:
        parsed = parse(" ".join(f"w{n}" for n in range(3000)))
        assert len(parsed.words) == 32
        assert "too_long" in parsed.problems


class TestPassages:
    TEXT = (
        "Página uno.\n本購銷合同（ＨＴ－２０２６－００４２）由 恒 達 機 械 与 E\u0301xito ﬁnance 公司签订，"
        "devoluciones incluidas."
    )

    @pytest.mark.parametrize(
        ("question", "marked"),
        [
            ("购销合同", ["購銷合同"]),
            ("HT-2026-0042", ["ＨＴ－２０２６－００４２"]),
            ("恒达机械", ["恒 達 機 械"]),
            ("exito", ["E\u0301xito"]),
            ("finance", ["ﬁnance"]),
            ("devolucion", ["devoluciones"]),
            ("书", []),
            ("械", ["械"]),
            ("機", ["機"]),
            ("pagina 合同", ["Página", "合同"]),
            ('"与 exito"', ["与 E\u0301xito"]),
            ('"exito 与"', []),
        ],
    )
    def test_what_matches_is_marked_as_it_was_written(self, question: str, marked: list[str]) -> None:
        found = matches(self.TEXT, parse(question))
        assert [self.TEXT[match.start : match.end] for match in found] == marked
        passage = snippet(self.TEXT, parse(question), 400)
        assert [part for part, is_marked in passage.parts if is_marked] == marked
        assert passage.text == " ".join(self.TEXT.split())

    def test_the_passage_is_where_most_of_the_question_is(self) -> None:
        text = "contract " + "filler words " * 40 + "the contract with 恒达机械 is signed " + "more filler " * 40
        passage = snippet(text, parse("contract 恒达"), 80)
        assert [part for part, marked in passage.parts if marked] == ["contract", "恒达"]
        assert passage.cut_before
        assert passage.cut_after
        assert len(passage.text) < 120

    def test_words_at_its_edges_stay_whole(self) -> None:
        text = "alpha " * 100 + "needle " + "omega " * 100
        assert set(snippet(text, parse("needle"), 60).text.split()) == {"alpha", "needle", "omega"}

    def test_han_text_is_cut_between_characters(self) -> None:
        text = "甲" * 300 + "合同书" + "乙" * 300
        passage = snippet(text, parse("合同"), 40)
        assert ("合同", True) in passage.parts
        assert 30 <= len(passage.text) <= 60

    def test_without_a_match_it_is_the_beginning(self) -> None:
        passage = snippet("First words of a page " * 30, parse("nowhere"), 40)
        assert passage.text.startswith("First words")
        assert not passage.cut_before
        assert passage.cut_after
        assert snippet("", parse("nowhere")).parts == ()

    @given(MIXED, MIXED, st.integers(5, 60))
    def test_a_passage_is_always_a_piece_of_the_text(self, text: str, question: str, width: int) -> None:
        passage = snippet(text, parse(question), width)
        assert passage.text in " ".join(text.split()) or " ".join(passage.text.split()) in " ".join(text.split())

    def test_the_best_page_holds_most_words(self) -> None:
        pages = ["cover", "the contract alone", "contract with 恒达", "恒达"]
        assert best_page(pages, parse("contract 恒达")) == 2
        assert best_page(pages, parse("contracts")) == 1
        assert best_page(pages, parse("nowhere")) is None
        assert best_page([], parse("contract")) is None

    def test_a_page_of_scattered_letters_is_not_taken_for_the_phrase(self) -> None:
        pages = ["同书 and 合同 apart", "company of men", "本合 同 书", "companies"]
        assert best_page(pages, parse("合同书")) == 2
        assert best_page(pages, parse('"companies"')) == 1

    def test_one_page_of_a_thousand(self) -> None:
        pages = ["合同条款与付款方式的约定" * 30] * 1000
        pages[777] = "滞纳金按日计算，合同"
        assert best_page(pages, parse("滞纳金 合同")) == 777


def test_the_analysis_has_a_short_stable_name() -> None:
    assert analysis_hash() == analysis_hash()
    assert len(analysis_hash()) == 16
    assert unicodedata.normalize("NFKC", analysis_hash()).isalnum()
