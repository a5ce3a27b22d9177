"""The words in and about a chart: labels, and the chart in one sentence for those who cannot see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from portal.core.fonts import printable
from portal.core.messages import N_
from portal.reports.periods import Compared, Period
from portal.reports.statistics.counted import Breakdown, Chart, Crossing, Group, Name, Unit
from portal.reports.statistics.wording import NO_VALUE, Translate, name_text, number_text, period_text, value_text

MOST_ROWS = 15
"""So many groups are drawn; the table under the chart has them all."""
_IN_SENTENCE = 5
_MANY_ALIKE = 5
THIS, PREVIOUS, LAST_YEAR = N_("Period"), N_("Previous"), N_("Last year")
MORE = N_("and %(count)s more")
OTHERS = N_("Others")


@dataclass(frozen=True)
class Words:
    """How a chart's values and names are said in one language."""

    unit: Unit
    periods: Compared
    language: str
    translate: Translate

    def value(self, value: int | None) -> str:
        """A value with its unit."""
        return value_text(value, self.unit, language=self.language, translate=self.translate)

    def name(self, name: Name) -> str:
        """A row's or column's name."""
        return printable(name_text(name, language=self.language, translate=self.translate))

    def period(self, period: Period) -> str:
        """A period."""
        return period_text(period, language=self.language, translate=self.translate)

    def more(self, count: int) -> str:
        """How many groups are not drawn."""
        return self.translate(MORE) % {"count": number_text(count, self.language)}

    def legend(self) -> list[str]:
        """The names of the periods that are drawn."""
        return [self.period(period) for period in tuple(self.periods)[: 1 + self.periods.beside]]

    def short_legend(self) -> list[str]:
        """What the periods are called where there is no room for their names."""
        return [self.translate(name) for name in (THIS, PREVIOUS, LAST_YEAR)[: 1 + self.periods.beside]]


def is_compared(part: Breakdown) -> bool:
    """Whether any group has a value of the previous period or of last year."""
    return any(group.values.previous is not None or group.values.last_year is not None for group in part.groups)


def is_drawn(part: Breakdown | Crossing) -> bool:
    """Whether there is anything to see in a drawing: bars of one length say nothing."""
    if part.chart is Chart.NONE:
        return False
    if isinstance(part, Crossing):
        return any(cell for row in part.cells for cell in row)
    if part.chart is Chart.BARS and len(part.groups) >= _MANY_ALIKE and not is_compared_at_all(part):
        return len({group.values.this for group in part.groups}) > 1
    return any(value for group in part.groups for value in group.values)


def is_compared_at_all(part: Breakdown) -> bool:
    """Whether there was anything in the periods beside."""
    return any(group.values.previous or group.values.last_year for group in part.groups)


def begun(part: Breakdown, periods: Compared) -> tuple[Group, ...]:
    """The groups without those steps along time that lie ahead: what has not been is not 0."""
    until = periods.until
    if part.chart is not Chart.LINES or until is None:
        return part.groups
    return tuple(group for group in part.groups if group.key <= until.isoformat())


def sentence(part: Breakdown | Crossing, words: Words) -> str:
    """The chart in one sentence."""
    translate = words.translate
    heading = {"title": translate(part.title), "period": words.period(words.periods.this)}
    if isinstance(part, Crossing):
        return _of_crossing(part, words, heading)
    groups = [group for group in begun(part, words.periods) if group.values.this]
    if not groups:
        return translate(N_("%(title)s, %(period)s: nothing.")) % heading
    if part.chart is Chart.LINES:
        return _along_time(begun(part, words.periods), words, heading)
    groups.sort(key=lambda group: -(group.values.this or 0))
    listed = _listed([(words.name(one.name), words.value(one.values.this)) for one in groups[:_IN_SENTENCE]])
    left_out = len(groups) - _IN_SENTENCE + part.left_out
    if left_out > 0:
        return translate(N_("%(title)s, %(period)s: %(groups)s, and %(count)s more.")) % {
            **heading,
            "groups": listed,
            "count": number_text(left_out, words.language),
        }
    return translate(N_("%(title)s, %(period)s: %(groups)s.")) % {**heading, "groups": listed}


def _listed(pairs: list[tuple[str, str]]) -> str:
    return "; ".join(f"{name}: {value}" for name, value in pairs)


def _along_time(groups: tuple[Group, ...], words: Words, heading: dict[str, str]) -> str:
    known = [group for group in groups if group.values.this is not None]
    highest = max(known, key=lambda group: group.values.this or 0)
    lowest = min(known, key=lambda group: group.values.this or 0)
    return words.translate(
        N_("%(title)s, %(period)s: highest %(highest)s (%(when)s), lowest %(lowest)s (%(lowest_when)s).")
    ) % {
        **heading,
        "highest": words.value(highest.values.this),
        "when": words.name(highest.name),
        "lowest": words.value(lowest.values.this),
        "lowest_when": words.name(lowest.name),
    }


def _of_crossing(part: Crossing, words: Words, heading: dict[str, str]) -> str:
    cells = [
        (value, words.name(row), words.name(column))
        for (_, row), values in zip(part.row_names, part.cells, strict=True)
        for (_, column), value in zip(part.column_names, values, strict=True)
        if value
    ]
    if not cells:
        return words.translate(N_("%(title)s, %(period)s: nothing.")) % heading
    cells.sort(key=lambda cell: -cell[0])
    pairs = [(f"{row}, {column}", words.value(value)) for value, row, column in cells[:3]]
    return words.translate(N_("%(title)s, %(period)s: most in %(groups)s.")) % {**heading, "groups": _listed(pairs)}


def texts(part: Breakdown | Crossing, words: Words) -> Iterator[str]:
    """Everything that the chart may write, for fonts that are cut to their text."""
    yield from (words.translate(part.title), words.translate(OTHERS), words.more(1234567890), NO_VALUE, "...", "≤")
    yield from (*words.legend(), *words.short_legend())
    yield from (words.value(number) for number in (0, 1234567890, 987654321000, 5, 1500, 2_500_000, 3_500_000_000))
    if isinstance(part, Crossing):
        yield from (words.name(name) for _, name in (*part.row_names, *part.column_names))
    else:
        yield from (words.name(group.name) for group in part.groups)
