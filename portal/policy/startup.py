"""What the log says of the policy when the portal starts."""

from __future__ import annotations

import logging

from portal.core.unit_of_work import UnitOfWork
from portal.policy.queries import current_policy, office_calendar
from portal.policy.rules import years_without_data
from portal.policy.stored import PolicyValueWrong

log = logging.getLogger(__name__)


def warn_of_policy(work: UnitOfWork) -> None:
    """Tell the administrator of values that make no sense, and of years whose holidays are not known."""
    try:
        policy = current_policy(work.session)
    except PolicyValueWrong as error:
        log.error("%s", error)
        return
    for year in years_without_data(office_calendar(work.session, policy), work.today):
        log.warning(
            "the public holidays of %s in %s are not known: only the week counts. Install newer holiday data, or set "
            "the holidays apart in the calendar; then run `flask lending due-dates`.",
            year,
            policy.holiday_country,
        )
