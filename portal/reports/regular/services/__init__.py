"""Asking for regular reports, signing, ending them, and making their drafts."""

from portal.reports.regular.services.asking import NewRegular, ask_for_report, set_up_schedule
from portal.reports.regular.services.drafting import make_draft, make_due_drafts
from portal.reports.regular.services.ending import (
    end_regular,
    hand_regular_on,
    may_end,
    may_hand_on,
    name_preparer,
    withdraw_regular,
)
from portal.reports.regular.services.previewing import preview_list
from portal.reports.regular.services.signing import decide_regular

__all__ = [
    "NewRegular",
    "ask_for_report",
    "decide_regular",
    "end_regular",
    "hand_regular_on",
    "make_draft",
    "make_due_drafts",
    "may_end",
    "may_hand_on",
    "name_preparer",
    "preview_list",
    "set_up_schedule",
    "withdraw_regular",
]
