"""Which dossiers are on the shelf and which are out, asked of the database for each query.

The index never knows where the paper is: that changes with every loan, and the register tells it to everyone who
knows of the dossier.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.dossiers.models import Volume
from portal.dossiers.rules import CustodyCount, custody_summary
from portal.dossiers.states import Custody
from portal.lending.models import Loan
from portal.lending.states import LoanState
from portal.policy.rules import is_overdue
from portal.search.rules import dossier_key

_AWAY = (
    select(Volume.dossier_id, Volume.custody)
    .where(Volume.dossier_id.in_(select(Volume.dossier_id).where(Volume.custody != Custody.ON_SHELF)))
    .distinct()
)
_PAPER = (
    select(Volume.dossier_id, Volume.custody, Loan.due_on)
    .outerjoin(Loan, (Loan.volume_id == Volume.id) & (Loan.state == LoanState.ON_LOAN))
    .where(Volume.dossier_id.in_(bindparam("dossier_ids", expanding=True)))
)


@dataclass(frozen=True)
class Absences:
    """Keys of dossiers with a volume out on loan, and of those without a volume on the shelf. Both are short."""

    on_loan: frozenset[str]
    none_on_shelf: frozenset[str]


@dataclass(frozen=True)
class Paper:
    """Where the volumes of one dossier are. `out_until`: when the last of those on loan is due."""

    custody: Sequence[CustodyCount]
    out_until: date | None
    overdue: bool


def absences(session: Session) -> Absences:
    """Work out who is out, over all dossiers: a query's rights decide which of them anybody hears of."""
    on_loan: set[str] = set()
    gone: set[str] = set()
    present: set[str] = set()
    for dossier_id, custody in session.execute(_AWAY):
        key = dossier_key(dossier_id)
        gone.add(key)
        if custody == Custody.ON_LOAN:
            on_loan.add(key)
        elif custody == Custody.ON_SHELF:
            present.add(key)
    return Absences(frozenset(on_loan), frozenset(gone - present))


def paper_of(session: Session, dossier_ids: Collection[int], today: date) -> dict[int, Paper]:
    """Where the paper of these dossiers is, which must be known to whoever is told."""
    custodies: dict[int, list[Custody]] = defaultdict(list)
    due: dict[int, list[date]] = defaultdict(list)
    for dossier_id, custody, due_on in session.execute(_PAPER, {"dossier_ids": list(dossier_ids)}):
        custodies[dossier_id].append(custody)
        if due_on is not None:
            due[dossier_id].append(due_on)
    return {
        dossier_id: Paper(
            custody_summary(custodies[dossier_id]),
            max(due[dossier_id], default=None),
            any(is_overdue(day, today) for day in due[dossier_id]),
        )
        for dossier_id in dossier_ids
    }
