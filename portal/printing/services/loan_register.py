"""An extract of the loan register, as the paper register is kept: what went out, why, who signed for it (R11)."""

from __future__ import annotations

from babel.numbers import format_decimal

from portal.accounts.models import Department
from portal.core.messages import N_
from portal.core.permissions import Level, Permission
from portal.core.unit_of_work import UnitOfWork
from portal.lending.models import Loan
from portal.lending.queries import LOAN_FILTER_NAMES, LoanChoice
from portal.lending.states import LOAN_STATE_NAMES, LoanState
from portal.printing import queries
from portal.printing.paper import Translate, day_text, moment_text
from portal.printing.registers import Head, RegisterSheet, register_pdf
from portal.printing.services.client_lists import PrintedList
from portal.printing.services.common import count_text, in_office, printed_by, record_paper
from portal.printing.states import PAPER_FORM_NAMES, PaperForm
from portal.printing.words import volume_words

_CUT = N_("%(listed)s of %(total)s, the newest: choose a period to see the others.")


def print_loan_register(work: UnitOfWork, choice: LoanChoice, *, language: str, translate: Translate) -> PrintedList:
    """The entries that are wanted and that the acting person may see, in the order they were made. Reads only.

    What has come back is struck off and stays; of core dossiers there is the number. Where a request asks for a core
    dossier too, there is no reason: it may name that. Entries are numbered as they stand on the paper: the numbers they
    are kept under would leave gaps that tell of what is not shown.
    """
    work.require(Permission.LOANS_VIEW_ALL)
    loans, total = queries.loans_listed(work, choice)
    unsaid = queries.asking_for_core(work.session, loans)
    counts = queries.volume_counts(work.session, [loan.volume for loan in loans])
    sheet = RegisterSheet(
        language=language,
        title=translate(PAPER_FORM_NAMES[PaperForm.LOAN_REGISTER]),
        number="",
        facts=[
            (translate(N_("As of")), day_text(work.today, language)),
            *_choice_facts(work, choice, language, translate),
            (translate(N_("Entries")), count_text(len(loans), total, language, translate, cut=_CUT)),
        ],
        heads=(
            Head(translate(N_("No.")), is_number=True, weight=1.1),
            Head(translate(N_("Dossier")), weight=3.8),
            Head(translate(N_("Volume and sheets")), weight=2.5),
            Head(translate(N_("Handed out")), weight=2.1),
            Head(translate(N_("Reason")), weight=3.2),
            Head(translate(N_("Borrower")), weight=2.6),
            Head(translate(N_("Due on")), weight=2.1),
            Head(translate(N_("Came back")), weight=2.1, is_never_struck=True),
            Head(translate(N_("Signature")), weight=2),
        ),
        rows=[
            _row(work, place, loan, counts[loan.volume_id], loan.id not in unsaid, language, translate)
            for place, loan in enumerate(loans, 1)
        ],
        struck=frozenset(place for place, loan in enumerate(loans) if loan.state in _STRUCK_OFF),
        empty=translate(N_("No loan is entered for this choice.")),
        foot=printed_by(work, language, translate),
        page_words=translate(N_("Page %(page)s of %(pages)s")),
        landscape=True,
        least_lines=2,
    )
    return PrintedList(PaperForm.LOAN_REGISTER, register_pdf(sheet), len(loans))


def record_loan_register(work: UnitOfWork, printed: PrintedList) -> None:
    """Record that the acting person printed the extract."""
    work.require(Permission.LOANS_VIEW_ALL)
    record_paper(work, printed.form, printed.rows)


_STRUCK_OFF = (LoanState.RETURNED, LoanState.VOIDED)


def _row(
    work: UnitOfWork, place: int, loan: Loan, of: int, with_reason: bool, language: str, translate: Translate
) -> tuple[str, ...]:
    dossier = loan.volume.dossier
    core = dossier.level == Level.CORE
    sheets = translate(N_("Sheets: %(sheets)s")) % {"sheets": format_decimal(loan.sheets_issued, locale=language)}
    return (
        str(place),
        (dossier.number or "") if core else f"{dossier.number}\n{dossier.client.name}",
        f"{volume_words(loan.volume, of, translate)}\n{loan.volume.barcode}\n{sheets}",
        moment_text(in_office(work, loan.issued_at), language),
        loan.line.request.reason if with_reason else "",
        f"{loan.borrower.name}\n{loan.borrower.department.name}",
        day_text(loan.due_on, language),
        _came_back(loan, language, translate),
        "",
    )


def _came_back(loan: Loan, language: str, translate: Translate) -> str:
    if loan.state == LoanState.ON_LOAN:
        return ""
    state = translate(LOAN_STATE_NAMES[loan.state])
    return f"{state}\n{day_text(loan.returned_on, language)}" if loan.returned_on else state


def _choice_facts(work: UnitOfWork, choice: LoanChoice, language: str, translate: Translate) -> list[tuple[str, str]]:
    """What part of the register it is."""
    facts = [(translate(N_("Show")), translate(LOAN_FILTER_NAMES[choice.part]))]
    if choice.first:
        facts.append((translate(N_("Handed out from")), day_text(choice.first, language)))
    if choice.last:
        facts.append((translate(N_("Handed out until")), day_text(choice.last, language)))
    if choice.department_id and (department := work.session.get(Department, choice.department_id)):
        facts.append((translate(N_("Department of the borrower")), department.name))
    return facts
