"""The loan slip: what a borrower signs for and takes along, on A5 or on a roll of 80 mm."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from reportlab.lib.pagesizes import A5
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, HRFlowable, Paragraph, Spacer, Table

from portal.core.fonts import PdfFonts, pdf_fonts, printable
from portal.core.messages import N_
from portal.printing.paper import LINE, QUIET, Area, QrSquare, flow, new_canvas, paragraph


class Paper(StrEnum):
    """What a slip is printed on."""

    A5 = "a5"
    ROLL = "roll"


PAPER_NAMES: dict[Paper, str] = {Paper.A5: N_("A5 sheet"), Paper.ROLL: N_("Roll of 80 mm")}


@dataclass(frozen=True)
class SlipFile:
    """A volume on a slip, in words; `name` is empty for a dossier that is not named on paper."""

    number: str
    name: str
    volume: str
    barcode: str

    def texts(self) -> Iterator[str]:
        """Everything of it that is printed."""
        yield from (self.number, self.name, self.volume, self.barcode)


@dataclass(frozen=True)
class Slip:
    """What one borrower takes along until one day, in words. `facts` are pairs of a label and a text."""

    title: str
    borrower: str
    department: str
    due_label: str
    due: str
    facts: Sequence[tuple[str, str]]
    files: Sequence[SlipFile]
    rule: str
    signatures: Sequence[str]
    foot: str

    def texts(self) -> Iterator[str]:
        """Everything of it that is printed."""
        yield from (self.title, self.borrower, self.department, self.due_label, self.due, self.rule, self.foot)
        yield from self.signatures
        for fact in self.facts:
            yield from fact
        for file in self.files:
            yield from file.texts()


@dataclass(frozen=True)
class _Shape:
    """Sizes of one paper, in points; `height` is None where the paper is as long as what stands on it."""

    width: float
    height: float | None
    margin: float
    text: float
    large: float
    square: float

    @property
    def inner(self) -> float:
        return self.width - 2 * self.margin


_SHAPES = {
    Paper.A5: _Shape(A5[0], A5[1], 12 * mm, 9.5, 16, 13 * mm),
    # Printers of such rolls print 72 mm of the 80.
    Paper.ROLL: _Shape(80 * mm, None, 5 * mm, 9, 15, 17 * mm),
}
_FOOT = 7.0


def slips_pdf(slips: Sequence[Slip], paper: Paper, *, title: str, language: str) -> bytes:
    """The slips, each beginning a page of its own."""
    shape = _SHAPES[paper]
    data = io.BytesIO()
    with pdf_fonts(title + "".join(text for slip in slips for text in slip.texts())) as fonts:
        canvas = new_canvas(data, (shape.width, shape.height or A5[1]), fonts, title=title, language=language)
        for slip in slips:
            story = list(_story(slip, fonts, shape))
            if shape.height is None:
                _on_roll(canvas, story, shape)
            else:
                _on_sheets(canvas, story, shape, slip.foot, fonts)
        canvas.save()
    return data.getvalue()


def _on_sheets(canvas: Any, story: list[Flowable], shape: _Shape, foot: str, fonts: PdfFonts) -> None:
    """As many sheets as it takes, each with the foot."""

    def end_page() -> None:
        canvas.setFont(fonts.body, _FOOT)
        canvas.setFillColor(QUIET)
        canvas.drawString(shape.margin, shape.margin - 2 * mm, printable(foot))
        canvas.showPage()

    bottom = shape.margin + 3 * mm
    flow(canvas, story, Area(shape.margin, bottom, shape.inner, A5[1] - shape.margin - bottom), end_page)


def _on_roll(canvas: Any, story: list[Flowable], shape: _Shape) -> None:
    """One page as long as the story."""
    heights = (part.getSpaceBefore() + part.getSpaceAfter() + part.wrap(shape.inner, 10_000)[1] for part in story)
    height = sum(heights) + 1
    canvas.setPageSize((shape.width, height + 2 * shape.margin))
    flow(canvas, story, Area(shape.margin, shape.margin, shape.inner, height), canvas.showPage)


def _story(slip: Slip, fonts: PdfFonts, shape: _Shape) -> Iterator[Flowable]:
    text, small = shape.text, shape.text - 1.5
    yield paragraph(slip.title, fonts.body, text + 1, quiet=True)
    yield paragraph(slip.borrower, fonts.heading, shape.large)
    yield paragraph(slip.department, fonts.body, text, after=2 * mm)
    yield paragraph(slip.due_label, fonts.body, small, quiet=True)
    yield paragraph(slip.due, fonts.heading, shape.large, after=2 * mm)
    for label, value in slip.facts:
        yield paragraph(label, fonts.body, small, quiet=True)
        yield paragraph(value, fonts.body, text, after=1 * mm)
    yield Spacer(0, 1 * mm)
    yield _files(slip, fonts, shape)
    yield Spacer(0, 2 * mm)
    yield paragraph(slip.rule, fonts.body, text, after=1 * mm)
    yield _signatures(slip, fonts, shape)
    if shape.height is None:
        yield paragraph(slip.foot, fonts.body, _FOOT, quiet=True)


def _files(slip: Slip, fonts: PdfFonts, shape: _Shape) -> Table:
    rows = []
    for file in slip.files:
        words: list[Paragraph] = []
        if file.number:
            words.append(paragraph(file.number, fonts.heading, shape.text + 2))
        if file.name:
            words.append(paragraph(file.name, fonts.body, shape.text))
        words.append(paragraph(file.volume, fonts.body, shape.text - 1))
        words.append(paragraph(file.barcode, fonts.body, shape.text - 1, quiet=True))
        rows.append([words, QrSquare(file.barcode, shape.square)])
    style = [
        ("FONTNAME", (0, 0), (-1, -1), fonts.body),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("ALIGN", (1, 0), (1, -1), "RIGHT"),
        ("LINEABOVE", (0, 0), (-1, -1), 0.4, LINE),
        ("LINEBELOW", (0, -1), (-1, -1), 0.4, LINE),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
    return Table(rows, colWidths=[shape.inner - shape.square - 2 * mm, shape.square + 2 * mm], style=style)


def _signatures(slip: Slip, fonts: PdfFonts, shape: _Shape) -> Table:
    """Lines to sign on, which stay together."""
    parts: list[Flowable] = []
    for label in slip.signatures:
        parts += [Spacer(0, 11 * mm), HRFlowable(width="100%", thickness=0.6, color=LINE, spaceBefore=0, spaceAfter=1)]
        parts.append(paragraph(label, fonts.body, shape.text - 1.5, quiet=True))
    style = [
        ("FONTNAME", (0, 0), (-1, -1), fonts.body),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ]
    return Table([[parts]], colWidths=[shape.inner], style=style)
