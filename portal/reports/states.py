"""The states of a report as a table of data: (state, action) → (next state, permission)."""

from __future__ import annotations

from enum import StrEnum

from portal.core.messages import N_
from portal.core.permissions import Permission


class ReportKind(StrEnum):
    """What a report is made of."""

    STATISTICS = "statistics"
    LIST = "list"
    """A list of clients or dossiers with chosen columns."""


REPORT_KIND_NAMES: dict[ReportKind, str] = {
    ReportKind.STATISTICS: N_("Statistics"),
    ReportKind.LIST: N_("Custom list"),
}


class ReportState(StrEnum):
    """How far a report has come."""

    DRAFT = "draft"
    """Its figures are those of the moment at which it is looked at."""
    IN_REVIEW = "in_review"
    """From here on its figures are frozen."""
    REVIEWED = "reviewed"
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"
    DISCARDED = "discarded"


REPORT_STATE_NAMES: dict[ReportState, str] = {
    ReportState.DRAFT: N_("Draft"),
    ReportState.IN_REVIEW: N_("In review"),
    ReportState.REVIEWED: N_("Reviewed, to be issued"),
    ReportState.ISSUED: N_("Signed and issued"),
    ReportState.WITHDRAWN: N_("Withdrawn"),
    ReportState.DISCARDED: N_("Draft discarded"),
}

UNISSUED = (ReportState.DRAFT, ReportState.IN_REVIEW, ReportState.REVIEWED)
"""On its way: it belongs to somebody who has to see it through."""
KEPT = (ReportState.ISSUED, ReportState.WITHDRAWN)
"""It has a number, and never changes."""


class ReportAction(StrEnum):
    """What is done with a report; each is a line of its history."""

    PREPARE = "prepare"
    CHANGE = "change"
    HAND_ON = "hand_on"
    SUBMIT = "submit"
    TAKE_BACK = "take_back"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    ISSUE = "issue"
    WITHDRAW = "withdraw"
    DISCARD = "discard"
    NAME_SUCCESSOR = "name_successor"


REPORT_ACTION_NAMES: dict[ReportAction, str] = {
    ReportAction.PREPARE: N_("Prepared"),
    ReportAction.CHANGE: N_("Changed"),
    ReportAction.HAND_ON: N_("Handed to a colleague"),
    ReportAction.SUBMIT: N_("Sent for review, figures frozen"),
    ReportAction.TAKE_BACK: N_("Taken back"),
    ReportAction.APPROVE: N_("Reviewed"),
    ReportAction.SEND_BACK: N_("Sent back"),
    ReportAction.ISSUE: N_("Signed and issued"),
    ReportAction.WITHDRAW: N_("Withdrawn"),
    ReportAction.DISCARD: N_("Draft discarded"),
    ReportAction.NAME_SUCCESSOR: N_("Successor named"),
}

_S, _A, _P = ReportState, ReportAction, Permission

REPORT: dict[tuple[ReportState, ReportAction], tuple[ReportState, Permission]] = {
    (_S.DRAFT, _A.CHANGE): (_S.DRAFT, _P.REPORT_MAKE),
    (_S.DRAFT, _A.SUBMIT): (_S.IN_REVIEW, _P.REPORT_MAKE),
    (_S.DRAFT, _A.DISCARD): (_S.DISCARDED, _P.REPORT_MAKE),
    (_S.IN_REVIEW, _A.APPROVE): (_S.REVIEWED, _P.REPORT_REVIEW),
    (_S.IN_REVIEW, _A.SEND_BACK): (_S.DRAFT, _P.REPORT_REVIEW),
    (_S.REVIEWED, _A.ISSUE): (_S.ISSUED, _P.REPORT_ISSUE),
    (_S.REVIEWED, _A.SEND_BACK): (_S.DRAFT, _P.REPORT_ISSUE),
    (_S.ISSUED, _A.WITHDRAW): (_S.WITHDRAWN, _P.REPORT_ISSUE),
    (_S.WITHDRAWN, _A.NAME_SUCCESSOR): (_S.WITHDRAWN, _P.REPORT_ISSUE),
    # Nobody may be there who could sign: whose it is gets it back.
    (_S.IN_REVIEW, _A.TAKE_BACK): (_S.DRAFT, _P.REPORT_MAKE),
    (_S.REVIEWED, _A.TAKE_BACK): (_S.DRAFT, _P.REPORT_MAKE),
    # Whoever leaves hands on what they have begun, wherever it is on its way.
    (_S.DRAFT, _A.HAND_ON): (_S.DRAFT, _P.REPORT_MAKE),
    (_S.IN_REVIEW, _A.HAND_ON): (_S.IN_REVIEW, _P.REPORT_MAKE),
    (_S.REVIEWED, _A.HAND_ON): (_S.REVIEWED, _P.REPORT_MAKE),
}
"""Who of those with the permission may is a rule of the services: three different people, and nobody who leaves."""
