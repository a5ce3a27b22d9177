"""What falls due by the calendar and who is told: loans (R12), requests that wait for a signature, grants that end."""

from portal.lending.reminding.clock import ReminderClock
from portal.lending.reminding.telling import Reminded, due_notices, remind

__all__ = ["ReminderClock", "Reminded", "due_notices", "remind"]
