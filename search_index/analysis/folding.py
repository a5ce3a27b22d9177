"""Characters brought to one form, and the way back to the text they came from.

NFKC, case, accents, and traditional to simplified Chinese, each character on its own: so that what a person
types meets what a scanner read, and a match can still be marked in the text as it was written.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import opencc

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
"""The inside of a regular expression's character class for Han characters."""

_LATIN_GREEK_CYRILLIC_END = 0x0530
_EXTENDED_LATIN = range(0x1E00, 0x2000)


@cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def is_han(char: str) -> bool:
    """Whether the character is a Han ideograph, or the iteration or zero sign written among them."""
    return (
        "\u4e00" <= char <= "\u9fff"
        or "\u3400" <= char <= "\u4dbf"
        or "\U00020000" <= char <= "\U000323af"
        or "\uf900" <= char <= "\ufaff"
        or char in "\u3005\u3007"
    )


def _without_accents(text: str) -> str:
    """Strip accents where they are written on letters; a Korean syllable must not fall apart."""
    return "".join(
        "".join(part for part in unicodedata.normalize("NFD", char) if not unicodedata.combining(part))
        if ord(char) < _LATIN_GREEK_CYRILLIC_END or ord(char) in _EXTENDED_LATIN
        else char
        for char in text
    )


def _vanishes(char: str) -> bool:
    """Whether it is only a mark on its neighbour: an accent, a soft hyphen, a joiner, a glyph variant."""
    return (
        "\u0300" <= char <= "\u036f"
        or "\ufe00" <= char <= "\ufe0f"
        or "\U000e0100" <= char <= "\U000e01ef"
        or unicodedata.category(char) == "Cf"
    )


def _fold_character(char: str) -> str:
    if _vanishes(char):
        return ""
    plain = unicodedata.normalize("NFKC", char).casefold()
    if is_han(plain[:1]):
        return "".join(_simplifier().convert(part)[:1] for part in plain)
    return _without_accents(plain)


class _FoldTable(dict[int, str]):
    """A table for `str.translate` that fills itself; remembers the characters that change the length."""

    def __init__(self) -> None:
        super().__init__()
        self.resizing: set[str] = set()

    def __missing__(self, codepoint: int) -> str:
        char = chr(codepoint)
        folded = _fold_character(char)
        if len(folded) != 1:
            self.resizing.add(char)
        self[codepoint] = folded
        return folded


_TABLE = _FoldTable()


@dataclass(frozen=True, slots=True)
class Folded:
    """A text in its one form. `starts` is empty where every character kept its place."""

    text: str
    original: str
    starts: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` stands in the original: a pair of offsets, the end exclusive.

        Marks that vanished in folding (a combining accent) belong to the character before them.
        """
        if not self.starts:
            return start, end
        last = self.starts[end - 1]
        after = bisect_right(self.starts, last, lo=end - 1)
        following = self.starts[after] if after < len(self.starts) else len(self.original)
        stop = last + 1
        while stop < following and _vanishes(self.original[stop]):
            stop += 1
        return self.starts[start], stop


def fold_text(text: str) -> str:
    """Bring a text to its one form."""
    return text.translate(_TABLE)


def fold(text: str) -> Folded:
    """Bring a text to its one form, with offsets back into the original."""
    folded = fold_text(text)
    if _TABLE.resizing.isdisjoint(text):
        return Folded(folded, text, ())
    starts: list[int] = []
    for offset, char in enumerate(text):
        starts.extend([offset] * len(_TABLE[ord(char)]))
    return Folded(folded, text, starts)
