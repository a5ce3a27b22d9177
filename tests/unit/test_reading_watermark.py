"""What a reader sees carries who, when and which dossier in its pixels, and can still be read."""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from portal.documents.reading.watermark import watermark

WORDS = ("王小明", "2026-11-21 10:30", "GX-2026-0042")


def page(mode: str = "RGB", size: tuple[int, int] = (1240, 1754), image_format: str = "PNG") -> bytes:
    picture = Image.new(mode, size, "white")
    ImageDraw.Draw(picture).rectangle((200, 300, size[0] - 200, 340), fill="black")
    data = io.BytesIO()
    picture.save(data, image_format)
    return data.getvalue()


def grey(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(data)).convert("L"))


@pytest.mark.parametrize(("mode", "image_format"), [("RGB", "JPEG"), ("L", "PNG"), ("1", "PNG")])
def test_every_part_of_the_page_is_marked(mode: str, image_format: str) -> None:
    marked = grey(watermark(page(mode, image_format=image_format), WORDS))
    for top in range(400, 1754 - 350, 300):
        for left in range(0, 1240 - 400, 400):
            part = marked[top : top + 350, left : left + 400]
            assert (part < 225).mean() > 0.01, (top, left)


def test_print_stays_darker_than_the_mark() -> None:
    marked = grey(watermark(page("L"), WORDS))
    assert marked[305:335, 220:1000].max() < 90
    paper = marked[360:1700]
    assert np.percentile(paper, 1) > 120
    assert np.median(paper) > 250


def test_the_strip_at_the_foot_can_be_read_and_covers_nothing() -> None:
    data = watermark(page("L"), WORDS)
    strip = grey(data)[1754:]
    assert strip.shape[0] >= 15
    assert (strip < 100).mean() > 0.005


def test_other_words_make_another_picture() -> None:
    first, second = (grey(watermark(page("L"), (name, *WORDS[1:]))) for name in ("王小明", "李小龙"))
    assert (np.abs(first[:1754].astype(int) - second[:1754]) > 20).mean() > 0.01


def test_a_name_longer_than_the_page_is_broken_and_hidden_characters_go() -> None:
    data = watermark(page("L", (600, 400)), ("名" * 100, "a\u202eb"))
    assert grey(data).shape[1] == 600


def test_no_words_is_an_error() -> None:
    with pytest.raises(ValueError, match="without words"):
        watermark(page(), ["", "  "])
