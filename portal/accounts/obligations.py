"""What leaving asks of accounts: the posts somebody holds, and what ends with the account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Department, LoginSession, Person
from portal.accounts.services import end_sessions
from portal.core.messages import N_, Message
from portal.core.obligations import Obligation, Outcome, Side, Way, ids_of
from portal.core.unit_of_work import UnitOfWork


class Posts:
    """Departments whose head or deputy the person is: somebody else must be named."""

    key = "posts"
    name = N_("Posts")
    unnamed = N_("A post")
    side = Side.DEPARTMENT
    columns = frozenset({"departments.head_id", "departments.deputy_id"})

    def owed(self, session: Session, person_id: int, _today: date) -> Sequence[Obligation]:
        """One obligation for each post."""
        rows = session.scalars(
            select(Department)
            .where(or_(Department.head_id == person_id, Department.deputy_id == person_id))
            .order_by(Department.name)
        )
        return [
            Obligation(
                subject=f"departments:{row.id}",
                what=Message(
                    N_("Head of %(department)s") if row.head_id == person_id else N_("Deputy in %(department)s"),
                    {"department": row.name},
                ),
                ways=(Way.DELEGATE,),
                path=f"/people/departments/{row.id}",
            )
            for row in rows
        ]

    def outcomes(
        self, session: Session, _person_id: int, subjects: Sequence[str], _since: datetime
    ) -> Mapping[str, Outcome]:
        """Who holds the post now."""
        ids = ids_of(subjects)
        rows = session.execute(
            select(Department.id, Person.name)
            .outerjoin(Person, Person.id == func.coalesce(Department.head_id, Department.deputy_id))
            .where(Department.id.in_(ids))
        )
        return {
            f"departments:{row.id}": Outcome(Message(N_("Led by %(person)s now"), {"person": row.name}))
            if row.name
            else Outcome(Message(N_("Led by nobody now")))
            for row in rows
        }


class SessionsAndRoles:
    """Log-ins and roles end with the account: `portal.accounts.services` ends them as it closes or moves it."""

    name = N_("Log-ins")
    columns = frozenset({"login_sessions.person_id", "person_roles.person_id"})

    def end(self, work: UnitOfWork, person_id: int, *, leaving: bool) -> int:
        """End every log-in now; returns how many there were."""
        still_open = work.session.scalar(
            select(func.count()).where(LoginSession.person_id == person_id, LoginSession.ended_at.is_(None))
        )
        end_sessions(work, person_id, "handed over")
        return still_open or 0
