"""The parts a running portal is made of, gathered by `create_app` and handed to jobs, commands and the edge."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from archive_store.base import ArchiveStore
from portal.config import Settings
from portal.core.clock import Clock
from portal.core.obligations import Obligations
from portal.core.permissions import Actor
from portal.core.unit_of_work import LogInListener, MoveListener, UnitOfWork
from portal.database import begin_writing
from search_index.base import SearchIndex

if TYPE_CHECKING:  # A feature's own part: named here for the types only.
    from portal.documents.reading.reader import PageReader
    from portal.policy.rules import Policy


@dataclass(frozen=True)
class Parts:
    """Settings, clock, database sessions, file store, search index, page readers.

    `reader` recognises text and may be busy for seconds; `renderer` draws pages for people who wait. Each is a
    child process of its own, started when first needed. `policy` reads the policy in force. `kept_contents` names
    what the store keeps at a moment though no document refers to it (the tray of the watched folder, papers of outside
    readers). `move_listeners` act when a person changes department, `log_in_listeners` when
    one logs in. `obligations` say what a person still owes.
    """

    settings: Settings
    clock: Clock
    new_session: Callable[[], Session]
    store: ArchiveStore
    index: SearchIndex
    reader: PageReader
    renderer: PageReader
    start_work: Callable[[frozenset[str]], None]
    policy: Callable[[Session], Policy]
    kept_contents: Callable[[Session, datetime], set[str]]
    move_listeners: tuple[MoveListener, ...] = ()
    log_in_listeners: tuple[LogInListener, ...] = ()
    obligations: Obligations = Obligations()

    def unit(self, session: Session, actor: Actor | None = None, address: str | None = None) -> UnitOfWork:
        """A unit of work on `session` for `actor` (None: the portal itself)."""
        return UnitOfWork(
            session=session,
            clock=self.clock,
            zone=self.settings.zone,
            trail_key=self.settings.trail_key,
            actor=actor,
            address=address,
            start_work=self.start_work,
            move_listeners=self.move_listeners,
            log_in_listeners=self.log_in_listeners,
        )

    @contextmanager
    def writing(self, actor: Actor | None = None) -> Iterator[UnitOfWork]:
        """A unit of work of its own that commits at the end of the block, or changes nothing."""
        with self.new_session() as session:
            begin_writing(session)
            work = self.unit(session, actor)
            yield work
            work.commit()

    @contextmanager
    def looking(self, actor: Actor | None = None) -> Iterator[UnitOfWork]:
        """A unit of work that only reads."""
        with self.new_session() as session:
            yield self.unit(session, actor)

    def close(self) -> None:
        """End the child processes and close the index; there is nothing left to do at the end of the process."""
        atexit.unregister(self.close)
        self.reader.close()
        self.renderer.close()
        self.index.close()
