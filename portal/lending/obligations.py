"""What leaving asks of lending: files held, requests open, requests of others that wait for the leaver's post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.models import Department, Person
from portal.core.messages import N_, Message
from portal.core.obligations import Obligation, Outcome, Side, Way, ids_of
from portal.dossiers.models import Dossier, Volume
from portal.lending.models import Decision, Loan, Request, RequestLine
from portal.lending.queries.signing import not_lapsed
from portal.lending.states import LINE_STATE_NAMES, OPEN_LINE_STATES, LineState, LoanState

_LINE = N_("Request %(request)s for dossier %(dossier)s")


class HeldFiles:
    """Paper files on loan: they come back over the counter, or their loss is recorded there."""

    key = "loans"
    name = N_("Files on loan")
    unnamed = N_("A file of the archive")
    side = Side.RECORDS
    columns = frozenset({"loans.borrower_id"})

    def owed(self, session: Session, person_id: int, _today: date) -> Sequence[Obligation]:
        """One obligation for each volume, first due first."""
        rows = session.execute(
            select(Loan.id, Loan.issued_on, Loan.due_on, Volume.ordinal, Dossier.id, Dossier.number)
            .join(Volume, Volume.id == Loan.volume_id)
            .join(Dossier, Dossier.id == Volume.dossier_id)
            .where(Loan.borrower_id == person_id, Loan.state == LoanState.ON_LOAN)
            .order_by(Loan.due_on, Loan.id)
        )
        return [
            Obligation(
                subject=f"loans:{loan_id}",
                what=Message(
                    N_("Volume %(volume)s of dossier %(dossier)s"), {"volume": ordinal, "dossier": number or ""}
                ),
                ways=(Way.RETURN,),
                path=f"/loans/{loan_id}",
                dossier_id=dossier_id,
                since=issued_on,
                due_on=due_on,
            )
            for loan_id, issued_on, due_on, ordinal, dossier_id, number in rows
        ]

    def outcomes(
        self, session: Session, _person_id: int, subjects: Sequence[str], _since: datetime
    ) -> Mapping[str, Outcome]:
        """What the loan register says."""
        rows = session.scalars(select(Loan).where(Loan.id.in_(ids_of(subjects))))
        return {f"loans:{row.id}": Outcome(_how(row), row.received_by_id) for row in rows}


def _how(loan: Loan) -> Message:
    if loan.state == LoanState.LOST:
        return Message(N_("Recorded as lost"))
    if loan.state == LoanState.VOIDED:
        return Message(N_("Voided: it was never handed out"))
    return Message(N_("Given back on %(day)s"), {"day": loan.returned_on})


class OwnRequests:
    """Requests of which the person is the reader, or the host of an outside reader, drafts too."""

    key = "requests"
    name = N_("Own requests")
    unnamed = N_("A request")
    side = Side.DEPARTMENT
    columns = frozenset({"request_lines.reader_id"})

    def owed(self, session: Session, person_id: int, today: date) -> Sequence[Obligation]:
        """One obligation for each line that is neither served nor closed; what has lapsed is closed by the clock."""
        rows = session.scalars(
            select(RequestLine)
            .where(RequestLine.reader_id == person_id, RequestLine.state.in_([LineState.DRAFT, *OPEN_LINE_STATES]))
            .options(joinedload(RequestLine.dossier, innerjoin=True), joinedload(RequestLine.request, innerjoin=True))
            .order_by(RequestLine.id)
        )
        return [_line(row, (Way.END,)) for row in rows]

    def outcomes(
        self, session: Session, _person_id: int, subjects: Sequence[str], _since: datetime
    ) -> Mapping[str, Outcome]:
        """The state each came into."""
        rows = session.scalars(select(RequestLine).where(RequestLine.id.in_(ids_of(subjects))))
        return {f"request_lines:{row.id}": Outcome(Message(LINE_STATE_NAMES[row.state])) for row in rows}


class WaitingDecisions:
    """Requests of colleagues that wait for the head, where the leaver is the head (or the deputy of none).

    Whoever leaves signs for nobody: the deputy or the general manager does, or the next head. They are on the list
    until then, so that nobody waits for somebody who is gone.
    """

    key = "decisions"
    name = N_("Requests that wait for the head")
    unnamed = N_("A request of a colleague")
    side = Side.DEPARTMENT
    columns: frozenset[str] = frozenset()

    def owed(self, session: Session, person_id: int, today: date) -> Sequence[Obligation]:
        """One obligation for each line that waits for the head's signature."""
        leads = or_(
            Department.head_id == person_id, and_(Department.head_id.is_(None), Department.deputy_id == person_id)
        )
        rows = session.scalars(
            select(RequestLine)
            .join(Request, Request.id == RequestLine.request_id)
            .join(Person, Person.id == RequestLine.reader_id)
            .join(Department, Department.id == Person.department_id)
            .where(
                RequestLine.state == LineState.SUBMITTED,
                RequestLine.reader_id != person_id,
                leads,
                not_lapsed(today),
            )
            .options(joinedload(RequestLine.dossier, innerjoin=True), joinedload(RequestLine.request, innerjoin=True))
            .order_by(RequestLine.id)
        )
        return [_line(row, (Way.DECIDE, Way.DELEGATE)) for row in rows]

    def outcomes(
        self, session: Session, _person_id: int, subjects: Sequence[str], _since: datetime
    ) -> Mapping[str, Outcome]:
        """Who decided; where nobody has yet, it waits for the next head."""
        found: dict[str, Outcome] = {}
        lines = session.scalars(select(RequestLine).where(RequestLine.id.in_(ids_of(subjects)))).all()
        deciders = {
            row.line_id: row.decided_by_id
            for row in session.scalars(
                select(Decision).where(Decision.line_id.in_([line.id for line in lines])).order_by(Decision.id.desc())
            )
        }
        for line in lines:
            if line.state == LineState.SUBMITTED:
                found[f"request_lines:{line.id}"] = Outcome(Message(N_("Waits for somebody else now")))
            else:
                state = Message(LINE_STATE_NAMES[line.state])
                found[f"request_lines:{line.id}"] = Outcome(state, deciders.get(line.id))
        return found


def _line(row: RequestLine, ways: tuple[Way, ...]) -> Obligation:
    return Obligation(
        subject=f"request_lines:{row.id}",
        what=Message(_LINE, {"request": row.request_id, "dossier": row.dossier.number or ""}),
        ways=ways,
        path=f"/requests/{row.id}",
        dossier_id=row.dossier_id,
        due_on=row.expires_on,
    )
