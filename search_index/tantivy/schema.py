"""What an entry looks like inside Tantivy.

Tantivy's own analysers stay unused: it is handed our terms with their positions. Beside a Han character's term its
letter stands alone, marked, so that a single character is one term and not the beginning of thousands.
"""

import json
from collections.abc import Iterable
from operator import itemgetter
from typing import NamedTuple

import tantivy

from search_index.analysis import Kind, fold, spellings
from search_index.analysis.words import cut
from search_index.base import IndexDocument
from search_index.conditions import Field

SCHEMA_VERSION = 1
"""To be raised with every change of the fields or of what they hold."""

ID = "id"
ORDINAL = "ordinal"
NAMES = "names"
FACTS = "facts"

PAGE_GAP = 1000
"""Positions left free between two pages, so that no phrase reaches from one into the next."""
_HAN_KINDS = (Kind.HAN, Kind.HAN_LAST)
_position = itemgetter(1)
_LETTER = "\x01"
"""Begins the term of a single Han character; no term of the analysis holds it."""


def letter_term(char: str) -> str:
    """The term under which every place of a Han character is found."""
    return _LETTER + char


def make_schema() -> tantivy.Schema:
    """The fields of the index."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field(ID, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field(ORDINAL, indexed=True, fast=True)
    for name in Field:
        builder.add_text_field(name.value, tokenizer_name="raw", index_option="position")
    builder.add_text_field(NAMES, tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field(FACTS, stored=True, indexed=False)
    return builder.build()


class Facts(NamedTuple):
    """What is read of every entry when an index is opened. `day`: its date as an ordinal, 0 for none; `terms` and
    `words`: how many terms and how many positions its pages have."""

    id: str
    fingerprint: str
    type: str
    group: str
    tokens: tuple[str, ...]
    labels: tuple[str, ...]
    day: int
    terms: int
    words: int


def read_facts(packed: bytes) -> Facts:
    """The facts of an entry as they are kept."""
    id_, fingerprint, type_, group, tokens, labels, day, terms, words = json.loads(packed.decode())
    return Facts(id_, fingerprint, type_, group, tuple(tokens), tuple(labels), day, terms, words)


def to_tantivy(entry: IndexDocument, ordinal: int) -> tantivy.Document:
    """One entry. `ordinal`: a number that no other entry ever had in this index, larger than all before it."""
    made = tantivy.Document()
    made.add_text(ID, entry.id)
    made.add_unsigned(ORDINAL, ordinal)
    texts = {
        Field.CLIENT: (entry.client,),
        Field.NUMBER: (entry.number,),
        Field.TITLE: (entry.title,),
        Field.CORRESPONDENT: (entry.correspondent,),
    }
    for name, pages in texts.items():
        terms, _ = _terms(pages)
        if terms:
            made.add_pre_tokenized_text(name.value, tantivy.PreTokenizedString("", terms))
    names = [tantivy.Token(spelling, 0, 0, 0) for spelling in sorted(spellings(entry.client))]
    if names:
        made.add_pre_tokenized_text(NAMES, tantivy.PreTokenizedString("", names))
    terms, words = _terms(entry.pages)
    if terms:
        made.add_pre_tokenized_text(Field.PAGES.value, tantivy.PreTokenizedString("", terms))
    facts = Facts(
        entry.id,
        entry.fingerprint(),
        entry.type,
        entry.group,
        tuple(sorted(entry.tokens)),
        tuple(sorted(entry.labels)),
        entry.date.toordinal() if entry.date else 0,
        len(terms),
        words,
    )
    made.add_bytes(FACTS, json.dumps(facts, ensure_ascii=False).encode())
    return made


def _terms(pages: Iterable[str]) -> tuple[list[tantivy.Token], int]:
    """The terms of the pages in order of position, and how many positions they take."""
    found: list[tantivy.Token] = []
    words, start = 0, 0
    for page in pages:
        last = start - 1
        # Tantivy wants positions that ascend; a compound's whole may come after its parts.
        for term, position, _, _, kind in sorted(cut(fold(page).text, start), key=_position):
            found.append(tantivy.Token(term, position, 0, 0))
            if kind in _HAN_KINDS:
                found.append(tantivy.Token(letter_term(term[0]), position, 0, 0))
            last = position
        words += last + 1 - start
        start = last + 1 + PAGE_GAP
    return found, words
