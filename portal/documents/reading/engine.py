"""The two networks of text recognition: one finds lines on a picture, the other reads a line.

Both come inside the rapidocr wheel; nothing is ever downloaded. They run on OpenVINO where it is installed,
which takes a third to two thirds of the processor time of onnxruntime, else on onnxruntime.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import rapidocr
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""A picture as OpenCV keeps it: rows, columns, blue-green-red."""

Corners = NDArray[np.float64]
"""Top left, top right, bottom right, bottom left of boxes that may stand askew, in pixels: (n, 4, 2)."""

_MODELS = Path(rapidocr.__file__).parent / "models"
_DETECTION = _MODELS / "PP-OCRv6_det_small.onnx"
_RECOGNITION = _MODELS / "PP-OCRv6_rec_small.onnx"
"""One model reads Han characters and the Latin letters with their accents (its alphabet has 18,708 signs)."""

_STEP = 256
_SMALL_STEP = 64
"""Pictures are padded to sides that are multiples of this (of the small step up to twice the large one), and lines
to one of a few widths: OpenVINO compiles and keeps what it needs for each size it meets, some 60 MB for a page."""

_LINE_HEIGHT = 48
_LINE_WIDTHS = (320, 384, 448, 512, 576, 640, 768, 896, 1024, 1152, 1280)
_NEUTRAL = 127
"""The grey that the recognition network was trained to see after a line's end."""


class Runtime(StrEnum):
    """What the networks run on."""

    OPENVINO = "openvino"
    ONNXRUNTIME = "onnxruntime"


class Line(NamedTuple):
    """The text of one line and how sure the network is (0 to 1)."""

    text: str
    score: float


class Engine:
    """Finds and reads lines. The models are loaded when it is made (about a second)."""

    def __init__(self, threads: int, runtime: Runtime | None = None) -> None:
        """Use at most `threads` threads, never more than the machine has processors, and the faster runtime."""
        for model in (_DETECTION, _RECOGNITION):
            if not model.is_file():
                raise FileNotFoundError(f"the installed rapidocr has no {model.name}")
        threads = max(1, min(threads, os.cpu_count() or 1))
        if runtime is None:
            runtime = Runtime.OPENVINO if importlib.util.find_spec("openvino") else Runtime.ONNXRUNTIME
        kind = rapidocr.EngineType(runtime)
        self._rapid: Any = rapidocr.RapidOCR(
            params={
                "Global.log_level": "critical",
                # Its classifier of upside-down lines takes clean lines for such and loses them whole; whole
                # pages are turned here instead.
                "Global.use_cls": False,
                "Global.text_score": 0.0,
                "Global.use_preprocess_img": False,
                "Det.engine_type": kind,
                "Det.model_path": str(_DETECTION),
                "Det.limit_type": "max",
                "Det.limit_side_len": 1_000_000,  # pictures are brought to size here
                "Rec.engine_type": kind,
                "Rec.model_path": str(_RECOGNITION),
                "Rec.rec_batch_num": 1,
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                "EngineConfig.openvino.inference_num_threads": threads,
                "EngineConfig.openvino.performance_hint": "LATENCY",
            }
        )

    def find_lines(self, picture: Pixels, scale: float) -> Corners:
        """The boxes of the lines on `picture`, looked for on a copy `scale` times its size."""
        height, width = picture.shape[:2]
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        copy = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        paper = tuple(float(value) for value in np.median(copy[::8, ::8], axis=(0, 1)))
        right, below = (_padded(side) - side for side in size)
        found = self._rapid(
            cv2.copyMakeBorder(copy, 0, below, 0, right, cv2.BORDER_CONSTANT, value=paper),
            use_det=True,
            use_rec=False,
        )
        if found.boxes is None or not len(found.boxes):
            return np.zeros((0, 4, 2))
        boxes: Corners = np.asarray(found.boxes, dtype=np.float64) * (width / size[0], height / size[1])
        return boxes.clip(0, (width, height))

    def read_lines(self, crops: Sequence[Pixels]) -> list[Line]:
        """Read `crops`, each of which shows one line from left to right."""
        lines = []
        for crop in crops:
            # One at a time: on a processor a batch saves nothing, and pads its short lines to its longest.
            read = self._rapid.recognize_txt([_strip(crop)])
            lines.append(Line(str(read.txts[0]).strip(), float(read.scores[0])))
        return lines


def _padded(side: int) -> int:
    step = _SMALL_STEP if side <= 2 * _STEP else _STEP
    return -(-side // step) * step


def _strip(crop: Pixels) -> Pixels:
    """Bring a line to the network's height and to the next of a few widths."""
    height, width = crop.shape[:2]
    natural = max(8, round(width * _LINE_HEIGHT / height))
    how = cv2.INTER_AREA if height > _LINE_HEIGHT else cv2.INTER_CUBIC
    line = cv2.resize(crop, (natural, _LINE_HEIGHT), interpolation=how)
    full = next((each for each in _LINE_WIDTHS if each >= natural), -(-natural // _STEP) * _STEP)
    strip: Pixels = np.full((_LINE_HEIGHT, full, 3), _NEUTRAL, dtype=np.uint8)
    strip[:, :natural] = line
    return strip
