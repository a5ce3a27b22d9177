"""Dossier numbers in file names, the code of a cover sheet, and how sheets divide a scan. Pure: no database."""

from __future__ import annotations

import hashlib
import hmac
import re
import string
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, unquote

from portal.documents.models import Direction, DocumentKind
from portal.documents.texts import one_line
from portal.dossiers.rules import format_number

_NOT_IN_NAMES = str.maketrans(dict.fromkeys('/\\:*?"<>|', "-"))
"""What a file name cannot hold, and what people write instead."""

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣－_", "-"))
_SEPARATORS = " \t-_.,;:#()[]+"
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,4}$")
_SUBJECT_LENGTH = 300
_CODE_MARK = "legajo:sheet:1"
_SEAL_LENGTH = 10
_LONGEST_CODE = 400


@dataclass(frozen=True)
class NumberPatterns:
    """The patterns dossier numbers are made by (`portal.policy.rules.Policy`)."""

    standard: str
    core: str


@dataclass(frozen=True)
class NamedNumber:
    """A dossier number found in a file name. `core`: it is one of the core series."""

    number: str
    core: bool


@dataclass(frozen=True)
class NameReading:
    """What a file name says: the numbers in it, each once, and the rest as a subject (maybe empty)."""

    numbers: Sequence[NamedNumber]
    subject: str


def read_name(file_name: str, patterns: NumberPatterns) -> NameReading:
    """Find the dossier numbers in a file name, and what it says beside them.

    A number stands between signs that are neither letters nor digits. Full-width digits, other dashes and small
    letters are read as the usual ones; a sign that no file name can hold may be written as a dash.
    """
    stem = unicodedata.normalize("NFKC", _without_extension(file_name))
    plain = stem.translate(_DASHES)
    found: dict[str, NamedNumber] = {}
    spans: list[tuple[int, int]] = []
    for pattern, core in ((patterns.core, True), (patterns.standard, False)):
        for match in _expression(pattern).finditer(plain):
            if any(match.start() < end and begin < match.end() for begin, end in spans):
                continue  # A number of the core series may hold what would be one of the other.
            number = format_number(pattern, int(match["year"]), int(match["number"]))
            if number.translate(_NOT_IN_NAMES).translate(_DASHES).casefold() == match[0].casefold():
                found.setdefault(number, NamedNumber(number, core))
                spans.append(match.span())
    rest = stem
    for begin, end in sorted(spans, reverse=True):
        rest = f"{rest[:begin].rstrip(_SEPARATORS)} {rest[end:].lstrip(_SEPARATORS)}"
    subject = one_line(rest).strip(_SEPARATORS)[:_SUBJECT_LENGTH]
    says_something = spans and any(sign.isalpha() for sign in subject)
    return NameReading(list(found.values()), subject if says_something else "")


def is_core_number(number: str, patterns: NumberPatterns) -> bool:
    """Whether a number is one of the core series, given out or not."""
    return any(item.core for item in read_name(number.translate(_NOT_IN_NAMES), patterns).numbers)


def _expression(pattern: str) -> re.Pattern[str]:
    parts = []
    for literal, name, _, _ in string.Formatter().parse(pattern):
        parts.append(re.escape(literal.translate(_NOT_IN_NAMES).translate(_DASHES)))
        if name:
            parts.append(r"(?P<year>(?:19|20)[0-9]{2})" if name == "year" else r"(?P<number>[0-9]{1,9})")
    # Han characters may stand right beside a number: Chinese is written without spaces.
    return re.compile(rf"(?<![0-9A-Za-z]){''.join(parts)}(?![0-9A-Za-z])", re.IGNORECASE)


def _without_extension(file_name: str) -> str:
    return _EXTENSION.sub("", file_name)


@dataclass(frozen=True)
class Sheet:
    """What a cover sheet says. None for what the person who printed it left open."""

    number: str
    kind: DocumentKind | None = None
    direction: Direction | None = None
    dated: date | None = None


def sheet_code(sheet: Sheet, key: bytes) -> str:
    """What stands in the QR code of a sheet. `key` seals it, so that a code from elsewhere is not obeyed."""
    facts = (quote(sheet.number, safe=""), sheet.kind or "", sheet.direction or "", sheet.dated or "")
    body = ":".join((_CODE_MARK, *map(str, facts)))
    return f"{body}:{_seal(body, key)}"


def read_sheet_code(code: str, key: bytes) -> Sheet | None:
    """The sheet a QR code belongs to; None for any other code, one misread, and one sealed with another key."""
    if len(code) > _LONGEST_CODE or not code.startswith(f"{_CODE_MARK}:"):
        return None
    body, _, seal = code.rpartition(":")
    if not hmac.compare_digest(_seal(body, key).encode(), seal.encode("utf-8", "replace")):
        return None
    try:
        number, kind, direction, dated = body.removeprefix(f"{_CODE_MARK}:").split(":")
        return Sheet(
            number=unquote(number),
            kind=DocumentKind(kind) if kind else None,
            direction=Direction(direction) if direction else None,
            dated=date.fromisoformat(dated) if dated else None,
        )
    except ValueError:
        return None


def _seal(body: str, key: bytes) -> str:
    digest = hmac.new(key, b"cover sheet\n" + body.encode("utf-8", "replace"), hashlib.sha256)
    return digest.hexdigest()[:_SEAL_LENGTH].upper()


@dataclass(frozen=True)
class Part:
    """Pages of a file that belong together, from `first` to `last`; none when `last` is less than `first`.

    `sheet` is the cover sheet that stood before them.
    """

    first: int
    last: int
    sheet: Sheet | None

    @property
    def pages(self) -> int:
        """How many there are."""
        return max(0, self.last - self.first + 1)


def parts_of(pages: int, sheets: Mapping[int, Sheet]) -> list[Part]:
    """Divide a file of so many pages at its cover sheets (page number → sheet). A sheet is in no part."""
    places = sorted(sheets)
    if not places:
        return [Part(1, pages, None)]
    parts = [Part(1, places[0] - 1, None)] if places[0] > 1 else []
    for place, following in zip(places, [*places[1:], pages + 1], strict=True):
        parts.append(Part(place + 1, following - 1, sheets[place]))
    return parts


def part_name(file_name: str, number: int, parts: int) -> str:
    """What part `number` of a file that is divided is called."""
    if parts == 1:
        return file_name
    stem = _without_extension(file_name)
    return f"{stem} ({number}){file_name[len(stem) :]}"
