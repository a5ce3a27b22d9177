"""Fonts cut to a text: what they hold, and that ReportLab takes them and gives them back."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pypdfium2
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFont
from reportlab.lib import fonts as reportlab_fonts
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFontFile
from reportlab.pdfgen.canvas import Canvas

from portal.core import fonts
from portal.core.fonts import pdf_fonts, printable, sans_path, serif_path, truetype_subset

FONTS = pytest.mark.parametrize("path", [sans_path(), serif_path()], ids=["sans", "serif"])
SAMPLE = "Año nuevo, ¿qué tal? «Ünïcode» 上海市档案馆有限公司，臺灣。（甲）"
# Characters of the official table of 8,105 beyond U+FFFF: they occur in names of persons and companies.
RARE = "\U0002cb4e\U0002b5af"
LACKING = "\U00020bb7\U0001f600"


def one_page(*lines: str) -> bytes:
    target = io.BytesIO()
    with pdf_fonts("".join(lines)) as lent:
        canvas = Canvas(target, initialFontName=lent.body)
        for number, line in enumerate(lines):
            canvas.setFont(lent.heading if number % 2 else lent.body, 12)
            canvas.drawString(40, 780 - 30 * number, printable(line))
        canvas.save()
    return target.getvalue()


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


@FONTS
def test_pillow_reads_the_font_file(path: Path) -> None:
    assert ImageFont.truetype(path, 20).getlength("档案") == pytest.approx(40)


@FONTS
def test_a_subset_is_truetype_and_holds_the_text(path: Path) -> None:
    data = truetype_subset(path, SAMPLE + RARE)
    font = TTFont(io.BytesIO(data))
    assert {"glyf", "loca", "maxp", "post", "head", "hhea", "hmtx", "cmap", "name", "OS/2"} <= set(font.keys())
    assert "CFF " not in font
    mapped, original = font.getBestCmap(), TTFont(path, lazy=True)
    for character in SAMPLE + RARE + "ÁÉÍÓÚáéíóúñÑüÜ¿¡0123456789€–—“”":
        name = mapped[ord(character)]
        assert name != ".notdef"
        assert font["hmtx"][name][0] == original["hmtx"][original.getBestCmap()[ord(character)]][0]
        if not character.isspace():
            assert font["glyf"][name].numberOfContours > 0
    assert font["name"].getDebugName(4) == original["name"].getDebugName(4)
    assert len(data) < 200_000


@FONTS
def test_converted_outlines_cover_the_same_box(path: Path) -> None:
    font = TTFont(io.BytesIO(truetype_subset(path, "档")))
    original = TTFont(path, lazy=True)
    glyph = font["glyf"][font.getBestCmap()[ord("档")]]
    name = original.getBestCmap()[ord("档")]
    top = original["CFF "].cff.topDictIndex[0].CharStrings[name].calcBounds(original.getGlyphSet())
    assert (glyph.xMin, glyph.yMin, glyph.xMax, glyph.yMax) == pytest.approx(top, abs=2)


@FONTS
def test_outer_contours_run_clockwise_as_truetype_asks(path: Path) -> None:
    font = TTFont(io.BytesIO(truetype_subset(path, "l")))
    points, _, _ = font["glyf"][font.getBestCmap()[ord("l")]].getCoordinates(font["glyf"])
    following = [*points[1:], points[0]]
    assert sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(points, following, strict=True)) < 0


@FONTS
def test_a_character_the_font_lacks_shows_the_missing_box(path: Path) -> None:
    data = truetype_subset(path, LACKING)
    # Read as ReportLab reads it: glyph 0 is the box.
    assert {TTFontFile(io.BytesIO(data)).charToGlyph[ord(character)] for character in LACKING} == {0}
    font = TTFont(io.BytesIO(data))
    assert font["glyf"][font.getGlyphName(0)].numberOfContours > 0


def test_the_same_text_gives_the_same_bytes_in_any_order() -> None:
    assert truetype_subset(sans_path(), "甲乙丙") == truetype_subset(sans_path(), "丙丙乙甲")


def test_thousands_of_characters_fit_in_one_subset() -> None:
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 2500)))
    assert set(map(ord, text)) <= set(TTFont(io.BytesIO(truetype_subset(serif_path(), text))).getBestCmap())


def test_text_in_a_pdf_can_be_copied_as_it_was_written() -> None:
    text = text_of(one_page(SAMPLE, SAMPLE, RARE + LACKING, RARE + LACKING))
    assert text.count(SAMPLE) == 2
    assert text.count(RARE + LACKING) == 2


def test_more_than_one_block_of_256_characters_can_be_copied() -> None:
    lines = ["".join(map(chr, range(0x5000 + 40 * n, 0x5000 + 40 * n + 40))) for n in range(20)]
    text = text_of(one_page(*lines))
    assert all(line in text for line in lines)


@given(st.text(max_size=40))
@settings(max_examples=25, deadline=None)
def test_no_text_is_too_strange_to_print(text: str) -> None:
    assert "end" in text_of(one_page(text, "end"))


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("e\u0301", "é"),
        ("4:05\u202fPM", "4:05\u00a0PM"),
        ("a\u200bb\ufeffc\u00add", "abcd"),
        ("a\x00b\x1bc\x85", "a\ufffdb\ufffdc\ufffd"),
        ("a\ud800b", "a\ufffdb"),
        ("a\tb\nc", "a\tb\nc"),
        ("上海 Ñandú", "上海 Ñandú"),
    ],
)
def test_printable(given_text: str, shown: str) -> None:
    assert printable(given_text) == shown


def registered() -> tuple[set[object], ...]:
    registries = (
        pdfmetrics._fonts,
        pdfmetrics._dynFaceNames,
        pdfmetrics._typefaces,
        reportlab_fonts._ps2tt_map,
        reportlab_fonts._tt2ps_map,
    )
    return tuple(set(registry) for registry in registries)


def test_nothing_stays_registered_even_after_an_error() -> None:
    one_page("first")
    before = registered()
    one_page("甲")
    with pytest.raises(RuntimeError), pdf_fonts("乙") as lent:
        assert lent.body in pdfmetrics._fonts
        raise RuntimeError("the layout failed")
    assert registered() == before


def test_a_font_file_is_opened_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its parts point to each other: opened for each PDF, it left 20 MB behind each time."""
    opened: list[Path] = []

    def opening(path: Path, **options: object) -> TTFont:
        opened.append(path)
        return TTFont(path, **options)

    monkeypatch.setattr(fonts, "TTFont", opening)
    fonts._opened.cache_clear()
    first = truetype_subset(sans_path(), "甲乙")
    assert truetype_subset(sans_path(), "丙") != first
    assert truetype_subset(sans_path(), "甲乙") == first, "what was drawn in between changes nothing"
    one_page("丁", "戊")
    assert sorted(opened) == sorted([sans_path(), serif_path()])


def test_threads_do_not_get_each_others_glyphs() -> None:
    texts = ["".join(map(chr, range(0x4E00 + 50 * n, 0x4E00 + 50 * n + 30))) for n in range(8)]
    together = Barrier(4)

    def make(text: str) -> bytes:
        target = io.BytesIO()
        with pdf_fonts(text) as fonts:
            # Every font of four threads is registered before the first one is used.
            together.wait(timeout=60)
            canvas = Canvas(target)
            canvas.setFont(fonts.body, 12)
            canvas.drawString(40, 780, text)
            canvas.save()
        return target.getvalue()

    with ThreadPoolExecutor(4) as pool:
        documents = list(pool.map(make, texts))
    # PDFium itself must not be called from several threads: the texts are read one after the other.
    assert [text_of(document).strip() for document in documents] == texts
