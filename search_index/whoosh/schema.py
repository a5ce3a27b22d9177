"""What an entry looks like inside Whoosh.

Whoosh's own analysers make an object of every word; these formats hand it the terms of a field in one go,
with their positions packed by us, so that all distributions of Whoosh keep and return the same bytes.
"""

import datetime
import json
from array import array
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Any, NamedTuple

from whoosh.columns import VarBytesColumn
from whoosh.fields import COLUMN, STORED, FieldType, Schema
from whoosh.formats import Format

from search_index.analysis import fold, iterate_tokens, spellings
from search_index.base import IndexDocument

ID = "id"
TOKENS = "tokens"
REGISTER = "register"
NAMES = "names"
TITLE = "title"
PAGES = "pages"
FACTS = "facts"
KEPT = "kept"

PAGE_GAP = 100
"""Positions left free between two pages, so that no phrase reaches from one into the next."""

_NO_ANALYZER: Any = None
_SEPARATOR = "\x1f"
_TYPE_MARK = "\x01"

Posting = tuple[Any, int, float, bytes]
"""Term (text; Whoosh encodes it), frequency, weight, packed positions."""


def type_token(type_: str) -> str:
    """The term that says an entry's type; no access token can look like it."""
    return _TYPE_MARK + type_


class TextFormat(Format):
    """Terms with their positions. The value of a field is a tuple of pages."""

    def word_values(self, value: Iterable[str], analyzer: object, **kwargs: Any) -> Iterator[Posting]:
        """The terms of the pages: text, frequency, weight, packed positions."""
        positions: dict[str, array[int]] = {}
        start = 0
        for page in value:
            last = start
            for token in iterate_tokens(fold(page), start):
                places = positions.get(token.text)
                if places is None:
                    places = positions[token.text] = array("I")
                places.append(token.position)
                last = token.position
            start = last + PAGE_GAP
        for term, places in positions.items():
            yield term, len(places), float(len(places)), pack_positions(places)


_FURTHER = 0x10FFFF
"""The largest step one character can stand for; it means "so far on, and more"."""


def pack_positions(places: Iterable[int]) -> bytes:
    """Ascending positions as UTF-8, a character for each step: short, and quick to read in Python.

    Whoosh pickles blocks of postings in an old way that doubles bytes over 127; steps are mostly below.
    """
    steps: list[str] = []
    before = 0
    for place in places:
        step = place - before
        before = place
        while step >= _FURTHER:
            steps.append(chr(_FURTHER))
            step -= _FURTHER
        steps.append(chr(step))
    return "".join(steps).encode("utf-8", "surrogatepass")


def unpack_positions(value: bytes) -> list[int]:
    """The positions in a posting, ascending."""
    steps = value.decode("utf-8", "surrogatepass")
    if chr(_FURTHER) not in steps:
        return list(accumulate(map(ord, steps)))
    places: list[int] = []
    place = 0
    for step in map(ord, steps):
        place += step
        if step != _FURTHER:
            places.append(place)
    return places


class SetFormat(Format):
    """Terms that an entry has or has not. The value of a field is a list of terms."""

    posting_size = 0

    def word_values(self, value: Iterable[str], analyzer: object, **kwargs: Any) -> Iterator[Posting]:
        """The terms, each once."""
        for term in value:
            yield term, 1, 1.0, b""


def make_schema() -> Schema:
    """The fields of the index."""
    return Schema(
        id=FieldType(SetFormat(), _NO_ANALYZER),
        tokens=FieldType(SetFormat(), _NO_ANALYZER),
        register=FieldType(TextFormat(), _NO_ANALYZER),
        names=FieldType(SetFormat(), _NO_ANALYZER),
        title=FieldType(TextFormat(), _NO_ANALYZER),
        pages=FieldType(TextFormat(), _NO_ANALYZER, scorable=True),
        facts=COLUMN(VarBytesColumn()),  # type: ignore[no-untyped-call]
        kept=STORED(),
    )


def to_fields(document: IndexDocument) -> dict[str, Any]:
    """The fields of one entry; those without content are left out."""
    fields: dict[str, Any] = {
        ID: [document.id],
        TOKENS: [*sorted(document.tokens), type_token(document.type)],
        FACTS: _SEPARATOR.join(
            [
                document.id,
                document.type,
                document.group,
                str(document.date.toordinal()) if document.date else "",
                document.fingerprint(),
            ]
        ).encode(),
        KEPT: json.dumps({"tokens": sorted(document.tokens), "stored": dict(document.stored)}),
    }
    if document.register:
        fields[REGISTER] = (document.register,)
        fields[NAMES] = sorted(spellings(document.register))
    if document.title:
        fields[TITLE] = (document.title,)
    if document.pages:
        fields[PAGES] = document.pages
    return {name: value for name, value in fields.items() if value}


class Facts(NamedTuple):
    """What is read of every entry that matches."""

    id: str
    type: str
    group: str
    date: datetime.date | None
    fingerprint: str


def read_facts(packed: bytes) -> Facts:
    """The facts of an entry from its column."""
    id_, type_, group, day, fingerprint = packed.decode().split(_SEPARATOR)
    return Facts(id_, type_, group, datetime.date.fromordinal(int(day)) if day else None, fingerprint)


def read_kept(fields: Mapping[str, Any]) -> tuple[frozenset[str], dict[str, str | int]]:
    """Tokens and stored values of an entry."""
    kept = json.loads(fields[KEPT])
    return frozenset(kept["tokens"]), kept["stored"]
