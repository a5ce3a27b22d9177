"""Finds rows that have ink like a line of text but were not found to be one, so that no clean line is lost."""

from __future__ import annotations

from statistics import median

import cv2
import numpy as np

from portal.documents.reading.engine import Corners, Pixels
from portal.documents.reading.levelling import sides

_LOOKED_AT = 1400
"""Longer side in pixels of the copy on which ink is looked for."""

_MOST_ROWS = 40
_NEIGHBOURHOOD, _DARKER = 31, 12
"""Ink is darker by so much than the mean of its surroundings, so many pixels wide."""

_RULE = 4
"""A stroke longer than so many line heights is a rule, not a letter."""

_HEIGHTS = (0.6, 1.9)
_LEAST_WIDTH = 2.5
_INK = (0.12, 0.7)
"""What looks like a line: height and width in line heights, share of ink inside."""


def unread_rows(picture: Pixels, boxes: Corners) -> Corners:
    """Boxes of rows on `picture` that look like text of the size that `boxes` have, and are in none of them."""
    if not len(boxes):
        return boxes
    scale = min(1.0, _LOOKED_AT / max(picture.shape[:2]))
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    small: Pixels = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8)
    line = median(min(sides(box)) for box in boxes) * scale
    if line < 5:
        return boxes[:0]
    ink = _ink_outside(small, boxes * scale, line)
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, max(3, round(line))), np.uint8))
    count, _, figures, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    rows = []
    for x, y, width, height, _area in figures[1:count]:
        share = float(np.count_nonzero(ink[y : y + height, x : x + width])) / (width * height)
        looks_like_text = (
            _HEIGHTS[0] * line * 0.6 <= height <= _HEIGHTS[1] * line
            and width >= _LEAST_WIDTH * line
            and _INK[0] <= share <= _INK[1]
        )
        if looks_like_text:
            edge = 0.2 * height
            left, top, right, bottom = x - edge, y - edge, x + width + edge, y + height + edge
            rows.append(((left, top), (right, top), (right, bottom), (left, bottom)))
    rows.sort(key=lambda row: row[0][0] - row[1][0])
    return np.array(rows[:_MOST_ROWS], dtype=np.float64).reshape(-1, 4, 2) / scale


def _ink_outside(grey: Pixels, boxes: Corners, line: float) -> Pixels:
    """Ink without rules and without what stands in `boxes`: 255 where there is some."""
    ink = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, _NEIGHBOURHOOD, _DARKER)
    length = max(10, round(_RULE * line))
    for shape in ((1, length), (length, 1)):
        ink = cv2.subtract(ink, cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(shape, np.uint8)))
    cv2.fillPoly(ink, [box.round().astype(np.int32) for box in boxes], 0)
    result: Pixels = ink.astype(np.uint8)
    return result
