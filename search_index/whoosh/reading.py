"""An open index at one commit: what its segments hold, as arrays.

Whoosh's own queries score document by document through a tree of matchers. Whole posting lists as arrays are orders of
magnitude faster in Python, and a person's rights are sets anyway.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from whoosh.index import FileIndex

from search_index.analysis import Element, Sequence
from search_index.conditions import Field
from search_index.file_index import Identity, identity
from search_index.tallying import Bools, Ints
from search_index.whoosh.codec import SegmentFile
from search_index.whoosh.entries import Entries, Names
from search_index.whoosh.schema import NAMES, Facts, characters_of
from search_index.whoosh.storage import INDEX_NAME, CheckedStorage, Mark, latest_commit
from search_index.whoosh.terms import NOWHERE, FieldTerms, Places, Postings, is_among, merged, strongest

_NO_PLACES = np.empty(0, dtype=np.int64)


@dataclass
class Memory:
    """What has been learnt of an index, shared by all its open readers: a segment never changes."""

    names: Names = field(default_factory=Names)
    entries: dict[str, Entries] = field(default_factory=dict)
    guard: Lock = field(default_factory=Lock)

    def keep_only(self, segment_ids: set[str]) -> None:
        """Forget the entries of all other segments."""
        with self.guard:
            for gone in self.entries.keys() - segment_ids:
                del self.entries[gone]


class Leaf:
    """One segment of an open index, with what of it has been read for this reader."""

    def __init__(self, reader: Any, memory: Memory) -> None:
        segment = reader.segment()
        self._file: SegmentFile = reader._terms
        self._memory = memory
        self._id: str = segment.segment_id()
        self.count: int = segment.doc_count_all()
        self.live: Bools = np.ones(self.count, dtype=np.bool_)
        self.live[list(segment.deleted_docs())] = False

    @property
    def entries(self) -> Entries:
        """The columns of the segment."""
        found = self._memory.entries.get(self._id)
        if found is None:
            with self._memory.guard:
                found = self._memory.entries.get(self._id)
                if found is None:
                    found = self._memory.entries[self._id] = Entries(self._file.packed_facts(), self._memory.names)
        return found

    def facts(self) -> Iterator[Facts]:
        """The facts of every entry that is not deleted."""
        return (Facts.unpack(packed) for packed, live in zip(self._file.packed_facts(), self.live, strict=True) if live)

    def element(self, name: Field, element: Element) -> Postings:
        """The entries whose field holds any of the element's terms; of two stems the more frequent counts."""
        if element.is_han_character:
            characters = self._file.field(characters_of(name))
            return characters.postings(characters.find(element.terms[0]))
        terms = self._file.field(name)
        if element.prefix:
            return self._of_neighbours(terms, terms.beginning(element.terms[0]))
        lists = [terms.postings(numbers) for numbers in self._numbers(terms, element)]
        if not element.distance:
            return strongest(lists, self.count)
        joined = Postings(*(np.concatenate(columns) for columns in zip(NOWHERE, *lists, strict=True)))
        return merged(joined, self.count)

    def spelled(self, beginning: str) -> Ints:
        """The entries with a client whose name is spelled so, or begins so."""
        terms = self._file.field(NAMES)
        return self._of_neighbours(terms, terms.beginning(beginning)).ids

    def holding_all(self, name: Field, sequence: Sequence) -> Ints:
        """The entries whose field holds every element of the sequence somewhere."""
        ids: Ints | None = None
        for element in sequence:
            held = self.element(name, element).ids
            ids = held if ids is None else ids[is_among(held, self.count)[ids]]
            if not len(ids):
                break
        return NOWHERE.ids if ids is None else ids

    def count_sequence(self, name: Field, sequence: Sequence, ids: Ints) -> Postings:
        """Of these entries, those in whose field the elements stand as the sequence says, and how often."""
        if not len(ids):
            return NOWHERE
        among = is_among(ids, self.count)
        starts: Ints | None = None
        for element in sequence:
            here = self._keys(name, element, among)
            starts = here if starts is None else _common(starts, here)
            if not len(starts):
                return NOWHERE
        return NOWHERE if starts is None else Postings(*np.unique(starts >> 32, return_counts=True))

    def _keys(self, name: Field, element: Element, among: Bools) -> Ints:
        """Where the sequence would begin for each place of the element: entry << 32 + position, ascending."""
        terms = self._file.field(name)
        found = [_selected(terms.places(numbers), among) for numbers in self._numbers(terms, element)]
        keys = np.concatenate(found) if found else _NO_PLACES
        if len(found) > 1 or element.prefix:
            keys = np.unique(keys)
        return keys - element.offset

    def _of_neighbours(self, terms: FieldTerms, numbers: range) -> Postings:
        found = terms.postings(numbers)
        return found if len(numbers) < 2 else merged(found, self.count)

    def _numbers(self, terms: FieldTerms, element: Element) -> list[range]:
        """The terms an element stands for in this segment."""
        if element.prefix:
            return [terms.beginning(element.terms[0])]
        if not element.distance:
            return [terms.find(term) for term in element.terms]
        similar: list[range] = []
        for letter in {term[:1] for term in element.terms}:
            near = terms.beginning(letter)
            similar += [
                range(number, number + 1)
                for number, term in zip(near, terms.texts(near), strict=True)
                if any(abs(len(term) - len(wanted)) <= element.distance for wanted in element.terms)
                and element.accepts(term)
            ]
        return similar


def _selected(found: Places, among: Bools) -> Ints:
    """Entry << 32 + position of the entries in question, ascending for each term."""
    ids, counts = found.ids.astype(np.int64), found.counts
    chosen = among[ids]
    if chosen.all():
        return (ids << 32).repeat(counts) + found.places
    return (ids[chosen] << 32).repeat(counts[chosen]) + found.places[chosen.repeat(counts)]


def _common(one: Ints, other: Ints) -> Ints:
    """The numbers in both; each ascending and without repetitions."""
    joined = np.concatenate((one, other))
    joined.sort(kind="stable")
    is_in_both: Bools = joined[1:] == joined[:-1]
    return joined[1:][is_in_both]


class Snapshot:
    """An open index as of one commit, for one thread at a time."""

    def __init__(self, generation: Path, verified: set[Identity], memory: Memory) -> None:
        """Open the latest commit.

        :raises IndexDamaged: a file is not what was written
        :raises Exception: whatever Whoosh raises over an index it cannot open
        """
        self.mark: Mark = (generation.name, latest_commit(generation))
        self.names = memory.names
        storage = CheckedStorage(generation, verified)
        index = FileIndex(storage, indexname=INDEX_NAME)  # type: ignore[no-untyped-call]
        self._reader: Any = index.reader()  # type: ignore[no-untyped-call]
        self._files = {path: known for path, known in storage.opened.items() if path.suffix == ".seg"}
        self.leaves = [Leaf(reader, memory) for reader, _ in self._reader.leaf_readers() if reader.doc_count_all()]

    def is_latest(self, mark: Mark) -> bool:
        """Whether this is what `storage.mark` tells of, on files nobody has tampered with.

        Reading on from a mapped file that has become shorter would end the process.
        """
        return mark == self.mark and all(identity(path) == known for path, known in self._files.items())

    def segment_ids(self) -> set[str]:
        """The segments this snapshot reads."""
        return {reader.segment().segment_id() for reader, _ in self._reader.leaf_readers() if reader.doc_count_all()}

    def close(self) -> None:
        """Let go of the files."""
        self._reader.close()
