"""Loan slips, for what a borrower takes until one day."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from portal.core.errors import NotFound
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.lending.models import Loan
from portal.printing import queries
from portal.printing.paper import Translate, deadline_text, moment_text
from portal.printing.services.common import Translator, foot, in_office, known_language
from portal.printing.slips import Paper, Slip, SlipFile, slips_pdf
from portal.printing.words import dossier_words, volume_words


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
        chosen = known_language(language or group[0].borrower.language)
        slips.append(_slip(work, group, counts, chosen, translator(chosen)))
    first = known_language(language or loans[0].borrower.language)
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


def _slip_key(loan: Loan) -> tuple[object, ...]:
    """What is on one slip has the same key: borrower, due date, and the room and the outside reader it stays with."""
    request = loan.line.request
    return loan.borrower_id, loan.due_on, loan.in_reading_room, request.id if request.outside else 0


def _slip(work: UnitOfWork, loans: Sequence[Loan], counts: dict[int, int], language: str, translate: Translate) -> Slip:
    first = loans[0]
    borrower, request = first.borrower, first.line.request
    issued = in_office(work, min(loan.issued_at for loan in loans))
    sheets = sum(loan.sheets_issued for loan in loans)
    facts = [(translate(N_("Handed out")), moment_text(issued, language))]
    if reasons := _reasons(work, loans):
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
        foot=foot(work, language),
    )


def _reasons(work: UnitOfWork, loans: Sequence[Loan]) -> str:
    """Why the files are wanted. Not where a request asks for a core dossier, be it that of another slip: what was
    written may name it, and a slip lies on desks."""
    unsaid = queries.asking_for_core(work.session, loans)
    reasons = (loan.line.request.reason for loan in loans if loan.id not in unsaid)
    return " · ".join(dict.fromkeys(reasons))


def _rule(loans: Sequence[Loan]) -> str:
    if loans[0].in_reading_room:
        return N_("Read it here in the reading room, copy nothing, and give it back at the desk today.")
    return N_(
        "Keep the file with you, copy nothing, pass it on to nobody, and bring it back to the records desk "
        "by the due date."
    )
