"""Handovers: opened, signed off, under way."""

from __future__ import annotations

from sqlalchemy import or_, select

from portal.core.messages import N_
from portal.handover.models import Handover
from portal.handover.states import HANDOVER_KIND_NAMES, HandoverState
from portal.reports.queries.declaring import Dimension, Rows, Scope, Section, Thing, Timing
from portal.reports.queries.dimensions import DEPARTMENT, in_words

HANDOVERS = Section("handovers", N_("Handovers"))

HANDOVER_KIND = Dimension("handover_kind", N_("By kind of handover"), words=in_words(HANDOVER_KIND_NAMES))


def _handovers() -> Rows:
    return select(
        Handover.id.label("subject"),
        Handover.kind.label("handover_kind"),
        Handover.from_department_id.label("department"),
    )


@HANDOVERS.figure(
    N_("Handovers opened"),
    N_("Handovers opened in the period, called off or not; the department is the one that is left."),
    of=Thing.HANDOVERS,
    by=(HANDOVER_KIND, DEPARTMENT),
)
def handovers_opened(scope: Scope) -> Rows:
    return _handovers().where(scope.happened(Handover.opened_at))


@HANDOVERS.figure(
    N_("Handovers signed off"),
    N_("Handovers signed off in the period; the department is the one that is left."),
    of=Thing.HANDOVERS,
    by=(HANDOVER_KIND, DEPARTMENT),
)
def handovers_signed_off(scope: Scope) -> Rows:
    return _handovers().where(Handover.state == HandoverState.SIGNED_OFF, scope.happened(Handover.closed_at))


@HANDOVERS.figure(
    N_("Handovers under way"),
    N_(
        "Handovers opened by the end of the period's last day and neither signed off nor called off by then; the "
        "department is the one that is left."
    ),
    of=Thing.HANDOVERS,
    by=(HANDOVER_KIND, DEPARTMENT),
    timing=Timing.AT_END,
)
def handovers_open(scope: Scope) -> Rows:
    return _handovers().where(
        Handover.opened_at < scope.ends, or_(Handover.closed_at.is_(None), Handover.closed_at >= scope.ends)
    )
