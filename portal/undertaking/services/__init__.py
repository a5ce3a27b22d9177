"""What is done with the undertaking. Each function checks permission and rules, records in the trail, never commits."""

from portal.undertaking.services.accepting import accept, asked_from_on, hold_at_log_in
from portal.undertaking.services.breaches import add_measure, close_breach, erase_breach, record_breach
from portal.undertaking.services.versions import approve_version, save_draft, send_back, submit_draft

__all__ = [
    "accept",
    "add_measure",
    "approve_version",
    "asked_from_on",
    "close_breach",
    "erase_breach",
    "hold_at_log_in",
    "record_breach",
    "save_draft",
    "send_back",
    "submit_draft",
]
