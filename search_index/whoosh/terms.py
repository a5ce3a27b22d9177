"""The terms of one field in one segment, as arrays: the dictionary, and for each term its entries and positions.

    letters       all terms, ascending, one after the other (UTF-8)
    ends          where each term ends there
    starts        which postings are a term's: from starts[t] to starts[t + 1]
    ids, counts   of each posting: the entry, and how often the term stands in it
    place_starts  which positions are a term's: from place_starts[t] to place_starts[t + 1]
    places        the positions, ascending in each entry

The postings of neighbouring terms stand beside each other, so that a prefix is one range.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from search_index.tallying import Bools, Floats, Ints
from search_index.whoosh.columns import narrow

_PLACES_AT_A_TIME = 4_000_000
_PARTS = ("letters", "ends", "starts", "ids", "counts", "place_starts", "places")


class Postings(NamedTuple):
    """The entries of a segment that hold something, ascending, and how often each."""

    ids: Ints
    counts: Ints | Floats


class Places(NamedTuple):
    """Like `Postings`, with the positions of all entries one after the other."""

    ids: Ints
    counts: Ints
    places: Ints


NOWHERE = Postings(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


class FieldTerms:
    """The terms of one field, to be looked up."""

    def __init__(self, name: str, columns: Mapping[str, NDArray[Any]]) -> None:
        self._name = name
        self._columns = columns

    def _column(self, part: str) -> NDArray[Any]:
        return self._columns[f"{self._name}.{part}"]

    @cached_property
    def _ends(self) -> NDArray[Any]:
        return self._column("ends")

    @cached_property
    def _letters(self) -> memoryview:
        return self._column("letters").data

    @cached_property
    def _starts(self) -> NDArray[Any]:
        return self._column("starts")

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> bytes:
        """The term of this number; terms are numbered in ascending order."""
        if number >= len(self._ends):
            raise IndexError(number)
        start = self._ends[number - 1] if number else 0
        return bytes(self._letters[int(start) : int(self._ends[number])])

    def all(self) -> list[bytes]:
        """Every term, ascending."""
        return self._between(0, len(self))

    def _between(self, first: int, end: int) -> list[bytes]:
        base = int(self._ends[first - 1]) if first else 0
        ends = self._ends[first:end].tolist()
        letters = bytes(self._letters[base : ends[-1] if ends else base])
        starts = [base, *ends[:-1]]
        return [letters[start - base : stop - base] for start, stop in zip(starts, ends, strict=False)]

    def find(self, term: str) -> range:
        """The number of a term, as a range of one; an empty range where there is no such term."""
        wanted = term.encode("utf-8", "surrogatepass")
        number = bisect_left(self, wanted)
        return range(number, number + 1 if number < len(self) and self[number] == wanted else number)

    def beginning(self, prefix: str) -> range:
        """The numbers of all terms that begin so."""
        wanted = prefix.encode("utf-8", "surrogatepass")
        first = bisect_left(self, wanted)
        return range(first, bisect_left(self, wanted + b"\xff", lo=first))

    def texts(self, numbers: range) -> Iterator[str]:
        """The terms of these numbers."""
        return (term.decode("utf-8", "surrogatepass") for term in self._between(numbers.start, numbers.stop))

    def postings(self, numbers: range) -> Postings:
        """The postings of neighbouring terms, of each term in turn: an entry may be there several times."""
        start, stop = int(self._starts[numbers.start]), int(self._starts[numbers.stop])
        return Postings(self._column("ids")[start:stop], self._column("counts")[start:stop])

    def places(self, numbers: range) -> Places:
        """The postings of neighbouring terms with their positions."""
        place_starts = self._column("place_starts")
        start, stop = int(place_starts[numbers.start]), int(place_starts[numbers.stop])
        return Places(*self.postings(numbers), self._column("places")[start:stop])  # type: ignore[arg-type]

    def everything(self) -> tuple[list[bytes], Ints, Ints, Ints, Ints]:
        """All terms, how many postings each has, and their entries, counts and positions: to be merged."""
        ids, counts, places = (self._column(part) for part in ("ids", "counts", "places"))
        lengths: Ints = np.diff(self._starts.astype(np.int64)).astype(np.int64)
        return self.all(), lengths, ids, counts, places


class FieldBuilder:
    """Collects the terms of one field of a new segment, from entries or from older segments."""

    def __init__(self, *, with_places: bool) -> None:
        self._with_places = with_places
        self._numbers: dict[bytes, int] = {}
        self._terms, self._ids, self._counts, self._places = array("I"), array("I"), array("I"), array("I")
        self._parts: list[tuple[Ints, Ints, Ints, Ints]] = []

    def add_entry(self, entry: int, terms: Mapping[str, Any]) -> None:
        """The terms of the next entry: with their ascending positions, or only how often they occur."""
        numbers = self._numbers
        for term, found in terms.items():
            self._terms.append(numbers.setdefault(term.encode("utf-8", "surrogatepass"), len(numbers)))
            if self._with_places:
                self._counts.append(len(found))
                self._places.extend(found)
            else:
                self._counts.append(found)
        self._ids.extend([entry] * len(terms))

    def add_segment(self, older: FieldTerms, new_ids: Ints) -> None:
        """The terms of an older segment. `new_ids`: by entry, the number it gets here, ascending, or -1."""
        terms, lengths, ids, counts, places = older.everything()
        numbers = self._numbers
        own = np.array([numbers.setdefault(term, len(numbers)) for term in terms], dtype=np.uint32)
        new = new_ids[ids]
        kept = new >= 0
        if self._with_places:
            places = places[np.repeat(kept, counts)].astype(np.uint32)
        self._parts.append(
            (np.repeat(own, lengths)[kept], new[kept].astype(np.uint32), counts[kept].astype(np.uint32), places)
        )

    def columns(self, name: str) -> Iterator[tuple[str, NDArray[Any]]]:
        """What has been collected, as `FieldTerms` reads it. To be called once: what it has used is let go of, since
        there is much of it."""
        own = (self._terms, self._ids, self._counts, self._places)
        parts, self._parts = [*self._parts, tuple(np.frombuffer(each, dtype=np.uint32) for each in own)], []
        terms, ids, counts, places = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        del parts
        made, terms = self._dictionary(terms)
        order = narrow(terms.argsort(kind="stable"))
        starts = _running(np.bincount(terms, minlength=len(made["ends"])))
        del terms
        firsts = narrow(_running(counts)[:-1])[order] if self._with_places else counts[:0]
        made["starts"] = narrow(starts)
        made["ids"] = narrow(ids[order])
        made["counts"] = narrow(counts[order])
        del ids, counts, order
        made["place_starts"] = narrow(_running(made["counts"])[starts] if self._with_places else starts * 0)
        made["places"] = narrow(_in_order(places, firsts, made["counts"]) if self._with_places else places)
        return ((f"{name}.{part}", made[part]) for part in _PARTS)

    def _dictionary(self, terms: Ints) -> tuple[dict[str, NDArray[Any]], Ints]:
        """The columns of the terms that are used, ascending; and, for the number of the term of each posting, its
        place among them."""
        names = list(self._numbers)
        self._numbers = {}
        used = np.zeros(len(names), dtype=np.bool_)
        used[terms] = True
        ascending = sorted(np.flatnonzero(used).tolist(), key=names.__getitem__)
        place = np.zeros(len(names), dtype=np.uint32)
        place[ascending] = np.arange(len(ascending), dtype=np.uint32)
        ends = np.array([len(names[number]) for number in ascending], dtype=np.int64).cumsum()
        letters = np.frombuffer(b"".join([names[number] for number in ascending]), dtype=np.uint8)
        return {"letters": letters, "ends": narrow(ends)}, place[terms]


def _running(numbers: Ints) -> Ints:
    """0, then the sum so far after each of the numbers."""
    sums = np.zeros(len(numbers) + 1, dtype=np.int64)
    np.cumsum(numbers, out=sums[1:])
    return sums


def _in_order(places: Ints, firsts: Ints, counts: Ints) -> Ints:
    """The positions of each posting, wherever they begin, one posting after the other."""
    ordered = np.empty(len(places), dtype=np.uint32)
    ends = counts.cumsum(dtype=np.int64)
    begin = 0
    while begin < len(counts):
        written = int(ends[begin - 1]) if begin else 0
        end = max(begin + 1, int(ends.searchsorted(written + _PLACES_AT_A_TIME)))
        here = counts[begin:end]
        inside = np.arange(int(ends[end - 1]) - written) - np.repeat(ends[begin:end] - here - written, here)
        ordered[written : int(ends[end - 1])] = places[np.repeat(firsts[begin:end], here) + inside]
        begin = end
    return ordered


def merged(found: Postings, count: int) -> Postings:
    """Postings with each entry once, and the sum of its counts. `count`: entries in the segment."""
    dense = np.bincount(found.ids, weights=found.counts, minlength=count)
    ids = np.flatnonzero(dense)
    return Postings(ids, dense[ids])


def strongest(lists: list[Postings], count: int) -> Postings:
    """The entries of any of the lists, each with the highest of its counts. `count`: entries in the segment."""
    lists = [each for each in lists if len(each.ids)]
    if len(lists) < 2:
        return lists[0] if lists else NOWHERE
    dense = np.zeros(count, dtype=np.float32)
    for each in lists:
        dense[each.ids] = np.maximum(dense[each.ids], each.counts)
    ids = np.flatnonzero(dense)
    return Postings(ids, dense[ids])


def is_among(ids: Ints, count: int) -> Bools:
    """By entry, whether it is among the ids."""
    found = np.zeros(count, dtype=np.bool_)
    found[ids] = True
    return found
