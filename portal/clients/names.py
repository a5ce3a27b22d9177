"""Company names folded for comparison: the same company, written by two people, gives the same key."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from functools import lru_cache

from opencc import OpenCC

NEAR = 0.85
"""From this ratio on (difflib), two keys are taken for the same company."""

_HAN_FORMS = re.compile("股份有限公司|有限责任公司|有限公司|集团公司|股份公司|控股|集团|公司|股份")
_FORMS = frozenset(
    {
        *("ab", "ag", "as", "asa", "bv", "co", "company", "corp", "corporation", "cv", "gmbh", "inc", "incorporated"),
        *("kg", "kk", "limited", "limitada", "llc", "llp", "lp", "ltd", "ltda", "nv", "oy", "oyj", "plc", "pte", "pty"),
        *("pvt", "rl", "sa", "sab", "sapi", "sarl", "sas", "sau", "sc", "scs", "se", "sl", "slu", "spa", "srl", "sro"),
    }
)
_JOINING = frozenset({"de", "and", "y", "e", "und", "et"})
_DOTS = re.compile(r"[.'’`´·]")
_OTHER_SIGNS = re.compile(r"[\W_]+")


def name_key(name: str) -> str:
    """`name` without case, accents, script variants, punctuation and company forms (Ltd, S.L., 有限公司).

    At most 200 characters; a name that is nothing but a company form keeps it.
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    folded = "".join(c for c in unicodedata.normalize("NFD", folded) if not unicodedata.combining(c))
    folded = unicodedata.normalize("NFC", _simplified().convert(folded))
    words = _OTHER_SIGNS.sub(" ", _DOTS.sub("", folded)).split()
    kept = [word for word in (_HAN_FORMS.sub("", word) for word in _without_forms(words)) if word]
    return " ".join(kept or words)[:200]


def near(one: str, other: str) -> bool:
    """Whether two keys are the same or differ only a little."""
    if one == other:
        return bool(one)
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.real_quick_ratio() >= NEAR and matcher.quick_ratio() >= NEAR and matcher.ratio() >= NEAR


def _without_forms(words: list[str]) -> list[str]:
    """Company forms stand at the end, several of them at times (S.A. de C.V., Co., Ltd.)."""
    end = len(words)
    while end > 1 and (words[end - 1] in _FORMS or _joins_forms(words, end)):
        end -= 1
    return words[:end]


def _joins_forms(words: list[str], end: int) -> bool:
    """Whether the word before `end` joins two company forms (the "de" of S.A. de C.V.)."""
    return 2 < end < len(words) and words[end - 1] in _JOINING and words[end - 2] in _FORMS


@lru_cache(maxsize=1)
def _simplified() -> OpenCC:
    return OpenCC("t2s")
