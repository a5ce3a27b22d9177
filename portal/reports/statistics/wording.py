"""Figures, names and dates in the words of a language: the page, the PDF and the spreadsheet say the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton, get_day_names, get_timezone_name
from babel.numbers import format_decimal, format_percent

from portal.core.messages import N_
from portal.reports.periods import Compared, Period, PeriodKind
from portal.reports.statistics.counted import Cell, Name, Shape, Unit, Values

Translate = Callable[[str], str]
"""From an English message id to the sentence in the reader's language; unknown text comes back as it is."""

LOCALES = {"en": "en", "es": "es", "zh": "zh_Hans_CN"}
NO_VALUE = "–"
"""What stands where there is no number."""
_STEPS = ("B", "kB", "MB", "GB", "TB")


def number_text(number: int, language: str) -> str:
    """A whole number with the language's separators."""
    return format_decimal(number, locale=LOCALES[language])


def value_text(value: int | None, unit: Unit, *, language: str, translate: Translate) -> str:
    """A value with its unit, as in "1,204", "3.5 days" or "12.5 %"."""
    if value is None:
        return NO_VALUE
    if unit is Unit.THINGS:
        return number_text(value, language)
    if unit is Unit.BYTES:
        return bytes_text(value, language)
    if unit is Unit.SHARE:
        return format_percent(value / 1000, format=_tenths_of_percent(LOCALES[language]), locale=LOCALES[language])
    number = format_decimal(value / 10, format="#,##0.0", locale=LOCALES[language])
    sentence = translate(N_("%(number)s days")) if unit is Unit.DAYS else translate(N_("%(number)s hours"))
    return sentence % {"number": number}


@cache
def _tenths_of_percent(locale: str) -> str:
    """The language's pattern for percentages, always with one decimal: figures under each other line up."""
    return str(Locale.parse(locale).percent_formats[None].pattern).replace("##0", "##0.0")


def bytes_text(size: int, language: str) -> str:
    """A size in bytes as in "3.4 MB" (1 kB is 1,000 B)."""
    number, step = float(size), 0
    while number >= 1000 and step < len(_STEPS) - 1:
        number, step = number / 1000, step + 1
    shown = format_decimal(number, format="#,##0.0" if step else "#,##0", locale=LOCALES[language])
    return f"{shown}\u00a0{_STEPS[step]}"


def change_text(values: Values, against: int | None, *, language: str) -> str:
    """How much more or less than `against` the value of the period is, in percent, as in "+12 %"; "" where that says
    nothing (no number, or nothing to compare with)."""
    if values.this is None or not against:
        return ""
    difference, base = abs(values.this - against), abs(against)
    percent = (200 * difference + base) // (2 * base)  # A half counts as a whole, as on a calculator.
    shown = format_percent(percent / 100, locale=LOCALES[language])
    if percent == 0:
        return shown
    return ("+" if values.this > against else "\u2212") + shown


def change_sign(values: Values, against: int | None) -> int:
    """1 for more than `against`, -1 for less, 0 for the same or nothing to compare with."""
    if values.this is None or against is None:
        return 0
    return (values.this > against) - (values.this < against)


def name_text(name: Name, *, language: str, translate: Translate) -> str:
    """A row's or column's name."""
    match name.shape:
        case "message":
            return translate(name.text)
        case "country":
            return Locale.parse(LOCALES[language]).territories.get(name.text, name.text)
        case "weekday":
            return get_day_names("abbreviated", locale=LOCALES[language])[int(name.text)]
        case "hour":
            return f"{int(name.text):02d}:00"
        case "day" | "week" | "month" | "year":
            return _step_text(date.fromisoformat(name.text), name.shape, language)
    return name.text


def _step_text(day: date, shape: str, language: str) -> str:
    if shape == "year":
        return str(day.year)
    if shape == "month":
        return format_skeleton("yMMM", day, locale=LOCALES[language])
    return format_skeleton("MMMd", day, locale=LOCALES[language])


def cell_text(cell: Cell, shape: Shape, *, language: str, translate: Translate, zone: ZoneInfo) -> str:
    """A cell of a register as the reader sees it."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return moment_text(cell, zone, language)
    if isinstance(cell, date):
        return deadline_text(cell, language) if shape == "deadline" else date_text(cell, language)
    if isinstance(cell, int):
        return bytes_text(cell, language) if shape == "bytes" else number_text(cell, language)
    return translate(cell) if shape == "message" else cell


def date_text(day: date, language: str) -> str:
    """A date, as in "Nov 21, 2026"."""
    return format_date(day, "medium", locale=LOCALES[language])


def deadline_text(day: date, language: str) -> str:
    """A date with its weekday, as in "Sat, Nov 21, 2026"."""
    return format_skeleton("yMMMEd", day, locale=LOCALES[language])


def moment_text(moment: datetime, zone: ZoneInfo, language: str) -> str:
    """A moment in the office's zone, as in "Nov 21, 2026, 14:05"."""
    local = moment.astimezone(zone)
    between = " " if language == "zh" else ", "
    return f"{date_text(local.date(), language)}{between}{format_datetime(local, 'HH:mm', locale=LOCALES[language])}"


def zone_text(moment: datetime, zone: ZoneInfo, language: str) -> str:
    """What the office's time is called at a moment, as in "China Standard Time"."""
    return get_timezone_name(moment.astimezone(zone), width="long", locale=LOCALES[language])


def this_period_parts(periods: Compared, *, language: str, translate: Translate) -> list[str]:
    """The period that is compared, and of one that is not over up to when it was counted."""
    period = period_text(periods.this, language=language, translate=translate)
    if periods.until is None:
        return [period]
    return [period, translate(N_("up to %(day)s")) % {"day": date_text(periods.until, language)}]


def this_period_text(periods: Compared, *, language: str, translate: Translate) -> str:
    """The same in one line, as in "Year 2026, up to Nov 21, 2026"."""
    parts = this_period_parts(periods, language=language, translate=translate)
    return ("，" if language == "zh" else ", ").join(parts)


def labelled(label: str, text: str, language: str) -> str:
    """A text behind its label, as in "Previous: 12"."""
    return f"{label}：{text}" if language == "zh" else f"{label}: {text}"


def with_note(text: str, note: str, language: str) -> str:
    """A text with a note in brackets."""
    return f"{text}（{note}）" if language == "zh" else f"{text} ({note})"


def period_text(period: Period, *, language: str, translate: Translate) -> str:
    """A period in words, as in "October 2026", "3rd quarter 2026", "2026" or "Jul 1, 2026 to Sep 12, 2026"."""
    whole = period == Period.containing(period.kind, period.first)
    if period.kind is PeriodKind.YEAR and whole:
        return translate(N_("Year %(year)s")) % {"year": period.first.year}
    if period.kind is PeriodKind.HALF_YEAR and whole:
        sentence = N_("First half of %(year)s") if period.first.month == 1 else N_("Second half of %(year)s")
        return translate(sentence) % {"year": period.first.year}
    if period.kind is PeriodKind.QUARTER and whole:
        return format_skeleton("yQQQQ", period.first, locale=LOCALES[language])
    if period.kind is PeriodKind.MONTH and whole:
        return format_skeleton("yMMMM", period.first, locale=LOCALES[language])
    if period.first == period.last:
        return date_text(period.first, language)
    return translate(N_("%(first)s to %(last)s")) % {
        "first": date_text(period.first, language),
        "last": date_text(period.last, language),
    }
