"""From text to the terms that are indexed and asked for, and back to the places where they stand.

Ours, and the same for every engine: what is found never depends on which engine a company runs.
"""

import hashlib
from functools import cache

from search_index.analysis.excerpts import Match, Passage, Snippet, best_page, best_passage, matches, snippet
from search_index.analysis.folding import fold, fold_text, is_han
from search_index.analysis.names import spellings
from search_index.analysis.sought import Element, Reach, Sequence, Word, distance_of, phrase_of, words_of
from search_index.analysis.words import Kind, Token, cut, iterate_tokens, spaced_number, tokens

ANALYSIS_VERSION = 2
"""To be raised with every change of what is indexed."""

_PROBE = (
    "The agreements of 3 companies, signed in co-operation; e-mail ana.perez@example.com, "
    "tel. +34 912 345-678 (021)5555 0142, a well-estab-\nlished firm. "
    "Devoluciones de la Compañía según el artículo 12º: entregas, pagos y direcciones. "
    "購銷合同 HT-2026-0042 號，恒达机械有限公司與後來的 合 同 书（ＡＢＣ１２３）㈱ 乾隆 重庆 长城 单氏 音乐 吕"
)


@cache
def analysis_hash() -> str:
    """A short digest of how this version analyses a text of all three languages.

    It changes with `ANALYSIS_VERSION`, and also when a new release of a library stems, spells or simplifies
    differently: an index made with another digest should be rebuilt.
    """
    seen = [
        str(ANALYSIS_VERSION),
        *(f"{token.text}@{token.position}" for token in tokens(_PROBE)),
        *sorted(spellings(_PROBE)),
    ]
    return hashlib.sha256("\n".join(seen).encode()).hexdigest()[:16]


__all__ = [
    "ANALYSIS_VERSION",
    "Element",
    "Kind",
    "Match",
    "Passage",
    "Reach",
    "Sequence",
    "Snippet",
    "Token",
    "Word",
    "analysis_hash",
    "best_page",
    "best_passage",
    "cut",
    "distance_of",
    "fold",
    "fold_text",
    "is_han",
    "iterate_tokens",
    "matches",
    "phrase_of",
    "snippet",
    "spaced_number",
    "spellings",
    "tokens",
    "words_of",
]
