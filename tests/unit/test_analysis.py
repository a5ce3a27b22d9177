"""The analysis on its own: offsets into the original text, terms, questions, passages."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search_index.analysis import (
    Kind,
    Reach,
    analysis_hash,
    best_page,
    cut,
    fold,
    fold_text,
    matches,
    phrase_of,
    snippet,
    spellings,
    tokens,
    words_of,
)
from search_index.language import parse

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

    @given(MIXED)
    def test_terms_are_the_same_without_their_places_in_the_original(self, text: str) -> None:
        bare = [(term, position) for term, position, *_ in cut(fold_text(text))]
        assert bare == [(token.text, token.position) for token in tokens(text)]

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

    def test_only_the_word_that_a_line_breaks_is_joined(self) -> None:
        assert "establish" in terms("a well-estab-\nlished firm")
        assert not {"wellestab", "wellestablished"} & terms("a well-estab-\nlished firm")

    @pytest.mark.parametrize(
        "written",
        [
            "021-5555-0142",
            "021 5555 0142",
            "(021)5555-0142",
            "(021) 5555 0142",
            "０２１　５５５５－０１４２",
        ],
    )
    def test_a_telephone_number_is_one_number_however_it_is_grouped(self, written: str) -> None:
        assert terms(written) == {"021", "5555", "0142", "02155550142", "55550142"}

    def test_a_telephone_number_is_marked_from_its_first_to_its_last_digit(self) -> None:
        text = "Tel. +34 912 345 678 (Madrid)"
        assert {text[token.start : token.end] for token in tokens(text) if token.kind is Kind.WHOLE} == {
            "34 912 345 678",
            "912 345 678",
        }

    @pytest.mark.parametrize(
        "written",
        [
            "12 340 1200 55 17 200 3000",  # more groups than a number has
            "1 2 3 4 5678",  # a list
            "1200 34",  # too short
            "2024 2025 2026",  # years
            "12345678 12345678",  # too long
            "1200\n3400 ",  # two lines
            "1200  3400",  # two columns
            "1200\t3400",
            "1200 3400kg",  # a measure
        ],
    )
    def test_other_figures_are_not_joined(self, written: str) -> None:
        assert not [token for token in tokens(written) if token.kind is Kind.WHOLE]

    def test_dates_and_prices_are_no_part_of_a_number(self) -> None:
        assert terms("2026-01-15 4500") == {"2026", "01", "15", "20260115", "4500"}
        assert terms("15/01/2026 4500") == {"2026", "01", "15", "15012026", "4500"}
        assert terms("3.400,00 5000") == {"3", "400", "00", "340000", "5000"}
        assert terms("5000 3.400") == {"5000", "3", "400", "3400"}

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

    @pytest.mark.parametrize(
        ("name", "typed"),
        [
            ("重庆长安", "chongqing"),
            ("长城贸易", "changcheng"),
            ("单氏工业", "shanshi"),
            ("单氏工业", "danshigongye"),
            ("音乐之声", "yinyue"),
            ("音乐之声", "yinle"),
            ("乐氏", "yueshi"),
            ("乐氏", "leshi"),
            ("吕氏", "lv"),
            ("吕氏", "lu"),
            ("西安仪表", "xian"),
        ],
    )
    def test_every_reading_of_a_character_is_known(self, name: str, typed: str) -> None:
        assert any(spelling.startswith(typed) for spelling in spellings(name))

    def test_the_ways_to_read_a_name_are_bounded(self) -> None:
        assert len(spellings("行长单乐" * 40)) < 40 * 2 * 16

    def test_a_character_without_a_reading_does_not_shift_the_others(self) -> None:
        assert {"hengda", "da"} <= spellings("𬺰恒𬺰达")

    @pytest.mark.parametrize("typed", ["xi'an", "xi’an", "Xi-An", "xīān"])
    def test_a_spelling_may_be_written_with_marks(self, typed: str) -> None:
        assert [word.name for word in words_of(typed)] == ["xian"]

    def test_latin_names_have_none(self) -> None:
        assert spellings("Ibérica S.A. D-0001") == frozenset()


class TestReach:
    """How far a word reaches that has a * or a ~ behind it."""

    @staticmethod
    def finds(asked: str, reach: Reach, written: str) -> bool:
        return bool(matches(written, list(words_of(asked, reach))))

    @pytest.mark.parametrize(
        ("asked", "written"),
        [
            ("agree", "agreements"),
            ("companies", "company"),
            ("company", "companies"),
            ("HT-2026", "HT-2026-0042"),
            ("HT-20", "HT-2026-0042"),
            ("ht2026", "HT-2026-0042"),
            ("HT-2", "HT20260042"),
            ("co-operat", "cooperation"),
            ("co-operat", "co-operation"),
            ("contract恒", "contract 恒达"),
            ("书", "合同书"),
        ],
    )
    def test_beginnings(self, asked: str, written: str) -> None:
        assert self.finds(asked, Reach.BEGINNING, written)

    @pytest.mark.parametrize(
        ("asked", "written"), [("companies", "companion"), ("HT-2026", "HT-1-2026"), ("恒达", "恒大")]
    )
    def test_what_does_not_begin_so(self, asked: str, written: str) -> None:
        assert not self.finds(asked, Reach.BEGINNING, written)

    @pytest.mark.parametrize(
        ("asked", "written"),
        [
            ("agrement", "agreement"),
            ("agrement", "agreements"),
            ("devolucoines", "devoluciones"),
            ("pliebo", "pliego"),
            ("fx", "fx"),
            ("fac", "fax"),
        ],
    )
    def test_similar(self, asked: str, written: str) -> None:
        assert self.finds(asked, Reach.SIMILAR, written)

    @pytest.mark.parametrize(
        ("asked", "written"),
        [
            ("0043", "0042"),
            ("合司", "合同"),
            ("fx", "fa"),
            ("pago", "pico"),
            ("bank", "rank"),
            ("agrxxxnt", "agreement"),
        ],
    )
    def test_not_similar(self, asked: str, written: str) -> None:
        assert not self.finds(asked, Reach.SIMILAR, written)

    def test_one_letter_begins_too_much(self) -> None:
        (word,) = words_of("a", Reach.BEGINNING)
        assert not any(element.stands_for_many for sequence in word.sequences for element in sequence)
        assert word.text == "a"

    def test_a_phrase_may_end_in_a_beginning(self) -> None:
        phrase = phrase_of("the first pa", Reach.BEGINNING)
        assert phrase is not None
        assert matches("see the first page", [phrase])
        assert not matches("the first of pages", [phrase])

    def test_words_that_ask_for_the_same_are_equal(self) -> None:
        assert [*words_of("Contract 合同")] == [*words_of("contract 合同")]

    def test_a_single_han_character_says_so(self) -> None:
        (word,) = words_of("书")
        assert word.sequences[0][0].is_han_character
        assert not any(element.is_han_character for element in next(iter(words_of("合同"))).sequences[0])


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
            ("devol*", ["devoluciones"]),
            ("恒* fin*", ["恒", "ﬁnance"]),
            ("HT-2026*", ["ＨＴ－２０２６－００４２"]),
            ("devolucoines~", ["devoluciones"]),
            ("exito -finance", ["E\u0301xito"]),
            ("nowhere OR 公司", ["公司"]),
        ],
    )
    def test_what_matches_is_marked_as_it_was_written(self, question: str, marked: list[str]) -> None:
        found = matches(self.TEXT, parse(question).words)
        assert [self.TEXT[match.start : match.end] for match in found] == marked
        passage = snippet(self.TEXT, parse(question).words, 400)
        assert [part for part, is_marked in passage.parts if is_marked] == marked
        assert passage.text == " ".join(self.TEXT.split())

    def test_the_passage_is_where_most_of_the_question_is(self) -> None:
        text = "contract " + "filler words " * 40 + "the contract with 恒达机械 is signed " + "more filler " * 40
        passage = snippet(text, parse("contract 恒达").words, 80)
        assert [part for part, marked in passage.parts if marked] == ["contract", "恒达"]
        assert passage.cut_before
        assert passage.cut_after
        assert len(passage.text) < 120

    def test_words_at_its_edges_stay_whole(self) -> None:
        text = "alpha " * 100 + "needle " + "omega " * 100
        assert set(snippet(text, parse("needle").words, 60).text.split()) == {"alpha", "needle", "omega"}

    def test_han_text_is_cut_between_characters(self) -> None:
        text = "甲" * 300 + "合同书" + "乙" * 300
        passage = snippet(text, parse("合同").words, 40)
        assert ("合同", True) in passage.parts
        assert 30 <= len(passage.text) <= 60

    def test_without_a_match_it_is_the_beginning(self) -> None:
        passage = snippet("First words of a page " * 30, parse("nowhere").words, 40)
        assert passage.text.startswith("First words")
        assert not passage.cut_before
        assert passage.cut_after
        assert snippet("", parse("nowhere").words).parts == ()

    @given(MIXED, MIXED, st.integers(5, 60))
    def test_a_passage_is_always_a_piece_of_the_text(self, text: str, question: str, width: int) -> None:
        passage = snippet(text, parse(question).words, width)
        assert passage.text in " ".join(text.split()) or " ".join(passage.text.split()) in " ".join(text.split())

    def test_the_best_page_holds_most_words(self) -> None:
        pages = ["cover", "the contract alone", "contract with 恒达", "恒达"]
        assert best_page(pages, parse("contract 恒达").words) == 2
        assert best_page(pages, parse("contracts").words) == 1
        assert best_page(pages, parse("nowhere").words) is None
        assert best_page([], parse("contract").words) is None

    def test_a_page_of_scattered_letters_is_not_taken_for_the_phrase(self) -> None:
        pages = ["同书 and 合同 apart", "company of men", "本合 同 书", "companies"]
        assert best_page(pages, parse("合同书").words) == 2
        assert best_page(pages, parse('"companies"').words) == 1

    def test_one_page_of_a_thousand(self) -> None:
        pages = ["合同条款与付款方式的约定" * 30] * 1000
        pages[777] = "滞纳金按日计算，合同"
        assert best_page(pages, parse("滞纳金 合同").words) == 777

    @pytest.mark.parametrize(
        ("question", "written"),
        [
            ("arbitr*", "subject to arbitration"),
            ("arbitraton~", "subject to arbitration"),
            ("arbritration~", "subject to arbitration"),
            ("HT-2026-0042", "see HT 2026-\n0042"),
            ("HT-20*", "see HT-2026-0042"),
            ("021 5555 0142", "tel. (021)5555-0142"),
            ("02155550142", "tel. 021 5555 0142"),
            ("companies", "the company"),
            ("滞*", "滞 纳 金"),
            ('"penalty for del"*', "the penalty for delays"),
        ],
    )
    def test_the_page_is_found_far_behind_however_it_is_asked_for(self, question: str, written: str) -> None:
        pages = ["An ordinary page about contracts, 合同条款. Phone 021 6666 0143."] * 200
        pages[150] = written
        assert best_page(pages, parse(question).words) == 150


def test_the_analysis_has_a_short_stable_name() -> None:
    assert analysis_hash() == analysis_hash()
    assert len(analysis_hash()) == 16
    assert unicodedata.normalize("NFKC", analysis_hash()).isalnum()
