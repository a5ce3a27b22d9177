"""The quick way to find words in a text finds what cutting the whole text into terms would."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from search_index.analysis import Kind, Word, best_page, best_passage, snippet, tokens
from search_index.analysis.spotting import Look
from search_index.language import parse

PIECES = st.sampled_from(
    [
        *[
            "的",
            "合",
            "同",
            "付款方式",
            "付款",
            "方式",
            "購銷",
            "购销",
            "恒达机械",
            "书",
            "companies",
            "company",
            "compania",
            "Compañía",
            "compañías",
            "hope",
            "hoping",
        ],
        *[
            "possibility",
            "possible",
            "ausencia",
            "ausente",
            "dying",
            "die",
            "skies",
            "sky",
            "well-estab-",
            "lished",
            "established",
            "e-mail",
            "email",
        ],
        *[
            "HT-2026-0042",
            "HT20260042",
            "021",
            "5555",
            "0142",
            "(021)5555-0142",
            "02155550142",
            "+34",
            "912",
            "345-678",
            "12/03/2026",
            "1,250.00",
        ],
        *[
            "the",
            "contract",
            "contracts",
            "deliver",
            "deliveries",
            "o'clock",
            "firm's",
            "ﬁnance",
            "㈱",
            "Éxito",
            "éxito",
            "ＡＢＣ１２３",
            "a",
            "b",
        ],
    ]
)
GAPS = st.sampled_from(
    [
        "",
        " ",
        " ",
        " ",
        "\n",
        " \n ",
        "\n\n",
        "-\n",
        "- \n  ",
        ". ",
        ".",
        ", ",
        ",",
        "，",
        "。",
        "; ",
        " (",
        ") ",
        ") -",
        "/",
        "\t",
    ]
)
TEXTS = st.lists(st.tuples(PIECES | st.text(max_size=3), GAPS), max_size=40).map(
    lambda parts: "".join(piece + gap for piece, gap in parts)
)
QUESTIONS = st.lists(st.tuples(PIECES, st.sampled_from(["", "", "", "*", "~"])), min_size=1, max_size=3).flatmap(
    lambda words: st.sampled_from(
        [" ".join(word + sign for word, sign in words), '"' + " ".join(word for word, _ in words) + '"']
    )
)


def found_among_all_terms(text: str, words: tuple[Word, ...]) -> set[tuple[int, int]]:
    """Where matches begin, with the number of the word, read off all the terms of the text, one by one."""
    found: set[tuple[int, int]] = set()
    all_terms = tokens(text)
    for number, word in enumerate(words):
        for sequence in word.sequences:
            places = [
                {token.position: token for token in all_terms if element.accepts(token.text)} for element in sequence
            ]
            for position, first in places[0].items():
                if all(position + each.offset in place for place, each in zip(places, sequence, strict=True)):
                    found.add((first.start, number))
    return found


@settings(max_examples=400)
@given(TEXTS, QUESTIONS)
@example("付款，方式", "付款方式")
@example("tel. 021 5555 0142, 021 6666 0143", "55550142")
@example("a well-estab-\nlished firm", "established")
@example("sky and skies. dying", "sky die")
def test_the_same_is_found_as_among_all_terms(text: str, question: str) -> None:
    words = tuple(parse(question).words)
    quick = {(span.start, span.word) for span in Look(text, words).spans()}
    assert quick == found_among_all_terms(text, words)


@given(TEXTS, QUESTIONS.filter(lambda question: "~" not in question))
def test_what_matches_is_always_held_possible(text: str, question: str) -> None:
    words = tuple(parse(question).words)
    look = Look(text, words)
    assert look.possible() >= len({span.word for span in look.spans()})


@given(st.lists(TEXTS, max_size=5), QUESTIONS)
def test_the_passage_is_that_of_the_best_page(pages: list[str], question: str) -> None:
    words = parse(question).words
    passage = best_passage(pages, words, 60)
    best = best_page(pages, words)
    assert (passage and passage.page) == best
    if passage is not None:
        assert passage.snippet == snippet(pages[passage.page], words, 60)


def test_pages_behind_one_with_all_the_words_are_not_asked_for() -> None:
    asked_for: list[int] = []

    def pages() -> Iterator[str]:
        for number, text in enumerate(("cover", "the contract", "contract with 恒达", "more")):
            asked_for.append(number)
            yield text

    assert best_page(pages(), parse("contract 恒达").words) == 2
    assert asked_for == [0, 1, 2]


@pytest.mark.parametrize(
    "written",
    [
        "companies",
        "company",
        "hoping",
        "possibility",
        "usability",
        "ausencia",
        "solución",
        "soluciones",
        "logías",
        "dying",
        "lying",
        "skies",
        "idly",
        "organización",
        "organization",
        "rationalisation",
        "conditional",
        "activity",
        "wolves",
        "studied",
        "studying",
        "agreed",
        "feed",
        "running",
        "hopped",
    ],
)
def test_a_word_is_spotted_by_each_of_its_terms(written: str) -> None:
    for term in {token.text for token in tokens(written) if token.kind is Kind.STEM}:
        words = tuple(parse(f"{term}*").words)
        assert Look(f"see {written} here", words).possible() == 1, term
    assert Look(f"see {written} here", tuple(parse(written).words)).spans()
