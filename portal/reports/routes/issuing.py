"""The reports on their way from draft to issue: the list, a new one, and each step by a form of its own."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.errors import Conflict, Invalid
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.http.edge import current_work, get_parts, say, translate
from portal.http.forms import OnceButton
from portal.http.language import choose_language
from portal.http.transactions import now_reading, now_writing
from portal.lending.queries import page_of
from portal.reports.forms import (
    DraftForm,
    HandOnForm,
    PeriodForm,
    RecipientsForm,
    ReportForm,
    SendBackForm,
    StepForm,
    SuccessorForm,
    WithdrawForm,
    as_address,
)
from portal.reports.models.issued import Report
from portal.reports.periods import Period, PeriodKind
from portal.reports.queries import issued as queries
from portal.reports.routes.report_page import render, report_page
from portal.reports.routes.room import reports
from portal.reports.services.distributing import add_recipients, remove_recipient
from portal.reports.services.issuing import issue_report, name_successor, withdraw_report
from portal.reports.services.preparing import (
    NewReport,
    change_draft,
    counted_draft,
    discard_report,
    hand_report_on,
    prepare_report,
    submit_report,
    take_report_back,
)
from portal.reports.services.reviewing import approve_report, send_report_back
from portal.reports.states import ReportKind, ReportState
from portal.reports.statistics.counted import AUDIENCE_NAMES

WAITING = 20
"""Reports that wait for somebody, as far as the list shows them on top."""


@reports.page("/reports", may=Permission.REGISTER_VIEW)
def index() -> ResponseReturnValue:
    """The reports one may see: what waits for oneself first, then those on their way, then the issued ones."""
    work = current_work()
    wanted = queries.ReportFilter(_state(request.args.get("state")), request.args.get("year", type=int))
    if wanted.year is not None and not 1900 <= wanted.year <= 2999:
        wanted = queries.ReportFilter(wanted.state)
    return render(
        "index.html",
        shown=page_of(work.session, queries.reports(work.person, wanted), request.args.get("page", 1, type=int)),
        waiting=queries.waiting_reports(work.session, work.person, WAITING),
        years=queries.years_of_issue(work.session, work.person),
        wanted=wanted,
        states=[state for state in ReportState if work.person.may(Permission.REPORT_MAKE)],
    )


def _state(text: str | None) -> ReportState | None:
    return ReportState(text) if text in {state.value for state in ReportState} else None


@reports.page("/reports/new", may=Permission.REPORT_MAKE, methods=["GET", "POST"], once=True)
def new() -> ResponseReturnValue:
    """Begin a report of the period in the address; without one, of the month that is over."""
    work = current_work()
    given = request.args
    if "kind" not in given and "first" not in given:
        last_month = Period.containing(PeriodKind.MONTH, work.today).before()
        return redirect(url_for("reports.new", kind=last_month.kind.value, on=last_month.first.isoformat()))
    chosen = PeriodForm.of_address(given, work.today)
    if not chosen.validate():
        return redirect(url_for("reports.statistics"))
    period, audience = chosen.period, chosen.for_audience
    form = ReportForm(language=choose_language())
    if form.validate_on_submit():
        start = NewReport(ReportKind.STATISTICS, period, audience, form.language.data, form.title.data or "")
        try:
            report = prepare_report(work, start)
        except Invalid as error:
            form.show_errors(error)
            form.form_errors = [*form.form_errors, *_of_the_period(error)]
        else:
            say(N_("The draft is begun. Send it for review when the period is over."))
            return redirect(url_for("reports.report", report_id=report.id))
    address = as_address(period, audience)
    content = render(
        "new.html",
        form=form,
        period=period,
        address=address,
        audience=AUDIENCE_NAMES[audience],
        today=work.today,
        others=queries.of_same_period(work.session, work.person, period, audience),
    )
    return content, 422 if form.is_submitted() else 200


def _of_the_period(error: Invalid) -> list[str]:
    return [translate(message) for name, message in error.fields.items() if name in ("first", "last")]


@reports.page("/reports/<int:report_id>", may=Permission.REGISTER_VIEW)
def report(report_id: int) -> ResponseReturnValue:
    """One report: how far it has come, who signed, to whom it goes, and what can be done."""
    return report_page(report_id)


Act = Callable[[UnitOfWork], Report]


def _do(report_id: int, form: StepForm | RecipientsForm, act: Act, done: str) -> ResponseReturnValue:
    """Do something with the report; what is wrong is shown on its page, and nothing was changed."""
    if not form.validate_on_submit():
        current_work().session.rollback()
        return report_page(report_id, filled=form, status=422)
    try:
        act(current_work())
    except Invalid as error:
        current_work().session.rollback()
        form.show_errors(error)
        return report_page(report_id, filled=form, trouble=None if error.fields else error.message, status=422)
    except Conflict as error:
        current_work().session.rollback()
        return report_page(report_id, trouble=error.message, status=error.status)
    say(done)
    return redirect(url_for("reports.report", report_id=report_id))


@reports.page("/reports/<int:report_id>/change", may=Permission.REPORT_MAKE, methods=["POST"], once=True)
def change(report_id: int) -> ResponseReturnValue:
    """Another title or language."""
    form = DraftForm()

    def act(work: UnitOfWork) -> Report:
        return change_draft(work, report_id, form.version(), title=form.title.data or "", language=form.language.data)

    return _do(report_id, form, act, N_("The draft is changed."))


@reports.page("/reports/<int:report_id>/submit", may=Permission.REPORT_MAKE, methods=["POST"], once=True)
def submit(report_id: int) -> ResponseReturnValue:
    """Send the draft for review: its figures freeze."""
    form = StepForm()
    done = N_("The report is sent for review. Its figures are frozen and change no more.")

    def act(_work: UnitOfWork) -> Report:
        data = counted_draft(now_reading(), report_id, form.version())
        return submit_report(now_writing(), get_parts().store, report_id, form.version(), data)

    return _do(report_id, form, act, done)


@reports.page("/reports/<int:report_id>/take-back", may=Permission.REPORT_MAKE, methods=["POST"], once=True)
def take_back(report_id: int) -> ResponseReturnValue:
    """Make it a draft again."""
    form = StepForm()
    done = N_("The report is a draft again; its figures are those of today.")
    return _do(report_id, form, lambda work: take_report_back(work, report_id, form.version()), done)


@reports.page("/reports/<int:report_id>/discard", may=Permission.REPORT_MAKE, methods=["POST"], once=True)
def discard(report_id: int) -> ResponseReturnValue:
    """Give a draft up."""
    form = StepForm()
    return _do(
        report_id, form, lambda work: discard_report(work, report_id, form.version()), N_("The draft is discarded.")
    )


@reports.page("/reports/<int:report_id>/hand-on", may=Permission.REPORT_MAKE, methods=["POST"], once=True)
def hand_on(report_id: int) -> ResponseReturnValue:
    """Give an unfinished report to a colleague; one's own page of it may be gone with that."""
    form = HandOnForm()
    form.offer([])
    form.person_id.validate_choice = False
    answer = _do(
        report_id,
        form,
        lambda work: hand_report_on(work, report_id, form.version(), form.person_id.data or 0),
        N_("The report is handed to a colleague."),
    )
    handed = getattr(answer, "status_code", None) == 302
    return redirect(url_for("reports.index")) if handed else answer


