"""What leaving asks of saved searches: each is handed to somebody, or ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.core.messages import N_, Message
from portal.core.obligations import Obligation, Outcome, Side, Way, ids_of
from portal.search.saved.models import SavedSearch


class SavedSearches:
    """Questions the person keeps. What they ask is nobody else's business: the list says their number only."""

    key = "saved_searches"
    name = N_("Saved searches")
    unnamed = N_("A saved search")
    side = Side.DEPARTMENT
    columns = frozenset({"saved_searches.person_id"})

    def owed(self, session: Session, person_id: int, _today: date) -> Sequence[Obligation]:
        """One obligation for each."""
        rows = session.scalars(select(SavedSearch).where(SavedSearch.person_id == person_id).order_by(SavedSearch.id))
        return [
            Obligation(
                subject=f"saved_searches:{row.id}",
                what=Message(N_("Saved search number %(number)s"), {"number": row.id}),
                ways=(Way.TRANSFER, Way.END),
            )
            for row in rows
        ]

    def outcomes(
        self, session: Session, _person_id: int, subjects: Sequence[str], _since: datetime
    ) -> Mapping[str, Outcome]:
        """Whose it is now; what is gone was ended."""
        ids = ids_of(subjects)
        rows = session.execute(
            select(SavedSearch.id, Person.name)
            .join(Person, Person.id == SavedSearch.person_id)
            .where(SavedSearch.id.in_(ids))
        )
        now_with = {f"saved_searches:{row.id}": row.name for row in rows}
        return {
            subject: Outcome(Message(N_("Handed to %(person)s"), {"person": now_with[subject]}))
            if subject in now_with
            else Outcome(Message(N_("Ended")))
            for subject in subjects
        }
