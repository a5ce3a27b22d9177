"""Pages that choose what is printed, and the PDFs: labels, slips, overdue letters, lists, covers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.queries import active_people
from portal.config import LANGUAGES
from portal.core.errors import Invalid, NotFound
from portal.core.permissions import Permission
from portal.dossiers.register import read_filter, read_sort
from portal.dossiers.states import PLACE_KIND_NAMES
from portal.http.edge import current_work, translator
from portal.http.guards import Room
from portal.http.language import choose_language
from portal.http.safety import row_id
from portal.http.transactions import now_writing
from portal.lending.register import read_choice
from portal.printing import queries, services
from portal.printing.formats import FORMATS, sheets_needed
from portal.printing.forms import CardsForm, PlacesForm, SheetForm, VolumesForm
from portal.printing.labels import Label
from portal.printing.sheets import grid_pdf, labels_pdf
from portal.printing.slips import Paper
from portal.printing.words import card_label, place_label, spine_label

printing = Room("printing", __name__)


@printing.page("/labels", may=Permission.CARDS_PRINT)
def labels() -> ResponseReturnValue:
    """To the labels the person may print."""
    volumes = current_work().person.may(Permission.LABELS_PRINT)
    return redirect(url_for("printing.volumes" if volumes else "printing.cards"))


@printing.page("/labels/volumes", may=Permission.LABELS_PRINT)
def volumes() -> ResponseReturnValue:
    """Choose volumes, and see which they are."""
    form, found = _volumes()
    return _choosing("volumes.html", "printing.print_volumes", form, found.rows, found.unknown)


@printing.page("/labels/volumes.pdf", may=Permission.LABELS_PRINT)
def print_volumes() -> ResponseReturnValue:
    """Labels for the backs of binders."""
    form, found = _volumes()
    translate = translator(choose_language())
    return _print(form, [spine_label(row.volume, row.of, translate) for row in found.rows])


def _volumes() -> tuple[VolumesForm, queries.Chosen[queries.VolumeRow]]:
    form = VolumesForm(request.args)
    if not _asked() or not form.validate():
        return form, queries.Chosen(())
    return form, queries.volumes_to_label(current_work(), form.choice())


@printing.page("/labels/places", may=Permission.LABELS_PRINT)
def places() -> ResponseReturnValue:
    """Choose places, and see which they are."""
    form, found = _places()
    return _choosing(
        "places.html", "printing.print_places", form, found.rows, found.unknown, kind_names=PLACE_KIND_NAMES
    )


@printing.page("/labels/places.pdf", may=Permission.LABELS_PRINT)
def print_places() -> ResponseReturnValue:
    """Labels for rooms, cabinets, shelves and boxes."""
    form, found = _places()
    translate = translator(choose_language())
    return _print(form, [place_label(place, translate) for place in found.rows])


def _places() -> tuple[PlacesForm, queries.Chosen[Any]]:
    form = PlacesForm(request.args)
    if not _asked():
        form.itself.data = True
        return form, queries.Chosen(())
    if not form.validate():
        return form, queries.Chosen(())
    within, kind = form.within.data or "", form.chosen_kind()
    return form, queries.places_to_label(current_work().session, within, kind, itself=bool(form.itself.data))


@printing.page("/labels/cards", may=Permission.CARDS_PRINT)
def cards() -> ResponseReturnValue:
    """Choose people, and see whose cards they are."""
    form, rows = _cards()
    return _choosing("cards.html", "printing.print_cards", form, rows)


@printing.page("/labels/cards.pdf", may=Permission.CARDS_PRINT)
def print_cards() -> ResponseReturnValue:
    """Cards for people."""
    form, rows = _cards()
    return _print(form, [card_label(person) for person in rows])


def _cards() -> tuple[CardsForm, Sequence[Any]]:
    session = current_work().session
    form = CardsForm(request.args)
    form.offer(
        [(row.id, f"{row.name} ({count})") for row, count in queries.people_by_department(session)],
        [(person.id, person.name) for person in active_people(session) if person.card_number],
    )
    if not _asked() or not form.validate():
        return form, ()
    return form, queries.people_to_label(session, form.department_id.data or None, form.people.data or ())


def _asked() -> bool:
    """Whether the form was sent, or a link made a choice."""
    return bool(request.args)


def _choosing(
    template: str, pdf: str, form: SheetForm, rows: Sequence[Any], unknown: Sequence[str] = (), **values: Any
) -> ResponseReturnValue:
    """The page of a choice: its form, and what would be printed."""
    wrong = bool(form.errors)
    page = render_template(
        f"printing/{template}",
        form=form,
        rows=rows,
        unknown=unknown,
        asked=_asked() and not wrong,
        most=queries.MOST_LABELS,
        sheets=0 if wrong else sheets_needed(FORMATS[form.sheet.data], len(rows), form.first.data or 1),
        pdf=url_for(pdf, **_as_asked(form)),
        grid=url_for("printing.test_page", **_as_asked(form)),
        **values,
    )
    return page, 422 if wrong else 200


def _as_asked(form: SheetForm) -> dict[str, Any]:
    """What the form was sent with, for the address of the PDF."""
    return {name: request.args.getlist(name) for name in form.data if name in request.args}


def _print(form: SheetForm, labels_: Sequence[Label]) -> ResponseReturnValue:
    if form.errors:
        raise Invalid()
    if not labels_:
        raise Invalid(services.NOTHING)
    placing = form.placing()
    pdf = labels_pdf(labels_, placing, title=gettext("Labels"), language=choose_language())
    services.record_labels(now_writing(), form.kind, len(labels_), placing)
    return _pdf(pdf, f"labels-{form.kind.value}")


@printing.page("/labels/test-page.pdf", may=Permission.CARDS_PRINT)
def test_page() -> ResponseReturnValue:
    """The outlines of the labels, to see how the printer draws the paper in."""
    form = VolumesForm(request.args)
    form.validate()
    if any(name in form.errors for name in ("sheet", "first", "right", "down")):
        raise Invalid()
    language = choose_language()
    return _pdf(grid_pdf(form.placing(), language=language, translate=translator(language)), "labels-test-page")


@printing.page("/loans/<int:loan_id>/slip", may=Permission.LOAN_ISSUE)
def slip(loan_id: int) -> ResponseReturnValue:
    """The slip of one loan."""
    return _slips([loan_id])


@printing.page("/slips", may=Permission.LOAN_ISSUE)
def slips() -> ResponseReturnValue:
    """The slips of several loans: `loan` as often as needed."""
    loan_ids = request.args.getlist("loan", type=row_id)
    if len(loan_ids) > queries.MOST_LOANS:
        raise NotFound()
    return _slips(loan_ids)


def _slips(loan_ids: Sequence[int]) -> ResponseReturnValue:
    """`paper` is a5 or roll, `lang` a language; by default A5 and the borrower's."""
    paper, language = request.args.get("paper", Paper.A5), request.args.get("lang")
    if paper not in set(Paper) or (language is not None and language not in LANGUAGES):
        raise Invalid()
    pdf = services.print_slips(current_work(), loan_ids, Paper(paper), language=language, translator=translator)
    services.record_slips(now_writing(), loan_ids)
    return _pdf(pdf, "loan-slip")


