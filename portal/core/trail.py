"""The trail: what happened, who did it, and proof that nobody rewrote it.

An *entry* is inserted by the transaction it describes. A *seal* is added later, one for each entry, by one
sealer under a lock; seals form a chain. Both tables are insert-only (database triggers refuse the rest).
Digests are HMACs under the trail key, so that a row written past the portal does not fit, and the chain
cannot be computed anew by somebody who holds the database alone.

Personal old and new values stand in a side table that may be erased without breaking the chain: the entry
holds only their salted digest.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from portal.core.messages import N_
from portal.core.tables import Base, UtcDateTime, historic_person

FIRST_LINK = "0" * 64
"""The hash "before" the first seal."""

UNSEALED_AFTER = timedelta(minutes=1)
"""An entry this old without a seal, while later ones have theirs, is reported (design: the trail)."""

_SEALER_LOCK = 7_301_001
"""Key of the PostgreSQL advisory lock that lets one sealer work at a time."""


class TrailEntry(Base):
    """One thing that happened. Never changed, never removed."""

    __tablename__ = "trail_entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None] = historic_person(nullable=True)
    action: Mapped[str] = mapped_column(String(60), index=True)
    subject: Mapped[str] = mapped_column(String(60), index=True)
    dossier_id: Mapped[int | None] = mapped_column(index=True)
    address: Mapped[str | None] = mapped_column(String(60))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    personal_digest: Mapped[str | None] = mapped_column(String(64))
    nonce: Mapped[str] = mapped_column(String(32))
    digest: Mapped[str] = mapped_column(String(64))

    __table_args__ = (Index("ix_trail_entries_at", "at"),)


class TrailPersonal(Base):
    """Personal values of an entry; the one part of the trail that may be erased."""

    __tablename__ = "trail_personal"

    entry_id: Mapped[int] = mapped_column(ForeignKey("trail_entries.id"), primary_key=True)
    salt: Mapped[str] = mapped_column(String(32))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)

    entry: Mapped[TrailEntry] = relationship()


class TrailSeal(Base):
    """The seal of one entry: a link of the chain."""

    __tablename__ = "trail_seals"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(ForeignKey("trail_entries.id"), unique=True)
    entry_digest: Mapped[str] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    hash: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True)
class Fault:
    """What verification found wrong. `kind`: altered, removed, inserted, broken chain, unsealed; the explanation
    is a message id."""

    kind: str
    entry_id: int | None
    sequence: int | None
    explanation: str


@dataclass(frozen=True)
class Verification:
    """The outcome of a verification: faults in trail order, and the end of the chain to note down."""

    entries: int
    seals: int
    last_hash: str
    faults: tuple[Fault, ...]

    @property
    def sound(self) -> bool:
        """No fault was found."""
        return not self.faults


def _canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _mac(key: bytes, *parts: object) -> str:
    return hmac.new(key, _canonical(parts), hashlib.sha256).hexdigest()


def entry_digest(key: bytes, entry: TrailEntry) -> str:
    """The HMAC over everything an entry says (its id is bound by the seal)."""
    return _mac(
        key,
        "entry",
        entry.at.isoformat(timespec="microseconds"),
        entry.actor_id,
        entry.action,
        entry.subject,
        entry.dossier_id,
        entry.address,
        entry.details,
        entry.personal_digest,
        entry.nonce,
    )


def _seal_hash(key: bytes, seal: TrailSeal) -> str:
    sealed_at = seal.sealed_at.isoformat(timespec="microseconds")
    return _mac(key, "seal", seal.sequence, seal.entry_id, seal.entry_digest, seal.previous, sealed_at)


def add_entry(
    session: Session,
    key: bytes,
    *,
    at: datetime,
    actor_id: int | None,
    action: str,
    subject: str,
    dossier_id: int | None = None,
    address: str | None = None,
    details: Mapping[str, Any] | None = None,
    personal: Mapping[str, Any] | None = None,
) -> TrailEntry:
    """Insert an entry into the running transaction.

    `details` must be JSON values without personal data; `personal` holds old and new values of people's data.
    """
    entry = TrailEntry(
        at=at,
        actor_id=actor_id,
        action=action,
        subject=subject,
        dossier_id=dossier_id,
        address=address,
        details=json.loads(_canonical(dict(details or {}))),
        nonce=secrets.token_hex(16),
    )
    salt = ""
    content: dict[str, Any] = {}
    if personal:
        salt = secrets.token_hex(16)
        content = json.loads(_canonical(dict(personal)))
        entry.personal_digest = _mac(key, "personal", salt, content)
    entry.digest = entry_digest(key, entry)
    session.add(entry)
    if personal:
        session.add(TrailPersonal(entry=entry, salt=salt, content=content))
    return entry


def seal_pending(session: Session, key: bytes, now: datetime, *, batch: int = 500) -> int:
    """Seal up to `batch` entries that have no seal yet; returns how many. The caller commits.

    Works from "entries without a seal", never from "ids above the last": PostgreSQL commits out of order.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SEALER_LOCK})
    last = session.scalars(select(TrailSeal).order_by(TrailSeal.sequence.desc()).limit(1)).first()
    previous, sequence = (last.hash, last.sequence) if last else (FIRST_LINK, 0)
    waiting = session.scalars(
        select(TrailEntry)
        .outerjoin(TrailSeal, TrailSeal.entry_id == TrailEntry.id)
        .where(TrailSeal.sequence.is_(None))
        .order_by(TrailEntry.id)
        .limit(batch)
    ).all()
    sealed = 0
    for entry in waiting:
        if entry.digest != entry_digest(key, entry):
            continue  # Not written by the portal: left without a seal, so that verification names it.
        sequence += 1
        seal = TrailSeal(
            sequence=sequence,
            entry_id=entry.id,
            entry_digest=entry.digest,
            previous=previous,
            sealed_at=now,
        )
        seal.hash = previous = _seal_hash(key, seal)
        session.add(seal)
        sealed += 1
    session.flush()
    return sealed


