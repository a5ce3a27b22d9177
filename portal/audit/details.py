"""What an entry says beyond its action, as lines a person can read. Pure: no database, no web."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from portal.audit.detail_names import (
    CHANGED_THINGS,
    DATE_KEYS,
    DEPARTMENT_KEYS,
    DETAIL_NAMES,
    PERSON_KEYS,
    SENTENCE_KEYS,
    VALUE_NAMES,
)
from portal.core.messages import N_

LONGEST = 200
"""How many characters of one value are shown."""

_CHANGE, _LABELLED, _YES, _NO = N_("Change"), N_("%(label)s: %(text)s"), N_("Yes"), N_("No")


@dataclass(frozen=True)
class Reader:
    """How values are written for the one who reads: names by id, and the words, dates and numbers of a language."""

    people: Mapping[int, str] = field(default_factory=dict)
    departments: Mapping[int, str] = field(default_factory=dict)
    word: Callable[[str], str] = str
    day: Callable[[date], str] = str
    moment: Callable[[datetime], str] = str
    number: Callable[[Decimal], str] = str
    country: Callable[[str], str] = str


def detail_lines(action: str, details: Mapping[str, Any], reader: Reader) -> list[tuple[str, str]]:
    """The details of an entry about `action` as pairs of a label and a text; changes read "old → new"."""
    return list(_Lines(reader, action.partition(":")[0]).of(details, (), CHANGED_THINGS.get(action, "")))


@dataclass(frozen=True)
class _Lines:
    reader: Reader
    context: str

    def of(self, value: Any, labels: tuple[str, ...], key: str) -> Iterator[tuple[str, str]]:
        """The lines of a value. `labels` are of what it stands in; `key` is what it is called itself."""
        if isinstance(value, Mapping):
            if value.keys() >= {"old", "new"}:
                yield from self._change(labels, key, value["old"], value["new"])
            for name, inner in value.items():
                if name == "changed":
                    yield from self.of(inner, labels, key)
                elif name not in ("old", "new") or not value.keys() >= {"old", "new"}:
                    yield from self.of(inner, (*labels, self._label(name)), name)
        elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
            for item in value:
                yield from self._item(item, labels, key)
        else:
            yield self._line(labels, key, self._text(key, value))

    def _item(self, item: Any, labels: tuple[str, ...], key: str) -> Iterator[tuple[str, str]]:
        """One of a list of things with fields. Which one a change is about, its old name says."""
        within = _Lines(self.reader, key)
        if not isinstance(item, Mapping) or item.keys() != {"old", "new"}:
            yield self._line(labels, key, within._text(key, item))
            return
        old = item["old"]
        whose = (_cut(str(old["name"])),) if isinstance(old, Mapping) and old.get("name") else ()
        yield from within._change((*labels, *whose), key, old, item["new"])

    def _change(self, labels: tuple[str, ...], key: str, old: Any, new: Any) -> Iterator[tuple[str, str]]:
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            for name in [*old, *(name for name in new if name not in old)]:
                if old.get(name) != new.get(name):
                    yield from self._change((*labels, self._label(name)), name, old.get(name), new.get(name))
        else:
            yield self._line(labels, key, f"{self._text(key, old)} → {self._text(key, new)}")

    def _line(self, labels: tuple[str, ...], key: str, text: str) -> tuple[str, str]:
        # A value that stands alone has no label of its own yet: the action says what it is.
        return " · ".join(labels) or (self._label(key) if key else self.reader.word(_CHANGE)), text

    def _label(self, key: str) -> str:
        name = DETAIL_NAMES.get(f"{self.context}:{key}") or DETAIL_NAMES.get(key)
        return self.reader.word(name) if name else key.replace("_", " ")

    def _text(self, key: str, value: Any) -> str:
        if isinstance(value, list):
            text = ", ".join(self._text(key, item) for item in value)
        elif isinstance(value, Mapping):
            text = ", ".join(
                self.reader.word(_LABELLED) % {"label": self._label(name), "text": self._text(name, inner)}
                for name, inner in value.items()
                if inner not in ("", None)
            )
        elif isinstance(value, bool):
            text = self.reader.word(_YES if value else _NO)
        else:
            text = "" if value is None else self._word(key, value)
        return _cut(text) or "–"

    def _word(self, key: str, value: str | float) -> str:
        """A single value in the reader's words, as its key says; one that does not fit the key as it stands."""
        text, reader = str(value), self.reader
        names = VALUE_NAMES.get(f"{self.context}:{key}") or VALUE_NAMES.get(key) or {}
        if text in names:
            return reader.word(names[text])
        if isinstance(value, int):
            by_id = reader.people if key in PERSON_KEYS else reader.departments if key in DEPARTMENT_KEYS else {}
            return by_id.get(value, text)
        if not text:
            return ""
        if key in SENTENCE_KEYS:
            return reader.word(text)
        if key == "country":
            return reader.country(text)
        try:
            if key in DATE_KEYS:
                moment = datetime.fromisoformat(text)
                return reader.moment(moment) if len(text) > len("2026-01-31") else reader.day(moment.date())
            if key == "registered_capital":
                return reader.number(Decimal(text))
        except (ValueError, InvalidOperation):
            pass  # Shown as it was written.
        return text


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
