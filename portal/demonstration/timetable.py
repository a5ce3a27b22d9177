"""When each act of the demonstration archive took place: days by the plan and the calendar, hours of the office."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zlib import crc32
from zoneinfo import ZoneInfo

from portal.demonstration import leaving, reporting, undertaking
from portal.demonstration.archive import Archive
from portal.demonstration.lending_days import issue_day, return_day
from portal.demonstration.model import Loan

ActKind = Literal[
    "found",
    "draft_dossier",
    "submit_dossier",
    "approve_dossier",
    "draft_request",
    "file_request",
    "step",
    "issue",
    "return",
    "void",
    "file_document",
    "add_version",
    "save_search",
    "change_contact",
    "write_rules",
    "approve_rules",
    "accept_rules",
    "record_breach",
    "settle_breach",
    "keep_search",
    "open_handover",
    "submit_report",
    "review_report",
    "issue_report",
]
_HOURS: dict[str, time] = {
    "found": time(9, 0),
    "expire": time(5, 0),
    "draft_dossier": time(9, 0),
    "submit_dossier": time(9, 30),
    "approve_dossier": time(11, 0),
    "draft_request": time(9, 10),
    "file_request": time(9, 20),
    "submit": time(9, 40),
    "approve_head": time(11, 30),
    "approve_records": time(13, 0),
    "reject": time(13, 30),
    "cancel": time(14, 0),
    "issue_by_mistake": time(13, 35),
    "void": time(13, 55),
    "not_found": time(14, 20),
    "issue": time(14, 30),
    "issue_by_day": time(9, 45),
    "return": time(15, 30),
    "save_search": time(10, 15),
    "change_contact": time(17, 30),
    "write_rules": time(9, 5),
    "approve_rules": time(10, 5),
    "accept_rules": time(10, 40),
    "record_breach": time(11, 10),
    "settle_breach": time(15, 10),
    "keep_search": time(10, 20),
    "open_handover": time(16, 10),
    "submit_report": time(10, 0),
    "review_report": time(11, 0),
    "issue_report": time(12, 0),
    "file_document": time(16, 30),
    "add_version": time(17, 10),
}
"""When such things are done in the office: what comes first on a day stands first."""
_SPREAD = 17
"""Minutes by which acts of one kind lie apart, so that the trail does not look like clockwork."""
_MORNING = 220
"""The same for what is handed out on a request decided before: any hour of the morning, before anything comes back."""
_SETTLING_IN = timedelta(days=7)
_LONGEST_CLOSED = 30


@dataclass(frozen=True)
class Act:
    """Something somebody does: what kind of act, to the thing of which key, and which `step` of a request."""

    at: datetime
    kind: ActKind
    key: str = ""
    step: int = 0


def timetable(
    archive: Archive,
    zone: ZoneInfo,
    now: datetime,
    due_date: Callable[[date], date],
    is_open: Callable[[date], bool],
) -> list[Act]:
    """All acts in the order in which they happened, none later than `now`."""

    def act(kind: ActKind, day: date, key: str = "", *, hour: str = "", step: int = 0, later: bool = False) -> Act:
        if hour != "expire":  # Everything else is done by people, on working days.
            day = _working_day(day, is_open, later=later or kind in ("file_document", "add_version"))
        start = datetime.combine(day, _HOURS[hour or kind], zone)
        apart = _MORNING if hour == "issue_by_day" else _SPREAD
        return Act(start + timedelta(minutes=crc32(key.encode()) % apart), kind, key, step)

    acts = [act("found", min(dossier.opened_on for dossier in archive.dossiers) - _SETTLING_IN)]
    for dossier in archive.dossiers:
        acts.append(act("draft_dossier", dossier.opened_on, dossier.key))
        if dossier.state != "draft":
            acts.append(act("submit_dossier", dossier.opened_on, dossier.key))
        if dossier.state == "approved":
            acts.append(act("approve_dossier", dossier.opened_on, dossier.key))
    issued = {loan.request: issue_day(loan, archive.today, due_date, is_open) for loan in archive.loans}
    for request in archive.requests:
        reference = issued.get(request.key, archive.today)
        created = reference + timedelta(days=request.created)
        sent_at_once = bool(request.steps) and request.steps[0].days == request.created
        acts.append(act("file_request" if sent_at_once else "draft_request", created, request.key))
        for number, step in enumerate(request.steps):
            if number > 0 or not sent_at_once:
                day = reference + timedelta(days=step.days)
                acts.append(act("step", day, request.key, hour=step.action, step=number))
    asked_for = {request.key: request.dossier for request in archive.requests}
    decided_that_day = {request.key for request in archive.requests if any(step.days == 0 for step in request.steps)}
    by_mistake = {(asked_for[loan.request], loan.volume) for loan in archive.loans if loan.ends == "voided"}
    for loan in archive.loans:
        # After the decision of the day, and after the same volume was handed out by mistake.
        is_later = loan.request in decided_that_day or (asked_for[loan.request], loan.volume) in by_mistake
        hour = "issue" if is_later else "issue_by_day"
        acts.extend(_loan_acts(loan, issued[loan.request], hour, act, due_date, is_open))
    acts += [act("file_document", document.date, document.key) for document in archive.documents]
    acts += [
        act("add_version", document.better_on, document.key) for document in archive.documents if document.better_on
    ]
    acts += [
        act("write_rules", archive.today + undertaking.WRITTEN),
        act("approve_rules", archive.today + undertaking.APPROVED),
        act("record_breach", archive.today + undertaking.BREACH),
        act("settle_breach", archive.today + undertaking.SETTLED),
        act("keep_search", archive.today + leaving.SEARCHED),
        act("open_handover", archive.today + leaving.OPENED),
    ]
    acts += [
        act("accept_rules", archive.today + undertaking.ACCEPTED, person.key)
        for person in archive.people
        if person.key not in undertaking.NOT_YET
    ]
    acts += _report_acts(archive.today, act)
    for saved in archive.saved_searches:
        acts.append(act("save_search", archive.today + timedelta(days=saved.days), saved.key))
    for change in archive.contact_changes:
        acts.append(act("change_contact", archive.today + timedelta(days=change.days), change.key))
    # On the archive's own day the office may not have got that far yet: the order stays, the hour is the present.
    return [Act(min(a.at, now), a.kind, a.key, a.step) for a in sorted(acts, key=lambda a: a.at)]


def _report_acts(today: date, act: Callable[..., Act]) -> list[Act]:
    """Each step of a report on a day of its own; the latest one is only sent for review."""
    months = reporting.months_before(today)
    acts = []
    for month in months:
        after = month.last + timedelta(days=1)
        steps = [("submit_report", reporting.SUBMITTED)]
        if month is not months[-1]:
            steps += [("review_report", reporting.REVIEWED), ("issue_report", reporting.ISSUED)]
        acts += [act(kind, min(after + days, today), month.first.isoformat(), later=True) for kind, days in steps]
    return acts


def _working_day(day: date, is_open: Callable[[date], bool], *, later: bool) -> date:
    """`day` or the open day before it; `later`: after it (a letter is not filed before it is written)."""
    step = timedelta(days=1 if later else -1)
    return next((near for n in range(_LONGEST_CLOSED) if is_open(near := day + n * step)), day)


def _loan_acts(
    loan: Loan,
    issued: date,
    hour: str,
    act: Callable[..., Act],
    due_date: Callable[[date], date],
    is_open: Callable[[date], bool],
) -> list[Act]:
    if loan.ends == "voided":
        return [act("issue", issued, loan.key, hour="issue_by_mistake"), act("void", issued, loan.key)]
    acts = [act("issue", issued, loan.key, hour=hour)]
    if loan.due is None:
        acts.append(act("return", return_day(loan, due_date(issued), issued, is_open), loan.key))
    return acts
