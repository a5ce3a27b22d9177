"""The part of a random archive that happened: requests, loans, grants, looks and downloads, handovers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from portal.access.models import ReadingGrant
from portal.core.trail import TrailEntry
from portal.dossiers.states import Condition
from portal.handover.models import Handover
from portal.handover.states import HandoverKind, HandoverState
from portal.lending.models import Decision, DecisionStage, Loan, LoanEvent, Request, RequestLine
from portal.lending.states import LineState, LoanEventKind, LoanState, RequestKind

if TYPE_CHECKING:
    from tests.unit.reports.archived_paper import Add
    from tests.unit.reports.archives import Drawing

_LINES = 240
_LOANS = 260
_LOOKS = 320
_GRANTS = 120
_WAITING = (LineState.SUBMITTED, LineState.HEAD_APPROVED)
_OPEN = (*_WAITING, LineState.READY)
_ENDED = (LineState.REJECTED, LineState.CANCELLED, LineState.EXPIRED)


def fill(drawing: Drawing, add: Add, volumes: dict[int, int]) -> None:
    """What people did with the archive. `volumes`: the dossier of each."""
    _requests(drawing, add, sorted(set(volumes.values())))
    loans = [_loan(drawing, number, volumes) for number in range(1, _LOANS + 1)]
    held: set[int] = set()
    for loan in loans:  # One volume is out once at a time.
        if loan["state"] is LoanState.ON_LOAN:
            loan["state"] = LoanState.LOST if loan["volume_id"] in held else LoanState.ON_LOAN
            held.add(loan["volume_id"])
    add(Loan, loans)
    add(LoanEvent, [each for loan in loans for each in _events(drawing, loan)])
    add(ReadingGrant, [_grant(drawing, number, sorted(set(volumes.values()))) for number in range(1, _GRANTS + 1)])
    add(TrailEntry, [_entry(drawing, number, sorted(set(volumes.values()))) for number in range(1, _LOOKS + 1)])
    people = [drawing.person() for _ in range(12)]
    handovers = [_handover(drawing, number, person) for number, person in enumerate(people, 1)]
    leaving: set[int] = set()
    for handover in handovers:  # One person leaves once at a time.
        if handover["closed_at"] is None and handover["person_id"] in leaving:
            handover |= {"state": HandoverState.CALLED_OFF, "closed_at": drawing.now, "closed_by_id": 1}
        elif handover["closed_at"] is None:
            leaving.add(handover["person_id"])
    add(Handover, handovers)


def _requests(drawing: Drawing, add: Add, dossiers: list[int]) -> None:
    forms = [
        {
            "id": number,
            "filed_by_id": drawing.person(),
            "object": "A contract",
            "purpose": f"Purpose {drawing.chance.randrange(25)}",
            "reason": "Talks",
            "created_at": drawing.moment(),
        }
        for number in range(1, _LINES // 2 + 1)
    ]
    lines, open_ones = [], set()
    for number in range(1, _LINES + 1):
        line = _line(drawing, number, dossiers)
        asked = (line["reader_id"], line["dossier_id"], line["kind"])
        if line["state"] in _OPEN and asked in open_ones:
            line |= {"state": LineState.CANCELLED, "closed_at": drawing.moment(line["submitted_at"])}
        elif line["state"] in _OPEN:
            open_ones.add(asked)
        lines.append(line)
    add(Request, forms)
    add(RequestLine, lines)
    add(Decision, [each for line in lines for each in _decisions(drawing, line)])


def _line(drawing: Drawing, number: int, dossiers: list[int]) -> dict[str, Any]:
    state = drawing.one_of(tuple(LineState))
    submitted = None if state is LineState.DRAFT else drawing.moment()
    if state is LineState.CANCELLED and drawing.chance.random() < 0.2:
        submitted = None  # Withdrawn before it was sent.
    ended = state in (*_ENDED, LineState.FULFILLED, LineState.NOT_FOUND)
    return {
        "id": number,
        "request_id": 1 + (number - 1) // 2,
        "dossier_id": drawing.one_of(dossiers),
        "reader_id": drawing.person(),
        "kind": drawing.one_of(tuple(RequestKind)),
        "state": state,
        "visitor": "",
        "submitted_at": submitted,
        "closed_at": drawing.moment(submitted) if ended else None,
    }


def _decisions(drawing: Drawing, line: dict[str, Any]) -> list[dict[str, Any]]:
    """The head's signature alone, or both; a line on its way has at most the first."""
    state, at = line["state"], line["submitted_at"]
    if at is None or state is LineState.SUBMITTED or (state in _ENDED and drawing.chance.random() < 0.4):
        return []
    both = state is not LineState.HEAD_APPROVED and drawing.chance.random() < 0.5
    stages = (DecisionStage.HEAD, DecisionStage.RECORDS) if both else (DecisionStage.HEAD,)
    rows = []
    for stage in stages:
        at = drawing.moment(at)
        approved = state is not LineState.REJECTED or stage is not stages[-1]
        rows.append({
            "line_id": line["id"],
            "stage": stage,
            "approved": approved,
            "decided_by_id": drawing.person(),
            "decided_at": at,
        })  # fmt: skip
    return rows


