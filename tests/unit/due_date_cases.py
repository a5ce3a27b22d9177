"""Due dates worked out by hand, each from the source named beside it (`test_due_date_cases.py` goes through them).

Where nothing else is said a file is lent for three days of the calendar, the office is open from Monday to Friday, and
a due date on a closed day moves to the next open day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

CN2006 = "国务院办公厅关于2006年部分节假日安排的通知(国办发明电〔2005〕35号)"
CN2015 = "国务院关于中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日调休放假的通知(国发明电〔2015〕1号)"
CN2019 = "国务院办公厅关于调整2019年劳动节假期安排的通知(国办发明电〔2019〕3号)"
CN2020 = "国务院办公厅关于延长2020年春节假期的通知(国办发明电〔2020〕1号)"
CN2024 = "国务院办公厅关于2024年部分节假日安排的通知(国办发明电〔2023〕7号)"
CN2025 = "国务院办公厅关于2025年部分节假日安排的通知(国办发明电〔2024〕12号)"
CN2026 = "国务院办公厅关于2026年部分节假日安排的通知(国办发明电〔2025〕7号)"
ES = "Real Decreto 2001/1983, de 28 de julio, artículo 45 (fiestas laborales de ámbito nacional)"
MX = "Ley Federal del Trabajo, artículo 74"
US = "5 U.S.C. § 6103"
FR = "Code du travail, article L3133-1"
DE = "Einigungsvertrag, Artikel 2 Absatz 2 (Tag der Deutschen Einheit)"
GB = "Banking and Financial Dealings Act 1971, Schedule 1"
WEEK = "ISO 8601: the week from Monday to Sunday"
YEAR = "The Gregorian calendar: lengths of months, leap years (Inter gravissimas, 1582)"
RULES = "House rule R11: the day of issue is not counted; nothing is due before it was issued"

WORKING = {"loan_days_counted": "working"}
PREVIOUS = {"closed_day_moves": "previous"}
STAY = {"closed_day_moves": "stay"}


@dataclass(frozen=True)
class Case:
    """A file issued on one day is due on another, and where that is written."""

    issued: str
    due: str
    source: str
    why: str
    policy: dict[str, Any] = field(default_factory=dict)
    closed: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()

    @property
    def country(self) -> str:
        """The country the source is of; empty where only the week counts."""
        of = {ES: "ES", MX: "MX", US: "US", FR: "FR", DE: "DE", GB: "GB"}
        return "CN" if self.source.startswith("国务院") else of.get(self.source, "")

    @property
    def exceptions(self) -> dict[date, bool]:
        """Days the office itself set apart."""
        days = [(day, False) for day in self.closed] + [(day, True) for day in self.opened]
        return {date.fromisoformat(day): open_ for day, open_ in days}


CASES = [
    # China: holidays, and days of the weekend worked in their place.
    Case("2005-12-28", "2005-12-31", CN2006, "New Year's Eve, a Saturday, is worked"),
    Case("2015-09-01", "2015-09-06", CN2015, "3 to 5 September off, Sunday the 6th worked"),
    Case("2019-04-30", "2019-05-05", CN2019, "1 to 4 May off, Sunday the 5th worked"),
    Case("2020-01-22", "2020-02-03", CN2020, "Spring Festival prolonged to 2 February"),
    Case("2020-01-29", "2020-02-03", CN2020, "Saturday, 1 February is not worked after all"),
    Case("2023-12-29", "2024-01-02", CN2024, "1 January off"),
    Case("2024-02-06", "2024-02-09", CN2024, "the eve of the festival is a working day by the notice"),
    Case("2024-02-07", "2024-02-18", CN2024, "10 to 17 February off, Sunday the 18th worked"),
    Case("2024-02-01", "2024-02-04", CN2024, "Sunday, 4 February worked"),
    Case("2024-04-01", "2024-04-07", CN2024, "4 to 6 April off, Sunday the 7th worked"),
    Case("2024-04-25", "2024-04-28", CN2024, "Sunday, 28 April worked"),
    Case("2024-04-29", "2024-05-06", CN2024, "1 to 5 May off"),
    Case("2024-05-08", "2024-05-11", CN2024, "Saturday, 11 May worked"),
    Case("2024-06-07", "2024-06-11", CN2024, "Monday, 10 June off"),
    Case("2024-09-11", "2024-09-14", CN2024, "Saturday, 14 September worked"),
    Case("2024-09-12", "2024-09-18", CN2024, "15 to 17 September off"),
    Case("2024-09-30", "2024-10-08", CN2024, "1 to 7 October off"),
    Case("2024-10-09", "2024-10-12", CN2024, "Saturday, 12 October worked"),
    Case("2024-12-30", "2025-01-02", CN2025, "1 January is off, and a calendar day is counted all the same"),
    Case(
        "2024-12-30",
        "2025-01-06",
        CN2025,
        "31 December, 2 and 3 January would be three: four are counted",
        {**WORKING, "loan_days": 4},
    ),
    Case("2025-01-23", "2025-01-26", CN2025, "Sunday, 26 January worked"),
    Case("2025-01-27", "2025-02-05", CN2025, "28 January to 4 February off"),
    Case("2025-02-05", "2025-02-08", CN2025, "Saturday, 8 February worked"),
    Case("2025-04-02", "2025-04-07", CN2025, "4 to 6 April off"),
    Case("2025-04-24", "2025-04-27", CN2025, "Sunday, 27 April worked"),
    Case("2025-04-30", "2025-05-06", CN2025, "1 to 5 May off"),
    Case("2025-05-29", "2025-06-03", CN2025, "31 May to 2 June off"),
    Case("2025-09-25", "2025-09-28", CN2025, "Sunday, 28 September worked"),
    Case("2025-09-30", "2025-10-09", CN2025, "1 to 8 October off"),
    Case("2025-09-30", "2025-10-11", CN2025, "9, 10 and Saturday, 11 October are worked", WORKING),
    Case("2025-12-31", "2026-01-04", CN2026, "1 to 3 January off, Sunday the 4th worked"),
    Case("2026-02-11", "2026-02-14", CN2026, "Saturday, 14 February worked"),
    Case("2026-02-12", "2026-02-24", CN2026, "15 to 23 February off"),
    Case("2026-02-12", "2026-02-14", CN2026, "back to the Saturday worked before the festival", PREVIOUS),
    Case("2026-02-12", "2026-02-15", CN2026, "stays within the festival", STAY),
    Case("2026-02-13", "2026-02-25", CN2026, "14, 24 and 25 February are the three working days", WORKING),
    Case("2026-02-25", "2026-02-28", CN2026, "Saturday, 28 February worked"),
    Case("2026-04-03", "2026-04-07", CN2026, "4 to 6 April off"),
    Case("2026-04-30", "2026-05-06", CN2026, "1 to 5 May off"),
    Case("2026-05-06", "2026-05-09", CN2026, "Saturday, 9 May worked"),
    Case("2026-06-17", "2026-06-22", CN2026, "19 to 21 June off"),
    Case("2026-09-17", "2026-09-20", CN2026, "Sunday, 20 September worked"),
    Case("2026-09-23", "2026-09-28", CN2026, "25 to 27 September off"),
    Case("2026-09-30", "2026-10-08", CN2026, "1 to 7 October off"),
    Case("2026-09-30", "2026-10-10", CN2026, "8, 9 and Saturday, 10 October are worked", WORKING),
    Case("2026-09-30", "2026-09-30", CN2026, "no open day before 3 October but the day of issue itself", PREVIOUS),
    Case("2026-09-30", "2026-10-03", CN2026, "the office opens that Saturday", opened=("2026-10-03",)),
    Case("2026-10-07", "2026-10-12", CN2026, "the office closes on the Saturday worked", closed=("2026-10-10",)),
    # Spain.
    Case("2024-10-29", "2024-11-04", ES, "All Saints on a Friday"),
    Case("2025-04-15", "2025-04-21", ES, "Good Friday; Easter Monday is no national holiday"),
    Case("2025-08-12", "2025-08-18", ES, "the Assumption on a Friday"),
    Case("2025-12-05", "2025-12-09", ES, "the Immaculate Conception on a Monday"),
    Case("2026-03-31", "2026-04-06", ES, "Good Friday"),
    Case("2026-04-28", "2026-05-04", ES, "Labour Day on a Friday"),
    Case("2026-10-09", "2026-10-13", ES, "the National Day on a Monday"),
    Case("2026-10-09", "2026-10-09", ES, "back over the weekend to the day of issue", PREVIOUS),
    Case("2026-12-22", "2026-12-28", ES, "Christmas on a Friday"),
    Case("2026-12-22", "2026-12-24", ES, "the day before Christmas", PREVIOUS),
    # Mexico.
    Case("2026-01-30", "2026-02-03", MX, "first Monday of February"),
    Case("2026-03-13", "2026-03-17", MX, "third Monday of March"),
    Case("2026-11-13", "2026-11-17", MX, "third Monday of November"),
    Case("2026-09-14", "2026-09-18", MX, "15, 17 and 18 September: the 16th is off", WORKING),
    Case("2024-09-27", "2024-10-03", MX, "30 September, 2 and 3 October: the Executive changed on the 1st", WORKING),
    # Elsewhere.
    Case("2026-06-30", "2026-07-06", US, "4 July is a Saturday: Friday, 3 July off (§ 6103 (b))"),
    Case("2026-11-23", "2026-11-27", US, "Thanksgiving, the fourth Thursday of November"),
    Case("2026-01-16", "2026-01-20", US, "third Monday of January"),
    Case("2026-05-11", "2026-05-15", FR, "Ascension"),
    Case("2026-07-10", "2026-07-16", FR, "13, 15 and 16 July: the 14th is off", WORKING),
    Case("2025-09-30", "2025-10-06", DE, "3 October, a Friday"),
    Case("2026-12-22", "2026-12-29", GB, "Christmas on a Friday; Monday the 28th instead of Saturday the 26th"),
    # The week, and the office's own days.
    Case("2026-11-16", "2026-11-19", WEEK, "Monday to Thursday"),
    Case("2026-11-18", "2026-11-23", WEEK, "Saturday moves to Monday"),
    Case("2026-11-18", "2026-11-20", WEEK, "Saturday moves back to Friday", PREVIOUS),
    Case("2026-11-18", "2026-11-21", WEEK, "Saturday stays", STAY),
    Case("2026-11-20", "2026-11-25", WEEK, "Monday, Tuesday, Wednesday", WORKING),
    Case("2026-11-22", "2026-11-25", WEEK, "issued on a Sunday: the day of issue is not counted", WORKING),
    Case("2026-11-16", "2026-11-20", WEEK, "Thursday is closed", closed=("2026-11-19",)),
    Case("2026-11-16", "2026-11-18", WEEK, "Thursday is closed", PREVIOUS, closed=("2026-11-19",)),
    Case("2026-11-18", "2026-11-21", WEEK, "that Saturday is open", opened=("2026-11-21",)),
    Case(
        "2026-11-20", "2026-11-20", RULES, "one day, back over the weekend: the same day", {**PREVIOUS, "loan_days": 1}
    ),
    Case(
        "2026-11-21",
        "2026-11-23",
        RULES,
        "issued on a closed Saturday: never back to the Friday before it",
        {**PREVIOUS, "loan_days": 1},
    ),
    # Ends of months and years.
    Case("2024-02-26", "2024-02-29", YEAR, "a leap day"),
    Case("2027-02-26", "2027-03-01", YEAR, "no leap day: 1 March, a Monday"),
    Case("2028-02-28", "2028-03-02", YEAR, "over a leap day"),
    Case("2100-02-26", "2100-03-01", YEAR, "2100 is no leap year"),
    Case("2026-12-30", "2027-01-04", YEAR, "over the end of the year, 2 January is a Saturday"),
    Case("2026-12-30", "2027-01-04", YEAR, "31 December, 1 and 4 January", WORKING),
    Case(
        "2026-12-31",
        "2026-12-31",
        YEAR,
        "back over two days of the weekend and a holiday to the day of issue",
        PREVIOUS,
        closed=("2027-01-01",),
    ),
]

UNANNOUNCED = [
    # Nothing has been announced for these years: the week alone counts.
    Case("2031-09-29", "2031-10-02", WEEK, "a Thursday that every notice so far has made a holiday"),
    Case("2035-02-05", "2035-02-08", WEEK, "the first day of a lunar year, a Thursday"),
    Case("2003-09-30", "2003-10-03", WEEK, "before the first year that is known"),
]


@dataclass(frozen=True)
class Midnight:
    """At a moment, written in UTC, the office's calendar shows a date; a file issued then is due on another."""

    zone: str
    moment: str
    today: str
    due: str
    source: str


