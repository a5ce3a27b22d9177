"""What a person types, understood: words, phrases, operators, and what binds closer."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search_index.conditions import ANYWHERE, AllOf, AnyOf, Condition, Dated, Field, HasLabel, HasToken, Not, Text
from search_index.language import (
    MAX_LENGTH,
    MAX_WORDS,
    Problem,
    Question,
    choice_reader,
    date_reader,
    parse,
    text_reader,
    year_reader,
)

FIELDS = {
    **dict.fromkeys(("client", "cliente", "客户"), text_reader(frozenset({Field.CLIENT}))),
    **dict.fromkeys(("kind", "tipo"), choice_reader({"fax": HasLabel(frozenset({"kind:fax"}))})),
    "date": date_reader(),
    "ano": year_reader(),
}


def written(condition: Condition | None) -> str:
    """A condition in a short form."""
    match condition:
        case None:
            return ""
        case Text(word, fields):
            text = f"'{word.text}'" if " " in word.text else word.text
            return text if fields == ANYWHERE else f"{','.join(sorted(fields))}:{text}"
        case AllOf(parts):
            return f"({' & '.join(map(written, parts))})"
        case AnyOf(parts):
            return f"({' | '.join(map(written, parts))})"
        case Not(part):
            return f"!{written(part)}"
        case HasToken(any_of) | HasLabel(any_of):
            return ",".join(sorted(any_of))
        case Dated(first, last):
            return f"{first}..{last}"


def understood(text: str) -> str:
    """A query that gives no trouble, in a short form."""
    question = parse(text, FIELDS)
    assert question.troubles == ()
    return written(question.condition)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("contract 恒达", "(contract & 恒达)"),
        ("contract恒达", "(contract & 恒达)"),
        ("contract AND 恒达", "(contract & 恒达)"),
        ("合同，付款。", "(合同 & 付款)"),
        ("a b OR c d", "((a & b) | (c & d))"),
        ("a | b", "(a | b)"),
        ("a｜b", "(a | b)"),
        ("a|b", "(a | b)"),
        ("a (b OR c)", "(a & (b | c))"),
        ("a（b ＯＲ c）", "(a & (b | c))"),
        ("(a b) c", "(a & b & c)"),
        ("a OR b OR c", "(a | b | c)"),
        ("NOT a b", "(!a & b)"),
        ("b NOT a OR c", "((b & !a) | c)"),
        ("b NOT NOT a", "(b & a)"),
        ("b AND NOT a", "(b & !a)"),
        ("b -a", "(b & !a)"),
        ("b －合同书", "(b & !合同书)"),
        ("b \u2212a", "(b & !a)"),
        ("b -(a OR c)", "(b & !(a | c))"),
        ('b -"a c"', "(b & !'a c')"),
        ("b (-a)", "(b & !a)"),
        ("b -contract恒达", "(b & !(contract & 恒达))"),
        ("a OR -b", "(a | !b)"),
        # No operators: small letters, hyphens inside words and alone.
        ("and or not", "(and & or & not)"),
        ("HT-2026-0042", "HT-2026-0042"),
        ("a - b", "(a & b)"),
        ("恒达——合同", "(恒达 & 合同)"),
        ("--a", "a"),
        ("a*b [c] {d} ^e +f", "(a & b & c & d & e & f)"),
        # Repetitions are one.
        ("合同 合同 contract Contract", "(合同 & contract)"),
        ("a OR A", "a"),
    ],
)
def test_operators_and_what_binds_closer(typed: str, meant: str) -> None:
    assert understood(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        '"the page"',
        "“the page”",
        "”the page“",
        "„the page“",
        "＂the page＂",
        "«the page»",
        "»the page«",
        "‹the page›",
        "「the page」",
        "『the page』",
        "｢the page｣",
        "‘the page’",
        "〝the page〞",
    ],
)
def test_the_quotation_marks_of_all_three_languages(typed: str) -> None:
    assert understood(typed) == "'the page'"


def test_an_apostrophe_is_no_quotation_mark() -> None:
    assert understood("client’s O'Brien ‘90s") == "(client’s & O'Brien & 90s)"


def test_quotation_marks_of_one_sort_may_stand_in_those_of_another() -> None:
    assert understood("«the “first” page»") == "'the “first” page'"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("agree*", "agree*"),
        ("agree＊", "agree*"),
        ("agree*, b", "(agree* & b)"),
        ("agrement~", "agrement~"),
        ("agrement～", "agrement~"),
        ("-agree* b", "(!agree* & b)"),
        ("合同*", "合同"),
        ("合同~", "合同"),
        ("0042~", "0042"),
        ('"the fir"*', "'the fir'"),
    ],
)
def test_signs_behind_words(typed: str, meant: str) -> None:
    assert understood(typed) == meant


def test_a_phrase_with_a_star_is_open_at_its_end() -> None:
    (word,) = parse('"the fir"*').words
    assert word.sequences[0][-1].prefix


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("021 5555 0142", "((021 & 5555 & 0142) | '021 5555 0142')"),
        ("(021)5555-0142", "((021 & 5555-0142) | (021)5555-0142)"),
        ("０２１　５５５５　０１４２ a", "(((０２１ & ５５５５ & ０１４２) | '０２１ ５５５５ ０１４２') & a)"),
        ("a -(021)5555-0142", "(a & !((021 & 5555-0142) | (021)5555-0142))"),
        ("021-5555-0142", "021-5555-0142"),
        ("a -0025 2026 0042", "(a & !0025 & ((2026 & 0042) | '2026 0042'))"),
        ("2024 2025 2026", "(2024 & 2025 & 2026)"),
        ("2025 2026*", "(2025 & 2026*)"),
        ("(2026)", "2026"),
        ("(2026 OR 2027) 0042", "((2026 | 2027) & 0042)"),
        ("2026-01-15 4500", "(2026-01-15 & 4500)"),
    ],
)
def test_telephone_numbers_typed_in_groups(typed: str, meant: str) -> None:
    assert understood(typed) == meant


def test_a_number_with_its_country_is_also_looked_for_without() -> None:
    assert [word.text for word in parse("+34 912 345 678").words][-2:] == ["+34 912 345 678", "912 345 678"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("client:恒达", "client:恒达"),
        ("CLIENTE：恒达", "client:恒达"),
        ("客戶：恒达 a", "(client:恒达 & a)"),
        ('client:"two words"', "client:'two words'"),
        ("client:“two words”", "client:'two words'"),
        ("client:(a OR b)", "(client:a | client:b)"),
        ("client:（a -b）", "(client:a & !client:b)"),
        ("client:(a kind:fax) b", "(client:a & kind:fax & b)"),
        ("client: hengda", "client:hengda"),
        ("client:heng*", "client:heng*"),
        ("client:agrement~", "client:agrement~"),
        ("client:021-5555 a", "(client:021-5555 & a)"),
        ("b -client:a", "(b & !client:a)"),
        ("b NOT kind:FAX", "(b & !kind:fax)"),
        ('kind:"fax"', "kind:fax"),
        ("kind:fax, a", "(kind:fax & a)"),
        ("kind:fax|a", "(kind:fax | a)"),
        ("kind:fax -x", "(kind:fax & !x)"),
        ("Año:2026", "2026-01-01..2026-12-31"),
        ("date:2026-01..2026-03 a", "(2026-01-01..2026-03-31 & a)"),
        # No fields: times, addresses, what ends in a colon.
        ("12:30", "(12 & 30)"),
        ("http://hengda.example/a", "(http & hengda.example/a)"),
        ("C:\\temp", "(C & temp)"),
        ("Re: contract", "(Re & contract)"),
        ("备注： 合同", "(备注 & 合同)"),
        ("S/Ref:12", "(S/Ref & 12)"),
    ],
)
def test_fields(typed: str, meant: str) -> None:
    assert understood(typed) == meant


def test_a_field_s_name_is_an_ordinary_word_where_there_are_no_fields() -> None:
    assert written(parse("client:恒达").condition) == "(client & 恒达)"
    assert parse("client:恒达").troubles == ()


@pytest.mark.parametrize(
    ("typed", "marked"),
    [
        ("a -b (c OR NOT d)", ["a", "c"]),
        ("a NOT (b -c)", ["a", "c"]),
        ("client:a kind:fax b", ["a", "b"]),
        ("a A a", ["a"]),
        ("kind:fax -b", []),
    ],
)
def test_only_words_that_speak_for_an_entry_are_marked(typed: str, marked: list[str]) -> None:
    assert [word.text for word in parse(typed, FIELDS).words] == marked


PIECES = [*"ab合书1 :()\"“”«-－|*~＊.：（）’‘'\n\x00\ud800", " OR ", " AND ", " NOT ", "kind:", "date:"]
ANYTHING = st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


def check(text: str) -> Question:
    question = parse(text, FIELDS)
    assert (question.condition is None) <= bool(question.troubles)
    assert question.condition is not None or not question.words
    assert all(word.sequences and all(word.sequences) for word in question.words)
    assert all(sequence[0].offset == 0 for word in question.words for sequence in word.sequences)
    for trouble in question.troubles:
        assert 0 <= trouble.start < trouble.end <= len(text) or text.strip() == ""
        trouble.word.encode()
    return question


@given(ANYTHING)
@example('"' * 7)
@example("(" * 5000)
@example(")" * 5000)
@example("(" * 5000 + "a" + ")" * 5000)
@example("-(" * 3000 + "a")
@example("NOT " * 500 + "a")
@example("client:(" * 300)
@example("「a" * 1000)
@example("a OR " * 400)
@example("kind:" * 400)
@example("\x00\udfff*~")
def test_nothing_raises_and_everything_can_be_looked_for(text: str) -> None:
    check(text)


@given(st.lists(st.sampled_from(["a", "OR", "AND", "NOT", "-b", "(", ")", "kind:fax", '"c d"', "|"]), max_size=30))
def test_any_row_of_marks_is_understood_somehow(marks: list[str]) -> None:
    question = check(" ".join(marks))
    if "a" in marks and not {"NOT", "(", ")", "-b"} & set(marks):
        assert "a" in [word.text for word in question.words]


def test_long_queries_are_cut_and_told() -> None:
    question = parse(" ".join(f"w{number}" for number in range(3000)))
    assert len(question.words) == MAX_WORDS
    assert [trouble.problem for trouble in question.troubles] == [Problem.TOO_MANY_WORDS, Problem.TOO_LONG]
    assert [trouble.start for trouble in question.troubles] == [sum(len(f"w{n} ") for n in range(32)), MAX_LENGTH]
