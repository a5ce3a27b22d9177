"""The statistics as a document to print, sign and keep: A4, its fonts embedded. No Flask, no database."""

from __future__ import annotations

from portal.reports.papers.document import statistics_pdf
from portal.reports.papers.standing import Signed, Standing

__all__ = ["Signed", "Standing", "statistics_pdf"]
