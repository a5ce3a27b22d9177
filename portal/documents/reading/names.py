"""File names as people sent them, made safe to show, to store in a row and to offer for download."""

from __future__ import annotations

import re
import unicodedata

MAX_CHARACTERS = 200
MAX_BYTES = 255
_LONGEST_EXTENSION = 12
# Control, format (bidi overrides, zero width, BOM), surrogates, private use, unassigned, line separators.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean_name(original_name: str) -> str:
    """Return a display name: no path, no hidden characters, NFC, at most 200 characters and 255 UTF-8 bytes.

    The extension survives the cut. A name of which nothing is left becomes `unnamed`.
    """
    name = unicodedata.normalize("NFC", original_name)
    name = "".join(c if unicodedata.category(c) not in _HIDDEN else "\n" for c in name).replace("\n", "")
    name = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    name = re.sub(r'[<>:"|?*]', "_", name)  # what Windows refuses when the original is downloaded again
    name = re.sub(r"\s+", " ", name).strip(" .")
    return _shortened(name) if name else "unnamed"


def _shortened(name: str) -> str:
    stem, dot, extension = name.rpartition(".")
    if not dot or not stem or len(extension) > _LONGEST_EXTENSION:
        stem, tail = name, ""
    else:
        tail = f".{extension}"
    stem = stem[: MAX_CHARACTERS - len(tail)]
    while len((stem + tail).encode()) > MAX_BYTES:
        stem = stem[:-1]
    return stem.rstrip(" .") + tail
