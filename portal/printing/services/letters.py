"""Letters to those who hold overdue files, all in one PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from portal.core.errors import Invalid
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.lending.models import Loan
from portal.lending.queries.loans import days_late
from portal.printing import queries
from portal.printing.letters import Letter, letters_pdf
from portal.printing.paper import Translate, day_text, deadline_text
from portal.printing.registers import Head, RegisterSheet
from portal.printing.services.common import Translator, foot, known_language, printed_by
from portal.printing.words import dossier_words, volume_words


@dataclass(frozen=True)
class OverdueLetters:
    """The letters to those who hold overdue files, and which loans each borrower's is about.

    `summary`: who gets one, by department, to lie on top; none for a single letter.
    """

    letters: Sequence[Letter]
    loans: Mapping[int, Sequence[int]]
    summary: RegisterSheet | None = None

    def pdf(self) -> bytes:
        """One PDF, each letter beginning a page of its own."""
        title = self.summary.title if self.summary else self.letters[0].subject
        return letters_pdf(self.letters, title=title, summary=self.summary)


def write_overdue_letters(
    work: UnitOfWork, borrower_id: int | None, *, translator: Translator, language: str = "en"
) -> OverdueLetters:
    """The letters to all who hold overdue files, or to one of them, by department, each in the borrower's language.

    Several come with a summary in `language`, that of whoever prints them.

    Reads only: `record_letters` follows when they are printed. Raises Invalid where nothing is overdue.
    """
    work.require(Permission.LABELS_PRINT)
    loans = queries.loans_overdue(work, borrower_id)
    if not loans:
        raise Invalid(N_("Nothing is overdue: there is no letter to print."))
    counts = queries.volume_counts(work.session, [loan.volume for loan in loans])
    by_borrower = [list(together) for _, together in groupby(loans, key=lambda loan: loan.borrower_id)]
    letters = []
    for group in by_borrower:
        theirs = known_language(group[0].borrower.language)
        letters.append(_letter(work, group, counts, theirs, translator(theirs)))
    about = {group[0].borrower_id: [loan.id for loan in group] for group in by_borrower}
    summary = _summary(work, by_borrower, language, translator(language)) if len(letters) > 1 else None
    return OverdueLetters(letters, about, summary)


def record_letters(work: UnitOfWork, printed: OverdueLetters) -> None:
    """Record that the acting person printed these letters, one entry for each borrower."""
    work.require(Permission.LABELS_PRINT)
    for borrower_id, loan_ids in printed.loans.items():
        work.record("letter:print", f"people:{borrower_id}", details={"loans": list(loan_ids)})


def _summary(
    work: UnitOfWork, by_borrower: Sequence[Sequence[Loan]], language: str, translate: Translate
) -> RegisterSheet:
    """Who gets a letter, by department. It names no dossier: it goes to the heads, who need not know of each."""
    rows: list[tuple[str, ...]] = []
    sections: dict[int, str] = {}
    department_id = 0
    for loans in by_borrower:
        borrower, oldest = loans[0].borrower, min(loans, key=lambda loan: loan.due_on)
        if borrower.department_id != department_id:
            department_id = borrower.department_id
            sections[len(rows)] = borrower.department.name
        late = str(days_late(oldest, work.today))
        rows.append((borrower.name, str(len(loans)), deadline_text(oldest.due_on, language), late, ""))
    return RegisterSheet(
        language=language,
        title=translate(N_("Overdue files: letters to the borrowers")),
        number="",
        facts=(
            (translate(N_("As of")), day_text(work.today, language)),
            (translate(N_("Borrowers")), str(len(rows))),
            (translate(N_("Overdue volumes")), str(sum(len(loans) for loans in by_borrower))),
        ),
        heads=(
            Head(translate(N_("Borrower")), weight=4),
            Head(translate(N_("Overdue volumes")), is_number=True, weight=1.5),
            Head(translate(N_("Oldest was due on")), weight=2.7),
            Head(translate(N_("Days late")), is_number=True, weight=1.2),
            Head(translate(N_("Letter received: signature")), weight=3),
        ),
        rows=rows,
        sections=sections,
        least_lines=2,
        empty="",
        foot=printed_by(work, language, translate),
        page_words=translate(N_("Page %(page)s of %(pages)s")),
    )


def _letter(
    work: UnitOfWork, loans: Sequence[Loan], counts: dict[int, int], language: str, translate: Translate
) -> Letter:
    borrower = loans[0].borrower
    rows = []
    for loan in loans:
        number, name = dossier_words(loan.volume.dossier, borrower)
        known = " ".join(text for text in (number, name) if text)
        rows.append(
            (
                known or translate(N_("A dossier that is not named on paper")),
                f"{volume_words(loan.volume, counts[loan.volume_id], translate)} ({loan.volume.barcode})",
                day_text(loan.issued_on, language),
                deadline_text(loan.due_on, language),
                str(days_late(loan, work.today)),
            )
        )
    return Letter(
        language=language,
        day=day_text(work.today, language),
        name=borrower.name,
        department=borrower.department.name,
        subject=translate(N_("Files that should be back")),
        opening=(
            translate(N_("The files below were handed out to you and are overdue.")),
            translate(N_("Please bring them back to the records desk today. Nobody keeps a file or passes it on.")),
        ),
        headings=tuple(
            translate(text) for text in (N_("Dossier"), N_("Volume"), N_("Handed out"), N_("Due on"), N_("Days late"))
        ),
        rows=rows,
        closing=(
            translate(N_("Until they are back you can borrow no further file.")),
            translate(N_("If a file is lost or damaged, or is already back, tell the records desk at once.")),
        ),
        signed=(work.person.name, translate(N_("Records department"))),
        foot=foot(work, language),
    )
