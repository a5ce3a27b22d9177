"""What every printed form shares: a canvas that says what it holds, and paragraphs that break rightly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from babel.dates import format_date, format_skeleton, format_time
from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Frame, Paragraph
from reportlab.platypus.doctemplate import LayoutError

from portal.core.fonts import PdfFonts, printable
from portal.core.pdf_codes import draw_qr

INK, QUIET, LINE = HexColor("#1c1b19"), HexColor("#5d5a52"), HexColor("#8d8678")
PDF_LANGUAGES = {"en": "en", "es": "es", "zh": "zh-CN"}

Translate = Callable[[str], str]


def new_canvas(target: Any, size: tuple[float, float], fonts: PdfFonts, *, title: str, language: str) -> Canvas:
    """A canvas of this size (points) that names its document and its language."""
    canvas = Canvas(target, pagesize=size, initialFontName=fonts.body, lang=PDF_LANGUAGES[language])
    canvas.setTitle(printable(title))
    canvas.setCreator("Legajo")
    return canvas


def paragraph(text: str, font: str, size: float, *, quiet: bool = False, after: float = 0.0) -> Paragraph:
    """`text` as it is: what looks like mark-up in a name stays a name. `after`: points of space below it."""
    style = ParagraphStyle(
        font,
        fontName=font,
        bulletFontName=font,
        fontSize=size,
        leading=1.35 * size,
        textColor=QUIET if quiet else INK,
        spaceAfter=after,
        wordWrap="CJK" if any(ord(sign) > 0x2E7F for sign in text) else None,
        splitLongWords=1,
    )
    return Paragraph(escape(printable(text)), style)


@dataclass(frozen=True)
class Area:
    """Where on a page the text goes, in points from the bottom left."""

    left: float
    bottom: float
    width: float
    height: float

    def frame(self) -> Frame:
        """The area as ReportLab fills it."""
        none = {f"{side}Padding": 0 for side in ("left", "right", "top", "bottom")}
        return Frame(self.left, self.bottom, self.width, self.height, **none)


def flow(canvas: Canvas, story: Sequence[Flowable], area: Area, end_page: Callable[[], None]) -> None:
    """Fill pages with `story`; `end_page` draws what else stands on each and shows it.

    Raises ReportLab's LayoutError for a part that is higher than a page and cannot be divided.
    """
    rest = list(story)
    while rest:
        frame, added = area.frame(), 0
        while rest and frame.add(rest[0], canvas):
            del rest[0]
            added += 1
        if rest:
            parts = frame.split(rest[0], canvas)
            if len(parts) > 1 and frame.add(parts[0], canvas):
                rest[:1] = parts[1:]
            elif not added:
                raise LayoutError("A part of the text is higher than a page.")
        end_page()


def footed(canvas: Canvas, foot: str, fonts: PdfFonts, area: Area) -> Callable[[], None]:
    """What ends a page of a letter: one line below its text."""

    def end_page() -> None:
        canvas.setFont(fonts.body, 8)
        canvas.setFillColor(QUIET)
        canvas.drawString(area.left, area.bottom - 10 * mm, printable(foot))
        canvas.showPage()

    return end_page


def bookmark(canvas: Canvas, key: str, title: str, level: int, top: float) -> None:
    """An entry of the outline that leads to `top` (points) of the present page. `key` is used once in a document."""
    canvas.bookmarkPage(key, fit="XYZ", left=0, top=top)
    canvas.addOutlineEntry(printable(title) or "–", key, level=level, closed=False)


class QrSquare(Flowable):  # type: ignore[misc]  # ReportLab is not typed
    """A QR code among paragraphs."""

    def __init__(self, code: str, side: float) -> None:
        super().__init__()
        self._code = code
        self.width = self.height = side

    def wrap(self, *_: float) -> tuple[float, float]:
        """Its size, whatever there is room for."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw it where the page wants it."""
        draw_qr(self.canv, self._code, 0, 0, self.width, error="m")


def deadline_text(day: Any, language: str) -> str:
    """A date with its weekday."""
    return str(format_skeleton("yMMMEd", day, locale=language))


def day_text(day: Any, language: str) -> str:
    """A date as the office writes it."""
    return str(format_date(day, "medium", locale=language))


def moment_text(moment: Any, language: str) -> str:
    """Date and time of a moment that is in the office's zone already."""
    return f"{format_date(moment, 'medium', locale=language)}, {format_time(moment, 'short', locale=language)}"
