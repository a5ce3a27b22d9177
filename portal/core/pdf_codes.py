"""Codes on a page (ReportLab): QR and Code 128, drawn as rectangles, so that they are sharp at any resolution."""

from __future__ import annotations

from typing import Any

import segno
from reportlab.graphics.barcode.code128 import Code128Auto

QR_QUIET_ZONE = 4
"""Empty modules around a QR code, which its readers need."""
BAR_QUIET_ZONE = 10
"""Empty modules at each end of a Code 128, which its readers need."""


def draw_qr(canvas: Any, code: str, left: float, bottom: float, side: float, *, error: str = "q") -> None:
    """Draw `code` as a QR square of `side` points, its quiet zone included."""
    rows = [list(row) for row in segno.make(code, error=error, micro=False).matrix_iter(border=QR_QUIET_ZONE)]
    module = side / len(rows)
    canvas.setFillColorRGB(0, 0, 0)
    path = canvas.beginPath()
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark:
                path.rect(left + across * module, bottom + side - (down + 1) * module, module, module)
    canvas.drawPath(path, stroke=0, fill=1)


def bars_width(code: str, bar: float) -> float:
    """How wide `code` is as Code 128 with narrowest bars of `bar` points, its quiet zones included."""
    return float(Code128Auto(code, barWidth=bar, quiet=False).width) + 2 * BAR_QUIET_ZONE * bar


def widest_bar(code: str, width: float) -> float:
    """The narrowest bar (points) with which `code` just fills `width`."""
    return width / bars_width(code, 1.0)


def draw_bars(canvas: Any, code: str, left: float, bottom: float, height: float, bar: float) -> None:
    """Draw `code` as Code 128 of this height, its left quiet zone beginning at `left`."""
    canvas.setFillColorRGB(0, 0, 0)
    drawing = Code128Auto(code, barHeight=height, barWidth=bar, quiet=False)
    drawing.drawOn(canvas, left + BAR_QUIET_ZONE * bar, bottom)
