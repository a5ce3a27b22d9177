"""The chart of loans: one ReportLab drawing, placed in the PDF as it is and on the page as SVG."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any
from xml.dom.minidom import Element

from babel.dates import format_skeleton
from reportlab.graphics import renderSVG
from reportlab.graphics.shapes import Drawing, Line, Rect, String
from reportlab.lib.colors import Color, HexColor, white

from portal.core.messages import N_
from portal.reports.figures import (
    LOCALES,
    Interval,
    LoansOfInterval,
    StatisticsReport,
    Translate,
    loans_by_interval,
    number_text,
)

INK = HexColor("#1c1c1a")
ACCENT = HexColor("#1f5a41")
QUIET = HexColor("#5c5c57")
HAIRLINE = HexColor("#cfcfc8")

# The generic name comes last; the browser takes the first one it has that holds the character.
BROWSER_FONTS = "system-ui, Noto Sans SC, Source Han Sans SC, PingFang SC, Microsoft YaHei, sans-serif"

_LEFT, _BOTTOM, _TOP = 34, 22, 26
_MOST_VALUES = 14
"""Up to this many groups each bar carries its number; beyond, the numbers would touch."""


@dataclass(frozen=True)
class LoansChart:
    """What the chart says, in words and numbers of one language."""

    title: str
    issued: str
    returned: str
    summary: str
    """The chart in one sentence, for those who cannot see it."""
    groups: tuple[LoansOfInterval, ...]
    labels: tuple[str, ...]
    """One below each group."""
    language: str

    @property
    def texts(self) -> tuple[str, ...]:
        """Every word that the drawing holds; its numbers are digits and separators."""
        return (self.title, self.issued, self.returned, *self.labels)


def loans_chart(report: StatisticsReport, *, language: str, translate: Translate) -> LoansChart:
    """The words and numbers of the report's chart."""
    interval, groups = loans_by_interval(report)
    titles = {
        "day": N_("Volumes issued and returned per day"),
        "week": N_("Volumes issued and returned per week (from Monday)"),
        "month": N_("Volumes issued and returned per month"),
        "year": N_("Volumes issued and returned per year"),
    }
    title = translate(titles[interval])
    return LoansChart(
        title=title,
        issued=translate(N_("Issued")),
        returned=translate(N_("Returned")),
        summary=translate(N_("%(title)s: %(issued)s issued, %(returned)s returned in all."))
        % {
            "title": title,
            "issued": number_text(sum(group.issued for group in groups), language),
            "returned": number_text(sum(group.returned for group in groups), language),
        },
        groups=groups,
        labels=tuple(_group_label(group.starts_on, interval, language) for group in groups),
        language=language,
    )


def draw_loans_chart(chart: LoansChart, *, font: str, width: float = 510, height: float = 170) -> Drawing:
    """Draw the chart, `width` × `height` points: solid bars for issued, outlined ones for returned, so that
    it prints in black and white. `font` is a font that the renderer knows."""
    drawing = Drawing(width, height, initialFontName=font)
    plot_width, plot_height = width - _LEFT, height - _BOTTOM - _TOP
    steps = _axis_steps(max((max(group.issued, group.returned) for group in chart.groups), default=0))
    scale = plot_height / steps[-1]
    words = _Words(drawing, font)
    _draw_legend(drawing, words, chart, height)
    for value in steps:
        y = round(_BOTTOM + value * scale)
        drawing.add(_line(_LEFT, y, width, y, HAIRLINE if value else INK))
        words.add(number_text(value, chart.language), _LEFT - 5, y - 3, "end")

    room = plot_width / max(1, len(chart.groups))
    bar = min(16.0, room * 0.36)
    label_every = _label_step(chart.labels, room)
    for index, (group, label) in enumerate(zip(chart.groups, chart.labels, strict=True)):
        middle = _LEFT + room * (index + 0.5)
        for left, value, is_issued in ((middle - bar, group.issued, True), (middle, group.returned, False)):
            if value:
                drawing.add(_bar(left, _BOTTOM, bar, value * scale, is_issued=is_issued))
                if len(chart.groups) <= _MOST_VALUES:
                    top = round(_BOTTOM + value * scale) + 3
                    words.add(number_text(value, chart.language), left + bar / 2, top, "middle")
        if index % label_every == 0:
            words.add(label, middle, 8, "middle")
    return drawing


def loans_chart_svg(chart: LoansChart, *, width: float = 720, height: float = 220) -> str:
    """The chart as an `<svg>` element to put into a page.

    It scales with its container. Colours and fonts are presentation attributes, not inline styles: a strict
    content security policy lets them through, and the page's style sheet may override them by the classes
    `chart-text`, `chart-line`, `chart-issued` and `chart-returned`.
    """
    drawing = draw_loans_chart(chart, font=BROWSER_FONTS, width=width, height=height)
    canvas = _PageCanvas((width, height), fontSizer="", svgAttrs={"role": "img", "class": "chart"})
    renderSVG.draw(drawing, canvas, 0, 0)
    svg: Element = canvas.svg
    _name(svg, chart)
    _without_inline_styles(svg)
    for surplus in ("width", "height", "xmlns:xlink", "version"):
        svg.removeAttribute(surplus)
    return svg.toxml()


