"""Reading on screen: grants, pages looked at, originals downloaded."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, case, or_, select

from portal.access.models import ReadingGrant
from portal.accounts.models import Person
from portal.core.messages import N_
from portal.core.trail import TrailEntry
from portal.dossiers.models import Dossier
from portal.reports.queries.declaring import Rows, Scope, Section, Thing, Timing
from portal.reports.queries.dimensions import DEPARTMENT, LEVEL, TIME
from portal.reports.queries.planning import mostly

READING = Section("reading", N_("Reading on screen"))

_LOOK, _DOWNLOAD = "page:look", "document:download"


def _grants(scope: Scope, *columns: ColumnElement[Any]) -> Rows:
    """Grants for known dossiers, with their level and the reader's department."""
    return (
        select(
            ReadingGrant.id.label("subject"),
            Dossier.level.label("level"),
            Person.department_id.label("department"),
            *columns,
        )
        .join(Dossier, Dossier.id == ReadingGrant.dossier_id)
        .join(Person, Person.id == ReadingGrant.person_id)
        .where(scope.known)
    )


@READING.figure(
    N_("Grants given"),
    N_("Reading grants given in the period; the department is the reader's."),
    of=Thing.GRANTS,
    by=(TIME, LEVEL, DEPARTMENT),
)
def grants_given(scope: Scope) -> Rows:
    given = scope.day_of(ReadingGrant.granted_at).label("day")
    return _grants(scope, given).where(scope.happened(ReadingGrant.granted_at))


@READING.figure(
    N_("Grants open"),
    N_(
        "Reading grants given by the end of the period's last day, valid on that day and not ended before it was over; "
        "the department is the reader's."
    ),
    of=Thing.GRANTS,
    by=(LEVEL, DEPARTMENT),
    timing=Timing.AT_END,
)
def grants_open(scope: Scope) -> Rows:
    return _grants(scope).where(
        ReadingGrant.granted_at < scope.ends,
        or_(ReadingGrant.ended_at.is_(None), ReadingGrant.ended_at >= scope.ends),
        ReadingGrant.until_date >= scope.last,
    )


@READING.figure(
    N_("Originals downloaded"),
    N_(
        "Original files given out in the period, as the trail has recorded them; the department is that of the person "
        "who downloaded."
    ),
    of=Thing.TRAIL_ENTRIES,
    name="downloads",
    by=(TIME, DEPARTMENT),
    amount="download",
)
@READING.figure(
    N_("Pages looked at"),
    N_(
        "Looks at a page of a dossier in the period, as the trail has recorded them; the department is that of the "
        "person who looked."
    ),
    of=Thing.TRAIL_ENTRIES,
    name="page-looks",
    by=(TIME, LEVEL, DEPARTMENT),
    amount="look",
    is_key=True,
)
def looks_and_downloads(scope: Scope) -> Rows:
    return (
        select(
            TrailEntry.id.label("subject"),
            scope.day_of(TrailEntry.at).label("day"),
            Dossier.level.label("level"),
            Person.department_id.label("department"),
            case((TrailEntry.action == _LOOK, 1)).label("look"),
            case((TrailEntry.action == _DOWNLOAD, 1)).label("download"),
        )
        .join(Dossier, Dossier.id == TrailEntry.dossier_id)
        .outerjoin(Person, Person.id == TrailEntry.actor_id)
        # Of the two indexes that of the time, which finds the period's entries and not those of all years.
        .where(scope.known, mostly(TrailEntry.action.in_((_LOOK, _DOWNLOAD))), scope.happened(TrailEntry.at))
    )
