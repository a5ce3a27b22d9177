"""Chinese names as people type them on a Latin keyboard: hengda or hd for 恒达."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from pypinyin import Style, lazy_pinyin, pinyin

from search_index.analysis.folding import HAN, fold_text

_RUN = re.compile(rf"[{HAN}]+")
_TYPED = re.compile(r"[a-z]{2,40}")
_WRITTEN_TOGETHER = re.compile(r"(?<=[a-z])['\u2019-](?=[a-z])")
_PLAIN = re.compile(r"[a-z]+")
MAX_NAME_LENGTH = 40
"""Characters of a run that are spelled out; names are shorter, and the spellings grow with its square."""
_MAX_READINGS = 4
"""Readings of one character; those that come after are of dictionaries, not of names."""
_MAX_WAYS = 16
"""Ways to read a name from one character on. Where there would be more, the characters farther on are read as they
usually are in their word: people type the beginning."""


@lru_cache(maxsize=4096)
def spellings(text: str) -> frozenset[str]:
    """Every spelling whose beginning a person might type: for each character the pinyin from there to the end
    of the run, and the initials likewise; with every reading of characters that have several (单: dan, shan)."""
    found: set[str] = set()
    for match in _RUN.finditer(fold_text(text)):
        syllables = _readings(match.group()[:MAX_NAME_LENGTH])
        initials = [tuple(dict.fromkeys(reading[0] for reading in readings)) for readings in syllables]
        for first in range(len(syllables)):
            found |= _ways(syllables[first:])
            found |= _ways(initials[first:])
    return frozenset(found)


def _readings(run: str) -> list[tuple[str, ...]]:
    """For each character its readings, the usual one in this word first."""
    found: list[tuple[str, ...]] = []
    for char, usual in zip(run, lazy_pinyin(run, errors=_each), strict=True):
        others = [reading for each in pinyin(char, Style.NORMAL, heteronym=True) for reading in each]
        readings = tuple(dict.fromkeys(_typeable([usual, *others])))
        if readings:
            found.append(readings[:_MAX_READINGS])
    return found


def _each(unknown: str) -> Any:
    """Characters without a reading, one by one (the library allows it, its types do not): every other reading stays
    with its character."""
    return list(unknown)


def _typeable(readings: Iterable[str]) -> Iterable[str]:
    """As typed in plain letters: the vowel of 吕 is written v on keyboards, and u by who cannot type it."""
    for reading in readings:
        if _PLAIN.fullmatch(reading):
            yield reading
            if "v" in reading:
                yield reading.replace("v", "u")


def _ways(choices: Sequence[tuple[str, ...]]) -> set[str]:
    ways = [""]
    for readings in choices:
        chosen = readings if len(ways) * len(readings) <= _MAX_WAYS else readings[:1]
        ways = [way + reading for way in ways for reading in chosen]
    return set(ways)


def typed_name(word: str) -> str | None:
    """The folded word, if it can be the beginning of a spelling: two or more plain letters, xi'an without its mark."""
    letters = _WRITTEN_TOGETHER.sub("", word)
    return letters if _TYPED.fullmatch(letters) else None
