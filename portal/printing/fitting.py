"""Text that fits a rectangle: it shrinks as far as it stays legible, then wraps, then ends with an ellipsis."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reportlab.pdfbase.pdfmetrics import stringWidth

from portal.core.fonts import printable

LEADING = 1.3
"""Height of a line, as a multiple of the size of its letters (Chinese ones fill more than Latin ones)."""
_ELLIPSIS = "…"
_STEPS = 12
# A line may end after blanks, after a dash or a stroke, and beside any Chinese character, except in front of
# what closes a phrase or a bracket.
_HAN = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_CLOSING = "，。、；：！？）》」』】〉”’"
_PIECES = re.compile(rf"[{_HAN}][{_CLOSING}]*|[^\s{_HAN}/-]*(?:\s+|[/-]|$|(?=[{_HAN}]))|\s+")


@dataclass(frozen=True)
class TextLine:
    """A text to be set: its font, its largest and smallest size in points, and how many lines it may take.

    `one_line`: it rather shrinks alone than takes a second line.
    """

    text: str
    font: str
    largest: float
    smallest: float = 6.0
    most_lines: int = 1
    grey: bool = False
    one_line: bool = False


@dataclass(frozen=True)
class SetLine:
    """One line as it is drawn."""

    text: str
    font: str
    size: float
    grey: bool

    @property
    def height(self) -> float:
        """What it takes, in points."""
        return self.size * LEADING


def fit(texts: Sequence[TextLine], width: float, height: float) -> list[SetLine]:
    """Set `texts` below each other within width and height (points).

    All shrink together from their largest towards their smallest size until each has lines enough; what is too long
    even then ends with an ellipsis; what is then too high is left out from the end.
    """
    wanted = [replace(text, text=printable(" ".join(text.text.split()))) for text in texts if text.text.strip()]
    for step in range(_STEPS + 1):
        parts = [_whole(text, width, 1 - step / _STEPS) for text in wanted]
        lines = [line for part in parts for line in part]
        if all(parts) and _height(lines) <= height:
            return lines
    lines = [line for text in wanted for line in _shortened(text, width)]
    while _height(lines) > height and any(text.most_lines > 1 for text in wanted):
        wanted = [replace(text, most_lines=max(1, text.most_lines - 1)) for text in wanted]
        lines = [line for text in wanted for line in _shortened(text, width)]
    while _height(lines) > height:
        lines.pop()
    return lines


def _height(lines: Sequence[SetLine]) -> float:
    return sum(line.height for line in lines)


def _whole(text: TextLine, width: float, share: float) -> list[SetLine]:
    """All of `text` at its size for `share` (1: largest, 0: smallest); empty where it has too few lines for it."""
    size = text.smallest + (text.largest - text.smallest) * share
    if text.one_line:
        for step in range(_STEPS + 1):
            smaller = size - (size - text.smallest) * step / _STEPS
            if len(lines := wrap(text.text, text.font, smaller, width)) == 1:
                return [SetLine(lines[0], text.font, smaller, text.grey)]
    lines = wrap(text.text, text.font, size, width)
    return [SetLine(line, text.font, size, text.grey) for line in lines] if len(lines) <= text.most_lines else []


def _shortened(text: TextLine, width: float) -> list[SetLine]:
    """As much of `text` as its lines hold at its smallest size."""
    lines = wrap(text.text, text.font, text.smallest, width)
    if len(lines) > text.most_lines:
        *lines, last = lines[: text.most_lines]
        while last and stringWidth(last.rstrip() + _ELLIPSIS, text.font, text.smallest) > width:
            last = last[:-1]
        lines.append(last.rstrip() + _ELLIPSIS)
    return [SetLine(line, text.font, text.smallest, text.grey) for line in lines]


def wrap(text: str, font: str, size: float, width: float) -> list[str]:
    """`text` in lines no wider than `width`; a word that is wider is broken."""
    lines, line = [], ""
    for piece in _PIECES.findall(text):
        if not piece:
            continue
        if stringWidth((line + piece).rstrip(), font, size) <= width:
            line += piece
            continue
        if line.strip():
            lines.append(line.rstrip())
        line = ""
        for sign in piece:
            if line and stringWidth((line + sign).rstrip(), font, size) > width:
                lines.append(line.rstrip())
                line = ""
            line += sign
    if line.strip():
        lines.append(line.rstrip())
    return lines
