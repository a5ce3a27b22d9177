"""The words of a question marked in a text."""

from __future__ import annotations

from collections.abc import Sequence

from search_index.analysis import Word, matches


def marked(text: str, words: Sequence[Word]) -> list[tuple[str, bool]]:
    """The text as (piece, is it a match) in order; all of it one piece when nothing matches."""
    parts: list[tuple[str, bool]] = []
    end = 0
    for match in matches(text, words) if words else ():
        parts += [(text[end : match.start], False), (text[match.start : match.end], True)]
        end = match.end
    parts.append((text[end:], False))
    return [part for part in parts if part[0]]
