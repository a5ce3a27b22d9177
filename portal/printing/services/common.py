"""What all printing shares: languages, moments in the office's zone, who printed it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from babel.numbers import format_decimal

from portal.core.messages import N_
from portal.core.unit_of_work import UnitOfWork
from portal.printing.paper import PDF_LANGUAGES, Translate, moment_text
from portal.printing.states import PaperForm

Translator = Callable[[str], Translate]
"""Gives, for a language, what puts message ids into it."""

NOTHING = N_("There is nothing to print: nothing was chosen, or it is not for you to see.")


def known_language(wanted: str) -> str:
    """A language papers can be printed in: the one wanted, or English."""
    return wanted if wanted in PDF_LANGUAGES else "en"


def in_office(work: UnitOfWork, moment: datetime) -> datetime:
    """A moment in the office's zone."""
    return moment.astimezone(work.zone)


def foot(work: UnitOfWork, language: str) -> str:
    """What stands below a slip or a letter: who printed it, when."""
    return f"Legajo · {work.person.name} · {moment_text(in_office(work, work.now), language)}"


def printed_by(work: UnitOfWork, language: str, translate: Translate) -> str:
    """What stands below every page of a list: who printed it, when, in words."""
    return translate(N_("Printed by %(person)s on %(moment)s")) % {
        "person": work.person.name,
        "moment": moment_text(in_office(work, work.now), language),
    }


def count_text(listed: int, total: int, language: str, translate: Translate, *, cut: str) -> str:
    """How many there are on a list; where it is cut, `cut` (a message id) says of how many."""
    shown = format_decimal(listed, locale=language)
    if listed == total:
        return shown
    return translate(cut) % {"listed": shown, "total": format_decimal(total, locale=language)}


def record_paper(work: UnitOfWork, form: PaperForm, rows: int, *, dossier_id: int | None = None) -> None:
    """Record that the acting person printed a list of so many rows, or a cover."""
    subject = f"papers:{form.value}" if dossier_id is None else f"dossiers:{dossier_id}"
    work.record("paper:print", subject, dossier_id=dossier_id, details={"paper": form.value, "entries": rows})
