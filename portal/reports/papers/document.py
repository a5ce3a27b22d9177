"""The document as a whole: its parts in order, what stands on every page, and what a reader program is told."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, NextPageTemplate, PageBreak, PageTemplate

from portal.core.fonts import PdfFonts, pdf_fonts, printable
from portal.reports.drawing import drawing_of
from portal.reports.drawing.breaking import cut
from portal.reports.drawing.pen import ACCENT, INK, QUIET
from portal.reports.papers.appendix import appendix
from portal.reports.papers.contents import contents
from portal.reports.papers.cover import COVER_WIDTH, cover
from portal.reports.papers.figures import key_pages, section_pages
from portal.reports.papers.ruler import Ruler
from portal.reports.papers.setting import BOTTOM, COVER_MARGIN, HEIGHT, MARGIN, WIDTH, Setter
from portal.reports.papers.standing import Standing
from portal.reports.papers.text import width_of
from portal.reports.papers.wording import content_of
from portal.reports.papers.words import Content, PartWords, Speaker, heading_texts
from portal.reports.statistics.counted import Statistics
from portal.reports.statistics.wording import Translate

_PDF_LANGUAGES = {"en": "en", "es": "es", "zh": "zh-CN"}
_WATERMARK = HexColor("#ededea")
"""Light enough to read small figures over it, dark enough to be seen on a copy."""
_COLUMN_GAP = 12 * mm


def statistics_pdf(
    statistics: Statistics,
    standing: Standing,
    *,
    language: str,
    translate: Translate,
    title: str | None = None,
) -> bytes:
    """The statistics as an A4 document in `language` (en, es or zh): the same ones with the same standing always give
    the same bytes.

    `title`, in the reader's language, stands in place of the usual one.
    """
    speaker = Speaker(language, translate, ZoneInfo(statistics.zone), statistics.periods)
    content = content_of(statistics, standing, speaker, title)
    with pdf_fonts("".join(sorted(speaker.said)), headings="".join(heading_texts(content))) as fonts:
        document = _Document(content, fonts, speaker, standing.made_at)
        # Where each heading stands, and how many pages there are, is known after a first run only.
        document.lay_out(Ruler)
        return document.lay_out(Canvas)


class _Document:
    """One report in the making. Its parts are made once, and laid out twice."""

    def __init__(self, content: Content, fonts: PdfFonts, speaker: Speaker, made_at: datetime) -> None:
        self._content, self._fonts, self._speaker, self._made_at = content, fonts, speaker, made_at
        self._places: dict[str, int] = {}
        self._pages = 0
        self._story = list(self._parts(Setter(fonts, self._places)))

    def lay_out(self, canvas_class: type[Canvas]) -> bytes:
        """Build the document, with what is known of its pages from the run before."""
        content, target = self._content, io.BytesIO()
        document = BaseDocTemplate(
            target,
            pagesize=A4,
            title=printable(f"{content.cover.title} – {content.cover.period}"),
            author="Legajo",
            subject=printable(content.subject),
            keywords=printable(", ".join(content.keywords)),
            creator="Legajo",
            lang=_PDF_LANGUAGES[content.language],
            initialFontName=self._fonts.body,
            invariant=1,
        )
        half = (WIDTH - _COLUMN_GAP) / 2
        on_cover = _frame(COVER_MARGIN, BOTTOM, COVER_WIDTH, A4[1] - BOTTOM - 26 * mm)
        columns = [_frame(x, BOTTOM, half, HEIGHT) for x in (MARGIN, MARGIN + half + _COLUMN_GAP)]
        document.addPageTemplates(
            [
                PageTemplate("cover", [on_cover], onPage=self._on_cover),
                PageTemplate("contents", columns, onPage=self._on_page),
                PageTemplate("pages", [_frame(MARGIN, BOTTOM, WIDTH, HEIGHT)], onPage=self._on_page),
            ]
        )
        for part in self._story:
            # ReportLab gives up on a part that it has put off to the next frame too often; a new run begins anew.
            vars(part).pop("_postponed", None)
        document.build(list(self._story), canvasmaker=canvas_class)
        self._pages = document.page
        return target.getvalue()

    def _parts(self, setter: Setter) -> Iterator[Flowable]:
        content = self._content
        # Whatever does not fit on the cover goes on over ordinary pages.
        yield NextPageTemplate("pages")
        yield from cover(content, setter)
        yield NextPageTemplate("contents")
        yield PageBreak()
        yield from contents(content, setter)
        yield NextPageTemplate("pages")
        yield PageBreak()
        if content.key_figures:
            yield from key_pages(content, setter)
        for section in content.sections:
            yield from section_pages(content, section, setter, self._draw)
        yield from appendix(content, setter)

    def _draw(self, part: PartWords, width: float) -> Drawing | None:
        return drawing_of(
            part.part,
            unit=part.unit,
            periods=self._speaker.periods,
            font=self._fonts.body,
            width=width,
            language=self._content.language,
            translate=self._speaker.translate,
        )

    def _on_cover(self, canvas: Any, _: BaseDocTemplate) -> None:
        canvas.setViewerPreference("DisplayDocTitle", "true")
        canvas.showOutline()
        # Without an hour of its own, so that the bytes depend on nothing else; the paper's hour takes the place.
        canvas._doc._timeStamp.YMDhms = self._made_at.astimezone(UTC).timetuple()[:6]
        canvas.setFillColor(ACCENT)
        canvas.rect(0, 0, 6 * mm, A4[1], stroke=0, fill=1)
        if self._content.mark:
            self._watermark(canvas)
            self._stamp(canvas, A4[0] - COVER_MARGIN, A4[1] - 30 * mm, 11)

    def _on_page(self, canvas: Any, document: BaseDocTemplate) -> None:
        content, fonts = self._content, self._fonts
        if content.mark:
            self._watermark(canvas)
        top, right = A4[1] - 14 * mm, A4[0] - MARGIN
        canvas.setFillColor(QUIET)
        canvas.setFont(fonts.body, 7.5)
        period = self._fitting(content.cover.period, WIDTH * 0.4)
        canvas.drawString(MARGIN, top, self._fitting(content.cover.title, WIDTH * 0.55))
        canvas.drawRightString(right, top, period)
        canvas.setStrokeColor(ACCENT)
        canvas.setLineWidth(0.8)
        canvas.line(MARGIN, top - 5, right, top - 5)

        foot = 11 * mm
        canvas.line(MARGIN, foot + 10, right, foot + 10)
        canvas.drawCentredString(A4[0] / 2, foot, content.short_checksum)
        before_checksum = (A4[0] - width_of(content.short_checksum, fonts.body, 7.5)) / 2 - 8
        place = content.page_of_pages % {"page": document.page, "pages": self._pages}
        canvas.drawRightString(right, foot, place)
        left = MARGIN
        if content.mark:
            left += self._stamp(canvas, MARGIN, foot - 1, 7.5, from_right=False) + 6
        canvas.setFillColor(INK)
        canvas.drawString(left, foot, self._fitting(content.number, before_checksum - left))

    def _watermark(self, canvas: Any) -> None:
        """The mark across the page, under its figures."""
        mark, font = printable(self._content.mark), self._fonts.heading
        size = min(70.0, 620 / max(width_of(mark, font, 1), 1))
        canvas.saveState()
        canvas.setFillColor(_WATERMARK)
        canvas.setFont(font, size)
        canvas.translate(A4[0] / 2, A4[1] / 2)
        canvas.rotate(52)
        canvas.drawCentredString(0, -size / 3, mark)
        canvas.restoreState()

    def _stamp(self, canvas: Any, x: float, y: float, size: float, *, from_right: bool = True) -> float:
        """The mark in a box, for those who look at one page only; return the box's width."""
        mark = self._fitting(self._content.mark, WIDTH * 0.28, size)
        width = width_of(mark, self._fonts.body, size) + size
        left = x - width if from_right else x
        canvas.saveState()
        canvas.setStrokeColor(INK)
        canvas.setFillColor(INK)
        canvas.setLineWidth(0.9)
        canvas.rect(left, y - size * 0.3, width, size * 1.5, stroke=1, fill=0)
        canvas.setFont(self._fonts.body, size)
        canvas.drawString(left + size / 2, y + size * 0.1, mark)
        canvas.restoreState()
        return width

    def _fitting(self, text: str, width: float, size: float = 7.5) -> str:
        """`text` on one line, its end replaced by an ellipsis where it must be."""
        return cut(printable(text), width, partial(width_of, font=self._fonts.body, size=size))


def _frame(x: float, y: float, width: float, height: float) -> Frame:
    return Frame(x, y, width, height, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)
