"""Values of fields: dates, years, choices, texts."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_index import IndexDocument, Query, Rights
from search_index.conditions import Dated, Field, HasLabel, Text
from search_index.judging import matches
from search_index.language import FieldReader, NotUnderstood, choice_reader, date_reader, text_reader, year_reader

TITLE = frozenset({Field.TITLE})


def day(text: str) -> datetime.date | None:
    return datetime.date.fromisoformat(text) if text else None


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-01", "2026-01-01", "2026-01-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026-1-5", "2026-01-05", "2026-01-05"),
        ("2026/01/15", "2026-01-15", "2026-01-15"),
        ("2026.01.15", "2026-01-15", "2026-01-15"),
        ("2026/1", "2026-01-01", "2026-01-31"),
        ("２０２６－０１", "2026-01-01", "2026-01-31"),
        ("2026年", "2026-01-01", "2026-12-31"),
        ("2026年1月", "2026-01-01", "2026-01-31"),
        ("2026年1月15日", "2026-01-15", "2026-01-15"),
        ("2026年1月15号", "2026-01-15", "2026-01-15"),
        ("2026-01..2026-03", "2026-01-01", "2026-03-31"),
        ("2026-01 .. 2026-03", "2026-01-01", "2026-03-31"),
        ("2026.01.15..2026.02", "2026-01-15", "2026-02-28"),
        ("2026-01...2026-03", "2026-01-01", "2026-03-31"),
        ("2026-01…2026-03", "2026-01-01", "2026-03-31"),
        ("2026-01～2026-03", "2026-01-01", "2026-03-31"),
        ("2026年1月至2026年3月", "2026-01-01", "2026-03-31"),
        ("2024..2026-03-05", "2024-01-01", "2026-03-05"),
        ("2026-03..2026-01", "2026-01-01", "2026-03-31"),
        ("..2026-03", "", "2026-03-31"),
        ("2026-01..", "2026-01-01", ""),
    ],
)
def test_dates(typed: str, first: str, last: str) -> None:
    assert date_reader()(typed) == Dated(day(first), day(last))


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "..",
        "2026-13",
        "2026-02-30",
        "26",
        "20261",
        "2026-01/15",
        "yesterday",
        "2026..x",
        "x..2026",
        "0000",
        "1..2..3",
    ],
)
def test_what_is_no_date(typed: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        date_reader()(typed)
    assert "2026-01-15" in refused.value.expected


@given(st.text(max_size=20) | st.text(alphabet="0123456789-/.年月日～", max_size=16))
def test_a_date_is_read_or_not_understood(typed: str) -> None:
    try:
        condition = date_reader()(typed)
    except NotUnderstood:
        return
    assert isinstance(condition, Dated)
    assert condition.first or condition.last
    assert condition.first is None or condition.last is None or condition.first <= condition.last


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026年", "2026-01-01", "2026-12-31"),
        ("2024..2026", "2024-01-01", "2026-12-31"),
        ("..2026", "", "2026-12-31"),
        ("2026..", "2026-01-01", ""),
    ],
)
def test_years(typed: str, first: str, last: str) -> None:
    assert year_reader()(typed) == Dated(day(first), day(last))


def test_a_month_is_no_year() -> None:
    with pytest.raises(NotUnderstood):
        year_reader()("2026-01")


def test_choices_in_any_writing() -> None:
    choice = HasLabel(frozenset({"kind:call"}))
    read = choice_reader({"call note": choice, "llamada telefonica": choice, "电话": choice})
    assert {read(typed) for typed in ("Call  Note", "Llamada telefónica", "電話", " 电话 ")} == {choice}


def test_an_unknown_choice_lists_what_there_is_or_the_nearest() -> None:
    few = choice_reader({"fax": HasLabel(frozenset({"kind:fax"})), "letter": HasLabel(frozenset({"kind:letter"}))})
    with pytest.raises(NotUnderstood) as refused:
        few("fux")
    assert refused.value.expected == ("fax", "letter")
    many = choice_reader({f"choice {number}": HasLabel(frozenset({str(number)})) for number in range(100)})
    with pytest.raises(NotUnderstood) as refused:
        many("chioce 77")
    assert len(refused.value.expected) == 12
    assert refused.value.expected[0] == "choice 77"


@pytest.mark.parametrize(
    ("typed", "places"),
    [("carta", 1), ("reclam*", 1), ("two words", 2), ("two wor*", 2), ("电话", 1)],
)
def test_a_text_is_a_word_or_a_phrase_of_its_fields(typed: str, places: int) -> None:
    condition = text_reader(TITLE)(typed)
    assert isinstance(condition, Text)
    assert condition.fields == TITLE
    assert len(condition.word.sequences[0]) == places
    assert condition.word.sequences[0][-1].prefix is typed.endswith("*")


def test_a_client_is_found_by_the_spelling_of_its_name() -> None:
    entry = IndexDocument("dossier:1", "dossier", frozenset({"dossier:1"}), client="恒达机械", number="D-1")
    read = text_reader(frozenset({Field.CLIENT}))
    assert matches([entry], Query(read("hengda"), Rights.everything())) == {"dossier:1"}
    assert matches([entry], Query(read("heng*"), Rights.everything())) == {"dossier:1"}
    assert matches([entry], Query(read("D-1"), Rights.everything())) == set()


@pytest.mark.parametrize("reader", [text_reader(TITLE), choice_reader({}), date_reader(), year_reader()])
@pytest.mark.parametrize("typed", ["", " ", "*", "?!", ". ."])
def test_nothing_is_no_value(reader: FieldReader, typed: str) -> None:
    with pytest.raises(NotUnderstood):
        reader(typed)
