"""The fields a question may name and the values they know, in the words of all three languages.

Every language's words are understood whichever the interface speaks: an address that somebody passes on means the same
to everyone.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Department
from portal.core.permissions import Level
from portal.documents.models import DocumentKind
from portal.search.custody import Absences
from portal.search.narrowing import ON_LOAN, ON_SHELF, custody_condition
from portal.search.rules import department_token, kind_label, level_token
from search_index.analysis import fold
from search_index.conditions import Condition, Field, HasLabel, HasToken
from search_index.language import (
    FieldReader,
    NotUnderstood,
    choice_reader,
    date_reader,
    text_reader,
    year_reader,
)

FIELD_WORDS: Mapping[str, tuple[str, ...]] = {
    "client": ("client", "cliente", "客户"),
    "number": ("number", "número", "编号"),
    "title": ("title", "asunto", "主题"),
    "kind": ("kind", "tipo", "类型"),
    "from": ("from", "de", "来自"),
    "dept": ("dept", "depto", "部门"),
    "year": ("year", "año", "年份"),
    "date": ("date", "fecha", "日期"),
    "level": ("level", "nivel", "密级"),
    "on": ("on", "en", "在"),
}
"""Field → its name in English, Spanish, Chinese: the one that the help shows."""

_OTHER_FIELD_WORDS: Mapping[str, tuple[str, ...]] = {
    "number": ("num", "案卷号", "号码"),
    "title": ("subject", "título", "标题"),
    "kind": ("clase", "种类"),
    "from": ("correspondent", "corresponsal", "发件人", "往来单位"),
    "dept": ("department", "departamento"),
    "year": ("年",),
    "level": ("级别",),
}
_KIND_WORDS: Mapping[DocumentKind, tuple[str, ...]] = {
    DocumentKind.CONTRACT: ("contract", "contrato", "合同", "contracts", "contratos"),
    DocumentKind.LETTER: ("letter", "carta", "信函", "letters", "cartas", "信"),
    DocumentKind.FAX: ("fax", "fax", "传真", "faxes"),
    DocumentKind.CALL_NOTE: ("call", "llamada", "电话", "call note", "nota de llamada", "电话记录"),
    DocumentKind.YEARLY_REPORT: ("report", "informe", "年报", "yearly report", "informe anual", "年度报告"),
    DocumentKind.OTHER: ("other", "otro", "其他", "otros"),
}
"""The word in English, Spanish, Chinese, and what else is understood. So of the next two."""
_LEVEL_WORDS: Mapping[Level, tuple[str, ...]] = {
    Level.GENERAL: ("general", "general", "一般", "普通"),
    Level.IMPORTANT: ("important", "importante", "重要"),
    Level.CORE: ("core", "esencial", "核心"),
}
CUSTODY_WORDS: Mapping[str, tuple[str, ...]] = {
    ON_SHELF: ("shelf", "estante", "架", "estantería", "在架"),
    ON_LOAN: ("loan", "préstamo", "借出", "prestado"),
}
_FEW_VALUES: Mapping[str, Mapping[Any, tuple[str, ...]]] = {
    "kind": _KIND_WORDS,
    "level": _LEVEL_WORDS,
    "on": CUSTODY_WORDS,
}
_LANGUAGES = ("en", "es", "zh")


def vocabulary(session: Session, absences: Absences, language: str) -> Mapping[str, FieldReader]:
    """Names of fields, folded → what reads their values today: departments by their names, dossiers by where they are.

    :param language: of the words that are offered where a value was not understood
    """
    kinds = {words: HasLabel(frozenset({kind_label(kind)})) for kind, words in _KIND_WORDS.items()}
    levels = {words: HasToken(frozenset({level_token(level)})) for level, words in _LEVEL_WORDS.items()}
    custody = {words: custody_condition(value, absences) for value, words in CUSTODY_WORDS.items()}
    readers: dict[str, FieldReader] = {
        "client": text_reader(frozenset({Field.CLIENT})),
        "number": text_reader(frozenset({Field.NUMBER})),
        "title": text_reader(frozenset({Field.TITLE})),
        "from": text_reader(frozenset({Field.CORRESPONDENT})),
        "kind": _choice(kinds, language),
        "level": _choice(levels, language),
        "on": _choice(custody, language),
        "year": year_reader(),
        "date": date_reader(),
        "dept": _department_reader(session),
    }
    return {
        fold(word).text: readers[field]
        for field in FIELD_WORDS
        for word in (*FIELD_WORDS[field], *_OTHER_FIELD_WORDS.get(field, ()))
    }


def values_offered(field: str, language: str) -> tuple[str, ...]:
    """The values that a field has, in the language of the word for the field that was typed (where it is one that the
    help shows; else in `language`); none for fields whose values are not few."""
    for name, words in FIELD_WORDS.items():
        shown = [fold(word).text for word in words]
        others = [fold(word).text for word in _OTHER_FIELD_WORDS.get(name, ())]
        typed = fold(field).text
        if typed in shown or typed in others:
            index = shown.index(typed) if typed in shown else _index_of(language)
            return tuple(words[index] for words in _FEW_VALUES.get(name, {}).values())
    return ()


def _index_of(language: str) -> int:
    return _LANGUAGES.index(language) if language in _LANGUAGES else 0


def _choice(values: Mapping[tuple[str, ...], Condition], language: str) -> FieldReader:
    """A reader of values by any of their words; it offers those of one language."""
    choose = choice_reader({fold(word).text: meaning for words, meaning in values.items() for word in words})
    index = _index_of(language)

    def read(value: str) -> Condition:
        try:
            return choose(value)
        except NotUnderstood:
            raise NotUnderstood(tuple(words[index] for words in values)) from None

    return read


def _department_reader(session: Session) -> FieldReader:
    """Departments whose name holds the value: people rarely type the whole of it."""

    @cache
    def departments() -> dict[str, int]:
        """Name → number, read with the first value: most questions name no department, some name many."""
        return {name: id_ for id_, name in session.execute(select(Department.id, Department.name))}

    def read(value: str) -> Condition:
        wanted = fold(value).text.strip()
        found = frozenset(department_token(id_) for name, id_ in departments().items() if wanted in fold(name).text)
        if not wanted or not found:
            raise NotUnderstood(tuple(sorted(departments())))
        return HasToken(found)

    return read