def _loan(drawing: Drawing, number: int, volumes: dict[int, int]) -> dict[str, Any]:
    issued = drawing.moment()
    issued_on = drawing.office_day(issued)
    state = drawing.one_of((LoanState.RETURNED,) * 5 + (LoanState.ON_LOAN,) * 3 + (LoanState.LOST, LoanState.VOIDED))
    back = state in (LoanState.RETURNED, LoanState.VOIDED)
    due = drawing.one_of((issued_on, issued_on + timedelta(days=3), drawing.day(issued_on, ahead=5)))
    returned = drawing.one_of((issued_on, due, due + timedelta(days=1), drawing.day(issued_on))) if back else None
    return {
        "id": number,
        "volume_id": drawing.one_of(tuple(volumes)),
        "line_id": 1 + drawing.chance.randrange(_LINES),
        "borrower_id": drawing.person(),
        "state": state,
        "issued_at": issued,
        "issued_on": issued_on,
        "issued_by_id": 2,
        "due_on": due,
        "original_due_on": due,
        "sheets_issued": 10,
        "returned_on": min(returned, drawing.today) if returned else None,
        "recorded_at": drawing.moment(issued) if returned else None,
        "condition_issued": Condition.GOOD,
        "in_reading_room": drawing.chance.random() < 0.3,
    }


def _events(drawing: Drawing, loan: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "loan_id": loan["id"],
            "what": drawing.one_of(tuple(LoanEventKind)),
            "at": drawing.moment(loan["issued_at"]),
            "by_id": drawing.one_of((None, 2)),
            "due_before": loan["due_on"],
            "due_after": loan["due_on"],
        }
        for _ in range(drawing.one_of((0, 0, 1, 2)))
    ]


def _grant(drawing: Drawing, number: int, dossiers: list[int]) -> dict[str, Any]:
    granted = drawing.moment()
    ended = drawing.perhaps(granted, 0.4)
    return {
        "id": number,
        "person_id": drawing.person(),
        "dossier_id": drawing.one_of(dossiers),
        "both_signed": True,
        "granted_at": granted,
        "until_date": drawing.day(drawing.office_day(granted), ahead=10),
        "ended_at": ended,
        "ended_reason": "given back" if ended else None,
        "granted_by_id": 1,
    }


def _entry(drawing: Drawing, number: int, dossiers: list[int]) -> dict[str, Any]:
    action = drawing.one_of(("page:look",) * 5 + ("document:download",) * 3 + ("page:turn", "client:look"))
    no_dossier = action == "client:look"
    return {
        "id": number,
        "at": drawing.moment(),
        "actor_id": drawing.one_of((*drawing.people, None)),
        "action": action,
        "subject": f"clients:{number}" if no_dossier else f"documents:{number}",
        "dossier_id": None if no_dossier else drawing.one_of(dossiers),
        "details": {},
        "nonce": f"{number:032x}",
        "digest": f"{number:064x}",
    }


def _handover(drawing: Drawing, number: int, person: int) -> dict[str, Any]:
    kind = drawing.one_of(tuple(HandoverKind))
    state = drawing.one_of(tuple(HandoverState))
    opened = drawing.moment()
    open_still = state is HandoverState.OPEN
    return {
        "id": number,
        "person_id": person,
        "kind": kind,
        "last_day": drawing.day(drawing.office_day(opened), ahead=30),
        "from_department_id": drawing.one_of(drawing.departments),
        "to_department_id": drawing.one_of(drawing.departments) if kind is HandoverKind.TRANSFER else None,
        "state": state,
        "opened_at": opened,
        "opened_by_id": 1,
        "closed_at": None if open_still else drawing.moment(opened),
        "closed_by_id": None if open_still else 1,
    }
