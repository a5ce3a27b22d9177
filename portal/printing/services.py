"""Printing: labels, slips and overdue letters, as PDF. Who printed what is recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from portal.core.errors import Invalid, NotFound
from portal.core.messages import N_
from portal.core.permissions import Level, Permission
from portal.core.unit_of_work import UnitOfWork
from portal.lending.models import Loan
from portal.lending.queries.loans import days_late
from portal.printing import queries
from portal.printing.formats import LabelKind
from portal.printing.letters import Letter, letters_pdf
from portal.printing.paper import PDF_LANGUAGES, Translate, day_text, deadline_text, moment_text
from portal.printing.sheets import Placing
from portal.printing.slips import Paper, Slip, SlipFile, slips_pdf
from portal.printing.words import dossier_words, volume_words

Translator = Callable[[str], Translate]
"""Gives, for a language, what puts message ids into it."""

MAY_PRINT: dict[LabelKind, Permission] = {
    LabelKind.SPINE: Permission.LABELS_PRINT,
    LabelKind.PLACE: Permission.LABELS_PRINT,
    LabelKind.CARD: Permission.CARDS_PRINT,
}
NOTHING = N_("There is nothing to print: nothing was chosen, or it is not for you to see.")


def record_labels(work: UnitOfWork, kind: LabelKind, count: int, placing: Placing) -> None:
    """Record that the acting person printed so many labels on such sheets. Invalid where there are none."""
    work.require(MAY_PRINT[kind])
    if not count:
        raise Invalid(NOTHING)
    work.record("label:print", f"labels:{kind.value}", details={"labels": count, "sheet_format": placing.format.size})


def print_slips(
    work: UnitOfWork, loan_ids: Sequence[int], paper: Paper, *, language: str | None, translator: Translator
) -> bytes:
    """The slips of these loans: one for what a borrower takes until one day, in `language` or else the borrower's.

    Reads only: `record_slips` follows when they are printed. Raises NotFound unless the acting person may see every one
    of the loans.
    """
    loans = _loans_for_slips(work, loan_ids)
    counts = queries.volume_counts(work.session, [loan.volume for loan in loans])
    slips = []
    for _, together in groupby(sorted(loans, key=_slip_key), key=_slip_key):
        group = list(together)
        chosen = _language(language or group[0].borrower.language)
        slips.append(_slip(work, group, counts, chosen, translator(chosen)))
    first = _language(language or loans[0].borrower.language)
    return slips_pdf(slips, paper, title=translator(first)(N_("Loan slip")), language=first)


def record_slips(work: UnitOfWork, loan_ids: Sequence[int]) -> None:
    """Record that the acting person printed the slips of these loans, for the first time or again."""
    for loan in _loans_for_slips(work, loan_ids):
        work.record(
            "slip:print",
            f"loans:{loan.id}",
            dossier_id=loan.volume.dossier_id,
            details={"volume": loan.volume_id, "borrower": loan.borrower_id},
        )


def _loans_for_slips(work: UnitOfWork, loan_ids: Sequence[int]) -> Sequence[Loan]:
    actor = work.require(Permission.LOAN_ISSUE)
    wanted = set(loan_ids)
    loans = queries.loans_for_slips(work.session, actor, wanted)
    if not wanted or len(loans) != len(wanted):
        raise NotFound()
    return loans


@dataclass(frozen=True)
class OverdueLetters:
    """The letters to those who hold overdue files, and which loans each borrower's is about."""

    letters: Sequence[Letter]
    loans: Mapping[int, Sequence[int]]

    def pdf(self) -> bytes:
        """One PDF, each letter beginning a page of its own."""
        return letters_pdf(self.letters, title=self.letters[0].subject)


