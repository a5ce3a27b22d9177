"""What falls due in lending by itself."""

from __future__ import annotations

from portal.access.services import end_grants_of_departed
from portal.lending.queries import any_grant_of_departed, any_hold_over, any_lapsed
from portal.lending.services import end_holds, expire_requests
from portal.parts import Parts


def expire_lapsed_requests(parts: Parts) -> None:
    """Close requests nobody decided or fetched in time; writes only when there is one (the timer calls this)."""
    with parts.looking() as work:
        if not any_lapsed(work.session, work.today):
            return
    with parts.writing() as work:
        expire_requests(work)


def end_holds_not_fetched(parts: Parts) -> None:
    """Pass on what was kept at the desk and not fetched; writes only when there is something (the timer calls this)."""
    with parts.looking() as work:
        if not any_hold_over(work.session, work.today):
            return
    with parts.writing() as work:
        end_holds(work)


def end_grants_of_those_who_left(parts: Parts) -> None:
    """End the reading grants of people who have left; writes only when there is one (the timer calls this)."""
    with parts.looking() as work:
        if not any_grant_of_departed(work.session, work.today):
            return
    with parts.writing() as work:
        end_grants_of_departed(work)
