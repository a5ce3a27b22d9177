"""What the page of a report shows to whom."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.config import LANGUAGES
from portal.core.errors import NotFound
from portal.core.messages import Message
from portal.core.permissions import Permission
from portal.http.edge import current_work, get_parts, translate
from portal.http.forms import PortalForm
from portal.http.language import choose_language
from portal.reports.forms import (
    DraftForm,
    HandOnForm,
    RecipientsForm,
    SendBackForm,
    StepForm,
    SuccessorForm,
    WithdrawForm,
    as_address,
)
from portal.reports.models.issued import Report
from portal.reports.periods import Period
from portal.reports.queries import issued as queries
from portal.reports.routes.showing import Showing, Shown
from portal.reports.services.distributing import may_distribute
from portal.reports.services.exporting import FILE_FORMAT_NAMES
from portal.reports.services.rendering import DamagedReport, report_data
from portal.reports.states import (
    REPORT_ACTION_NAMES,
    REPORT_KIND_NAMES,
    REPORT_STATE_NAMES,
    UNISSUED,
    ReportKind,
    ReportState,
)
from portal.reports.statistics.counted import AUDIENCE_NAMES, Breakdown, CountedFigure, Crossing, Group, Statistics
from portal.reports.statistics.storing import read
from portal.reports.statistics.wording import period_text


class FrozenShowing(Showing):
    """Figures as they were frozen: the rows behind them may be others today, so that no number leads to rows."""

    def group(self, figure: CountedFigure, breakdown: Breakdown, group: Group) -> list[Shown]:
        """The three values of one row of a breakdown."""
        return self.rest(figure, group.values)

    def cell(self, figure: CountedFigure, crossing: Crossing, row: str, column: str, value: int) -> Shown:
        """A cell of a figure divided by two things."""
        return Shown(self.value(figure, value), "")

    def _link(self, figure: CountedFigure, when: str, keys: dict[str, str]) -> str:
        return ""


def render(template: str, **values: Any) -> str:
    """Render a page of reports with the words for their states."""
    language = choose_language()

    def period_words(period: Period) -> str:
        return period_text(period, language=language, translate=gettext)

    return render_template(
        f"reports/{template}",
        kind_names=REPORT_KIND_NAMES,
        state_names=REPORT_STATE_NAMES,
        action_names=REPORT_ACTION_NAMES,
        audience_names=AUDIENCE_NAMES,
        period_words=period_words,
        **values,
    )


def shown_report(report_id: int) -> Report:
    """The report, if the acting person may see it; NotFound otherwise."""
    work = current_work()
    found = queries.report_for(work.session, work.person, report_id)
    if found is None:
        raise NotFound()
    return found


def frozen_statistics(report: Report) -> Statistics | None:
    """The frozen figures of a report that has any; of a draft, and of a list, None."""
    if report.data_key is None or report.kind != ReportKind.STATISTICS:
        return None
    return read(report_data(current_work(), get_parts().store, report))


def report_page(
    report_id: int, *, filled: PortalForm | None = None, trouble: Message | None = None, status: int = 200
) -> ResponseReturnValue:
    """The page of a report; `filled`: a form that was sent and is wrong, `trouble`: what is said on top."""
    work = current_work()
    report = shown_report(report_id)
    try:
        statistics = frozen_statistics(report)
    except DamagedReport as error:  # What can be done with the report stays possible: withdrawing it above all.
        statistics, trouble = None, trouble or error.message
    inside = queries.may_see_work(work.person, report)
    signers = queries.signers(work.session, report) if inside else ()
    may = _may(report, work.person.id in {person.id for person in signers})
    content = render(
        "report.html",
        report=report,
        trouble=translate(trouble) if trouble is not None else None,
        may=may,
        forms=_forms(report, may, filled),
        signers=signers,
        inside=inside,
        fetched=queries.fetched_by(work.session, report) if inside else (),
        replaces=queries.replaced_by(work.session, work.person, report) if report.is_kept else (),
        statistics=statistics,
        show=FrozenShowing(statistics, work.today, choose_language()) if statistics is not None else None,
        address=as_address(report.period, report.audience) if report.kind == ReportKind.STATISTICS else None,
        formats=FILE_FORMAT_NAMES,
        languages=LANGUAGES,
        today=work.today,
        button=StepForm(formdata=None, row_version=report.row_version),
    )
    return content, status


def _may(report: Report, signs: bool) -> set[str]:
    """What the acting person may do with the report now: names of forms and buttons. `signs`: it waits for them."""
    work = current_work()
    person, state = work.person, report.state
    found = set()
    is_own = report.prepared_by_id == person.id and person.may(Permission.REPORT_MAKE)
    if is_own and state == ReportState.DRAFT:
        found |= {"change", "discard"} | ({"submit"} if report.last < work.today and not person.leaving else set())
    if is_own and state in (ReportState.IN_REVIEW, ReportState.REVIEWED):
        found.add("take_back")
    if state in UNISSUED and (is_own or person.may(Permission.REPORT_REVIEW)):
        found.add("hand_on")
    if signs:
        found |= {"send_back", "approve" if state == ReportState.IN_REVIEW else "issue"}
    if person.may(Permission.REPORT_ISSUE) and not person.leaving:
        if state == ReportState.ISSUED:
            found.add("withdraw")
        if state == ReportState.WITHDRAWN and report.successor_id is None:
            found.add("successor")
    if may_distribute(person) and state != ReportState.DISCARDED:
        found.add("distribute")
    if may_distribute(person) and report.is_kept:
        found.add("original")
    return found


def _forms(report: Report, may: set[str], filled: PortalForm | None) -> dict[str, PortalForm]:
    """The forms of the page, each over the report as it is; the one that was sent as it was filled in."""
    work = current_work()
    over = {"row_version": report.row_version}
    forms: dict[str, PortalForm] = {}
    if "change" in may:
        forms["change"] = DraftForm(formdata=None, title=report.title, language=report.language, **over)
    if "send_back" in may:
        forms["send_back"] = SendBackForm(formdata=None, **over)
    if "withdraw" in may:
        forms["withdraw"] = WithdrawForm(formdata=None, **over)
    if "successor" in may:
        forms["successor"] = SuccessorForm(formdata=None, **over)
    if "hand_on" in may:
        forms["hand_on"] = HandOnForm(formdata=None, **over)
    if "distribute" in may:
        forms["distribute"] = RecipientsForm(formdata=None)
    if filled is not None:
        sent = {name for name, form in forms.items() if type(form) is type(filled)}
        forms |= dict.fromkeys(sent, filled)
    for form in forms.values():
        if isinstance(form, SuccessorForm):
            rows = work.session.scalars(queries.possible_successors(work.person, report))
            form.offer([(row.id, f"{row.number}, {_period(row)}") for row in rows])
        elif isinstance(form, HandOnForm):
            form.offer(queries.colleagues(work.session, report))
        elif isinstance(form, RecipientsForm):
            form.offer(queries.possible_recipients(work.session, report))
    return forms


def _period(report: Report) -> str:
    return period_text(report.period, language=choose_language(), translate=gettext)
