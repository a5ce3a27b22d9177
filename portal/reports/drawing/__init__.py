"""Charts as ReportLab drawings: placed in the PDF as they are, on the page as SVG. No Flask, no database."""

from __future__ import annotations

from collections.abc import Iterator

from reportlab.graphics.shapes import Drawing

from portal.reports.drawing.bars import draw_bars
from portal.reports.drawing.crossed import draw_heat, draw_stacked
from portal.reports.drawing.lines import draw_lines
from portal.reports.drawing.svg import BROWSER_FONTS, as_svg
from portal.reports.drawing.words import Words, is_drawn, sentence, texts
from portal.reports.periods import Compared
from portal.reports.statistics.counted import Breakdown, Chart, Crossing, Unit
from portal.reports.statistics.wording import Translate

__all__ = ["drawing_of", "is_drawn", "sentence_of", "svg_of", "texts_of"]

SVG_WIDTH = 340.0
"""About as many as the pixels of the narrowest phone: what is written in a chart stays readable there."""
_LEAST_STEPS = 3
"""Of fewer, a line says nothing that bars do not say better."""


def drawing_of(
    part: Breakdown | Crossing,
    *,
    unit: Unit,
    periods: Compared,
    font: str,
    width: float,
    language: str,
    translate: Translate,
) -> Drawing | None:
    """The chart, `width` points wide; None where there is nothing to draw. `font` is one that ReportLab knows."""
    return _draw(part, Words(unit, periods, language, translate), font, width)


def svg_of(
    part: Breakdown | Crossing,
    *,
    unit: Unit,
    periods: Compared,
    language: str,
    translate: Translate,
    width: float = SVG_WIDTH,
) -> str:
    """The same as an `<svg>` element for a page, which needs no style sheet; "" where there is nothing to draw."""
    words = Words(unit, periods, language, translate)
    drawing = _draw(part, words, BROWSER_FONTS, width)
    return as_svg(drawing, translate(part.title), sentence(part, words)) if drawing else ""


def sentence_of(
    part: Breakdown | Crossing, *, unit: Unit, periods: Compared, language: str, translate: Translate
) -> str:
    """The chart in one sentence, for those who cannot see it."""
    return sentence(part, Words(unit, periods, language, translate))


def texts_of(
    part: Breakdown | Crossing, *, unit: Unit, periods: Compared, language: str, translate: Translate
) -> Iterator[str]:
    """Everything that the chart may write, for fonts that are cut to their text."""
    return texts(part, Words(unit, periods, language, translate))


def _draw(part: Breakdown | Crossing, words: Words, font: str, width: float) -> Drawing | None:
    if not is_drawn(part):
        return None
    if isinstance(part, Crossing):
        return (draw_heat if part.chart is Chart.HEAT else draw_stacked)(part, words, font, width)
    is_line = part.chart is Chart.LINES and len(part.groups) >= _LEAST_STEPS
    return (draw_lines if is_line else draw_bars)(part, words, font, width)
