"""Writes of lending. Every function checks permission and rules itself, records in the trail, never commits."""

from portal.lending.services.decisions import decide_as_head, decide_as_records, end_grant
from portal.lending.services.issuing import (
    check_issue,
    check_line,
    issue_line,
    issue_volume,
    put_back,
    report_volume_not_found,
)
from portal.lending.services.requests import cancel_line, expire_requests, file_request, submit_line
from portal.lending.services.returning import find_loan, lose_loan, return_volume, void_loan

__all__ = [
    "cancel_line",
    "check_issue",
    "check_line",
    "decide_as_head",
    "decide_as_records",
    "end_grant",
    "expire_requests",
    "file_request",
    "find_loan",
    "issue_line",
    "issue_volume",
    "lose_loan",
    "put_back",
    "report_volume_not_found",
    "return_volume",
    "submit_line",
    "void_loan",
]
