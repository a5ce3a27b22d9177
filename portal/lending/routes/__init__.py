"""The pages of lending: requests, the desk, the loan register, the Loans tab of a dossier."""

from portal.lending.routes import desk, loans, requests
from portal.lending.routes.room import lending

__all__ = ["desk", "lending", "loans", "requests"]
