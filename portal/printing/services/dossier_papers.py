"""The papers of one dossier: its cover, which stands in a cabinet, and the list of what is in it, which lies inside."""

from __future__ import annotations

from babel.numbers import format_decimal

from portal.core.errors import NotFound
from portal.core.messages import N_
from portal.core.permissions import LEVEL_NAMES, Level, Permission
from portal.core.unit_of_work import UnitOfWork
from portal.documents.models import DIRECTION_NAMES, DOCUMENT_KIND_NAMES
from portal.dossiers.models import Dossier, Volume
from portal.dossiers.queries import known_dossier, readable_dossier
from portal.dossiers.states import Custody
from portal.printing import queries
from portal.printing.covers import Cover, CoverVolume, cover_pdf
from portal.printing.paper import Translate, day_text
from portal.printing.registers import Head, RegisterSheet, register_pdf
from portal.printing.services.client_lists import PrintedList
from portal.printing.services.common import printed_by, record_paper
from portal.printing.states import PAPER_FORM_NAMES, PaperForm
from portal.printing.words import volume_words


def print_cover(work: UnitOfWork, dossier_id: int, *, language: str, translate: Translate) -> bytes:
    """The cover of an official dossier, for those who print labels. Reads only.

    A cover is seen by everybody in the room: as on a label, a core dossier bears no client and no title, and no
    department and date either. Raises NotFound for one the acting person may not know of, or that has no number yet.
    """
    dossier = _official(known_dossier(work.session, work.require(Permission.LABELS_PRINT), dossier_id))
    core = dossier.level == Level.CORE
    facts = [(translate(N_("Confidentiality")), translate(LEVEL_NAMES[dossier.level]))]
    if not core:
        facts.append((translate(N_("Department")), dossier.department.name))
        if dossier.opened_on:
            facts.append((translate(N_("Opened on")), day_text(dossier.opened_on, language)))
    volumes = [volume for volume in dossier.volumes if volume.custody != Custody.DISPOSED]
    facts.append((translate(N_("Volumes")), format_decimal(len(volumes), locale=language)))
    cover = Cover(
        language=language,
        heading=translate(N_("Dossier")),
        number=dossier.number or "",
        client="" if core else dossier.client.name,
        title="" if core else dossier.title,
        level=dossier.level,
        facts=facts,
        volumes=[_volume(volume, max(row.ordinal for row in dossier.volumes), translate) for volume in volumes],
        further=translate(N_("Further volumes, not listed here: %(volumes)s")),
        foot=printed_by(work, language, translate),
    )
    return cover_pdf(cover)


def record_cover(work: UnitOfWork, dossier_id: int) -> None:
    """Record that the acting person printed the cover of the dossier."""
    dossier = _official(known_dossier(work.session, work.require(Permission.LABELS_PRINT), dossier_id))
    record_paper(work, PaperForm.COVER, len(dossier.volumes), dossier_id=dossier.id)


def print_contents_list(work: UnitOfWork, dossier_id: int, *, language: str, translate: Translate) -> PrintedList:
    """What is filed in a dossier, by date, for those who may read it; who printed it stands across each page (R10).

    Reads only. Raises NotFound unless the acting person may read the dossier.
    """
    dossier = _official(readable_dossier(work.session, work.person, dossier_id, work.today))
    documents = queries.documents_of(work, dossier.id)
    pages = sum(row.pages or 0 for row in documents)
    facts = [(translate(N_("As of")), day_text(work.today, language))]
    if dossier.level != Level.CORE:
        facts.append((translate(N_("Client")), dossier.client.name))
        if dossier.title:
            facts.append((translate(N_("Title")), dossier.title))
    facts += [
        (translate(N_("Documents")), format_decimal(len(documents), locale=language)),
        (translate(N_("Pages")), format_decimal(pages, locale=language)),
    ]
    if len(documents) == queries.MOST_ROWS:
        facts.append((translate(N_("Note")), translate(N_("The list is cut: the dossier may hold more documents."))))
    printed = printed_by(work, language, translate)
    sheet = RegisterSheet(
        language=language,
        title=translate(PAPER_FORM_NAMES[PaperForm.CONTENTS_LIST]),
        number=dossier.number or "",
        facts=facts,
        heads=(
            Head(translate(N_("No.")), is_number=True, weight=0.7),
            Head(translate(N_("Date")), weight=2),
            Head(translate(N_("Kind")), weight=1.9),
            Head(translate(N_("Direction")), weight=1.4),
            Head(translate(N_("Subject, correspondent")), weight=5.7),
            Head(translate(N_("Pages")), is_number=True, weight=0.9),
        ),
        rows=[
            (
                str(place),
                day_text(row.dated, language),
                translate(DOCUMENT_KIND_NAMES[row.kind]),
                translate(DIRECTION_NAMES[row.direction]),
                f"{row.subject}\n{row.correspondent}" if row.correspondent else row.subject,
                "" if row.pages is None else format_decimal(row.pages, locale=language),
            )
            for place, row in enumerate(documents, 1)
        ],
        empty=translate(N_("Nothing is filed in this dossier yet.")),
        foot=f"{dossier.number} · {printed}",
        page_words=translate(N_("Page %(page)s of %(pages)s")),
        mark=f"{dossier.number} · {printed}",
    )
    return PrintedList(PaperForm.CONTENTS_LIST, register_pdf(sheet), len(documents))


def record_contents_list(work: UnitOfWork, dossier_id: int, printed: PrintedList) -> None:
    """Record that the acting person printed the list of what is in the dossier."""
    dossier = _official(readable_dossier(work.session, work.person, dossier_id, work.today))
    record_paper(work, printed.form, printed.rows, dossier_id=dossier.id)


def _official(dossier: Dossier) -> Dossier:
    if dossier.number is None:
        raise NotFound()
    return dossier


def _volume(volume: Volume, of: int, translate: Translate) -> CoverVolume:
    sheets = translate(N_("Sheets: %(sheets)s")) % {"sheets": volume.sheets}
    return CoverVolume(volume_words(volume, of, translate), volume.place, sheets, volume.barcode)
