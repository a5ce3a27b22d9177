"""What leaving asks of notices: nobody reads them any more, so they count as read."""

from __future__ import annotations

from sqlalchemy import update

from portal.core.messages import N_
from portal.core.unit_of_work import UnitOfWork
from portal.notices.models import Notice


class Inbox:
    """Unread notices end with the account."""

    name = N_("Unread notices")
    columns = frozenset({"notices.person_id"})

    def end(self, work: UnitOfWork, person_id: int, *, leaving: bool) -> int:
        """Mark them all as read; returns how many there were."""
        ended = work.session.scalars(
            update(Notice)
            .where(Notice.person_id == person_id, Notice.read_at.is_(None))
            .values(read_at=work.now)
            .returning(Notice.id)
            .execution_options(synchronize_session=False)
        ).all()
        return len(ended)
