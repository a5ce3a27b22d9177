"""What leaving asks of regular reports: somebody else answers for them, or they end; somebody else prepares them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.core.messages import N_, Message
from portal.core.obligations import Obligation, Outcome, Side, Way, ids_of
from portal.reports.models.regular import RegularReport
from portal.reports.regular.states import OPEN_STATES, REGULAR_STATE_NAMES
from portal.reports.statistics.counted import Audience

_TITLE = N_("Regular report “%(title)s”")
_UNTITLED = N_("Regular report number %(number)s")


def _owed(session: Session, is_theirs: ColumnElement[bool], ways: tuple[Way, ...]) -> Sequence[Obligation]:
    rows = session.scalars(
        select(RegularReport)
        .where(is_theirs, RegularReport.state.in_(OPEN_STATES))
        .order_by(RegularReport.asked_at, RegularReport.id)
    )
    return [
        Obligation(
            subject=f"regular_reports:{row.id}",
            # The checklist is read by people who may not know of reports for core readers.
            what=Message(_UNTITLED, {"number": row.id})
            if row.audience == Audience.CORE
            else Message(_TITLE, {"title": row.title}),
            ways=ways,
            path=f"/reports/regular/{row.id}",
        )
        for row in rows
    ]


class RegularReports:
    """Regular reports the person answers for: handed to a colleague of the department, or ended."""

    key = "regular_reports"
    name = N_("Regular reports")
    unnamed = N_("A regular report")
    side = Side.DEPARTMENT
    columns = frozenset({"regular_reports.owner_id"})

    def owed(self, session: Session, person_id: int, _today: date) -> Sequence[Obligation]:
        """One obligation for each that waits or is active."""
        return _owed(session, RegularReport.owner_id == person_id, (Way.TRANSFER, Way.END))

    def outcomes(
        self, session: Session, _person_id: int, subjects: Sequence[str], _since: datetime
    ) -> Mapping[str, Outcome]:
        """In whose hands it is, or how it ended."""
        rows = session.execute(
            select(RegularReport, Person.name)
            .join(Person, Person.id == RegularReport.owner_id)
            .where(RegularReport.id.in_(ids_of(subjects)))
        )
        return {f"regular_reports:{row.id}": _outcome(row, name) for row, name in rows}


class PreparedReports:
    """Regular reports whose drafts the person prepares: somebody else must be named."""

    key = "prepared_reports"
    name = N_("Regular reports to prepare")
    unnamed = N_("A regular report")
    side = Side.RECORDS
    columns = frozenset({"regular_reports.preparer_id"})

    def owed(self, session: Session, person_id: int, _today: date) -> Sequence[Obligation]:
        """One obligation for each that waits or is active."""
        return _owed(session, RegularReport.preparer_id == person_id, (Way.DELEGATE,))

    def outcomes(
        self, session: Session, _person_id: int, subjects: Sequence[str], _since: datetime
    ) -> Mapping[str, Outcome]:
        """Who prepares it now, or how it ended."""
        rows = session.execute(
            select(RegularReport, Person.name)
            .join(Person, Person.id == RegularReport.preparer_id)
            .where(RegularReport.id.in_(ids_of(subjects)))
        )
        return {f"regular_reports:{row.id}": _outcome(row, name) for row, name in rows}


def _outcome(regular: RegularReport, now_with: str) -> Outcome:
    if regular.state not in OPEN_STATES:
        return Outcome(Message(REGULAR_STATE_NAMES[regular.state]), regular.closed_by_id)
    return Outcome(Message(N_("Handed to %(person)s"), {"person": now_with}))
