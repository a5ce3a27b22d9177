"""The tree of places: its page, the page of one place, its forms, its shelf list."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.core.errors import Conflict, Invalid, StaleVersion
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.dossiers import queries, services
from portal.dossiers.forms import MovePlaceForm, NewPlaceForm, PlaceForm, PlaceVolumesForm
from portal.dossiers.models import Place, Volume
from portal.dossiers.pages import spine_parts
from portal.dossiers.routes.room import places
from portal.dossiers.shelf_list import shelf_list_pdf
from portal.dossiers.states import CUSTODY_NAMES, PLACE_KIND_NAMES, PlaceKind
from portal.http.edge import current_work, get_parts, say, translate
from portal.http.forms import EditForm
from portal.http.language import choose_language
from portal.http.safety import row_id

MOST_LISTED = 5_000
"""Volumes on a printed shelf list: some hundred sheets, more than anybody walks along."""
_LISTED_ON_A_PAGE = 100


@places.page("/places", may=Permission.PLACE_MANAGE)
def tree() -> ResponseReturnValue:
    """Sites, rooms and what is in them; `?place=` goes to the place with this path or barcode.

    `open`, as often as there are places, says which are open; without it, as many as fit on a page.
    """
    work, text = current_work(), request.args.get("place", "").strip()
    if text and (found := queries.find_place(work.session, text)):
        return redirect(url_for("places.place", place_id=found.id))
    closed = request.args.get("closed") == "1"
    chosen = request.args.getlist("open", type=row_id)[: queries.MOST_OPENED] if "open" in request.args else None
    number = request.args.get("page", 1, type=int)
    tree_page = queries.place_tree(work.session, work.person, chosen, closed=closed, number=number)

    def toggled(place_id: int) -> str:
        """The same tree with this place open instead of closed, or the other way round."""
        still = [each for each in tree_page.opened if each != place_id]
        now = still if place_id in tree_page.opened else [place_id, *still]
        kept: dict[str, Any] = {"closed": 1 if closed else None, "page": number if number > 1 else None}
        return url_for("places.tree", open=now or [0], **kept, _anchor=f"place-{place_id}")

    page = render_template(
        "dossiers/places.html",
        page=tree_page,
        toggled=toggled,
        closed=closed,
        unknown=text,
        kind_names=PLACE_KIND_NAMES,
    )
    return page, 404 if text else 200


@places.page("/places/add", may=Permission.PLACE_MANAGE, methods=["GET", "POST"], once=True)
def add() -> ResponseReturnValue:
    """A further site or room."""
    return _add(None)


@places.page("/places/<int:place_id>/add", may=Permission.PLACE_MANAGE, methods=["GET", "POST"], once=True)
def add_inside(place_id: int) -> ResponseReturnValue:
    """A further place in this one."""
    return _add(queries.place_by_id(current_work().session, place_id))


def _add(parent: Place | None) -> ResponseReturnValue:
    form = NewPlaceForm()
    form.offer(parent.kind if parent else None)
    if form.validate_on_submit():
        try:
            place = services.add_place(
                current_work(), PlaceKind(form.kind.data), form.place_data(), parent.id if parent else None
            )
        except Invalid as error:
            form.show_errors(error)
        else:
            say(N_("%(place)s is added. Its barcode is %(barcode)s."), place=place.path, barcode=place.barcode)
            return redirect(
                url_for("places.place", place_id=parent.id) if parent else url_for("places.place", place_id=place.id)
            )
    page = render_template("dossiers/new_place.html", form=form, place=parent, above=_above(parent))
    return page, 422 if form.is_submitted() else 200


@places.page("/places/<int:place_id>", may=Permission.PLACE_MANAGE)
def place(place_id: int) -> ResponseReturnValue:
    """A place: what is in it in shelf order, and what came and went."""
    return _place_page(place_id)


@places.page("/places/<int:place_id>/edit", may=Permission.PLACE_MANAGE, methods=["GET", "POST"])
def edit(place_id: int) -> ResponseReturnValue:
    """Code, name and position among the neighbours."""
    work = current_work()
    place = queries.place_by_id(work.session, place_id)

    def make(**options: Any) -> PlaceForm:
        values = {
            "code": place.code,
            "name": place.name,
            "position": place.ordinal,
            "row_version": place.row_version,
        }
        return PlaceForm(data=values, **options)

    form, status, stale = make(), 422, ""
    if form.validate_on_submit():
        try:
            services.edit_place(work, place_id, form.version(), form.place_data())
        except Invalid as error:
            form.show_errors(error)
        except StaleVersion as error:
            form, status, stale = make(formdata=None), error.status, translate(error.message)
        else:
            say(N_("%(place)s is saved."), place=place.path)
            return redirect(url_for("places.place", place_id=place_id))
    page = render_template("dossiers/edit_place.html", form=form, place=place, above=_above(place), stale=stale)
    return page, status if form.is_submitted() else 200


@places.page("/places/<int:place_id>/move", may=Permission.PLACE_MANAGE, methods=["POST"])
def move(place_id: int) -> ResponseReturnValue:
    """Move it with all that is in it."""
    form = MovePlaceForm()
    if not form.validate_on_submit():
        return _place_page(place_id, move=form), 422
    try:
        moved = services.move_place(
            current_work(), place_id, form.version(), form.place.data or "", form.reason.data or ""
        )
    except Invalid as error:
        form.show_errors(error)
        return _place_page(place_id, move=form), error.status
    except Conflict as error:
        return _place_page(place_id, trouble=translate(error.message)), error.status
    say(N_("It is now %(place)s, with everything in it."), place=moved.path)
    return redirect(url_for("places.place", place_id=place_id))


@places.page("/places/<int:place_id>/close", may=Permission.PLACE_MANAGE, methods=["POST"])
def close(place_id: int) -> ResponseReturnValue:
    """Give up an empty place."""
    form = EditForm()
    try:
        closed = services.close_place(current_work(), place_id, form.version())
    except Conflict as error:
        return _place_page(place_id, trouble=translate(error.message)), error.status
    say(N_("%(place)s is closed. Its history stays."), place=closed.path)
    return redirect(url_for("places.place", place_id=place_id))


@places.page("/places/<int:place_id>/reopen", may=Permission.PLACE_MANAGE, methods=["POST"])
def reopen(place_id: int) -> ResponseReturnValue:
    """Use a closed place again."""
    form = EditForm()
    try:
        opened = services.reopen_place(current_work(), place_id, form.version())
    except Conflict as error:
        return _place_page(place_id, trouble=translate(error.message)), error.status
    say(N_("%(place)s is open again."), place=opened.path)
    return redirect(url_for("places.place", place_id=place_id))


@places.page("/places/<int:place_id>/volumes", may=Permission.PLACE_MANAGE, methods=["POST"])
def take_in(place_id: int) -> ResponseReturnValue:
    """Scan a volume into this place: for good or for the time being."""
    work, form = current_work(), PlaceVolumesForm()
    place = queries.place_by_id(work.session, place_id)
    if not form.validate_on_submit():
        return _place_page(place_id, scan=form), 422
    volume = queries.volume_with_barcode(work.session, work.person, form.barcode.data)
    if volume is None:
        told = gettext(
            "There is no volume with the barcode %(barcode)s, or it is not for you to see.", barcode=form.barcode.data
        )
        return _place_page(place_id, scan=_for_the_next(form, told)), 422
    change = services.place_volume if form.stays.data == "home" else services.put_volume
    try:
        change(work, volume.id, volume.row_version, place.path)
    except Invalid as error:
        told = f"{volume.barcode}: {translate(next(iter(error.fields.values())))}"
        return _place_page(place_id, scan=_for_the_next(form, told)), error.status
    except Conflict as error:
        told = f"{volume.barcode}: {translate(error.message)}"
        return _place_page(place_id, scan=_for_the_next(form, told)), error.status
    say(N_("Volume %(volume)s is entered at %(place)s."), volume=volume.barcode, place=place.path)
    return redirect(url_for("places.place", place_id=place_id, stays=form.stays.data))


def _for_the_next(form: PlaceVolumesForm, told: str) -> PlaceVolumesForm:
    """The field is empty again after a refusal: the reader types the next code into it."""
    form.barcode.errors, form.barcode.data = [told], ""
    return form


def _place_page(
    place_id: int,
    *,
    move: MovePlaceForm | None = None,
    scan: PlaceVolumesForm | None = None,
    trouble: str = "",
) -> str:
    work = current_work()
    place = queries.place_by_id(work.session, place_id)
    move = move or MovePlaceForm(formdata=None)
    move.row_version.data = move.row_version.data or place.row_version
    if scan is None:
        scan = PlaceVolumesForm(formdata=None, stays=request.args.get("stays", "home"))
    scan.barcode.render_kw = {"data-reader": True, "autocapitalize": "off", "spellcheck": "false"}
    if scan.errors or "stays" in request.args:
        scan.barcode.render_kw["autofocus"] = True  # Many are scanned in a row, without a mouse.
    actions = [action for source in spine_parts().place_actions for action in source(work, place.id)]
    return render_template(
        "dossiers/place.html",
        place=place,
        above=_above(place),
        inside=queries.places_in(work.session, work.person, place, request.args.get("inside", 1, type=int)),
        page=queries.volume_page(work.session, work.person, place, request.args.get("page", 1, type=int)),
        history=queries.history_of_place(work.session, work.person, place),
        actions=actions,
        form=EditForm(formdata=None, row_version=place.row_version),
        may_close=work.person.cleared_for_core,
        move=move,
        scan=scan,
        trouble=trouble,
        kind_names=PLACE_KIND_NAMES,
        custody_names=CUSTODY_NAMES,
    )


def _above(place: Place | None) -> list[Place]:
    return queries.ancestors(current_work().session, place) if place else []


@places.page("/places/<int:place_id>/shelf-list", may=Permission.PLACE_MANAGE)
def shelf_list(place_id: int) -> ResponseReturnValue:
    """What should stand here, as one walks along: a list to tick, page by page."""
    work = current_work()
    place = queries.place_by_id(work.session, place_id)
    number = request.args.get("page", 1, type=int)
    page = queries.volume_page(work.session, work.person, place, number, _LISTED_ON_A_PAGE)
    return render_template(
        "dossiers/shelf_list.html", place=place, above=_above(place), page=page, custody_names=CUSTODY_NAMES
    )


@places.page("/places/<int:place_id>/shelf-list.pdf", may=Permission.PLACE_MANAGE)
def shelf_list_as_pdf(place_id: int) -> ResponseReturnValue:
    """The whole list to print."""
    place, volumes = _whole_shelf_list(place_id)
    pdf = shelf_list_pdf(
        place,
        volumes,
        language=choose_language(),
        translate=gettext,
        made_at=current_work().now.astimezone(get_parts().settings.zone),
    )
    name = f"shelf-list-{place.barcode}.pdf"
    return Response(pdf, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


def _whole_shelf_list(place_id: int) -> tuple[Place, list[Volume]]:
    work = current_work()
    place = queries.place_by_id(work.session, place_id)
    volumes = list(work.session.scalars(queries.volumes_in(work.person, place).limit(MOST_LISTED + 1)))
    if len(volumes) > MOST_LISTED:
        raise Conflict(
            N_("More than %(most)s volumes belong here. Choose a room, a cabinet or a shelf of it."), most=MOST_LISTED
        )
    return place, volumes