@printing.page("/loans/letters.pdf", may=Permission.LABELS_PRINT)
def letters() -> ResponseReturnValue:
    """Letters to all who hold overdue files, or to the `borrower`."""
    borrower_id = request.args.get("borrower", type=row_id)
    language = choose_language()
    written = services.write_overdue_letters(current_work(), borrower_id, translator=translator, language=language)
    pdf = written.pdf()
    services.record_letters(now_writing(), written)
    return _pdf(pdf, "overdue-letters")


@printing.page("/dossiers/list.pdf", may=Permission.REGISTER_VIEW)
def client_list() -> ResponseReturnValue:
    """The part of the register that the register's address line asks for."""
    language = choose_language()
    sort, descending = read_sort(request.args)
    printed = services.print_client_list(
        current_work(),
        read_filter(request.args),
        sort,
        descending=descending,
        language=language,
        translate=translator(language),
    )
    services.record_list(now_writing(), printed)
    return _pdf(printed.pdf, "client-list")


@printing.page("/dossiers/index.pdf", may=Permission.REGISTER_VIEW)
def index() -> ResponseReturnValue:
    """All dossiers by the name of the client."""
    language = choose_language()
    printed = services.print_index(current_work(), language=language, translate=translator(language))
    services.record_list(now_writing(), printed)
    return _pdf(printed.pdf, "index")


@printing.page("/dossiers/<int:dossier_id>/cover.pdf", may=Permission.LABELS_PRINT)
def cover(dossier_id: int) -> ResponseReturnValue:
    """The cover of a dossier."""
    language = choose_language()
    pdf = services.print_cover(current_work(), dossier_id, language=language, translate=translator(language))
    services.record_cover(now_writing(), dossier_id)
    return _pdf(pdf, "cover")


@printing.page("/dossiers/<int:dossier_id>/contents.pdf", may=Permission.REGISTER_VIEW)
def contents_list(dossier_id: int) -> ResponseReturnValue:
    """The list of what is filed in a dossier, for those who may read it."""
    language = choose_language()
    printed = services.print_contents_list(
        current_work(), dossier_id, language=language, translate=translator(language)
    )
    services.record_contents_list(now_writing(), dossier_id, printed)
    return _pdf(printed.pdf, "contents-list")


@printing.page("/loans/register.pdf", may=Permission.LOANS_VIEW_ALL)
def loan_register() -> ResponseReturnValue:
    """The part of the loan register that the register's address line asks for."""
    language = choose_language()
    printed = services.print_loan_register(
        current_work(), read_choice(request.args), language=language, translate=translator(language)
    )
    services.record_loan_register(now_writing(), printed)
    return _pdf(printed.pdf, "loan-register")


def _pdf(data: bytes, name: str) -> Response:
    answer = Response(data, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return answer
