"""What leaving asks of access: every reading grant ends with the account."""

from __future__ import annotations

from portal.access.services import end_grants_of_leaver, end_grants_of_mover
from portal.core.messages import N_
from portal.core.unit_of_work import UnitOfWork


class Grants:
    """Reading grants end in the commit that closes the account, or moves the person."""

    name = N_("Reading grants")
    columns = frozenset({"reading_grants.person_id"})

    def end(self, work: UnitOfWork, person_id: int, *, leaving: bool) -> int:
        """End every grant now; returns how many there were."""
        return len(end_grants_of_leaver(work, person_id) if leaving else end_grants_of_mover(work, person_id))
