"""A small archive for the tests of the figures: what is put on the shelves, and how it is counted."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from portal.accounts.models import Person
from portal.clients.models import Client
from portal.core.permissions import Level
from portal.documents.models import Document, DocumentVersion, ReadingState
from portal.dossiers.models import Dossier
from portal.dossiers.states import DossierState
from portal.reports.periods import Period, PeriodKind, compared
from portal.reports.queries.counting import as_audience, count_figure
from portal.reports.queries.declaring import Scope
from portal.reports.queries.listings import listed
from portal.reports.queries.rows import rows_behind
from portal.reports.queries.sections import figure_named
from portal.reports.statistics.counted import Audience, CountedFigure
from tests.factories import actor, make_client, make_document, make_dossier, make_person

SHANGHAI = ZoneInfo("Asia/Shanghai")
MARCH = Period.containing(PeriodKind.MONTH, date(2026, 3, 1))
BEFORE_MARCH = datetime(2026, 2, 28, 15, 59, 59, 999999, tzinfo=UTC)
"""The last moment of February in Shanghai."""
MARCH_BEGINS = datetime(2026, 2, 28, 16, 0, tzinfo=UTC)
MARCH_ENDS = datetime(2026, 3, 31, 15, 59, 59, 999999, tzinfo=UTC)
AFTER_MARCH = datetime(2026, 3, 31, 16, 0, tzinfo=UTC)
"""Midnight in Shanghai: it is April."""


class Archive:
    """What a test puts on the shelves, and how it counts."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.clerk: Person = make_person(session, clearance=Level.CORE)

    def dossier(self, opened_on: date = date(2026, 3, 2), client: Client | None = None, **fields: Any) -> Dossier:
        dossier = make_dossier(self.session, self.clerk, client, **fields)
        if dossier.state == DossierState.OPEN:
            dossier.opened_on = opened_on
        return dossier

    def client(self, **fields: Any) -> Client:
        return make_client(self.session, self.clerk, **fields)

    def document(self, dossier: Dossier, filed_at: datetime = MARCH_BEGINS, pages: int = 1, **fields: Any) -> Document:
        document = make_document(self.session, self.clerk, dossier, *["text"] * pages, **fields)
        document.filed_at = document.versions[0].added_at = filed_at
        return document

    def better_scan(self, document: Document, added_at: datetime, pages: int | None) -> None:
        version = DocumentVersion(
            number=len(document.versions) + 1,
            content_key=f"{document.id:064x}",
            file_name="better.pdf",
            file_kind="pdf",
            byte_size=2000,
            page_count=pages,
            state=ReadingState.READ,
            added_at=added_at,
            added_by_id=self.clerk.id,
        )
        document.versions.append(version)

    def count(
        self,
        name: str,
        period: Period = MARCH,
        *,
        audience: Audience = Audience.EVERYONE,
        today: date = date(2026, 4, 15),
    ) -> CountedFigure:
        figure = figure_named(name)
        assert figure is not None
        self.session.flush()
        seer = as_audience(actor(self.session, self.clerk), audience)
        now = datetime(today.year, today.month, today.day, 4, tzinfo=UTC)
        periods = compared(period, today)
        scopes = tuple(Scope(self.session, seer, one, today, now, SHANGHAI) for one in periods)
        counted = count_figure(figure, scopes, listing=listed)
        for breakdown in counted.breakdowns:  # The rows behind a number are as many as the number says.
            for group in breakdown.groups:
                behind = rows_behind(figure, scopes[0], {breakdown.name: group.key}, whole=period)
                assert behind.value == group.values.this, (breakdown.name, group.key)
        return counted


def by(counted: CountedFigure, name: str) -> dict[str, int | None]:
    """The groups of a breakdown that are not empty, by their keys."""
    return {group.key: group.values.this for group in counted.breakdown(name).groups if group.values.this}


def cells(counted: CountedFigure, name: str) -> dict[tuple[str, str], int]:
    """The cells of a crossing that are not 0."""
    crossing = next(one for one in counted.crossings if one.name == name)
    return {
        (row[0], column[0]): number
        for row, numbers in zip(crossing.row_names, crossing.cells, strict=True)
        for column, number in zip(crossing.column_names, numbers, strict=True)
        if number
    }
