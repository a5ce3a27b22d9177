"""Sets a paper of the archive (letter, fax, contract, call note, yearly report) as a PDF with text."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table

from portal.core.fonts import sans_path, serif_path, truetype_subset
from portal.demonstration.model import DocumentKind, Language


@dataclass(frozen=True)
class Heading:
    """A line that stands out."""

    text: str


@dataclass(frozen=True)
class Body:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Grid:
    """A table; the first row is its head."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class NewPage:
    """What follows starts on a page of its own."""


Block = Heading | Body | Grid | NewPage


@dataclass(frozen=True)
class Paper:
    """One paper before it is set: who writes, what stands in its head, what it says, who signs."""

    kind: DocumentKind
    language: Language
    sender: str
    sender_lines: tuple[str, ...]
    title: str
    fields: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]
    signatures: tuple[str, ...]
    footer: str
    transmission: str | None = None

    @property
    def text(self) -> str:
        """Everything that stands on the paper, a line for each piece."""
        lines = [
            self.sender,
            *self.sender_lines,
            self.title,
            *(f"{label} {value}" for label, value in self.fields),
        ]
        for block in self.blocks:
            match block:
                case Heading(text) | Body(text):
                    lines.append(text)
                case Grid(rows):
                    lines += ["  ".join(row) for row in rows]
        return "\n".join([*lines, *self.signatures, self.footer, self.transmission or ""])


@dataclass(frozen=True)
class Typefaces:
    """Names under which ReportLab knows the archive's two fonts."""

    sans: str
    serif: str


@lru_cache(maxsize=4)
def typefaces(characters: str) -> Typefaces:
    """Register the archive's fonts with the glyphs of `characters`, once in the life of the process.

    Making a font takes longer than setting a page, so all papers of an archive share one pair. The name is
    made from the characters: the same text gives the same file in any process.
    """
    tag = hashlib.sha256(characters.encode()).hexdigest()[:8]
    return Typefaces(
        sans=_register(f"DemonstrationSans-{tag}", sans_path(), characters),
        serif=_register(f"DemonstrationSerif-{tag}", serif_path(), characters),
    )


def _register(name: str, path: Path, characters: str) -> str:
    font = TTFont(name, io.BytesIO(truetype_subset(path, characters)))
    # ReportLab takes two fonts with one face name for the same font; others may embed other subsets of Noto.
    font.face.name = name.encode("ascii")
    pdfmetrics.registerFont(font)
    return name


def pdf_of(paper: Paper, characters: str) -> bytes:
    """The paper as a PDF (A4) with embedded text; `characters` must hold every character of the paper."""
    fonts = typefaces(characters)
    target = io.BytesIO()
    template = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=24 * mm,
        rightMargin=22 * mm,
        topMargin=20 * mm,
        bottomMargin=20 * mm,
        title=paper.title,
        author=paper.sender,
        invariant=1,
    )
    frame = partial(_draw_frame, paper=paper, font=fonts.sans)
    template.build(list(_story(paper, fonts)), onFirstPage=frame, onLaterPages=frame)
    return target.getvalue()


def _draw_frame(canvas: Canvas, template: Any, *, paper: Paper, font: str) -> None:
    """The line a fax machine adds on top, and the page number at the foot."""
    width, height = A4
    canvas.saveState()
    canvas.setFont(font, 8)
    if paper.transmission:
        canvas.drawString(24 * mm, height - 10 * mm, f"{paper.transmission}   P. {template.page}")
    canvas.drawCentredString(width / 2, 10 * mm, paper.footer.format(n=template.page))
    canvas.restoreState()


def _story(paper: Paper, fonts: Typefaces) -> Sequence[Flowable]:
    styles = _Styles(paper, fonts)
    story: list[Flowable] = [styles.paragraph(paper.sender, styles.sender)]
    story += [styles.paragraph(line, styles.small) for line in paper.sender_lines]
    story.append(Spacer(1, 6 * mm))
    if paper.title:
        story.append(styles.paragraph(paper.title, styles.title))
    if paper.fields:
        story += [_fields(paper, styles), Spacer(1, 5 * mm)]
    for block in paper.blocks:
        match block:
            case Heading(text):
                story.append(styles.paragraph(text, styles.heading))
            case Body(text):
                story.append(styles.paragraph(text, styles.body))
            case Grid(rows):
                story += [_grid(rows, styles), Spacer(1, 4 * mm)]
            case NewPage():
                story.append(PageBreak())
    story.append(Spacer(1, 6 * mm))
    story.append(KeepTogether([styles.paragraph(line, styles.signature) for line in paper.signatures]))
    return story


class _Styles:
    """Paragraph styles of a paper: faxes and notes in sans and larger, the rest in serif."""

    def __init__(self, paper: Paper, fonts: Typefaces) -> None:
        plain = paper.kind in ("fax", "call_note")
        face = fonts.sans if plain else fonts.serif
        size = 11.5 if plain else 11
        wrap = "CJK" if paper.language == "zh" else None
        base = ParagraphStyle("base", fontName=face, fontSize=size, leading=size * 1.5, wordWrap=wrap, spaceAfter=7)
        self.body = base
        self.small = ParagraphStyle("small", base, fontName=fonts.sans, fontSize=8.5, leading=11.5, spaceAfter=0)
        self.sender = ParagraphStyle("sender", base, fontName=fonts.serif, fontSize=15, leading=21, spaceAfter=2)
        self.title = ParagraphStyle("title", base, fontSize=17, leading=24, alignment=0 if plain else 1, spaceAfter=10)
        self.heading = ParagraphStyle("heading", base, fontName=fonts.sans, spaceBefore=5, spaceAfter=4, keepWithNext=1)
        self.cell = ParagraphStyle("cell", base, fontSize=10.5, leading=15, spaceAfter=0)
        self.signature = ParagraphStyle("signature", base, spaceAfter=3)

    @staticmethod
    def paragraph(text: str, style: ParagraphStyle) -> Paragraph:
        return Paragraph(escape(text), style)


def _fields(paper: Paper, styles: _Styles) -> Table:
    rows = [
        [styles.paragraph(label, styles.cell), styles.paragraph(value, styles.cell)] for label, value in paper.fields
    ]
    table = Table(rows, colWidths=[40 * mm, 119 * mm], hAlign="LEFT")
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
            ("LINEBELOW", (0, -1), (-1, -1), 0.8, colors.black),
            ("LINEABOVE", (0, 0), (-1, 0), 0.8, colors.black),
        ]
    )
    return table


def _grid(rows: tuple[tuple[str, ...], ...], styles: _Styles) -> Table:
    table = Table([[styles.paragraph(cell, styles.cell) for cell in row] for row in rows], repeatRows=1, hAlign="LEFT")
    table.setStyle(
        [
            ("GRID", (0, 0), (-1, -1), 0.5, colors.black),
            ("BACKGROUND", (0, 0), (-1, 0), colors.Color(0.92, 0.92, 0.92)),
            ("TOPPADDING", (0, 0), (-1, -1), 3),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ]
    )
    return table
