"""The pages of reports."""

from __future__ import annotations

from portal.reports.routes import exports, issuing, regular, report_files, rows, statistics
from portal.reports.routes.room import reports

__all__ = ["exports", "issuing", "regular", "report_files", "reports", "rows", "statistics"]
