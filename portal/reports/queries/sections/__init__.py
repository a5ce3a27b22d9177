"""The figures of the statistics, by section, in the order in which they are shown. Adding a figure is one function in
its section's module."""

from __future__ import annotations

from portal.reports.queries.declaring import Figure, Section
from portal.reports.queries.sections.loans import LOANS

SECTIONS: tuple[Section, ...] = (LOANS,)


def figure_named(name: str) -> Figure | None:
    """The declared figure called `name`."""
    return next((figure for section in SECTIONS for figure in section.figures if figure.name == name), None)
