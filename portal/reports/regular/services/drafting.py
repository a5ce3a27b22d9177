"""The drafts of regular reports: made once for each period, on the first working day after it (R16)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from portal.accounts.models import Person
from portal.accounts.queries import hold_people, holders_of
from portal.core.permissions import Level, Role
from portal.core.unit_of_work import UnitOfWork
from portal.notices.kinds import NoticeKind
from portal.policy.queries import current_policy, office_calendar
from portal.reports.models.issued import Report, ReportRecipient
from portal.reports.models.regular import RegularDraft, RegularReport
from portal.reports.regular import queries
from portal.reports.regular.services.common import is_core
from portal.reports.regular.services.common import tell as tell_of_regular
from portal.reports.regular.states import RegularState
from portal.reports.services.loading import subject
from portal.reports.services.preparing import NewReport, prepare_report
from portal.reports.services.telling import tell


def make_due_drafts(work: UnitOfWork, today: date) -> int:
    """Make every draft that is due by `today` and not made yet; returns how many. Repeating it does no harm."""
    calendar = office_calendar(work.session, current_policy(work.session))
    return sum(make_draft(work, due) is not None for due in queries.due_drafts(work.session, calendar, today))


def make_draft(work: UnitOfWork, due: queries.Due) -> Report | None:
    """Make the draft of one period; None where it was made, or the regular report ended, meanwhile, and where it is for
    core readers but nobody cleared answers for it or prepares it: those who can name somebody are told."""
    # Held, and asked again: another process may have looked at the same moment.
    regular = work.session.scalar(
        select(RegularReport)
        .where(RegularReport.id == due.regular_id)
        .with_for_update(of=RegularReport)
        .execution_options(populate_existing=True)
    )
    if regular is None or regular.state is not RegularState.ACTIVE or _is_made(work, due):
        return None
    reviewers = {person.id for person in holders_of(work.session, Role.RECORDS_MANAGER)}
    if is_core(regular) and not _is_cleared(work, regular):
        # Its title is of core readers too, so that a draft for everybody would tell of it.
        stage = f"uncleared:{due.period.first}"
        tell_of_regular(work, regular, reviewers | {regular.owner_id}, NoticeKind.REGULAR_UNCLEARED, stage)
        return None
    preparer_id = regular.preparer_id or 0
    new = NewReport(regular.kind, due.period, regular.audience, regular.language, regular.title)
    report = prepare_report(work, new, prepared_by_id=preparer_id)
    for person_id in queries.recipients_now(work.session, regular):
        work.session.add(
            ReportRecipient(
                report_id=report.id, person_id=person_id, added_at=work.now, added_by_id=regular.asked_by_id
            )
        )
        work.record("report:add_recipient", subject(report), details={"person": person_id})
    work.session.add(RegularDraft(regular_id=regular.id, first=due.period.first, report_id=report.id))
    work.session.flush()
    about: dict[str, str | date] = {"title": regular.title, "first": due.period.first, "last": due.period.last}
    tell(work, report, [preparer_id], NoticeKind.REPORT_DRAFT_READY, "draft", **about)
    tell(work, report, reviewers - {preparer_id}, NoticeKind.REPORT_DRAFT_BEGUN, "draft", **about)
    return report


def _is_made(work: UnitOfWork, due: queries.Due) -> bool:
    made = select(RegularDraft.id).where(
        RegularDraft.regular_id == due.regular_id, RegularDraft.first == due.period.first
    )
    return work.session.scalar(made) is not None


def _is_cleared(work: UnitOfWork, regular: RegularReport) -> bool:
    """Whether whoever answers for it, and whoever prepares it, are cleared for core."""
    people = [one for one in (regular.owner_id, regular.preparer_id) if one is not None]
    held: dict[int, Person] = hold_people(work.session, people)
    return all(person.clearance == Level.CORE for person in held.values())
