"""Reads of the inbox. What a notice may say of a dossier is decided when it is read, not when it was written.

Dossiers belong to a feature that uses this one: their class, and the WHERE clause of those the person may know of
(`portal.access.queries.known_to`), come as arguments.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.core.permissions import Actor
from portal.notices.kinds import KINDS_SHOWN_UNNAMED, REMINDERS
from portal.notices.models import Notice


class KnownNumbers(Protocol):
    """The numbers of those of the dossiers that `actor` may know of at this moment, by id."""

    def __call__(self, session: Session, actor: Actor, dossier_ids: Collection[int]) -> Mapping[int, str]: ...


def shown_to(dossier: Any, known: ColumnElement[bool]) -> ColumnElement[bool]:
    """WHERE clause over Notice: those that say something to a person who knows the dossiers of `known`."""
    return or_(
        Notice.dossier_id.is_(None),
        Notice.kind.in_(KINDS_SHOWN_UNNAMED),
        exists(select(dossier.id).where(dossier.id == Notice.dossier_id, known)),
    )


def unread(actor: Actor) -> ColumnElement[bool]:
    """WHERE clause: the person's notices they have not read."""
    return (Notice.person_id == actor.id) & Notice.read_at.is_(None)


def inbox(actor: Actor, shown: ColumnElement[bool]) -> Select[Notice]:
    """The person's notices, newest first, for a page of them."""
    return (
        select(Notice)
        .where(Notice.person_id == actor.id, shown)
        .options(joinedload(Notice.about))
        .order_by(Notice.id.desc())
    )


def was_overtaken(session: Session, notice: Notice) -> bool:
    """Whether the person has been told a later stage of the same loan: that says all this one would."""
    if notice.kind not in REMINDERS:
        return False
    later = select(Notice.id).where(
        Notice.person_id == notice.person_id,
        Notice.loan_id == notice.loan_id,
        Notice.kind.in_(REMINDERS),
        Notice.id > notice.id,
    )
    return session.scalar(later.limit(1)) is not None
