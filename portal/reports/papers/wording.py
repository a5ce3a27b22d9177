"""From counted figures to the words of the document."""

from __future__ import annotations

from collections.abc import Sequence

from portal.core.messages import N_
from portal.reports.drawing.words import begun, is_drawn
from portal.reports.papers.standing import Standing
from portal.reports.papers.words import (
    Content,
    CoverWords,
    Fact,
    FigureWords,
    PartWords,
    SectionWords,
    Speaker,
    TableWords,
    is_compared,
    key_words,
)
from portal.reports.statistics.counted import (
    AUDIENCE_NAMES,
    Breakdown,
    Chart,
    CountedFigure,
    CountedSection,
    Crossing,
    Register,
    Statistics,
    Unit,
    Values,
)
from portal.reports.statistics.wording import labelled, with_note

MOST_COLUMNS = 12
"""A crossing with more columns becomes several tables, one under the other."""
_ARROW_ALONE = N_("An arrow without a percentage: the value compared with is 0.")
TITLE = N_("Statistics of the client archive")


def content_of(statistics: Statistics, standing: Standing, speaker: Speaker, title: str | None) -> Content:
    """All words of the document. `title` in the reader's language, where the report has one of its own."""
    heading = speaker.text(title) if title else speaker.say(TITLE)
    mark = speaker.say(standing.mark) if standing.mark else ""
    number = speaker.text(standing.number) if standing.number else speaker.say(N_("Not issued"))
    period = speaker.period_names()[0]
    short = (standing.checksum or "")[:12]
    return Content(
        language=speaker.language,
        subject=" · ".join((period, number)),
        keywords=(heading, *(speaker.say(section.title) for section in statistics.sections)),
        mark=mark,
        number=standing.number or "",
        short_checksum=speaker.say(N_("Data checksum %(checksum)s"), checksum=short) if short else "",
        page_of_pages=speaker.text(speaker.translate(N_("Page %(page)s of %(pages)s"))),
        contents=speaker.say(N_("Table of contents")),
        cover=_cover(statistics, standing, speaker, heading, number),
        key_title=speaker.say(N_("Key figures")),
        key_note=_key_note(speaker),
        key_figures=tuple(key_words(figure, speaker) for figure in statistics.key_figures()),
        sections=tuple(_section(place, one, speaker) for place, one in enumerate(statistics.sections, start=1)),
        list_title=speaker.say(N_("The list")),
        appendix_title=speaker.say(N_("What the figures mean")),
        notes=(
            speaker.say(AUDIENCE_NAMES[statistics.audience]),
            speaker.say(
                N_(
                    "Changes are in percent of the value compared with; where that is 0, the arrow alone says more or "
                    "less. A dash stands where there is no number, as for the mean of nothing. What the portal does "
                    "not keep of the past is compared with nothing."
                )
            ),
        ),
    )


def _key_note(speaker: Speaker) -> str:
    """What the short words for the periods stand for, and an arrow without a number."""
    pairs = list(zip(speaker.short_names(), speaker.period_names(), strict=True))
    named = [labelled(short, name, speaker.language) for short, name in pairs[: 1 + speaker.periods.beside]]
    periods = speaker.text(" · ".join(named))
    return f"{periods}\n{speaker.say(_ARROW_ALONE)}"


def _cover(statistics: Statistics, standing: Standing, speaker: Speaker, title: str, number: str) -> CoverWords:
    this, previous, last_year = speaker.period_names()
    beside = (
        Fact(speaker.say(N_("Previous period")), previous),
        Fact(speaker.say(N_("Same period last year")), last_year),
    )
    facts = (
        Fact(speaker.say(N_("Report number")), number),
        Fact(speaker.say(N_("Period")), this),
        *beside[: statistics.periods.beside],
        Fact(speaker.say(N_("Audience")), speaker.say(AUDIENCE_NAMES[statistics.audience])),
        Fact(
            speaker.say(N_("Counted at")),
            speaker.text(
                with_note(
                    speaker.moment(statistics.counted_at), speaker.zone_name(statistics.counted_at), speaker.language
                )
            ),
        ),
        Fact(speaker.say(N_("Paper made at")), speaker.moment(standing.made_at)),
    )
    return CoverWords(
        title=title,
        period=this,
        number=number,
        remark=speaker.text(standing.remark or ""),
        facts=facts,
        sign_off=speaker.say(N_("Sign-off")),
        signatures=TableWords(
            ("", speaker.say(N_("Name")), speaker.say(N_("Date")), speaker.say(N_("Signature"))),
            (False,) * 4,
            tuple(
                (speaker.say(one.role), speaker.text(one.name), speaker.moment(one.at) if one.at else "", "")
                for one in standing.signed
            ),
        ),
        checksum_label=speaker.say(N_("Checksum of the data (SHA-256)")) if standing.checksum else "",
        checksum=standing.checksum or "",
    )


def _section(place: int, section: CountedSection, speaker: Speaker) -> SectionWords:
    return SectionWords(
        section.name,
        f"{place} {speaker.say(section.title)}",
        tuple(_figure(f"{place}.{row}", one, speaker) for row, one in enumerate(section.figures, start=1)),
    )


def _figure(number: str, figure: CountedFigure, speaker: Speaker) -> FigureWords:
    title = f"{number} {speaker.say(figure.title)}"
    definition = speaker.say(figure.definition)
    if _has_nothing(figure):
        is_past_known = is_compared([figure.total])
        sentence = N_("%(figure)s: none, and none to compare with") if is_past_known else N_("%(figure)s: none")
        return FigureWords(figure.name, title, definition, nothing=speaker.say(sentence, figure=title))
    parts: tuple[Breakdown | Crossing, ...] = (*figure.breakdowns, *figure.crossings)
    register = figure.register if figure.register and figure.register.rows else None
    more = speaker.say(N_("and %(count)s more"), count=speaker.number(register.left_out)) if register else ""
    return FigureWords(
        figure.name,
        title,
        definition,
        total=_total(figure, speaker),
        parts=tuple(_part(part, figure, speaker) for part in parts if _has_values(part)),
        register=_register(register, speaker) if register else None,
        more=more if register and register.left_out else "",
    )


