"""The statistics in words of one language, before anything is laid out: the fonts are cut to these words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from portal.core.messages import N_
from portal.reports.drawing import texts_of
from portal.reports.drawing.words import LAST_YEAR, PREVIOUS, THIS
from portal.reports.periods import Compared
from portal.reports.statistics.counted import Breakdown, Cell, CountedFigure, Crossing, Name, Shape, Unit, Values
from portal.reports.statistics.wording import (
    NO_VALUE,
    Translate,
    cell_text,
    change_sign,
    change_text,
    labelled,
    moment_text,
    name_text,
    number_text,
    period_text,
    this_period_parts,
    this_period_text,
    value_text,
    zone_text,
)

UP, DOWN, SAME = "▲", "▼", "="
_ARROWS = {1: UP, -1: DOWN, 0: SAME}


@dataclass(frozen=True)
class TableWords:
    """A table: its headings, which columns are numbers, and its rows."""

    headings: tuple[str, ...]
    is_number: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class PartWords:
    """A breakdown or crossing: its title, what is drawn, and the same as tables."""

    title: str
    unit: Unit
    part: Breakdown | Crossing
    tables: tuple[TableWords, ...]
    """One, or several where it has more columns than a page is wide."""


@dataclass(frozen=True)
class FigureWords:
    """A figure. Where there is nothing to show, `nothing` says so and the rest is empty."""

    key: str
    title: str
    """With its number, as in "2.1 Volumes issued"."""
    definition: str
    nothing: str = ""
    total: TableWords | None = None
    parts: tuple[PartWords, ...] = ()
    register: TableWords | None = None
    more: str = ""
    """How many rows of the register are not there."""


@dataclass(frozen=True)
class SectionWords:
    """A section and its figures."""

    key: str
    title: str
    figures: tuple[FigureWords, ...]


@dataclass(frozen=True)
class ChangeWords:
    """A change: its arrow and percent, and against what. `mood` is 1 for better, -1 for worse, 0 for neither."""

    text: str
    against: str
    mood: int


@dataclass(frozen=True)
class KeyWords:
    """A key figure."""

    title: str
    value: str
    changes: tuple[ChangeWords, ...]


@dataclass(frozen=True)
class Fact:
    """A line of the cover."""

    label: str
    text: str


@dataclass(frozen=True)
class CoverWords:
    """The first page."""

    title: str
    period: str
    number: str
    remark: str
    facts: tuple[Fact, ...]
    sign_off: str
    signatures: TableWords
    checksum_label: str
    checksum: str


@dataclass(frozen=True)
class Content:
    """Everything that the document says."""

    language: str
    subject: str
    keywords: tuple[str, ...]
    mark: str
    number: str
    """The report's number; empty where it has none."""
    short_checksum: str
    page_of_pages: str
    """With placeholders `%(page)s` and `%(pages)s`."""
    contents: str
    cover: CoverWords
    key_title: str
    key_note: str
    key_figures: tuple[KeyWords, ...]
    sections: tuple[SectionWords, ...]
    list_title: str
    appendix_title: str
    notes: tuple[str, ...]


def heading_texts(content: Content) -> Iterator[str]:
    """What is set in the headings' font."""
    yield from (content.cover.title, content.cover.period, content.mark, content.contents, content.key_title)
    yield content.appendix_title
    yield from (figure.value for figure in content.key_figures)
    for section in content.sections:
        yield section.title
        for figure in section.figures:
            yield from (figure.title, figure.nothing)


@dataclass
class Speaker:
    """Says things in one language, and keeps what was said."""

    language: str
    translate: Translate
    zone: ZoneInfo
    periods: Compared
    said: set[str] = field(default_factory=set)
    """Every character of it."""

    def text(self, text: str) -> str:
        """`text` as it is."""
        self.said.update(text)
        return text

    def say(self, message: str, **params: str) -> str:
        """A sentence of the catalogues."""
        sentence = self.translate(message)
        return self.text(sentence % params if params else sentence)

    def name(self, name: Name) -> str:
        """A row's or column's name."""
        text = name_text(name, language=self.language, translate=self.translate)
        return self.text(" ".join(text.split()))  # A name with line ends would make a row as high as it likes.

    def number(self, number: int) -> str:
        """A whole number."""
        return self.text(number_text(number, self.language))

    def value(self, value: int | None, unit: Unit) -> str:
        """A value with its unit."""
        return self.text(value_text(value, unit, language=self.language, translate=self.translate))

    def moment(self, moment: datetime) -> str:
        """A moment, in the office's zone."""
        return self.text(moment_text(moment, self.zone, self.language))

    def zone_name(self, moment: datetime) -> str:
        """What the office's time is called."""
        return self.text(zone_text(moment, self.zone, self.language))

    def cell(self, cell: Cell, shape: Shape) -> str:
        """A cell of a register."""
        return self.text(cell_text(cell, shape, language=self.language, translate=self.translate, zone=self.zone))

    def period_names(self) -> tuple[str, str, str]:
        """The three periods; of one that is not over, up to when it was counted."""
        this = this_period_text(self.periods, language=self.language, translate=self.translate)
        previous, last_year = (
            period_text(period, language=self.language, translate=self.translate) for period in tuple(self.periods)[1:]
        )
        return self.text(this), self.text(previous), self.text(last_year)

    def headings(self) -> list[str]:
        """The three periods over a total: what each is, and its name under it."""
        this = this_period_parts(self.periods, language=self.language, translate=self.translate)
        names = (self.text("\n".join(this)), *self.period_names()[1:])
        return [f"{short}\n{name}" for short, name in zip(self.short_names(), names, strict=True)]

    def short_names(self) -> tuple[str, str, str]:
        """What they are called where there is little room; the cover and each figure's total name them in full."""
        return self.say(THIS), self.say(PREVIOUS), self.say(LAST_YEAR)

    def drawn(self, part: Breakdown | Crossing, unit: Unit) -> None:
        """What a chart will say."""
        for text in texts_of(part, unit=unit, periods=self.periods, language=self.language, translate=self.translate):
            self.text(text)

    def change(self, values: Values, against: int | None) -> str:
        """The change with its arrow, as in "▲ +12 %"."""
        if values.this is None or against is None:
            return self.text(NO_VALUE)
        sign = change_sign(values, against)
        percent = change_text(values, against, language=self.language) if sign else ""
        return self.text(f"{_ARROWS[sign]}\u00a0{percent}" if percent else _ARROWS[sign])


def is_compared(values: Iterable[Values]) -> bool:
    """Whether any of them has something beside the period's own value."""
    return any(one.previous is not None or one.last_year is not None for one in values)


def key_words(figure: CountedFigure, speaker: Speaker) -> KeyWords:
    """A figure as it stands among the key figures."""
    _, previous_name, last_year_name = speaker.short_names()
    changes = []
    both = ((figure.total.previous, previous_name), (figure.total.last_year, last_year_name))
    for against, name in both[: speaker.periods.beside]:
        if against is None:
            continue
        mood = -change_sign(figure.total, against) if figure.less_is_better else 0
        text = speaker.change(figure.total, against)
        if mood:
            text = f"{text} {speaker.say(N_('better') if mood > 0 else N_('worse'))}"
        beside = speaker.text(labelled(name, speaker.value(against, figure.unit), speaker.language))
        changes.append(ChangeWords(text, beside, mood))
    return KeyWords(speaker.say(figure.title), speaker.value(figure.total.this, figure.unit), tuple(changes))
