"""The pages of reports."""

from __future__ import annotations

from portal.reports.routes import statistics
from portal.reports.routes.room import reports

__all__ = ["reports", "statistics"]
