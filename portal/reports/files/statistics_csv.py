"""The statistics as one long table of text: a line for each number."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from zoneinfo import ZoneInfo

from portal.core.messages import N_
from portal.reports.files.cells import csv_number, csv_text
from portal.reports.files.tables import BYTE_ORDER_MARK
from portal.reports.files.worth import worth
from portal.reports.papers.standing import Standing
from portal.reports.statistics.counted import AUDIENCE_NAMES, CountedFigure, Statistics, Unit, Values
from portal.reports.statistics.wording import Translate, name_text, period_text

HEADINGS = (
    N_("Section"),
    N_("Figure"),
    N_("Divided"),
    N_("Key"),
    N_("Name"),
    N_("Counted in"),
    N_("This period"),
    N_("Previous period"),
    N_("Same period last year"),
)
UNIT_NAMES: dict[Unit, str] = {
    Unit.THINGS: N_("number"),
    Unit.BYTES: N_("bytes"),
    Unit.DAYS: N_("days"),
    Unit.HOURS: N_("hours"),
    Unit.SHARE: N_("percent"),
}
_OVER_ALL = N_("In all")
OTHERS = N_("All others")


def statistics_csv(
    statistics: Statistics, standing: Standing, *, language: str, translate: Translate, title: str | None = None
) -> bytes:
    """UTF-8 with a byte order mark, commas, CR LF. The lines below the heads say for what time and for whom, what the
    report is called and what it is worth: as those of a figure, with the text as name.

    The key is the same in every language; that of a figure divided by two things is "row|column".
    """
    file = StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([csv_text(translate(heading)) for heading in HEADINGS])
    periods = [csv_text(period_text(one, language=language, translate=translate)) for one in statistics.periods]
    writer.writerow([csv_text(translate(N_("Period"))), "", "", "", "", "", *periods])
    audience = translate(AUDIENCE_NAMES[statistics.audience])
    about = [(translate(N_("Audience")), statistics.audience.value, audience)]
    if title:
        about.append((translate(N_("Title")), "", title))
    zone = ZoneInfo(statistics.zone)
    about += [(name, "", text) for name, text in worth(standing, zone=zone, language=language, translate=translate)]
    for name, key, text in about:
        writer.writerow([csv_text(name), "", "", key, csv_text(text), "", "", "", ""])
    for section in statistics.sections:
        for figure in section.figures:
            titles = [translate(section.title), translate(figure.title)]
            unit = translate(UNIT_NAMES[figure.unit])
            for divided, key, name, values in _lines(figure, language, translate):
                texts = [csv_text(text) for text in (*titles, divided, key, name, unit)]
                writer.writerow([*texts, *(csv_number(value, figure.unit) for value in values)])
    return (BYTE_ORDER_MARK + file.getvalue()).encode()


def _lines(figure: CountedFigure, language: str, translate: Translate) -> Iterator[tuple[str, str, str, Values]]:
    yield "", "", translate(_OVER_ALL), figure.total
    for breakdown in figure.breakdowns:
        title = translate(breakdown.title)
        for group in breakdown.groups:
            yield title, group.key, name_text(group.name, language=language, translate=translate), group.values
        if breakdown.rest:
            yield title, "*", translate(OTHERS), breakdown.rest
    for crossing in figure.crossings:
        title = translate(crossing.title)
        for (row_key, row), cells in zip(crossing.row_names, crossing.cells, strict=True):
            for (column_key, column), cell in zip(crossing.column_names, cells, strict=True):
                names = [name_text(name, language=language, translate=translate) for name in (row, column)]
                yield title, f"{row_key}|{column_key}", " / ".join(names), Values(cell)
