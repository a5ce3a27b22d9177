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
    SEND_TO_REPAIR = "send_to_repair"
    END_REPAIR = "end_repair"
    SEND_TO_SCANNING = "send_to_scanning"
    END_SCANNING = "end_scanning"


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
    (Custody.ON_SHELF, CustodyAction.SEND_TO_SCANNING): (Custody.BEING_SCANNED, Permission.PLACE_MANAGE),
    (Custody.RESERVED, CustodyAction.SEND_TO_SCANNING): (Custody.BEING_SCANNED, Permission.PLACE_MANAGE),
    (Custody.BEING_SCANNED, CustodyAction.END_SCANNING): (Custody.ON_SHELF, Permission.PLACE_MANAGE),
    (Custody.ON_SHELF, CustodyAction.SEND_TO_REPAIR): (Custody.IN_REPAIR, Permission.LOAN_RETURN),
    (Custody.RESERVED, CustodyAction.SEND_TO_REPAIR): (Custody.IN_REPAIR, Permission.LOAN_RETURN),
    (Custody.IN_REPAIR, CustodyAction.END_REPAIR): (Custody.ON_SHELF, Permission.LOAN_RETURN),
}


class Condition(StrEnum):
    """In what state the paper is, from good to bad in the order of their writing."""

    GOOD = "good"
    WORN = "worn"
    FADED = "faded"
    DAMP = "damp"
    DAMAGED = "damaged"
    MOULD = "mould"


CONDITION_NAMES: dict[Condition, str] = {
    Condition.GOOD: N_("Good"),
    Condition.WORN: N_("Worn"),
    Condition.FADED: N_("Ink faded"),
    Condition.DAMP: N_("Damp"),
    Condition.DAMAGED: N_("Damaged"),
    Condition.MOULD: N_("Mould"),
}


def is_worse(now: Condition, before: Condition) -> bool:
    """Whether the paper has suffered since."""
    order = list(Condition)
    return order.index(now) > order.index(before)


class PlaceKind(StrEnum):
    """What a place is, from the widest to the narrowest."""

    SITE = "site"
    ROOM = "room"
    CABINET = "cabinet"
    SHELF = "shelf"
    BOX = "box"


PLACE_KIND_NAMES: dict[PlaceKind, str] = {
    PlaceKind.SITE: N_("Site"),
    PlaceKind.ROOM: N_("Room"),
    PlaceKind.CABINET: N_("Cabinet"),
    PlaceKind.SHELF: N_("Shelf"),
    PlaceKind.BOX: N_("Box"),
}


class MoveKind(StrEnum):
    """What a line of the history tells."""

    HOME = "home"
    """A volume belongs to another place from now on."""
    PRESENT = "present"
    """A volume was put down somewhere, or went back home."""
    CUSTODY = "custody"
    """A volume came into another custody."""
    PLACE = "place"
    """A place was moved, with everything in it."""
