"""The words of a query marked in the text of a page."""

from __future__ import annotations

from search_index.analysis import matches, parse


def marked(text: str, query: str) -> list[tuple[str, bool]]:
    """The text as (piece, is it a match) in order; all of it one piece when nothing matches."""
    parts: list[tuple[str, bool]] = []
    end = 0
    for match in matches(text, parse(query)) if query.strip() else ():
        parts += [(text[end : match.start], False), (text[match.start : match.end], True)]
        end = match.end
    parts.append((text[end:], False))
    return [part for part in parts if part[0]]
