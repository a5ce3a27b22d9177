"""Regular reports: what a person finds of them, asking for one, signing, ending, handing on."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.queries import departments
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.http.edge import current_work, say, translate
from portal.http.language import choose_language
from portal.reports.periods import PeriodKind
from portal.reports.queries.lists import filter_names
from portal.reports.regular import queries, services
from portal.reports.regular.forms import (
    AskForm,
    DecideForm,
    HandOnForm,
    PreparerForm,
    RegularForm,
    ScheduleForm,
    WantedForm,
    people_offered,
)
from portal.reports.regular.rules import departments_asked_for
from portal.reports.regular.states import EVERY_NAMES, OPEN_STATES, REGULAR_STATE_NAMES, STAGE_NAMES, STAGES
from portal.reports.routes.room import reports
from portal.reports.states import REPORT_KIND_NAMES, REPORT_STATE_NAMES
from portal.reports.statistics.counted import AUDIENCE_NAMES, Audience
from portal.reports.statistics.lists import LIST_DEFINITIONS, LIST_NAMES, ListReport
from portal.reports.statistics.wording import cell_text, name_text, period_text

_WORDS = {
    "state_names": REGULAR_STATE_NAMES,
    "stage_names": STAGE_NAMES,
    "every_names": EVERY_NAMES,
    "kind_names": REPORT_KIND_NAMES,
    "report_state_names": REPORT_STATE_NAMES,
    "audience_names": AUDIENCE_NAMES,
    "list_names": LIST_NAMES,
    "list_definitions": LIST_DEFINITIONS,
}


def _page(template: str, **values: Any) -> str:
    return render_template(f"reports/{template}", **_WORDS, **values)


@reports.page("/reports/regular", may=Permission.REGULAR_ASK)
def regular() -> ResponseReturnValue:
    """The regular reports a person may open: those to sign first."""
    work = current_work()
    return _page(
        "regular.html",
        lists=queries.regular_lists(work.session, work.person),
        may_ask=bool(departments_asked_for(work.person)),
    )


@reports.page("/reports/regular/new", may=Permission.REGULAR_ASK, methods=["GET", "POST"], once=True)
def ask_for_regular() -> ResponseReturnValue:
    """Ask for one: what it is stands in the address, the rest in the form."""
    work = current_work()
    asked_for = departments_asked_for(work.person)
    if not asked_for:
        raise NotPermitted(N_("Regular reports are asked for by who heads a department, and by managers."))
    everywhere = [(row.id, row.name) for row in departments(work.session)]
    wanted = WantedForm.of_address(request.args, [row for row in everywhere if row[0] in asked_for], everywhere)
    if not wanted.validate() or (wanted.for_audience is Audience.CORE and not work.person.cleared_for_core):
        raise NotFound()
    form = AskForm(language=choose_language())
    department_id = wanted.for_department.data
    people = queries.possible_recipients(work.session, department_id)
    form.recipients.choices = [(person.id, person.name) for person in people]
    if form.validate_on_submit():
        try:
            row = services.ask_for_report(work, department_id, _new(form, wanted))
        except Invalid as error:
            form.show_errors(error)
            wanted_errors(wanted, error)
        else:
            say(N_("Your request is on its way: the records manager and the general manager sign it."))
            return redirect(url_for("reports.regular_page", regular_id=row.id))
    preview = None
    if wanted.spec is not None:
        try:
            preview = services.preview_list(work, wanted.spec, wanted.for_audience)
        except Invalid as error:
            wanted_errors(wanted, error)
    content = _page(
        "regular_new.html",
        wanted=wanted,
        form=form,
        spec=wanted.spec,
        preview=preview,
        cell=_cell(preview),
        cleared=work.person.cleared_for_core,
    )
    return content, 422 if form.is_submitted() else 200


def wanted_errors(wanted: WantedForm, error: Invalid) -> None:
    """Show what is wrong with what stands in the address."""
    for name, message in error.fields.items():
        if name in wanted:
            wanted[name].errors = [translate(message)]


def _cell(counted: ListReport | None) -> Any:
    zone = current_work().zone
    language = choose_language()
    return lambda cell, column: cell_text(cell, column.shape, language=language, translate=gettext, zone=zone)


def _new(form: AskForm, wanted: WantedForm | None) -> services.NewRegular:
    return services.NewRegular(
        title=form.title.data or "",
        every=PeriodKind(form.every.data),
        audience=wanted.for_audience if wanted is not None else Audience(form.audience.data),  # type: ignore[attr-defined]
        language=form.language.data,
        purpose=form.purpose.data or "",
        recipient_ids=form.recipients.data or (),
        spec=wanted.spec if wanted is not None else None,
    )


@reports.page("/reports/regular/schedules/new", may=Permission.REGULAR_SET_UP, methods=["GET", "POST"], once=True)
def new_schedule() -> ResponseReturnValue:
    """Set up statistics of the records department's own."""
    work = current_work()
    form = ScheduleForm(language=choose_language())
    cleared = work.person.cleared_for_core
    if not cleared:
        form.audience.choices = form.audience.choices[:1]
    form.preparer_id.choices = people_offered(queries.possible_preparers(work.session, Audience.EVERYONE))
    form.recipients.choices = [(row.id, row.name) for row in queries.possible_recipients(work.session, None)]
    if form.validate_on_submit():
        try:
            row = services.set_up_schedule(work, _new(form, None), form.preparer_id.data)
        except Invalid as error:
            form.show_errors(error)
        else:
            say(N_("The regular report is active. Its first draft appears on the first working day after the period."))
            return redirect(url_for("reports.regular_page", regular_id=row.id))
    return _page("regular_schedule.html", form=form), 422 if form.is_submitted() else 200


