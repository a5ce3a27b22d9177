"""Names in one order for readers of three languages: Han by pinyin, accents and case aside."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from pypinyin import lazy_pinyin

_REMEMBERED = 20_000


@lru_cache(maxsize=_REMEMBERED)
def name_order(name: str) -> tuple[str, str]:
    """A key to sort names by: 恒达 stands as "heng da", Ángel as "angel". The name itself decides between equals."""
    spelled = unicodedata.normalize("NFD", " ".join(lazy_pinyin(name)).casefold())
    return "".join(sign for sign in spelled if not unicodedata.combining(sign)), name
