"""The outbox: the database says what is to be done, the queue only says when.

A row is written by the transaction that makes the work necessary. Repeatable work (read a page, index an
entry) is an upsert that raises `wanted`; a worker claims the row with a lease and, when it is done, stores as
`done` the `wanted` it had claimed, so that work asked for meanwhile is done again. A one-time act has its
occasion in the key: asking twice changes nothing, and the row stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Index, String, UniqueConstraint, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.core.tables import Base, UtcDateTime

MAX_ATTEMPTS = 5
"""After so many failures of the same wanted work the row rests until it is wanted again."""


class OutboxRow(Base):
    """One piece of work, identified by what kind it is and what it is about."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(200))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    wanted: Mapped[int] = mapped_column(default=1)
    done: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    lease: Mapped[str | None] = mapped_column(String(160))
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(String(500))
    wanted_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("kind", "key"),
        Index("ix_outbox_due", "kind", "not_before"),
    )


@dataclass(frozen=True)
class Claim:
    """Work taken on by a worker: the lease proves that it is still this worker's."""

    row_id: int
    kind: str
    key: str
    payload: dict[str, Any]
    wanted: int
    attempts: int
    lease: str


def want(session: Session, kind: str, key: str, now: datetime, payload: dict[str, Any] | None = None) -> None:
    """Ask for repeatable work; asking again raises `wanted` and gives a resting row new attempts."""
    insert = _insert(session).values(
        kind=kind,
        key=key,
        payload=payload or {},
        wanted=1,
        done=0,
        attempts=0,
        not_before=now,
        wanted_at=now,
    )
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["kind", "key"],
            set_={
                "wanted": OutboxRow.wanted + 1,
                "attempts": 0,
                "not_before": now,
                "wanted_at": now,
                "payload": payload or {},
            },
        )
    )


def want_once(session: Session, kind: str, key: str, now: datetime, payload: dict[str, Any]) -> bool:
    """Ask for a one-time act; False when it was asked for before (whatever became of it)."""
    insert = _insert(session).values(
        kind=kind, key=key, payload=payload, wanted=1, done=0, attempts=0, not_before=now, wanted_at=now
    )
    # The id, not the row count: psycopg counts -1 for an insert through the ORM.
    added = session.scalar(insert.on_conflict_do_nothing(index_elements=["kind", "key"]).returning(OutboxRow.id))
    return added is not None


def _insert(session: Session) -> Any:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(OutboxRow)


def due(session: Session, kinds: Sequence[str], now: datetime, *, limit: int = 100) -> Sequence[OutboxRow]:
    """Rows of these kinds that a worker may claim now, oldest wish first."""
    return session.scalars(
        select(OutboxRow)
        .where(OutboxRow.kind.in_(kinds), *_claimable(now))
        .order_by(OutboxRow.not_before, OutboxRow.id)
        .limit(limit)
    ).all()


def _claimable(now: datetime) -> list[Any]:
    return [
        OutboxRow.wanted > OutboxRow.done,
        OutboxRow.attempts < MAX_ATTEMPTS,
        OutboxRow.not_before <= now,
        or_(OutboxRow.leased_until.is_(None), OutboxRow.leased_until < now),
    ]


def claim(session: Session, row_id: int, now: datetime, *, lease: str, lease_for: timedelta) -> Claim | None:
    """Take the row on, if it is still to be had: one conditional update decides between workers.

    `lease` must be unique to this claim; it proves later that the work is still the claimer's.
    """
    taken = session.scalar(
        update(OutboxRow)
        .where(OutboxRow.id == row_id, *_claimable(now))
        .values(lease=lease, leased_until=now + lease_for, attempts=OutboxRow.attempts + 1)
        .returning(OutboxRow.id)
        .execution_options(synchronize_session=False)
    )
    if taken is None:
        return None
    row = session.scalars(
        select(OutboxRow).where(OutboxRow.id == row_id).execution_options(populate_existing=True)
    ).one()
    return Claim(row.id, row.kind, row.key, dict(row.payload), row.wanted, row.attempts, lease)


def finish(session: Session, claim: Claim) -> bool:
    """Record the claimed work as done; False when the lease was lost to another worker meanwhile."""
    finished = session.scalar(
        update(OutboxRow)
        .where(OutboxRow.id == claim.row_id, OutboxRow.lease == claim.lease)
        .values(done=claim.wanted, attempts=0, lease=None, leased_until=None, last_error=None)
        .returning(OutboxRow.id)
        .execution_options(synchronize_session=False)
    )
    return finished is not None


def give_back(session: Session, claim: Claim, now: datetime, error: str) -> None:
    """Record a failure: the row becomes claimable again after a pause that grows with the attempts."""
    pause = timedelta(seconds=min(5 * 4 ** (claim.attempts - 1), 3600))
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == claim.row_id, OutboxRow.lease == claim.lease)
        .values(lease=None, leased_until=None, not_before=now + pause, last_error=error[:500])
        .execution_options(synchronize_session=False)
    )


def postpone(session: Session, claim: Claim, until: datetime, reason: str) -> None:
    """Give the row back without counting the attempt: what the work needs is not there, and will be later."""
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == claim.row_id, OutboxRow.lease == claim.lease)
        .values(
            lease=None,
            leased_until=None,
            not_before=until,
            attempts=claim.attempts - 1,
            last_error=reason[:500],
        )
        .execution_options(synchronize_session=False)
    )


def waiting(session: Session, kinds: Sequence[str]) -> int:
    """How much work of these kinds is still to be done (resting rows not counted)."""
    return (
        session.scalar(
            select(func.count())
            .select_from(OutboxRow)
            .where(
                OutboxRow.kind.in_(kinds),
                OutboxRow.wanted > OutboxRow.done,
                OutboxRow.attempts < MAX_ATTEMPTS,
            )
        )
        or 0
    )
