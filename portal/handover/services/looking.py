"""Looking what the leaver owes, again and again until the end: what was found is kept, with how it was closed."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import insert, select

from portal.core.messages import stored_message
from portal.core.obligations import Obligation, Obligations
from portal.core.unit_of_work import UnitOfWork
from portal.handover.checklist import everything_owed
from portal.handover.models import Handover, HandoverItem


def look(work: UnitOfWork, handover: Handover, obligations: Obligations, closed_by_id: int | None = None) -> bool:
    """Note what has newly come up and what is closed; returns whether anything is still owed.

    `handover` is locked by the caller. The features are asked anew each time: nothing is ever ticked off here.
    `closed_by_id`: who has just closed what is newly closed, where the features do not say.
    """
    owed = everything_owed(work.session, obligations, handover.person_id, work.today)
    rows = work.session.scalars(select(HandoverItem).where(HandoverItem.handover_id == handover.id)).all()
    before = {(row.source, row.subject): row for row in rows}
    new = [
        _values(work, handover, key, item)
        for key, items in owed.items()
        for item in items
        if (key, item.subject) not in before
    ]
    if new:
        work.session.execute(insert(HandoverItem), new)
    still = {(key, item.subject) for key, items in owed.items() for item in items}
    for place, row in before.items():
        if place in still and row.closed_at is not None:  # Taken on again: a draft that was sent back.
            row.closed_at, row.outcome, row.closed_by_id = None, None, None
    _close(work, handover, obligations, [row for place, row in before.items() if place not in still], closed_by_id)
    work.session.flush()
    return bool(still)


def _values(work: UnitOfWork, handover: Handover, key: str, item: Obligation) -> dict[str, object]:
    return {
        "handover_id": handover.id,
        "source": key,
        "subject": item.subject,
        "what": stored_message(item.what),
        "dossier_id": item.dossier_id,
        "client_id": item.client_id,
        "seen_at": work.now,
    }


def _close(
    work: UnitOfWork, handover: Handover, obligations: Obligations, gone: list[HandoverItem], by_id: int | None
) -> None:
    by_source: dict[str, list[HandoverItem]] = defaultdict(list)
    for row in gone:
        if row.closed_at is None:
            by_source[row.source].append(row)
    for source in obligations.sources:
        rows = by_source[source.key]
        if not rows:
            continue
        outcomes = source.outcomes(
            work.session, handover.person_id, [row.subject for row in rows], min(row.seen_at for row in rows)
        )
        for row in rows:
            row.closed_at, row.closed_by_id = work.now, by_id
            if outcome := outcomes.get(row.subject):
                row.outcome, row.closed_by_id = stored_message(outcome.how), outcome.by_id or by_id
