"""The period's statistics as a PDF to print, sign and keep."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    HRFlowable,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from portal.core.fonts import PdfFonts, pdf_fonts, printable
from portal.core.messages import N_
from portal.reports.charts import ACCENT, HAIRLINE, INK, QUIET, LoansChart, draw_loans_chart, loans_chart
from portal.reports.figures import (
    FigureTable,
    StatisticsReport,
    Translate,
    cell_text,
    date_text,
    figure_tables,
    key_figures,
    number_text,
    period_text,
)

_PDF_LANGUAGES = {"en": "en", "es": "es", "zh": "zh-CN"}
_MARGIN = 18 * mm
_WIDTH = A4[0] - 2 * _MARGIN
_COUNT_WIDTH = 25 * mm
# Eight columns share the page; the two names take what the fixed ones leave.
_OVERDUE_WIDTHS = [width * mm for width in (23.5, 31.5, 13.5, 23.5, 22, 22, 26, 12)]
_KEEP_TOGETHER_ROWS = 12
_GAP = 3
_KEY_FIGURES_IN_A_ROW = 4


@dataclass(frozen=True)
class _TextTable:
    """A `FigureTable` in words of one language."""

    name: str
    title: str
    headings: tuple[str, ...]
    is_number: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] | None
    empty: str

    def texts(self) -> Iterator[str]:
        yield from (self.title, self.empty, *self.headings, *(self.total or ()))
        for row in self.rows:
            yield from row


@dataclass(frozen=True)
class _Content:
    """Everything that the document says, before anything is laid out: the fonts are cut to it."""

    language: str
    title: str
    details: tuple[tuple[str, str], ...]
    key_figures: tuple[tuple[str, str], ...]
    chart: LoansChart
    tables: tuple[_TextTable, ...]
    footer: str
    page_of_pages: str
    """With placeholders `%(page)s` and `%(pages)s`."""

    def all_text(self) -> str:
        texts = [self.title, self.footer, self.page_of_pages, *self.chart.texts]
        texts += [text for pair in (*self.details, *self.key_figures) for text in pair]
        texts += [text for table in self.tables for text in table.texts()]
        return "".join(texts)


def statistics_pdf(
    report: StatisticsReport,
    *,
    language: str,
    translate: Translate,
    generated_at: datetime,
    number: str | None = None,
) -> bytes:
    """The report as an A4 document in `language` (en, es or zh), with its fonts embedded.

    `generated_at` is written as it stands: give it in the office's time zone. `number` is the number of an
    issued report; a report without one says that it is not issued.
    """
    content = _content(report, language, translate, generated_at, number)
    with pdf_fonts(content.all_text()) as fonts:
        # The number of pages is known only after a first run.
        _, pages = _lay_out(content, fonts, pages=0)
        return _lay_out(content, fonts, pages=pages)[0]


def _content(
    report: StatisticsReport, language: str, translate: Translate, generated_at: datetime, number: str | None
) -> _Content:
    period = period_text(report, language=language, translate=translate)
    title = translate(N_("Statistics of the client archive"))
    moment = f"{date_text(generated_at.date(), language)}, {generated_at:%H:%M}"
    number = number or translate(N_("Not issued"))
    return _Content(
        language=language,
        title=title,
        details=(
            (translate(N_("Period")), period),
            (translate(N_("Counted for")), translate(report.audience)),
            (translate(N_("Counted on")), date_text(report.made_on, language)),
            (translate(N_("Report number")), number),
        ),
        key_figures=tuple((translate(label), number_text(value, language)) for label, value in key_figures(report)),
        chart=loans_chart(report, language=language, translate=translate),
        tables=tuple(_in_words(table, language, translate) for table in figure_tables(report)),
        footer=" · ".join((title, period, number, translate(N_("Made on %(moment)s")) % {"moment": moment})),
        page_of_pages=translate(N_("Page %(page)s of %(pages)s")),
    )


def _in_words(table: FigureTable, language: str, translate: Translate) -> _TextTable:
    def words(row: tuple[Any, ...]) -> tuple[str, ...]:
        return tuple(
            cell_text(cell, column.shape, language=language, translate=translate)
            for cell, column in zip(row, table.columns, strict=True)
        )

    return _TextTable(
        name=table.name,
        title=translate(table.title),
        headings=tuple(translate(column.heading) for column in table.columns),
        is_number=tuple(column.is_number for column in table.columns),
        rows=tuple(words(row) for row in table.rows),
        total=words(table.total) if table.total else None,
        empty=translate(table.empty),
    )


def _lay_out(content: _Content, fonts: PdfFonts, *, pages: int) -> tuple[bytes, int]:
    """Build the document, with `pages` as the number of its pages; return it and their true number."""
    target = io.BytesIO()
    document = BaseDocTemplate(
        target,
        pagesize=A4,
        title=printable(content.title),
        subject=printable(content.footer),
        creator="Legajo",
        lang=_PDF_LANGUAGES[content.language],
        initialFontName=fonts.body,
    )
    frame = Frame(
        _MARGIN,
        20 * mm,
        _WIDTH,
        A4[1] - 38 * mm,
        leftPadding=0,
        rightPadding=0,
        topPadding=0,
        bottomPadding=0,
    )
    last_page = 0

    def draw_foot(canvas: Any, _: BaseDocTemplate) -> None:
        nonlocal last_page
        last_page = canvas.getPageNumber()
        canvas.setViewerPreference("DisplayDocTitle", "true")
        canvas.setStrokeColor(ACCENT)
        canvas.setLineWidth(0.6)
        canvas.line(_MARGIN, 15 * mm, _MARGIN + _WIDTH, 15 * mm)
        canvas.setFont(fonts.body, 7)
        canvas.setFillColor(QUIET)
        canvas.drawString(_MARGIN, 11 * mm, printable(content.footer))
        place = content.page_of_pages % {"page": last_page, "pages": pages}
        canvas.drawRightString(_MARGIN + _WIDTH, 11 * mm, place)

    document.addPageTemplates(PageTemplate(frames=[frame], onPage=draw_foot))
    document.build(list(_story(content, _Setter(fonts))))
    return target.getvalue(), last_page


def _story(content: _Content, setter: _Setter) -> Iterator[Flowable]:
    yield _Heading(content.title, setter.style("title"), key="top", level=0)
    yield HRFlowable(width="100%", thickness=1.4, color=ACCENT, spaceBefore=0, spaceAfter=3 * mm)
    yield _details(content.details, setter)
    yield Spacer(0, 4 * mm)
    yield _key_figures(content.key_figures, setter)
    yield Spacer(0, 1 * mm)
    chart = draw_loans_chart(content.chart, font=setter.fonts.body, width=_WIDTH, height=48 * mm)
    yield KeepTogether([setter.section(content.chart.title, "chart"), Spacer(0, 2 * mm), chart])
    for table in content.tables:
        heading = setter.section(table.title, table.name)
        body = _table(table, setter) if table.rows else setter.paragraph(table.empty, "quiet")
        if len(table.rows) <= _KEEP_TOGETHER_ROWS:
            yield KeepTogether([heading, body])
        else:
            yield CondPageBreak(50 * mm)
            yield heading
            yield body


class _Setter:
    """Makes paragraphs in the document's styles; text with Chinese breaks between any two characters."""

    def __init__(self, fonts: PdfFonts) -> None:
        self.fonts = fonts
        body, heading = fonts.body, fonts.heading
        self._styles = {
            "title": self._style("title", heading, 20, 26, spaceAfter=2.5 * mm),
            "section": self._style("section", heading, 12.5, 16, spaceBefore=5 * mm, spaceAfter=1.2 * mm),
            "figure": self._style("figure", heading, 17, 21),
            "text": self._style("text", body, 8.5, 11.5),
            "small": self._style("small", body, 7.5, 10),
            "small number": self._style("small number", body, 7.5, 10, alignment=TA_RIGHT),
            "number": self._style("number", body, 8.5, 11.5, alignment=TA_RIGHT),
            "quiet": self._style("quiet", body, 8, 10.5, textColor=QUIET),
            "head": self._style("head", body, 7.5, 9.5, textColor=QUIET),
            "head number": self._style("head number", body, 7.5, 9.5, textColor=QUIET, alignment=TA_RIGHT),
        }
        self._chinese = {
            name: ParagraphStyle(f"{name} zh", parent=style, wordWrap="CJK") for name, style in self._styles.items()
        }

    @staticmethod
    def _style(name: str, font: str, size: float, leading: float, **more: Any) -> ParagraphStyle:
        settings = {"textColor": INK, "alignment": TA_LEFT, **more}
        return ParagraphStyle(name, fontName=font, bulletFontName=font, fontSize=size, leading=leading, **settings)

    def style(self, name: str, text: str = "") -> ParagraphStyle:
        """The style `name` in the variant that breaks `text` rightly."""
        return (self._chinese if any(ord(character) > 0x2E7F for character in text) else self._styles)[name]

    def paragraph(self, text: str, style: str) -> Paragraph:
        """`text` as it is: what looks like mark-up in a name stays a name."""
        return Paragraph(escape(printable(text)), self.style(style, text))

    def section(self, text: str, key: str) -> Paragraph:
        """A heading that the reader's outline leads to."""
        return _Heading(text, self.style("section", text), key=key, level=1)


