"""The loan register, one loan with its return, and the Loans tab of a dossier."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.queries import departments
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.dossiers.pages import spine
from portal.dossiers.states import CONDITION_NAMES
from portal.http.edge import current_work, say
from portal.lending import queries, services
from portal.lending.forms import LineForm, ReasonForm, ReturnForm
from portal.lending.models import Loan
from portal.lending.queries import LOAN_FILTER_NAMES
from portal.lending.register import read_choice, write_choice
from portal.lending.routes.room import lending, page, refused
from portal.lending.states import LOAN, LOAN_EVENT_NAMES, LoanAction, LoanState


@lending.page("/loans", may=Permission.LOANS_VIEW_ALL)
def loans() -> ResponseReturnValue:
    """The loan register."""
    work = current_work()
    choice = read_choice(request.args)
    wanted = queries.register(work.person, work.today, choice.part).where(*choice.where())
    found = queries.page_of(work.session, wanted, request.args.get("page", 1, type=int))
    return page(
        "loans.html",
        rows=queries.as_rows(found.rows, work.today),
        found=found,
        choice=choice,
        chosen=write_choice(choice),
        departments=departments(work.session),
        parts=LOAN_FILTER_NAMES,
    )


@lending.page("/loans/<int:loan_id>", may=Permission.REQUEST_FILE)
def loan_page(loan_id: int) -> ResponseReturnValue:
    """One entry of the register, with what can be done about it."""
    return show_loan(loan_id)


def show_loan(
    loan_id: int,
    *,
    back: ReturnForm | None = None,
    reason: ReasonForm | None = None,
    trouble: str | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    """The page of one loan, with a form as it was sent or what stands against it."""
    work = current_work()
    loan = queries.loan_for(work.session, work.person, loan_id)
    if loan is None:
        raise NotFound()
    present = {"row_version": loan.row_version, "returned_on": work.today, "condition": loan.condition_issued}
    own = loan.borrower_id == work.person.id
    open_now = loan.state == LoanState.ON_LOAN
    at_counter = work.person.may(Permission.LOAN_ISSUE)
    content = page(
        "loan.html",
        loan=loan,
        days_late=queries.days_late(loan, work.today),
        waiting=queries.first_in_line(work.session, loan.volume_id, work.today),
        form=back or ReturnForm(formdata=None, data=present),
        reason=reason or ReasonForm(formdata=None, row_version=loan.row_version),
        line=queries.line_for(work.session, work.person, loan.line_id, work.today),
        may_return=_can(loan, LoanAction.RETURN) or _can(loan, LoanAction.FIND),
        may_lose=_can(loan, LoanAction.LOSE),
        may_void=_can(loan, LoanAction.VOID) and loan.issued_on == work.today,
        trouble=trouble,
        history=queries.loan_history(work.session, loan_id),
        event_names=LOAN_EVENT_NAMES,
        condition_names=CONDITION_NAMES,
        marks=queries.marks_of(work.session, loan_id),
        button=LineForm(formdata=None, row_version=loan.row_version),
        may_renew=open_now and (own or at_counter),
        not_renewable=services.renewal_obstacle(work, loan) if open_now and (own or at_counter) else None,
        may_announce=open_now and own,
        may_recall=open_now and at_counter,
    )
    return content, status


def _can(loan: Loan, action: LoanAction) -> bool:
    step = LOAN.get((loan.state, action))
    return step is not None and current_work().person.may(step[1])


@lending.page("/loans/<int:loan_id>/return", may=Permission.LOAN_RETURN, methods=["GET", "POST"], once=True)
def return_loan(loan_id: int) -> ResponseReturnValue:
    """Take a volume back, from a borrower or from where it had been lost."""
    if request.method == "GET":
        return show_loan(loan_id)
    work = current_work()
    form = ReturnForm()
    if not form.validate_on_submit():
        return show_loan(loan_id, back=form, status=422)
    loan = queries.loan_for(work.session, work.person, loan_id)
    if loan is None:
        raise NotFound()
    act = services.find_loan if loan.state == LoanState.LOST else services.return_volume
    try:
        loan = act(
            work,
            loan_id,
            form.version(),
            sheets=form.sheets.data or 0,
            returned_on=form.returned_on.data,
            remark=form.remark.data or "",
            condition=form.condition.data,
            to_repair=bool(form.to_repair.data),
        )
    except Invalid as error:
        work.session.rollback()
        form.show_errors(error)
        return show_loan(loan_id, back=form, status=422)
    except Conflict as error:
        return show_loan(loan_id, trouble=refused(error), status=error.status)
    volume = loan.volume
    if loan.sheets_returned != loan.sheets_issued:
        say(
            N_("The count differs and is recorded: %(issued)s sheets were handed out, %(returned)s came back."),
            issued=loan.sheets_issued,
            returned=loan.sheets_returned,
        )
    waiting = queries.first_in_line(work.session, volume.id, work.today)
    if waiting is not None:
        say(
            N_("Volume %(volume)s is back and reserved for %(reader)s. Keep it at the desk."),
            volume=volume.barcode,
            reader=waiting.reader.name,
        )
    else:
        say(N_("Volume %(volume)s is back. Its place is %(place)s."), volume=volume.barcode, place=volume.place)
    return redirect(url_for("lending.desk"))


@lending.page("/loans/<int:loan_id>/lose", may=Permission.LOAN_RETURN, methods=["POST"], once=True)
def lose_loan(loan_id: int) -> ResponseReturnValue:
    """Close an entry as lost."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return show_loan(loan_id, reason=form, status=422)
    try:
        services.lose_loan(current_work(), loan_id, form.version(), remark=form.reason.data or "")
    except Conflict as error:
        return show_loan(loan_id, trouble=refused(error), status=error.status)
    say(N_("The volume is recorded as lost. The entry stays in the register."))
    return redirect(url_for("lending.loan_page", loan_id=loan_id))


@lending.page("/loans/<int:loan_id>/void", may=Permission.LOAN_VOID, methods=["POST"], once=True)
def void_loan(loan_id: int) -> ResponseReturnValue:
    """Undo an entry made by mistake today."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return show_loan(loan_id, reason=form, status=422)
    try:
        services.void_loan(current_work(), loan_id, form.version(), reason=form.reason.data or "")
    except Conflict as error:
        return show_loan(loan_id, trouble=refused(error), status=error.status)
    say(N_("The entry is voided and stays in the register. The request waits at the desk again."))
    return redirect(url_for("lending.loan_page", loan_id=loan_id))


@lending.page("/dossiers/<int:dossier_id>/loans", may=Permission.REGISTER_VIEW)
def dossier_loans(dossier_id: int) -> ResponseReturnValue:
    """The Loans tab: where the volumes are, and the history as far as the viewer may see it."""
    work = current_work()
    session, actor, today = work.session, work.person, work.today
    head = spine(work, dossier_id)
    return page(
        "dossier_loans.html",
        spine=head,
        tab="loans",
        whereabouts=queries.where_is(session, actor, dossier_id, today),
        rows=queries.loans_of_dossier(session, actor, dossier_id, today),
        lines=queries.requests_of_dossier(session, actor, dossier_id, today),
        all_loans=actor.may(Permission.LOANS_VIEW_ALL),
    )
