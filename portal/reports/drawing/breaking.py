"""Where a text is broken into lines, in any language: at spaces and between Chinese characters, and inside a word only
where the word is wider than a line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import dropwhile

from portal.core.fonts import printable

Measure = Callable[[str], float]
"""How wide a text is on one line, in points."""

_WIDE = "\u2e80-\U0003ffff"
_MONTH = r"[^\W\d_]{3,5}\.?"
_DATE = re.compile(
    rf"(?:\d+年)?\d+月\d+日(?:周.)?|(?:[^\W\d_]{{2,4}}\.?, )?(?:{_MONTH} \d\d?, \d{{4}}|\d\d? {_MONTH} \d{{4}})(?!\d)"
)
"""A date as each of the languages writes it: "Mon, Nov 16, 2026", "lun, 16 nov 2026", "2026年11月16日周一"."""
_PIECES = re.compile(rf"[ \t]+|(?:{_DATE.pattern})[.,;:!?)\]–-]*|[{_WIDE}]|[^ \t{_WIDE}]+")
_NOT_FIRST = frozenset("，。、；：！？）》」』】〉…%”’")
"""What does not begin a line in Chinese."""
_NOT_LAST = frozenset("（《「『【〈“‘")
"""What does not end one."""
_IS_WIDE = re.compile(rf"[{_WIDE}]")


def broken_lines(text: str, width: float, measure: Measure) -> Iterator[str]:
    """The lines of `text`, none wider than `width`."""
    for paragraph in printable(text).splitlines() or [""]:
        yield from _broken(paragraph.replace("\t", " "), width, measure)


def _broken(text: str, width: float, measure: Measure) -> Iterator[str]:
    if len(text) < width and measure(text) <= width:  # No letter is narrower than a point: measuring takes time.
        yield text
        return
    line: list[str] = []
    used = 0.0
    for piece in _pieces(text, width, measure):
        needed = measure(piece)
        if used + needed > width and line and not piece.isspace():
            at = _end_of_line(line, piece)
            if measure("".join(line[at:])) + needed > width:
                at = len(line)
            yield "".join(line[:at]).rstrip()
            line = list(dropwhile(str.isspace, line[at:]))
            used = measure("".join(line))
        if line or not piece.isspace():
            line.append(piece)
            used += needed
    if any(not piece.isspace() for piece in line):
        yield "".join(line).rstrip()


def words_of(text: str) -> list[str]:
    """What of a text had better stay on one line: its words, and dates as a whole."""
    return [piece for piece in _PIECES.findall(text) if not piece.isspace()]


def _end_of_line(line: list[str], following: str) -> int:
    """How many pieces of a line stay on it when another one follows on the next line."""
    at = len(line)
    if following in _NOT_FIRST:
        while at > 0 and line[at - 1].isspace():
            at -= 1
        at -= 1
    while at > 0 and line[at - 1] in _NOT_LAST:
        at -= 1
    return at if at > 0 else len(line)


def _pieces(text: str, width: float, measure: Measure) -> Iterator[str]:
    """What is not divided: words, spaces, single Chinese characters, dates, and the parts of words wider than a
    line."""
    for match in _PIECES.finditer(text):
        piece = match[0]
        while len(piece) > 1 and measure(piece) > width:
            used, end = 0.0, 0
            for sign in piece:
                used += measure(sign)
                if used > width:
                    break
                end += 1
            yield piece[: max(1, end)]
            piece = piece[max(1, end) :]
        if piece:
            yield piece


def ended(text: str, width: float, measure: Measure) -> str:
    """`text` with an ellipsis, no wider than `width`: the dots of its last letter's language, on the line or halfway
    up."""
    end = len(text)
    while end:
        shown = text[:end].rstrip()
        dotted = shown + ("…" if shown and _IS_WIDE.match(shown[-1]) else "...")
        if measure(dotted) <= width:
            return dotted
        end -= 1
    return "..."


def cut(text: str, width: float, measure: Measure) -> str:
    """`text` on one line no wider than `width`, its end replaced by an ellipsis where it must be."""
    if measure(text) <= width:
        return text
    # A name of thousands of letters is not worth a step for each: no letter is narrower than a point.
    return ended(text[: int(width) + 1], width, measure)