def write_overdue_letters(work: UnitOfWork, borrower_id: int | None, *, translator: Translator) -> OverdueLetters:
    """The letters to all who hold overdue files, or to one of them, each in the borrower's language.

    Reads only: `record_letters` follows when they are printed. Raises Invalid where nothing is overdue.
    """
    work.require(Permission.LABELS_PRINT)
    loans = queries.loans_overdue(work, borrower_id)
    if not loans:
        raise Invalid(N_("Nothing is overdue: there is no letter to print."))
    counts = queries.volume_counts(work.session, [loan.volume for loan in loans])
    letters, about = [], {}
    for borrower, together in groupby(loans, key=lambda loan: loan.borrower_id):
        group = list(together)
        language = _language(group[0].borrower.language)
        letters.append(_letter(work, group, counts, language, translator(language)))
        about[borrower] = [loan.id for loan in group]
    return OverdueLetters(letters, about)


def record_letters(work: UnitOfWork, printed: OverdueLetters) -> None:
    """Record that the acting person printed these letters, one entry for each borrower."""
    work.require(Permission.LABELS_PRINT)
    for borrower_id, loan_ids in printed.loans.items():
        work.record("letter:print", f"people:{borrower_id}", details={"loans": list(loan_ids)})


def _slip_key(loan: Loan) -> tuple[object, ...]:
    """What is on one slip has the same key: borrower, due date, and the room and the outside reader it stays with."""
    request = loan.line.request
    return loan.borrower_id, loan.due_on, loan.in_reading_room, request.id if request.outside else 0


def _language(wanted: str) -> str:
    return wanted if wanted in PDF_LANGUAGES else "en"


def _slip(work: UnitOfWork, loans: Sequence[Loan], counts: dict[int, int], language: str, translate: Translate) -> Slip:
    first = loans[0]
    borrower, request = first.borrower, first.line.request
    issued = _in_office(work, min(loan.issued_at for loan in loans))
    sheets = sum(loan.sheets_issued for loan in loans)
    facts = [(translate(N_("Handed out")), moment_text(issued, language))]
    if reasons := _reasons(loans):
        facts.append((translate(N_("Reason")), reasons))
    count_of_all = translate(N_("Volumes: %(volumes)s · Sheets: %(sheets)s"))
    facts.append((translate(N_("Volumes and sheets")), count_of_all % {"volumes": len(loans), "sheets": sheets}))
    if request.outside is not None:
        reader = f"{request.outside.name}, {request.outside.organisation}"
        facts.insert(0, (translate(N_("Outside reader, answered for by the borrower")), reader))
    files = []
    for loan in loans:
        number, name = dossier_words(loan.volume.dossier, borrower)
        which = volume_words(loan.volume, counts[loan.volume_id], translate)
        count = translate(N_("Sheets: %(sheets)s")) % {"sheets": loan.sheets_issued}
        files.append(SlipFile(number, name, f"{which} · {count}", loan.volume.barcode))
    return Slip(
        title=translate(N_("Loan slip")),
        borrower=borrower.name,
        department=borrower.department.name,
        due_label=translate(N_("Due on")),
        due=deadline_text(first.due_on, language),
        facts=facts,
        files=files,
        rule=translate(_rule(loans)),
        signatures=(translate(N_("Signature of the borrower")), translate(N_("Signature of the records clerk"))),
        foot=_foot(work, language),
    )


def _reasons(loans: Sequence[Loan]) -> str:
    """Why the files are wanted. Not for a core dossier: what was written may name it, and a slip lies on desks."""
    reasons = (loan.line.request.reason for loan in loans if loan.volume.dossier.level != Level.CORE)
    return " · ".join(dict.fromkeys(reasons))


def _rule(loans: Sequence[Loan]) -> str:
    if loans[0].in_reading_room:
        return N_("Read it here in the reading room, copy nothing, and give it back at the desk today.")
    return N_(
        "Keep the file with you, copy nothing, pass it on to nobody, and bring it back to the records desk "
        "by the due date."
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
        foot=_foot(work, language),
    )


def _in_office(work: UnitOfWork, moment: datetime) -> datetime:
    return moment.astimezone(work.zone)


def _foot(work: UnitOfWork, language: str) -> str:
    return f"Legajo · {work.person.name} · {moment_text(_in_office(work, work.now), language)}"
