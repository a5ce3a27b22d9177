"""Bands: numbers and dates as a few groups in order, each a CASE over bound values, the same on both databases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, case

from portal.core.messages import N_

AGES: dict[str, str] = {
    "0": N_("Under 1 year"),
    "1": N_("1 to 2 years"),
    "3": N_("3 to 5 years"),
    "6": N_("6 to 10 years"),
    "11": N_("Over 10 years"),
}
SIZES: dict[str, str] = {
    "0": N_("No volume"),
    "1": N_("1 volume"),
    "2": N_("2 to 3 volumes"),
    "4": N_("4 to 9 volumes"),
    "10": N_("10 volumes and more"),
}
CAPITALS: dict[str, str] = {
    "0": N_("Under 1 million"),
    "1": N_("1 to under 10 million"),
    "10": N_("10 to under 100 million"),
    "100": N_("100 million and more"),
    "": N_("Not stated"),
}


def age_band(day: Any, last: date) -> ColumnElement[str]:
    """The key in AGES of the full years from a date to `last`; a date after `last` is under a year old.

    The age is a person's: a year is full on the same day of the next year, from 29 February on 1 March.
    """
    return case(
        (day > years_before(last, 1), "0"),
        (day > years_before(last, 3), "1"),
        (day > years_before(last, 6), "3"),
        (day > years_before(last, 11), "6"),
        else_="11",
    )


def years_before(day: date, years: int) -> date:
    """The last date that is `years` full years old on `day`."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February: what began on 1 March of that year is not as old before tomorrow.
        return day.replace(year=day.year - years, day=28)


def size_band(volumes: Any) -> ColumnElement[str]:
    """The key in SIZES of a number of volumes."""
    return case((volumes >= 10, "10"), (volumes >= 4, "4"), (volumes >= 2, "2"), (volumes == 1, "1"), else_="0")


def capital_band(capital: Any) -> ColumnElement[str]:
    """The key in CAPITALS of an amount of money, in whatever currency it is."""
    million = Decimal(1_000_000)
    return case(
        (capital < million, "0"),
        (capital < 10 * million, "1"),
        (capital < 100 * million, "10"),
        (capital >= 100 * million, "100"),
        else_="",
    )
