"""Mistakes in a query: what is told, where, and what is searched all the same."""

from __future__ import annotations

import pytest

from search_index.language import MAX_DEPTH, Problem, Trouble, parse
from tests.unit.test_query_language import FIELDS, written

CASES: list[tuple[str, str, Problem, str]] = [
    ("", "", Problem.NO_WORDS, ""),
    (" …！ ", "", Problem.NO_WORDS, "…！"),
    ("a “b c", "(a & b & c)", Problem.UNCLOSED_QUOTE, "“b c"),
    ('a" b', "(a & b)", Problem.UNCLOSED_QUOTE, '" b'),
    ("«a»b「c", "(a & b & c)", Problem.UNCLOSED_QUOTE, "「c"),
    ("a (b OR c", "(a & (b | c))", Problem.UNCLOSED_PARENTHESIS, "("),
    ("a -（b c", "(a & !(b & c))", Problem.UNCLOSED_PARENTHESIS, "（"),
    ("a b) OR c", "((a & b) | c)", Problem.EXTRA_PARENTHESIS, ")"),
    ("OR a", "a", Problem.MISSING_SIDE, "OR"),
    ("a OR", "a", Problem.MISSING_SIDE, "OR"),
    ("a OR OR b", "(a | b)", Problem.MISSING_SIDE, "OR"),
    ("a (| b)", "(a & b)", Problem.MISSING_SIDE, "|"),
    ("AND a", "a", Problem.MISSING_SIDE, "AND"),
    ("a AND", "a", Problem.MISSING_SIDE, "AND"),
    ("a AND AND b", "(a & b)", Problem.MISSING_SIDE, "AND"),
    ("a NOT", "a", Problem.MISSING_SIDE, "NOT"),
    ("a (NOT) b", "(a & b)", Problem.MISSING_SIDE, "NOT"),
    ("a kind:", "a", Problem.EMPTY_VALUE, "kind:"),
    ("kind: OR a", "a", Problem.EMPTY_VALUE, "kind:"),
    ("kind:() a", "a", Problem.EMPTY_VALUE, "kind:"),
    ('客户："" a', "a", Problem.EMPTY_VALUE, '""'),
    ("kind:fux a", "a", Problem.UNKNOWN_VALUE, "fux"),
    ("kind:(fax OR fux)", "kind:fax", Problem.UNKNOWN_VALUE, "fux"),
    ("a -kind:fux", "a", Problem.UNKNOWN_VALUE, "fux"),
    ("date:2026-13 a", "a", Problem.UNKNOWN_VALUE, "2026-13"),
    ("client:... a", "a", Problem.UNKNOWN_VALUE, "..."),
    ("clint:b", "(clint & b)", Problem.UNKNOWN_FIELD, "clint"),
    ('编号："b c"', "(编号 & 'b c')", Problem.UNKNOWN_FIELD, "编号"),
    ("a *", "a", Problem.LONELY_MARK, "*"),
    ("a ～ b", "(a & b)", Problem.LONELY_MARK, "～"),
    ("*.pdf", "pdf", Problem.LONELY_MARK, "*"),
    ("a !* b", "(a & b)", Problem.LONELY_MARK, "!*"),
    ("ab c*", "(ab & c)", Problem.SHORT_PREFIX, "c*"),
    ("-合同", "", Problem.ONLY_EXCLUDED, "-合同"),
    ("NOT (a OR b) -kind:fax", "", Problem.ONLY_EXCLUDED, "NOT (a OR b) -kind:fax"),
    ("-a OR -b", "", Problem.ONLY_EXCLUDED, "-a OR -b"),
]


@pytest.mark.parametrize(("typed", "searched", "problem", "about"), CASES)
def test_a_mistake_is_told_with_its_place(typed: str, searched: str, problem: Problem, about: str) -> None:
    question = parse(typed, FIELDS)
    assert written(question.condition) == searched
    assert [(trouble.problem, trouble.word) for trouble in question.troubles] == [(problem, about)]
    (trouble,) = question.troubles
    assert typed[trouble.start : trouble.end].strip() == about


def test_what_could_stand_there_is_said() -> None:
    assert parse("x kind:fux", FIELDS).troubles == (Trouble(Problem.UNKNOWN_VALUE, 7, 10, "fux", ("fax",)),)
    assert parse("clint:b", FIELDS).troubles == (Trouble(Problem.UNKNOWN_FIELD, 0, 5, "clint", ("client", "cliente")),)
    (trouble,) = parse("date:yesterday", FIELDS).troubles
    assert "2026-01..2026-03" in trouble.expected


def test_only_so_many_parentheses_are_followed_into_each_other() -> None:
    inside = "(" * (MAX_DEPTH + 5) + "a OR b" + ")" * (MAX_DEPTH + 5) + " c"
    question = parse(inside)
    assert written(question.condition) == "((a | b) & c)"
    assert question.troubles == (Trouble(Problem.TOO_DEEP, MAX_DEPTH, MAX_DEPTH + 1, "("),)
    assert parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH).troubles == ()


def test_troubles_come_in_order_and_not_by_the_hundred() -> None:
    question = parse(") a " * 20 + 'kind:x OR "', FIELDS)
    problems = [trouble.problem for trouble in question.troubles]
    assert problems == [
        *[Problem.EXTRA_PARENTHESIS] * 3,
        Problem.UNKNOWN_VALUE,
        Problem.MISSING_SIDE,
        Problem.UNCLOSED_QUOTE,
    ]


def test_a_text_of_more_words_than_fit_is_cut_within_one_piece() -> None:
    question = parse(",".join(f"w{number}" for number in range(40)) + " kind:fax x", FIELDS)
    assert len(question.words) == 32
    assert written(question.condition).endswith("w31 & kind:fax)")
    assert [trouble.problem for trouble in question.troubles] == [Problem.TOO_MANY_WORDS]


def test_half_a_character_does_not_reach_anybody() -> None:
    (trouble,) = parse("kind:\ud800", FIELDS).troubles
    assert trouble.word == "\ufffd"
