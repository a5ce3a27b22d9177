"""Geometry of a page that was scanned askew, on its side or upside down, and of lines cut out of it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from portal.documents.reading.engine import Corners, Pixels

_LEAST_SKEW, _MOST_SKEW = 0.003, 0.35
"""In radians. What is less is level; what is more (20 degrees) is not the skew of a page."""

_LONG = 3
_SEARCH = 0.3
"""The gap between two characters of a column is looked for so far from where it should be, in characters."""


def sides(box: NDArray[np.float64]) -> tuple[float, float]:
    """Width and height of a box along its own directions."""
    width = max(np.linalg.norm(box[1] - box[0]), np.linalg.norm(box[2] - box[3]))
    height = max(np.linalg.norm(box[3] - box[0]), np.linalg.norm(box[2] - box[1]))
    return float(width), float(height)


def levelled(boxes: Corners) -> Corners:
    """Turn the boxes of a slightly skewed page level, so that the pieces of one line stand at one height."""
    along = boxes[:, 1] - boxes[:, 0]
    long_ones = along[np.abs(along[:, 0]) > _LONG * np.linalg.norm(boxes[:, 3] - boxes[:, 0], axis=1)]
    if len(long_ones) < 3:
        return boxes
    angle = float(np.median(np.arctan2(long_ones[:, 1], long_ones[:, 0])))
    if not _LEAST_SKEW < abs(angle) < _MOST_SKEW:
        return boxes
    cos, sin = np.cos(-angle), np.sin(-angle)
    centre = boxes.reshape(-1, 2).mean(axis=0)
    level: Corners = (boxes - centre) @ np.array([[cos, sin], [-sin, cos]]) + centre
    return level


def turned_back(shares: NDArray[np.float64], angle: int) -> NDArray[np.float64]:
    """Where points of a page turned anticlockwise by `angle` degrees stand on the page as it was."""
    x, y = shares[..., 0], shares[..., 1]
    back = {0: (x, y), 90: (1 - y, x), 180: (1 - x, 1 - y), 270: (y, 1 - x)}[angle]
    return np.stack(back, axis=-1)


def bounds(corners: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what `corners` enclose."""
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)


def cut_out(picture: Pixels, box: NDArray[np.float64], margin: float) -> Pixels:
    """What stands in `box`, made level, with a margin of so many shares of the line's height around it."""
    width, height = sides(box)
    extra = margin * min(width, height)
    along = (box[1] - box[0]) / max(width, 1) * extra
    down = (box[3] - box[0]) / max(height, 1) * extra
    wider = box + np.stack([-along - down, along - down, along + down, down - along])
    size = (max(1, round(width + 2 * extra)), max(1, round(height + 2 * extra)))
    corners = np.array([(0, 0), (size[0], 0), size, (0, size[1])], dtype=np.float32)
    place = cv2.getPerspectiveTransform(wider.astype(np.float32), corners)
    crop: Pixels = cv2.warpPerspective(
        picture, place, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.uint8)
    return crop


def laid_in_a_row(column: Pixels) -> Pixels:
    """The characters of a vertical column, side by side, so that it can be read as a line."""
    height, width = column.shape[:2]
    count = max(1, round(height / width))
    grey = cv2.cvtColor(column, cv2.COLOR_BGR2GRAY).astype(np.float64)
    ink = np.abs(grey - np.median(grey)).mean(axis=1)
    size = height / count
    cuts = [0]
    for number in range(1, count):
        low = max(cuts[-1] + 1, round((number - _SEARCH) * size))
        high = max(low + 1, min(height - 1, round((number + _SEARCH) * size)))
        cuts.append(low + int(np.argmin(ink[low:high])))
    cuts.append(height)
    cells = [
        cv2.resize(column[top:bottom], (width, width), interpolation=cv2.INTER_AREA)
        for top, bottom in zip(cuts, cuts[1:], strict=False)
        if bottom > top
    ]
    return np.concatenate(cells, axis=1)
