"""Printing: labels, slips, letters, lists and covers, as PDF. Who printed what is recorded."""

from portal.printing.services.client_lists import PrintedList, print_client_list, print_index, record_list
from portal.printing.services.common import NOTHING, Translator
from portal.printing.services.dossier_papers import (
    print_contents_list,
    print_cover,
    record_contents_list,
    record_cover,
)
from portal.printing.services.labels import MAY_PRINT, record_labels
from portal.printing.services.letters import OverdueLetters, record_letters, write_overdue_letters
from portal.printing.services.loan_register import print_loan_register, record_loan_register
from portal.printing.services.slips import print_slips, record_slips

__all__ = [
    "MAY_PRINT",
    "NOTHING",
    "OverdueLetters",
    "PrintedList",
    "Translator",
    "print_client_list",
    "print_contents_list",
    "print_cover",
    "print_index",
    "print_loan_register",
    "print_slips",
    "record_contents_list",
    "record_cover",
    "record_labels",
    "record_letters",
    "record_list",
    "record_loan_register",
    "record_slips",
    "write_overdue_letters",
]
