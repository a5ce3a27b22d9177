"""The label sheets one can buy, as data: A4, named by their count and size. Pure: no database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

PAGE_WIDTH, PAGE_HEIGHT = A4
FARTHEST_SHIFT = 10.0
"""Millimetres by which a print may be moved, for a printer that draws the paper in askew."""
NEAR_EDGE = 4.5
"""Millimetres at the edge of the paper that printers leave empty."""


class LabelKind(StrEnum):
    """What a label is for."""

    SPINE = "spine"
    PLACE = "place"
    CARD = "card"


@dataclass(frozen=True)
class LabelFormat:
    """A sheet of labels. All lengths in millimetres; `left` and `top` are where the first label begins."""

    key: str
    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float
    gap: float = 0.0
    """Between columns."""

    @property
    def count(self) -> int:
        """Labels on a sheet."""
        return self.columns * self.rows

    @property
    def size(self) -> str:
        """Width by height, as written on the box of labels."""
        return f"{self.width:g} × {self.height:g} mm"


@dataclass(frozen=True)
class Spot:
    """Where a label goes: the sheet (from 0) and its rectangle in points, the origin at the bottom left."""

    sheet: int
    left: float
    bottom: float
    width: float
    height: float
    inset_x: float
    """What stays empty at the left and right within the label."""
    inset_y: float


FORMATS: dict[str, LabelFormat] = {
    item.key: item
    for item in (
        LabelFormat("70x36", 3, 8, 70, 36, 0, 4.5),
        LabelFormat("70x42", 3, 7, 70, 42.3, 0, 0.45),
        LabelFormat("63x34", 3, 8, 63.5, 33.9, 7.25, 12.9, 2.5),
        LabelFormat("46x21", 4, 12, 45.7, 21.2, 9.85, 21.3, 2.5),
        LabelFormat("99x38", 2, 7, 99.1, 38.1, 4.65, 15.15, 2.5),
        LabelFormat("105x74", 2, 4, 105, 74, 0, 0.5),
        LabelFormat("192x38", 1, 7, 192, 38, 9, 15.5),
        LabelFormat("192x61", 1, 4, 192, 61, 9, 26.5),
        LabelFormat("85x54", 2, 5, 85, 54, 15, 13.5, 10),
    )
}
USUAL_FORMATS: dict[LabelKind, str] = {
    LabelKind.SPINE: "192x38",
    LabelKind.PLACE: "99x38",
    LabelKind.CARD: "85x54",
}
"""What is chosen at first for each kind."""


def spots(of: LabelFormat, count: int, *, first: int = 1, right: float = 0, down: float = 0) -> Iterator[Spot]:
    """Where `count` labels go, row by row from label `first` (from 1) of the first sheet, moved by millimetres."""
    for place in range(first - 1, first - 1 + count):
        sheet, within = divmod(place, of.count)
        row, column = divmod(within, of.columns)
        left = of.left + column * (of.width + of.gap)
        top = of.top + row * of.height
        at_side = left < NEAR_EDGE or left + of.width > PAGE_WIDTH / mm - NEAR_EDGE
        at_end = top < NEAR_EDGE or top + of.height > PAGE_HEIGHT / mm - NEAR_EDGE
        yield Spot(
            sheet,
            left=(left + right) * mm,
            bottom=PAGE_HEIGHT - (top + of.height + down) * mm,
            width=of.width * mm,
            height=of.height * mm,
            # What goes to the edge of the paper is partly not printed: the text keeps off it.
            inset_x=(NEAR_EDGE if at_side else 2.5) * mm,
            inset_y=(NEAR_EDGE if at_end else 2.5) * mm,
        )


def sheets_needed(of: LabelFormat, count: int, first: int = 1) -> int:
    """Sheets that `count` labels take from label `first` on."""
    return -(-(first - 1 + count) // of.count) if count else 0
