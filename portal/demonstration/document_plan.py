"""What is decided about a document before it is written: its dossier, its kind, its date, its condition."""

from __future__ import annotations

from dataclasses import dataclass

from portal.demonstration.model import Direction, DocumentKind, Form, Language
from portal.demonstration.scans import Wear


@dataclass(frozen=True)
class DocumentPlan:
    """One document before it is written.

    `phrase` occurs in this document alone; `days` is its date as an offset; `person` writes or receives it on
    our side; `contact` is the place of the client's person in its list of contacts; `fillers` says how many
    everyday paragraphs are added; `enclosure` adds a page with a list; `clauses` limits a contract's length;
    `wear` is None for a file with text, else how the page looks that was photographed or faxed; `form` is what
    kind of file it is without wear. `better_after`: days after which a file with text took the place of the scan.
    """

    key: str
    dossier: str
    kind: DocumentKind
    direction: Direction
    days: int
    person: str
    subject: str
    phrase: str
    wear: Wear | None = None
    contact: int = 0
    fillers: int = 0
    enclosure: bool = False
    clauses: int | None = None
    form: Form = "pdf"
    better_after: int | None = None

    @property
    def language(self) -> Language:
        """The language, which the key starts with."""
        languages: dict[str, Language] = {"en": "en", "es": "es", "zh": "zh"}
        return languages[self.key[:2]]
