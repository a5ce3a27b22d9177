"""The letter to a client as PDF: one for the dossier, or many to be printed and posted."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from portal.core.fonts import PdfFonts, pdf_fonts
from portal.printing.paper import Area, flow, footed, new_canvas, paragraph

_MARGIN = 25 * mm
_TEXT = 11.0


@dataclass(frozen=True)
class Letter:
    """One letter, in words of its language. `address` are the lines of the window;"""

    language: str
    day: str
    address: Sequence[str]
    subject: str
    body: str
    foot: str

    def texts(self) -> Iterator[str]:
        """Everything that is printed."""
        yield from (self.day, *self.address, self.subject, self.body, self.foot)


def letters_pdf(letters: Sequence[Letter]) -> bytes:
    """The letters, each beginning a page of its own. `letters` is not empty."""
    data = io.BytesIO()
    with pdf_fonts("".join(text for letter in letters for text in letter.texts())) as fonts:
        canvas = new_canvas(data, A4, fonts, title=letters[0].subject, language=letters[0].language)
        for letter in letters:
            _write(canvas, letter, fonts)
        canvas.save()
    return data.getvalue()


def _write(canvas: Any, letter: Letter, fonts: PdfFonts) -> None:
    area = Area(_MARGIN, 24 * mm, A4[0] - 2 * _MARGIN, A4[1] - 54 * mm)
    flow(canvas, list(_story(letter, fonts)), area, footed(canvas, letter.foot, fonts, area))


def _story(letter: Letter, fonts: PdfFonts) -> Iterator[Flowable]:
    for number, line in enumerate(letter.address, start=1):
        last = number == len(letter.address)
        yield paragraph(line, fonts.body, _TEXT, after=12 * mm if last else 0)
    yield paragraph(letter.day, fonts.body, _TEXT, quiet=True, after=8 * mm)
    yield paragraph(letter.subject, fonts.heading, 13, after=5 * mm)
    for part in letter.body.split("\n\n"):
        if part.strip():
            yield paragraph(part.strip(), fonts.body, _TEXT, after=4 * mm)
