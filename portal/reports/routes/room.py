"""The room of reports."""

from __future__ import annotations

from portal.http.guards import Room

reports = Room("reports", __name__)
