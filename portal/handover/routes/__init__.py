"""Pages of handovers."""

from portal.handover.routes import checklist, clients, letters, papers
from portal.handover.routes.room import handover

__all__ = ["checklist", "clients", "handover", "letters", "papers"]
