"""Requests, loans and grants for the tests of the figures, on the small archive."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from portal.access.models import ReadingGrant
from portal.accounts.models import Department, Person
from portal.core.permissions import Level
from portal.core.trail import TrailEntry
from portal.dossiers.models import Dossier, Volume
from portal.handover.models import Handover
from portal.handover.states import HandoverKind, HandoverState
from portal.lending.models import Decision, DecisionStage, Loan, LoanEvent, Request, RequestLine
from portal.lending.states import LineState, LoanEventKind, LoanState, RequestKind
from tests.factories import make_department, make_person
from tests.unit.reports.figures_archive import SHANGHAI, Archive


def office(day: date, hour: int = 12, minute: int = 0) -> datetime:
    """A moment by the office's clock."""
    return datetime.combine(day, time(hour, minute), SHANGHAI).astimezone(UTC)


class LendingArchive(Archive):
    """With two departments and a person in each: Ana of sales, Bo of purchasing."""

    def __init__(self, session: Any) -> None:
        super().__init__(session)
        self.sales: Department = make_department(session, "Sales")
        self.purchasing: Department = make_department(session, "Purchasing")
        self.ana: Person = make_person(session, self.sales, name="Ana")
        self.bo: Person = make_person(session, self.purchasing, name="Bo")
        self.file: Dossier = self.dossier(date(2025, 1, 7))
        self.core: Dossier = self.dossier(date(2025, 1, 7), level=Level.CORE)

    def line(
        self,
        submitted_at: datetime,
        state: LineState = LineState.SUBMITTED,
        *,
        head: datetime | None = None,
        records: datetime | None = None,
        closed_at: datetime | None = None,
        of: Dossier | None = None,
        reader: Person | None = None,
        kind: RequestKind = RequestKind.BORROW,
        purpose: str = "Audit",
    ) -> RequestLine:
        """A request of one line. `head`, `records`: when they signed."""
        reader = reader or self.ana
        request = Request(filed_by_id=reader.id, object="File", purpose=purpose, reason="Why", created_at=submitted_at)
        line = RequestLine(
            request=request,
            dossier=of or self.file,
            reader=reader,
            kind=kind,
            state=state,
            submitted_at=submitted_at if state != LineState.DRAFT else None,
            closed_at=closed_at,
            visitor=f"visitor {self.session.query(RequestLine).count()}",  # Several open lines of one reader.
        )
        for stage, at in ((DecisionStage.HEAD, head), (DecisionStage.RECORDS, records)):
            if at:
                signature = Decision(stage=stage, approved=True, decided_by_id=self.clerk.id, decided_at=at)
                line.decisions.append(signature)
        self.session.add(line)
        self.session.flush()
        return line

    def loan(
        self,
        issued_on: date,
        returned_on: date | None = None,
        state: LoanState | None = None,
        *,
        due_on: date | None = None,
        of: Dossier | None = None,
        borrower: Person | None = None,
        hour: int = 12,
        in_reading_room: bool = False,
    ) -> Loan:
        """A loan of a new volume of the dossier: due after three days, returned if it came back."""
        borrower, dossier = borrower or self.ana, of or self.file
        due = due_on or issued_on + timedelta(days=3)
        signed = office(issued_on)
        loan = Loan(
            volume=dossier.volumes[0] if state == LoanState.VOIDED else self.volume(dossier),
            line=self.line(signed, LineState.FULFILLED, head=signed, of=dossier, reader=borrower),
            borrower=borrower,
            state=state or (LoanState.RETURNED if returned_on else LoanState.ON_LOAN),
            issued_at=office(issued_on, hour),
            issued_on=issued_on,
            issued_by_id=self.clerk.id,
            due_on=due,
            original_due_on=due,
            sheets_issued=40,
            returned_on=returned_on,
            in_reading_room=in_reading_room,
        )
        self.session.add(loan)
        self.session.flush()
        return loan

    def volume(self, dossier: Dossier) -> Volume:
        """A further volume of the dossier: no two loans of one are open."""
        ordinal = len(dossier.volumes) + 1
        volume = Volume(ordinal=ordinal, barcode=f"W{dossier.id}-{ordinal}", sheets=40)
        dossier.volumes.append(volume)
        return volume

    def event(self, loan: Loan, what: LoanEventKind, at: datetime) -> None:
        """Something that happened to a loan."""
        event = LoanEvent(loan_id=loan.id, what=what, at=at, due_before=loan.due_on, due_after=loan.due_on)
        self.session.add(event)

    def grant(
        self, granted_at: datetime, until: date, ended_at: datetime | None = None, of: Dossier | None = None
    ) -> None:
        """A reading grant for Ana."""
        grant = ReadingGrant(
            person_id=self.ana.id,
            dossier_id=(of or self.file).id,
            granted_at=granted_at,
            until_date=until,
            ended_at=ended_at,
            granted_by_id=self.clerk.id,
        )
        self.session.add(grant)

    def trail(self, action: str, at: datetime, of: Dossier | None, person: Person | None) -> None:
        """An entry of the trail, as bare as the figures see it."""
        entry = TrailEntry(
            at=at,
            actor_id=person.id if person else None,
            action=action,
            subject="pages:1",
            dossier_id=of.id if of else None,
            details={},
            nonce=f"{at:%d%H%M%S%f}",
            digest="",
        )
        self.session.add(entry)

    def handover(
        self,
        opened_at: datetime,
        state: HandoverState = HandoverState.OPEN,
        closed_at: datetime | None = None,
        to: Department | None = None,
    ) -> None:
        """A handover of somebody new in sales, who leaves or moves to another department."""
        handover = Handover(
            person_id=make_person(self.session, self.sales).id,
            kind=HandoverKind.TRANSFER if to else HandoverKind.LEAVING,
            last_day=date(2026, 4, 30),
            from_department_id=self.sales.id,
            to_department_id=to.id if to else None,
            state=state,
            opened_at=opened_at,
            opened_by_id=self.clerk.id,
            closed_at=closed_at,
        )
        self.session.add(handover)
