"""Text recognition with the models that come inside the rapidocr wheel; nothing is ever downloaded."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import rapidocr
from numpy.typing import NDArray
from PIL import Image, ImageOps

from portal.documents.reading.layout import Piece
from portal.documents.reading.results import TextBox

_MODELS = Path(rapidocr.__file__).parent / "models"
_DETECTION = _MODELS / "PP-OCRv6_det_small.onnx"
_RECOGNITION = _MODELS / "PP-OCRv6_rec_small.onnx"
"""One model reads Han characters and the Latin letters with their accents (its alphabet has 18,708 signs)."""

_LONGEST_SIDE = 2000
_LONGEST_SIDE_OF_LARGE_PAGES = 3500
_RECOGNITION_DPI = 170
"""At this resolution the longer side of A4 has 2,000 pixels; larger sheets are read at the same."""

_MARGIN = 32
_SMALL = 400
"""A picture with a side shorter than this may be cut out close to its text, which is then not found; such
pictures get a margin of so many pixels of their paper."""

_LEAST_SCORE = 0.5
_SURE = 0.8
"""A page below this confidence is tried upside down as well."""

_TALL_CROPS_HANDICAP = 0.9

_INK_CONTRAST = 12
"""A page whose greys differ by less than this is empty paper."""


@dataclass(frozen=True)
class Recognised:
    """Pieces of text, their mean confidence weighted by length, and the width in pixels when upright."""

    pieces: list[Piece]
    confidence: float | None
    page_width: int


class Recogniser:
    """Finds and reads the text of a picture. The models are loaded with the first page (about a second)."""

    def __init__(self, threads: int) -> None:
        self._threads = max(1, min(threads, os.cpu_count() or 1))
        self._engine: Any = None

    def read(self, picture: Image.Image, longest_inches: float | None = None) -> Recognised:
        """Read `picture`, whose longer side is `longest_inches` long if anybody knows.

        A page that lies on its side or upside down is turned first.
        """
        if _is_blank(picture):
            return Recognised([], None, picture.width)
        found = self._pieces(picture, 0, longest_inches)
        angles: Sequence[int] = ()
        if _lies_on_its_side(found):
            angles = (90, 270)
        elif found and _confidence(found) < _SURE:
            angles = (180,)
        best, width = found, picture.width
        for angle in angles:
            pieces = self._pieces(picture, angle, longest_inches)
            # The engine turns tall crops itself: a page on its side may be read well but in wrong order.
            handicap = _TALL_CROPS_HANDICAP if angle != 180 and best is found else 1.0
            if _worth(pieces) > handicap * _worth(best):
                best, width = pieces, picture.width if angle == 180 else picture.height
        sure = [p for p in best if p.score >= _LEAST_SCORE]
        return Recognised(sure, _confidence(sure) if sure else None, width)

    def _pieces(self, picture: Image.Image, angle: int, longest_inches: float | None) -> list[Piece]:
        if self._engine is None:
            self._engine = self._load()
        side = _LONGEST_SIDE if longest_inches is None else round(longest_inches * _RECOGNITION_DPI)
        self._engine.max_side_len = min(max(side, _LONGEST_SIDE), _LONGEST_SIDE_OF_LARGE_PAGES)
        turned = picture.rotate(angle, expand=True) if angle else picture
        margin = _MARGIN if min(turned.size) < _SMALL else 0
        pixels = np.asarray(_with_margin(turned.convert("RGB"), margin))
        result = self._engine(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
        if result.boxes is None or result.txts is None:
            return []
        boxes = np.asarray(result.boxes, dtype=np.float64) - margin
        shares = _turned_back(boxes / (turned.width, turned.height), angle).clip(0, 1)
        pieces = []
        for level, seen, text, score in zip(_levelled(boxes), shares, result.txts, result.scores, strict=True):
            standing = TextBox(*_bounds(seen), text)
            pieces.append(Piece(*_bounds(level), text, float(score), standing))
        return pieces

    def _load(self) -> Any:
        for model in (_DETECTION, _RECOGNITION):
            if not model.is_file():
                raise FileNotFoundError(f"the installed rapidocr has no {model.name}")
        return rapidocr.RapidOCR(
            params={
                "Global.log_level": "critical",
                # Its classifier of upside-down lines takes clean lines for such and loses them; whole pages
                # are turned here instead.
                "Global.use_cls": False,
                "Global.text_score": 0.0,
                "Global.max_side_len": _LONGEST_SIDE,
                "Det.model_path": str(_DETECTION),
                "Rec.model_path": str(_RECOGNITION),
                "EngineConfig.onnxruntime.intra_op_num_threads": self._threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )


def _with_margin(picture: Image.Image, margin: int) -> Image.Image:
    if not margin:
        return picture
    paper = tuple(int(value) for value in np.median(np.asarray(picture), axis=(0, 1)))
    return ImageOps.expand(picture, margin, fill=paper)


def _levelled(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn the boxes of a slightly skewed page level, so that the pieces of one line stand at one height."""
    along = boxes[:, 1] - boxes[:, 0]
    long_ones = along[np.abs(along[:, 0]) > 3 * np.linalg.norm(boxes[:, 3] - boxes[:, 0], axis=1)]
    if len(long_ones) < 3:
        return boxes
    angle = float(np.median(np.arctan2(long_ones[:, 1], long_ones[:, 0])))
    if not 0.003 < abs(angle) < 0.35:
        return boxes
    cos, sin = np.cos(-angle), np.sin(-angle)
    centre = boxes.reshape(-1, 2).mean(axis=0)
    level: NDArray[np.float64] = (boxes - centre) @ np.array([[cos, sin], [-sin, cos]]) + centre
    return level


def _turned_back(shares: NDArray[np.float64], angle: int) -> NDArray[np.float64]:
    """Where points of a page turned anticlockwise by `angle` degrees stand on the page as it was."""
    x, y = shares[..., 0], shares[..., 1]
    back = {0: (x, y), 90: (1 - y, x), 180: (1 - x, 1 - y), 270: (y, 1 - x)}[angle]
    return np.stack(back, axis=-1)


def _bounds(corners: NDArray[np.float64]) -> tuple[float, float, float, float]:
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)


def _is_blank(picture: Image.Image) -> bool:
    small = picture.convert("L")
    small.thumbnail((1000, 1000), Image.Resampling.BOX)
    low, high = np.percentile(np.asarray(small), (0.01, 99.9))
    return bool(high - low < _INK_CONTRAST)


def _lies_on_its_side(pieces: Sequence[Piece]) -> bool:
    upright = [p for p in pieces if p.height > 2 * (p.x1 - p.x0)]
    return len(upright) >= 3 and len(upright) > 0.5 * len(pieces)


def _confidence(pieces: Sequence[Piece]) -> float:
    weights = sum(len(p.text) for p in pieces)
    return sum(p.score * len(p.text) for p in pieces) / weights if weights else 0.0


def _worth(pieces: Sequence[Piece]) -> float:
    return sum(p.score**2 * len(p.text) for p in pieces if p.score >= _LEAST_SCORE)
