"""A small company for the tests of lending: two departments, their heads, the records department."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.core.permissions import Actor, Level, Role
from portal.dossiers.models import Dossier
from portal.lending import services
from portal.lending.errors import ConfirmationNeeded
from portal.lending.models import RequestLine
from portal.lending.states import RequestKind
from tests.factories import actor, make_department, make_dossier, make_person

TEXTS = {"object_": "The contract of 2024", "purpose": "Compare prices", "reason": "Talks next week"}


@dataclass
class World:
    """The people and the means to act as each of them."""

    session: Session
    work_as: Any
    reader: Person
    colleague: Person
    head: Person
    deputy: Person
    owner: Person
    clerk: Person
    records: Person
    general: Person

    def act(self, person: Person) -> Actor:
        return actor(self.session, person)

    def work(self, person: Person) -> Any:
        return self.work_as(self.act(person))

    def dossier(self, level: Level = Level.GENERAL, volumes: int = 1) -> Dossier:
        return make_dossier(self.session, self.owner, level=level, volumes=volumes)

    def ask(
        self,
        dossier: Dossier,
        kind: RequestKind = RequestKind.BORROW,
        by: Person | None = None,
        **fields: Any,
    ) -> RequestLine:
        request = services.file_request(
            self.work(by or self.reader), kind=kind, dossier_ids=[dossier.id], **{**TEXTS, **fields}
        )
        return request.lines[0]

    def sign(self, line: RequestLine, by: Person | None = None, **fields: Any) -> RequestLine:
        return services.decide_as_head(
            self.work(by or self.head), line.id, line.row_version, **{"approve": True, **fields}
        )

    def sign_second(self, line: RequestLine, by: Person | None = None, **fields: Any) -> RequestLine:
        return services.decide_as_records(
            self.work(by or self.records), line.id, line.row_version, **{"approve": True, **fields}
        )

    def approved(self, dossier: Dossier, by: Person | None = None, **fields: Any) -> RequestLine:
        line = self.sign(self.ask(dossier, by=by, **fields))
        return self.sign_second(line) if dossier.level != Level.GENERAL else line

    def issue(
        self, line: RequestLine, by: Person | None = None, *, confirmed: bool = False, **fields: Any
    ) -> list[Any]:
        """Hand out; `confirmed`: saying yes to whatever is asked."""
        work = self.work(by or self.clerk)

        def act(keys: Collection[str]) -> list[Any]:
            return services.issue_line(work, line.id, line.row_version, confirmed=keys, **fields)

        return confirming(act) if confirmed else act(())

    def lend(self, dossier: Dossier, by: Person | None = None) -> Any:
        return self.issue(self.approved(dossier, by=by))[0]

    def give_back(self, loan: Any, **fields: Any) -> Any:
        return services.return_volume(
            self.work(self.clerk), loan.id, loan.row_version, **{"sheets": loan.sheets_issued, **fields}
        )


def confirming(act: Callable[[Collection[str]], Any]) -> Any:
    """Do something, saying yes to the questions it meets: those, and no others."""
    try:
        return act(())
    except ConfirmationNeeded as asked:
        return act(asked.keys)


def make_world(session: Session, work_as: Any) -> World:
    """Everyone cleared for core, so that a test takes a clearance away where it matters."""
    sales, records, board = (make_department(session, name) for name in ("Sales", "Records", "Board"))
    core = {"clearance": Level.CORE}
    return World(
        session,
        work_as,
        reader=make_person(session, sales, name="Rea Reader", **core),
        colleague=make_person(session, sales, name="Col League", **core),
        head=make_person(session, sales, Role.MANAGER, name="Hea Dofsales", head=True, **core),
        deputy=make_person(session, sales, name="Dep Uty", deputy=True, **core),
        owner=make_person(session, make_department(session, "Purchasing"), name="Own Er", **core),
        clerk=make_person(session, records, Role.CLERK, name="Cle Rk", **core),
        records=make_person(session, records, Role.RECORDS_MANAGER, name="Rec Ords", head=True, **core),
        general=make_person(session, board, Role.GENERAL_MANAGER, name="Gen Eral", head=True, **core),
    )
