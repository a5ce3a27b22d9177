"""The shelf list of a place as a PDF: what should stand there, in the order in which one walks, with a box to tick."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from babel.dates import format_date, format_time
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

from portal.core.fonts import PdfFonts, pdf_fonts, printable
from portal.core.messages import N_
from portal.core.permissions import Level
from portal.dossiers.models import Place, Volume
from portal.dossiers.rules import AT_HOME
from portal.dossiers.states import CUSTODY_NAMES

Translate = Callable[[str], str]

_LOCALES = {"en": "en", "es": "es", "zh": "zh_Hans_CN"}
_INK, _LINE = HexColor("#1c1c1a"), HexColor("#cfcfc8")
_MARGIN = 15 * mm
_WIDTHS = [width * mm for width in (9, 31, 30, 26, 43, 10, 12, 19)]


def shelf_list_pdf(
    place: Place, volumes: Sequence[Volume], *, language: str, translate: Translate, made_at: datetime
) -> bytes:
    """`volumes` (in shelf order, with dossier and client) as an A4 list in `language` (en, es or zh).

    `made_at` is written as it stands: give it in the office's time zone.
    """
    title = translate(N_("Shelf list of %(place)s")) % {"place": place.path}
    if place.name:
        title = f"{title} · {place.name}"
    locale = _LOCALES[language]
    moment = f"{format_date(made_at, 'medium', locale=locale)}, {format_time(made_at, 'short', locale=locale)}"
    rows = [_row(volume, translate) for volume in volumes]
    heads = ["", *(translate(head) for head in _HEADS)]  # The boxes need no head.
    lead = translate(N_("%(volumes)s volumes, left to right and top to bottom. Made on %(moment)s."))
    lead = lead % {"volumes": len(rows), "moment": moment}
    empty = translate(N_("Nothing stands here."))
    foot = translate(N_("Page %(page)s"))
    everything = "".join([title, lead, empty, foot, *heads, *(text for row in rows for text in row)])
    with pdf_fonts(everything) as fonts:
        return _lay_out(_Page(title, lead, foot, fonts), heads, rows, empty)


_HEADS = (
    N_("Place"),
    N_("Barcode"),
    N_("Dossier"),
    N_("Client"),
    N_("Vol."),
    N_("Sheets"),
    N_("Paper file"),
)


def _row(volume: Volume, translate: Translate) -> tuple[str, ...]:
    here = volume.custody in AT_HOME
    return (
        "tick" if here else "",
        volume.stands_at,
        volume.barcode,
        volume.dossier.number or "—",
        # A list lies about in the room, whoever printed it: of a core dossier it bears the number only.
        "" if volume.dossier.level == Level.CORE else volume.dossier.client.name,
        str(volume.ordinal),
        str(volume.sheets),
        "" if here else translate(CUSTODY_NAMES[volume.custody]),
    )


class _Page:
    """Title and foot of the pages, and the styles of their paragraphs."""

    def __init__(self, title: str, lead: str, foot: str, fonts: PdfFonts) -> None:
        self.title, self.lead, self.foot, self.fonts = title, lead, foot, fonts
        plain = {"fontName": fonts.body, "bulletFontName": fonts.body, "textColor": _INK}
        heading = {**plain, "fontName": fonts.heading, "bulletFontName": fonts.heading}
        self.text = ParagraphStyle("text", fontSize=8, leading=10, **plain)
        self.chinese = ParagraphStyle("chinese", parent=self.text, wordWrap="CJK")
        self.number = ParagraphStyle("number", parent=self.text, alignment=TA_RIGHT)
        self.large = ParagraphStyle("large", fontSize=16, leading=20, wordWrap="CJK", **heading)

    def paragraph(self, text: str, style: ParagraphStyle | None = None) -> Paragraph:
        """`text` as it is; with Chinese it breaks between any two characters."""
        usual = self.chinese if any(ord(sign) > 0x2E7F for sign in text) else self.text
        return Paragraph(escape(printable(text)), style or usual)

    def draw_foot(self, canvas: Any, _document: Any) -> None:
        """The title and the number of the page."""
        canvas.setFont(self.fonts.body, 7)
        canvas.drawString(_MARGIN, 9 * mm, printable(self.title))
        canvas.drawRightString(A4[0] - _MARGIN, 9 * mm, printable(self.foot % {"page": canvas.getPageNumber()}))


class _Tick(Flowable):  # type: ignore[misc]  # ReportLab is not typed
    """An empty box for a pencil."""

    def __init__(self) -> None:
        super().__init__()
        self.width = self.height = 3.2 * mm

    def draw(self) -> None:
        """Draw the box."""
        self.canv.setLineWidth(0.7)
        self.canv.rect(0, 0, self.width, self.height)


def _lay_out(page: _Page, heads: Sequence[str], rows: Sequence[Sequence[str]], empty: str) -> bytes:
    target = io.BytesIO()
    document = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=16 * mm,
        title=printable(page.title),
        creator="Legajo",
        initialFontName=page.fonts.body,
    )
    story: list[Flowable] = [page.paragraph(page.title, page.large), page.paragraph(page.lead), Spacer(0, 4 * mm)]
    story.append(_table(page, heads, rows) if rows else page.paragraph(empty))
    document.build(story, onFirstPage=page.draw_foot, onLaterPages=page.draw_foot)
    return target.getvalue()


def _table(page: _Page, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    style: list[tuple[Any, ...]] = [
        ("FONTNAME", (0, 0), (-1, -1), page.fonts.body),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 1),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
        ("LINEBELOW", (0, 0), (-1, 0), 0.9, _INK),
        ("LINEBELOW", (0, 1), (-1, -1), 0.4, _LINE),
    ]
    content = [[page.paragraph(head, page.number if head in heads[5:7] else None) for head in heads]]
    content += [list(_cells(page, row)) for row in rows]
    return Table(content, colWidths=_WIDTHS, style=style, repeatRows=1, splitInRow=1, hAlign="LEFT")


def _cells(page: _Page, row: Sequence[str]) -> Iterator[Flowable]:
    yield _Tick() if row[0] else Spacer(0, 0)
    for column, text in enumerate(row[1:], start=1):
        yield page.paragraph(text, page.number if column in (5, 6) else None)
