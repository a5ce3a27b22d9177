"""Where the words of a query stand in a text, without cutting the whole text into terms.

No term, and nothing that decides about one, reaches over certain places of a text: the end of a sentence, most ends
of lines. So the text is cut only around the letters by which a word gives itself away, from the last such place on.
"""

import re
from collections.abc import Iterator
from collections.abc import Sequence as SequenceOf
from functools import cached_property, lru_cache
from typing import NamedTuple

from search_index.analysis.folding import HAN, fold, is_han
from search_index.analysis.sought import Element, Sequence, Word
from search_index.analysis.words import Kind, TokenFields, cut, stems

_LETTER = rf"[^\W_{HAN}]"
_RUN = re.compile(rf"{_LETTER}+")
_NO_LETTERS = r"[\W_]*"
_HYPHENS = "-\u2010-\u2015\u2212"
_BREAK = re.compile(
    rf"[^{_HYPHENS}\w\s{HAN}./@&+'\u2019,()]|,(?!\d)|(?<!\d),|\((?!\d)|(?<!\d)\)|\.(?=[\s{HAN}])"
    rf"|(?<=[^{_HYPHENS}\s{HAN}])\n|\n[ \t\r]*\n"
)
"""Where a text may be parted without changing a term: not inside of compounds, numbers of several groups, words
broken at the end of a line, and Han runs."""
_NEAR = 100
"""Characters before a place in which a break is looked for first."""
_LAST_LETTERS_OF_STEMS = "ielty"
"""A stem differs from the beginning of its word in the last letter at most, and then has one of these there: compani,
hope (hoping), possibl (possibility), ausent (ausencia), sky (skies). Only of short ones (dying, die) in two."""


class Span(NamedTuple):
    """Offsets of the original text that the word with this number matches."""

    start: int
    end: int
    word: int


class Look:
    """One text, looked at for some words."""

    def __init__(self, text: str, words: tuple[Word, ...]) -> None:
        self._folded = fold(text)
        self._words = words
        self._shown: dict[Element, bool] = {}

    def possible(self) -> int:
        """How many of the words may match, as far as their letters tell; never fewer than do, but for words with
        letters that differ of which only a part stands before a hyphen."""
        return sum(
            1
            for word in self._words
            if any(all(self._may_stand(element) for element in sequence) for sequence in word.sequences)
        )

    def _may_stand(self, element: Element) -> bool:
        return self._has_similar(element) if element.distance else self._is_shown(element)

    def _has_similar(self, element: Element) -> bool:
        letters = {term[0] for term in element.terms}
        return any(_is_similar(element, run) for letter in letters for run in self._runs.get(letter, ()))

    @cached_property
    def _runs(self) -> dict[str, set[str]]:
        """The runs of letters in the text, by their first letter: gathered once, however many words are looked for."""
        runs: dict[str, set[str]] = {}
        for run in _RUN.findall(self._folded.text):
            runs.setdefault(run[0], set()).add(run)
        return runs

    def _is_shown(self, element: Element) -> bool:
        shown = self._shown.get(element)
        if shown is None:
            shown = self._shown[element] = _sign(element).search(self._folded.text) is not None
        return shown

    def spans(self) -> list[Span]:
        """Everything the words match; spans may overlap."""
        asked = [
            (number, sequence)
            for number, word in enumerate(self._words)
            for sequence in word.sequences
            if all(self._is_shown(element) for element in sequence)
        ]
        if not asked:
            return []
        text = self._folded.text
        starts = {match.start() for _, sequence in asked for match in _sign(sequence[0]).finditer(text)}
        reach = max(sequence[-1].offset for _, sequence in asked)
        places = _Places(_cut_around(text, sorted(starts), reach))
        return [
            Span(*self._folded.span(start, end), number)
            for number, sequence in asked
            for start, end in places.spans(sequence)
        ]