def verify(session: Session, key: bytes, now: datetime) -> Verification:
    """Check every seal and every entry; faults come in the order of the chain."""
    faults: list[Fault] = []
    previous, expected, seals = FIRST_LINK, 1, 0
    for seal, entry in _seals_with_entries(session):
        seals += 1
        if seal.sequence != expected or seal.previous != previous or seal.hash != _seal_hash(key, seal):
            faults.append(
                Fault("broken chain", seal.entry_id, seal.sequence, N_("the chain of seals does not continue here"))
            )
        if entry is None:
            faults.append(Fault("removed", seal.entry_id, seal.sequence, N_("sealed, but no longer in the trail")))
        elif entry.digest != seal.entry_digest or entry_digest(key, entry) != entry.digest:
            faults.append(Fault("altered", entry.id, seal.sequence, N_("does not say what was sealed")))
        previous, expected = seal.hash, seal.sequence + 1
    faults.extend(_copy_faults(session))
    faults.extend(_unsealed_faults(session, key, now))
    faults.extend(_personal_faults(session, key))
    entries = session.scalar(select(func.count()).select_from(TrailEntry)) or 0
    return Verification(entries=entries, seals=seals, last_hash=previous, faults=tuple(faults))


def _seals_with_entries(session: Session) -> Iterator[tuple[TrailSeal, TrailEntry | None]]:
    rows = session.execute(
        select(TrailSeal, TrailEntry)
        .outerjoin(TrailEntry, TrailEntry.id == TrailSeal.entry_id)
        .order_by(TrailSeal.sequence)
        .execution_options(yield_per=1000)
    )
    yield from rows


def _copy_faults(session: Session) -> Iterator[Fault]:
    """A genuine entry inserted a second time has the right digest: its nonce, drawn for it alone, betrays it."""
    twice = select(TrailEntry.nonce).group_by(TrailEntry.nonce).having(func.count() > 1)
    rows = session.execute(
        select(TrailEntry.id, TrailEntry.nonce, TrailSeal.sequence)
        .outerjoin(TrailSeal, TrailSeal.entry_id == TrailEntry.id)
        .where(TrailEntry.nonce.in_(twice))
        .order_by(TrailSeal.sequence.is_(None), TrailSeal.sequence, TrailEntry.id)
    )
    seen: set[str] = set()
    for entry_id, nonce, sequence in rows:
        if nonce in seen:
            yield Fault("inserted", entry_id, sequence, N_("repeats an earlier entry"))
        seen.add(nonce)


def _unsealed_faults(session: Session, key: bytes, now: datetime) -> Iterator[Fault]:
    last_sealed_id = session.scalar(select(func.max(TrailSeal.entry_id))) or 0
    unsealed = session.scalars(
        select(TrailEntry)
        .outerjoin(TrailSeal, TrailSeal.entry_id == TrailEntry.id)
        .where(TrailSeal.sequence.is_(None))
        .order_by(TrailEntry.id)
    )
    for entry in unsealed:
        if entry.digest != entry_digest(key, entry):
            yield Fault("inserted", entry.id, None, N_("was not written by the portal"))
        elif now - entry.at > UNSEALED_AFTER and entry.id < last_sealed_id:
            yield Fault("unsealed", entry.id, None, N_("has no seal although later entries have theirs"))


def _personal_faults(session: Session, key: bytes) -> Iterator[Fault]:
    """Personal values that are still there must be the ones the entry vouches for."""
    rows = session.execute(
        select(TrailPersonal, TrailEntry.personal_digest)
        .join(TrailEntry, TrailEntry.id == TrailPersonal.entry_id)
        .order_by(TrailPersonal.entry_id)
        .execution_options(yield_per=1000)
    )
    for personal, digest in rows:
        if _mac(key, "personal", personal.salt, personal.content) != digest:
            yield Fault("altered", personal.entry_id, None, N_("its personal values are not the ones recorded"))
