"""What an entry says beyond its action, as lines a person can read. Pure: no database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

PERSON_KEYS = frozenset({"person", "reader", "borrower", "filed_by", "head", "deputy"})
"""Details that hold the id of a person."""

_LONGEST = 200


def detail_lines(details: Mapping[str, Any], people: Mapping[int, str]) -> list[tuple[str, str]]:
    """The details as pairs of a label and a text; changes read "old → new". `people`: names by id."""
    return list(_lines("", details, people))


def _lines(path: str, value: Any, people: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        if value.keys() == {"old", "new"}:
            yield from _change(path, value["old"], value["new"], people)
        else:
            for name in value:
                yield from _lines(f"{path} · {name}" if path else str(name), value[name], people)
    else:
        yield _label(path), _text(path, value, people)


def _change(path: str, old: Any, new: Any, people: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in [*old, *(name for name in new if name not in old)]:
            if old.get(name) != new.get(name):
                inner = f"{path} · {name}" if path else str(name)
                yield from _change(inner, old.get(name), new.get(name), people)
    else:
        yield _label(path), f"{_text(path, old, people)} → {_text(path, new, people)}"


def _label(path: str) -> str:
    return path.replace("_", " ")


def _text(path: str, value: Any, people: Mapping[int, str]) -> str:
    if isinstance(value, list):
        text = ", ".join(_text(path, item, people) for item in value)
    elif isinstance(value, Mapping):
        text = ", ".join(f"{_label(str(name))}: {_text(str(name), inner, people)}" for name, inner in value.items())
    elif path.rpartition(" · ")[2] in PERSON_KEYS and isinstance(value, int) and value in people:
        text = people[value]
    else:
        text = "" if value is None else str(value)
    text = text or "–"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
