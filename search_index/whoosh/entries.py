"""What the entries of a segment are (besides their terms), as columns of numbers: read once, since a segment never
changes, and shared by all threads."""

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from itertools import chain
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search_index.base import DOCUMENT, Filter
from search_index.tallying import Bools, Ints, Numbering, Values
from search_index.whoosh.schema import parts_of, split_names

_REMEMBERED_MASKS = 64

Pairs = tuple[Ints, Ints]
"""Entry and number of a token (or label), pair by pair, entries ascending."""


class Names:
    """Numbers of groups, and of tokens and labels, the same in all segments."""

    def __init__(self) -> None:
        self.groups = Numbering()
        self.values = Numbering()
        self.guard = Lock()


class Entries:
    """The columns of one segment. Arrays handed out must not be changed."""

    def __init__(self, packed: Iterable[bytes], names: Names) -> None:
        self._names = names
        with names.guard:
            self._read([parts_of(each) for each in packed])
        self._masks: OrderedDict[Hashable, Bools] = OrderedDict()
        self._families: dict[str, tuple[Pairs, Pairs]] = {}
        self._guard = Lock()

    def _read(self, facts: list[list[str]]) -> None:
        names = self._names
        self.count = len(facts)
        ids, types, groups, days, lengths, _, tokens, labels = zip(*facts, strict=True)
        self.ids: NDArray[Any] = np.array([id_.encode() for id_ in ids], dtype=np.bytes_)
        self.is_document = np.array([type_ == DOCUMENT for type_ in types], dtype=np.bool_)
        self.group = np.array([names.groups.number(group) for group in groups], dtype=np.int32)
        self.day = np.array(list(map(int, days)), dtype=np.int32)
        self.length = np.array(list(map(int, lengths)), dtype=np.float32)
        self._tokens = _pairs(tokens, names.values)
        self._labels = _pairs(labels, names.values)

    def with_token(self, tokens: frozenset[str]) -> Bools:
        """Which entries hold at least one of the tokens."""
        return self._remembered(("tokens", tokens), lambda: self._holding(self._tokens, tokens))

    def with_label(self, labels: frozenset[str]) -> Bools:
        """Which entries hold at least one of the labels."""
        return self._remembered(("labels", labels), lambda: self._holding(self._labels, labels))

    def passing(self, wanted: Filter) -> Bools:
        """Which entries pass a filter."""
        return self._remembered(wanted, lambda: self._passing(wanted))

    def family(self, name: str) -> tuple[Pairs, Pairs]:
        """The tokens of one family, such as "kind", and the labels that are not tokens too."""
        found = self._families.get(name)
        if found is None:
            tokens, labels = self._of_family(self._tokens, name), self._of_family(self._labels, name)
            size = len(self._names.values.names)
            is_new = ~np.isin(labels[0] * size + labels[1], tokens[0] * size + tokens[1])
            found = self._families[name] = (tokens, (labels[0][is_new], labels[1][is_new]))
        return found

    def values(self, name: str, number_of_hit: Ints, alone: Bools) -> Values:
        """What hits hold of a family. `number_of_hit`: by entry, below 0 for those that do not match; `alone`: by
        entry, whether its labels count."""
        (token_entries, tokens), (label_entries, labels) = self.family(name)
        hit_of_token, hit_of_label = number_of_hit[token_entries], number_of_hit[label_entries]
        chosen_tokens = hit_of_token >= 0
        chosen_labels = (hit_of_label >= 0) & alone[label_entries]
        return Values(
            np.concatenate((hit_of_token[chosen_tokens], hit_of_label[chosen_labels])),
            np.concatenate((tokens[chosen_tokens], labels[chosen_labels])),
        )

    def _remembered(self, key: Hashable, work_out: Any) -> Bools:
        with self._guard:
            found = self._masks.get(key)
            if found is not None:
                self._masks.move_to_end(key)
                return found
        made: Bools = work_out()
        with self._guard:
            self._masks[key] = made
            if len(self._masks) > _REMEMBERED_MASKS:
                self._masks.popitem(last=False)
        return made

    def _holding(self, pairs: Pairs, names: frozenset[str]) -> Bools:
        found = np.zeros(self.count, dtype=np.bool_)
        numbers = self._names.values.known(names)
        if numbers:
            wanted = np.zeros(len(self._names.values.names), dtype=np.bool_)
            wanted[numbers] = True
            found[pairs[0][wanted[pairs[1]]]] = True
        return found

    def _passing(self, wanted: Filter) -> Bools:
        single = frozenset[str]().union(*(tokens for tokens in wanted.any_of if len(tokens) == 1))
        found = self._holding(self._tokens, single)
        for tokens in wanted.any_of:
            if len(tokens) != 1:
                holds = np.ones(self.count, dtype=np.bool_)
                for token in tokens:
                    holds &= self._holding(self._tokens, frozenset({token}))
                found |= holds
        return found & ~self._holding(self._tokens, wanted.without)

    def _of_family(self, pairs: Pairs, name: str) -> Pairs:
        names = self._names.values.names
        entries, numbers = pairs
        distinct, inverse = np.unique(numbers, return_inverse=True)
        prefix = name + ":"
        is_of_family = np.array([names[number].startswith(prefix) for number in distinct.tolist()], dtype=np.bool_)
        chosen = is_of_family[inverse]
        return entries[chosen], numbers[chosen]


def _pairs(joined: tuple[str, ...], numbering: Numbering) -> Pairs:
    # Many entries hold the same.
    numbers = {names: [numbering.number(name) for name in split_names(names)] for names in set(joined)}
    held = [numbers[names] for names in joined]
    entries = np.repeat(np.arange(len(held), dtype=np.int64), np.array(list(map(len, held)), dtype=np.int64))
    return entries, np.array(list(chain.from_iterable(held)), dtype=np.int64)
