"""Showing somebody the first rows of a list before they ask for it."""

from __future__ import annotations

from portal.core.errors import NotPermitted
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.reports.periods import Period, PeriodKind
from portal.reports.queries.counting import as_audience
from portal.reports.queries.declaring import Scope
from portal.reports.queries.lists import count_list
from portal.reports.regular.rules import departments_asked_for
from portal.reports.regular.services.asking import check_spec
from portal.reports.statistics.counted import Audience
from portal.reports.statistics.lists import ListOf, ListReport, ListSpec

ROWS_SHOWN = 20


def preview_list(work: UnitOfWork, spec: ListSpec, audience: Audience) -> ListReport | None:
    """The first rows of the list for the last month, with the acting person's rights; None where they see the rows only
    once it is approved: the loan register is not open to everybody who leads a department.

    Raises NotPermitted for whoever may not ask, or wants core without clearance; Invalid as `check_spec`.
    """
    actor = work.require(Permission.REGULAR_ASK)
    if not departments_asked_for(actor) or (audience is Audience.CORE and not actor.cleared_for_core):
        raise NotPermitted()
    check_spec(work.session, spec)
    if spec.of is ListOf.LOANS and not actor.may(Permission.LOANS_VIEW_ALL):
        return None
    period = Period.containing(PeriodKind.MONTH, work.today).before()
    scope = Scope(work.session, as_audience(actor, audience), period, work.today, work.now, work.zone)
    return count_list(spec, scope, audience, most=ROWS_SHOWN)
