"""Chinese names as people type them on a Latin keyboard: hengda or hd for 恒达."""

import re
from functools import lru_cache

from pypinyin import lazy_pinyin

from search_index.analysis.folding import HAN, fold

_RUN = re.compile(rf"[{HAN}]+")
_TYPED = re.compile(r"[a-z]{2,40}")
MAX_NAME_LENGTH = 40
"""Characters of a run that are spelled out; names are shorter, and the spellings grow with its square."""


@lru_cache(maxsize=4096)
def spellings(text: str) -> frozenset[str]:
    """Every spelling whose beginning a person might type: for each character the pinyin from there to the end
    of the run, and the initials likewise."""
    found: set[str] = set()
    for match in _RUN.finditer(fold(text).text):
        syllables = lazy_pinyin(match.group()[:MAX_NAME_LENGTH], errors="ignore")
        for first in range(len(syllables)):
            rest = syllables[first:]
            found.add("".join(rest))
            found.add("".join(syllable[0] for syllable in rest))
    return frozenset(found)


def typed_name(word: str) -> str | None:
    """The folded word, if it can be the beginning of a spelling: two or more plain letters."""
    return word if _TYPED.fullmatch(word) else None
