"""Whom an overdue loan is escalated to: people who are there, other than the borrower, and may know of the dossier."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from portal.access.queries import known_to
from portal.accounts.models import Department, Person
from portal.accounts.queries import actor_of, holders_of
from portal.core.permissions import Role
from portal.dossiers.models import Dossier


class Leaders:
    """The leaders of the company, read once for one run. `dossier_ids`: the dossiers the run is about."""

    def __init__(self, session: Session, dossier_ids: Collection[int]) -> None:
        self._session = session
        self._dossier_ids = dossier_ids
        self._departments: dict[int, tuple[int | None, int | None]] = {
            row.id: (row.head_id, row.deputy_id)
            for row in session.execute(select(Department.id, Department.head_id, Department.deputy_id))
        }
        self._records = tuple(person.id for person in holders_of(session, Role.RECORDS_MANAGER))
        self._general = tuple(person.id for person in holders_of(session, Role.GENERAL_MANAGER))
        self._known: dict[int, frozenset[int]] = {}

    def heads_of(self, borrower_id: int, department_id: int, dossier_id: int) -> tuple[int, ...]:
        """The head of the borrower's department, and the deputy while there is one.

        For the head's own loans, and where neither may know of the dossier: the general manager, else the
        records manager.
        """
        head, deputy = self._departments[department_id]
        leaders = () if borrower_id == head else tuple(leader for leader in (head, deputy) if leader is not None)
        return self._first_who_may((leaders, self._general, self._records), borrower_id, dossier_id)

    def records_for(self, borrower_id: int, dossier_id: int) -> tuple[int, ...]:
        """The records managers; for their own loans the general manager."""
        return self._first_who_may((self._records, self._general), borrower_id, dossier_id)

    def _first_who_may(self, groups: Iterable[tuple[int, ...]], borrower_id: int, dossier_id: int) -> tuple[int, ...]:
        for group in groups:
            if told := tuple(
                leader for leader in group if leader != borrower_id and dossier_id in self._known_to(leader)
            ):
                return told
        return ()

    def _known_to(self, person_id: int) -> frozenset[int]:
        """Which of the dossiers the person may know of; none for somebody who has left."""
        if person_id not in self._known:
            self._known[person_id] = self._look_up(person_id)
        return self._known[person_id]

    def _look_up(self, person_id: int) -> frozenset[int]:
        person = self._session.scalar(
            select(Person)
            .where(Person.id == person_id, Person.departed_at.is_(None))
            .options(selectinload(Person.roles))
        )
        if person is None:
            return frozenset()
        known = known_to(actor_of(self._session, person), Dossier)
        return frozenset(self._session.scalars(select(Dossier.id).where(Dossier.id.in_(self._dossier_ids), known)))
