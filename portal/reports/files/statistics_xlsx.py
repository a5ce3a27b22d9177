"""The statistics as a spreadsheet: what it is about, a sheet for each section, and the definitions."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from openpyxl import Workbook

from portal.core.messages import N_
from portal.reports.files.cells import put_text, put_value
from portal.reports.files.sheets import Sheet, as_bytes, new_workbook
from portal.reports.files.statistics_csv import OTHERS, UNIT_NAMES
from portal.reports.files.tables import write_register
from portal.reports.files.worth import worth
from portal.reports.papers.standing import Standing
from portal.reports.statistics.counted import (
    AUDIENCE_NAMES,
    CountedFigure,
    CountedSection,
    Crossing,
    Statistics,
    Unit,
    Values,
)
from portal.reports.statistics.wording import Translate, moment_text, name_text, period_text, this_period_text

TITLE = N_("Statistics of the client archive")
_WIDTHS = (44, 18, 18, 22, *[14] * 24)


def statistics_xlsx(
    statistics: Statistics, standing: Standing, *, language: str, translate: Translate, title: str | None = None
) -> bytes:
    """An XLSX file in `language`, under its own `title` where it has one; numbers are numbers. The same figures as
    everywhere: sizes in bytes, shares as percent with one decimal, days and hours with one decimal."""
    title = title or translate(TITLE)
    workbook = new_workbook(title)
    _about(workbook, title, statistics, standing, language, translate)
    for section in statistics.sections:
        _section(workbook, statistics, section, language, translate)
    _definitions(workbook, statistics, translate)
    return as_bytes(workbook)


def _about(
    workbook: Workbook, title: str, statistics: Statistics, standing: Standing, language: str, translate: Translate
) -> None:
    sheet = Sheet(workbook, translate(N_("About this file")), widths=(30, 80))
    zone = ZoneInfo(statistics.zone)
    sheet.title(title)
    _, previous, last_year = (period_text(one, language=language, translate=translate) for one in statistics.periods)
    sheet.pair(translate(N_("Period")), this_period_text(statistics.periods, language=language, translate=translate))
    sheet.pair(translate(N_("Previous period")), previous)
    sheet.pair(translate(N_("Same period last year")), last_year)
    sheet.pair(translate(N_("Audience")), translate(AUDIENCE_NAMES[statistics.audience]))
    sheet.pair(translate(N_("Counted at")), moment_text(statistics.counted_at, zone, language))
    for name, text in worth(standing, zone=zone, language=language, translate=translate):
        sheet.pair(name, text)


def _section(
    workbook: Workbook, statistics: Statistics, section: CountedSection, language: str, translate: Translate
) -> None:
    sheet = Sheet(workbook, translate(section.title), widths=_WIDTHS)
    sheet.title(translate(section.title))
    periods = [period_text(one, language=language, translate=translate) for one in statistics.periods]
    sheet.head([translate(N_("Figure")), *periods, translate(N_("Counted in"))], frozen=True)
    for figure in section.figures:
        _row(sheet, translate(figure.title), figure.total, figure.unit)
        put_text(sheet.cell(5), translate(UNIT_NAMES[figure.unit]))
    for figure in section.figures:
        _figure(sheet, figure, periods, statistics, language, translate)


def _figure(
    sheet: Sheet,
    figure: CountedFigure,
    periods: list[str],
    statistics: Statistics,
    language: str,
    translate: Translate,
) -> None:
    for breakdown in figure.breakdowns:
        sheet.heading(f"{translate(figure.title)}: {translate(breakdown.title)}")
        sheet.head([translate(N_("Name")), *periods])
        for group in breakdown.groups:
            _row(sheet, name_text(group.name, language=language, translate=translate), group.values, figure.unit)
        if breakdown.rest:
            _row(sheet, translate(OTHERS), breakdown.rest, figure.unit)
    for crossing in figure.crossings:
        sheet.heading(f"{translate(figure.title)}: {translate(crossing.title)}")
        _crossing(sheet, crossing, figure.unit, language, translate)
    if figure.register:
        sheet.heading(translate(figure.title))
        zone = ZoneInfo(statistics.zone)
        write_register(sheet, figure.register, language=language, translate=translate, zone=zone)


def _row(sheet: Sheet, name: str, values: Values, unit: Unit) -> None:
    sheet.next()
    put_text(sheet.cell(1), name)
    for place, value in enumerate(values, start=2):
        put_value(sheet.cell(place), value, unit)


def _crossing(sheet: Sheet, crossing: Crossing, unit: Unit, language: str, translate: Translate) -> None:
    columns = [name_text(name, language=language, translate=translate) for _, name in crossing.column_names]
    sheet.head(["", *columns])
    for (_, name), cells in zip(crossing.row_names, crossing.cells, strict=True):
        sheet.next()
        put_text(sheet.cell(1), name_text(name, language=language, translate=translate))
        for place, cell in enumerate(cells, start=2):
            put_value(sheet.cell(place), cell, unit)


def _definitions(workbook: Workbook, statistics: Statistics, translate: Translate) -> None:
    sheet = Sheet(workbook, translate(N_("Definitions")), widths=(24, 44, 100))
    sheet.title(translate(N_("Definitions")))
    sheet.head([translate(N_("Section")), translate(N_("Figure")), translate(N_("Definition"))], frozen=True)
    for section in statistics.sections:
        for figure in section.figures:
            sheet.texts([translate(section.title), translate(figure.title), translate(figure.definition)])
