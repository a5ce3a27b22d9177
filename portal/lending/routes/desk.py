"""The counter: what to fetch, what is out, one field for the barcode reader."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.errors import Conflict, Invalid
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.dossiers.models import Volume
from portal.dossiers.states import Custody
from portal.http.edge import current_work, say
from portal.lending import queries, services
from portal.lending.errors import ConfirmationNeeded
from portal.lending.forms import IssueForm, LineForm
from portal.lending.models import RequestLine
from portal.lending.routes.room import lending, page, refused

SHOWN = 50
"""Requests to fetch, and loans, on the page; the rest is in the lists of their own."""


@lending.page("/desk", may=Permission.LOAN_ISSUE)
def desk() -> ResponseReturnValue:
    """What to fetch, what is out. `?barcode=` goes to a volume: to its return if it is on loan."""
    barcode = request.args.get("barcode", "").strip()
    if not barcode:
        return _desk()
    work = current_work()
    volume = queries.volume_by_barcode(work.session, work.person, barcode)
    if volume is None:
        return _desk(unknown=barcode, status=404)
    if volume.custody == Custody.ON_LOAN:
        loan = queries.open_loan_of_volume(work.session, volume.id)
    else:
        loan = queries.lost_loan_of_volume(work.session, volume.id) if volume.custody == Custody.MISSING else None
    if loan is not None:
        return redirect(url_for("lending.loan_page", loan_id=loan.id))
    return _desk(volume=volume)


def _desk(
    *, volume: Volume | None = None, unknown: str = "", trouble: str | None = None, status: int = 200
) -> ResponseReturnValue:
    work = current_work()
    queue = queries.desk_queue(work.session, work.person, work.today)
    checks = services.check_queue(work, queue)
    lines = list(queue[:SHOWN])
    if volume is not None:  # What was asked for by its barcode stands above the list, wherever in it it is.
        lines += [line for line in queue[SHOWN:] if any(row.volume_id == volume.id for row in line.volumes)]
    forms = {line.id: None if checks[line.id].impossible else _issue_form(line) for line in lines}
    loans = queries.open_loans(work.session, work.person, work.today, limit=SHOWN + 1)
    first = queries.first_in_line(work.session, volume.id, work.today) if volume else None
    content = page(
        "desk.html",
        lines=lines,
        forms=forms,
        checks=checks,
        more_lines=len(queue) - len(lines),
        due_on=services.due_on_issue(work),
        loans=loans[:SHOWN],
        more_loans=len(loans) > SHOWN,
        announced=queries.announced_returns(work.session, work.person, work.today),
        missing=queries.missing_volumes(work.session, work.person),
        volume=volume,
        first=first,
        button=lambda row: LineForm(formdata=None, row_version=row.row_version),
        unknown=unknown,
        trouble=trouble,
    )
    return content, status


def _issue_form(line: RequestLine) -> IssueForm | None:
    """The button of one request; None while none of its volumes stands on the shelf."""
    ids = [volume.id for volume in queries.volumes_at_hand(line)]
    return IssueForm(formdata=None, data={"row_version": line.row_version, "volume_ids": ids}) if ids else None


@lending.page("/requests/<int:line_id>/issue", may=Permission.LOAN_ISSUE, methods=["POST"], once=True)
def issue(line_id: int) -> ResponseReturnValue:
    """Hand out the volumes of an approved request."""
    work = current_work()
    form = IssueForm()
    if not form.validate_on_submit():
        raise Invalid()
    ids = form.volume_ids.data or None
    try:
        loans = services.issue_line(
            work,
            line_id,
            form.version(),
            volume_ids=ids,
            confirmed=bool(form.confirmed.data),
            in_reading_room=bool(form.in_reading_room.data),
            override_reason=form.override_reason.data or "",
        )
    except ConfirmationNeeded as error:
        trouble = refused(error)
        line = queries.line_for(work.session, work.person, line_id, work.today)
        again = IssueForm(formdata=None, data={"row_version": form.row_version.data, "volume_ids": ids or []})
        content = page(
            "confirm_issue.html",
            line=line,
            form=again,
            questions=error.questions,
            needs_reason=error.needs_reason,
            count=len(ids or []),
            due_on=services.due_on_issue(work, in_reading_room=bool(form.in_reading_room.data)),
            trouble=trouble,
        )
        return content, error.status
    except Conflict as error:
        return _desk(trouble=refused(error), status=error.status)
    barcodes = ", ".join(loan.volume.barcode for loan in loans)
    say(N_("Handed out to %(name)s: %(volumes)s."), name=loans[0].borrower.name, volumes=barcodes)
    return redirect(url_for("lending.desk"))


@lending.page(
    "/requests/<int:line_id>/volumes/<int:volume_id>/not-found",
    may=Permission.LOAN_ISSUE,
    methods=["POST"],
    once=True,
)
def report_not_found(line_id: int, volume_id: int) -> ResponseReturnValue:
    """A volume is not where it should be."""
    form = LineForm()
    try:
        services.report_volume_not_found(current_work(), line_id, volume_id, form.version())
    except Conflict as error:
        return _desk(trouble=refused(error), status=error.status)
    say(N_("The volume is recorded as missing. The reader sees it on the request."))
    return redirect(url_for("lending.desk"))


@lending.page("/volumes/<int:volume_id>/put-back", may=Permission.LOAN_RETURN, methods=["POST"], once=True)
def put_back(volume_id: int) -> ResponseReturnValue:
    """A missing volume has turned up."""
    form = LineForm()
    try:
        volume = services.put_back(current_work(), volume_id, form.version())
    except Conflict as error:
        return _desk(trouble=refused(error), status=error.status)
    say(N_("Volume %(volume)s stands in its place again: %(place)s."), volume=volume.barcode, place=volume.place)
    return redirect(url_for("lending.desk"))
