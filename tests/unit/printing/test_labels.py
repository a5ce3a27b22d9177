"""Labels on sheets: every code is read again from the printed page, in its place, and no text leaves its label."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfbase.pdfmetrics import stringWidth

from portal.core.fonts import PdfFonts, pdf_fonts
from portal.core.permissions import Level
from portal.printing.fitting import LEADING, TextLine, fit, wrap
from portal.printing.formats import FORMATS, USUAL_FORMATS, LabelFormat, LabelKind, sheets_needed, spots
from portal.printing.labels import Label
from portal.printing.sheets import Placing, grid_pdf, labels_pdf
from tests.unit.printing.worlds import codes_of, ink_of, pages_of, sizes_of, texts_of, translator, within

FORMAT = pytest.mark.parametrize("of", FORMATS.values(), ids=FORMATS)

LABELS = (
    Label("2026-0001", ("Compañía Andina de Suministros, S.A.", "Tomo 2 de 3 · Importante", "A-03-2-14"), "L000123-02"),
    Label("K2026-0001", ("卷册 1，共 3 册 · 核心", "A-03-2-15"), "L000124-01", Level.CORE),
    Label("2026-0044", ("上海浦江精密机械进出口有限公司", "卷册 12，共 30 册 · 一般"), "L000125-12", Level.GENERAL),
    Label("A-03-2-14", ("Shelf · Middle room by the window",), "P000012"),
    Label("王小明", ("采购部",), "C1234567889"),
    Label("Ana María Fernández de Córdoba y Álvarez de Toledo", ("Compras internacionales",), "C0000000197"),
)
HARDEST = (
    Label(
        "2026-PURCHASING-DEPARTMENT-ARCHIVE-00045",
        ("上海浦江精密机械进出口" * 18, "卷册 50，共 50 册 · 重要"),
        "W" * 20,
    ),
    Label("W" * 40, ("Unbreakable" * 18, "V" * 60, "X" * 120), "L999999-50ABCDEFGH", Level.IMPORTANT),
    Label("Ñandú " * 20, ("Compañía de Suministros Industriales del Río de la Plata " * 4,), "L123456-99", Level.CORE),
    Label("客" * 120, ("户" * 400, "册" * 100, "架" * 120), "L000001-01", Level.GENERAL),
)
TOO_LONG_FOR_BARS = {("46x21", "W" * 20), ("46x21", "L999999-50ABCDEFGH")}
"""Codes whose bars would be too fine to read on a small label, which then bears the square only."""


def spot_of(of: LabelFormat, number: int, right: float = 0, down: float = 0) -> tuple[float, float, float, float]:
    """Where label `number` (from 1) of a sheet is, worked out anew: left, top, right, bottom in mm."""
    row, column = (number - 1) // of.columns, (number - 1) % of.columns
    left = of.left + column * of.width + column * of.gap + right
    top = of.top + row * of.height + down
    return left, top, left + of.width, top + of.height


@FORMAT
def test_the_labels_of_a_format_are_on_the_paper_and_do_not_overlap(of: LabelFormat) -> None:
    places = [spot_of(of, number) for number in range(1, of.count + 1)]
    assert all(within(place, (0, 0, 210, 297)) for place in places)
    # As much is left over at the right as at the left, and below as above: that is how the sheets are cut.
    assert places[0][0] == pytest.approx(210 - places[-1][2], abs=0.11)
    assert places[0][1] == pytest.approx(297 - places[-1][3], abs=0.11)
    for one, other in zip(places, places[1:], strict=False):
        assert one[2] <= other[0] + 1e-9 or one[3] <= other[1] + 1e-9


def test_every_kind_has_a_usual_format() -> None:
    assert USUAL_FORMATS.keys() == set(LabelKind)
    assert set(USUAL_FORMATS.values()) <= FORMATS.keys()


@FORMAT
@pytest.mark.parametrize("labels", [LABELS, HARDEST], ids=["usual", "hardest"])
def test_every_code_is_read_again_in_its_place_and_no_text_leaves_its_label(
    of: LabelFormat, labels: tuple[Label, ...]
) -> None:
    first = 2
    pages = pages_of(labels_pdf(labels, Placing(of, first), title="Labels", language="zh"))
    assert len(pages) == sheets_needed(of, len(labels), first)
    places = {label.code: divmod(first - 1 + place, of.count) for place, label in enumerate(labels)}
    read = set()
    for sheet, page in enumerate(pages):
        for kind, text, box in codes_of(page):
            at, number = places[text]
            assert at == sheet
            assert within(box, spot_of(of, number + 1)), (kind, text, box)
            read.add((kind, text))
        used = [spot_of(of, number + 1) for at, number in places.values() if at == sheet]
        for ink in ink_of(page):
            assert any(within(ink, place) for place in used), ink
    barred = [label for label in labels if (of.key, label.code) not in TOO_LONG_FOR_BARS]
    assert read == {("qr", label.code) for label in labels} | {("bars", label.code) for label in barred}


@pytest.mark.parametrize(("first", "right", "down"), [(1, 0, 0), (5, 0, 0), (24, 0, 0), (7, 3.5, -2), (13, -1.5, 4)])
def test_start_position_and_shift_move_the_label_by_so_many_millimetres(first: int, right: float, down: float) -> None:
    of = FORMATS["63x34"]
    label = LABELS[0]
    plain = inked(labels_pdf([label], Placing(of), title="x", language="en"))
    moved = inked(labels_pdf([label], Placing(of, first, right, down), title="x", language="en"))
    here, there = spot_of(of, 1), spot_of(of, first, right, down)
    assert within(plain, here)
    assert within(moved, there)
    ways = [there[side] - here[side] for side in range(4)]
    assert [moved[side] - plain[side] for side in range(4)] == pytest.approx(ways, abs=0.1)


def inked(pdf: bytes, dots: int = 600) -> tuple[float, ...]:
    """Left, top, right and bottom of everything printed on the first page, in mm."""
    picture = pages_of(pdf)[0].render(scale=dots / 72, grayscale=True).to_pil()
    return tuple(side * 25.4 / dots for side in picture.point(lambda value: 255 * (value < 128)).getbbox())


def test_labels_go_on_to_further_sheets() -> None:
    of = FORMATS["70x36"]
    many = [Label(f"2026-{n:04d}", ("Client",), f"L{n:06d}-01") for n in range(50)]
    pages = pages_of(labels_pdf(many, Placing(of, 20), title="x", language="en"))
    assert [len(codes_of(page)) for page in pages] == [10, 48, 42]
    assert "2026-0049" in pages[2].get_textpage().get_text_range()
    assert list(spots(of, 0)) == []
    assert sheets_needed(of, 0) == 0


@pytest.mark.parametrize("level", Level)
def test_the_mark_tells_the_levels_apart_without_colour(level: Level) -> None:
    of = FORMATS["105x74"]

    def ink(mark: Level | None) -> int:
        label = Label("2026-0001", (), "L000123-02", mark)
        page = pages_of(labels_pdf([label], Placing(of), title="x", language="en"))[0]
        corner = page.render(scale=4, grayscale=True).to_pil().crop((40, 50, 102, 102))
        return sum(1 for value in corner.get_flattened_data() if value < 128)

    amounts = {mark: ink(mark) for mark in Level}
    assert 0 < amounts[Level.GENERAL] < amounts[Level.IMPORTANT] < amounts[Level.CORE]
    assert ink(level) == amounts[level]


def test_texts_of_three_languages_can_be_copied() -> None:
    text = texts_of(labels_pdf(LABELS, Placing(FORMATS["105x74"]), title="x", language="es"))[0]
    for wanted in ("Compañía Andina", "卷册 1，共 3 册 · 核心", "王小明", "Middle room", "L000125-12", "A-03-2-14"):
        assert wanted in text.replace("\r\n", " ").replace("\n", " "), wanted


@FORMAT
@pytest.mark.parametrize("language", ["en", "es", "zh"])
def test_the_test_page_shows_each_label_with_its_number(of: LabelFormat, language: str) -> None:
    page = pages_of(grid_pdf(Placing(of), language=language, translate=translator(language)))[0]
    text = page.get_textpage().get_text_range()
    assert all(str(number) in text.split() for number in range(1, of.count + 1))
    assert of.size in text.replace("\r\n", " ")
    picture = page.render(scale=300 / 72, grayscale=True).to_pil()
    left, top, right, bottom = spot_of(of, of.count)
    for x, y in ((left + 2, top), (right - 2, bottom), (left, top + 3), (right, bottom - 3)):
        if 0.3 < x < 209.7 and 0.3 < y < 296.7:
            near = picture.crop(tuple(round(mm * 300 / 25.4) for mm in (x - 0.3, y - 0.3, x + 0.3, y + 0.3)))
            assert near.getextrema()[0] < 128, (x, y)
    assert sizes_of(grid_pdf(Placing(of), language=language, translate=translator(language))) == [
        pytest.approx((210, 297), abs=0.1)
    ]


SIGNS = "abcXYZ  -/.,ñÁ客户有限公司（），。机械𬭚"
WRITING = st.text(st.sampled_from(SIGNS), max_size=120)


@pytest.fixture(scope="module")
def fonts() -> Iterator[PdfFonts]:
    """Fonts that hold what the tests below write."""
    with pdf_fonts(SIGNS + "精密") as lent:
        yield lent


@settings(max_examples=60, deadline=None)
@given(st.lists(WRITING, min_size=1, max_size=4), st.floats(40, 300), st.floats(10, 120))
def test_whatever_is_set_stays_within_its_width_and_height(
    fonts: PdfFonts, texts: list[str], width: float, height: float
) -> None:
    wanted = [TextLine(text, fonts.body, 18, 6, most_lines=3, one_line=text is texts[0]) for text in texts]
    lines = fit(wanted, width, height)
    assert sum(line.size * LEADING for line in lines) <= height + 1e-6
    assert all(6 - 1e-9 <= line.size <= 18 + 1e-9 for line in lines)
    assert all(stringWidth(line.text, line.font, line.size) <= width + 1e-6 for line in lines)


@settings(max_examples=100, deadline=None)
@given(WRITING, st.floats(30, 300))
def test_wrapping_loses_nothing_but_blanks(fonts: PdfFonts, text: str, width: float) -> None:
    lines = wrap(text, fonts.body, 10, width)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_a_line_does_not_begin_with_a_closing_mark_and_words_stay_whole(fonts: PdfFonts) -> None:
    assert wrap("精密机械，有限", fonts.body, 10, 42) == ["精密机", "械，有限"]
    assert wrap("and Sons Limited", fonts.body, 10, 50) == ["and Sons", "Limited"]
    assert wrap("2026-0001", fonts.body, 10, 30) == ["2026-", "0001"]


def test_the_most_important_text_survives_the_smallest_label(fonts: PdfFonts) -> None:
    texts = [TextLine("2026-0001", fonts.heading, 14, 6), TextLine("Client " * 30, fonts.body, 9, 6, most_lines=3)]
    assert [line.text for line in fit(texts, 60, 8)] == ["2026-0001"]
    assert fit(texts, 60, 16)[-1].text.endswith("…")
