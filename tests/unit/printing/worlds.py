"""What the tests of printing share: texts of three languages, and PDFs read back as a printer and a reader would."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pypdfium2
import pypdfium2.raw as raw
import zxingcpp
from reportlab.lib.units import mm

WORDS = {
    "en": {},
    "es": {
        "Volume %(number)s of %(count)s": "Tomo %(number)s de %(count)s",
        "General": "General",
        "Important": "Importante",
        "Core": "Central",
        "Shelf": "Estante",
        "Box": "Caja",
        "Loan slip": "Resguardo de préstamo",
        "Due on": "Vence el",
        "Reason": "Motivo",
        "Handed out": "Entregado",
        "Signature of the borrower": "Firma del prestatario",
        "Files that should be back": "Expedientes que ya debían estar de vuelta",
        "Days late": "Días de retraso",
    },
    "zh": {
        "Volume %(number)s of %(count)s": "卷册 %(number)s，共 %(count)s 册",
        "General": "一般",
        "Important": "重要",
        "Core": "核心",
        "Shelf": "层",
        "Box": "盒",
        "Loan slip": "借出凭单",
        "Due on": "到期日",
        "Reason": "理由",
        "Handed out": "借出时间",
        "Signature of the borrower": "借阅人签字",
        "Files that should be back": "应归还的案卷",
        "Days late": "逾期天数",
    },
}


def translator(language: str) -> Any:
    """A few sentences are enough to see that each text goes through the translation that was handed in."""
    return lambda message: WORDS[language].get(message, message)


def pages_of(pdf: bytes) -> list[Any]:
    """The pages as pdfium sees them."""
    return list(pypdfium2.PdfDocument(pdf))


def texts_of(pdf: bytes) -> list[str]:
    """The text of each page, as it would be copied."""
    return [page.get_textpage().get_text_range() for page in pages_of(pdf)]


def pages_toc(pdf: bytes) -> list[tuple[int, str]]:
    """The bookmarks: level and title."""
    return [(entry.level, entry.get_title()) for entry in pypdfium2.PdfDocument(pdf).get_toc()]


def sizes_of(pdf: bytes) -> list[tuple[float, float]]:
    """Width and height of each page, in millimetres."""
    return [(page.get_width() / mm, page.get_height() / mm) for page in pages_of(pdf)]


def codes_of(page: Any, dots: int = 300) -> list[tuple[str, str, tuple[float, float, float, float]]]:
    """What a reader finds on the printed page: kind, text, and left, top, right, bottom in mm from the upper left."""
    picture = page.render(scale=dots / 72, grayscale=True).to_pil()
    found = []
    for code in zxingcpp.read_barcodes(picture):
        corners = [getattr(code.position, name) for name in ("top_left", "top_right", "bottom_left", "bottom_right")]
        x, y = [25.4 / dots * point.x for point in corners], [25.4 / dots * point.y for point in corners]
        kind = "qr" if code.format == zxingcpp.BarcodeFormat.QRCode else "bars"
        found.append((kind, code.text, (min(x), min(y), max(x), max(y))))
    return found


def ink_of(page: Any) -> Iterator[tuple[float, float, float, float]]:
    """The rectangle of every letter that leaves ink, in mm from the upper left of the page."""
    text, height = page.get_textpage(), page.get_height()
    for place in range(text.count_chars()):
        if raw.FPDFText_GetUnicode(text.raw, place) in (0, 9, 10, 13, 32, 160):
            continue
        left, bottom, right, top = text.get_charbox(place)
        yield left / mm, (height - top) / mm, right / mm, (height - bottom) / mm


def within(
    inner: tuple[float, float, float, float], outer: tuple[float, float, float, float], give: float = 0.05
) -> bool:
    """Whether a rectangle lies in another one, but for `give` millimetres."""
    return (
        inner[0] >= outer[0] - give
        and inner[1] >= outer[1] - give
        and inner[2] <= outer[2] + give
        and inner[3] <= outer[3] + give
    )