TZ = "IANA time zone database"
EU = "Directive 2000/84/EC: summer time from the last Sunday of March to the last of October, at 01:00 UTC"
US_DST = "Energy Policy Act of 2005, section 110"
MX_DST = "Ley de los Husos Horarios en los Estados Unidos Mexicanos (DOF 28-10-2022): no summer time any more"
CN_TZ = "IANA time zone database: Asia/Shanghai is UTC+8 without summer time since 1992"
APIA = "International Date Line Act 2011 (Samoa): 30 December 2011 did not take place"

MIDNIGHTS = [
    Midnight("Europe/Madrid", "2026-03-28T22:59", "2026-03-28", "2026-03-31", EU),
    Midnight("Europe/Madrid", "2026-03-28T23:00", "2026-03-29", "2026-04-01", EU),
    Midnight("Europe/Madrid", "2026-03-29T21:59", "2026-03-29", "2026-04-01", EU),
    Midnight("Europe/Madrid", "2026-03-29T22:00", "2026-03-30", "2026-04-02", EU),
    Midnight("Europe/Madrid", "2026-10-24T22:00", "2026-10-25", "2026-10-28", EU),
    Midnight("Europe/Madrid", "2026-10-25T22:59", "2026-10-25", "2026-10-28", EU),
    Midnight("Europe/Madrid", "2026-10-25T23:00", "2026-10-26", "2026-10-29", EU),
    Midnight("Asia/Shanghai", "2026-11-16T15:59", "2026-11-16", "2026-11-19", CN_TZ),
    Midnight("Asia/Shanghai", "2026-11-16T16:00", "2026-11-17", "2026-11-20", CN_TZ),
    Midnight("America/Mexico_City", "2026-07-01T05:59", "2026-06-30", "2026-07-03", MX_DST),
    Midnight("America/Mexico_City", "2026-07-01T06:00", "2026-07-01", "2026-07-06", MX_DST),
    Midnight("America/New_York", "2026-03-09T03:59", "2026-03-08", "2026-03-11", US_DST),
    Midnight("America/New_York", "2026-03-09T04:00", "2026-03-09", "2026-03-12", US_DST),
    Midnight("America/New_York", "2026-11-02T04:59", "2026-11-01", "2026-11-04", US_DST),
    Midnight("Pacific/Apia", "2011-12-30T09:59", "2011-12-29", "2012-01-02", APIA),
    Midnight("Pacific/Apia", "2011-12-30T10:00", "2011-12-31", "2012-01-03", APIA),
    Midnight("America/Santiago", "2026-09-06T03:59", "2026-09-05", "2026-09-08", TZ + ": no midnight that night"),
    Midnight("America/Santiago", "2026-09-06T04:00", "2026-09-06", "2026-09-09", TZ + ": it is one o'clock at once"),
    Midnight("Asia/Kathmandu", "2026-11-16T18:14", "2026-11-16", "2026-11-19", TZ + ": UTC+5:45"),
    Midnight("Asia/Kathmandu", "2026-11-16T18:15", "2026-11-17", "2026-11-20", TZ + ": UTC+5:45"),
    Midnight("Pacific/Kiritimati", "2026-11-16T10:00", "2026-11-17", "2026-11-20", TZ + ": UTC+14"),
]
