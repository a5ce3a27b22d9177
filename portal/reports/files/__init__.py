"""Reports as files that other programs open: spreadsheets and tables of text. No database, no web."""

from __future__ import annotations

from portal.reports.files.statistics_csv import statistics_csv
from portal.reports.files.statistics_xlsx import statistics_xlsx
from portal.reports.files.tables import register_csv, register_xlsx
from portal.reports.files.worth import worth

__all__ = ["register_csv", "register_xlsx", "statistics_csv", "statistics_xlsx", "worth"]