def _has_nothing(figure: CountedFigure) -> bool:
    """Whether there were no rows at all, in none of the periods."""
    parts: tuple[Breakdown | Crossing, ...] = (*figure.breakdowns, *figure.crossings)
    has_rows = figure.register is not None and bool(figure.register.rows)
    return not (any(figure.total) or any(map(_has_values, parts)) or has_rows)


def _has_values(part: Breakdown | Crossing) -> bool:
    if isinstance(part, Crossing):
        return any(cell for row in part.cells for cell in row)
    return any(value for group in part.groups for value in group.values)


def _total(figure: CountedFigure, speaker: Speaker) -> TableWords:
    names = speaker.headings()
    is_mean = figure.unit in (Unit.SHARE, Unit.DAYS, Unit.HOURS)
    all_of_it = speaker.say(N_("On average")) if is_mean else speaker.say(N_("Total"))
    if not is_compared([figure.total]):
        heading = speaker.say(N_("On the day of counting")) if figure.is_now else names[0]
        return TableWords(("", heading), (False, True), ((all_of_it, speaker.value(figure.total.this, figure.unit)),))
    headings = _headings(names, speaker)
    return TableWords(headings, _numbers(headings), ((all_of_it, *_compared(figure.total, figure.unit, speaker)),))


def _headings(periods: Sequence[str], speaker: Speaker) -> tuple[str, ...]:
    """Over names, the period's values, and those of each period beside it with the difference."""
    difference = speaker.say(N_("Difference"))
    beside = periods[1 : 1 + speaker.periods.beside]
    return ("", periods[0], *(heading for period in beside for heading in (period, difference)))


def _numbers(headings: Sequence[str]) -> tuple[bool, ...]:
    return (False, *(True,) * (len(headings) - 1))


def _compared(values: Values, unit: Unit, speaker: Speaker) -> tuple[str, ...]:
    beside = tuple(values)[1 : 1 + speaker.periods.beside]
    compared = (text for value in beside for text in (speaker.value(value, unit), speaker.change(values, value)))
    return (speaker.value(values.this, unit), *compared)


def _part(part: Breakdown | Crossing, figure: CountedFigure, speaker: Speaker) -> PartWords:
    unit = figure.unit
    if is_drawn(part):
        speaker.drawn(part, unit)
    tables = _crossing(part, unit, speaker) if isinstance(part, Crossing) else (_breakdown(part, figure, speaker),)
    return PartWords(speaker.say(part.title), unit, part, tables)


def _breakdown(part: Breakdown, figure: CountedFigure, speaker: Speaker) -> TableWords:
    unit, periods = figure.unit, speaker.short_names()
    groups = begun(part, speaker.periods)
    if part.chart is Chart.LINES:
        shown = 1 + speaker.periods.beside
        rows = (
            (speaker.name(one.name), *(speaker.value(value, unit) for value in tuple(one.values)[:shown]))
            for one in groups
        )
        headings = ("", *periods[:shown])
        return TableWords(headings, _numbers(headings), tuple(rows))
    rest = part.rest or Values(None)
    named = [(speaker.name(group.name), group.values) for group in groups]
    if part.left_out:
        named.append((speaker.say(N_("and %(count)s more"), count=speaker.number(part.left_out)), rest))
    if not is_compared(group.values for group in groups):
        return TableWords(
            ("", speaker.say(N_("Now")) if figure.is_now else periods[0]),
            (False, True),
            tuple((name, speaker.value(values.this, unit)) for name, values in named),
        )
    headings = _headings(periods, speaker)
    return TableWords(
        headings, _numbers(headings), tuple((name, *_compared(values, unit, speaker)) for name, values in named)
    )


def _crossing(part: Crossing, unit: Unit, speaker: Speaker) -> tuple[TableWords, ...]:
    """The rows with their total; columns without anything at the edges (the night's hours) are left out."""
    used = [place for place in range(len(part.column_names)) if any(row[place] for row in part.cells)]
    shown = range(used[0], used[-1] + 1) if part.chart is Chart.HEAT else range(len(part.column_names))
    total = speaker.say(N_("Total"))
    tables = []
    for start in range(0, len(shown), MOST_COLUMNS):
        columns = shown[start : start + MOST_COLUMNS]
        is_last = start + MOST_COLUMNS >= len(shown)
        headings = (
            "",
            *(speaker.name(part.column_names[place][1]) for place in columns),
            *((total,) if is_last else ()),
        )
        rows = tuple(
            (
                speaker.name(name),
                *(speaker.value(cells[place], unit) for place in columns),
                *((speaker.value(sum(cells), unit),) if is_last else ()),
            )
            for (_, name), cells in zip(part.row_names, part.cells, strict=True)
        )
        tables.append(TableWords(headings, (False, *(True,) * (len(headings) - 1)), rows))
    return tuple(tables)


def _register(register: Register, speaker: Speaker) -> TableWords:
    return TableWords(
        tuple(speaker.say(column.heading) for column in register.columns),
        tuple(column.is_number for column in register.columns),
        tuple(
            tuple(speaker.cell(cell, column.shape) for cell, column in zip(row, register.columns, strict=True))
            for row in register.rows
        ),
    )
