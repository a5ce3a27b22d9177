"""The first page: what the report is, and who stands for it."""

from __future__ import annotations

from collections.abc import Iterator

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, HRFlowable, Spacer, Table

from portal.reports.drawing.pen import ACCENT, HAIRLINE, INK
from portal.reports.papers.setting import COVER_MARGIN, Setter, padding
from portal.reports.papers.words import Content

COVER_WIDTH = float(A4[0] - 2 * COVER_MARGIN)
_SIGN_WIDTHS = (0.2, 0.27, 0.21, 0.32)


def cover(content: Content, setter: Setter) -> Iterator[Flowable]:
    """The cover's words, from the top."""
    words = content.cover
    yield setter.lines("Legajo", "cover number")
    yield Spacer(0, 38 * mm)
    yield setter.heading(words.title, "cover title", key="cover", level=0)
    yield Spacer(0, 5 * mm)
    yield HRFlowable(width="100%", thickness=2, color=ACCENT, spaceBefore=0, spaceAfter=5 * mm)
    yield setter.lines(words.period, "cover period")
    yield Spacer(0, 18 * mm)
    if words.remark:
        yield setter.lines(words.remark, "remark")
    yield _facts(content, setter)
    yield Spacer(0, 16 * mm)
    if words.signatures.rows:
        yield setter.lines(words.sign_off, "term")
        yield Spacer(0, 1.5 * mm)
        yield _signatures(content, setter)
    if words.checksum:
        yield Spacer(0, 10 * mm)
        yield setter.lines(words.checksum_label, "quiet")
        yield setter.lines(words.checksum, "quiet")


def _facts(content: Content, setter: Setter) -> Table:
    rows = [[setter.lines(fact.label, "quiet"), setter.lines(fact.text, "text")] for fact in content.cover.facts]
    style = [*setter.plain(), *padding((0, 6, 2, 2)), ("LINEBELOW", (0, 0), (-1, -1), 0.3, HAIRLINE)]
    return Table(rows, colWidths=[COVER_WIDTH * 0.3, COVER_WIDTH * 0.7], style=style, splitInRow=1, hAlign="LEFT")


def _signatures(content: Content, setter: Setter) -> Table:
    """Who prepared, reviewed and approved it, with space to sign by hand."""
    table = content.cover.signatures
    rows: list[list[Flowable]] = [[setter.lines(heading, "key against") for heading in table.headings]]
    for role, *others in table.rows:
        rows.append([setter.lines(role, "quiet"), *(setter.lines(text, "quiet") for text in others)])
    style = [
        *setter.plain(),
        *padding((3, 3, 3, 3)),
        ("BOTTOMPADDING", (0, 1), (-1, -1), 20),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, ACCENT),
        ("LINEBELOW", (0, 1), (-1, -1), 0.5, INK),
        ("LINEBEFORE", (1, 1), (-1, -1), 0.3, HAIRLINE),
    ]
    widths = [COVER_WIDTH * share for share in _SIGN_WIDTHS]
    return Table(rows, colWidths=widths, style=style, splitInRow=1, repeatRows=1, hAlign="LEFT")
