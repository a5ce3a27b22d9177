"""What an entry looks like in the index: its terms in several fields, and its facts."""

from __future__ import annotations

from array import array
from bisect import insort
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import whoosh
from whoosh.fields import Schema

from search_index.analysis import cut, fold_text, spellings
from search_index.analysis.folding import is_han
from search_index.base import IndexDocument
from search_index.conditions import Field

SCHEMA_VERSION = 2
"""To be raised with every change of the fields or of what they hold."""

ID = "id"
NAMES = "names"

PAGE_GAP = 100
"""Positions left free between two pages, so that no phrase reaches from one into the next."""

_BETWEEN_FACTS = "\x1f"
_BETWEEN_TOKENS = "\x1e"

Terms = dict[str, "array[int]"]
"""Term → its positions, ascending."""


def characters_of(name: Field) -> str:
    """The field that holds the single Han characters of a text."""
    return f"{name.value} characters"


def _terms_of(pages: Iterable[str]) -> Terms:
    """Every term of the pages, and its positions."""
    positions: Terms = {}
    start = 0
    for page in pages:
        last = start
        for term, last, *_ in cut(fold_text(page), start):
            places = positions.get(term)
            if places is None:
                positions[term] = array("I", (last,))
            elif last > places[-1]:
                places.append(last)
            elif last not in places:
                insort(places, last)
        start = last + PAGE_GAP
    return positions


FIELDS = {
    ID: False,
    NAMES: False,
    **{name.value: True for name in Field},
    **{characters_of(name): False for name in Field},
}
"""Every field of terms, and whether positions are kept."""


def form() -> str:
    """What must be equal for this code to read an index: our fields, and the family of Whoosh's files."""
    return f"{SCHEMA_VERSION}/whoosh-{whoosh.__version__[0]}"


def make_schema() -> Schema:
    """What Whoosh is told of the fields: nothing, since the codec knows them."""
    return Schema()


def to_fields(document: IndexDocument) -> tuple[dict[str, Mapping[str, Any]], Facts]:
    """The terms of each field of an entry: with their positions, or only how often they occur; and its facts."""
    texts = {
        Field.CLIENT: _terms_of((document.client,)),
        Field.NUMBER: _terms_of((document.number,)),
        Field.TITLE: _terms_of((document.title,)),
        Field.CORRESPONDENT: _terms_of((document.correspondent,)),
        Field.PAGES: _terms_of(document.pages),
    }
    fields: dict[str, Mapping[str, Any]] = {ID: {document.id: 1}, NAMES: dict.fromkeys(spellings(document.client), 1)}
    for name, terms in texts.items():
        fields[name.value] = terms
        fields[characters_of(name)] = _characters(terms)
    facts = Facts(
        document.id,
        document.type,
        document.group,
        document.date.toordinal() if document.date else 0,
        sum(map(len, texts[Field.PAGES].values())),
        document.fingerprint(),
        tuple(sorted(document.tokens)),
        tuple(sorted(document.labels)),
    )
    return fields, facts


def _characters(terms: Terms) -> dict[str, int]:
    """Every Han character, and how often it occurs: each begins the term at its position."""
    found: dict[str, int] = {}
    for term, places in terms.items():
        if is_han(term[0]):
            found[term[0]] = found.get(term[0], 0) + len(places)
    return found


class Facts(NamedTuple):
    """What is kept of every entry besides its terms. `day`: ordinal of the date, or 0; `length`: terms in its pages."""

    id: str
    type: str
    group: str
    day: int
    length: int
    fingerprint: str
    tokens: tuple[str, ...]
    labels: tuple[str, ...]

    def packed(self) -> bytes:
        """The facts as they stand in their column."""
        tokens, labels = _BETWEEN_TOKENS.join(self.tokens), _BETWEEN_TOKENS.join(self.labels)
        parts = (self.id, self.type, self.group, str(self.day), str(self.length), self.fingerprint, tokens, labels)
        return _BETWEEN_FACTS.join(parts).encode()

    @classmethod
    def unpack(cls, packed: bytes) -> Facts:
        """The facts of an entry as they stand on the disk."""
        id_, type_, group, day, length, fingerprint, tokens, labels = parts_of(packed)
        return cls(id_, type_, group, int(day), int(length), fingerprint, split_names(tokens), split_names(labels))


def parts_of(packed: bytes) -> list[str]:
    """The packed facts of an entry as the text of each; tokens and labels to be split."""
    return packed.decode().split(_BETWEEN_FACTS)


def split_names(joined: str) -> tuple[str, ...]:
    """Tokens or labels one by one."""
    return tuple(joined.split(_BETWEEN_TOKENS)) if joined else ()
