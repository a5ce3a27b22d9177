"""The states of a dossier's opening and of a volume's custody, as data."""

from __future__ import annotations

from enum import StrEnum

from portal.core.messages import N_
from portal.core.permissions import Permission


class DossierState(StrEnum):
    """How far the opening has come (R3)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    OPEN = "open"


class OpeningAction(StrEnum):
    """What can be done with an opening."""

    SUBMIT = "submit"
    APPROVE = "approve"
    SEND_BACK = "send_back"


OPENING: dict[tuple[DossierState, OpeningAction], tuple[DossierState, Permission]] = {
    (DossierState.DRAFT, OpeningAction.SUBMIT): (DossierState.SUBMITTED, Permission.DOSSIER_OPEN),
    (DossierState.SUBMITTED, OpeningAction.APPROVE): (DossierState.OPEN, Permission.DOSSIER_DECIDE),
    (DossierState.SUBMITTED, OpeningAction.SEND_BACK): (DossierState.DRAFT, Permission.DOSSIER_DECIDE),
}

DOSSIER_STATE_NAMES: dict[DossierState, str] = {
    DossierState.DRAFT: N_("Draft"),
    DossierState.SUBMITTED: N_("Waiting for approval"),
    DossierState.OPEN: N_("Open"),
}


class Custody(StrEnum):
    """Where a volume is (D5)."""

    ON_SHELF = "on_shelf"
    RESERVED = "reserved"
    ON_LOAN = "on_loan"
    IN_REPAIR = "in_repair"
    BEING_SCANNED = "being_scanned"
    MISSING = "missing"
    DISPOSED = "disposed"


CUSTODY_NAMES: dict[Custody, str] = {
    Custody.ON_SHELF: N_("On shelf"),
    Custody.RESERVED: N_("Reserved"),
    Custody.ON_LOAN: N_("On loan"),
    Custody.IN_REPAIR: N_("In repair"),
    Custody.BEING_SCANNED: N_("Being scanned"),
    Custody.MISSING: N_("Missing"),
    Custody.DISPOSED: N_("Disposed"),
}


class CustodyAction(StrEnum):
    """What moves a volume from one custody to another."""

    RESERVE = "reserve"
    RELEASE = "release"
    ISSUE = "issue"
    RETURN = "return"
    LOSE = "lose"
    FIND = "find"


CUSTODY: dict[tuple[Custody, CustodyAction], tuple[Custody, Permission]] = {
    (Custody.ON_SHELF, CustodyAction.RESERVE): (Custody.RESERVED, Permission.REQUEST_FILE),
    (Custody.RESERVED, CustodyAction.RELEASE): (Custody.ON_SHELF, Permission.REQUEST_FILE),
    (Custody.ON_SHELF, CustodyAction.ISSUE): (Custody.ON_LOAN, Permission.LOAN_ISSUE),
    (Custody.RESERVED, CustodyAction.ISSUE): (Custody.ON_LOAN, Permission.LOAN_ISSUE),
    (Custody.ON_LOAN, CustodyAction.RETURN): (Custody.ON_SHELF, Permission.LOAN_RETURN),
    (Custody.ON_SHELF, CustodyAction.LOSE): (Custody.MISSING, Permission.LOAN_ISSUE),
    (Custody.RESERVED, CustodyAction.LOSE): (Custody.MISSING, Permission.LOAN_ISSUE),
    (Custody.ON_LOAN, CustodyAction.LOSE): (Custody.MISSING, Permission.LOAN_RETURN),
    (Custody.MISSING, CustodyAction.FIND): (Custody.ON_SHELF, Permission.LOAN_RETURN),
}
