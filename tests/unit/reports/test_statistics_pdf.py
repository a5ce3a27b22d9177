"""The statistics as PDF: what each page says, its fonts, its outline, and that nothing leaves the page."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from itertools import pairwise
from typing import Any

import pikepdf
import pypdfium2
import pytest
from fontTools.ttLib import TTFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from portal.core.fonts import pdf_fonts
from portal.reports.cli import period_from_to
from portal.reports.papers import Signed, Standing, statistics_pdf
from portal.reports.papers.text import break_lines, width_of
from portal.reports.periods import Period, PeriodKind, compared
from portal.reports.statistics.counted import Breakdown, Chart, Group, Name, Values
from portal.reports.statistics.storing import checksum, stored
from portal.reports.statistics.wording import cell_text, name_text, value_text
from tests.unit.reports.made_statistics import COUNTED_AT, made_statistics

LANGUAGES = pytest.mark.parametrize("language", ["en", "es", "zh"])
MARK = "Draft – not reviewed"
MADE_AT = datetime(2026, 11, 22, 8, 5, tzinfo=UTC)
# A few sentences are enough to see that each text goes through the translation that was handed in.
WORDS = {
    "es": {
        "Statistics of the client archive": "Estadísticas del archivo de clientes",
        "Table of contents": "Contenido",
        "Key figures": "Cifras clave",
        "What the figures mean": "Qué significan las cifras",
        "Page %(page)s of %(pages)s": "Página %(page)s de %(pages)s",
        "Volumes issued": "Tomos entregados",
        "Loans": "Préstamos",
        "General": "Común",
        MARK: "Borrador sin revisar",
    },
    "zh": {
        "Statistics of the client archive": "客户档案统计",
        "Table of contents": "目录",
        "Key figures": "关键指标",
        "What the figures mean": "指标说明",
        "Page %(page)s of %(pages)s": "第 %(page)s 页，共 %(pages)s 页",
        "Volumes issued": "借出卷册",
        "Loans": "借阅",
        "General": "一般",
        MARK: "草稿，未审核",
    },
    "en": {},
}


def translation(language: str) -> Any:
    return lambda message: WORDS[language].get(message, message)


def standing(data: bytes, **changes: Any) -> Standing:
    signed = (
        Signed("Prepared by", "Ana García Rodríguez", datetime(2026, 11, 20, 2, 0, tzinfo=UTC)),
        Signed("Reviewed by", "王小明"),
        Signed("Approved by"),
    )
    return replace(Standing(None, "R2026-0007", checksum(data), signed, MADE_AT, None), **changes)


@cache
def pdf(
    kind: str = "short", language: str = "en", *, draft: bool = False, empty: bool = False, rows: int = 120
) -> bytes:
    statistics = made_statistics(kind, sections=2, rows=rows, empty=empty)
    changes = {"mark": MARK, "number": None} if draft else {}
    return statistics_pdf(
        statistics, standing(stored(statistics), **changes), language=language, translate=translation(language)
    )


def pages_of(data: bytes) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data)]


def flat(text: str) -> str:
    """Without the line breaks of narrow columns, and without spaces."""
    return re.sub(r"\s+", "", text)


@LANGUAGES
def test_it_says_every_figure_name_and_definition(language: str) -> None:
    statistics, translate = made_statistics(sections=2, rows=120), translation(language)
    text = flat("".join(pages_of(pdf(language=language))))
    for figure in statistics.figures():
        assert flat(translate(figure.title)) in text
        assert flat(figure.definition) in text
        for value in figure.total:
            assert flat(value_text(value, figure.unit, language=language, translate=translate)) in text
        for part in figure.breakdowns:
            assert not part.groups or flat(translate(part.title)) in text
            for group in part.groups:
                assert flat(name_text(group.name, language=language, translate=translate)) in text
        for crossing in figure.crossings:
            for _, name in crossing.row_names:
                assert flat(name_text(name, language=language, translate=translate)) in text
        for row in figure.register.rows if figure.register else ():
            assert flat(str(row[0])) in text
    assert flat(translate("General")) in text


@LANGUAGES
def test_every_page_says_what_it_is(language: str) -> None:
    data, translate = pdf(language=language), translation(language)
    pages = pages_of(data)
    assert len(pages) > 8
    short = checksum(stored(made_statistics(sections=2, rows=120)))
    assert short in flat(pages[0])
    for number, page in enumerate(pages[1:], 2):
        place = translate("Page %(page)s of %(pages)s") % {"page": number, "pages": len(pages)}
        assert flat(place) in flat(page)
        assert short[:12] in page
        assert flat(translate("Statistics of the client archive")) in flat(page)
        assert "R2026-0007" in page
    assert "Ana García Rodríguez" in pages[0] and "王小明" in pages[0] and "Approved by" in pages[0]


@LANGUAGES
def test_a_draft_says_so_on_every_page_and_an_issued_report_on_none(language: str) -> None:
    mark = flat(translation(language)(MARK))
    for page in pages_of(pdf(language=language, draft=True)):
        assert flat(page).count(mark) >= 1
    assert not [page for page in pages_of(pdf(language=language)) if mark in flat(page)]


def test_a_withdrawn_report_shows_its_mark_and_its_number() -> None:
    statistics = made_statistics(sections=1, rows=0)
    told = standing(b"x", mark="Withdrawn, replaced by R2026-0009")
    for page in pages_of(statistics_pdf(statistics, told, language="en", translate=str)):
        assert "Withdrawn, replaced by R2026-0009" in page and "R2026-0007" in page


def test_the_figures_of_a_draft_stay_readable() -> None:
    """The mark across the page lies under the figures and is nearly white."""
    page = pypdfium2.PdfDocument(pdf(draft=True))[2]
    issued = pypdfium2.PdfDocument(pdf())[2]
    pictures = [one.render(scale=1).to_pil().convert("L").histogram() for one in (page, issued)]
    dark = [sum(picture[:150]) for picture in pictures]
    assert dark[0] < dark[1] * 1.15
    assert sum(pictures[0][235:240]) > sum(pictures[1][235:240]) + 3000


@LANGUAGES
@pytest.mark.parametrize("kind", ["short", "long"])
def test_every_font_is_embedded_and_cut_to_its_text(language: str, kind: str) -> None:
    with pikepdf.open(io.BytesIO(pdf(kind, language))) as document:
        fonts = {str(font.BaseFont): font for page in document.pages for font in page.Resources.Font.values()}
        assert {name.partition("+")[2] for name in fonts} == {"NotoSansSC-Regular", "NotoSerifSC-Regular"}
        for name, font in fonts.items():
            assert re.match(r"/[A-Z]{6}\+", name)
            embedded = TTFont(io.BytesIO(font.FontDescriptor.FontFile2.read_bytes()))
            assert embedded["maxp"].numGlyphs < 1500


def boxes_shown(data: bytes) -> int:
    """How many characters on all pages are shown by the box for those that a font lacks."""
    shown = 0
    with pikepdf.open(io.BytesIO(data)) as document:
        for page in document.pages:
            lacking = {name: codes_without_glyph(font) for name, font in page.Resources.Font.items()}
            name = ""
            for operands, operator in pikepdf.parse_content_stream(page):
                if str(operator) == "Tf":
                    name = str(operands[0])
                elif str(operator) == "Tj":
                    shown += sum(code in lacking[name] for code in bytes(operands[0]))
    return shown


def codes_without_glyph(font: Any) -> frozenset[int]:
    embedded = TTFont(io.BytesIO(font.FontDescriptor.FontFile2.read_bytes()))
    used = range(font.FirstChar, font.LastChar + 1)
    glyphs = embedded["cmap"].tables[0].cmap
    return frozenset(code for code in used if glyphs.get(code, ".notdef") == ".notdef")


@LANGUAGES
@pytest.mark.parametrize("kind", ["short", "long"])
def test_no_character_is_without_its_glyph(kind: str, language: str) -> None:
    assert boxes_shown(pdf(kind, language, draft=kind == "short")) == 0


def test_a_character_that_no_font_has_is_shown_as_a_box() -> None:
    assert boxes_shown(pdf("hostile", rows=12)) > 0


def test_outline_links_and_what_a_reader_program_is_told() -> None:
    with pikepdf.open(io.BytesIO(pdf(language="zh"))) as document:
        assert str(document.Root.Lang) == "zh-CN"
        assert document.Root.ViewerPreferences.DisplayDocTitle
        assert str(document.docinfo.Title) == "客户档案统计 – 2026年第3季度"
        assert str(document.docinfo.Author) == "Legajo"
        assert "R2026-0007" in str(document.docinfo.Subject) and "借阅" in str(document.docinfo.Keywords)
        assert str(document.docinfo.CreationDate).startswith("D:20261122080500")
        with document.open_outline() as outline:
            titles = [entry.title for entry in outline.root]
            assert titles == ["客户档案统计", "目录", "关键指标", "1 借阅", "2 Holdings", "指标说明"]
            figures = [entry.title for entry in outline.root[3].children]
            assert figures[0] == "1.1 借出卷册" and len(figures) == 5
        links = [one for one in document.pages[1].Annots if one.Subtype == "/Link"]
        assert len(links) == 2 + 2 + 2 * 5


def test_the_contents_name_the_page_on_which_a_figure_stands() -> None:
    pages = pages_of(pdf())
    entries = re.findall(r"^(\d\.\d [^\d]+?) ?(\d+)\r?$", pages[1], re.MULTILINE)
    assert len(entries) == 10
    for title, number in entries:
        assert title in pages[int(number) - 1]


def test_a_long_register_repeats_its_heads() -> None:
    pages = pages_of(pdf())
    with_rows = [page for page in pages if re.search(r"LEG-2026-\d{5}", page)]
    assert len(with_rows) >= 3
    assert all("Borrower" in page and "Department" in page for page in with_rows)
    assert "LEG-2026-00119" in with_rows[-1] and "and 12 more" in with_rows[-1]


@pytest.mark.parametrize("kind", ["long", "hostile"])
@LANGUAGES
def test_nothing_leaves_the_page(kind: str, language: str) -> None:
    for number, page in enumerate(pypdfium2.PdfDocument(pdf(kind, language, rows=12))):
        text = page.get_textpage()
        for index in range(text.count_chars()):
            left, bottom, right, top = text.get_charbox(index)
            if right - left <= 0:
                continue
            assert left >= 17.5 * mm and right <= A4[0] - 17.5 * mm, (number, text.get_text_range(index, 1))
            assert bottom >= 10 * mm and top <= A4[1] - 10 * mm, (number, text.get_text_range(index, 1))


def test_long_names_are_there_whole() -> None:
    assert flat("".join(pages_of(pdf("long", rows=12)))).count("档案" * 90) >= 2


def test_hostile_names_stay_names() -> None:
    text = "".join(pages_of(pdf("hostile", rows=12)))
    assert "<b>bold</b>" in text
    assert "%(name)s {0}" in text
    assert "\U0002cb4e达科技" in text


@LANGUAGES
def test_an_empty_archive_takes_a_line_for_each_figure(language: str) -> None:
    pages = pages_of(pdf(language=language, empty=True))
    assert len(pages) <= 4
    text = "".join(pages)
    assert text.count("none, and none to compare with") == 10
    assert "Along the period" not in text


def test_figures_without_a_past_have_one_column() -> None:
    made = made_statistics(sections=1, rows=0)
    first = made.sections[0].figures[0]
    alone = replace(first, total=replace(first.total, previous=None, last_year=None), breakdowns=(), crossings=())
    statistics = replace(made, sections=(replace(made.sections[0], figures=(alone,)),))
    data = statistics_pdf(statistics, standing(b""), language="en", translate=str)
    assert "Difference\r" not in "".join(pages_of(data))


def test_the_same_report_is_the_same_file() -> None:
    statistics = made_statistics(sections=1, rows=5)
    first, second = (
        statistics_pdf(statistics, standing(b"x"), language="zh", translate=translation("zh")) for _ in range(2)
    )
    assert first == second


def test_a_title_and_a_remark_of_its_own() -> None:
    statistics = made_statistics(sections=1, rows=0)
    told = standing(b"x", remark="Replaced by R2026-0009")
    data = statistics_pdf(statistics, told, language="es", translate=str, title="Informe anual & <b>resumen</b>")
    pages = pages_of(data)
    assert "Replaced by R2026-0009" in pages[0]
    assert all(flat("Informe anual & <b>resumen</b>") in flat(page) for page in pages)


def test_a_very_long_title_and_many_signatures_do_not_stop_it() -> None:
    statistics = made_statistics(sections=1, rows=0)
    signed = tuple(Signed("Reviewed by", "档案" * 100, COUNTED_AT) for _ in range(30))
    told = standing(b"x", signed=signed, mark="W" * 300, remark="w" * 2000)
    data = statistics_pdf(statistics, told, language="zh", translate=str, title="Título" * 60)
    pages = pages_of(data)
    assert len(pages) > 4


def test_a_name_higher_than_a_page_is_divided() -> None:
    statistics = made_statistics(sections=1, rows=3)
    figure = statistics.figure("late-0")
    assert figure.register
    row = figure.register.rows[0]
    register = replace(figure.register, rows=((row[0], "森" * 6000, *row[2:]),))
    section = replace(statistics.sections[0], figures=(replace(figure, register=register),))
    data = statistics_pdf(replace(statistics, sections=(section,)), standing(b"x"), language="zh", translate=str)
    assert flat("".join(pages_of(data))).count("森") == 6000


def test_names_with_line_ends_are_lines_of_the_table_like_any_other() -> None:
    """A purpose sent by a script may hold them: thirty in each name made a row higher than a page."""
    groups = tuple(Group(str(n), Name("a\n" * 29 + f"z{n}"), Values(n, n, 0)) for n in range(3))
    statistics = made_statistics(sections=1, rows=0)
    figure = replace(statistics.sections[0].figures[0], breakdowns=(Breakdown("p", "By purpose", Chart.BARS, groups),))
    section = replace(statistics.sections[0], figures=(figure,))
    data = statistics_pdf(replace(statistics, sections=(section,)), standing(b"x"), language="en", translate=str)
    assert all(f"z{n}" in "".join(pages_of(data)) for n in range(3))


@pytest.mark.parametrize("mark", ["Retirado, sustituido por R2026-0009", "Withdrawn"])
def test_the_foot_of_a_page_is_written_side_by_side(mark: str) -> None:
    """Mark, number and checksum, in words as long as they get."""
    statistics = made_statistics(sections=1, rows=0)
    told = standing(b"x", mark=mark, number="RC2026-0008")
    in_words = {"Data checksum %(checksum)s": "Comprobación de los datos %(checksum)s"}
    data = statistics_pdf(statistics, told, language="es", translate=lambda text: in_words.get(text, text))
    for page in list(pypdfium2.PdfDocument(data))[1:]:
        text = page.get_textpage()
        feet = [text.get_rect(n) for n in range(text.count_rects())]
        line = sorted((left, right) for left, bottom, right, top in feet if 28 < bottom < 40)
        assert len(line) > 2
        assert all(right <= left + 1 for (_, right), (left, _) in pairwise(line)), line


def test_a_year_stands_beside_one_other_and_says_up_to_when_it_was_counted() -> None:
    periods = compared(Period.containing(PeriodKind.YEAR, date(2026, 8, 1)), date(2026, 7, 20))
    data = statistics_pdf(
        made_statistics(sections=1, rows=0, periods=periods), standing(b"x"), language="en", translate=str
    )
    pages = pages_of(data)
    assert "Year 2026, up to Jul 20, 2026" in " ".join(pages[0].split())
    assert not [page for page in pages if "Last year" in page or "Same period last year" in page]
    assert "Previous" in "".join(pages)


def test_what_stands_now_is_not_headed_by_the_period() -> None:
    statistics = made_statistics(sections=1, rows=0)
    figure = replace(
        statistics.sections[0].figures[0], total=Values(7), breakdowns=(), crossings=(), is_key=False, is_now=True
    )
    section = replace(statistics.sections[0], figures=(figure,))
    data = statistics_pdf(replace(statistics, sections=(section,)), standing(b"x"), language="en", translate=str)
    assert sum(flat("On the day of counting") in flat(page) for page in pages_of(data)) == 1


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one two three", ["one two", "three"]),
        ("", [""]),
        ("a\nb", ["a", "b"]),
        ("  indent", ["indent"]),
        ("一二三四五六七八九", ["一二三四", "五六七八", "九"]),
        ("一二三四，五六", ["一二三", "四，五六"]),
    ],
)
def test_lines_break_where_they_may(text: str, lines: list[str]) -> None:
    with pdf_fonts(text) as fonts:
        assert [line.strip() for line in break_lines(text, 42, fonts.body, 10)] == lines
        assert all(width_of(line, fonts.body, 10) <= 42 for line in lines)


def test_an_open_period_has_no_steps_ahead() -> None:
    periods = compared(Period.containing(PeriodKind.QUARTER, date(2026, 8, 1)), date(2026, 7, 20))
    data = statistics_pdf(
        made_statistics(sections=1, rows=0, periods=periods), standing(b"x"), language="en", translate=str
    )
    text = "".join(pages_of(data))
    # Each step that is over stands in the chart and in the table; one that lies ahead in the chart alone.
    assert text.count("Jul 13") == 2 and text.count("Jul 27") == 1


@pytest.mark.parametrize(
    ("first", "last", "kind"),
    [
        ((2026, 2, 1), (2026, 2, 28), PeriodKind.MONTH),
        ((2026, 4, 1), (2026, 6, 30), PeriodKind.QUARTER),
        ((2026, 7, 1), (2026, 12, 31), PeriodKind.HALF_YEAR),
        ((2026, 1, 1), (2026, 12, 31), PeriodKind.YEAR),
        ((2026, 1, 1), (2026, 12, 30), PeriodKind.DAYS),
        ((2026, 2, 1), (2026, 4, 30), PeriodKind.DAYS),
    ],
)
def test_two_days_that_are_exactly_a_period_are_that_period(
    first: tuple[int, int, int], last: tuple[int, int, int], kind: PeriodKind
) -> None:
    assert period_from_to(date(*first), date(*last)) == Period(kind, date(*first), date(*last))


def test_cells_of_the_register_are_in_the_readers_language() -> None:
    statistics = made_statistics(rows=3)
    register = statistics.figure("late-0").register
    assert register
    shown = [
        cell_text(cell, column.shape, language="es", translate=str, zone=COUNTED_AT.tzinfo)  # type: ignore[arg-type]
        for cell, column in zip(register.rows[0], register.columns, strict=True)
    ]
    text = flat("".join(pages_of(pdf(language="es"))))
    assert flat(shown[5]) in text
    assert flat("1 jul 2026, 16:30") in text  # In the office's zone.
