"""Requests and loans as tables of data: (state, action) → (next state, permission)."""

from __future__ import annotations

from enum import StrEnum

from portal.core.messages import N_
from portal.core.permissions import Permission


class RequestKind(StrEnum):
    """What is asked for: the pages on the screen, or the paper, to take away or to read in the reading room."""

    READ = "read"
    BORROW = "borrow"
    READ_IN_ROOM = "room"


PAPER_KINDS = (RequestKind.BORROW, RequestKind.READ_IN_ROOM)
"""What is asked for volume by volume and handed out at the desk."""


class LineState(StrEnum):
    """The state of one request line (one dossier, one reader)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    HEAD_APPROVED = "head_approved"
    READY = "ready"
    FULFILLED = "fulfilled"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    NOT_FOUND = "not_found"


OPEN_LINE_STATES = (LineState.SUBMITTED, LineState.HEAD_APPROVED, LineState.READY)
"""A reader has at most one line in these states per dossier and kind, a host one for each visitor (partial unique
index)."""


class LineAction(StrEnum):
    """What can be done with a request line."""

    SUBMIT = "submit"
    HEAD_APPROVE = "head_approve"
    HEAD_APPROVE_FINAL = "head_approve_final"
    RECORDS_APPROVE = "records_approve"
    HEAD_REJECT = "head_reject"
    RECORDS_REJECT = "records_reject"
    CANCEL = "cancel"
    EXPIRE = "expire"
    GRANT = "grant"
    FULFIL = "fulfil"
    REPORT_NOT_FOUND = "report_not_found"
    END_PARTLY = "end_partly"
    TURN_UP = "turn_up"
    REOPEN = "reopen"


_S, _A, _P = LineState, LineAction, Permission

LINE: dict[tuple[LineState, LineAction], tuple[LineState, Permission]] = {
    (_S.DRAFT, _A.SUBMIT): (_S.SUBMITTED, _P.REQUEST_FILE),
    # General dossiers need the head alone; important and core ones go on to the records manager.
    (_S.SUBMITTED, _A.HEAD_APPROVE_FINAL): (_S.READY, _P.REQUEST_DECIDE),
    (_S.SUBMITTED, _A.HEAD_APPROVE): (_S.HEAD_APPROVED, _P.REQUEST_DECIDE),
    (_S.SUBMITTED, _A.HEAD_REJECT): (_S.REJECTED, _P.REQUEST_DECIDE),
    (_S.HEAD_APPROVED, _A.RECORDS_APPROVE): (_S.READY, _P.REQUEST_DECIDE_RECORDS),
    (_S.HEAD_APPROVED, _A.RECORDS_REJECT): (_S.REJECTED, _P.REQUEST_DECIDE_RECORDS),
    (_S.DRAFT, _A.CANCEL): (_S.CANCELLED, _P.REQUEST_FILE),
    (_S.SUBMITTED, _A.CANCEL): (_S.CANCELLED, _P.REQUEST_FILE),
    (_S.HEAD_APPROVED, _A.CANCEL): (_S.CANCELLED, _P.REQUEST_FILE),
    (_S.READY, _A.CANCEL): (_S.CANCELLED, _P.REQUEST_FILE),
    # The calendar lets a request lapse; whoever asks anew clears their own lapsed request away.
    (_S.SUBMITTED, _A.EXPIRE): (_S.EXPIRED, _P.REQUEST_FILE),
    (_S.HEAD_APPROVED, _A.EXPIRE): (_S.EXPIRED, _P.REQUEST_FILE),
    (_S.READY, _A.EXPIRE): (_S.EXPIRED, _P.REQUEST_FILE),
    # What was handed out stays handed out: a request served in part ends as fulfilled, not as withdrawn.
    (_S.READY, _A.END_PARTLY): (_S.FULFILLED, _P.REQUEST_FILE),
    # The last signature on a request to read is also its fulfilment: the grant.
    (_S.READY, _A.GRANT): (_S.FULFILLED, _P.REQUEST_DECIDE),
    (_S.READY, _A.FULFIL): (_S.FULFILLED, _P.LOAN_ISSUE),
    (_S.READY, _A.REPORT_NOT_FOUND): (_S.NOT_FOUND, _P.LOAN_ISSUE),
    # What was missing has turned up: the request waits for the clerk again.
    (_S.NOT_FOUND, _A.TURN_UP): (_S.READY, _P.LOAN_RETURN),
    # A loan voided on its day was never handed out: what it fulfilled waits for the clerk again.
    (_S.FULFILLED, _A.REOPEN): (_S.READY, _P.LOAN_VOID),
}

AUTOMATIC_LINE_ACTIONS = frozenset({LineAction.EXPIRE, LineAction.END_PARTLY})
"""What the portal itself may do with a line while nobody acts."""

LINE_STATE_NAMES: dict[LineState, str] = {
    LineState.DRAFT: N_("Draft"),
    LineState.SUBMITTED: N_("Waiting for the head"),
    LineState.HEAD_APPROVED: N_("Waiting for the records manager"),
    LineState.READY: N_("Approved, ready to fetch"),
    LineState.FULFILLED: N_("Fulfilled"),
    LineState.REJECTED: N_("Rejected"),
    LineState.CANCELLED: N_("Cancelled"),
    LineState.EXPIRED: N_("Expired"),
    LineState.NOT_FOUND: N_("Not found on the shelf"),
}
REQUEST_KIND_NAMES: dict[RequestKind, str] = {
    RequestKind.READ: N_("Read on screen"),
    RequestKind.BORROW: N_("Borrow the paper file"),
    RequestKind.READ_IN_ROOM: N_("Read the paper in the reading room"),
}


class LoanState(StrEnum):
    """The state of a loan. "Overdue" is computed, never stored."""

    ON_LOAN = "on_loan"
    RETURNED = "returned"
    LOST = "lost"
    VOIDED = "voided"


class LoanAction(StrEnum):
    """What can be done with a loan."""

    RETURN = "return"
    LOSE = "lose"
    FIND = "find"
    VOID = "void"
    RENEW = "renew"
    RECALL = "recall"
    ANNOUNCE = "announce"


LOAN: dict[tuple[LoanState, LoanAction], tuple[LoanState, Permission]] = {
    (LoanState.ON_LOAN, LoanAction.RETURN): (LoanState.RETURNED, Permission.LOAN_RETURN),
    (LoanState.ON_LOAN, LoanAction.LOSE): (LoanState.LOST, Permission.LOAN_RETURN),
    (LoanState.LOST, LoanAction.FIND): (LoanState.RETURNED, Permission.LOAN_RETURN),
    (LoanState.ON_LOAN, LoanAction.VOID): (LoanState.VOIDED, Permission.LOAN_VOID),
    # These three leave the loan open. Whose loan a borrower may renew or announce is a rule of the service.
    (LoanState.ON_LOAN, LoanAction.RENEW): (LoanState.ON_LOAN, Permission.REQUEST_FILE),
    (LoanState.ON_LOAN, LoanAction.RECALL): (LoanState.ON_LOAN, Permission.LOAN_ISSUE),
    (LoanState.ON_LOAN, LoanAction.ANNOUNCE): (LoanState.ON_LOAN, Permission.REQUEST_FILE),
}


class LoanEventKind(StrEnum):
    """What may happen to a loan while it is open. "Recalled" and "announced" are read off these, never stored."""

    RENEWED = "renewed"
    RECALLED = "recalled"
    ANNOUNCED = "announced"
    DUE_CHANGED = "due_changed"
    """The office calendar changed, and the due date with it."""


LOAN_EVENT_NAMES: dict[LoanEventKind, str] = {
    LoanEventKind.RENEWED: N_("Renewed"),
    LoanEventKind.RECALLED: N_("Recalled"),
    LoanEventKind.ANNOUNCED: N_("Return announced"),
    LoanEventKind.DUE_CHANGED: N_("Due date moved with the office calendar"),
}

LOAN_STATE_NAMES: dict[LoanState, str] = {
    LoanState.ON_LOAN: N_("On loan"),
    LoanState.RETURNED: N_("Returned"),
    LoanState.LOST: N_("Lost"),
    LoanState.VOIDED: N_("Voided"),
}
