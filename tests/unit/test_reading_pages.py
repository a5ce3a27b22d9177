"""Pages are read: embedded text is used, all else is recognised, in proportion and the right way up."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from portal.core.fonts import sans_path
from portal.documents.reading.kinds import FileKind
from portal.documents.reading.reader import PageReader, ReadingFailed
from portal.documents.reading.results import Failure

THREE_LANGUAGES = ("货物运输合同编号", "La señora Muñoz firmó el jueves", "delivered to the warehouse")


@pytest.fixture(scope="module")
def reader() -> Iterator[PageReader]:
    with PageReader() as reader:
        yield reader


def drawn(*lines: str, size: tuple[int, int] = (760, 260), letter: int = 34) -> Image.Image:
    picture = Image.new("L", size, "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(str(sans_path()), letter)
    for number, line in enumerate(lines):
        pen.text((40, 30 + number * letter * 2), line, font=font, fill=20)
    return picture


def letters(text: str) -> str:
    return re.sub(r"\W", "", text).casefold()


def pdf_with(path: Path, picture: Image.Image | None, *lines: str) -> Path:
    canvas = Canvas(str(path), pagesize=(380, 300))
    if picture:
        canvas.drawImage(ImageReader(picture), 0, 20, 380, 130)
    for number, line in enumerate(lines):
        canvas.drawString(20, 280 - 14 * number, line)
    canvas.save()
    return path


def test_a_page_that_is_a_picture_is_recognised_in_three_languages(tmp_path: Path, reader: PageReader) -> None:
    page = reader.read_page(pdf_with(tmp_path / "x.pdf", drawn(*THREE_LANGUAGES)), FileKind.PDF, 1)
    assert page.source == "recognised"
    assert page.confidence is not None
    assert page.confidence > 0.8
    for line in THREE_LANGUAGES:
        assert letters(line) in letters(page.text)
    assert "señora Muñoz firmó" in page.text
    assert (page.width, page.height) == (380, 300)
    first = page.boxes[0]
    assert 0.45 < first.y0 < first.y1 < 0.7
    assert first.x0 < 0.2


def test_embedded_text_is_used(tmp_path: Path, reader: PageReader) -> None:
    lines = [f"Clause {n}: the supplier delivers within thirty days." for n in range(6)]
    page = reader.read_page(pdf_with(tmp_path / "x.pdf", None, *lines), FileKind.PDF, 1)
    assert (page.source, page.confidence) == ("embedded", None)
    assert page.text.splitlines() == lines
    assert [box.text for box in page.boxes] == lines
    assert all(0 <= box.x0 < box.x1 <= 1 and 0 <= box.y0 < box.y1 <= 1 for box in page.boxes)
    assert page.boxes[0].y0 < page.boxes[5].y0


def test_a_lone_header_on_a_scan_does_not_pass_for_its_text(tmp_path: Path, reader: PageReader) -> None:
    page = reader.read_page(
        pdf_with(tmp_path / "x.pdf", drawn(*THREE_LANGUAGES), "Scanned by device 7"), FileKind.PDF, 1
    )
    assert page.source == "recognised"
    assert letters(THREE_LANGUAGES[2]) in letters(page.text)
    assert letters("Scanned by device 7") in letters(page.text)


def test_a_short_page_of_real_text_keeps_it(tmp_path: Path, reader: PageReader) -> None:
    page = reader.read_page(pdf_with(tmp_path / "x.pdf", None, "Annex B"), FileKind.PDF, 1)
    assert (page.source, page.text) == ("embedded", "Annex B")


def test_a_picture_cut_out_close_to_its_text_is_read(tmp_path: Path, reader: PageReader) -> None:
    path = tmp_path / "x.png"
    loose = drawn("Hello world! 你好世界", size=(420, 100), letter=26)
    loose.crop((38, 32, 310, 66)).save(path)
    page = reader.read_page(path, FileKind.PNG, 1)
    assert letters(page.text) == letters("Hello world! 你好世界")
    assert page.boxes[0].x0 < 0.05


def test_an_empty_page_has_no_text(tmp_path: Path, reader: PageReader) -> None:
    path = tmp_path / "x.png"
    Image.new("RGB", (800, 1000), (240, 238, 230)).save(path)
    page = reader.read_page(path, FileKind.PNG, 1)
    assert (page.source, page.text, page.boxes, page.confidence) == ("none", "", [], None)


def test_every_page_of_a_tiff_is_read_and_thumbnails_are_not_pages(tmp_path: Path, reader: PageReader) -> None:
    path = tmp_path / "x.tif"
    pages = [drawn(text, size=(600, 120)) for text in ("first sheet", "second sheet")]
    thumbnail = pages[0].resize((60, 12))
    thumbnail.encoderinfo = {"tiffinfo": {254: 1}}
    pages[0].save(path, "TIFF", save_all=True, append_images=[thumbnail, pages[1]], compression="tiff_lzw")
    assert reader.inspect(path, FileKind.TIFF).pages == 2
    assert reader.read_page(path, FileKind.TIFF, 1).text == "first sheet"
    assert reader.read_page(path, FileKind.TIFF, 2).text == "second sheet"
    with pytest.raises(ReadingFailed) as error:
        reader.read_page(path, FileKind.TIFF, 3)
    assert error.value.failure is Failure.NO_SUCH_PAGE


def test_a_fax_of_204_by_98_dots_is_read_in_proportion(tmp_path: Path, reader: PageReader) -> None:
    path = tmp_path / "fax.tif"
    fine = drawn("Facsimile of invoice 4711", size=(816, 196), letter=48)
    fine.resize((816, 98)).convert("1").save(path, "TIFF", compression="group4", dpi=(204, 98))
    page = reader.read_page(path, FileKind.TIFF, 1)
    assert (page.width, page.height) == (816, 204)
    assert "Facsimile of invoice 4711" in page.text
    shown = Image.open(io.BytesIO(reader.render_page(path, FileKind.TIFF, 1, 400)))
    assert shown.size == (400, 100)


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_a_turned_page_is_read_and_its_boxes_stand_where_it_is_shown(
    tmp_path: Path, reader: PageReader, angle: int
) -> None:
    path = tmp_path / "x.png"
    upright = drawn("The consignment left on Monday", "and arrived in Bilbao on Friday", "without the seals")
    upright.rotate(angle, expand=True).save(path)
    page = reader.read_page(path, FileKind.PNG, 1)
    assert page.text.splitlines()[0] == "The consignment left on Monday"
    first = page.boxes[0]
    near_edge = {90: first.x0, 180: 1 - first.y1, 270: 1 - first.x1}[angle]
    assert 0.05 < near_edge < 0.2


@pytest.mark.parametrize("orientation", [3, 6, 8])
@pytest.mark.parametrize("image_format", ["JPEG", "TIFF", "PNG"])
def test_the_camera_s_orientation_is_honoured(
    tmp_path: Path, reader: PageReader, image_format: str, orientation: int
) -> None:
    picture = Image.new("RGB", (300, 200), "white")
    picture.paste("black", (0, 0, 60, 40))  # the mark stands top left as stored
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "x"
    picture.save(path, image_format, exif=exif)
    shown = Image.open(io.BytesIO(reader.render_page(path, FileKind[image_format], 1, 1000))).convert("L")
    width, height = shown.size
    assert (width, height) == ((300, 200) if orientation == 3 else (200, 300))
    corner = {3: (width - 15, height - 15), 6: (width - 15, 15), 8: (15, height - 15)}[orientation]
    assert shown.getpixel(corner) < 60
    assert shown.getpixel((width - 1 - corner[0], height - 1 - corner[1])) > 200


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "CMYK", "I;16", "LA", "F", "LAB"])
def test_every_kind_of_pixel_shows_dark_ink_on_light_paper(tmp_path: Path, reader: PageReader, mode: str) -> None:
    grey = drawn("ink", size=(200, 120), letter=60)
    image_format = {"CMYK": "JPEG", "F": "TIFF", "LAB": "TIFF"}.get(mode, "PNG")
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    elif mode in ("RGBA", "LA"):
        picture = Image.new("RGBA", grey.size, (0, 0, 0, 0))
        picture.paste((0, 0, 0, 255), mask=grey.point(lambda value: 255 - value))
        picture = picture.convert(mode)
    elif mode == "LAB":
        picture = Image.merge("LAB", (grey, Image.new("L", grey.size, 128), Image.new("L", grey.size, 128)))
    else:
        picture = grey.convert("RGB").convert(mode) if mode in ("P", "CMYK") else grey.convert(mode)
    path = tmp_path / "x"
    picture.save(path, image_format)
    shown = Image.open(io.BytesIO(reader.render_page(path, FileKind[image_format], 1, 200)))
    values = np.asarray(shown.convert("L"))
    assert shown.size == (200, 120)
    assert np.median(values) > 230
    assert 0.02 < (values < 100).mean() < 0.3


def test_a_thousand_pages_are_an_ordinary_document(tmp_path: Path, reader: PageReader) -> None:
    path = tmp_path / "x.pdf"
    canvas = Canvas(str(path))
    for number in range(1, 1001):
        for line in range(5):
            canvas.drawString(72, 700 - 20 * line, f"Sheet {number} line {line} of the ledger of the year")
        canvas.showPage()
    canvas.save()
    assert reader.inspect(path, FileKind.PDF).pages == 1000
    assert reader.read_page(path, FileKind.PDF, 1000).text.startswith("Sheet 1000 line 0")


def test_a_drawn_page_has_the_width_asked_for(tmp_path: Path, reader: PageReader) -> None:
    path = pdf_with(tmp_path / "x.pdf", None, "Annex B")
    shown = Image.open(io.BytesIO(reader.render_page(path, FileKind.PDF, 1, 760)))
    assert shown.format == "JPEG"
    assert shown.size == (760, 600)