class _PageCanvas(renderSVG.SVGCanvas):  # type: ignore[misc]  # ReportLab is not typed
    """Leaves the alignment of text to the browser, which alone knows how wide its font is."""

    def drawString(  # noqa: N802 - the names are ReportLab's
        self, s: str, x: float, y: float, angle: float = 0, *, text_anchor: str = "start", **more: Any
    ) -> None:
        """Draw text that begins, is centred or ends at `x`, as `text_anchor` says."""
        more["text-anchor"] = text_anchor
        super().drawString(s, x, y, angle, **more)

    def line(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """Draw a line with a class, which ReportLab gives to other shapes only."""
        super().line(x1, y1, x2, y2)
        self.currGroup.lastChild.setAttribute("class", "chart-line")


class _Words:
    """Puts text into a drawing, all in one font and size."""

    def __init__(self, drawing: Drawing, font: str, size: float = 8) -> None:
        self._drawing, self._font, self._size = drawing, font, size

    def add(self, text: str, x: float, y: float, anchor: str = "start") -> None:
        word = String(x, y, text, fontName=self._font, fontSize=self._size, fillColor=INK, textAnchor=anchor)
        word._svgAttrs = {"class": "chart-text"}
        self._drawing.add(word)


def _draw_legend(drawing: Drawing, words: _Words, chart: LoansChart, height: float) -> None:
    """Say above the bars which kind is which."""
    y = round(height - 12)
    drawing.add(_bar(_LEFT, y, 8, 8, is_issued=True))
    words.add(chart.issued, _LEFT + 13, y + 1)
    second = _LEFT + 13 + _estimated_width(chart.issued) + 18
    drawing.add(_bar(second, y, 8, 8, is_issued=False))
    words.add(chart.returned, second + 13, y + 1)


def _bar(x: float, y: float, width: float, height: float, *, is_issued: bool) -> Rect:
    inset = 0.5
    bar = Rect(
        x + inset,
        y,
        width - 2 * inset,
        height,
        fillColor=ACCENT if is_issued else white,
        strokeColor=ACCENT if is_issued else INK,
        strokeWidth=0.8,
    )
    bar._svgAttrs = {"class": "chart-issued" if is_issued else "chart-returned"}
    return bar


def _line(x1: float, y1: float, x2: float, y2: float, color: Color) -> Line:
    return Line(x1, y1, x2, y2, strokeColor=color, strokeWidth=0.6)


def _axis_steps(highest: int) -> list[int]:
    """Whole, round values for the axis, from 0 to the first one not below `highest`: two to six of them."""
    powers_of_ten = (10**exponent for exponent in count())
    round_numbers = (factor * power for power in powers_of_ten for factor in (1, 2, 5))
    step = next(number for number in round_numbers if number * 5 >= highest)
    return list(range(0, max(highest, 1) + step, step))


def _estimated_width(text: str) -> float:
    """About how wide `text` is at 8 points in any font: the page's font is the reader's own."""
    return sum(8.0 if ord(character) > 0x2E7F else 4.5 for character in text)


def _label_step(labels: tuple[str, ...], room: float) -> int:
    """Every how manyth label can be written without touching the next."""
    widest = max(map(_estimated_width, labels), default=0) + 4
    return max(1, -int(-widest // room))


def _group_label(start: date, interval: Interval, language: str) -> str:
    locale = LOCALES[language]
    if interval == "year":
        return format_skeleton("y", start, locale=locale)
    if interval == "month":
        return format_skeleton("yMMM" if start.month == 1 else "MMM", start, locale=locale)
    return format_skeleton("MMMd", start, locale=locale)


def _name(svg: Element, chart: LoansChart) -> None:
    """Give the drawing its title and description, which ReportLab leaves as dots."""
    for tag, text in (("title", chart.title), ("desc", chart.summary)):
        svg.getElementsByTagName(tag)[0].firstChild.data = text  # type: ignore[union-attr]
    svg.setAttribute("aria-label", chart.summary)


def _without_inline_styles(element: Element) -> None:
    """Turn every `style` of the tree into presentation attributes; drop ids, which a page may hold too."""
    for child in [element, *element.getElementsByTagName("*")]:
        for declaration in filter(str.strip, child.getAttribute("style").split(";")):
            name, value = declaration.split(":", 1)
            child.setAttribute(name.strip(), value.strip())
        for surplus in ("style", "id", "clip-path"):
            if child.hasAttribute(surplus):
                child.removeAttribute(surplus)
    for clip in element.getElementsByTagName("clipPath"):
        clip.parentNode.removeChild(clip)  # type: ignore[union-attr]
