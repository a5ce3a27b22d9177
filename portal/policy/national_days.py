"""The public holidays and make-up working days of a country. Pure: the data are those of two libraries.

`chinese_calendar` for China: it holds what the State Council has announced, and nothing for a year it has not.
`holidays` for every other country. Why: docs/decisions/0007-office-calendar.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType

import chinese_calendar
import holidays

from portal.core.messages import N_

CHINA = "CN"

_CHINESE_NAMES = {
    "New Year's Day": N_("New Year's Day"),
    "Spring Festival": N_("Spring Festival"),
    "Tomb-sweeping Day": N_("Tomb-sweeping Day"),
    "Labour Day": N_("Labour Day"),
    "Dragon Boat Festival": N_("Dragon Boat Festival"),
    "Mid-autumn Festival": N_("Mid-autumn Festival"),
    "National Day": N_("National Day"),
    "Anti-Fascist 70th Day": N_("70th anniversary of victory"),
}
"""`chinese_calendar` names days in English: each with its message id, so that every reader has it in their language."""


@dataclass(frozen=True)
class NationalDay:
    """A day that a country sets apart: a holiday, or (`worked`) a day of the weekend worked in place of one."""

    worked: bool
    name: str
    """In the language asked for where the library has it, or a message id of the portal's; empty if it has no name."""


@lru_cache(maxsize=1)
def countries() -> tuple[str, ...]:
    """ISO codes of the countries whose holidays are known, in order."""
    codes = holidays.list_supported_countries(include_aliases=False)
    return tuple(sorted(code for code in codes if len(code) == 2))


_MISSING = {date(2005, 12, 31): NationalDay(worked=True, name="New Year's Day")}
"""What `chinese_calendar` lacks: a Saturday worked by 国办发明电〔2005〕35号, as `holidays` has it."""


_ANNOUNCED_IN_CHINA = frozenset(day.year for day in chinese_calendar.holidays)
"""The years whose holidays the library knows; it refuses to speak of others."""


@lru_cache(maxsize=64)
def national_days(country: str, year: int, language: str = "en") -> Mapping[date, NationalDay] | None:
    """The days of `year` that `country` sets apart, by date; None where nothing is known of that year.

    `country` is an ISO code out of `countries()`; `language` is "en", "es" or "zh".
    """
    days = _chinese_days(year) if country == CHINA else _days_of(country, year, language)
    return None if days is None else MappingProxyType(days)


def _chinese_days(year: int) -> dict[date, NationalDay] | None:
    if year not in _ANNOUNCED_IN_CHINA:
        return None
    found = {}
    day = date(year, 1, 1)
    while day.year == year:
        rest, name = chinese_calendar.get_holiday_detail(day)
        if name is not None:
            found[day] = NationalDay(worked=not rest, name=_CHINESE_NAMES.get(name, name))
        day += timedelta(days=1)
    return found | {day: apart for day, apart in _MISSING.items() if day.year == year}


def _days_of(country: str, year: int, language: str) -> dict[date, NationalDay] | None:
    calendar = holidays.country_holidays(country)
    if not calendar.start_year <= year <= calendar.end_year:
        return None
    calendar = holidays.country_holidays(country, years=year, language=_nearest(calendar, language))
    found = {day: NationalDay(worked=False, name=name) for day, name in calendar.items() if day.year == year}
    for day in calendar.weekend_workdays:
        if day.year == year:
            found[day] = NationalDay(worked=True, name="")
    return found


def _nearest(calendar: holidays.HolidayBase, language: str) -> str | None:
    """The reader's language as the library calls it, else English, else the country's own (None)."""
    wanted = {"zh": ("zh_CN", "zh"), "es": ("es", "es_ES")}.get(language, ())
    return next((name for name in (*wanted, "en_US", "en_GB", "en") if name in calendar.supported_languages), None)
