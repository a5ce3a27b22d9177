"""Makes bad copies easier to read: shadows and stains are taken off the paper, pale ink is made dark."""

from __future__ import annotations

import cv2
import numpy as np

from portal.documents.reading.engine import Pixels

_PAPER_SIDE = 500
"""The shade of the paper is worked out on a copy with this longer side, where letters are small."""

_LETTER = 15
_DARKEST, _LIGHTEST = 0.5, 99.0
"""Percentiles of grey that become black and white."""


def cleaned(picture: Pixels) -> Pixels:
    """`picture` in grey with an even white background, full contrast and without single specks."""
    grey = cv2.medianBlur(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), 3)
    height, width = grey.shape
    scale = min(1.0, _PAPER_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_LETTER, _LETTER))
    paper = cv2.GaussianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel), (0, 0), _LETTER / 2)
    shade = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32)
    even = grey.astype(np.float32) / np.maximum(shade, 1.0)
    low, high = np.percentile(even, (_DARKEST, _LIGHTEST))
    spread = (even - low) / max(float(high - low), 0.05)
    result: Pixels = cv2.cvtColor((spread.clip(0, 1) * 255).astype(np.uint8), cv2.COLOR_GRAY2BGR).astype(np.uint8)
    return result
