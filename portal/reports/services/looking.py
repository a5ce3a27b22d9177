"""Looking closer: at one figure of the statistics, and at the rows behind a number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.core.errors import NotFound, NotPermitted
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.reports.periods import Compared, Period, compared
from portal.reports.queries.counting import as_audience, names_of, step_for
from portal.reports.queries.declaring import Dimension, Figure, Scope, Section, Timing
from portal.reports.queries.listings import Shown, rows_shown
from portal.reports.queries.sections import SECTIONS, figure_named
from portal.reports.services.counting import check_period, count
from portal.reports.statistics.counted import Audience, Name, Statistics


def count_one(work: UnitOfWork, audience: Audience, period: Period, name: str) -> Statistics:
    """The statistics of one figure alone. NotFound where there is no such figure; otherwise as `count`."""
    for section in SECTIONS:
        for figure in section.figures:
            if figure.name == name:
                return count(work, audience, period, sections=[Section(section.name, section.title, [figure])])
    raise NotFound()


@dataclass(frozen=True)
class Behind:
    """The rows of a figure, or of one cell of it, in one of the three periods."""

    figure: Figure
    period: Period
    periods: Compared
    chosen: tuple[tuple[str, Name], ...]
    """Titles of the dimensions that were chosen, and the names of their keys."""
    shown: Shown
    comparable: bool
    """Whether the same rows exist for the compared periods."""


def look_behind(
    work: UnitOfWork,
    audience: Audience,
    period: Period,
    name: str,
    *,
    place: int,
    keys: Mapping[str, str],
    offset: int,
    limit: int,
) -> Behind:
    """The rows behind the figure called `name`, of the period (`place` 0), the one before (1) or last year's (2).

    NotFound for what there is not: a figure, a dimension, a key, a period to compare with. Otherwise as `count`.
    """
    actor = work.require(Permission.REPORT_MAKE)
    if audience is Audience.CORE and not actor.cleared_for_core:
        raise NotPermitted()
    check_period(period, work.today)
    figure = figure_named(name)
    if figure is None or (figure.timing is Timing.NOW and place):
        raise NotFound()
    periods = compared(period, work.today)
    seer = as_audience(actor, audience)
    scope = Scope(work.session, seer, tuple(periods)[place], work.today, work.now, work.zone)
    shown = rows_shown(figure, scope, keys, whole=periods.this, offset=offset, limit=limit)
    known = {dimension.name: dimension for dimension in figure.dimensions}
    has_rows = shown.total > 0
    chosen = tuple((known[one].title, _name_of(known[one], key, scope, period, has_rows)) for one, key in keys.items())
    along_time = any(known[one].is_time for one in keys)
    comparable = figure.timing is not Timing.NOW and not along_time
    return Behind(figure, scope.period, periods, chosen, shown, comparable)


def _name_of(dimension: Dimension, key: str, scope: Scope, whole: Period, has_rows: bool) -> Name:
    if dimension.is_time:
        return Name(key, step_for(whole))
    if not has_rows:
        # Nothing was counted, so that nothing may be named: the key may be any dossier's.
        words = dimension.words or {}
        hidden = frozenset() if scope.actor.cleared_for_core else dimension.for_core_only
        if key not in words or key in hidden:
            return Name(key)
    return dict(names_of(dimension, [key], scope))[key]
