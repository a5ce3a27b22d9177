"""What an entry of the index is made of: its key, its tokens and labels, its texts. Pure: no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal.core.permissions import Level
from portal.documents.models import DocumentKind
from search_index import DOCUMENT, DOSSIER, IndexDocument

KIND_WORDS: dict[DocumentKind, str] = {
    DocumentKind.CONTRACT: "contract · contrato · 合同",
    DocumentKind.LETTER: "letter · carta · 信函",
    DocumentKind.FAX: "fax · fax · 传真",
    DocumentKind.CALL_NOTE: "call note · nota de llamada · 电话记录",
    DocumentKind.YEARLY_REPORT: "yearly report · informe anual · 年度报告",
    DocumentKind.OTHER: "other document · otro documento · 其他文件",
}
"""A document is found by what it is, in whichever of the three languages the reader thinks of it."""

_APART = " · "
"""Between the parts of a field: Han text on its two sides must not run together."""


@dataclass(frozen=True)
class DossierFacts:
    """What the index is told of an official dossier, as of one moment."""

    id: int
    number: str
    title: str
    level: Level
    department_id: int
    client_id: int
    client_name: str
    rights_version: int


@dataclass(frozen=True)
class DocumentFacts:
    """What the index is told of a document. `pages`: its text, page n at n - 1, empty where it is not read."""

    id: int
    kind: DocumentKind
    subject: str
    correspondent: str
    dated: date
    pages: tuple[str, ...]


def dossier_key(dossier_id: int) -> str:
    """Id of a dossier's entry; also its token, its documents' group, and the outbox key that refreshes it."""
    return f"{DOSSIER}:{dossier_id}"


def document_key(document_id: int) -> str:
    """Id of a document's entry, and the outbox key that refreshes it."""
    return f"{DOCUMENT}:{document_id}"


def read_key(key: str) -> tuple[str, int]:
    """Type and number of a key; ValueError for what is none."""
    type_, _, number = key.partition(":")
    if type_ not in (DOCUMENT, DOSSIER) or not number.isdecimal():
        raise ValueError(f"not the key of an entry: {key!r}")
    return type_, int(number)


def level_token(level: Level) -> str:
    """Held by every entry of a dossier of this level."""
    return f"level:{level.value}"


def client_token(client_id: int) -> str:
    """Held by every entry of this client."""
    return f"client:{client_id}"


def department_token(department_id: int) -> str:
    """Held by every entry of a dossier of this department."""
    return f"dept:{department_id}"


def tokens_of(dossier: DossierFacts) -> frozenset[str]:
    """What rights are decided by. Never people or grants: those are read for each query."""
    return frozenset(
        {
            level_token(dossier.level),
            department_token(dossier.department_id),
            client_token(dossier.client_id),
            dossier_key(dossier.id),
        }
    )


def kind_label(kind: DocumentKind) -> str:
    """Held by every document of this kind."""
    return f"kind:{kind.value}"


def dossier_entry(dossier: DossierFacts) -> IndexDocument:
    """A dossier's entry in the register. Its title tells of the contents: matched by readers only."""
    return IndexDocument(
        id=dossier_key(dossier.id),
        type=DOSSIER,
        tokens=tokens_of(dossier),
        client=dossier.client_name,
        number=dossier.number,
        title=dossier.title,
        group=dossier_key(dossier.id),
    )


def document_entry(dossier: DossierFacts, document: DocumentFacts) -> IndexDocument:
    """A document's entry. Client and number are matched too, so that a word of each finds it."""
    return IndexDocument(
        id=document_key(document.id),
        type=DOCUMENT,
        tokens=tokens_of(dossier),
        labels=frozenset({kind_label(document.kind), f"year:{document.dated.year}"}),
        client=dossier.client_name,
        number=dossier.number,
        title=_APART.join((document.subject, KIND_WORDS[document.kind])),
        correspondent=document.correspondent,
        pages=document.pages,
        group=dossier_key(dossier.id),
        date=document.dated,
    )
