"""Somebody who leaves the company of the demonstration: a handover that has just been opened, for the pages to show."""

from __future__ import annotations

from datetime import timedelta

from portal.core.obligations import Obligations
from portal.core.unit_of_work import UnitOfWork
from portal.handover.services import open_handover
from portal.handover.states import HandoverKind
from portal.search.saved.services import save_search

LEAVER, OPENED_BY = "xiu", "wei"
"""Who leaves: deputy of a department, with clients, a file, requests and a saved search; and their head."""
SEARCHED, OPENED = timedelta(days=-20), timedelta(days=-1)
"""Days from the archive's own day."""
LAST_DAY = timedelta(days=15)
"""After the opening."""
_SEARCH, _QUESTION = "装运延误", "延误"


def keep_search(work: UnitOfWork) -> None:
    """The leaver saves a search, as anybody does; `work` is theirs."""
    save_search(work, _SEARCH, _QUESTION, "")


def open_the_handover(work: UnitOfWork, obligations: Obligations, leaver_id: int) -> None:
    """The head opens the handover; `work` is theirs."""
    open_handover(work, obligations, leaver_id, HandoverKind.LEAVING, work.today + LAST_DAY)
