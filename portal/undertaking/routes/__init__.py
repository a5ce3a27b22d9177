"""Pages of the undertaking."""

from portal.undertaking.routes import breaches, people, versions  # The pages: importing them declares them.
from portal.undertaking.routes.own import lead_to_undertaking
from portal.undertaking.routes.room import undertaking

__all__ = ["breaches", "lead_to_undertaking", "people", "undertaking", "versions"]
