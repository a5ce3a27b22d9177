"""Fixtures of the tests of reports."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from portal.reports.queries.sections import SECTIONS
from portal.reports.services import contents, counting


@pytest.fixture
def light_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of who signs what when: one figure instead of all, and instead of the pages a line that says what
    would stand on them. Setting the pages is tested elsewhere, and takes a second each time."""
    first = SECTIONS[0]
    monkeypatch.setattr(counting, "SECTIONS", (replace(first, figures=first.figures[:1]),))

    def line(statistics: Any, standing: Any, *, language: str, translate: Any, title: str | None = None) -> bytes:
        return f"%PDF {language} {title} {standing} {translate('Draft')} {statistics.counted_at}".encode()

    monkeypatch.setattr(contents, "statistics_pdf", line)
