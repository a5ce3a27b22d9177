"""The counter: what to fetch, what is out, one field for the barcode reader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.models import Person
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.dossiers.models import Place, Volume
from portal.dossiers.states import Custody
from portal.http.edge import current_work, say
from portal.http.forms import OnceForm
from portal.http.safety import row_id
from portal.lending import queries, services
from portal.lending.errors import ConfirmationNeeded
from portal.lending.forms import IssueForm, LineForm
from portal.lending.models import RequestLine
from portal.lending.queries import LoanFilter
from portal.lending.routes.room import dead_card, lending, page, refused

FETCHED = 30
"""Requests to fetch on one page of the desk."""
SHOWN = 20
"""Loans and missing volumes on the desk; the rest is in the lists of their own."""


@lending.page("/desk", may=Permission.LOAN_ISSUE)
def desk() -> ResponseReturnValue:
    """What to fetch, what is out. For a counter without scripts, `?barcode=` leads to what a code is.

    A card or log-in: what its person may take along (`?person=`); a volume: to its return if it is on loan, else who it
    is for; a place: what stands in it.
    """
    code = request.args.get("barcode", "").strip()
    person_id = request.args.get("person", type=row_id)
    if code:
        return _of_code(code, person_id)
    if person_id is None:
        return _lists()
    work = current_work()
    person = queries.at_the_desk(work.session, work.person, person_id, work.today)
    if person is None:
        raise NotFound()
    return _answer(lines=person.ready, person=person)


def _of_code(code: str, person_id: int | None) -> ResponseReturnValue:
    work = current_work()
    found = queries.what_is(work.session, work.person, code)
    if found is None:
        return _answer(unknown=code, on_dead_card=dead_card(work.session, code), status=404)
    if isinstance(found, Person):
        return redirect(url_for("lending.desk", person=found.id))
    if isinstance(found, Place):
        return redirect(url_for("places.place", place_id=found.id))
    if found.custody == Custody.ON_LOAN:
        loan = queries.open_loan_of_volume(work.session, found.id)
    else:
        loan = queries.lost_loan_of_volume(work.session, found.id) if found.custody == Custody.MISSING else None
    if loan is not None:
        return redirect(url_for("lending.loan_page", loan_id=loan.id))
    first = queries.line_that_wants(work.session, person_id, found.id) if person_id else None
    first = first or queries.first_in_line(work.session, found.id, work.today)
    line = queries.line_to_fetch(work.session, work.person, first.id, work.today) if first else None
    return _answer(lines=[line] if line else (), volume=found, first=first)


def _answer(
    *,
    lines: Sequence[RequestLine] = (),
    volume: Volume | None = None,
    first: RequestLine | None = None,
    person: queries.AtTheDesk | None = None,
    unknown: str = "",
    on_dead_card: str | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    """The field, and what there is to say of the code entered into it; the lists of the desk are one click away."""
    content = page(
        "desk.html",
        **_to_hand_out(lines),
        lists=False,
        volume=volume,
        first=first,
        person=person,
        unknown=unknown,
        dead_card=on_dead_card,
    )
    return content, status


def _lists(*, trouble: str | None = None, status: int = 200) -> ResponseReturnValue:
    """The field, and what there is to do at the desk."""
    work = current_work()
    session, actor, today = work.session, work.person, work.today
    queue = queries.desk_queue(session, actor, today, request.args.get("page", 1, type=int), FETCHED)
    content = page(
        "desk.html",
        **_to_hand_out(queue.rows),
        lists=True,
        queue=queue,
        more_lines=max(0, queue.total - (queue.number - 1) * FETCHED - len(queue.rows)),
        loans=queries.some_loans(session, actor, today, LoanFilter.OPEN, SHOWN),
        announced=queries.some_loans(session, actor, today, LoanFilter.ANNOUNCED, SHOWN),
        missing=queries.page_of(session, queries.missing_volumes(actor), 1, SHOWN),
        trouble=trouble,
    )
    return content, status


def _to_hand_out(lines: Sequence[RequestLine]) -> dict[str, Any]:
    """What the table of approved requests shows of these."""
    work = current_work()
    checks = services.check_queue(work, lines)
    return {
        "lines": lines,
        "checks": checks,
        "at_hand": {
            line.id: [] if checks[line.id].impossible else [volume.id for volume in queries.volumes_at_hand(line)]
            for line in lines
        },
        "due_on": services.due_on_issue(work),
        "new_key": OnceForm.new_key,
    }


@lending.page("/desk/missing", may=Permission.LOAN_ISSUE)
def missing() -> ResponseReturnValue:
    """Every volume that is recorded as missing, in shelf order."""
    work = current_work()
    found = queries.page_of(work.session, queries.missing_volumes(work.person), request.args.get("page", 1, type=int))
    return page("desk_missing.html", found=found)


@lending.page("/requests/<int:line_id>/issue", may=Permission.LOAN_ISSUE, methods=["POST"], once=True)
def issue(line_id: int) -> ResponseReturnValue:
    """Hand out the volumes of an approved request."""
    work = current_work()
    form = IssueForm()
    if not form.validate_on_submit():
        return _lists(trouble=refused(Invalid()), status=422)
    ids = form.volume_ids.data or None
    try:
        loans = services.issue_line(
            work,
            line_id,
            form.version(),
            volume_ids=ids,
            confirmed=(form.confirmed.data or "").split(),
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
            keys=error.keys,
            needs_reason=error.needs_reason,
            count=len(ids or []),
            due_on=services.due_on_issue(
                work, line.reader if line else None, in_reading_room=bool(form.in_reading_room.data)
            ),
            trouble=trouble,
        )
        return content, error.status
    except Conflict as error:
        return _lists(trouble=refused(error), status=error.status)
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
        return _lists(trouble=refused(error), status=error.status)
    say(N_("The volume is recorded as missing. The reader sees it on the request."))
    return redirect(url_for("lending.desk"))


@lending.page("/volumes/<int:volume_id>/put-back", may=Permission.LOAN_RETURN, methods=["POST"], once=True)
def put_back(volume_id: int) -> ResponseReturnValue:
    """A missing volume has turned up."""
    form = LineForm()
    try:
        volume = services.put_back(current_work(), volume_id, form.version())
    except Conflict as error:
        return _lists(trouble=refused(error), status=error.status)
    say(N_("Volume %(volume)s stands in its place again: %(place)s."), volume=volume.barcode, place=volume.place)
    return redirect(url_for("lending.desk"))
