"""One unit of work: a session, who acts, when, and what must follow. Services change rows; the edge commits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from portal.core import outbox, trail
from portal.core.clock import Clock, office_date
from portal.core.errors import NotPermitted
from portal.core.permissions import Actor, Permission


class MoveListener(Protocol):
    """What a feature does when a person has changed department, in the same transaction."""

    def __call__(self, work: UnitOfWork, person_id: int) -> object: ...


class LogInListener(Protocol):
    """What a feature does when a person has logged in, in the same transaction."""

    def __call__(self, work: UnitOfWork, person_id: int, session_id: int) -> object: ...


@dataclass
class UnitOfWork:
    """What a service needs to know of the world. Nothing here knows of the web."""

    session: Session
    clock: Clock
    zone: ZoneInfo
    trail_key: bytes
    actor: Actor | None = None
    address: str | None = None
    start_work: Callable[[frozenset[str]], None] | None = None
    wanted_kinds: set[str] = field(default_factory=set)
    move_listeners: tuple[MoveListener, ...] = ()
    log_in_listeners: tuple[LogInListener, ...] = ()

    @property
    def now(self) -> datetime:
        """The present moment (UTC)."""
        return self.clock.now()

    @property
    def today(self) -> date:
        """The present date in the office's zone."""
        return office_date(self.clock.now(), self.zone)

    @property
    def person(self) -> Actor:
        """The acting person; NotPermitted where nobody is logged in."""
        if self.actor is None:
            raise NotPermitted()
        return self.actor

    def require(self, permission: Permission) -> Actor:
        """The acting person, who must carry `permission`."""
        if not self.person.may(permission):
            raise NotPermitted()
        return self.person

    def record(
        self,
        action: str,
        subject: str,
        *,
        dossier_id: int | None = None,
        details: Mapping[str, Any] | None = None,
        personal: Mapping[str, Any] | None = None,
    ) -> trail.TrailEntry:
        """Add a trail entry to this transaction. `subject` is "table:id"; `action` is "thing:verb"."""
        return trail.add_entry(
            self.session,
            self.trail_key,
            at=self.now,
            actor_id=self.actor.id if self.actor else None,
            action=action,
            subject=subject,
            dossier_id=dossier_id,
            address=self.address,
            details=details,
            personal=personal,
        )

    def want(self, kind: str, key: str, payload: dict[str, Any] | None = None) -> None:
        """Ask for repeatable work in this transaction; it starts only after the commit."""
        outbox.want(self.session, kind, key, self.now, payload)
        self.wanted_kinds.add(kind)

    def tell_moved(self, person_id: int) -> None:
        """Let the features know, within this transaction, that a person has changed department."""
        for listener in self.move_listeners:
            listener(self, person_id)

    def tell_logged_in(self, person_id: int, session_id: int) -> None:
        """Let the features know, within this transaction, that a person has logged in."""
        for listener in self.log_in_listeners:
            listener(self, person_id, session_id)

    def commit(self) -> None:
        """Commit once, then tell the queue what kinds of work are waiting (the outbox has the work itself)."""
        self.session.commit()
        if self.wanted_kinds and self.start_work:
            self.start_work(frozenset(self.wanted_kinds))
        self.wanted_kinds.clear()
