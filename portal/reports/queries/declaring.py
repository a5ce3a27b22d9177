"""What a figure is. Declaring one is writing one function; page, PDF, files, drill-down and appendix follow from it.

    @LOANS.figure(
        N_("Volumes issued"),
        N_("Loans issued in the period; those voided on the day of issue are not counted."),
        of=Thing.LOANS,
        by=(DEPARTMENT, TIME),
    )
    def loans_issued(scope: Scope) -> Rows:
        return select(Loan.id.label("subject"), …)

The function selects **the things counted, one row each**: `subject` (the id in the table of `of`), one column for
each dimension, labelled with its name, and, where it is more than a count of rows, an integer `amount`. The figure
counts these rows, and the page behind the figure shows the same rows: neither can say what the other does not.

Several figures over the same rows are declared over one function, one above the other, the lowest being the first on
the page; each of the others has a `name`, and where they measure something the `amount` names its column. The rows are
then found once for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, Subquery, and_, exists, select
from sqlalchemy.orm import Session, aliased

from portal.access.queries import known_to
from portal.clients.models import Client
from portal.core.clock import office_midnight
from portal.core.permissions import Actor
from portal.dossiers.models import Dossier
from portal.dossiers.states import DossierState
from portal.reports.periods import Period
from portal.reports.queries.moments import office_day, office_hour
from portal.reports.queries.planning import mostly
from portal.reports.statistics.counted import Chart, Name, Unit

Rows = Select[*tuple[Any, ...]]


class Thing(StrEnum):
    """What the rows of a figure are: `subject` is the id in this table."""

    DOSSIERS = "dossiers"
    VOLUMES = "volumes"
    DOCUMENTS = "documents"
    PAGES = "pages"
    CLIENTS = "clients"
    REQUEST_LINES = "request_lines"
    LOANS = "loans"
    GRANTS = "reading_grants"
    TRAIL_ENTRIES = "trail_entries"
    HANDOVERS = "handovers"


class Measure(StrEnum):
    """What is made of the rows."""

    ROWS = "rows"
    """How many there are."""
    SUM = "sum"
    """The sum of their `amount`s."""
    MEAN = "mean"
    """The mean `amount`: days for Unit.DAYS, seconds for Unit.HOURS; given in tenths of a day or an hour."""
    SHARE = "share"
    """How many of the rows have `amount` 1 (the others 0), in tenths of a percent."""


class Timing(StrEnum):
    """What a period means for a figure."""

    DURING = "during"
    """What happened from the first to the last day."""
    AT_END = "at_end"
    """What stood at the end of the last day, or stands now where that has not come."""
    NOW = "now"
    """What stands now: the portal does not keep what it was, so that there is nothing to compare with."""


@dataclass(frozen=True)
class Scope:
    """For whom and for what time rows are selected."""

    session: Session
    actor: Actor
    """As the audience sees: without core clearance for everyone's statistics."""
    period: Period
    today: date
    now: datetime
    """The moment of counting, UTC."""
    zone: ZoneInfo

    @property
    def first(self) -> date:
        """The first day of the period."""
        return self.period.first

    @property
    def last(self) -> date:
        """The last day of the period, or today where that has not come."""
        return min(self.period.last, self.today)

    @cached_property
    def begins(self) -> datetime:
        """The moment the period begins."""
        return office_midnight(self.period.first, self.zone)

    @cached_property
    def ends(self) -> datetime:
        """The moment the period is over: the midnight after its last day (or after today, where that has not come)."""
        return office_midnight(self.last + timedelta(days=1), self.zone)

    @property
    def known(self) -> ColumnElement[bool]:
        """Official dossiers the audience may know of. Every select of dossiers, or of what belongs to one, has it."""
        return mostly(and_(known_to(self.actor, Dossier), Dossier.state == DossierState.OPEN))

    @property
    def known_clients(self) -> ColumnElement[bool]:
        """Clients with such a dossier. For selects of `Client`; it joins nothing."""
        dossier = aliased(Dossier)
        return exists().where(
            dossier.client_id == Client.id, known_to(self.actor, dossier), dossier.state == DossierState.OPEN
        )

    def happened(self, moment: Any) -> ColumnElement[bool]:
        """Whether a moment lies in the period."""
        return and_(moment >= self.begins, moment < self.ends)

    def day_of(self, moment: Any) -> ColumnElement[Any]:
        """The office's date of a moment in the period."""
        return office_day(moment, self.zone, (self.begins, self.ends))

    def hour_of(self, moment: Any) -> ColumnElement[int]:
        """The office's hour (0 to 23) of a moment in the period."""
        return office_hour(moment, self.zone, (self.begins, self.ends))

    def on_days(self, day: Any) -> ColumnElement[bool]:
        """Whether a date lies in the period."""
        return and_(day >= self.first, day <= self.last)


