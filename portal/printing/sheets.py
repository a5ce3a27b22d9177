"""Labels on A4 sheets, and the page that shows how the printer draws the paper in."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from portal.core.fonts import pdf_fonts, printable
from portal.core.messages import N_
from portal.printing.fitting import TextLine, fit
from portal.printing.formats import LabelFormat, Spot, spots
from portal.printing.labels import Label, draw_label
from portal.printing.paper import Translate, new_canvas

_TICK = 10
"""Millimetres between two ticks of the ruler."""


@dataclass(frozen=True)
class Placing:
    """Which labels of a sheet are still there, and how far the print is moved (millimetres, right and down)."""

    format: LabelFormat
    first: int = 1
    right: float = 0.0
    down: float = 0.0

    def spots(self, count: int) -> list[Spot]:
        """Where `count` labels go."""
        return list(spots(self.format, count, first=self.first, right=self.right, down=self.down))


def labels_pdf(labels: Sequence[Label], placing: Placing, *, title: str, language: str) -> bytes:
    """The labels, each at its place, as many sheets as they take."""
    data = io.BytesIO()
    with pdf_fonts("".join(text for label in labels for text in label.texts())) as fonts:
        canvas = new_canvas(data, A4, fonts, title=title, language=language)
        sheet = 0
        for label, spot in zip(labels, placing.spots(len(labels)), strict=True):
            if spot.sheet != sheet:
                canvas.showPage()
                sheet = spot.sheet
            draw_label(canvas, label, spot, fonts)
        canvas.save()
    return data.getvalue()


def grid_pdf(placing: Placing, *, language: str, translate: Translate) -> bytes:
    """The outlines of a sheet's labels with their numbers: printed on plain paper and held against the labels."""
    title = translate(N_("Test page"))
    advice = translate(
        N_(
            "Print at full size, without fitting to the page. Hold it against a sheet of labels and measure how far "
            "the lines are off: those are the millimetres to enter."
        )
    )
    format_ = placing.format
    head = f"{title}: {format_.columns} × {format_.rows}, {format_.size}"
    data = io.BytesIO()
    with pdf_fonts(head + advice) as fonts:
        canvas = new_canvas(data, A4, fonts, title=head, language=language)
        canvas.setLineWidth(0.3)
        for number, spot in enumerate(spots(format_, format_.count, right=placing.right, down=placing.down), 1):
            canvas.rect(spot.left, spot.bottom, spot.width, spot.height, stroke=1, fill=0)
            canvas.setFont(fonts.heading, 14)
            canvas.drawString(spot.left + spot.inset_x, spot.bottom + spot.height / 2 - 5, str(number))
            if number == 1:
                top = spot.bottom + spot.height - spot.inset_y
                _write(canvas, head, advice, spot.left + spot.inset_x + 12 * mm, top, spot, fonts.body)
        _draw_rulers(canvas, fonts.body)
        canvas.save()
    return data.getvalue()


def _write(canvas: Any, head: str, advice: str, left: float, top: float, spot: Spot, font: str) -> None:
    lines = fit(
        [TextLine(head, font, 8, 5, most_lines=2), TextLine(advice, font, 7, 4.5, most_lines=8)],
        spot.left + spot.width - spot.inset_x - left,
        spot.height - 2 * spot.inset_y,
    )
    for line in lines:
        top -= line.height
        canvas.setFont(line.font, line.size)
        canvas.drawString(left, top + 0.3 * line.size, line.text)


def _draw_rulers(canvas: Any, font: str) -> None:
    """Ticks along the middle of the page, a centimetre each, from the paper's left and upper edge."""
    width, height = A4
    canvas.setFont(font, 5)
    for tick in range(_TICK, int(width / mm), _TICK):
        canvas.line(tick * mm, height / 2 - mm, tick * mm, height / 2 + mm)
        canvas.drawString(tick * mm + 1, height / 2 + 1, printable(str(tick)))
    for tick in range(_TICK, int(height / mm), _TICK):
        canvas.line(width / 2 - mm, height - tick * mm, width / 2 + mm, height - tick * mm)
        canvas.drawString(width / 2 + 1, height - tick * mm + 1, printable(str(tick)))
