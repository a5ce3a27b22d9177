"""A version of the undertaking in force, and who has accepted it, made by the services as people would."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import Department, Person
from portal.accounts.queries import actor_of
from portal.core.permissions import Role
from portal.undertaking.models import UndertakingAcceptance, UndertakingVersion
from portal.undertaking.services import accept, approve_version, save_draft, submit_draft
from portal.undertaking.texts import DEFAULT_TEXTS
from tests.factories import make_department, make_person


class House:
    """A records manager who writes, a general manager who approves; `work_as(actor)` makes a unit of work."""

    def __init__(self, session: Session, work_as: Any) -> None:
        self.session, self.work_as = session, work_as
        self.office = make_department(session, "Information Department")
        self.board = make_department(session, "Board")
        self.manager = make_person(session, self.office, Role.RECORDS_MANAGER, login="mei", name="Mei Shen")
        self.director = make_person(session, self.board, Role.GENERAL_MANAGER, login="carmen", name="Carmen Rueda")

    @classmethod
    def again(cls, session: Session, work_as: Any, manager_id: int, director_id: int) -> House:
        """The same house in another transaction."""
        house = cls.__new__(cls)
        house.session, house.work_as = session, work_as
        house.manager, house.director = session.get_one(Person, manager_id), session.get_one(Person, director_id)
        house.office, house.board = house.manager.department, house.director.department
        return house

    def work(self, person: Person) -> Any:
        """A unit of work of this person."""
        self.session.flush()
        return self.work_as(actor_of(self.session, person))

    def person(self, department: Department | None = None, **fields: Any) -> Person:
        """Another employee."""
        return make_person(self.session, department or self.office, **fields)

    def in_force(self, from_on: date | None = None, words: str = "") -> UndertakingVersion:
        """A version written and approved now; `words` are put in front of the texts of the portal."""
        texts = {language: f"{words}\n\n{body}" for language, body in DEFAULT_TEXTS.items()}
        draft = save_draft(self.work(self.manager), texts, None)
        submit_draft(self.work(self.manager), draft.row_version)
        work = self.work(self.director)
        return approve_version(work, draft.row_version, from_on or work.today)

    def accepts(self, person: Person, version: UndertakingVersion, language: str = "en") -> UndertakingAcceptance:
        """This person accepts this version now."""
        return accept(self.work(person), version.id, language, version.text_in(language).digest)
