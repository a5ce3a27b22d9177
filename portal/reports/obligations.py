"""What leaving asks of reports: what somebody began and is not issued is discarded, or handed to a colleague."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.core.messages import N_, Message
from portal.core.obligations import Obligation, Outcome, Side, Way, ids_of
from portal.reports.models.issued import Report
from portal.reports.queries.issued import unissued_of
from portal.reports.states import ReportState


class UnfinishedReports:
    """Reports the person prepares and that are not issued yet."""

    key = "reports"
    name = N_("Reports that are not issued yet")
    unnamed = N_("A report that is not issued yet")
    side = Side.RECORDS
    columns = frozenset({"reports.prepared_by_id"})

    def owed(self, session: Session, person_id: int, _today: date) -> Sequence[Obligation]:
        """One obligation for each; of what a report for core readers is about nothing is said."""
        return [
            Obligation(
                subject=f"reports:{row.id}",
                what=Message(self.unnamed)
                if row.is_core
                else Message(N_("Report of %(first)s to %(last)s"), {"first": row.first, "last": row.last}),
                ways=(Way.TRANSFER, Way.END),
                path=f"/reports/{row.id}",
            )
            for row in session.scalars(unissued_of(person_id))
        ]

    def outcomes(
        self, session: Session, _person_id: int, subjects: Sequence[str], _since: datetime
    ) -> Mapping[str, Outcome]:
        """Issued, discarded, or in whose hands it is."""
        rows = session.scalars(
            select(Report).where(Report.id.in_(ids_of(subjects))).options(joinedload(Report.prepared_by))
        )
        return {f"reports:{row.id}": _outcome(row) for row in rows}


def _outcome(report: Report) -> Outcome:
    if report.is_kept:
        return Outcome(Message(N_("Report issued")), report.issued_by_id)
    if report.state == ReportState.DISCARDED:
        return Outcome(Message(N_("Report discarded")))
    return Outcome(Message(N_("Handed to %(person)s"), {"person": report.prepared_by.name}))
