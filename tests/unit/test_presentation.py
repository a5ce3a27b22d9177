"""Dates as pages show them: nobody can take the day for the month, or the year for a day."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask_babel import force_locale


@pytest.mark.parametrize(
    ("language", "day", "moment"),
    [
        ("en", "Nov 2, 2026", "Nov 2, 2026, 3:08\u202fPM"),
        ("es", "2 nov 2026", "2 nov 2026, 15:08"),
        ("zh", "2026年11月2日", "2026年11月2日 15:08"),
    ],
)
def test_days_and_moments_cannot_be_misread(app: Flask, language: str, day: str, moment: str) -> None:
    at = datetime(2026, 11, 2, 15, 8, tzinfo=app.extensions["legajo"].settings.zone).astimezone(UTC)
    with app.test_request_context(), force_locale(language):
        assert app.jinja_env.filters["day"](date(2026, 11, 2)) == day
        assert app.jinja_env.filters["moment"](at) == moment
        assert app.jinja_env.filters["moment"](None) == ""
