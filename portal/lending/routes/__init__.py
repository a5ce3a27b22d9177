"""The pages of lending: requests, the desk, the loan register, the Loans tab of a dossier."""

from portal.lending.routes import (
    asking,
    chosen,
    circulation,
    custody,
    deciding,
    desk,
    desk_scan,
    grants,
    loans,
    outside,
    requests,
)
from portal.lending.routes.room import lending

__all__ = [
    "asking",
    "chosen",
    "circulation",
    "custody",
    "deciding",
    "desk",
    "desk_scan",
    "grants",
    "lending",
    "loans",
    "outside",
    "requests",
]
