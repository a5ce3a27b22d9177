"""Writes of lending. Every function checks permission and rules itself, records in the trail, never commits."""

from portal.lending.services.checking import check_issue, check_queue
from portal.lending.services.circulation import (
    announce_return,
    end_holds,
    recall_loan,
    renew_loan,
    renewal_obstacle,
    transfer_loan,
)
from portal.lending.services.decisions import decide, decide_as_head, decide_as_records
from portal.lending.services.grants import end_grant, revoke_grant
from portal.lending.services.issuing import (
    due_on_issue,
    issue_line,
    issue_volume,
    put_back,
    report_volume_not_found,
)
from portal.lending.services.outside import (
    KeptPaper,
    Visit,
    check_visit,
    file_outside_request,
    keep_paper,
    record_paper_look,
)
from portal.lending.services.repairs import end_repair, send_to_repair
from portal.lending.services.requests import (
    cancel_line,
    expire_requests,
    file_request,
    submit_line,
    withdraw_for_leaver,
)
from portal.lending.services.returning import find_loan, lose_loan, return_volume, void_loan
from portal.lending.services.scanning import end_scanning, send_to_scanning

__all__ = [
    "KeptPaper",
    "Visit",
    "announce_return",
    "cancel_line",
    "check_issue",
    "check_queue",
    "check_visit",
    "decide",
    "decide_as_head",
    "decide_as_records",
    "due_on_issue",
    "end_grant",
    "end_holds",
    "end_repair",
    "end_scanning",
    "expire_requests",
    "file_outside_request",
    "file_request",
    "find_loan",
    "issue_line",
    "issue_volume",
    "keep_paper",
    "lose_loan",
    "put_back",
    "recall_loan",
    "record_paper_look",
    "renew_loan",
    "renewal_obstacle",
    "report_volume_not_found",
    "return_volume",
    "revoke_grant",
    "send_to_repair",
    "send_to_scanning",
    "submit_line",
    "transfer_loan",
    "void_loan",
    "withdraw_for_leaver",
]
