"""Fonts that hold Latin and Chinese: for pictures (Pillow) and, embedded, for PDFs (ReportLab).

Noto Sans SC and Noto Serif SC come as OpenType with CFF outlines. Pillow draws those; ReportLab embeds
TrueType only, so a font for a PDF is made on the spot: the glyphs of the text, their curves converted.
"""

from __future__ import annotations

import io
import itertools
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy, deepcopy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import pylopdf_fonts_zh_cn
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from reportlab.lib import fonts as reportlab_fonts
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import SUBSETN
from reportlab.pdfbase.ttfonts import TTFont as PdfFont

# Latin-1 and the usual typographic signs are in every subset: they are few, and text that is made late
# (a page number, a date) is then never without a glyph.
_ALWAYS = frozenset([*range(0x20, 0x7F), *range(0xA1, 0x100), *map(ord, "–—‘’“”…•·€")])
_MISSING = ".notdef"
_NARROW_SPACE = re.compile("[\u2000-\u200a\u202f\u205f]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# One thousandth of the em: below what a printer resolves at the sizes of a page.
_CURVE_ERROR = 1.0
_serial = itertools.count(1)
_MOST_CONVERTED = 10_000
"""How many converted glyphs of a font are remembered: all the Chinese an office writes, in some 30 MB."""


def sans_path() -> Path:
    """The font file for running text (OpenType, CFF), which Pillow can read."""
    return pylopdf_fonts_zh_cn.sans_path()


def serif_path() -> Path:
    """The font file for headings (OpenType, CFF), which Pillow can read."""
    return pylopdf_fonts_zh_cn.serif_path()


def printable(text: str) -> str:
    """`text` as it can be set: accents composed, invisible format characters dropped, spaces of unusual
    width (dates and numbers have them) made no-break spaces, control characters and lone surrogates
    replaced by U+FFFD. Tabs and line ends stay."""
    composed = _NARROW_SPACE.sub("\u00a0", unicodedata.normalize("NFC", text))
    visible = "".join(c for c in composed if unicodedata.category(c) != "Cf")
    return _CONTROL.sub("�", re.sub("[\ud800-\udfff]", "�", visible))


def truetype_subset(path: Path, text: str) -> bytes:
    """A TrueType font with the glyphs of `text` (as `printable` gives it) and of Latin-1, made from the
    OpenType font at `path`.

    A character that the font lacks is mapped to the font's "no such glyph" box, so that it is visible on
    the page and still copied and searched as itself. The same text always gives the same bytes.
    """
    wanted = _ALWAYS | {ord(character) for character in printable(text) if character not in "\t\r\n"}
    source = _source(path)
    names = {code: source.names.get(code, _MISSING) for code in sorted(wanted)}
    order = [_MISSING, *sorted(set(names.values()) - {_MISSING})]
    glyphs = {name: source.glyph(name) for name in order}

    builder = FontBuilder(source.head.unitsPerEm, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(names)
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics({name: (source.widths[name][0], _left_edge(glyphs[name])) for name in order})
    builder.setupHorizontalHeader(ascent=source.ascent, descent=source.descent)
    builder.setupPost(keepGlyphNames=False)
    for tag, table in source.tables.items():
        builder.font[tag] = deepcopy(table)
    builder.updateHead(created=source.head.created, modified=source.head.modified)
    result = io.BytesIO()
    builder.save(result)
    return result.getvalue()


class _Source:
    """A font file, opened once and kept (some 20 MB): each opening costs a tenth of a second, and memory that is freed
    late, because its parts point to each other."""

    def __init__(self, path: Path) -> None:
        font = TTFont(path, lazy=False)
        self.names: dict[int, str] = font.getBestCmap()
        self.widths, self.head = font["hmtx"], font["head"]
        self.ascent, self.descent = font["hhea"].ascent, font["hhea"].descent
        self.tables = {tag: font[tag] for tag in ("name", "OS/2")}
        self._outlines = font.getGlyphSet()
        self._converted: dict[str, Any] = {}
        self._lock = Lock()  # An outline is unpacked when it is first drawn.

    def glyph(self, name: str) -> Any:
        """The TrueType glyph. Converting a Chinese one takes half a millisecond, and most of what a PDF needs was in
        the one before."""
        with self._lock:
            if name not in self._converted:
                if len(self._converted) >= _MOST_CONVERTED:
                    self._converted.clear()
                self._converted[name] = _quadratic(self._outlines[name])
            return copy(self._converted[name])  # A font under construction writes into its glyphs.


_opening = Lock()


def _source(path: Path) -> _Source:
    with _opening:  # Several threads that begin at the same time open it once too.
        return _opened(path)


@lru_cache(maxsize=4)
def _opened(path: Path) -> _Source:
    return _Source(path)


@dataclass(frozen=True)
class PdfFonts:
    """Names under which two fonts are known to ReportLab, inside a `pdf_fonts` context only."""

    body: str
    heading: str


@contextmanager
def pdf_fonts(text: str, *, headings: str | None = None) -> Iterator[PdfFonts]:
    """Lend ReportLab a sans and a serif font that hold every character of `text`.

    `headings`: all that is set in the serif font, where that is far less than `text`: each Chinese glyph costs time.

    ReportLab's registry belongs to the whole process and forgets nothing by itself. Each context therefore
    registers names of its own and takes them back at its end: threads do not meet, and nothing grows. The
    PDF must be complete before the context ends.
    """
    body = _register("Body", sans_path(), text)
    try:
        heading = _register("Heading", serif_path(), text if headings is None else headings)
        try:
            yield PdfFonts(body=body.fontName, heading=heading.fontName)
        finally:
            _unregister(heading)
    finally:
        _unregister(body)


class _EmbeddedFont(PdfFont):  # type: ignore[misc]  # ReportLab is not typed
    """ReportLab's TrueType font, with two repairs."""

    def __init__(self, name: str, data: bytes) -> None:
        super().__init__(name, io.BytesIO(data))
        self.registry_key = name.encode("ascii")
        self.typeface = self.face.name

    def addObjects(self, doc: Any) -> None:  # noqa: N802 - the name is ReportLab's
        """Embed the font; then write characters beyond U+FFFF, which ReportLab writes as five digits, as
        the surrogate pairs that PDF asks for, so that such names can be copied and searched."""
        count = len(self.state[doc].subsets)
        super().addObjects(doc)
        for number in range(count):
            name = b"".join((SUBSETN(number), b"+", self.face.name, self.face.subfontNameX)).decode("latin-1")
            stream = doc.idToObject["toUnicodeCMap:" + name]
            stream.content = re.sub(r"<([0-9A-F]{5,6})>", _as_surrogates, stream.content)


def _as_surrogates(match: re.Match[str]) -> str:
    return f"<{chr(int(match[1], 16)).encode('utf-16-be').hex().upper()}>"


def _register(role: str, path: Path, text: str) -> _EmbeddedFont:
    font = _EmbeddedFont(f"Legajo{role}{next(_serial)}", truetype_subset(path, text))
    # ReportLab gives a second font with the same face name the glyphs of the first one; every subset of
    # Noto Sans SC has the same. So the face goes by a name of its own while it is registered.
    font.face.name = font.registry_key
    pdfmetrics.registerFont(font)
    font.face.name = font.typeface
    return font


def _unregister(font: _EmbeddedFont) -> None:
    font.face.name = font.registry_key
    font.unregister()
    family = font.fontName.lower()
    for bold, italic in itertools.product((0, 1), repeat=2):
        reportlab_fonts._tt2ps_map.pop((family, bold, italic), None)
    reportlab_fonts._ps2tt_map.pop(family, None)


def _quadratic(outline: Any) -> Any:
    """The TrueType glyph nearest to a CFF one."""
    pen = TTGlyphPen(None)
    # TrueType contours run the other way round than CFF ones.
    outline.draw(Cu2QuPen(pen, _CURVE_ERROR, reverse_direction=True))
    return pen.glyph()


def _left_edge(glyph: Any) -> int:
    return getattr(glyph, "xMin", 0)
