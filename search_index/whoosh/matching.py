"""Which entries answer a query under a person's rights, and how well (BM25F).

A phrase is first taken for the entries that hold all its terms; where its terms stand is read only for the
entries that everything else about the query allows.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import reduce

from search_index.analysis import ParsedQuery, Sequence, Word
from search_index.base import DOCUMENT, DOSSIER, Match, Query
from search_index.whoosh.reading import Docs, Frequencies, Leaf, Snapshot
from search_index.whoosh.schema import NAMES, PAGES, REGISTER, TITLE, type_token

_BOOSTS = {REGISTER: 10.0, TITLE: 4.0, PAGES: 1.0}
_NAME_FREQUENCY = 0.5
"""A spelling that begins with what was typed says less than the word itself."""
_SATURATION = 1.2
_LENGTH_WEIGHT = 0.75
_USUAL_LENGTH = 400
"""Terms in the pages of a letter. Not the archive's mean: hidden documents must not move anybody's ranking."""
_SHORTEST = 0.5
"""What a shorter text counts as, in usual lengths: else a note of three words would outrank everything."""

NO_DOCS: Docs = frozenset()
Found = tuple[Match, Leaf, int]
"""A match, and where the rest of the entry is: its segment and its number there."""


@dataclass
class _Rights:
    """The entries of one segment the person may read, find and know; each set without the ones before it."""

    readable: Docs
    findable: Docs
    known: Docs

    @property
    def visible(self) -> Docs:
        return self.readable | self.findable | self.known


def _rights(leaf: Leaf, query: Query) -> _Rights:
    considered = leaf.live - leaf.with_any(query.exclude)
    if query.types:
        considered &= leaf.with_any(type_token(type_) for type_ in query.types)
    known = leaf.passing(query.rights.known) & considered
    findable = leaf.passing(query.rights.findable) & known
    readable = leaf.passing(query.rights.readable) & findable
    return _Rights(
        readable,
        (findable - readable) & leaf.with_token(type_token(DOCUMENT)),
        (known - readable) & leaf.with_token(type_token(DOSSIER)),
    )


@dataclass
class _WordInField:
    """Where one word may occur in one field. `frequencies` is exact for single terms; the sequences still to
    be checked term by term are in `unchecked`, with the entries that hold all their terms."""

    frequencies: Frequencies
    unchecked: list[tuple[Sequence, Docs]] = field(default_factory=list)

    @property
    def docs(self) -> Docs:
        return frozenset(self.frequencies).union(*(docs for _, docs in self.unchecked))

    def check(self, leaf: Leaf, name: str, among: Docs) -> None:
        """Read the positions in those entries, and drop all others."""
        for sequence, docs in self.unchecked:
            for number, count in _count_sequence(leaf, name, sequence, sorted(docs & among)).items():
                self.frequencies[number] = max(count, self.frequencies.get(number, 0.0))
        self.unchecked = []


def _word_in_field(leaf: Leaf, name: str, word: Word) -> _WordInField:
    found = _WordInField({})
    for sequence in word.sequences:
        if len(sequence) == 1:
            for number, frequency in leaf.element_frequencies(name, sequence[0]).items():
                if frequency > found.frequencies.get(number, 0.0):
                    found.frequencies[number] = frequency
        else:
            found.unchecked.append((sequence, _holding_all(leaf, name, sequence)))
    if name == REGISTER and word.name is not None:
        for term in leaf.terms_beginning(NAMES, word.name):
            for number in leaf.frequencies(NAMES, term):
                found.frequencies.setdefault(number, _NAME_FREQUENCY)
    return found


def _holding_all(leaf: Leaf, name: str, sequence: Sequence) -> Docs:
    docs: Docs | None = None
    for element in sequence:
        held = leaf.element_frequencies(name, element).keys()
        docs = frozenset(held) if docs is None else docs & held
        if not docs:
            break
    return docs or NO_DOCS


def _count_sequence(leaf: Leaf, name: str, sequence: Sequence, numbers: list[int]) -> Frequencies:
    starts: dict[int, set[int]] = {}
    for index, element in enumerate(sequence):
        places = leaf.positions(name, element, numbers)
        shifted = {number: {place - element.offset for place in found} for number, found in places.items()}
        if index == 0:
            starts = shifted
        else:
            starts = {number: found & shifted[number] for number, found in starts.items() if number in shifted}
        starts = {number: found for number, found in starts.items() if found}
        numbers = sorted(starts)
    return {number: float(len(found)) for number, found in starts.items()}


@dataclass
class _LeafMatches:
    leaf: Leaf
    rights: _Rights
    words: list[dict[str, _WordInField]]
    visible_with_word: list[int]
    readable: Docs = NO_DOCS
    findable: Docs = NO_DOCS
    known: Docs = NO_DOCS

    def choose(self) -> None:
        """Work out which entries match, from what is known of the words so far."""
        anywhere = [where[REGISTER].docs | where[TITLE].docs | where[PAGES].docs for where in self.words]
        untitled = [where[REGISTER].docs | where[PAGES].docs for where in self.words]
        in_pages = NO_DOCS.union(*(where[PAGES].docs for where in self.words))
        self.readable = _in_all(self.rights.readable, anywhere)
        self.findable = _in_all(self.rights.findable, untitled) & in_pages
        self.known = _in_all(self.rights.known, [where[REGISTER].docs for where in self.words])


def _in_all(start: Docs, sets: Iterable[Docs]) -> Docs:
    return reduce(frozenset.intersection, sorted(sets, key=len), start)


def _match_leaf(leaf: Leaf, query: Query, parsed: ParsedQuery) -> _LeafMatches:
    rights = _rights(leaf, query)
    words = [{name: _word_in_field(leaf, name, word) for name in _BOOSTS} for word in parsed.words]
    matches = _LeafMatches(leaf, rights, words, [])
    matches.choose()
    matches.visible_with_word = [_visible_with_word(rights, where) for where in words]
    if any(found.unchecked for where in words for found in where.values()):
        possible = matches.readable | matches.findable | matches.known
        for where in words:
            for name, found in where.items():
                found.check(leaf, name, possible)
        matches.choose()
    return matches


def _visible_with_word(rights: _Rights, where: dict[str, _WordInField]) -> int:
    """How many entries the person may see hold the word: hidden ones must not even weigh in the ranking."""
    register, title, pages = where[REGISTER].docs, where[TITLE].docs, where[PAGES].docs
    return (
        len(rights.readable & (register | title | pages))
        + len(rights.findable & (register | pages))
        + len(rights.known & register)
    )


def find(snapshot: Snapshot, query: Query, parsed: ParsedQuery) -> list[Found]:
    """All matches, best first (or newest first); of equals the dossiers first, then in order of ids."""
    if not parsed.words:
        return []
    leaves = [_match_leaf(leaf, query, parsed) for leaf in snapshot.leaves]
    visible = sum(len(matches.rights.visible) for matches in leaves)
    weights = [
        _rarity(visible, sum(matches.visible_with_word[number] for matches in leaves))
        for number in range(len(parsed.words))
    ]
    found: list[Found] = []
    for matches in leaves:
        score = _scorer(matches, weights)
        for docs, names, readable in (
            (matches.readable, (REGISTER, TITLE, PAGES), True),
            (matches.findable, (REGISTER, PAGES), False),
            (matches.known, (REGISTER,), False),
        ):
            for number in docs:
                id_, type_, group, day, _ = matches.leaf.facts(number)
                match = Match(id_, type_, group, readable, score(number, names), day)
                found.append((match, matches.leaf, number))
    if query.order == "newest":
        found.sort(key=lambda each: (-each[0].date.toordinal() if each[0].date else 0, -each[0].score, each[0].id))
    else:
        found.sort(key=lambda each: (-each[0].score, each[0].type != DOSSIER, each[0].id))
    return found


def _rarity(visible: int, having: int) -> float:
    return math.log(1.0 + (visible - having + 0.5) / (having + 0.5))


def _scorer(matches: _LeafMatches, weights: list[float]) -> Callable[[int, tuple[str, ...]], float]:
    leaf = matches.leaf
    words = [
        (weight, {name: found.frequencies for name, found in where.items()})
        for weight, where in zip(weights, matches.words, strict=True)
    ]

    def score(number: int, names: tuple[str, ...]) -> float:
        """`names`: the fields the person may have matched; others must not show in the order of hits."""
        page_length = 0.0
        total = 0.0
        for weight, frequencies in words:
            strength = 0.0
            for name in names:
                frequency = frequencies[name].get(number, 0.0)
                if not frequency:
                    continue
                if name == PAGES:
                    page_length = page_length or max(_SHORTEST, leaf.length(PAGES, number) / _USUAL_LENGTH)
                    frequency /= 1.0 - _LENGTH_WEIGHT + _LENGTH_WEIGHT * page_length
                strength += _BOOSTS[name] * frequency
            total += weight * strength * (_SATURATION + 1.0) / (strength + _SATURATION)
        return total

    return score
