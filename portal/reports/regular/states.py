"""A regular report as a table of data: (state, action) → (next state, permission)."""

from __future__ import annotations

from enum import StrEnum

from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.reports.periods import PeriodKind


class RegularState(StrEnum):
    """How far a regular report has come."""

    FOR_RECORDS = "for_records"
    """It waits for the signature of the records manager."""
    FOR_GENERAL = "for_general"
    """It waits for the signature of the general manager."""
    ACTIVE = "active"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


class RegularAction(StrEnum):
    """What can be done with one."""

    SIGN_RECORDS = "sign_records"
    SIGN_RECORDS_LAST = "sign_records_last"
    """The general manager asks: the records manager's signature is the only one."""
    SIGN_GENERAL = "sign_general"
    REFUSE_RECORDS = "refuse_records"
    REFUSE_GENERAL = "refuse_general"
    WITHDRAW = "withdraw"
    END = "end"


class RegularStage(StrEnum):
    """Which signature a decision is."""

    RECORDS = "records"
    GENERAL = "general"


_S, _A, _P = RegularState, RegularAction, Permission

REGULAR: dict[tuple[RegularState, RegularAction], tuple[RegularState, Permission]] = {
    (_S.FOR_RECORDS, _A.SIGN_RECORDS): (_S.FOR_GENERAL, _P.REGULAR_DECIDE),
    (_S.FOR_RECORDS, _A.SIGN_RECORDS_LAST): (_S.ACTIVE, _P.REGULAR_DECIDE),
    (_S.FOR_RECORDS, _A.REFUSE_RECORDS): (_S.REFUSED, _P.REGULAR_DECIDE),
    (_S.FOR_RECORDS, _A.WITHDRAW): (_S.WITHDRAWN, _P.REGULAR_ASK),
    (_S.FOR_GENERAL, _A.SIGN_GENERAL): (_S.ACTIVE, _P.REGULAR_DECIDE),
    (_S.FOR_GENERAL, _A.REFUSE_GENERAL): (_S.REFUSED, _P.REGULAR_DECIDE),
    (_S.FOR_GENERAL, _A.WITHDRAW): (_S.WITHDRAWN, _P.REGULAR_ASK),
    # Whose it is to end is a rule of the service.
    (_S.ACTIVE, _A.END): (_S.ENDED, _P.REGULAR_ASK),
}

STAGES: dict[RegularState, RegularStage] = {
    RegularState.FOR_RECORDS: RegularStage.RECORDS,
    RegularState.FOR_GENERAL: RegularStage.GENERAL,
}
"""Whose signature a state waits for."""
OPEN_STATES = (RegularState.FOR_RECORDS, RegularState.FOR_GENERAL, RegularState.ACTIVE)
"""In these it is somebody's business."""

REGULAR_STATE_NAMES: dict[RegularState, str] = {
    RegularState.FOR_RECORDS: N_("Waiting for the records manager"),
    RegularState.FOR_GENERAL: N_("Waiting for the general manager"),
    RegularState.ACTIVE: N_("Active"),
    RegularState.REFUSED: N_("Refused"),
    RegularState.WITHDRAWN: N_("Withdrawn"),
    RegularState.ENDED: N_("Ended"),
}
STAGE_NAMES: dict[RegularStage, str] = {
    RegularStage.RECORDS: N_("Records manager"),
    RegularStage.GENERAL: N_("General manager"),
}
EVERY_NAMES: dict[PeriodKind, str] = {
    PeriodKind.MONTH: N_("Every month"),
    PeriodKind.QUARTER: N_("Every quarter"),
    PeriodKind.HALF_YEAR: N_("Every half-year"),
    PeriodKind.YEAR: N_("Every year"),
}
"""How often a regular report is made."""
