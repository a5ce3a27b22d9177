"""What is understood of the words of a query, and of the values of fields: texts, choices, years and dates."""

from __future__ import annotations

import calendar
import datetime
import re
import unicodedata
from collections.abc import Iterable, Mapping

from rapidfuzz import fuzz, process

from search_index.analysis import Reach, fold_text, is_han, phrase_of, words_of
from search_index.conditions import AllOf, AnyOf, Condition, Dated, Field, Text
from search_index.language.question import FieldReader, NotUnderstood, Problem

_MAX_EXPECTED = 12
"""Values that are listed; of more, the nearest to what was typed."""
_FIRST_GROUP = re.compile(r"\W*\w+")
_TO = re.compile(r"\.{2,3}|\u2026+|~|\u301c|\u81f3")
_YEAR = re.compile(r"([0-9]{4})(?:\u5e74)?")
_MONTH = re.compile(r"([0-9]{4})(?:[-/.]([0-9]{1,2})|\u5e74([0-9]{1,2})\u6708?)")
_DAY = re.compile(
    r"([0-9]{4})(?:([-/.])([0-9]{1,2})\2([0-9]{1,2})|\u5e74([0-9]{1,2})\u6708([0-9]{1,2})[\u65e5\u53f7]?)"
)
_DATE_EXAMPLES = ("2026", "2026-01", "2026-01-15", "2026-01..2026-03")
_YEAR_EXAMPLES = ("2026", "2024..2026")


def all_of(parts: Iterable[Condition]) -> Condition | None:
    """Parts that must all be fulfilled as one condition, repetitions left out; None of none."""
    flat: dict[Condition, None] = {}
    for part in parts:
        flat.update(dict.fromkeys(part.parts if isinstance(part, AllOf) else (part,)))
    return AllOf(tuple(flat)) if len(flat) > 1 else next(iter(flat), None)


def read_words(text: str, reach: Reach, fields: frozenset[Field]) -> tuple[Condition | None, Problem | None]:
    """The words of a text without white space, and what is wrong with the sign behind them."""
    words = list(words_of(text, reach))
    if not words:
        return None, Problem.LONELY_MARK if reach else None
    is_ignored = reach is Reach.BEGINNING and not words[-1].text.endswith(reach) and not is_han(words[-1].text[-1])
    condition = all_of(Text(word, fields) for word in words)
    return condition, Problem.SHORT_PREFIX if is_ignored else None


def read_number(text: str) -> Condition | None:
    """A telephone number written in groups: the groups, wherever they are, or the number written in any way; with
    +34 before it also the number without that."""
    ways: list[Condition | None] = [all_of(Text(word) for word in words_of(text))]
    numbers = [text]
    if text.startswith(("+", "\uff0b")):
        numbers.append(_FIRST_GROUP.sub("", text, count=1))
    ways += [Text(word) for number in numbers if (word := phrase_of(number))]
    return AnyOf(tuple(way for way in ways if way is not None))


def text_reader(fields: frozenset[Field]) -> FieldReader:
    """Reads words, prefix*, similar~ and (in quotation marks) phrases that must stand in one of these fields."""

    def read(value: str) -> Condition:
        text, reach = value.strip(), Reach.EXACT
        if text[-1:] in set(Reach):
            text, reach = text[:-1], Reach(text[-1:])
        if len(text.split()) > 1:
            phrase = phrase_of(text, reach)
            condition: Condition | None = Text(phrase, fields) if phrase else None
        else:
            condition, _ = read_words(text, reach, fields)
        if condition is None:
            raise NotUnderstood
        return condition

    return read


def choice_reader(choices: Mapping[str, Condition]) -> FieldReader:
    """Reads one of several words (folded) that stand for a condition each."""

    def read(value: str) -> Condition:
        wanted = " ".join(fold_text(value).split())
        if wanted in choices:
            return choices[wanted]
        expected = tuple(choices)
        if len(expected) > _MAX_EXPECTED:
            near = process.extract(wanted, expected, scorer=fuzz.WRatio, limit=_MAX_EXPECTED)
            expected = tuple(choice for choice, *_ in near)
        raise NotUnderstood(expected)

    return read


def year_reader() -> FieldReader:
    """Reads years and ranges of years: 2026, 2026年, 2024..2026, ..2024, 2024.."""

    def read(value: str) -> Condition:
        return _range(value, (_YEAR,), _YEAR_EXAMPLES)

    return read


def date_reader() -> FieldReader:
    """Reads days, months, years and ranges of them, year first: 2026-01-15, 2026/1, 2026年1月, 2026-01..2026-03,
    ..2026-03, 2026-01.."""

    def read(value: str) -> Condition:
        return _range(value, (_YEAR, _MONTH, _DAY), _DATE_EXAMPLES)

    return read


def _range(value: str, forms: tuple[re.Pattern[str], ...], examples: tuple[str, ...]) -> Condition:
    text = "".join(unicodedata.normalize("NFKC", value.replace("\u2026", "..")).split())
    ends = _TO.split(text)
    spans = [_span(end, forms) if end else None for end in ends]
    is_understood = all(span is not None for span, end in zip(spans, ends, strict=True) if end)
    if len(ends) > 2 or not any(spans) or not is_understood:
        raise NotUnderstood(examples)
    if len(ends) == 2 and spans[0] and spans[1] and spans[1] < spans[0]:
        spans.reverse()
    first, last = spans[0], spans[-1]
    return Dated(first[0] if first else None, last[1] if last else None)


def _span(text: str, forms: tuple[re.Pattern[str], ...]) -> tuple[datetime.date, datetime.date] | None:
    """First and last day of what a date names; None if it is none."""
    found = next((match for form in forms if (match := form.fullmatch(text))), None)
    if found is None:
        return None
    year, month, day = (int(part) for part in [*filter(str.isdigit, filter(None, found.groups())), "0", "0"][:3])
    try:
        first = datetime.date(year, month or 1, day or 1)
    except ValueError:
        return None
    if day:
        return first, first
    last_month = month or 12
    return first, datetime.date(year, last_month, calendar.monthrange(year, last_month)[1])
