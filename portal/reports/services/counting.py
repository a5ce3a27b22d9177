"""Counting the statistics for somebody: who may, for which audience, for which period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from portal.core.errors import Invalid, NotPermitted
from portal.core.messages import N_, Message
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.reports.periods import Period, compared
from portal.reports.queries.counting import count_statistics
from portal.reports.queries.declaring import Section
from portal.reports.queries.listings import listed
from portal.reports.queries.sections import SECTIONS
from portal.reports.statistics.counted import Audience, Statistics

LONGEST_DAYS = 3660
"""Ten years: the longest period one report covers."""
EARLIEST = date(1950, 1, 1)


def count(
    work: UnitOfWork, audience: Audience, period: Period, *, sections: Sequence[Section] | None = None
) -> Statistics:
    """The statistics of `period` as `audience` may see them; all sections unless some are named.

    The figures agree with each other only in a transaction that sees one moment (`begin_snapshot`).

    NotPermitted without the permission, or for core dossiers without clearance; Invalid for a period that makes no
    sense.
    """
    actor = work.require(Permission.REPORT_MAKE)
    if audience is Audience.CORE and not actor.cleared_for_core:
        raise NotPermitted()
    check_period(period, work.today)
    return count_statistics(
        work.session,
        actor,
        audience,
        compared(period, work.today),
        sections=SECTIONS if sections is None else sections,
        listing=listed,
        now=work.now,
        today=work.today,
        zone=work.zone,
    )


def check_period(period: Period, today: date) -> None:
    """Invalid (field `first` or `last`) for a period that ends before it begins, is too long, or has not begun."""
    if period.last < period.first:
        raise Invalid(fields={"last": Message(N_("The period ends before it begins."))})
    if period.days > LONGEST_DAYS:
        raise Invalid(fields={"last": Message(N_("A report covers ten years at most."))})
    if period.first > today:
        raise Invalid(fields={"first": Message(N_("The period has not begun yet."))})
    if period.first - timedelta(days=366) < EARLIEST:
        raise Invalid(fields={"first": Message(N_("The period begins before there was an archive."))})
