"""What is looked for in a text: words, each as one or more sequences of terms."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from rapidfuzz.distance import Levenshtein

from search_index.analysis.folding import Folded, fold, is_han
from search_index.analysis.names import typed_name
from search_index.analysis.words import (
    MAX_TERM_LENGTH,
    PIECES,
    Kind,
    Token,
    iterate_tokens,
    split_compound,
    whole_of,
)

MAX_SEQUENCE = 64
"""Places of a phrase that are compared; of a longer one the rest is not."""
SHORTEST_PREFIX = 2
"""Letters before a star; with one, half a dictionary would have to be read."""
SHORTEST_SIMILAR = 3
LONG_WORD = 6
"""Letters from which two of them may differ."""


@dataclass(frozen=True, slots=True)
class Element:
    """One place of a sequence: any of the terms will do. `prefix`: the term only begins the indexed one.
    `distance`: the indexed term may differ in so many letters, but not in the first."""

    terms: tuple[str, ...]
    offset: int
    prefix: bool = False
    distance: int = 0

    def accepts(self, term: str) -> bool:
        """Whether an indexed term will do. Engines ask this of the terms of their dictionary that begin with the
        element's first letter."""
        if self.prefix:
            return term.startswith(self.terms[0])
        if self.distance:
            return any(
                term[:1] == wanted[:1]
                and Levenshtein.distance(term, wanted, score_cutoff=self.distance) <= self.distance
                for wanted in self.terms
            )
        return term in self.terms

    @property
    def is_han_character(self) -> bool:
        """Whether it asks for one Han character on its own: a prefix of the pairs and of the single characters. An
        engine may know the characters of a text in a quicker way."""
        return self.prefix and len(self.terms[0]) == 1 and is_han(self.terms[0])

    @property
    def stands_for_many(self) -> bool:
        """Whether the terms it stands for must be looked up in the dictionary of the index."""
        return self.prefix or self.distance > 0


Sequence = tuple[Element, ...]
"""Elements at fixed distances (`offset`) from the first, which stands at 0."""


@dataclass(frozen=True, slots=True)
class Word:
    """Something that must occur: one of the sequences, or (in names) a spelling beginning with `name`.

    `text`: as it was typed, with its * or ~; two words that ask for the same are equal.
    """

    text: str = field(compare=False)
    sequences: tuple[Sequence, ...]
    name: str | None = None


class Reach(StrEnum):
    """How far a word reaches: the sign that is written behind it."""

    EXACT = ""
    BEGINNING = "*"
    SIMILAR = "~"


def phrase_of(text: str, reach: Reach = Reach.EXACT) -> Word | None:
    """The text as one word: its terms beside each other in this order. None where there is no term in it.

    With `Reach.BEGINNING` its last word need only begin what stands there.
    """
    folded = fold(text)
    found = list(iterate_tokens(folded))
    if not found:
        return None
    sequences = _sequences(found)
    if reach is Reach.BEGINNING:
        sequences = _either(_beginning(folded.text, found), sequences)
    return Word(" ".join(text.split()), sequences)


def words_of(text: str, reach: Reach = Reach.EXACT) -> Iterable[Word]:
    """The words of a text, each on its own; `reach` is that of the last."""
    for chunk in text.split():
        folded = fold(chunk)
        pieces = list(PIECES.finditer(folded.text))
        for piece in pieces:
            start, end = folded.span(piece.start(), piece.end())
            own = reach if piece is pieces[-1] else Reach.EXACT
            yield _word(chunk[start:end], piece.group(), own)


def _word(text: str, folded: str, reach: Reach) -> Word:
    found = list(iterate_tokens(Folded(folded, folded, ())))
    sequences = _sequences(found)
    if reach is Reach.BEGINNING:
        more = _beginning(folded, found)
    elif reach is Reach.SIMILAR:
        more = _similar(folded, found)
    else:
        more = ()
    return Word(text + reach if more else text, _either(more, sequences), typed_name(folded))


def _sequences(found: list[Token]) -> tuple[Sequence, ...]:
    """The terms one after the other, and the whole without separators where people also write it so."""
    whole = _whole(found)
    return (_sequence(found), (Element(whole, 0),)) if whole else (_sequence(found),)


def _whole(found: list[Token]) -> tuple[str, ...]:
    end = max(token.end for token in found)
    return tuple(token.text for token in found if token.kind is Kind.WHOLE and token.position == 0 and token.end == end)


def _beginning(folded: str, found: list[Token]) -> tuple[Sequence, ...]:
    """Sequences whose last term begins with what was typed, whatever its stem. Han text needs none: any part of it
    is found."""
    pieces = list(PIECES.finditer(folded))
    if pieces[-1].lastgroup == "han":
        return ()
    parts = [part for part, _ in split_compound(pieces[-1].group())]
    sequences: list[Sequence] = []
    if len(parts[-1]) >= SHORTEST_PREFIX:
        *before, last = _sequence(found)
        sequences.append((*before, Element((parts[-1][:MAX_TERM_LENGTH],), last.offset, prefix=True)))
    whole = whole_of(pieces[-1].group(), parts) if len(pieces) == 1 else None
    if whole is not None:
        sequences.append((Element((whole,), 0, prefix=True),))
    return tuple(sequences)


def _either(wider: tuple[Sequence, ...], plain: tuple[Sequence, ...]) -> tuple[Sequence, ...]:
    """All sequences but those plain ones that the wider ones find anyway."""
    return wider + tuple(sequence for sequence in plain if not _is_covered(sequence, wider))


def _is_covered(sequence: Sequence, wider: tuple[Sequence, ...]) -> bool:
    *before, last = sequence
    alike = [other[-1] for other in wider if list(other[:-1]) == before and other[-1].offset == last.offset]
    return all(any(other.accepts(term) for other in alike) for term in last.terms)


def _similar(folded: str, found: list[Token]) -> tuple[Sequence, ...]:
    """Sequences for which a few letters may differ; none for numbers and Han text."""
    if len(_sequence(found)) > 1:
        return ()
    wanted = dict.fromkeys((folded[:MAX_TERM_LENGTH], *(token.text for token in found)))
    return tuple((Element((term,), 0, distance=distance),) for term in wanted if (distance := distance_of(term)))


def distance_of(word: str) -> int:
    """How many letters may differ in what is similar to a folded word: none in numbers, Han text and the shortest
    words, 1 up to five letters, 2 from six."""
    if not word.isalpha() or any(map(is_han, word)) or len(word) < SHORTEST_SIMILAR:
        return 0
    return 1 if len(word) < LONG_WORD else 2


def _sequence(found: Iterable[Token]) -> Sequence:
    """The elements that say where the terms stand. Of a Han run every second pair is enough, and the last."""
    by_position: dict[int, list[Token]] = {}
    for token in found:
        if token.kind is not Kind.WHOLE:
            by_position.setdefault(token.position, []).append(token)
    elements: list[Element] = []
    covered_until = -1
    positions = sorted(by_position)[:MAX_SEQUENCE]
    for position in positions:
        token = by_position[position][0]
        following = by_position.get(position + 1, [token])[0]
        if token.kind is Kind.HAN:
            if position < covered_until and following.kind is Kind.HAN:
                continue
            elements.append(Element((token.text,), position))
            covered_until = position + 2
        elif token.kind is Kind.HAN_LAST:
            if position >= covered_until:
                elements.append(Element((token.text,), position, prefix=True))
        else:
            elements.append(Element(tuple(token.text for token in by_position[position]), position))
    first = elements[0].offset if elements else 0
    return tuple(Element(element.terms, element.offset - first, element.prefix) for element in elements)
