"""A canvas that draws nothing: the first run of a document only asks where things come to stand."""

from __future__ import annotations

from typing import Any

from reportlab.pdfgen.canvas import Canvas


class Ruler(Canvas):  # type: ignore[misc]  # ReportLab is not typed
    """Counts pages as ReportLab's canvas does, and writes no words, lines or files."""

    def _nothing(self, *_: Any, **__: Any) -> None:
        """Draw nothing."""

    drawString = drawRightString = drawCentredString = drawText = _nothing  # noqa: N815 - the names are ReportLab's
    line = lines = rect = drawPath = circle = ellipse = linkRect = _nothing  # noqa: N815
    save = _nothing
