"""The card that says how to ask, with examples in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.core.messages import N_
from portal.search.narrowing import ON_LOAN
from portal.search.vocabulary import CUSTODY_WORDS, FIELD_WORDS

_LANGUAGES = ("en", "es", "zh")


@dataclass(frozen=True)
class HelpLine:
    """What can be typed, and what it means (a message id)."""

    example: str
    meaning: str


_EXAMPLES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "words": "contract delivery",
        "phrase": '"terms of payment"',
        "or": "invoice OR receipt",
        "not": "contract -draft",
        "group": "(invoice OR receipt) 2026",
        "prefix": "deliver*",
        "fuzzy": "recieve~",
        "name": "hengda",
        "kind": "fax",
        "text": "bank",
        "level": "important",
    },
    "es": {
        "words": "contrato entrega",
        "phrase": '"condiciones de pago"',
        "or": "factura OR recibo",
        "not": "contrato -borrador",
        "group": "(factura OR recibo) 2026",
        "prefix": "entreg*",
        "fuzzy": "resivo~",
        "name": "hengda",
        "kind": "carta",
        "text": "banco",
        "level": "importante",
    },
    "zh": {
        "words": "合同 交货",
        "phrase": "“付款条件”",
        "or": "发票 OR 收据",
        "not": "合同 -草案",
        "group": "(发票 OR 收据) 2026",
        "prefix": "HT-2026*",
        "fuzzy": "shangai~",
        "name": "hengda",
        "kind": "传真",
        "text": "银行",
        "level": "重要",
    },
}


def help_card(language: str) -> Sequence[HelpLine]:
    """The lines of the card; every example can be clicked and does what its line says."""
    index = _LANGUAGES.index(language) if language in _LANGUAGES else 0
    words = _EXAMPLES[_LANGUAGES[index]]
    names = {field: each[index] for field, each in FIELD_WORDS.items()}
    return (
        HelpLine(words["words"], N_("both words, in any order; plural, accents and capitals do not matter")),
        HelpLine(words["phrase"], N_("exactly these words beside each other, on one page")),
        HelpLine(words["or"], N_("at least one of the two; OR in capitals")),
        HelpLine(words["not"], N_("the first word, without the second")),
        HelpLine(words["group"], N_("brackets keep together what belongs together")),
        HelpLine(words["prefix"], N_("every word that begins so")),
        HelpLine(words["fuzzy"], N_("words that are written nearly so")),
        HelpLine(words["name"], N_("Chinese names in pinyin, whole or by initials; traditional and simplified alike")),
        HelpLine(f"{names['client']}:{words['text']}", N_("the name of the client")),
        HelpLine(f"{names['number']}:2026*", N_("the number of the dossier")),
        HelpLine(f"{names['kind']}:{words['kind']}", N_("the kind of the document")),
        HelpLine(f"{names['from']}:{words['text']}", N_("who the document is from or to")),
        HelpLine(f"{names['dept']}:…", N_("the department of the dossier")),
        HelpLine(f"{names['year']}:2026", N_("the year of the document")),
        HelpLine(f"{names['date']}:2026-01..2026-03", N_("documents from January to March")),
        HelpLine(f"{names['level']}:{words['level']}", N_("general, important or core")),
        HelpLine(f"{names['on']}:{CUSTODY_WORDS[ON_LOAN][index]}", N_("the paper is out on loan, or on the shelf")),
    )
