"""What falls due in lending by itself."""

from __future__ import annotations

from portal.lending.queries import any_lapsed
from portal.lending.services import expire_requests
from portal.parts import Parts


def expire_lapsed_requests(parts: Parts) -> None:
    """Close requests nobody decided or fetched in time; writes only when there is one (the timer calls this)."""
    with parts.looking() as work:
        if not any_lapsed(work.session, work.today):
            return
    with parts.writing() as work:
        expire_requests(work)
