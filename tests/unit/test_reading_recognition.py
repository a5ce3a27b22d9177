"""Lines are found and read whole: on end, upside down, askew, in columns, pale, and overlooked at first."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from portal.core.fonts import sans_path
from portal.documents.reading.cleaning import cleaned
from portal.documents.reading.engine import Engine
from portal.documents.reading.layout import in_reading_order, text_of
from portal.documents.reading.levelling import bounds, cut_out, laid_in_a_row, turned_back
from portal.documents.reading.recognition import Recogniser
from portal.documents.reading.second_look import unread_rows

LINES = (
    "The consignment left Bilbao on Monday morning",
    "La señora Muñoz firmó la devolución el jueves",
    "货物运输合同编号已经登记在案",
    "Payment is due within thirty days of delivery",
)


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(2)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(2)


def page(*lines: str, size: tuple[int, int] = (900, 420), ink: int = 20, paper: int = 255) -> Image.Image:
    picture = Image.new("L", size, paper)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(str(sans_path()), 30)
    for number, line in enumerate(lines):
        pen.text((60, 40 + 80 * number), line, font=font, fill=ink)
    return picture


def columns(*texts: str) -> Image.Image:
    """Vertical writing: the first text stands at the right."""
    picture = Image.new("L", (420, 700), 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(str(sans_path()), 36)
    for number, text in enumerate(texts):
        for place, sign in enumerate(text):
            pen.text((340 - 70 * number, 40 + 42 * place), sign, font=font, fill=20)
    return picture


def read(recogniser: Recogniser, picture: Image.Image) -> list[str]:
    found = recogniser.read(picture)
    return text_of(in_reading_order(found.pieces, found.page_width, found.vertical)).splitlines()


def alike(one: str, other: str) -> float:
    return SequenceMatcher(None, re.sub(r"\s", "", one), re.sub(r"\s", "", other), autojunk=False).ratio()


@pytest.mark.parametrize("angle", [4, -6])
def test_a_page_askew_is_read_line_by_line(recogniser: Recogniser, angle: int) -> None:
    lines = read(recogniser, page(*LINES).rotate(angle, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC))
    assert len(lines) == len(LINES)
    assert all(alike(line, truth) > 0.95 for line, truth in zip(lines, LINES, strict=True))


def test_vertical_chinese_is_read_from_the_right(recogniser: Recogniser) -> None:
    texts = ("甲方应当按照合同约定", "乙方负责货物运输安全", "本合同一式两份自签字")
    lines = read(recogniser, columns(*texts))
    assert len(lines) == len(texts)
    assert all(alike(line, truth) >= 0.8 for line, truth in zip(lines, texts, strict=True))


def test_ink_that_was_not_found_to_be_a_line_is_found_by_the_second_look(engine: Engine) -> None:
    picture = cv2.cvtColor(np.asarray(page(*LINES)), cv2.COLOR_GRAY2BGR)
    boxes = engine.find_lines(picture, 1.0)
    assert len(boxes) == 4
    assert len(unread_rows(picture, boxes)) == 0
    order = np.argsort(boxes[:, 0, 1])
    for lost in order:
        rows = unread_rows(picture, np.delete(boxes, lost, axis=0))
        assert len(rows) == 1
        line = engine.read_lines([cut_out(picture, rows[0], 0)])[0]
        assert alike(line.text, LINES[list(order).index(lost)]) > 0.9


def test_rules_and_pictures_are_not_taken_for_overlooked_text(engine: Engine) -> None:
    drawn = page(LINES[0], size=(900, 700))
    pen = ImageDraw.Draw(drawn)
    for y in (200, 260, 320):
        pen.line((60, y, 840, y), fill=0, width=3)
    pen.rectangle((100, 400, 400, 650), fill=60)
    picture = cv2.cvtColor(np.asarray(drawn), cv2.COLOR_GRAY2BGR)
    assert len(unread_rows(picture, engine.find_lines(picture, 1.0))) == 0


def test_cleaning_takes_the_shadow_off_and_makes_pale_ink_dark() -> None:
    picture = np.asarray(page(*LINES, ink=130, paper=190)).astype(np.float64)
    shadow = np.linspace(1.0, 0.5, picture.shape[1])[None, :]
    result = cleaned(cv2.cvtColor((picture * shadow).astype(np.uint8), cv2.COLOR_GRAY2BGR))
    paper = result[:30, :, 0]
    assert paper.min() > 200
    assert result[..., 0].min() < 60


def test_a_page_in_shadow_is_read(recogniser: Recogniser) -> None:
    picture = np.asarray(page(*LINES, ink=110, paper=200)).astype(np.float64)
    shaded = Image.fromarray((picture * np.linspace(1.0, 0.35, picture.shape[1])[None, :]).astype(np.uint8))
    assert all(alike(line, truth) > 0.95 for line, truth in zip(read(recogniser, shaded), LINES, strict=True))


def test_boxes_stand_where_the_text_is_seen_and_their_texts_follow_each_other_in_the_page(
    recogniser: Recogniser,
) -> None:
    picture = page(*LINES)
    for angle in (0, 90, 180, 270):
        found = recogniser.read(picture.rotate(angle, expand=True))
        rows = in_reading_order(found.pieces, found.page_width, found.vertical)
        text, place = text_of(rows), 0
        for number, piece in enumerate(piece for row in rows for piece in row):
            place = text.index(piece.seen.text, place)
            ink = np.array([(60, 40 + 80 * number), (400, 75 + 80 * number)]) / picture.size
            x, y = ink.mean(axis=0)
            x0, y0, x1, y1 = upright(angle, piece.seen[:4])
            assert x0 < x < x1
            assert y0 < y < y1


def upright(angle: int, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Where `box` on a page turned anticlockwise by `angle` would stand if it were turned back."""
    corners = np.array([(box[0], box[1]), (box[2], box[3])])
    return bounds(turned_back(corners, angle))


def test_confidence_counts_what_was_too_doubtful_to_keep(recogniser: Recogniser) -> None:
    clear = recogniser.read(page(*LINES))
    assert clear.confidence is not None
    assert clear.confidence > 0.9
    noise = np.random.default_rng(5).normal(0, 75, (420, 900))
    noisy = Image.fromarray((np.asarray(page(*LINES, ink=120)) + noise).clip(0, 255).astype(np.uint8))
    doubtful = recogniser.read(noisy.resize((300, 140), Image.Resampling.NEAREST))
    assert (doubtful.confidence or 0) < clear.confidence


def test_the_signs_of_a_column_are_laid_side_by_side() -> None:
    column = np.full((300, 100, 3), 255, np.uint8)
    for number in range(3):
        column[100 * number + 30 : 100 * number + 70, 20 : 20 + 20 * (number + 1)] = 0
    row = laid_in_a_row(column)
    assert row.shape[0] == 100
    assert 280 <= row.shape[1] <= 320
    dark = (row[..., 0] < 128).sum(axis=0)
    assert [bool(dark[100 * n : 100 * n + 100].any()) for n in range(3)] == [True, True, True]
