"""How a segment of ours stands on the disk: Whoosh's codec, with arrays in the place of its posting lists.

Whoosh writes and reads postings one by one, pickled in blocks of 128. Read as arrays, a common word of a large archive
takes a millisecond where it took a second, a merge of segments seconds where it took minutes, and the index is a
fraction of the size. Segments, commits, deletions and locks remain Whoosh's.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.whoosh3 import W3Codec
from whoosh.writing import SegmentWriter

from search_index.base import IndexDocument
from search_index.tallying import Bools, Ints
from search_index.whoosh.columns import MappedColumns, narrow, write_columns
from search_index.whoosh.schema import FIELDS, ID, to_fields
from search_index.whoosh.terms import FieldBuilder, FieldTerms

_FILE = ".seg"


class ArrayCodec(W3Codec):
    """What Whoosh asks to open or to write a segment. The segment's one file is written as a whole, and holds the facts
    too."""

    def per_document_writer(self, storage: Any, segment: Any) -> "_Nothing":
        """Facts are written with the terms."""
        return _Nothing()

    def field_writer(self, storage: Any, segment: Any) -> "_Nothing":
        """The segment is written by `EntryWriter`."""
        return _Nothing()

    def terms_reader(self, storage: Any, segment: Any) -> "SegmentFile":
        """Open a segment's file."""
        return SegmentFile(storage, segment)


class _Nothing:
    """Writes nothing when Whoosh closes it."""

    is_closed = False

    def close(self) -> None:
        """Done."""
        self.is_closed = True


class SegmentFile:
    """The open file of a segment."""

    def __init__(self, storage: Any, segment: Any) -> None:
        stream = storage.open_file(segment.make_filename(_FILE))
        try:
            self._columns: Mapping[str, NDArray[Any]] = MappedColumns(stream)
        finally:
            stream.close()
        self._fields = {name: FieldTerms(name, self._columns) for name in FIELDS}

    def field(self, name: str) -> FieldTerms:
        """The terms of a field."""
        return self._fields[name]

    def with_ids(self, ids: Iterable[str]) -> list[int]:
        """The numbers of the entries with these ids, deleted ones among them."""
        terms = self._fields[ID]
        return [number for id_ in ids for number in terms.postings(terms.find(id_)).ids.tolist()]

    def packed_facts(self) -> list[bytes]:
        """The facts of every entry."""
        text = self._columns["facts"].tobytes()
        ends = self._columns["facts.ends"].tolist()
        return [text[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]

    def close(self) -> None:
        """The mapping lives as long as its arrays do."""


class EntryWriter(SegmentWriter):
    """Whoosh's writer of one new segment, filled with entries or with what is left of older segments."""

    def __init__(self, index: Any) -> None:
        super().__init__(index, codec=ArrayCodec(), compound=False)  # type: ignore[no-untyped-call]
        self._facts: list[bytes] = []
        self._builders = {name: FieldBuilder(with_places=with_places) for name, with_places in FIELDS.items()}

    def add_entry(self, document: IndexDocument) -> None:
        """Take an entry into the new segment."""
        fields, facts = to_fields(document)
        for name, terms in fields.items():
            self._builders[name].add_entry(len(self._facts), terms)
        self._facts.append(facts.packed())
        self._count_up()

    def add_segment(self, older: SegmentFile, live: Bools) -> None:
        """Take the entries of an older segment that are not deleted into the new one."""
        new_ids: Ints = np.where(live, live.cumsum() - 1 + len(self._facts), -1)
        self._facts += [packed for packed, lives in zip(older.packed_facts(), live.tolist(), strict=True) if lives]
        for name, builder in self._builders.items():
            builder.add_segment(older.field(name), new_ids)
        self._count_up()

    def _count_up(self) -> None:
        self.docnum = len(self._facts)
        self._added = bool(self._facts)

    def _flush_segment(self) -> None:
        """Write the segment's file: Whoosh asks for it when it commits."""
        columns: dict[str, NDArray[Any]] = {
            "facts": np.frombuffer(b"".join(self._facts), dtype=np.uint8),
            "facts.ends": narrow(np.array([len(packed) for packed in self._facts], dtype=np.int64).cumsum()),
        }
        while self._builders:
            name, builder = self._builders.popitem()
            columns.update(builder.columns(name))
        with self.newsegment.create_file(self.storage, _FILE) as stream:
            write_columns(stream, columns)
