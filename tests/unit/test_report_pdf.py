"""The statistics: their tables, their chart, and the PDF in three languages."""

from __future__ import annotations

import io
import re
from datetime import date, datetime, timedelta
from itertools import pairwise
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pikepdf
import pypdfium2
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from portal.reports.charts import loans_chart, loans_chart_svg
from portal.reports.figures import (
    Holdings,
    LoanFigures,
    LoansOfDay,
    OverdueLoan,
    RequestFigures,
    StatisticsReport,
    cell_text,
    figure_tables,
    key_figures,
    loans_by_interval,
)
from portal.reports.pdf import statistics_pdf

LANGUAGES = pytest.mark.parametrize("language", ["en", "es", "zh"])
MADE_AT = datetime(2026, 11, 21, 16, 5, tzinfo=ZoneInfo("Asia/Shanghai"))
# A few sentences are enough to see that each text goes through the translation that was handed in.
WORDS = {
    "es": {
        "Statistics of the client archive": "Estadística del archivo de clientes",
        "Records department": "Departamento de archivo",
        "Overdue loans": "Préstamos vencidos",
        "Supplier": "Proveedor",
        "Issued": "Prestados",
        "Days late": "Días de retraso",
        "Page %(page)s of %(pages)s": "Página %(page)s de %(pages)s",
    },
    "zh": {
        "Statistics of the client archive": "客户档案统计",
        "Records department": "资料部",
        "Overdue loans": "逾期借阅",
        "Supplier": "供应商",
        "Issued": "借出",
        "Days late": "逾期天数",
        "Page %(page)s of %(pages)s": "第 %(page)s 页，共 %(pages)s 页",
    },
    "en": {},
}
CLIENTS = (
    "上海浦江精密机械进出口有限公司",
    "Compañía Andina de Suministros, S.A.",
    "Northern Paper <b> & Sons",
    "\U0002cb4e达科技",
)


def translation(language: str):  # type: ignore[no-untyped-def]
    return lambda message: WORDS[language].get(message, message)


def overdue(number: int, **changes: object) -> OverdueLoan:
    due = date(2026, 7, 4) + timedelta(number)
    fields = {
        "dossier_number": f"LEG-2026-{number:05}",
        "client": CLIENTS[number % len(CLIENTS)],
        "volume": "2",
        "borrower": "王小明",
        "department": "采购部",
        "issued_on": due - timedelta(3),
        "due_on": due,
        "days_late": 88 - number,
    }
    return OverdueLoan(**{**fields, **changes})  # type: ignore[arg-type]


def report(**changes: object) -> StatisticsReport:
    first = date(2026, 7, 1)
    fields = {
        "period_from": first,
        "period_to": date(2026, 9, 30),
        "audience": "Records department",
        "made_on": date(2026, 11, 21),
        "holdings_by_kind": (
            Holdings("Supplier", 1234, 4567, 8910, 123456),
            Holdings("律师事务所", 3, 4, 5, 6),
        ),
        "holdings_by_level": (
            Holdings("General", 1000, 4000, 8000, 120000),
            Holdings("Core", 237, 571, 915, 3462),
        ),
        "read_requests": RequestFigures(77, 61, 9, 3, 4),
        "borrow_requests": RequestFigures(41, 31, 5, 2, 3),
        "loans": LoanFigures(issued=119, returned=101, returned_late=13, still_out=18),
        "overdue": tuple(overdue(number) for number in range(4)),
        "loans_by_day": tuple(LoansOfDay(first + timedelta(n), n % 4, n % 3) for n in range(92)),
    }
    return StatisticsReport(**{**fields, **changes})  # type: ignore[arg-type]


EMPTY = StatisticsReport(date(2026, 1, 1), date(2026, 1, 31), "Records department", date(2026, 2, 1))


def pdf(of: StatisticsReport, language: str = "en", number: str | None = "2026-Q3-007") -> bytes:
    return statistics_pdf(of, language=language, translate=translation(language), generated_at=MADE_AT, number=number)


