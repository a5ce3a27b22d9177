"""A small archive for the search's tests: rows as the services leave them, indexed by the real jobs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from portal.accounts.models import Person
from portal.core.permissions import Level, Role
from portal.documents.models import Document
from portal.dossiers.models import Dossier
from portal.parts import Parts
from portal.search.hits import DocumentHit
from portal.search.queries import Asked, SearchPage, search
from tests import factories


@dataclass
class SearchWorld:
    """The portal's parts and queues; dossiers are named by their number, documents by their subject."""

    parts: Parts
    queues: Any
    clients: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.add_person("keeper", Role.CLERK)

    def add_person(self, login: str, *roles: Role, **fields: Any) -> None:
        """Somebody with an account."""
        with self.parts.writing() as work:
            factories.make_person(work.session, None, *roles, login=login, **fields)

    def add_dossier(
        self, number: str, client: str, documents: dict[str, tuple[str, ...]] | None = None, **fields: Any
    ) -> int:
        """An official dossier with documents: subject → pages. The client is made when first named."""
        document_fields = {name: fields.pop(name) for name in ("kind", "dated", "correspondent") if name in fields}
        with self.parts.writing() as work:
            keeper = self.person(work.session, "keeper")
            if client not in self.clients:
                self.clients[client] = factories.make_client(work.session, keeper, client).id
            dossier = factories.make_dossier(work.session, keeper, None, number=number, **fields)
            dossier.client_id = self.clients[client]
            for subject, pages in (documents or {}).items():
                factories.make_document(work.session, keeper, dossier, *pages, subject=subject, **document_fields)
            work.want("index", f"dossier:{dossier.id}")
            return dossier.id

    def index_now(self) -> None:
        """Do all work that is due."""
        self.queues.work_until_idle()

    def person(self, session: Any, login: str) -> Person:
        """The account of this log-in name."""
        return session.scalars(select(Person).where(Person.login == login)).one()

    def dossier(self, session: Any, number: str) -> Dossier:
        """The dossier of this number."""
        return session.scalars(select(Dossier).where(Dossier.number == number)).one()

    def document(self, session: Any, subject: str) -> Document:
        """The document of this subject."""
        return session.scalars(select(Document).where(Document.subject == subject)).one()

    def change_level(self, number: str, level: Level) -> None:
        """Change a dossier's level, as the service does."""
        with self.parts.writing() as work:
            dossier = self.dossier(work.session, number)
            dossier.level = level
            dossier.rights_version += 1
            work.want("index", f"dossier:{dossier.id}")

    def ask(self, login: str, text: str, **options: Any) -> SearchPage:
        """What the person is answered."""
        with self.parts.looking() as work:
            work.actor = factories.actor(work.session, self.person(work.session, login))
            return search(work, self.parts.index, Asked(text, **options))

    def found(self, login: str, text: str) -> list[str]:
        """Subjects of the documents found, and numbers of the register entries in brackets, sorted; the count
        must say the same."""
        page = self.ask(login, text, per_page=1000)
        assert page.total == len(page.hits)
        return sorted(hit.subject if isinstance(hit, DocumentHit) else f"[{hit.register.number}]" for hit in page.hits)
