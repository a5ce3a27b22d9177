"""While a file is out: renew, call back, announce the return."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from portal.core.errors import Conflict
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.http.edge import current_work, say
from portal.lending import services
from portal.lending.forms import LineForm, ReasonForm
from portal.lending.routes.loans import show_loan
from portal.lending.routes.room import lending, refused


@lending.page("/loans/<int:loan_id>/renew", may=Permission.REQUEST_FILE, methods=["POST"], once=True)
def renew_loan(loan_id: int) -> ResponseReturnValue:
    """More time, with one click."""
    form = LineForm()
    try:
        loan = services.renew_loan(current_work(), loan_id, form.version())
    except Conflict as error:
        return show_loan(loan_id, trouble=refused(error), status=error.status)
    say(N_("Renewed: volume %(volume)s is now due back on %(due_on)s."), volume=loan.volume.barcode, due_on=loan.due_on)
    return redirect(url_for("lending.loan_page", loan_id=loan_id))


@lending.page("/loans/<int:loan_id>/announce", may=Permission.REQUEST_FILE, methods=["POST"], once=True)
def announce_return(loan_id: int) -> ResponseReturnValue:
    """The borrower is bringing it."""
    form = LineForm()
    try:
        loan = services.announce_return(current_work(), loan_id, form.version())
    except Conflict as error:
        return show_loan(loan_id, trouble=refused(error), status=error.status)
    say(N_("The desk knows that you are bringing volume %(volume)s."), volume=loan.volume.barcode)
    return redirect(url_for("lending.loan_page", loan_id=loan_id))


@lending.page("/loans/<int:loan_id>/recall", may=Permission.LOAN_ISSUE, methods=["POST"], once=True)
def recall_loan(loan_id: int) -> ResponseReturnValue:
    """Call a file back."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return show_loan(loan_id, reason=form, status=422)
    try:
        loan = services.recall_loan(current_work(), loan_id, form.version(), reason=form.reason.data or "")
    except Conflict as error:
        return show_loan(loan_id, trouble=refused(error), status=error.status)
    say(
        N_("%(name)s is told to bring volume %(volume)s back by %(due_on)s."),
        name=loan.borrower.name,
        volume=loan.volume.barcode,
        due_on=loan.due_on,
    )
    return redirect(url_for("lending.loan_page", loan_id=loan_id))
