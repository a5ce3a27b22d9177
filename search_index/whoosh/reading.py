"""An open index at one commit: posting lists and sets of entries, read straight from Whoosh's segments.

Whoosh's own queries score document by document through a tree of matchers. Sets of whole posting lists are an
order of magnitude faster in Python, and a person's rights are sets anyway.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from whoosh.index import FileIndex
from whoosh.reading import TermNotFound

from search_index.analysis import Element
from search_index.base import Filter
from search_index.whoosh.schema import FACTS, TOKENS, Facts, read_facts, read_kept, unpack_positions
from search_index.whoosh.storage import INDEX_NAME, CheckedStorage, Identity, Mark, identity, latest_commit

Docs = frozenset[int]
Frequencies = dict[int, float]
"""Entry's number in its segment → how often a term occurs in the field."""


class SegmentMemory:
    """What has been learnt of one segment, shared by all open readers: a segment never changes."""

    def __init__(self) -> None:
        self.facts: dict[int, Facts] = {}
        self.token_docs: dict[str, Docs] = {}


class Leaf:
    """One segment of an open index. Not for several threads at once: Whoosh keeps its place in the file."""

    def __init__(self, reader: Any, memory: SegmentMemory) -> None:
        self._reader = reader
        self._memory = memory
        self._facts_column: Any = None
        count = reader.doc_count_all()
        deleted = {number for number in range(count) if reader.is_deleted(number)} if reader.has_deletions() else set()
        self.live: Docs = frozenset(range(count)) - deleted

    def frequencies(self, field: str, term: str) -> Frequencies:
        """Every entry whose field holds the term."""
        found: Frequencies = {}
        try:
            matcher = self._reader.postings(field, term)
        except TermNotFound:
            return found
        active, number, weight, advance = matcher.is_active, matcher.id, matcher.weight, matcher.next
        while active():
            found[number()] = weight()
            advance()
        return found

    def element_frequencies(self, field: str, element: Element) -> Frequencies:
        """Every entry whose field holds any of the element's terms; of two stems the more frequent."""
        terms = self.element_terms(field, element)
        found = self.frequencies(field, terms[0]) if terms else {}
        for term in terms[1:]:
            for number, frequency in self.frequencies(field, term).items():
                if element.prefix:
                    found[number] = found.get(number, 0.0) + frequency
                elif frequency > found.get(number, 0.0):
                    found[number] = frequency
        return found

    def element_terms(self, field: str, element: Element) -> list[str]:
        """The terms an element stands for in this segment."""
        if not element.prefix:
            return list(element.terms)
        return self.terms_beginning(field, element.terms[0])

    def terms_beginning(self, field: str, prefix: str) -> list[str]:
        """All terms of a field that begin so."""
        return [term.decode() for term in self._reader.expand_prefix(field, prefix.encode())]

    def positions(self, field: str, element: Element, numbers: list[int]) -> dict[int, set[int]]:
        """Where the element stands in these entries (ascending numbers)."""
        found: dict[int, set[int]] = {}
        for term in self.element_terms(field, element):
            for number, places in self._term_positions(field, term, numbers):
                found.setdefault(number, set()).update(places)
        return found

    def _term_positions(self, field: str, term: str, numbers: list[int]) -> Iterable[tuple[int, list[int]]]:
        try:
            matcher = self._reader.postings(field, term)
        except TermNotFound:
            return
        for number in numbers:
            if matcher.is_active() and matcher.id() < number:
                matcher.skip_to(number)
            if not matcher.is_active():
                return
            if matcher.id() == number:
                yield number, unpack_positions(matcher.value())

    def with_token(self, token: str) -> Docs:
        """Every entry that holds an access token."""
        found = self._memory.token_docs.get(token)
        if found is None:
            found = self._memory.token_docs[token] = frozenset(self.frequencies(TOKENS, token))
        return found & self.live

    def passing(self, wanted: Filter) -> Docs:
        """Every entry that passes a filter."""
        passing: set[int] = set()
        for tokens in wanted.any_of:
            docs = self.live
            for token in tokens:
                docs &= self.with_token(token)
            passing |= docs
        return frozenset(passing) - self.with_any(wanted.without)

    def with_any(self, tokens: Iterable[str]) -> Docs:
        """Every entry that holds at least one of the tokens."""
        found: set[int] = set()
        for token in tokens:
            found |= self.with_token(token)
        return frozenset(found)

    def facts(self, number: int) -> Facts:
        """Id, type, group, date and fingerprint of an entry."""
        facts = self._memory.facts.get(number)
        if facts is None:
            if self._facts_column is None:
                self._facts_column = self._reader.column_reader(FACTS, translate=False)
            facts = self._memory.facts[number] = read_facts(bytes(self._facts_column[number]))
        return facts

    def kept(self, number: int) -> tuple[frozenset[str], dict[str, str | int]]:
        """Tokens and stored values of an entry."""
        return read_kept(self._reader.stored_fields(number))

    def length(self, field: str, number: int) -> int:
        """How many terms the field of an entry has, about."""
        return int(self._reader.doc_field_length(number, field))


class Snapshot:
    """An open index as of one commit, for one thread at a time."""

    def __init__(self, generation: Path, verified: set[Identity], memories: dict[str, SegmentMemory]) -> None:
        """Open the latest commit.

        :raises IndexDamaged: a file is not what was written
        :raises Exception: whatever Whoosh raises over an index it cannot open
        """
        self.mark: Mark = (generation.name, latest_commit(generation))
        storage = CheckedStorage(generation, verified)
        index = FileIndex(storage, indexname=INDEX_NAME)  # type: ignore[no-untyped-call]
        self._reader: Any = index.reader()  # type: ignore[no-untyped-call]
        self._files = {path: known for path, known in storage.opened.items() if path.suffix == ".seg"}
        self.leaves = [
            Leaf(reader, memories.setdefault(reader.segment().segment_id(), SegmentMemory()))
            for reader, _ in self._reader.leaf_readers()
            if reader.doc_count_all()
        ]

    def is_latest(self, mark: Mark) -> bool:
        """Whether this is what `Layout.mark` tells of, on files nobody has tampered with.

        Reading on from a mapped file that has become shorter would end the process.
        """
        return mark == self.mark and all(identity(path) == known for path, known in self._files.items())

    def segment_ids(self) -> set[str]:
        """The segments this snapshot reads."""
        return {reader.segment().segment_id() for reader, _ in self._reader.leaf_readers() if reader.doc_count_all()}

    def close(self) -> None:
        """Let go of the files."""
        self._reader.close()
