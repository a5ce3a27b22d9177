"""Text without pages of its own (office files, mail) put into pages of a length that is easily read."""

from __future__ import annotations

from collections.abc import Iterable

PAGE_CHARACTERS = 3000
"""About what an A4 page of running text holds."""

_BREAKS = (" ", "。", "，", "、", "；", "！", "？", ",")


def in_pages(lines: Iterable[str], heading: str = "") -> list[str]:
    """Put paragraphs (`lines`) into pages of at most `PAGE_CHARACTERS`; `heading` leads each of them.

    Pages break between paragraphs. One that is longer than a page breaks after a word or mark. There is always
    a page, if an empty one.
    """
    pages: list[str] = []
    present: list[str] = []
    length = 0
    for line in lines:
        for piece in _pieces(line.rstrip()):
            if present and length + len(piece) > PAGE_CHARACTERS:
                pages.append("\n".join(present))
                present, length = [], 0
            if piece or present:
                present.append(piece)
                length += len(piece) + 1
    if present or not pages:
        pages.append("\n".join(present))
    return [f"{heading}\n\n{page}".strip() if heading else page.rstrip() for page in pages]


def _pieces(line: str) -> list[str]:
    pieces = []
    while len(line) > PAGE_CHARACTERS:
        window = line[PAGE_CHARACTERS // 2 : PAGE_CHARACTERS]
        last = max(window.rfind(mark) for mark in _BREAKS)
        cut = PAGE_CHARACTERS // 2 + last + 1 if last >= 0 else PAGE_CHARACTERS
        pieces.append(line[:cut].rstrip())
        line = line[cut:].lstrip()
    return [*pieces, line]
