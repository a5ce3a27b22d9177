"""The states of a handover, as data."""

from __future__ import annotations

from enum import StrEnum

from portal.core.messages import N_


class HandoverKind(StrEnum):
    """Why somebody hands over."""

    LEAVING = "leaving"
    TRANSFER = "transfer"


HANDOVER_KIND_NAMES: dict[HandoverKind, str] = {
    HandoverKind.LEAVING: N_("Leaves the company"),
    HandoverKind.TRANSFER: N_("Moves to another department"),
}


class HandoverState(StrEnum):
    """How far a handover has come. Which signatures it has is read off their rows; "late" is computed."""

    OPEN = "open"
    SIGNED_OFF = "signed_off"
    CALLED_OFF = "called_off"


class HandoverAction(StrEnum):
    """What can be done with a handover."""

    SIGN_OFF = "sign_off"
    CALL_OFF = "call_off"


HANDOVER: dict[tuple[HandoverState, HandoverAction], HandoverState] = {
    (HandoverState.OPEN, HandoverAction.SIGN_OFF): HandoverState.SIGNED_OFF,
    (HandoverState.OPEN, HandoverAction.CALL_OFF): HandoverState.CALLED_OFF,
}
"""Who may is no permission alone: `portal.handover.rules`."""

HANDOVER_STATE_NAMES: dict[HandoverState, str] = {
    HandoverState.OPEN: N_("Under way"),
    HandoverState.SIGNED_OFF: N_("Signed off"),
    HandoverState.CALLED_OFF: N_("Called off"),
}


class LetterChannel(StrEnum):
    """How a client is told."""

    PRINT = "print"
    MAIL = "mail"


LETTER_CHANNEL_NAMES: dict[LetterChannel, str] = {
    LetterChannel.PRINT: N_("By letter"),
    LetterChannel.MAIL: N_("By e-mail"),
}