@reports.page("/reports/<int:report_id>/approve", may=Permission.REPORT_REVIEW, methods=["POST"], once=True)
def approve(report_id: int) -> ResponseReturnValue:
    """Sign that it was reviewed."""
    form = StepForm()
    done = N_("Reviewed. The general manager is told that the report can be issued.")
    return _do(report_id, form, lambda work: approve_report(work, report_id, form.version()), done)


@reports.page("/reports/<int:report_id>/send-back", may=Permission.REPORT_MAKE, methods=["POST"], once=True)
def send_back(report_id: int) -> ResponseReturnValue:
    """Do not sign, and say why."""
    form = SendBackForm()
    done = N_("The report is sent back with your remarks.")
    return _do(
        report_id, form, lambda work: send_report_back(work, report_id, form.version(), form.remark.data or ""), done
    )


@reports.page("/reports/<int:report_id>/issue", may=Permission.REPORT_ISSUE, methods=["POST"], once=True)
def issue(report_id: int) -> ResponseReturnValue:
    """Issue it: number, PDF, and news to those on the list."""
    form = StepForm()
    done = N_("The report is issued and kept. Those on its distribution list are told.")
    return _do(report_id, form, lambda work: issue_report(work, get_parts().store, report_id, form.version()), done)


@reports.page("/reports/<int:report_id>/withdraw", may=Permission.REPORT_ISSUE, methods=["POST"], once=True)
def withdraw(report_id: int) -> ResponseReturnValue:
    """Withdraw it, and say why."""
    form = WithdrawForm()
    _any_successor(form)

    def act(work: UnitOfWork) -> Report:
        return withdraw_report(work, report_id, form.version(), form.remark.data or "", form.successor_id.data or None)

    return _do(report_id, form, act, N_("The report is withdrawn. It stays, marked, and those who had it are told."))


@reports.page("/reports/<int:report_id>/successor", may=Permission.REPORT_ISSUE, methods=["POST"], once=True)
def successor(report_id: int) -> ResponseReturnValue:
    """Name the report that takes its place."""
    form = SuccessorForm()
    _any_successor(form)
    done = N_("The successor is named, and those on the distribution list are told.")
    return _do(
        report_id,
        form,
        lambda work: name_successor(work, report_id, form.version(), form.successor_id.data or 0),
        done,
    )


def _any_successor(form: SuccessorForm) -> None:
    """Which one may be named is the service's to say."""
    form.offer([])
    form.successor_id.validate_choice = False


@reports.page("/reports/<int:report_id>/recipients", may=Permission.REPORT_MAKE, methods=["POST"], once=True)
def recipients(report_id: int) -> ResponseReturnValue:
    """Put people on the distribution list."""
    form = RecipientsForm()
    form.offer([])
    form.people.validate_choice = False
    done = N_("The distribution list is changed.")
    return _do(report_id, form, lambda work: add_recipients(work, report_id, form.people.data or []), done)


@reports.page(
    "/reports/<int:report_id>/recipients/<int:person_id>/remove",
    may=Permission.REPORT_MAKE,
    methods=["POST"],
    once=True,
)
def recipient_off(report_id: int, person_id: int) -> ResponseReturnValue:
    """Take somebody off the distribution list."""
    OnceButton().validate_on_submit()
    remove_recipient(current_work(), report_id, person_id)
    say(N_("The distribution list is changed."))
    return redirect(url_for("reports.report", report_id=report_id))