class _Heading(Paragraph):  # type: ignore[misc]  # ReportLab is not typed
    """A paragraph that is also an entry of the outline."""

    def __init__(self, text: str, style: ParagraphStyle, *, key: str, level: int) -> None:
        super().__init__(escape(printable(text)), style)
        self._entry = (printable(text), key, level)

    def draw(self) -> None:
        title, key, level = self._entry
        self.canv.bookmarkHorizontal(key, 0, self.height + 4 * mm)
        self.canv.addOutlineEntry(title, key, level)
        super().draw()


def _details(details: tuple[tuple[str, str], ...], setter: _Setter) -> Table:
    rows = [[setter.paragraph(label, "quiet"), setter.paragraph(value, "text")] for label, value in details]
    style = [*_plain(setter), ("LEFTPADDING", (0, 0), (-1, -1), 0), *_padding(1)]
    return Table(rows, colWidths=[36 * mm, _WIDTH - 36 * mm], style=style, splitInRow=1)


def _key_figures(figures: tuple[tuple[str, str], ...], setter: _Setter) -> Table:
    cells = [[setter.paragraph(value, "figure"), setter.paragraph(label, "quiet")] for label, value in figures]
    starts = range(0, len(cells), _KEY_FIGURES_IN_A_ROW)
    rows = [cells[start : start + _KEY_FIGURES_IN_A_ROW] for start in starts]
    style = [
        *_plain(setter),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("LINEABOVE", (0, 0), (-1, 0), 0.6, HAIRLINE),
        ("LINEBELOW", (0, 0), (-1, -1), 0.6, HAIRLINE),
        *_padding(5),
    ]
    return Table(rows, colWidths=[_WIDTH / _KEY_FIGURES_IN_A_ROW] * _KEY_FIGURES_IN_A_ROW, style=style)


