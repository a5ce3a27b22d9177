"""What every act on a report begins and ends with: the row, held and checked; a line of its history; the trail."""

from __future__ import annotations

from sqlalchemy import select

from portal.core.erasable import ErasableText
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted
from portal.core.messages import N_, Message
from portal.core.unit_of_work import UnitOfWork
from portal.reports.models.issued import Report, ReportStep
from portal.reports.queries.issued import preparers, visible_to
from portal.reports.states import REPORT, ReportAction

LONGEST_REMARK = 500


class NobodyLeavingSigns(NotPermitted):
    """The acting person's handover is open."""

    message_id = N_("Your handover is open: you sign nothing any more. Hand the report to a colleague.")


def held_report(work: UnitOfWork, report_id: int, version: int) -> Report:
    """The report as it is now, kept from all others until the commit. Raises NotFound, StaleVersion."""
    report = work.session.scalar(
        select(Report)
        .where(Report.id == report_id, visible_to(work.person))
        .with_for_update(of=Report, key_share=True)
        .execution_options(populate_existing=True)
    )
    if report is None:
        raise NotFound()
    report.check_version(version)
    return report


def advance(
    work: UnitOfWork, report: Report, action: ReportAction, *, remark: str = "", to_id: int | None = None
) -> ReportStep:
    """Take the step of the table of states that `action` is, and write it into the history.

    Raises Conflict (not possible in this state), NotPermitted.
    """
    after = REPORT.get((report.state, action))
    if after is None:
        raise Conflict()
    state, permission = after
    work.require(permission)
    report.state = state
    step = add_step(work, report, action, remark=remark, to_id=to_id)
    work.session.flush()
    return step


def add_step(
    work: UnitOfWork, report: Report, action: ReportAction, *, remark: str = "", to_id: int | None = None
) -> ReportStep:
    """Write a line of the report's history."""
    step = ReportStep(
        report=report,
        action=action,
        at=work.now,
        by_id=work.actor.id if work.actor else None,
        to_id=to_id,
        remark=ErasableText.of(remark),
        data_key=report.data_key if action == ReportAction.SUBMIT else None,
    )
    work.session.add(step)
    return step


def thaw(report: Report) -> None:
    """Forget the frozen figures and the signatures under them: the history has both."""
    report.data_key = report.data_size = None
    report.submitted_by_id = report.submitted_at = None
    report.reviewed_by_id = report.reviewed_at = None


def check_strange(work: UnitOfWork, report: Report) -> None:
    """Raise NotPermitted unless the acting person, who does not leave, has had no part in preparing the report."""
    if work.person.leaving:
        raise NobodyLeavingSigns()
    if work.person.id in preparers(work.session, report):
        raise NotPermitted(N_("You have prepared this report yourself: somebody else reviews and issues it."))


def checked_remark(remark: str, missing: str) -> str:
    """The remark without blanks at its ends. Raises Invalid (field `remark`) when there is none, or it is too long."""
    remark = remark.strip()
    if not remark:
        raise Invalid(fields={"remark": Message(missing)})
    if len(remark) > LONGEST_REMARK:
        too_long = Message(N_("At most %(most)s characters, please."), {"most": LONGEST_REMARK})
        raise Invalid(fields={"remark": too_long})
    return remark


def subject(report: Report) -> str:
    """What the trail calls the report: those for core readers by a name of their own, which is not shown to others."""
    return f"{'core_reports' if report.is_core else 'reports'}:{report.id}"