class _Places:
    """Terms by where they stand."""

    def __init__(self, terms: Iterator[TokenFields]) -> None:
        self._places: dict[str, list[TokenFields]] = {}
        for token in terms:
            self._places.setdefault(token[0], []).append(token)

    def _of(self, element: Element) -> dict[int, tuple[int, int]]:
        """Position → span, for every place where the element stands."""
        if element.stands_for_many:
            only_first = element.is_han_character
            return {
                position: (start, start + 1 if only_first and kind is Kind.HAN else end)
                for term, places in self._places.items()
                if element.accepts(term)
                for _, position, start, end, kind in places
            }
        return {
            position: (start, end)
            for term in element.terms
            for _, position, start, end, _ in self._places.get(term, ())
        }

    def spans(self, sequence: Sequence) -> list[tuple[int, int]]:
        """Where the whole sequence stands."""
        if len(sequence) == 1:
            return list(self._of(sequence[0]).values())
        places = [(element.offset, self._of(element)) for element in sequence]
        found: list[tuple[int, int]] = []
        for position, (start, _) in places[0][1].items():
            stands = [place.get(position + offset) for offset, place in places]
            ends = [span[1] for span in stands if span is not None]
            if len(ends) == len(stands):
                found.append((start, max(ends)))
        return found


def _cut_around(text: str, starts: SequenceOf[int], reach: int) -> Iterator[TokenFields]:
    """The terms of a folded text around some offsets (in order) and up to `reach` positions behind them. Positions
    tell how terms stand to each other; between what is not beside each other they leap."""
    following = 0
    position = -1
    while following < len(starts):
        begin = next_begin = _begin(text, starts[following])
        last_wanted = position
        for term, at, start, end, kind in cut(text[begin:], position + reach + 2):
            start += begin
            if following < len(starts) and starts[following] < start:
                while following < len(starts) and starts[following] < start:
                    following += 1
                last_wanted = position + reach
                # Whether the text can be parted between here and there is all that counts: farther back nobody looks.
                next_begin = _begin(text, starts[following], start) if following < len(starts) else len(text)
            if at > last_wanted and next_begin > start:
                break
            position = at
            yield term, at, start, end + begin, kind
        else:
            return


def _begin(text: str, start: int, floor: int = 0) -> int:
    """Where the part of the text begins that `start` is in; `floor` where it begins before that."""
    far = _NEAR
    while True:
        low = max(floor, start - far)
        ends = [match.end() for match in _BREAK.finditer(text, low, start + 1) if match.end() <= start]
        if ends or low <= floor:
            return ends[-1] if ends else floor
        far *= 4


@lru_cache(maxsize=1_000)
def _sign(element: Element) -> re.Pattern[str]:
    """Finds every place where a term that the element stands for may begin or be inside of."""
    if element.distance:
        return re.compile(rf"(?<!{_LETTER})[{''.join(re.escape(term[0]) for term in element.terms)}]")
    traces = sorted({_trace(term, element) for term in element.terms})
    shortest = [trace for trace in traces if not any(trace != other and trace.startswith(other) for other in traces)]
    return re.compile("|".join(f"{re.escape(trace[0])}{_ahead(trace[1:])}" for trace in shortest))


def _ahead(letters: str) -> str:
    """That these letters come next, whatever stands between them that is none. Looked ahead at only, so that places
    that overlap are all found."""
    return f"(?={''.join(_NO_LETTERS + re.escape(letter) for letter in letters)})" if letters else ""


def _trace(term: str, element: Element) -> str:
    """The letters of a term that stand in every text it is found in: a stem may differ from its word in the last ones
    (company, compani)."""
    if not term.isalpha() or is_han(term[0]):
        return term
    if len(term) == len("die") and term.endswith("ie"):
        return term[0]
    return term[:-1] if len(term) > 1 and term[-1] in _LAST_LETTERS_OF_STEMS else term


@lru_cache(maxsize=10_000)
def _is_similar(element: Element, word: str) -> bool:
    return any(element.accepts(stem) for stem in stems(word))