NamesOf = Callable[[Session, Iterable[str]], Mapping[str, Name]]
"""From keys of a dimension (ids as text) to names, for those that are names of rows in the database."""


@dataclass(frozen=True, eq=False)  # Each is itself alone: its words cannot be hashed.
class Dimension:
    """By what a figure is divided. The rows have a column labelled `name`; its values as text are the keys.

    A row whose column is NULL or empty counts as "not stated" (key "").
    """

    name: str
    title: str
    """Message id, as in "By kind of client"."""
    words: Mapping[str, str] | None = None
    """The keys in their order with their names (message ids): each stands in the report, with 0 too."""
    names: NamesOf | None = None
    """How other keys get their names; without it the key is the name."""
    shape: str = "text"
    """Shape of the `Name`s where there are neither `words` nor `names`."""
    chart: Chart = Chart.BARS
    most: int | None = None
    """The largest groups only, this many."""
    for_core_only: frozenset[str] = frozenset()
    """Keys that are left out of statistics for everyone, where they would always be 0."""
    is_time: bool = False
    """The keys are dates, counted in the days, weeks, months or years that suit the period."""
    beyond_register: bool = False
    """A key says of the client what only those may see who may read a dossier of it, as its rank: chosen by such a key,
    a row that is shown would tell."""


@dataclass(frozen=True)
class Cross:
    """A figure divided by two dimensions at once."""

    rows: Dimension
    columns: Dimension
    title: str
    chart: Chart = Chart.STACKED


@dataclass(frozen=True)
class Figure:
    """A declared figure: see the module's docstring."""

    name: str
    title: str
    definition: str
    of: Thing
    rows: Callable[[Scope], Rows]
    """What it is counted from; `rows_of` gives those that are counted."""
    amount: str | None
    """The column it measures. A row where this is NULL is none of the figure's."""
    by: tuple[Dimension, ...]
    crossed: tuple[Cross, ...]
    measure: Measure
    unit: Unit
    timing: Timing
    is_key: bool
    is_listed: bool
    less_is_better: bool
    beyond_register: bool
    """That a client is counted at all says of it what its fields say; see `Dimension.beyond_register`."""

    def rows_of(self, scope: Scope) -> Subquery:
        """The rows that are counted."""
        rows = self.rows(scope).subquery()
        return rows if self.amount is None else select(rows).where(rows.c[self.amount].is_not(None)).subquery()

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """Every dimension its rows have a column for."""
        crossed = (side for cross in self.crossed for side in (cross.rows, cross.columns))
        return tuple(dict.fromkeys((*self.by, *crossed)))


@dataclass
class Section:
    """Figures under one heading; `figure` adds one."""

    name: str
    title: str
    figures: list[Figure] = field(default_factory=list)

    def figure(
        self,
        title: str,
        definition: str,
        *,
        of: Thing,
        name: str | None = None,
        by: tuple[Dimension, ...] = (),
        crossed: tuple[Cross, ...] = (),
        measure: Measure = Measure.ROWS,
        amount: str | None = None,
        unit: Unit = Unit.THINGS,
        timing: Timing = Timing.DURING,
        is_key: bool = False,
        is_listed: bool = False,
        less_is_better: bool = False,
        beyond_register: bool = False,
    ) -> Callable[[Callable[[Scope], Rows]], Callable[[Scope], Rows]]:
        """Declare a figure.

        `name`: the function's with dashes, where it is not said; `definition`: one sentence for the appendix; `amount`:
        the column that is measured, "amount" where it is not said; with Measure.ROWS only the rows that have it are
        counted; `is_key`: it stands among the key figures; `is_listed`: the report lists its rows; `less_is_better`: an
        increase is bad news; `beyond_register`: see there.
        """

        def declare(rows: Callable[[Scope], Rows]) -> Callable[[Scope], Rows]:
            self.figures.append(
                Figure(
                    name=name or rows.__name__.replace("_", "-"),
                    title=title,
                    definition=definition,
                    of=of,
                    rows=rows,
                    amount=amount or (None if measure is Measure.ROWS else "amount"),
                    by=by,
                    crossed=crossed,
                    measure=measure,
                    unit=unit,
                    timing=timing,
                    is_key=is_key,
                    is_listed=is_listed,
                    less_is_better=less_is_better,
                    beyond_register=beyond_register,
                )
            )
            return rows

        return declare
