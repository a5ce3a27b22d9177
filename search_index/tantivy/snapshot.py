"""One commit, open for reading, shared by all threads: its columns, and the entries in which a term stands."""

from __future__ import annotations

import json
from collections import OrderedDict
from operator import itemgetter
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import numpy as np
import tantivy
from numpy.typing import NDArray

from search_index.file_index import Identity
from search_index.tantivy.columns import Columns, Interned, Slots
from search_index.tantivy.schema import FACTS, ORDINAL, Facts, read_facts

_REMEMBERED_BYTES = 32 << 20

_first, _second = itemgetter(0), itemgetter(1)

Frequencies = NDArray[np.float32]


class Postings(NamedTuple):
    """Entries, ascending, and how often it stands in each."""

    slots: Slots
    frequencies: Frequencies


NOWHERE = Postings(np.empty(0, np.int32), np.empty(0, np.float32))


class Snapshot:
    """An open commit. Everything in it stays as it was when it was opened.

    `searcher` and `schema`: Tantivy's; `files`: what it rests on.
    """

    def __init__(self, index: tantivy.Index, files: dict[Path, Identity], earlier: Snapshot | None) -> None:
        self.index = index
        self.schema = index.schema
        self.searcher = index.searcher()
        self.files = files
        self.columns: Columns = self._read_columns(earlier.columns if earlier else None)
        self._limit = max(1, len(self.columns))
        self._remembered: OrderedDict[object, Postings] = OrderedDict()
        self._remembered_bytes = 0
        self._guard = Lock()

    def _read_columns(self, earlier: Columns | None) -> Columns:
        ordinals = self._ordinals()
        last = int(earlier.ordinals[-1]) if earlier is not None and len(earlier) else -1
        later = ordinals[ordinals > last]
        interned = earlier.interned if earlier is not None else Interned()
        columns = Columns.of(interned, later, self._facts(last))
        if earlier is None:
            return columns
        kept = np.flatnonzero(np.isin(earlier.ordinals, ordinals, assume_unique=True)).astype(np.int32)
        return earlier.followed_by(kept, columns)

    def _ordinals(self) -> NDArray[np.int64]:
        if not self.searcher.num_docs:
            return np.empty(0, np.int64)
        hits = self.searcher.search(
            tantivy.Query.all_query(),
            self.searcher.num_docs,
            count=False,
            order_by_field=ORDINAL,
            order=tantivy.Order.Asc,
        ).hits
        return np.array(list(map(_first, hits)), np.int64)

    def _facts(self, last: int) -> list[Facts]:
        """The facts of all entries that came after an ordinal, in order of ordinals."""
        if not self.searcher.num_docs:
            return []
        later = tantivy.Query.range_query(
            self.schema, ORDINAL, tantivy.FieldType.Unsigned, last + 1, None, include_lower=True
        )
        hits = self.searcher.search(
            later, self.searcher.num_docs, count=False, order_by_field=ORDINAL, order=tantivy.Order.Asc
        ).hits
        return [read_facts(bytes(self.searcher.doc(address)[FACTS][0])) for _, address in hits]

    def all_facts(self) -> list[Facts]:
        """What is kept of every entry."""
        return self._facts(-1)

    def matching(self, query: tantivy.Query) -> Slots:
        """The entries that answer a query of Tantivy's, ascending."""
        hits = self.searcher.search(
            query, self._limit, count=False, order_by_field=ORDINAL, order=tantivy.Order.Asc
        ).hits
        return self.columns.slots_of(np.array(list(map(_first, hits)), np.int64))

    def remembered(self, key: object) -> Postings | None:
        """What was kept under this key."""
        with self._guard:
            found = self._remembered.get(key)
            if found is not None:
                self._remembered.move_to_end(key)
            return found

    def remember(self, key: object, found: Postings) -> None:
        """Keep what was found, as long as there is room."""
        with self._guard:
            if key not in self._remembered:
                self._remembered[key] = found
                self._remembered_bytes += _size(found)
            while self._remembered_bytes > _REMEMBERED_BYTES:
                _, oldest = self._remembered.popitem(last=False)
                self._remembered_bytes -= _size(oldest)

    def scored(self, query: tantivy.Query) -> Postings:
        """The entries that answer a query for one term or phrase in the pages, and how often it stands in each.

        Tantivy tells a score, made of that number, the length of the pages and statistics of the whole archive,
        hidden entries among them. The number is worked out of it again; nothing else of the score is used.
        """
        hits = self.searcher.search(query, self._limit, count=False).hits
        if not hits:
            return NOWHERE
        addresses = list(map(_second, hits))
        ordinals = np.array(self.searcher.fast_field_values(ORDINAL, addresses), np.int64)
        scores = np.array(list(map(_first, hits)), np.float64)
        order = np.argsort(ordinals, kind="stable")
        slots = self.columns.slots_of(ordinals[order])
        parts = _Explained.of(query.explain(self.searcher, addresses[0]))
        lengths = self.columns.kept_lengths[slots]
        softened = parts.saturation * (1.0 - parts.slope + parts.slope * lengths / parts.mean_length)
        share = np.minimum(scores[order] / parts.most, 1.0 - 1e-6)
        frequencies = np.maximum(np.rint(softened * share / (1.0 - share)), 1.0)
        return Postings(slots, frequencies.astype(np.float32))


class _Explained(NamedTuple):
    """The numbers of Tantivy's score (BM25) that are the same for all entries. `most`: what it cannot exceed."""

    most: float
    saturation: float
    slope: float
    mean_length: float

    @classmethod
    def of(cls, explanation: tantivy.Explanation) -> _Explained:
        values: dict[str, float] = {}
        waiting = [json.loads(explanation.to_json())]
        while waiting:
            part = waiting.pop()
            values[part["description"].partition(",")[0]] = float(part["value"])
            waiting += part.get("details") or []
        return cls(values["(K1+1)"] * values["idf"], values["k1"], values["b"], values["avgdl"])


def _size(found: Postings) -> int:
    return int(found.slots.nbytes + found.frequencies.nbytes) + 200
