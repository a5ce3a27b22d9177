"""What leaving asks of clients: nobody is left without somebody who looks after them, or is known to be (R17)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from portal.access.models import Responsibility
from portal.accounts.models import Person
from portal.clients.models import Client
from portal.clients.responsibility.queries import open_responsibilities
from portal.core.messages import N_, Message
from portal.core.obligations import Obligation, Outcome, Side, Way, ids_of

_WHAT = {1: N_("%(client)s, as responsible employee"), 2: N_("%(client)s, as second responsible employee")}


class Clients:
    """Clients the person looks after, as first or second: handed to a successor, or to the common pool."""

    key = "clients"
    name = N_("Clients")
    unnamed = N_("A client")
    side = Side.DEPARTMENT
    columns = frozenset({"responsibilities.person_id"})

    def owed(self, session: Session, person_id: int, _today: date) -> Sequence[Obligation]:
        """One obligation for each client and rank, by name."""
        rows = session.execute(
            select(Responsibility.id, Responsibility.rank, Responsibility.from_date, Client.id, Client.name)
            .join(Client, Client.id == Responsibility.client_id)
            .where(open_responsibilities(person_id))
            .order_by(Client.name_key, Responsibility.rank)
        )
        return [
            Obligation(
                subject=f"responsibilities:{row_id}",
                what=Message(_WHAT[rank], {"client": name}),
                ways=(Way.TRANSFER, Way.END),
                client_id=client_id,
                since=since,
            )
            for row_id, rank, since, client_id, name in rows
        ]

    def outcomes(
        self, session: Session, _person_id: int, subjects: Sequence[str], _since: datetime
    ) -> Mapping[str, Outcome]:
        """Who looks after the client in that place now."""
        ids = ids_of(subjects)
        now, any_ = aliased(Responsibility), aliased(Responsibility)
        somebody = select(any_.id).where(any_.client_id == Responsibility.client_id, any_.until_date.is_(None))
        rows = session.execute(
            select(
                Responsibility.id, Person.name, Responsibility.ended_by_id, somebody.correlate(Responsibility).exists()
            )
            .outerjoin(
                now,
                and_(
                    now.client_id == Responsibility.client_id,
                    now.rank == Responsibility.rank,
                    now.until_date.is_(None),
                ),
            )
            .outerjoin(Person, Person.id == now.person_id)
            .where(Responsibility.id.in_(ids))
        )
        return {
            f"responsibilities:{row_id}": Outcome(
                Message(N_("Looked after by %(person)s now"), {"person": name})
                if name
                else Message(
                    N_("Nobody in this place; the other contact stays") if other else N_("In the common pool")
                ),
                by_id,
            )
            for row_id, name, by_id, other in rows
        }
