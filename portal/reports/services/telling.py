"""Telling people about reports. The occasion says which report, and whether only core readers may know of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portal.accounts.queries import hold_people
from portal.core.permissions import Level
from portal.core.unit_of_work import UnitOfWork
from portal.notices.kinds import CORE_OCCASION, NoticeKind
from portal.notices.services import notify
from portal.reports.models.issued import Report


def tell(work: UnitOfWork, report: Report, people: Iterable[int], kind: NoticeKind, stage: str, **params: Any) -> None:
    """Tell these people once about this stage of the report; who may not know of it, or acts, is told nothing."""
    for person_id, person in sorted(hold_people(work.session, people).items()):
        acts = work.actor is not None and person_id == work.actor.id
        if acts or person.departed_at is not None or (report.is_core and person.clearance != Level.CORE):
            continue
        about_id = work.actor.id if work.actor is not None else report.prepared_by_id
        occasion = f"{CORE_OCCASION if report.is_core else ''}{report.id}:{stage}"
        notify(work, person_id, kind, occasion, about_id=about_id, **params)
