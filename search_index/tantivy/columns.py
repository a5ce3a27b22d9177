"""What is known of every entry of one commit, as arrays: an entry is a number from 0 up, its slot.

Tantivy finds slots; who may see them, what rows they make and how many there are of what kind is worked out from
these arrays, some tens of bytes for each entry. A later commit's columns take over what has stayed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from search_index.base import DOCUMENT, Filter
from search_index.tallying import Numbering
from search_index.tantivy.schema import Facts

Slots = NDArray[np.int32]
Mask = NDArray[np.bool_]
Numbers = NDArray[np.int32]

_REMEMBERED_FAMILIES = 64


@dataclass(frozen=True)
class Family:
    """The values of one family that each set holds: of set `n` those from `starts[n]` on, `counts[n]` of them.

    `single`: where no set holds two, the value of each, -1 for none.
    """

    starts: Numbers
    counts: Numbers
    values: Numbers
    single: Numbers | None

    def pairs(self, sets: Numbers) -> tuple[NDArray[np.int64], Numbers]:
        """For entries with these sets: the place of each in `sets` and a value it holds, pair by pair."""
        if self.single is not None:
            held = self.single[sets]
            found = np.flatnonzero(held >= 0)
            return found, held[found]
        counts = self.counts[sets]
        places = np.repeat(np.arange(len(sets)), counts)
        within = np.arange(len(places)) - np.repeat(counts.cumsum() - counts, counts)
        return places, self.values[self.starts[sets[places]] + within]


class NameSets:
    """Sets of names (tokens or labels), each kept once: entries of one dossier share theirs. Grows only, one thread
    at a time, so that columns made earlier stay right; whoever asks says how many sets there were then."""

    def __init__(self, names: Numbering) -> None:
        self._names = names
        self._numbers: dict[tuple[str, ...], int] = {}
        self._members: list[tuple[int, ...]] = []
        self._holders: dict[str, list[int]] = {}
        self._families: dict[tuple[str, int], Family] = {}

    def number_of(self, names: tuple[str, ...]) -> int:
        """The number of a set, a new one where it was not known."""
        number = self._numbers.get(names)
        if number is None:
            number = len(self._members)
            self._members.append(tuple(self._names.number(name) for name in names))
            for name in names:
                self._holders.setdefault(name, []).append(number)
            self._numbers[names] = number
        return number

    def __len__(self) -> int:
        return len(self._members)

    def holding_any(self, names: Iterable[str], size: int) -> Mask:
        """Which of the first `size` sets hold at least one of the names."""
        mask = np.zeros(size, np.bool_)
        for name in names:
            held = np.array(self._holders.get(name, ()), np.int32)
            mask[held[held < size]] = True
        return mask

    def passing(self, wanted: Filter, size: int) -> Mask:
        """Which of the first `size` sets pass a filter."""
        mask = np.zeros(size, np.bool_)
        singles: list[str] = []
        for names in wanted.any_of:
            if len(names) == 1:
                singles.extend(names)
                continue
            all_held = np.ones(size, np.bool_)
            for name in names:
                all_held &= self.holding_any((name,), size)
            mask |= all_held
        mask |= self.holding_any(singles, size)
        return mask & ~self.holding_any(wanted.without, size)

    def family(self, name: str, size: int) -> Family:
        """What the first `size` sets hold of one family, such as "kind"."""
        found = self._families.get((name, size))
        if found is None:
            if len(self._families) > _REMEMBERED_FAMILIES:
                self._families = {}
            found = self._families[name, size] = self._make_family(f"{name}:", size)
        return found

    def _make_family(self, prefix: str, size: int) -> Family:
        inside = np.array([name.startswith(prefix) for name in tuple(self._names.names)], np.bool_)
        members = self._members[:size]
        counts = np.fromiter((len(held) for held in members), np.int32, size)
        values = np.fromiter((value for held in members for value in held), np.int32)
        chosen = inside[values]
        of_set = np.repeat(np.arange(size), counts)[chosen]
        in_family = np.bincount(of_set, minlength=size).astype(np.int32)
        single = None
        if not size or in_family.max() <= 1:
            single = np.full(size, -1, np.int32)
            single[of_set] = values[chosen]
        return Family((in_family.cumsum() - in_family).astype(np.int32), in_family, values[chosen], single)


class Interned:
    """Names that many entries share, by number; grows only."""

    def __init__(self) -> None:
        self.groups = Numbering()
        self.values = Numbering()
        self.tokens = NameSets(self.values)
        self.labels = NameSets(self.values)


@dataclass(frozen=True)
class Columns:
    """Arrays with one value for each entry, in order of ordinals; `day` is 0 where there is no date."""

    interned: Interned
    ordinals: NDArray[np.int64]
    ids: NDArray[np.bytes_]
    is_document: Mask
    tokens: Numbers
    labels: Numbers
    groups: Numbers
    day: Numbers
    page_terms: Numbers
    page_words: Numbers
    token_sets: int
    label_sets: int

    @classmethod
    def of(cls, interned: Interned, ordinals: NDArray[np.int64], facts: list[Facts]) -> Columns:
        """Columns of these entries, whose ordinals ascend."""
        return cls(
            interned,
            ordinals,
            np.array([each.id.encode() for each in facts], np.bytes_),
            np.array([each.type == DOCUMENT for each in facts], np.bool_),
            _numbers(interned.tokens.number_of(each.tokens) for each in facts),
            _numbers(interned.labels.number_of(each.labels) for each in facts),
            _numbers(interned.groups.number(each.group) for each in facts),
            _numbers(each.day for each in facts),
            _numbers(each.terms for each in facts),
            _numbers(each.words for each in facts),
            len(interned.tokens),
            len(interned.labels),
        )

    def followed_by(self, kept: Slots, later: Columns) -> Columns:
        """Columns of the entries in `kept` and, after them, of those that came later."""
        return Columns(
            self.interned,
            np.concatenate((self.ordinals[kept], later.ordinals)),
            np.concatenate((self.ids[kept], later.ids)),
            np.concatenate((self.is_document[kept], later.is_document)),
            np.concatenate((self.tokens[kept], later.tokens)),
            np.concatenate((self.labels[kept], later.labels)),
            np.concatenate((self.groups[kept], later.groups)),
            np.concatenate((self.day[kept], later.day)),
            np.concatenate((self.page_terms[kept], later.page_terms)),
            np.concatenate((self.page_words[kept], later.page_words)),
            later.token_sets,
            later.label_sets,
        )

    def __len__(self) -> int:
        return len(self.ordinals)

    @cached_property
    def kept_lengths(self) -> NDArray[np.float64]:
        """The terms in the pages as Tantivy keeps them, in one byte: exact up to 40, then the four highest bits of what
        exceeds 24."""
        return _as_kept(self.page_terms)

    def slots_of(self, ordinals: NDArray[np.int64]) -> Slots:
        """The slots of entries of this commit."""
        return np.searchsorted(self.ordinals, ordinals).astype(np.int32)

    def passing(self, wanted: Filter) -> Mask:
        """Which entries pass a filter."""
        return self.interned.tokens.passing(wanted, self.token_sets)[self.tokens]

    def with_token(self, names: Iterable[str]) -> Mask:
        """Which entries hold at least one of the tokens."""
        return self.interned.tokens.holding_any(names, self.token_sets)[self.tokens]

    def with_label(self, names: Iterable[str]) -> Mask:
        """Which entries hold at least one of the labels."""
        return self.interned.labels.holding_any(names, self.label_sets)[self.labels]


def _as_kept(lengths: Numbers) -> NDArray[np.float64]:
    beyond = np.maximum(lengths - 24, 0).astype(np.int64)
    _, bits = np.frexp(beyond.astype(np.float64))
    shift = np.maximum(bits - 4, 0)
    return np.where(lengths < 24, lengths, 24 + ((beyond >> shift) << shift)).astype(np.float64)


def _numbers(values: Iterable[int]) -> Numbers:
    return np.fromiter(values, np.int32)
