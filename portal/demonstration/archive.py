"""Puts the demonstration archive together for a given day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from portal.demonstration.clients import clients, responsibilities
from portal.demonstration.composing import compose, name_in
from portal.demonstration.contact_changes import CONTACT_CHANGES
from portal.demonstration.document_plan import DocumentPlan
from portal.demonstration.dossiers import dossiers
from portal.demonstration.lending import LOANS, REQUESTS
from portal.demonstration.model import (
    Client,
    ContactChange,
    Department,
    Direction,
    DocumentKind,
    Dossier,
    Form,
    Language,
    Loan,
    Person,
    Request,
    Responsibility,
    SavedSearch,
)
from portal.demonstration.paper import Paper, pdf_of
from portal.demonstration.people import DEPARTMENTS, PEOPLE
from portal.demonstration.plans_en import ENGLISH_PLANS
from portal.demonstration.plans_es import SPANISH_PLANS
from portal.demonstration.plans_zh import CHINESE_PLANS
from portal.demonstration.scans import Wear, scan_of
from portal.demonstration.written import mail_of, word_of

# The fax of the guided tour: a general dossier, image only, and nobody in "Ventas Atlántico" answers for it.
TOUR_FAX = "en-fax-castings"
_PLANS = (*ENGLISH_PLANS, *SPANISH_PLANS, *CHINESE_PLANS)
_ENDINGS = {"tiff": "tif", "jpeg": "jpg", "png": "png", "pdf": "pdf", "word": "docx", "mail": "eml"}
SAVED_SEARCHES = (SavedSearch("drills", "ana", "Taladros", "taladros columna", -29),)
"""The call note about drills is filed some days later, by somebody else."""
# Characters that some file system refuses in a name.
_UNWANTED = str.maketrans(dict.fromkeys('/\\:*?"<>|', "-"))


@dataclass(frozen=True)
class Document:
    """A letter, fax, contract, call note or yearly report; its file is made when asked for.

    `text` is what stands on the paper, also when the file is a picture of it; `phrase` stands in no other
    document of the archive.
    """

    key: str
    dossier: str
    kind: DocumentKind
    direction: Direction
    language: Language
    better_on: date | None
    """When a file with text took the place of the scan."""
    date: date
    subject: str
    correspondent: str
    phrase: str
    added_by: str
    paper: Paper
    wear: Wear | None
    characters: str
    form: Form
    sender: str
    recipient: str
    """Names and addresses of a mail."""

    @property
    def image_only(self) -> bool:
        """Whether the file holds pictures of pages and no text."""
        return self.wear is not None

    @property
    def text(self) -> str:
        """What stands on the paper."""
        return self.paper.text

    @property
    def file_name(self) -> str:
        """A name as somebody in the office would give it."""
        ending = _ENDINGS[self.wear.medium if self.wear else self.form]
        return f"{self.date.isoformat()} {self.subject.translate(_UNWANTED)}.{ending}"

    def make_file(self) -> tuple[str, bytes]:
        """The file's name and content; the same archive gives the same bytes."""
        if self.form == "word":
            return self.file_name, word_of(self.paper)
        if self.form == "mail":
            mail = mail_of(self.paper, self.subject, self.sender, self.recipient, self.date, self.key)
            return self.file_name, mail
        pdf = pdf_of(self.paper, self.characters)
        return self.file_name, scan_of(pdf, self.wear, self.key) if self.wear else pdf

    def make_better_file(self) -> tuple[str, bytes]:
        """The file that took the place of the scan."""
        return self.file_name.rpartition(".")[0] + ".pdf", pdf_of(self.paper, self.characters)


@dataclass(frozen=True)
class Archive:
    """All that is entered for a demonstration, each tuple in the order of entering."""

    today: date
    departments: tuple[Department, ...]
    people: tuple[Person, ...]
    clients: tuple[Client, ...]
    responsibilities: tuple[Responsibility, ...]
    dossiers: tuple[Dossier, ...]
    documents: tuple[Document, ...]
    requests: tuple[Request, ...]
    loans: tuple[Loan, ...]
    saved_searches: tuple[SavedSearch, ...] = ()
    contact_changes: tuple[ContactChange, ...] = ()

    def document(self, key: str) -> Document:
        """The document of that key; KeyError if there is none."""
        return {document.key: document for document in self.documents}[key]


def demonstration_archive(today: date) -> Archive:
    """The archive as it stands on `today`; no file is made yet."""
    all_clients, all_dossiers = clients(today), dossiers(today)
    return Archive(
        today=today,
        departments=DEPARTMENTS,
        people=PEOPLE,
        clients=all_clients,
        responsibilities=responsibilities(today),
        dossiers=all_dossiers,
        documents=_documents(today, all_clients, all_dossiers),
        requests=REQUESTS,
        loans=LOANS,
        saved_searches=SAVED_SEARCHES,
        contact_changes=CONTACT_CHANGES,
    )


def _documents(today: date, all_clients: tuple[Client, ...], all_dossiers: tuple[Dossier, ...]) -> tuple[Document, ...]:
    client_of_key = {client.key: client for client in all_clients}
    client_of = {dossier.key: client_of_key[dossier.client] for dossier in all_dossiers}
    people = {person.key: person for person in PEOPLE}
    papers = {
        plan.key: compose(plan, client_of[plan.dossier], people[plan.person], today + timedelta(days=plan.days))
        for plan in _PLANS
    }
    characters = "".join(sorted(set("".join(paper.text for paper in papers.values())) - {"\n"}))
    return tuple(
        _document(plan, today, client_of, people, papers[plan.key], characters)
        for plan in sorted(_PLANS, key=lambda plan: plan.days)
    )


def _document(
    plan: DocumentPlan,
    today: date,
    client_of: Mapping[str, Client],
    people: Mapping[str, Person],
    paper: Paper,
    characters: str,
) -> Document:
    client = client_of[plan.dossier]
    ours, theirs = people[plan.person], client.contacts[plan.contact]
    correspondent = name_in(plan.language, ours) if plan.direction == "internal" else f"{theirs.name}, {client.name}"
    written = today + timedelta(days=plan.days)
    addresses = f"{name_in(plan.language, ours)} <{ours.email}>", f"{theirs.name} <{theirs.email}>"
    sender, recipient = addresses if plan.direction == "out" else addresses[::-1]
    return Document(
        key=plan.key,
        dossier=plan.dossier,
        kind=plan.kind,
        direction=plan.direction,
        language=plan.language,
        date=written,
        subject=plan.subject,
        correspondent=correspondent,
        phrase=plan.phrase,
        added_by=plan.person,
        paper=paper,
        wear=plan.wear,
        characters=characters,
        form=plan.form,
        better_on=None if plan.better_after is None else written + timedelta(days=plan.better_after),
        sender=sender,
        recipient=recipient,
    )
