"""Handovers by the queue's clock: what newly came up is noted, and a day that passed with open items is told daily."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from portal.core.clock import Pace
from portal.handover.queries import open_ids
from portal.handover.services.watching_the_day import look_and_tell
from portal.parts import Parts

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
"""How often the open handovers are looked at: what the leaver takes on in between shows on the page at once anyway."""


class HandoverClock:
    """Looks at the open handovers from time to time."""

    def __init__(self) -> None:
        self._pace = Pace(EVERY)

    def look(self, parts: Parts) -> None:
        """Look at each open handover, in a transaction of its own (the timer calls this)."""
        with parts.looking() as work:
            if self._pace.rests(work.now, work.today):
                return
            looked_at, day = work.now, work.today
            ids = open_ids(work.session)
        for handover_id in ids:
            try:
                with parts.writing() as work:
                    look_and_tell(work, parts.obligations, handover_id)
            except SQLAlchemyError:  # One that stumbles over a lock keeps nobody else waiting; it has its turn again.
                log.exception("handover %s could not be looked at", handover_id)
        self._pace.looked(looked_at, day)
