"""The proof of the figures: on random archives every figure is what a count in plain Python says, to the last digit."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.accounts.queries import actor_of
from portal.core.clock import SetClock
from portal.core.permissions import Actor
from portal.core.unit_of_work import UnitOfWork
from portal.reports.periods import Compared, compared
from portal.reports.queries.counting import as_audience
from portal.reports.queries.declaring import Scope
from portal.reports.queries.rows import rows_behind
from portal.reports.queries.sections import SECTIONS
from portal.reports.services.counting import count
from portal.reports.statistics.counted import Audience, CountedFigure, Statistics
from tests.conftest import TRAIL_KEY
from tests.unit.reports.archives import Drawing, make_archive
from tests.unit.reports.recount import RECOUNTS
from tests.unit.reports.recount.comparing import Again, differences
from tests.unit.reports.recount.view import Raw, View

DECLARED = {figure.name: figure for section in SECTIONS for figure in section.figures}
_FIGURES_BEHIND, _CELLS_BEHIND = 6, 2
"""Behind how many cells of how many figures the test looks, in each period."""


def test_every_figure_has_a_recount() -> None:
    assert set(DECLARED) == set(RECOUNTS)


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(n, marks=pytest.mark.slow) for n in range(3, 10))])
def test_the_figures_are_what_a_recount_says(session: Session, seed: int) -> None:
    drawing = make_archive(session, seed)
    person = session.get_one(Person, 1)
    actor = actor_of(session, person)
    work = UnitOfWork(session, SetClock(drawing.now), drawing.zone, TRAIL_KEY, actor)
    raw = Raw(session)
    wrong = []
    for place, period in enumerate(drawing.periods):
        # Each kind of period for one audience in this archive, for the other in the next.
        audience = (Audience.EVERYONE, Audience.CORE)[(place + seed) % 2]
        counted = count(work, audience, period)
        recounted = _counted_again(raw, drawing, audience, compared(period, drawing.today))
        at = f"{audience}, {period.first} to {period.last}"
        for figure in counted.figures():
            wrong += [f"{figure.name}, {at}: {each}" for each in differences(figure, recounted[figure.name])]
        wrong += [f"{at}: {each}" for each in _Behind(session, actor, drawing, counted, recounted).differences()]
    assert not wrong, "\n".join(wrong)


def _counted_again(raw: Raw, drawing: Drawing, audience: Audience, periods: Compared) -> dict[str, Again]:
    core = audience is Audience.CORE
    views = tuple(View(raw, core, drawing.zone, each.first, min(each.last, drawing.today)) for each in periods)
    return {name: Again(recount, tuple(periods), views) for name, recount in RECOUNTS.items()}


class _Behind:
    """The rows behind cells that the archive's dice choose: the same number, made of the very rows of the recount."""

    def __init__(
        self, session: Session, actor: Actor, drawing: Drawing, counted: Statistics, recounted: dict[str, Again]
    ) -> None:
        seer = as_audience(actor, counted.audience)
        self.scope = Scope(session, seer, counted.periods.this, drawing.today, drawing.now, drawing.zone)
        self.chance, self.counted, self.recounted = drawing.chance, counted, recounted

    def differences(self) -> list[str]:
        """Where the rows are not what the figure says."""
        chosen = self.chance.sample(list(self.counted.figures()), _FIGURES_BEHIND)
        return [each for figure in chosen for each in self._of_figure(figure)]

    def _of_figure(self, figure: CountedFigure) -> list[str]:
        cells = self._cells(figure)
        return [
            each
            for keys, value in self.chance.sample(cells, min(len(cells), _CELLS_BEHIND))
            for each in self._of_cell(figure.name, keys, value)
        ]

    @staticmethod
    def _cells(figure: CountedFigure) -> list[tuple[dict[str, str], int | None]]:
        whole: list[tuple[dict[str, str], int | None]] = [({}, figure.total.this)]
        parts: list[tuple[dict[str, str], int | None]] = [
            ({breakdown.name: group.key}, group.values.this)
            for breakdown in figure.breakdowns
            for group in breakdown.groups
        ]
        crossed: list[tuple[dict[str, str], int | None]] = [
            (dict(zip(crossing.name.split("-"), (row, column), strict=True)), crossing.cells[r][c])
            for crossing in figure.crossings
            for r, (row, _) in enumerate(crossing.row_names)
            for c, (column, _) in enumerate(crossing.column_names)
        ]
        return whole + parts + crossed

    def _of_cell(self, name: str, keys: dict[str, str], value: int | None) -> list[str]:
        declared, period = DECLARED[name], self.counted.periods.this
        found = rows_behind(declared, self.scope, keys, whole=period, limit=None)
        again = self.recounted[name]
        expected = [row for row in again.rows[0] if self._has(again, row.keys, keys)]
        wrong = []
        if found.value != value or found.rows != len(expected):
            wrong.append(f"behind {name} {keys}: {found.rows} rows, {found.value}; {len(expected)} rows, {value}")
        subjects = [subject for subject, _ in found.subjects]
        if sorted(subjects) != sorted(row.subject for row in expected) or subjects != sorted(subjects, reverse=True):
            wrong.append(f"behind {name} {keys}: other rows, or in another order")
        return wrong

    @staticmethod
    def _has(again: Again, row: dict[str, Any], keys: dict[str, str]) -> bool:
        return all(
            (again.start_of(row[name]).isoformat() if name == "day" else row[name]) == key for name, key in keys.items()
        )
