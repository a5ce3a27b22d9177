"""Numbers by pattern, the order and nesting of places, which words say where paper is. Pure: no database."""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portal.clients.rules import tidy
from portal.core.messages import N_, Message
from portal.core.permissions import Level
from portal.dossiers.states import CUSTODY_NAMES, Custody, PlaceKind

LONGEST_NUMBER = 40
"""Characters of a dossier number."""
MOST_VOLUMES = 50
"""Paper volumes a dossier is opened with at most; more are added one by one."""
MOST_SHEETS = 100_000

STANDARD_SERIES = "standard"
CORE_SERIES = "core"


def series_of(level: Level) -> str:
    """The series a dossier of this level is numbered in: core has its own, so that gaps tell nothing."""
    return CORE_SERIES if level == Level.CORE else STANDARD_SERIES


def pattern_problem(pattern: str) -> Message | None:
    """What is wrong with a number pattern, or None.

    A pattern is a format string with {year} and {number} once each: numbers are counted per year, so that
    without the year they would repeat.
    """
    try:
        fields = [name for _, name, _, _ in string.Formatter().parse(pattern) if name is not None]
        sample = pattern.format(year=2026, number=99_999)
    except (ValueError, KeyError, IndexError, AttributeError):
        return Message(N_("This is not a pattern. Example: {year}-{number:04d}"))
    if sorted(fields) != ["number", "year"]:
        return Message(N_("A pattern has {year} and {number} once each."))
    if len(sample) > LONGEST_NUMBER or sample != sample.strip():
        return Message(
            N_("Numbers of this pattern have more than %(most)s characters, or blanks at an end."),
            {"most": LONGEST_NUMBER},
        )
    return None


def format_number(pattern: str, year: int, number: int) -> str:
    """The dossier number. ValueError for a pattern that `pattern_problem` objects to."""
    if pattern_problem(pattern):
        raise ValueError(f"not a pattern for dossier numbers: {pattern!r}")
    return pattern.format(year=year, number=number)


def as_barcode(text: str) -> str:
    """What was typed or scanned, as barcodes are stored: in capitals, without blanks around it."""
    return tidy(text).upper()


def barcode_of(dossier_id: int, ordinal: int) -> str:
    """The barcode of a volume: capital letters, digits and a dash, which every reader knows (Code 39)."""
    return f"L{dossier_id:06d}-{ordinal:02d}"


@dataclass(frozen=True)
class CustodyCount:
    """How many volumes of a dossier are where."""

    custody: Custody
    volumes: int

    @property
    def name(self) -> str:
        """The word for the custody, a message id."""
        return CUSTODY_NAMES[self.custody]


def custody_summary(custodies: Iterable[Custody]) -> Sequence[CustodyCount]:
    """Where the volumes are, in words for the register: trouble first, each word once."""
    counts: dict[Custody, int] = {}
    for custody in custodies:
        counts[custody] = counts.get(custody, 0) + 1
    return [CustodyCount(custody, counts[custody]) for custody in _TROUBLE_FIRST if custody in counts]


_TROUBLE_FIRST = (
    Custody.MISSING,
    Custody.ON_LOAN,
    Custody.IN_REPAIR,
    Custody.BEING_SCANNED,
    Custody.RESERVED,
    Custody.ON_SHELF,
    Custody.DISPOSED,
)
AT_HOME = (Custody.ON_SHELF, Custody.RESERVED)
"""Custodies in which a volume stands in its place."""


STEP = 5
"""Digits of one level in the sort key of a place."""
PLACE_SERIES = "place"
"""The series places take their barcodes from; it is counted without years (year 0)."""
LONGEST_CODE = 10
_KINDS = list(PlaceKind)


def place_barcode(number: int) -> str:
    """The barcode of a place."""
    return f"P{number:06d}"


def stands_in(kind: PlaceKind, parent: PlaceKind | None) -> bool:
    """Whether a place of `kind` may stand in one of `parent`'s kind (None: at the top).

    Sites and rooms stand at the top; everything else stands in something wider. Levels may be left out.
    """
    if parent is None:
        return kind in (PlaceKind.SITE, PlaceKind.ROOM)
    return _KINDS.index(kind) > _KINDS.index(parent)


def code_problem(code: str) -> Message | None:
    """What is wrong with the code of a place, or None: letters and digits of any script, and dots."""
    if not code or len(code) > LONGEST_CODE or not all(sign.isalnum() or sign == "." for sign in code):
        return Message(
            N_("A code has 1 to %(most)s letters and digits, without blanks and dashes."), {"most": LONGEST_CODE}
        )
    return None


def sort_key(above: str, ordinal: int) -> str:
    """The sort key of the place at position `ordinal` in one with the sort key `above`."""
    return f"{above}{ordinal:0{STEP}d}"
