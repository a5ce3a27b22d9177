"""Drafts of regular reports by the queue's clock: what the portal missed while it was off is made up for."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from portal.core.clock import Pace
from portal.core.errors import PortalError
from portal.parts import Parts
from portal.policy.queries import current_policy, office_calendar
from portal.reports.regular.queries import due_drafts
from portal.reports.regular.services import make_draft

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=10)
"""How often it is looked for what is due: a draft appears once a day at most, soon after midnight or the start."""


class ScheduleClock:
    """Makes the drafts that are due, from time to time."""

    def __init__(self) -> None:
        self._pace = Pace(EVERY)

    def look(self, parts: Parts) -> None:
        """Make each draft that is due, in a transaction of its own (the timer calls this)."""
        with parts.looking() as work:
            if self._pace.rests(work.now, work.today):
                return
            looked_at, day = work.now, work.today
            calendar = office_calendar(work.session, current_policy(work.session))
            due = due_drafts(work.session, calendar, day)
        for one in due:
            try:
                with parts.writing() as work:
                    make_draft(work, one)
            except (SQLAlchemyError, PortalError):  # One that cannot be made keeps no other waiting; it is tried again.
                log.exception("the draft of regular report %s for %s was not made", one.regular_id, one.period.first)
        self._pace.looked(looked_at, day)
