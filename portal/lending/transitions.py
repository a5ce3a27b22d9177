"""The one way a request line, a loan or a volume's custody changes state: through the tables of data."""

from __future__ import annotations

from typing import Any

from portal.core.errors import Conflict
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Volume
from portal.dossiers.services import note_custody
from portal.dossiers.states import CUSTODY, CustodyAction
from portal.lending.models import Loan, RequestLine
from portal.lending.states import AUTOMATIC_LINE_ACTIONS, LINE, LOAN, LineAction, LoanAction

Row = RequestLine | Loan | Volume
Action = LineAction | LoanAction | CustodyAction

_TABLES: dict[type, tuple[str, dict[Any, Any]]] = {
    RequestLine: ("state", LINE),
    Loan: ("state", LOAN),
    Volume: ("custody", CUSTODY),
}
_AUTOMATIC: frozenset[Action] = AUTOMATIC_LINE_ACTIONS | {CustodyAction.RESERVE, CustodyAction.RELEASE}
"""What the portal itself may do while nobody acts (the sweep of lapsed requests)."""


def possible(row: Row, action: Action) -> bool:
    """Whether the row's state allows `action`, whoever asks."""
    column, table = _TABLES[type(row)]
    return (getattr(row, column), action) in table


def advance(work: UnitOfWork, row: Row, action: Action, reason: str = "") -> None:
    """Move `row` by `action`. Conflict where its state does not allow it, NotPermitted where the person may not.

    `reason` (300 characters at most) goes into the history of a volume.
    """
    column, table = _TABLES[type(row)]
    step = table.get((getattr(row, column), action))
    if step is None:
        raise Conflict()
    state, permission = step
    if work.actor is not None or action not in _AUTOMATIC:
        work.require(permission)
    before = getattr(row, column)
    setattr(row, column, state)
    if isinstance(row, Volume):
        note_custody(work, row, before, reason)
