"""Text recognition: a picture of a page is turned upright, its lines are found and read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageOps

from portal.documents.reading.cleaning import cleaned
from portal.documents.reading.engine import Corners, Engine, Line, Pixels, Runtime
from portal.documents.reading.layout import Piece
from portal.documents.reading.levelling import bounds, cut_out, laid_in_a_row, levelled, sides, turned_back
from portal.documents.reading.results import TextBox
from portal.documents.reading.second_look import unread_rows

_FINDING_DPI = 110
_FINDING_SIDES = (900, 1280)
"""Lines are found on a copy whose sides have at least so many pixels (A4 at 110 dots per inch), and read from
the page itself, as fine as it was scanned."""

_LONGEST_FINDING_SIDE = 2400
_LEAST_DPI = 100
"""A picture that claims fewer dots per inch has probably been given its number by a program, not a scanner."""

_LONGEST_SIDE = 4000

_MARGIN = 32
_SMALL = 400
"""A picture with a side shorter than this may be cut out close to its text, which is then not found; such
pictures get a margin of so many pixels of their paper."""

_LINE_MARGIN = 0.06
"""Lines are cut out with this margin, in shares of their height: accents stand high."""

_LEAST_SCORE = 0.5
_DOUBTFUL = 0.9
"""A line below this score is read once more, cut out without a margin."""

_OVERLOOKED_SCORE = 0.8
_OVERLOOKED_SIGNS = 3
"""A row that was not found to be text counts when it reads this well."""

_SURE = 0.8
"""A page below this confidence is tried upside down and cleaned as well."""

_TALL, _VERY_TALL = 1.5, 2.0
_SAMPLED_LINES = 6
_INK_CONTRAST = 12
"""A page whose greys differ by less than this is empty paper."""

_ANTICLOCKWISE, _CLOCKWISE = 90, 270


@dataclass(frozen=True)
class Recognised:
    """Pieces of text, how sure they are, and the width in pixels of the page when upright."""

    pieces: list[Piece]
    confidence: float | None
    """Mean score of all lines weighted by their length, those that were too doubtful to keep included."""
    page_width: int
    vertical: bool = False
    """Whether the text runs in columns from top to bottom, the first at the right."""


@dataclass(frozen=True)
class _Reading:
    """What was found on a page turned anticlockwise by `angle`."""

    boxes: Corners
    lines: list[Line]
    angle: int
    width: int
    height: int
    vertical: bool = False

    @property
    def confidence(self) -> float:
        weights = sum(len(line.text) for line in self.lines)
        return sum(line.score * len(line.text) for line in self.lines) / weights if weights else 0.0

    @property
    def worth(self) -> float:
        return sum(line.score**2 * len(line.text) for line in self.lines if line.score >= _LEAST_SCORE)


class Recogniser:
    """Finds and reads the text of a picture. The models are loaded with the first page (about a second)."""

    def __init__(self, threads: int, runtime: Runtime | None = None) -> None:
        self._threads, self._runtime = threads, runtime
        self._engine: Engine | None = None

    def read(self, picture: Image.Image, longest_inches: float | None = None) -> Recognised:
        """Read `picture`, whose longer side is `longest_inches` long if anybody knows.

        A page that lies on its side or upside down is turned first; one that reads badly is cleaned.
        """
        if _is_blank(picture):
            return Recognised([], None, picture.width)
        margin = _MARGIN if min(picture.size) < _SMALL else 0
        page = _pixels(_with_margin(picture.convert("RGB"), margin))
        scale = _finding_scale(page, longest_inches)
        reading = self._upright(page, scale)
        if reading.lines and reading.confidence < _SURE:
            second = self._upright(cleaned(page), scale)
            reading = max(reading, second, key=lambda each: each.worth)
        return _as_recognised(reading, margin)

    def _upright(self, page: Pixels, scale: float) -> _Reading:
        engine = self._loaded()
        boxes = engine.find_lines(page, scale)
        tall = [box for box in boxes if _is_tall(box, _VERY_TALL)]
        if len(tall) >= 3 and len(tall) > 0.5 * len(boxes):
            way = self._way_of_columns(page, tall)
            if way is laid_in_a_row:
                return self._read(page, boxes, scale, 0, vertical=True)
            angle = _ANTICLOCKWISE if way is _turned_left else _CLOCKWISE
            return self._turned(page, scale, angle)
        reading = self._read(page, boxes, scale, 0)
        if reading.lines and reading.confidence < _SURE and self._is_upside_down(page, boxes):
            reading = self._turned(page, scale, 180)
        return reading

    def _turned(self, page: Pixels, scale: float, angle: int) -> _Reading:
        turned = np.ascontiguousarray(np.rot90(page, angle // 90))
        boxes = self._loaded().find_lines(turned, scale)
        reading = self._read(turned, boxes, scale, angle)
        if angle != 180 and reading.lines and reading.confidence < _SURE and self._is_upside_down(turned, boxes):
            return self._turned(page, scale, (angle + 180) % 360)
        return reading

    def _read(self, page: Pixels, boxes: Corners, scale: float, angle: int, vertical: bool = False) -> _Reading:
        lines = [self._line(page, box, vertical) for box in boxes]
        overlooked = unread_rows(page, boxes)
        found = self._loaded().read_lines([cut_out(page, box, 0) for box in overlooked])
        kept = [
            index
            for index, line in enumerate(found)
            if line.score >= _OVERLOOKED_SCORE and sum(c.isalnum() for c in line.text) >= _OVERLOOKED_SIGNS
        ]
        boxes = np.concatenate([boxes, overlooked[kept]])
        lines += [found[index] for index in kept]
        return _Reading(boxes, lines, angle, page.shape[1], page.shape[0], vertical)

    def _line(self, page: Pixels, box: np.ndarray, vertical: bool) -> Line:
        """The text in `box`; what is taller than wide may be a sign, a column or a line that stands on end."""
        engine = self._loaded()
        crop = cut_out(page, box, _LINE_MARGIN)
        if _is_tall(box, _TALL):
            ways = [laid_in_a_row] if vertical else [_as_it_is, laid_in_a_row, _turned_left, _turned_right]
            return max(engine.read_lines([way(crop) for way in ways]), key=_line_worth)
        line = engine.read_lines([crop])[0]
        if line.score < _DOUBTFUL:
            again = engine.read_lines([cut_out(page, box, 0)])[0]
            if again.score > line.score and len(again.text) >= 0.8 * len(line.text):
                return again
        return line

    def _way_of_columns(self, page: Pixels, tall: Sequence[np.ndarray]) -> Callable[[Pixels], Pixels]:
        """How the columns of a page are read best: turned left or right, or from top to bottom."""
        sample = sorted(tall, key=lambda box: -max(sides(box)))[:_SAMPLED_LINES]
        crops = [cut_out(page, box, _LINE_MARGIN) for box in sample]
        ways = (_turned_left, _turned_right, laid_in_a_row)
        return max(ways, key=lambda way: sum(map(_line_worth, self._loaded().read_lines([way(c) for c in crops]))))

    def _is_upside_down(self, page: Pixels, boxes: Corners) -> bool:
        """Whether the longest lines read better when they are turned round."""
        sample = sorted(boxes, key=lambda box: -max(sides(box)))[:_SAMPLED_LINES]
        crops = [cut_out(page, box, _LINE_MARGIN) for box in sample if not _is_tall(box, _TALL)]
        read = self._loaded().read_lines
        upright, turned = read(crops), read([np.ascontiguousarray(crop[::-1, ::-1]) for crop in crops])
        return sum(map(_line_worth, turned)) > sum(map(_line_worth, upright))

    def _loaded(self) -> Engine:
        if self._engine is None:
            self._engine = Engine(self._threads, self._runtime)
        return self._engine


def _as_recognised(reading: _Reading, margin: int) -> Recognised:
    if not any(line.text for line in reading.lines):
        return Recognised([], None, reading.width - 2 * margin)
    boxes = reading.boxes - margin
    size = (reading.width - 2 * margin, reading.height - 2 * margin)
    shares = turned_back(boxes / size, reading.angle).clip(0, 1)
    level = boxes if reading.vertical else levelled(boxes)
    pieces = [
        Piece(*bounds(place), line.text, line.score, TextBox(*bounds(seen), line.text))
        for place, seen, line in zip(level, shares, reading.lines, strict=True)
        if line.text and line.score >= _LEAST_SCORE
    ]
    return Recognised(pieces, reading.confidence, size[0], reading.vertical)


def _finding_scale(page: Pixels, longest_inches: float | None) -> float:
    """How much smaller than `page` the copy is on which lines are found; pictures are never enlarged."""
    short, long = sorted(page.shape[:2])
    scale = max(_FINDING_SIDES[0] / short, _FINDING_SIDES[1] / long)
    if longest_inches is not None and long / longest_inches >= _LEAST_DPI:
        scale = max(scale, longest_inches * _FINDING_DPI / long)
    return min(1.0, scale, _LONGEST_FINDING_SIDE / long)


def _pixels(picture: Image.Image) -> Pixels:
    if max(picture.size) > _LONGEST_SIDE:
        picture = picture.copy()
        picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE), Image.Resampling.BOX)
    result: Pixels = cv2.cvtColor(np.asarray(picture), cv2.COLOR_RGB2BGR).astype(np.uint8)
    return result


def _with_margin(picture: Image.Image, margin: int) -> Image.Image:
    if not margin:
        return picture
    paper = tuple(int(value) for value in np.median(np.asarray(picture), axis=(0, 1)))
    return ImageOps.expand(picture, margin, fill=paper)


def _is_blank(picture: Image.Image) -> bool:
    small = picture.convert("L")
    small.thumbnail((1000, 1000), Image.Resampling.BOX)
    low, high = np.percentile(np.asarray(small), (0.01, 99.9))
    return bool(high - low < _INK_CONTRAST)


def _is_tall(box: np.ndarray, times: float) -> bool:
    width, height = sides(box)
    return height >= times * width


def _as_it_is(crop: Pixels) -> Pixels:
    return crop


def _turned_left(crop: Pixels) -> Pixels:
    return np.ascontiguousarray(np.rot90(crop, 1))


def _turned_right(crop: Pixels) -> Pixels:
    return np.ascontiguousarray(np.rot90(crop, 3))


def _line_worth(line: Line) -> float:
    return line.score**4 * min(len(line.text), 40) if line.score >= _LEAST_SCORE else line.score / 100
