"""The counter, one scan at a time: what a code is, and what is done about it. Each answer is a piece of the page.

Whatever changes something carries a key and leads, sent again, to what has become of it (`Location`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, make_response, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.models import Person
from portal.core.errors import Conflict, Invalid, NotFound, PortalError
from portal.core.messages import N_, Message
from portal.core.permissions import Permission
from portal.dossiers.models import Place, Volume
from portal.dossiers.states import CUSTODY_NAMES, Condition, Custody
from portal.http.edge import current_work, translate
from portal.http.forms import PortalForm
from portal.http.safety import row_id
from portal.lending import queries, services
from portal.lending.errors import ConfirmationNeeded
from portal.lending.forms import DeskHandOnForm, DeskReturnForm, IssueForm, LineForm, RepairedForm
from portal.lending.models import Loan, RequestLine
from portal.lending.routes.room import dead_card, lending
from portal.lending.rules import IssueCheck
from portal.lending.states import LoanState

OK, ASK, REFUSED, NEWS = "ok", "ask", "refused", "news"
"""How an answer is meant: done, needs a decision, impossible, only said."""


@dataclass(frozen=True)
class _Answer:
    """What the counter is told: a sentence in large type, and what can be done next."""

    tone: str
    sentence: Message
    status: int = 200
    volume: Volume | None = None
    place: Place | None = None
    loan: Loan | None = None
    line: RequestLine | None = None
    check: IssueCheck | None = None
    more: Sequence[Message] = ()


@lending.page("/desk/look", may=Permission.LOAN_ISSUE)
def desk_look() -> ResponseReturnValue:
    """What a code is: a person, a volume, a place. Changes nothing, so it may be asked again."""
    work = current_work()
    code = request.args.get("code", "")
    found = queries.what_is(work.session, work.person, code)
    if found is None and (told := dead_card(work.session, code)):
        return _show(_Answer(REFUSED, Message(told), 404))
    if found is None:
        return _show(
            _Answer(REFUSED, Message(N_("There is nothing with the code %(code)s."), {"code": code[:60]}), 404)
        )
    if isinstance(found, Person):
        return _show(_Answer(NEWS, Message(N_("%(name)s is at the desk."), {"name": found.name})), found.id)
    if isinstance(found, Place):
        sentence = Message(N_("This is place %(place)s."), {"place": found.path})
        return _show(_Answer(NEWS, sentence, place=found))
    return _show(_about(found, _person_id()))


@lending.page("/desk/issue/<int:line_id>/<int:volume_id>", may=Permission.LOAN_ISSUE, methods=["POST"], once=True)
def desk_issue(line_id: int, volume_id: int) -> ResponseReturnValue:
    """Hand a volume out."""
    form = IssueForm()
    try:
        _check(form)
        loan = services.issue_volume(
            current_work(),
            line_id,
            volume_id,
            form.version(),
            confirmed=(form.confirmed.data or "").split(),
            in_reading_room=bool(form.in_reading_room.data),
            override_reason=form.override_reason.data or "",
        )
    except (Conflict, Invalid) as error:
        return _undone(error, volume_id)
    sentence = Message(
        N_("Handed out to %(name)s: %(volume)s. Due back on %(due_on)s."),
        {"name": loan.borrower.name, "volume": loan.volume.barcode, "due_on": loan.due_on},
    )
    return _done(_Answer(OK, sentence, volume=loan.volume, loan=loan))


@lending.page("/desk/return/<int:loan_id>", may=Permission.LOAN_RETURN, methods=["POST"], once=True)
def desk_return(loan_id: int) -> ResponseReturnValue:
    """Take a volume back, from whoever brings it, or from where it had been lost."""
    work = current_work()
    loan = _loan(loan_id)
    form = DeskReturnForm()
    act = services.find_loan if loan.state == LoanState.LOST else services.return_volume
    try:
        loan = act(work, loan_id, form.version(), **_counted(form))
    except (Conflict, Invalid) as error:
        return _undone(error, loan.volume_id)
    return _done(_Answer(OK, _back_sentence(loan), volume=loan.volume, more=_differences(loan)))


@lending.page("/desk/hand-on/<int:loan_id>/<int:line_id>", may=Permission.LOAN_ISSUE, methods=["POST"], once=True)
def desk_hand_on(loan_id: int, line_id: int) -> ResponseReturnValue:
    """Take a volume back and hand it to the next in line, counted in between."""
    before = _loan(loan_id)
    form = DeskHandOnForm()
    try:
        fields = _counted(form)
        if fields.pop("to_repair"):
            raise Conflict(N_("What goes to repair cannot be handed on."))
        loan = services.transfer_loan(
            current_work(), loan_id, form.version(), line_id, int(form.line_version.data or 0), **fields
        )
    except (Conflict, Invalid, ValueError) as error:
        return _undone(error if isinstance(error, PortalError) else Conflict(), before.volume_id)
    sentence = Message(
        N_("%(volume)s went from %(before)s to %(name)s. Due back on %(due_on)s."),
        {
            "volume": loan.volume.barcode,
            "before": before.borrower.name,
            "name": loan.borrower.name,
            "due_on": loan.due_on,
        },
    )
    return _done(_Answer(OK, sentence, volume=loan.volume, loan=loan))


@lending.page("/desk/put-back/<int:volume_id>", may=Permission.LOAN_RETURN, methods=["POST"], once=True)
def desk_put_back(volume_id: int) -> ResponseReturnValue:
    """A missing volume has turned up."""
    form = LineForm()
    try:
        volume = services.put_back(current_work(), volume_id, form.version())
    except Conflict as error:
        return _undone(error, volume_id)
    return _done(_Answer(OK, _stands(volume), volume=volume))


@lending.page("/desk/repaired/<int:volume_id>", may=Permission.LOAN_RETURN, methods=["POST"], once=True)
def desk_repaired(volume_id: int) -> ResponseReturnValue:
    """A volume is back from repair."""
    form = RepairedForm()
    try:
        _check(form)
        volume = services.end_repair(current_work(), volume_id, form.version(), condition=form.condition.data)
    except (Conflict, Invalid) as error:
        return _undone(error, volume_id)
    return _done(_Answer(OK, _stands(volume), volume=volume))


@lending.page("/desk/scanned/<int:volume_id>", may=Permission.PLACE_MANAGE, methods=["POST"], once=True)
def desk_scanned(volume_id: int) -> ResponseReturnValue:
    """A volume is back from scanning."""
    form = LineForm()
    try:
        volume = services.end_scanning(current_work(), volume_id, form.version())
    except Conflict as error:
        return _undone(error, volume_id)
    return _done(_Answer(OK, _stands(volume), volume=volume))


def _loan(loan_id: int) -> Loan:
    work = current_work()
    loan = queries.loan_for(work.session, work.person, loan_id)
    if loan is None:
        raise NotFound()
    return loan


_WRONG = {
    "sheets": N_("The number of sheets is missing or is no whole number. Nothing was changed."),
    "condition": N_("Please choose the condition of the paper from the list. Nothing was changed."),
    "remark": N_("The remark is too long. Nothing was changed."),
    "override_reason": N_("The reason is too long. Nothing was changed."),
}
"""What the counter is told of a field that makes no sense. Nothing is guessed in its place."""


def _check(form: PortalForm) -> None:
    """Invalid, with a sentence of its own, unless everything in the form makes sense."""
    if not form.validate():
        raise Invalid(next((_WRONG[name] for name in form.errors if name in _WRONG), None))


def _counted(form: DeskReturnForm) -> dict[str, Any]:
    _check(form)
    return {
        "sheets": form.sheets.data,
        "condition": form.condition.data,
        "remark": form.remark.data or "",
        "to_repair": bool(form.to_repair.data),
    }


def _about(volume: Volume, person_id: int | None) -> _Answer:
    """What can be done with a volume that was scanned."""
    work = current_work()
    loan = _loan_to_end(volume)
    if loan is not None:
        return _on_loan(volume, loan)
    if volume.custody not in (Custody.ON_SHELF, Custody.RESERVED):
        return _Answer(NEWS, _custody_sentence(volume), volume=volume)
    line = queries.line_that_wants(work.session, person_id, volume.id) if person_id else None
    if line is not None:
        return _to_issue(volume, line)
    first = _next(volume)
    if first is not None and person_id is None:
        return _to_issue(volume, first)
    if first is not None:
        sentence = Message(
            N_("Not for this person: %(volume)s is reserved for %(reader)s."),
            {"volume": volume.barcode, "reader": first.reader.name},
        )
        return _Answer(REFUSED, sentence, volume=volume)
    if person_id is not None:
        sentence = Message(
            N_("Not for this person: no approved request of theirs names %(volume)s."), {"volume": volume.barcode}
        )
        return _Answer(REFUSED, sentence, volume=volume)
    return _Answer(NEWS, _stands(volume), volume=volume)


def _loan_to_end(volume: Volume) -> Loan | None:
    session = current_work().session
    if volume.custody == Custody.ON_LOAN:
        return queries.open_loan_of_volume(session, volume.id)
    return queries.lost_loan_of_volume(session, volume.id) if volume.custody == Custody.MISSING else None


def _on_loan(volume: Volume, loan: Loan) -> _Answer:
    work = current_work()
    late = queries.days_late(loan, work.today)
    if loan.state == LoanState.LOST:
        sentence = Message(
            N_("%(volume)s was lost by %(name)s."), {"volume": volume.barcode, "name": loan.borrower.name}
        )
    elif late:
        sentence = Message(
            N_("%(volume)s is out with %(name)s, due on %(due_on)s; days late: %(days)s."),
            {"volume": volume.barcode, "name": loan.borrower.name, "due_on": loan.due_on, "days": late},
        )
    else:
        sentence = Message(
            N_("%(volume)s is out with %(name)s, due on %(due_on)s."),
            {"volume": volume.barcode, "name": loan.borrower.name, "due_on": loan.due_on},
        )
    return _Answer(NEWS, sentence, volume=volume, loan=loan, line=_next(volume))


def _next(volume: Volume) -> RequestLine | None:
    work = current_work()
    return queries.first_in_line(work.session, volume.id, work.today)


def _to_issue(volume: Volume, line: RequestLine) -> _Answer:
    check = services.check_issue(current_work(), line, volume)
    if check.impossible:
        return _Answer(REFUSED, check.impossible[0].message, volume=volume, line=line, check=check)
    if check.needs_confirmation:
        sentence = Message(N_("%(volume)s needs your confirmation."), {"volume": volume.barcode})
        return _Answer(ASK, sentence, volume=volume, line=line, check=check)
    sentence = Message(
        N_("%(volume)s for %(name)s: press Enter to hand it out."),
        {"volume": volume.barcode, "name": line.reader.name},
    )
    return _Answer(NEWS, sentence, volume=volume, line=line, check=check)


def _custody_sentence(volume: Volume) -> Message:
    names = {
        Custody.MISSING: N_("%(volume)s is recorded as missing."),
        Custody.IN_REPAIR: N_("%(volume)s is in repair."),
        Custody.BEING_SCANNED: N_("%(volume)s is being scanned."),
        Custody.DISPOSED: N_("%(volume)s was disposed of."),
    }
    return Message(names[volume.custody], {"volume": volume.barcode})


def _stands(volume: Volume) -> Message:
    first = _next(volume)
    if first is not None:
        return Message(
            N_("%(volume)s is kept for %(reader)s. Keep it at the desk."),
            {"volume": volume.barcode, "reader": first.reader.name},
        )
    return Message(
        N_("%(volume)s belongs on the shelf. Its place is %(place)s."),
        {"volume": volume.barcode, "place": volume.place or "–"},
    )


def _back_sentence(loan: Loan) -> Message:
    volume = loan.volume
    if volume.custody == Custody.IN_REPAIR:
        return Message(N_("%(volume)s is back and goes to repair."), {"volume": volume.barcode})
    first = _next(volume)
    if first is not None:
        return Message(
            N_("%(volume)s is back and kept for %(reader)s. Keep it at the desk."),
            {"volume": volume.barcode, "reader": first.reader.name},
        )
    return Message(
        N_("%(volume)s is back. Its place is %(place)s."), {"volume": volume.barcode, "place": volume.place or "–"}
    )


def _differences(loan: Loan) -> list[Message]:
    if loan.sheets_returned == loan.sheets_issued:
        return []
    return [
        Message(
            N_("The count differs and is recorded: %(issued)s sheets were handed out, %(returned)s came back."),
            {"issued": loan.sheets_issued, "returned": loan.sheets_returned},
        )
    ]


def _done(answer: _Answer) -> Response:
    response = _show(answer, _person_id())
    if answer.volume is not None:
        response.headers["Location"] = url_for("lending.desk_look", code=answer.volume.barcode)
    return response


def _undone(error: PortalError, volume_id: int) -> Response:
    """A refusal: whatever was begun is undone, and what can be done now stands below it, filled in as it was."""
    work = current_work()
    work.session.rollback()
    volume = queries.volume_for(work.session, work.person, volume_id)
    if volume is None:
        raise NotFound()
    now = _about(volume, _person_id())
    sentences = [error.message, *(getattr(error, "fields", {}) or {}).values()]
    told = sentences[-1] if isinstance(error, Invalid) else sentences[0]
    # Below a form that asks, its own questions stand: what is confirmed is what was shown.
    questions = error.questions if isinstance(error, ConfirmationNeeded) and now.check is None else ()
    answer = _Answer(REFUSED, told, error.status, volume, None, now.loan, now.line, now.check, questions)
    return _show(answer, _person_id(), kept=True)


def _person_id() -> int | None:
    return request.values.get("person", type=row_id)


def _show(answer: _Answer, person_id: int | None = None, *, kept: bool = False) -> Response:
    """The answer as a piece of the page; with `person_id`, what the person at the desk has now."""
    work = current_work()
    person = queries.at_the_desk(work.session, work.person, person_id, work.today) if person_id else None
    given = request.form if kept else None
    template = current_app.jinja_env.get_template("lending/desk_answer.html")
    content = template.render(  # A piece of the page: without what the frame asks the database.
        answer=answer,
        sentence=translate(answer.sentence),
        person=person,
        custody_names=CUSTODY_NAMES,
        today=work.today,
        **_forms(answer, given),
    )
    response = make_response(content, answer.status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _forms(answer: _Answer, given: Any) -> dict[str, Any]:
    """The forms for what can be done next; filled in with `given`, what was sent before, apart from versions."""
    typed: dict[str, Any] = {
        name: given[name] for name in ("remark", "override_reason", "sheets") if given and name in given
    }
    typed |= {name: True for name in ("to_repair", "in_reading_room") if given and name in given}
    forms: dict[str, Any] = {}
    volume, loan, line = answer.volume, answer.loan, answer.line
    if volume is None or answer.tone == OK:
        return forms
    if loan is not None:
        condition = Condition(given["condition"]) if given and given.get("condition") in set(Condition) else None
        data = {"sheets": loan.sheets_issued, "condition": condition or loan.condition_issued, **typed}
        data["row_version"] = loan.row_version
        forms["back"] = DeskReturnForm(formdata=None, data=data)
        if line is not None and loan.state == LoanState.ON_LOAN:
            forms["hand_on"] = DeskHandOnForm(formdata=None, data={**data, "line_version": line.row_version})
    elif line is not None and answer.check is not None and not answer.check.impossible:
        data = {**typed, "row_version": line.row_version}
        forms["issue"] = IssueForm(formdata=None, data=data)
    elif volume.custody == Custody.MISSING:
        forms["put_back"] = LineForm(formdata=None, data={"row_version": volume.row_version})
    elif volume.custody == Custody.IN_REPAIR:
        data = {"row_version": volume.row_version, "condition": volume.condition}
        forms["repaired"] = RepairedForm(formdata=None, data=data)
    elif volume.custody == Custody.BEING_SCANNED and current_work().person.may(Permission.PLACE_MANAGE):
        forms["scanned"] = LineForm(formdata=None, data={"row_version": volume.row_version})
    return forms
