"""The paper forms that are no label, slip or letter."""

from __future__ import annotations

from enum import StrEnum

from portal.core.messages import N_


class PaperForm(StrEnum):
    """Lists and covers."""

    CLIENT_LIST = "client_list"
    INDEX = "index"
    COVER = "cover"
    CONTENTS_LIST = "contents_list"
    LOAN_REGISTER = "loan_register"


PAPER_FORM_NAMES: dict[PaperForm, str] = {
    PaperForm.CLIENT_LIST: N_("Client list"),
    PaperForm.INDEX: N_("Index of the dossiers"),
    PaperForm.COVER: N_("Cover of a dossier"),
    PaperForm.CONTENTS_LIST: N_("List of what is in a dossier"),
    PaperForm.LOAN_REGISTER: N_("Extract of the loan register"),
}