@reports.page("/reports/regular/<int:regular_id>", may=Permission.REGULAR_ASK)
def regular_page(regular_id: int) -> ResponseReturnValue:
    """One regular report, who signed it, and the drafts made so far."""
    return _regular_page(regular_id)


def _regular_page(
    regular_id: int, *, given: RegularForm | None = None, trouble: str | None = None, status: int = 200
) -> ResponseReturnValue:
    work = current_work()
    session, actor = work.session, work.person
    row = queries.with_everything(session, actor, regular_id)
    if row is None:
        raise NotFound()
    over = {"row_version": row.row_version}
    signers = queries.signers_of(session, row)
    signs = actor.id in {person.id for person in signers}
    is_open = row.state in OPEN_STATES
    hands_on = is_open and services.may_hand_on(actor, row)
    names = is_open and actor.may(Permission.REGULAR_SET_UP)
    decide = hand_on = preparer = None
    if signs:
        decide = given if isinstance(given, DecideForm) else DecideForm(formdata=None, **over)
        decide.preparer_id.choices = people_offered(queries.possible_preparers(session, row.audience))
    if hands_on:
        hand_on = given if isinstance(given, HandOnForm) else HandOnForm(formdata=None, **over)
        hand_on.person_id.choices = people_offered(queries.possible_owners(session, row))
    if names and not signs:
        preparer = given if isinstance(given, PreparerForm) else PreparerForm(formdata=None, **over)
        preparer.preparer_id.choices = people_offered(queries.possible_preparers(session, row.audience))
    language = choose_language()
    content = _page(
        "regular_page.html",
        regular=row,
        spec=row.spec,
        filters=filter_names(session, row.spec) if row.spec is not None else (),
        signers=signers,
        decide=decide,
        hand_on=hand_on,
        preparer=preparer,
        button=lambda: RegularForm(formdata=None, **over),
        ends=is_open and services.may_end(actor, row),
        waits=row.state in STAGES,
        shown_reports=queries.reports_shown(session, actor, [one.report_id for one in row.drafts]),
        period=lambda period: period_text(period, language=language, translate=gettext),
        name=lambda name: name_text(name, language=language, translate=gettext),
        trouble=trouble,
    )
    return content, status


@reports.page("/reports/regular/<int:regular_id>/decide", may=Permission.REGULAR_DECIDE, methods=["POST"], once=True)
def decide_regular(regular_id: int) -> ResponseReturnValue:
    """Sign or refuse."""
    work = current_work()
    approve = request.form.get("decision") == "approve"
    form = DecideForm()
    form.preparer_id.validate_choice = False
    form.validate()
    try:
        row = services.decide_regular(
            work,
            regular_id,
            form.version(),
            approve=approve,
            comment=form.comment.data or "",
            preparer_id=form.preparer_id.data or None,
        )
    except Invalid as error:
        form.show_errors(error)
        return _regular_page(regular_id, given=form, status=422)
    except Conflict as error:
        return _regular_page(regular_id, trouble=translate(error.message), status=error.status)
    if approve:
        say(N_("Signed. The regular report is now: %(state)s."), state=gettext(REGULAR_STATE_NAMES[row.state]))
    else:
        say(N_("Refused. Whoever asked is told."))
    return redirect(url_for("reports.regular"))


@reports.page("/reports/regular/<int:regular_id>/close", may=Permission.REGULAR_ASK, methods=["POST"], once=True)
def close_regular(regular_id: int) -> ResponseReturnValue:
    """Withdraw what still waits, or end what is active."""
    withdraws = request.form.get("what") == "withdraw"
    close = services.withdraw_regular if withdraws else services.end_regular
    try:
        close(current_work(), regular_id, RegularForm().version())
    except Conflict as error:
        return _regular_page(regular_id, trouble=translate(error.message), status=error.status)
    say(N_("The request is withdrawn.") if withdraws else N_("The regular report is ended. What was issued stays."))
    return redirect(url_for("reports.regular_page", regular_id=regular_id))


@reports.page("/reports/regular/<int:regular_id>/hand-on", may=Permission.REGULAR_ASK, methods=["POST"], once=True)
def hand_regular_on(regular_id: int) -> ResponseReturnValue:
    """Give it to a colleague."""
    form = HandOnForm()
    form.person_id.validate_choice = False
    try:
        services.hand_regular_on(current_work(), regular_id, form.version(), form.person_id.data or 0)
    except Invalid as error:
        form.show_errors(error)
        return _regular_page(regular_id, given=form, status=422)
    except Conflict as error:
        return _regular_page(regular_id, trouble=translate(error.message), status=error.status)
    say(N_("The regular report is in other hands."))
    return redirect(url_for("reports.regular"))


@reports.page("/reports/regular/<int:regular_id>/preparer", may=Permission.REGULAR_SET_UP, methods=["POST"], once=True)
def name_preparer(regular_id: int) -> ResponseReturnValue:
    """Have somebody else prepare it."""
    form = PreparerForm()
    form.preparer_id.validate_choice = False
    try:
        services.name_preparer(current_work(), regular_id, form.version(), form.preparer_id.data or 0)
    except Invalid as error:
        form.show_errors(error)
        return _regular_page(regular_id, given=form, status=422)
    except Conflict as error:
        return _regular_page(regular_id, trouble=translate(error.message), status=error.status)
    say(N_("From now on the drafts come to them."))
    return redirect(url_for("reports.regular_page", regular_id=regular_id))