def pages_of(data: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(data)
    return [page.get_textpage().get_text_range() for page in document]


def flat(text: str) -> str:
    """Without the line breaks of narrow columns, and with every space as one."""
    return re.sub(r"\s+", "", text)


class TestFigures:
    def test_key_figures_are_the_sums(self) -> None:
        assert [number for _, number in key_figures(report())] == [1237, 4571, 8915, 123462, 118, 119, 101, 4]

    def test_totals_of_the_tables(self) -> None:
        totals = {table.name: table.total for table in figure_tables(report())}
        assert totals["holdings-by-kind"] == totals["holdings-by-level"] == ("Total", 1237, 4571, 8915, 123462)
        assert totals["requests"] == ("Total", 118, 92, 14, 5, 7)
        assert totals["loans"] is None and totals["overdue"] is None

    def test_every_row_has_a_cell_for_each_column(self) -> None:
        for table in figure_tables(report()):
            assert {len(row) for row in table.rows} == {len(table.columns)}

    @pytest.mark.parametrize(
        ("language", "number", "day", "deadline"),
        [
            ("en", "123,456", "Jul 4, 2026", "Sat, Jul 4, 2026"),
            ("es", "123.456", "4 jul 2026", "sáb, 4 jul 2026"),
            ("zh", "123,456", "2026年7月4日", "2026年7月4日周六"),
        ],
    )
    def test_cells_in_the_readers_language(self, language: str, number: str, day: str, deadline: str) -> None:
        def shown(cell: object, shape: object) -> str:
            return cell_text(cell, shape, language=language, translate=str.upper)  # type: ignore[arg-type]

        assert shown(123456, "count") == number
        assert shown(date(2026, 7, 4), "date") == day
        assert shown(date(2026, 7, 4), "deadline") == deadline
        assert shown("as it is", "text") == "as it is"
        assert shown("message", "label") == "MESSAGE"

    @pytest.mark.parametrize(
        ("last", "interval", "count", "second"),
        [
            (date(2026, 7, 7), "day", 7, date(2026, 7, 2)),
            (date(2026, 9, 30), "week", 14, date(2026, 7, 6)),
            (date(2027, 6, 30), "month", 12, date(2026, 8, 1)),
            (date(2030, 6, 30), "year", 5, date(2027, 1, 1)),
        ],
    )
    def test_loans_are_grouped_to_fit_the_chart(self, last: date, interval: str, count: int, second: date) -> None:
        found, groups = loans_by_interval(report(period_to=last))
        assert (found, len(groups), groups[1].starts_on) == (interval, count, second)
        inside = [day for day in report().loans_by_day if day.day <= last]
        assert sum(group.issued for group in groups) == sum(day.issued for day in inside)
        assert sum(group.returned for group in groups) == sum(day.returned for day in inside)

    def test_a_week_without_loans_is_there_with_nothing(self) -> None:
        _, groups = loans_by_interval(report(loans_by_day=(LoansOfDay(date(2026, 7, 20), 5, 2),)))
        assert [(group.issued, group.returned) for group in groups[:5]] == [
            (0, 0),
            (0, 0),
            (0, 0),
            (5, 2),
            (0, 0),
        ]


class TestChart:
    def svg(self, of: StatisticsReport, language: str = "zh") -> ElementTree.Element:
        return ElementTree.fromstring(
            loans_chart_svg(loans_chart(of, language=language, translate=translation(language)))
        )

    def by_class(self, svg: ElementTree.Element, name: str) -> list[ElementTree.Element]:
        return [element for element in svg.iter() if element.get("class") == name]

    def test_words_and_numbers_are_text_in_the_pages_language(self) -> None:
        svg = self.svg(report())
        texts = [element.text for element in self.by_class(svg, "chart-text")]
        assert "借出" in texts and "7月13日" in texts
        assert str(loans_by_interval(report())[1][3].issued) in texts
        assert str(sum(day.issued for day in report().loans_by_day)) in svg.get("aria-label", "")

    def test_no_inline_style_and_no_id_that_a_page_could_hold_too(self) -> None:
        svg = self.svg(report())
        assert not [element for element in svg.iter() if "style" in element.attrib or "id" in element.attrib]
        assert all("Noto Sans SC" in element.get("font-family", "") for element in self.by_class(svg, "chart-text"))
        assert {element.get("text-anchor") for element in self.by_class(svg, "chart-text")} == {
            "start",
            "middle",
            "end",
        }

    def test_bars_are_as_high_as_their_numbers(self) -> None:
        svg = self.svg(report())
        _, groups = loans_by_interval(report())
        _, *bars = self.by_class(svg, "chart-issued")
        expected = [group.issued for group in groups if group.issued]
        heights = [float(bar.get("height", "0")) for bar in bars]
        assert [height / heights[0] for height in heights] == pytest.approx([n / expected[0] for n in expected])

    def test_the_two_kinds_of_bar_differ_without_colour(self) -> None:
        svg = self.svg(report())
        fills = {name: self.by_class(svg, name)[0].get("fill") for name in ("chart-issued", "chart-returned")}
        assert fills["chart-returned"] == "rgb(100%,100%,100%)" != fills["chart-issued"]

    @pytest.mark.parametrize("highest", [0, 1, 5, 6, 19, 99, 100, 101, 12345])
    def test_no_bar_leaves_the_chart(self, highest: int) -> None:
        svg = self.svg(report(loans_by_day=(LoansOfDay(date(2026, 7, 20), highest, highest),)))
        bars = self.by_class(svg, "chart-issued") + self.by_class(svg, "chart-returned")
        assert all(float(bar.get("y", "0")) + float(bar.get("height", "0")) <= 220 for bar in bars)
        assert 2 <= len(self.by_class(svg, "chart-line")) <= 7


@LANGUAGES
def test_the_pdf_says_every_figure_and_name(language: str) -> None:
    text = flat("".join(pages_of(pdf(report(), language))))
    translate = translation(language)
    for table in figure_tables(report()):
        assert flat(translate(table.title)) in text
        for column in table.columns:
            assert flat(translate(column.heading)) in text
        for row in table.rows:
            for cell, column in zip(row, table.columns, strict=True):
                shown = cell_text(cell, column.shape, language=language, translate=translate)
                assert flat(shown) in text, shown
    assert "2026-Q3-007" in text and flat(translate("Records department")) in text
    assert "16:05" in text


@LANGUAGES
def test_every_font_is_embedded(language: str) -> None:
    with pikepdf.open(io.BytesIO(pdf(report(), language))) as document:
        fonts = [font for page in document.pages for font in page.Resources.Font.values()]
        assert fonts
        for font in fonts:
            assert "/FontFile2" in font.FontDescriptor, font.BaseFont
        names = {str(font.BaseFont).partition("+")[2] for font in fonts}
        assert names == {"NotoSansSC-Regular", "NotoSerifSC-Regular"}


@LANGUAGES
def test_title_language_and_bookmarks(language: str) -> None:
    title = translation(language)("Statistics of the client archive")
    with pikepdf.open(io.BytesIO(pdf(report(), language))) as document:
        assert str(document.docinfo.Title) == title
        assert str(document.Root.Lang) == {"en": "en", "es": "es", "zh": "zh-CN"}[language]
        assert document.Root.ViewerPreferences.DisplayDocTitle
        with document.open_outline() as outline:
            (top,) = outline.root
            assert top.title == title
            assert [entry.title for entry in top.children][1:] == [
                translation(language)(table.title) for table in figure_tables(report())
            ]


def test_a_long_list_repeats_its_head_and_counts_its_pages() -> None:
    pages = pages_of(pdf(report(overdue=tuple(overdue(number) for number in range(120))), "es"))
    assert len(pages) > 3
    for number, page in enumerate(pages, 1):
        assert f"Página {number} de {len(pages)}" in page
    assert all("Borrower" in page for page in pages[2:])
    assert "LEG-2026-00119" in pages[-1]


def positions(data: bytes, character: str) -> list[tuple[float, float, float, float]]:
    """Left, bottom, right and top in points of each place where `character` stands, on any page."""
    boxes = []
    for page in pypdfium2.PdfDocument(data):
        text = page.get_textpage()
        for index in range(text.count_chars()):
            if text.get_text_range(index, 1) == character:
                boxes.append(text.get_charbox(index))
    return boxes


@pytest.mark.parametrize("length", [60, 300, 6000])
def test_long_names_stay_in_their_columns(length: int) -> None:
    # One sign of its own for each column, in words without a single space.
    signs = {"dossier_number": "Q", "client": "鑫", "borrower": "Ŵ", "department": "淼"}
    crowded = overdue(0, volume="ŷ", **{column: sign * length for column, sign in signs.items()})
    holdings = (Holdings("森" * length, 1, 2, 3, 4),)
    data = pdf(report(overdue=(crowded,), holdings_by_kind=holdings), number="7")
    boxes = {sign: positions(data, sign) for sign in "Q鑫ŷŴ淼森"}
    assert all(len(boxes[sign]) == length for sign in "Q鑫Ŵ淼森")
    columns = [boxes[sign] for sign in "Q鑫ŷŴ淼"]
    for left, right in pairwise(columns):
        assert max(box[2] for box in left) < min(box[0] for box in right)
    for box in (box for sign in boxes for box in boxes[sign]):
        assert 17 * mm < box[0] and box[2] < A4[0] - 17 * mm
        assert 19 * mm < box[1] and box[3] < A4[1] - 15 * mm


@LANGUAGES
def test_an_empty_report_says_so(language: str) -> None:
    data = pdf(EMPTY, language, number=None)
    text = flat("".join(pages_of(data)))
    assert flat("No loan was overdue at the end of the period.") in text
    assert flat("Nothing is held yet.") in text
    assert flat("Not issued") in text
