"""Registers on paper: heads on each page, pages counted, nothing beyond the margins, thousands of rows."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pikepdf
import pytest
from reportlab.lib.units import mm

from portal.core.permissions import Level
from portal.printing.covers import Cover, CoverVolume, cover_pdf
from portal.printing.registers import Head, RegisterSheet, register_pdf
from tests.unit.printing.worlds import codes_of, ink_of, pages_of, pages_toc, sizes_of, texts_of, within

LANGUAGES = pytest.mark.parametrize("language", ["en", "es", "zh"])
NAMES = {
    "en": "The Very Long Northern Paper & Packaging <b>Machinery</b> Import and Export Company of Greater Manchester",
    "es": "Compañía Andina de Suministros Industriales y Construcciones Metálicas del Río de la Plata, S.A.",
    "zh": "上海浦江精密机械进出口有限公司长江三角洲一体化示范区国际贸易分公司",
}
SHORT = {"en": "Orr", "es": "Ñú", "zh": "王"}
PAGE = {
    "en": "Page %(page)s of %(pages)s",
    "es": "Página %(page)s de %(pages)s",
    "zh": "第 %(page)s 页，共 %(pages)s 页",
}


def sheet(language: str, rows: int, **more: Any) -> RegisterSheet:
    return RegisterSheet(
        language=language,
        title={"en": "Client list", "es": "Lista de clientes", "zh": "客户名册"}[language],
        number="R-2026-0007",
        facts=[("As of", "Nov 22, 2026"), (NAMES[language], NAMES[language])],
        heads=(Head("Number", weight=1.4), Head("Client", weight=4), Head("Sheets", is_number=True), Head("Place")),
        rows=[
            (f"2026-{n:05d}", NAMES[language] if n % 2 else SHORT[language], f"{n * 37:,}", "A-03-2-14")
            for n in range(rows)
        ],
        empty="Nothing is listed.",
        foot=f"Printed by {NAMES[language][:30]}, {NAMES[language][:30]}, on Nov 22, 2026",
        page_words=PAGE[language],
        **more,
    )


def flat(text: str) -> str:
    return re.sub(r"\s+", "", text)


@LANGUAGES
@pytest.mark.parametrize("landscape", [False, True])
def test_every_row_is_there_between_the_margins_under_heads_and_pages_are_counted(
    language: str, landscape: bool
) -> None:
    pdf = register_pdf(sheet(language, 60, landscape=landscape, mark=NAMES[language]))
    assert sizes_of(pdf)[0] == pytest.approx((297, 210) if landscape else (210, 297), abs=0.1)
    texts = texts_of(pdf)
    assert len(texts) > 1
    for number, text in enumerate(texts, 1):
        assert flat("Number Client Sheets Place") in flat(text)
        assert flat(PAGE[language] % {"page": number, "pages": len(texts)}) in flat(text)
        assert flat(NAMES[language]) in flat(text)
    numbers = re.findall(r"2026-\d{5}", "".join(texts))
    assert numbers == [f"2026-{n:05d}" for n in range(60)]
    whole = flat("".join(texts))
    # 30 rows, the fact twice, and on each page the mark.
    assert whole.count(flat(NAMES[language])) == 30 + 2 + len(texts)
    wide, high = sizes_of(pdf)[0]
    for page in pages_of(pdf):
        assert all(within(ink, (16, 5, wide - 16, high - 4)) for ink in ink_of(page))


def spots_of(pdf: bytes, wanted: str) -> list[tuple[float, float]]:
    """Left and right of each place on the first page where a text stands, in mm."""
    page = pages_of(pdf)[0]
    text = page.get_textpage()
    searcher, spots = text.search(wanted, match_case=True), []
    while found := searcher.get_next():
        boxes = [text.get_charbox(place) for place in range(found[0], found[0] + found[1])]
        spots.append((min(box[0] for box in boxes) / mm, max(box[2] for box in boxes) / mm))
    return spots


def test_numbers_end_at_one_edge_and_words_begin_at_one() -> None:
    pdf = register_pdf(sheet("en", 12))
    ends = [spots_of(pdf, number)[0][1] for number in ("37", "111", "407")]
    assert max(ends) - min(ends) < 0.6  # Glyphs differ in the white at their right.
    begins = [left for left, _ in spots_of(pdf, "Orr")]
    assert len(begins) == 6
    assert max(begins) - min(begins) < 0.01


def test_columns_do_not_touch() -> None:
    rows = [("W" * 40, "W" * 200, "9" * 40, "W" * 40)]
    pdf = register_pdf(replace(sheet("en", 0), rows=rows, facts=()))
    (page,) = pages_of(pdf)
    text = page.get_textpage()
    whole = text.get_text_range()
    first = whole.index("W")
    lefts = sorted(
        {round(text.get_charbox(place)[0] / mm, 1) for place in range(first, len(whole)) if whole[place] in "W9"}
    )
    gaps = [right - left for left, right in pairwise(lefts)]
    assert sum(gap > 3.5 for gap in gaps) == 3  # Letters stand closer: three gaps between four columns.


def test_a_row_higher_than_a_page_is_divided_and_loses_nothing() -> None:
    long = "".join(f"{n:04d}长江三角洲" for n in range(900))
    pdf = register_pdf(replace(sheet("zh", 3), rows=[("A", "x", "1", ""), ("B", long, "2", ""), ("C", "y", "3", "")]))
    texts = texts_of(pdf)
    assert len(texts) > 2
    assert re.findall(r"\d{4}(?=长)", flat("".join(texts))) == [f"{n:04d}" for n in range(900)]
    for page in pages_of(pdf):
        assert all(within(ink, (19, 5, 191, 293)) for ink in ink_of(page))


def test_sections_are_bookmarks_and_stay_with_their_first_row() -> None:
    sections = {n: f"Letter {n}" for n in range(0, 120, 3)}
    pdf = register_pdf(sheet("en", 120, sections=sections))
    toc = pages_toc(pdf)
    assert toc[0] == (0, "Client list")
    assert toc[1:] == [(1, name) for name in sections.values()]
    for text in texts_of(pdf):
        body = text.split("Page ")[0]
        last = max((m.start() for m in re.finditer(r"Letter \d+", body)), default=-1)
        assert re.search(r"2026-\d{5}", body[last:]), "a heading without a row stands at the foot of a page"


def test_no_rows_are_said_and_a_mark_is_on_every_page() -> None:
    (text,) = texts_of(register_pdf(sheet("en", 0)))
    assert "Nothing is listed." in text
    marked = texts_of(register_pdf(sheet("en", 100, mark="Draft")))
    assert len(marked) > 2
    assert all("Draft" in page for page in marked)
    assert not any("Draft" in page for page in texts_of(register_pdf(sheet("en", 100))))


def test_struck_rows_have_lines_through_their_words() -> None:
    def lines(struck: frozenset[int]) -> int:
        heads = (Head("A"), Head("B", is_never_struck=True))
        rows = [("one", "back"), ("two", ""), ("three", "")]
        pdf = register_pdf(replace(sheet("en", 0), heads=heads, rows=rows, struck=struck))
        with pikepdf.open(io.BytesIO(pdf)) as whole:
            return sum(str(command.operator) == "S" for command in pikepdf.parse_content_stream(whole.pages[0]))

    plain = lines(frozenset())
    assert lines(frozenset({0})) == plain + 1
    assert lines(frozenset({0, 2})) == plain + 2


@LANGUAGES
def test_fonts_are_embedded_and_the_document_says_what_it_is(language: str) -> None:
    pdf = register_pdf(sheet(language, 30, landscape=True))
    with pikepdf.open(io.BytesIO(pdf)) as whole:
        assert str(whole.Root.Lang) == {"en": "en", "es": "es", "zh": "zh-CN"}[language]
        assert str(whole.docinfo["/Title"]) == f"{sheet(language, 0).title} R-2026-0007"
        assert str(whole.docinfo["/Author"]) == "Legajo"
        fonts = [font for page in whole.pages for font in page.Resources.Font.values()]
        assert fonts
        assert all("/FontFile2" in font.FontDescriptor for font in fonts)
        assert all(re.match(r"/[A-Z]{6}\+", str(font.BaseFont)) for font in fonts), "subsets"


def test_five_thousand_rows_of_many_characters() -> None:
    signs = [chr(0x4E00 + n) for n in range(3000)]
    rows = [(f"2026-{n:05d}", "".join(signs[(n * 7 + k) % 3000] for k in range(24)), f"{n:,}", "") for n in range(5000)]
    pdf = register_pdf(replace(sheet("zh", 0), rows=rows))
    texts = texts_of(pdf)
    assert len(texts) > 90
    assert f"第 {len(texts)} 页，共 {len(texts)} 页" in texts[-1].replace("\xa0", " ")
    assert len(re.findall(r"2026-\d{5}", "".join(texts))) == 5000


def cover(language: str, volumes: int, level: Level = Level.IMPORTANT, name: str = "") -> Cover:
    return Cover(
        language=language,
        heading="Dossier",
        number="2026-0042",
        client=name or NAMES[language],
        title=NAMES[language],
        level=level,
        facts=[("Department", NAMES[language]), ("Opened on", "Nov 22, 2026")],
        volumes=[
            CoverVolume(f"Volume {n}", "A-03-2-14", "Sheets: 40", f"L0000{n:02d}-{n:02d}") for n in range(volumes)
        ],
        further="Further volumes: %(volumes)s",
        foot=f"Printed by {NAMES[language]} {NAMES[language]}",
    )


@LANGUAGES
def test_a_cover_is_one_page_whose_codes_can_be_read(language: str) -> None:
    pdf = cover_pdf(cover(language, 3))
    (page,) = pages_of(pdf)
    (text,) = texts_of(pdf)
    assert "2026-0042" in text
    assert flat(text).count(flat(NAMES[language])) == 5
    assert all(within(ink, (19, 15, 191, 293)) for ink in ink_of(page))
    found = [(kind, code) for kind, code, _ in codes_of(page, 200)]
    for n in range(3):
        assert ("qr", f"L0000{n:02d}-{n:02d}") in found
        assert ("bars", f"L0000{n:02d}-{n:02d}") in found


def test_a_cover_of_many_volumes_stays_one_page_and_says_what_is_missing() -> None:
    pdf = cover_pdf(cover("en", 50, name=NAMES["en"] * 5))
    (text,) = texts_of(pdf)
    shown = len(re.findall(r"Volume \d+", text))
    assert 0 < shown < 50
    assert f"Further volumes: {50 - shown}" in text
    assert all(within(ink, (19, 15, 191, 293)) for ink in ink_of(pages_of(pdf)[0]))
