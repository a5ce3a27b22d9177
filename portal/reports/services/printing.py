"""The statistics of the moment as a file, which anybody who may make reports takes along: no number, no signature."""

from __future__ import annotations

from datetime import datetime

from portal.core.messages import N_
from portal.reports.papers import Signed, Standing


def unissued(data_checksum: str, at: datetime) -> Standing:
    """What such a file says of itself: that it is no issued report. `data_checksum`: SHA-256 of the data kept."""
    return Standing(
        mark=N_("Not an issued report"),
        number=None,
        checksum=data_checksum,
        signed=(Signed(N_("Prepared by")), Signed(N_("Reviewed by")), Signed(N_("Approved by"))),
        made_at=at,
    )
