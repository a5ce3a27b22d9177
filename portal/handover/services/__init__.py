"""What can be done with a handover: open it, change its day, look what is owed, sign, call it off."""

from portal.handover.services.closing import end_search, hand_draft, hand_search, withdraw_request
from portal.handover.services.looking import look
from portal.handover.services.opening import call_off, change_last_day, let_in_no_longer, open_handover, stop_downloads
from portal.handover.services.signing import sign
from portal.handover.services.successors import clients_to_hand_over, hand_clients, left_out

__all__ = [
    "call_off",
    "change_last_day",
    "clients_to_hand_over",
    "end_search",
    "hand_clients",
    "hand_draft",
    "hand_search",
    "left_out",
    "let_in_no_longer",
    "look",
    "open_handover",
    "sign",
    "stop_downloads",
    "withdraw_request",
]
