"""The contents: sections and figures with their pages, each leading there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from reportlab.platypus import Flowable, FrameBreak

from portal.core.fonts import printable
from portal.reports.drawing.breaking import cut
from portal.reports.drawing.pen import ACCENT, INK, QUIET
from portal.reports.papers.setting import HEIGHT, Setter
from portal.reports.papers.text import width_of
from portal.reports.papers.words import Content

_INDENT = 9.0
_MOST_IN_ONE = 0.7
"""Up to this share of a page's height the contents stand in one column."""


def contents(content: Content, setter: Setter) -> Iterator[Flowable]:
    """A line for each heading, in the order of the pages, in two columns where one is not enough."""
    blocks = list(_blocks(content, setter))
    total = sum(map(_height, blocks))
    yield setter.heading(content.contents, "section", key="contents", level=0)
    used, is_left = 0.0, total > HEIGHT * _MOST_IN_ONE
    for block in blocks:
        if is_left and used + _height(block) / 2 > total / 2:
            yield FrameBreak()
            is_left = False
        used += _height(block)
        yield from block


def _blocks(content: Content, setter: Setter) -> Iterator[list[ContentsLine]]:
    """The lines of what is not divided between columns."""
    if content.key_figures:
        yield [ContentsLine(content.key_title, "key-figures", setter, is_section=True)]
    for section in content.sections:
        figures = [ContentsLine(one.title, f"figure-{one.key}", setter, is_section=False) for one in section.figures]
        yield [ContentsLine(section.title, section.key, setter, is_section=True), *figures]
    yield [ContentsLine(content.appendix_title, "appendix", setter, is_section=True)]


def _height(block: list[ContentsLine]) -> float:
    return sum(line.wrap(0, 0)[1] + line.getSpaceBefore() for line in block)


class ContentsLine(Flowable):  # type: ignore[misc]  # ReportLab is not typed
    """A heading's words, dots, and its page."""

    def __init__(self, text: str, key: str, setter: Setter, *, is_section: bool) -> None:
        super().__init__()
        self._text, self._key, self._setter, self._is_section = printable(text), key, setter, is_section
        self._font = setter.fonts.heading if is_section else setter.fonts.body
        self._size = 9.5 if is_section else 8.0

    def getSpaceBefore(self) -> float:  # noqa: N802 - the name is ReportLab's
        """Sections stand apart."""
        return 6.0 if self._is_section else 0.0

    def wrap(self, width: float, _: float) -> tuple[float, float]:
        """One line, whatever its text."""
        self.width, self.height = width, 13.0 if self._is_section else 11.0
        return self.width, self.height

    def draw(self) -> None:
        """Draw the line and make all of it a link."""
        canvas = self.canv
        left = 0.0 if self._is_section else _INDENT
        page = str(self._setter.places.get(self._key, ""))
        right = self.width - width_of("0000", self._font, self._size)
        text = cut(self._text, right - left - 6, partial(width_of, font=self._font, size=self._size))
        canvas.setFont(self._font, self._size)
        canvas.setFillColor(ACCENT if self._is_section else INK)
        canvas.drawString(left, 3, text)
        canvas.drawRightString(self.width, 3, page)
        begin = left + width_of(text, self._font, self._size) + 4
        end = self.width - width_of(page, self._font, self._size) - 4
        if end > begin:
            canvas.setStrokeColor(QUIET)
            canvas.setLineWidth(0.5)
            canvas.setDash(0.5, 2.5)
            canvas.line(begin, 3.5, end, 3.5)
            canvas.setDash()
        canvas.linkRect(self._text, self._key, (0, 0, self.width, self.height), relative=1, Border="[0 0 0]")