def _table(table: _TextTable, setter: _Setter) -> Table:
    small = "small" if table.name == "overdue" else "text"
    numbers = "small number" if table.name == "overdue" else "number"

    def cells(row: tuple[str, ...], text: str, number: str) -> list[Paragraph]:
        return [
            setter.paragraph(cell, number if is_number else text)
            for cell, is_number in zip(row, table.is_number, strict=True)
        ]

    rows = [cells(table.headings, "head", "head number")]
    rows += [cells(row, small, numbers) for row in table.rows]
    style: list[tuple[Any, ...]] = [
        *_plain(setter),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.9, ACCENT),
        ("LINEBELOW", (0, 1), (-1, -1), 0.4, HAIRLINE),
        ("LEFTPADDING", (0, 0), (-1, -1), _GAP),
        ("RIGHTPADDING", (0, 0), (-1, -1), _GAP),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
        ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
        *_padding(2.5),
    ]
    if table.total:
        rows.append(cells(table.total, small, numbers))
        style += [("LINEABOVE", (0, -1), (-1, -1), 0.9, INK), ("LINEBELOW", (0, -1), (-1, -1), 0, HAIRLINE)]
    # splitInRow: a name longer than a page must not stop the report.
    return Table(rows, colWidths=_column_widths(table), style=style, repeatRows=1, splitInRow=1, hAlign="LEFT")


def _column_widths(table: _TextTable) -> list[float]:
    if table.name == "overdue":
        return _OVERDUE_WIDTHS
    columns = len(table.is_number)
    return [_WIDTH - _COUNT_WIDTH * (columns - 1)] + [_COUNT_WIDTH] * (columns - 1)


def _plain(setter: _Setter) -> list[tuple[Any, ...]]:
    # Every cell is a paragraph with its font, but a table names one of its own in the PDF all the same:
    # unless told, Helvetica, which is not embedded.
    return [("VALIGN", (0, 0), (-1, -1), "TOP"), ("FONTNAME", (0, 0), (-1, -1), setter.fonts.body)]


def _padding(points: float) -> list[tuple[Any, ...]]:
    return [(f"{side}PADDING", (0, 0), (-1, -1), points) for side in ("TOP", "BOTTOM")]
