"""Reminding by the queue's clock: soon after the office's midnight, and whenever something falls due in between."""

from __future__ import annotations

from datetime import timedelta

from portal.core.clock import Pace
from portal.lending.reminding.telling import due_notices, remind
from portal.parts import Parts

EVERY = timedelta(minutes=5)
"""How often the day is looked at again: a recall or a changed calendar makes something due at any hour."""


class ReminderClock:
    """Remembers when it last looked. The database knows what was told: a restart, or a second process, is harmless."""

    def __init__(self) -> None:
        self._pace = Pace(EVERY)

    def look(self, parts: Parts) -> None:
        """Tell what is due, if it is time to look. Writes only when there is something (the timer calls this)."""
        with parts.looking() as work:
            if self._pace.rests(work.now, work.today):
                return
            looked_at, day = work.now, work.today
            due = due_notices(work.session, day, work.zone)
        if due:
            with parts.writing() as work:
                remind(work)
        self._pace.looked(looked_at, day)
