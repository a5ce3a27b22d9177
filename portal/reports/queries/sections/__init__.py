"""The figures of the statistics, by section, in the order in which they are shown. Adding a figure is one function in
its section's module."""

from __future__ import annotations

from portal.reports.queries.declaring import Figure, Section
from portal.reports.queries.sections.clients import CLIENTS
from portal.reports.queries.sections.completeness import COMPLETENESS
from portal.reports.queries.sections.correspondence import CORRESPONDENCE
from portal.reports.queries.sections.disk import DISK
from portal.reports.queries.sections.handovers import HANDOVERS
from portal.reports.queries.sections.holdings import HOLDINGS
from portal.reports.queries.sections.intake import INTAKE
from portal.reports.queries.sections.loans import LOANS
from portal.reports.queries.sections.overdue import OVERDUE
from portal.reports.queries.sections.reading import READING
from portal.reports.queries.sections.recognition import RECOGNITION
from portal.reports.queries.sections.requests import REQUESTS

SECTIONS: tuple[Section, ...] = (
    HOLDINGS,
    INTAKE,
    COMPLETENESS,
    CLIENTS,
    CORRESPONDENCE,
    REQUESTS,
    LOANS,
    OVERDUE,
    READING,
    RECOGNITION,
    HANDOVERS,
    DISK,
)


def figure_named(name: str) -> Figure | None:
    """The declared figure called `name`."""
    return next((figure for section in SECTIONS for figure in section.figures if figure.name == name), None)
